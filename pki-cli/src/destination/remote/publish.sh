# Writes all files or none.
#
#   stage    .kpki-copy/N           every file, with owner and mode, complete and durable
#   keep     kpki-backup-STAMP/     a second name (a hard link) for every file that is replaced
#   apply    the new files take their names: by rename where one is replaced, else by link
#   finish   the stage goes
#
# The directory .kpki-copy is the lock; the process in it tells whether somebody
# still works. Until the first file is applied a failure or a cut connection
# leaves everything as it was. A failure while files are applied puts the old
# ones back. A host that dies meanwhile has some new files and some old ones,
# each of them whole, and the stage: the next run removes that and finishes,
# for it takes what is equal already for done.
#
# A run of kpki on that host that was interrupted (.kpki-stage) is finished there
# and not here. Nothing that is in a file is ever an argument of a program.

# begin DIRECTORY STAMP: makes the directory, if it is missing, and the lock.
begin() {
  dir=${1%/} stamp=$2 count=0 made='' applied=0 backup='' removed='' lost=''
  stage=$dir/.kpki-copy is_ours='' user=$(id -u)
  trap undo EXIT
  trap 'exit 1' HUP INT TERM PIPE
  make_directories "$1"
  if look_at "$dir/.kpki-stage"; then fail 'unfinished' "$dir/.kpki-stage" ''; fi
  lock
}

# make_directories PATH: with their parents, 0755; undo knows them.
make_directories() {
  [ -d "$1" ] && return
  case ${1%/*} in '') ;; *) make_directories "${1%/*}" ;; esac
  if reason=$(mkdir "$1" 2>&1); then
    made="$1
$made"
    attempt 'make' "$1" chmod 755 "$1"
  elif ! [ -d "$1" ]; then
    fail 'cannot make' "$1" "$reason"
  fi
}

lock() {
  tries=0
  until reason=$(mkdir "$stage" 2>&1); do
    wanted=$reason
    if ! look_at "$stage"; then
      is_nothing && [ $tries -lt 3 ] || fail 'cannot make' "$stage" "$wanted"
    else
      case $perms in
        d*) ;;
        *) fail 'not a directory' "$stage" '' ;;
      esac
      [ "$uid" = "$user" ] || fail 'foreign' "$stage" "$uid"
      if is_dead; then
        clear_dead
      elif [ $tries -ge 5 ]; then
        fail 'locked' "$stage" "$pid"
      else
        # A connection that was cut just now ends by itself.
        sleep 1
      fi
    fi
    tries=$((tries + 1))
  done
  is_ours=yes
  # Of what is written by the shell itself, not every shell says why it fails.
  reason=$( { printf '%s %s\n' $$ "$(begun $$)" | cat >"$stage/pid"; } 2>&1) || fail 'cannot write' "$stage/pid" "$reason"
}

# When a process began, where the system tells: numbers of processes come again.
begun() {
  process=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # Its name ends with the last bracket; the twentieth word from there is the time.
  set -- ${process##*\) }
  [ $# -lt 20 ] || { shift 19 && printf '%s' "$1"; }
}

# Whether nobody works in the stage any more.
is_dead() {
  pid='' since=''
  read -r pid since 2>/dev/null <"$stage/pid"
  case $pid in
    '')
      # Another has made it this moment, or died before it said who it is.
      [ $tries -ge 3 ]
      return
      ;;
    *[!0-9]*) return 0 ;;
  esac
  kill -0 "$pid" 2>/dev/null || return 0
  [ -n "$since" ] && [ "$(begun "$pid")" != "$since" ]
}

# By a rename first, so that of two runs that find it only one removes it, and
# neither removes the new stage of the other.
clear_dead() {
  dead=$stage-$$
  mv "$stage" "$dead" 2>/dev/null || return 0
  removed=yes
  if IFS= read -r old 2>/dev/null <"$dead/backup"; then
    # What was not replaced in the end needs no second name.
    for kept in $(cd "$old" 2>/dev/null && find . -type f); do
      [ "$(number_of "$old/$kept")" != "$(number_of "$dir/$kept")" ] || rm -f "$old/$kept"
    done
    find "$old" -depth -type d -exec rmdir {} \; 2>/dev/null
  fi
  attempt 'remove' "$dead" rm -rf "$dead"
}

# Of the inode that has this name.
number_of() {
  set -- $(ls -di "$1" 2>/dev/null)
  printf '%s' "${1-}"
}

# stage NUMBER PATH MODE SIZE new|replaces: takes SIZE bytes from standard input.
stage() {
  number=$1 path=$2 mode=$3 target=$dir/$2 file=$stage/$1
  count=$((number + 1))
  eval "path_$number=\$path size_$number=\$4 kind_$number=\$5"
  if is_behind_a_link "$dir" "$path"; then fail 'not a file' "$target" 'symbolic link'; fi
  case $path in */*) make_directories "${target%/*}" ;; esac
  if look_at "$target"; then
    case $perms in
      -*) [ "$5" = replaces ] || fail 'exists' "$target" '' ;;
      l*) fail 'not a file' "$target" 'symbolic link' ;;
      d*) fail 'not a file' "$target" 'directory' ;;
      *) fail 'not a file' "$target" 'device, pipe or socket' ;;
    esac
    [ "$links" -eq 1 ] || fail 'hard links' "$target" "$links"
    owner=$uid:$gid
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
  found=$(cd "$stage" && $1 $names | while read -r first rest; do printf '%s ' "$first"; done)
  [ "$found" != "$2 " ] || return 0
  for number in $names; do
    eval "target=\$dir/\$path_$number length=\$size_$number"
    look_at "$stage/$number" || fail 'cannot look at' "$stage/$number" "$reason"
    [ "$size" -eq "$length" ] || fail 'cut' "$target" ''
  done
  fail 'damaged' "$stage" ''
}

# Brings all files to their places.
commit() {
  save "$stage"/*
  keep
  # Whoever is gone now gets all of it.
  trap '' HUP INT TERM PIPE
  number=0
  set -- "$dir/." ${backup:+"$backup"}
  while [ $number -lt $count ]; do
    eval "path=\$path_$number kind=\$kind_$number"
    case $path in */*) set -- "$@" "$dir/${path%/*}" ;; esac
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
  rm -rf "$stage" 2>/dev/null || removed=left
  printf 'done %s\nstage %s\n' "$kept" "$removed"
}

# A second name for each file that is replaced, before the first of them is.
keep() {
  number=0
  while [ $number -lt $count ]; do
    eval "path=\$path_$number kind=\$kind_$number"
    number=$((number + 1))
    [ "$kind" = replaces ] || continue
    [ -n "$backup" ] || make_backup
    case $path in */*) attempt 'make' "$backup/${path%/*}" mkdir -p "$backup/${path%/*}" ;; esac
    attempt 'keep' "$dir/$path" ln "$dir/$path" "$backup/$path"
  done
}

make_backup() {
  name=$dir/kpki-backup-$stamp again=1
  until reason=$(mkdir "$name" 2>&1); do
    look_at "$name" && [ $again -lt 1000 ] || fail 'cannot make' "$name" "$reason"
    again=$((again + 1))
    name=$dir/kpki-backup-$stamp-$again
  done
  backup=$name
  # For the run that finds it if this one dies.
  reason=$( { printf '%s\n' "$name" | cat >"$stage/backup"; } 2>&1) || fail 'cannot write' "$stage/backup" "$reason"
}

# Makes files durable, or everything where single files cannot be.
save() {
  sync "$@" 2>/dev/null || sync 2>/dev/null || :
}

# What was applied goes back, then everything of ours goes.
undo() {
  trap '' HUP INT TERM PIPE
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
  else
    [ -z "$backup" ] || rm -rf "$backup"
  fi
  [ -z "$is_ours" ] || rm -rf "$stage" 2>/dev/null
  # The directories that were made, if they are empty; the deepest are first.
  printf '%s' "$made" | while IFS= read -r new; do rmdir "$new" 2>/dev/null; done
}
