# Writes all files or none.
#
#   stage    .kpki-copy/N           every file, with owner and mode, complete and durable
#   keep     kpki-backup-STAMP/     a second name (a hard link) for every file that is replaced
#   apply    the new files take their names: by rename where one is replaced, else by link
#   finish   the stage goes
#
# The directory .kpki-copy is the lock, and belongs to the process that is named
# in its file pid. If that died, whoever links pid-TOKEN beside it, with the word
# of the dead one, is the next owner, and of pid-TOKEN the same is true: a link is
# made by one process only, so an owner is never robbed of the stage by another
# that judged a former one. Until the first file is applied a failure or a cut
# connection leaves everything as it was. A failure while files are applied puts
# the old ones back. A host that dies meanwhile has some new files and some old
# ones, each of them whole, and the stage: the next run takes that over and
# finishes, for it takes what is equal already for done.
#
# A kpki of that host has a lock of its own (.kpki.lock), and both look for the
# lock of the other after taking theirs. What a run of it left (.kpki-stage) is
# finished there and not here. Nothing that is in a file is ever an argument of a
# program.

# begin DIRECTORY STAMP USER PATIENCE WHOSE FOUND...: makes the directory, if it is
# missing, and takes the stage. FOUND are the directories that were found safe,
# and WHOSE what ls said of them.
begin() {
  dir=${1%/} stamp=$2 user=$3 patience=$4 whose=$5 count=0
  made='' applied=0 backup='' removed='' lost='' watchdog='' is_ours='' stage=$dir/.kpki-copy
  shift 5
  trap undo EXIT
  trap 'exit 1' HUP INT TERM PIPE
  unchanged "$@"
  make_directories "${dir:-/}"
  lock
  if [ -e "$dir/.kpki-stage" ]; then fail 'unfinished' "$dir/.kpki-stage" ''; fi
  watch
}

unchanged() {
  now=$(ls -ldn "$@" 2>&1 | while read -r perms links uid gid rest; do printf '%s %s %s,' "$perms" "$uid" "$gid"; done)
  [ "$now" = "$whose" ] || fail 'changed' "$dir" ''
  known='
'
  for found in "$@"; do
    known="$known$found
"
  done
}

# make_directories PATH: with their parents, 0755; undo knows them. One that
# was not there when somebody looked is made here or is not ours to trust.
make_directories() {
  case $known in
    *"
$1
"*) return ;;
  esac
  case ${1%/*} in '') ;; *) make_directories "${1%/*}" ;; esac
  if reason=$(mkdir "$1" 2>&1); then
    made="$1
$made" known="$known$1
"
    attempt 'make' "$1" chmod 755 "$1"
  elif [ -d "$1" ]; then
    fail 'changed' "$1" ''
  else
    fail 'cannot make' "$1" "$reason"
  fi
}

lock() {
  know_self
  record="$self $(begun "$self") $nonce"
  tries=0
  until claim && is_free; do
    # A connection that was cut just now ends by itself.
    [ $tries -lt 5 ] || fail 'locked' "$at" "$pid"
    tries=$((tries + 1))
    sleep 1
  done
  clear
}

# Whether the stage is ours now; if not, pid is whose it is.
claim() {
  at=$stage
  if ! reason=$(mkdir "$stage" 2>&1); then
    case $reason in *'File exists'*) ;; *) fail 'cannot make' "$stage" "$reason" ;; esac
    # It may be gone this moment.
    look_at "$stage" || return 1
    case $perms in d*) ;; *) fail 'not a directory' "$stage" '' ;; esac
    [ "$uid" = "$user" ] || fail 'foreign' "$stage" "$uid"
  fi
  whose_stage
  if is_alive; then return 1; fi
  # Of what is written by the shell itself, not every shell says why it fails.
  reason=$( { printf '%s\n' "$record" | cat >"$stage/own-$nonce"; } 2>&1) || {
    [ -d "$stage" ] || return 1
    fail 'cannot write' "$stage/own-$nonce" "$reason"
  }
  wanted=$stage/$next
  if ! reason=$(ln "$stage/own-$nonce" "$wanted" 2>&1); then
    # Another was faster, or has removed the stage.
    [ -e "$wanted" ] || ! [ -e "$stage/own-$nonce" ] || fail 'cannot write' "$wanted" "$reason"
    return 1
  fi
  # What was before it may have been removed meanwhile.
  whose_stage
  if [ "$token" != "$nonce" ]; then
    rm -f "$wanted"
    return 1
  fi
  is_ours=yes
}

# Sets pid, since and token of whoever has the stage, and next, the name under
# which another takes it.
whose_stage() {
  next=pid pid='' since='' token='' owners=0
  # So many have not died one after the other.
  while [ -e "$stage/$next" ] && [ $owners -lt 100 ]; do
    owners=$((owners + 1))
    if read -r pid since token 2>/dev/null <"$stage/$next"; then
      next=pid-$token
    else
      # The power went before it was durable.
      pid='' token='' next=$next-
    fi
  done
}

is_alive() {
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  kill -0 "$pid" 2>/dev/null || return 1
  case $since in '' | -) return 0 ;; esac
  [ "$(begun "$pid")" = "$since" ]
}

# When a process began, where the system tells: numbers of processes come again.
begun() {
  process=
  read -r process 2>/dev/null <"/proc/$1/stat"
  # Its name ends with the last bracket; the twentieth word from there is the time.
  set -- ${process##*\) }
  # One that is dead and not buried counts as dead.
  case ${1-} in Z) set -- ;; esac
  if [ $# -ge 20 ]; then
    shift 19
    printf '%s' "$1"
  else
    printf -
  fi
}

# Whether no kpki of this host writes here. The kernel holds its lock, and where
# nobody can ask for that the process that is named in it counts.
is_free() {
  at=$dir/.kpki.lock
  [ -e "$at" ] || return 0
  holder=
  read -r holder 2>/dev/null <"$at"
  pid=${holder##*'"pid":'} since=
  pid=${pid%%[!0-9]*}
  if command -v flock >/dev/null 2>&1; then
    flock -n 0 2>/dev/null <"$at"
    [ $? -eq 1 ] || return 0
  elif [ -n "$pid" ] && ! is_alive; then
    return 0
  fi
  release
  return 1
}

# What an interrupted copy left.
clear() {
  for left in "$stage"/[0-9]* "$stage/backup"; do
    if [ -e "$left" ]; then removed=yes; fi
  done
  [ -n "$removed" ] || return 0
  if IFS= read -r old 2>/dev/null <"$stage/backup"; then
    thin_out "$old"
  fi
  attempt 'remove' "$stage" rm -f "$stage"/[0-9]* "$stage/backup"
}

# thin_out BACKUP: what was not replaced in the end needs no second name.
thin_out() {
  for kept in $(cd "$1" 2>/dev/null && find . -type f); do
    [ "$(number_of "$1/$kept")" != "$(number_of "$dir/$kept")" ] || rm -f "$1/$kept"
  done
  find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null
}

# Gives the stage up. The keys go first, and the record of whose it is before
# those that are based on it.
release() {
  is_ours=''
  rm -f "$stage"/[0-9]* "$stage/backup" "$stage/pid" "$stage"/pid-* "$stage"/own-* 2>/dev/null || return
  # Another may have come already.
  rmdir "$stage" 2>/dev/null || ! [ -d "$stage" ] || [ -e "$stage/pid" ]
}

# Ends the script if another has taken the stage, as if we had died.
still_ours() {
  whose_stage
  [ "$token" = "$nonce" ] || fail 'locked' "$stage" "$pid"
}

# A network that lets nothing through and does not say so would keep the stage for
# hours: after a while what feeds us is ended, and then not everything came.
watch() {
  [ -n "${feeder-}" ] || return 0
  fed=$(begun "$feeder")
  # A shell of its own: that of a mere subshell would keep open what ssh waits for,
  # and some lose a signal that comes before the subshell has its trap.
  trap - TERM
  (exec sh -c '
    trap "[ -z \"\$nap\" ] || kill \$nap; exit 0" TERM
    sleep "$1" &
    nap=$!
    wait $nap
    read -r now <"/proc/$2/stat"
    set -- "$2" "$3" ${now##*\) }
    [ "${22-}" != "$2" ] || kill "$1"
  ' watch "$patience" "$feeder" "$fed") </dev/null >/dev/null 2>&1 &
  watchdog=$!
  trap 'exit 1' TERM
}

unwatch() {
  [ -z "$watchdog" ] || kill "$watchdog" 2>/dev/null
  watchdog=''
}

# Of the inode that has this name.
number_of() {
  set -- $(ls -di "$1" 2>/dev/null)
  printf '%s' "${1-}"
}

# stage NUMBER PATH MODE SIZE new|replaces [inherits]: takes SIZE bytes from standard input.
stage() {
  number=$1 path=$2 mode=$3 target=$dir/$2 file=$stage/$1
  count=$((number + 1))
  eval "path_$number=\$path size_$number=\$4 kind_$number=\$5"
  if is_behind_a_link "$dir" "$path"; then fail 'not a file' "$target" 'symbolic link'; fi
  case $path in */*) make_directories "${target%/*}" ;; esac
  if look_at "$target"; then
    case $perms in
      -*) [ "$5" = replaces ] || fail 'changed' "$target" '' ;;
      l*) fail 'not a file' "$target" 'symbolic link' ;;
      d*) fail 'not a file' "$target" 'directory' ;;
      *) fail 'not a file' "$target" 'device, pipe or socket' ;;
    esac
    [ "$links" -eq 1 ] || fail 'hard links' "$target" "$links"
    owner=; case ${6-} in inherits) owner=$uid:$gid ;; esac
  else
    is_nothing || fail 'cannot look at' "$target" "$reason"
    [ "$5" = new ] || fail 'missing' "$target" ''
    owner=
  fi
  reason=$( { { [ "$4" -eq 0 ] || dd ibs=1 obs=4096 count="$4"; } >"$file"; } 2>&1) || fail 'cannot write' "$target" "$reason"
  if [ -n "$owner" ] && [ "$user" -eq 0 ]; then
    attempt 'set the owner of' "$target" chown "$owner" "$file"
    # Some systems take bits away with the owner.
    attempt 'set the mode of' "$target" chmod "$mode" "$file"
  elif [ "$mode" != 600 ]; then
    # With that one it is born.
    attempt 'set the mode of' "$target" chmod "$mode" "$file"
  fi
}

# check TOOL DIGESTS: whether every file of the stage is what was sent.
check() {
  number=0 names=''
  while [ $number -lt $count ]; do
    names="$names $number" number=$((number + 1))
  done
  [ -n "$names" ] || return 0
  found=$(cd "$stage" && digests "$1" $names)
  [ "$found" != "$2" ] || return 0
  for number in $names; do
    eval "target=\$dir/\$path_$number length=\$size_$number"
    look_at "$stage/$number" || fail 'cannot look at' "$stage/$number" "$reason"
    [ "$size" -eq "$length" ] || fail 'cut' "$target" ''
  done
  fail 'damaged' "$stage" ''
}

# Brings all files to their places.
commit() {
  unwatch
  save "$stage"/*
  keep
  # Whoever is gone now gets all of it.
  trap '' HUP INT TERM PIPE
  number=0
  set -- "$dir/." ${backup:+"$backup"}
  while [ $number -lt $count ]; do
    eval "path=\$path_$number kind=\$kind_$number"
    case $path in */*) set -- "$@" "$dir/${path%/*}" ;; esac
    still_ours
    case $kind in
      new) attempt 'write' "$dir/$path" ln "$stage/$number" "$dir/$path" ;;
      *)
        [ -d "$dir/$path" ] && fail 'not a file' "$dir/$path" 'directory'
        attempt 'replace' "$dir/$path" mv -f "$stage/$number" "$dir/$path"
        ;;
    esac
    number=$((number + 1))
    applied=$number
  done
  # From here on there is nothing to undo.
  applied=0 made='' kept=$backup backup=''
  trap - EXIT
  save "$@"
  release || removed=left
  printf 'done %s\nstage %s\n' "$kept" "$removed"
}

# A second name for each file that is replaced, before the first of them is.
keep() {
  number=0
  while [ $number -lt $count ]; do
    eval "path=\$path_$number kind=\$kind_$number"
    number=$((number + 1))
    [ "$kind" = replaces ] || continue
    still_ours
    [ -n "$backup" ] || make_backup
    case $path in */*) attempt 'make' "$backup/${path%/*}" mkdir -p "$backup/${path%/*}" ;; esac
    attempt 'keep' "$dir/$path" ln "$dir/$path" "$backup/$path"
  done
}

make_backup() {
  name=$dir/kpki-backup-$stamp again=1
  note_backup
  until reason=$(mkdir "$name" 2>&1); do
    look_at "$name" && [ $again -lt 1000 ] || fail 'cannot make' "$name" "$reason"
    again=$((again + 1))
    name=$dir/kpki-backup-$stamp-$again
    note_backup
  done
  backup=$name
}

# For the run that finds it if this one dies: before there is such a directory, for
# in one of another run no file has a second name.
note_backup() {
  reason=$( { printf '%s\n' "$name" | cat >"$stage/backup"; } 2>&1) || fail 'cannot write' "$stage/backup" "$reason"
}

# Makes files durable, or everything where single files cannot be.
save() {
  sync "$@" 2>/dev/null || sync 2>/dev/null || :
}

# What was applied goes back, then everything of ours goes.
undo() {
  trap '' HUP INT TERM PIPE
  unwatch
  whose_stage
  if [ "$token" = "$nonce" ]; then
    while [ $applied -gt 0 ]; do
      applied=$((applied - 1))
      eval "path=\$path_$applied kind=\$kind_$applied"
      case $kind in
        new) rm -f "$dir/$path" ;;
        *) mv -f "$backup/$path" "$dir/$path" ;;
      esac || lost="$lost $dir/$path"
    done 2>/dev/null
    # A file that could not be put back is still in the backup.
    if [ -n "$lost" ]; then
      printf 'kpki-not-undone\t%s\n' "$lost" >&2
      thin_out "$backup"
    else
      [ -z "$backup" ] || rm -rf "$backup"
    fi
    release
  elif [ -z "$is_ours" ]; then
    rm -f "$stage/own-$nonce" 2>/dev/null
    rmdir "$stage" 2>/dev/null
  fi
  # If it was ours, another took us for dead and goes on with what lies there.
  # The directories that were made, if they are empty; the deepest are first.
  printf '%s' "$made" | while IFS= read -r new; do rmdir "$new" 2>/dev/null; done
}
