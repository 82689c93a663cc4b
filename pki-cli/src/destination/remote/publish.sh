# Writes all files or none.
#
#   stage    .kpki-copy/new/        every file, with owner and mode, complete and durable
#   keep     kpki-backup-STAMP/     a second name (a hard link) for every file that is replaced
#            .kpki-copy/old/        the same of those that have the same bytes already
#   apply    the new files take their names: by rename where one is replaced, else by link
#   finish   the stage goes
#
# What comes is written to .kpki-copy/all and parted there (receive.sh). One program
# does what is to be done to all files of a directory; after one that failed or was killed
# the names themselves tell how far it went.
#
# The directory .kpki-copy is the lock, and belongs to the process that is named
# in its file pid. If that died, whoever links pid-TOKEN beside it, with the word
# of the dead one, is the next owner, and of pid-TOKEN the same is true: a link is
# made by one process only, so an owner is never robbed of the stage by another
# that judged a former one. Until the first file is applied a failure or a cut
# connection leaves everything as it was. A failure while files are applied puts
# the old ones back. A host that dies meanwhile has some new files and some old
# ones, each of them whole, and the stage, which the next run takes over. Where it
# was to replace some of them it is taken back first: what was planned for the
# state between is not written. .kpki-copy/numbers tells the new files by their
# inodes, so that nothing else is taken back.
#
# A kpki of that host has a lock of its own (.kpki.lock), and both look for the
# lock of the other after taking theirs. What a run of it left (.kpki-stage) is
# finished there and not here. Nothing that is in a file is ever an argument of a
# program.
#
# Told are
#
#   back NUMBER        that an interrupted copy of so many files is taken back now,
#   is back            and that this is done
#   earlier PATH       the backup of an interrupted copy, if there is something in it
#   backup PATH        that of this one, before the first file is replaced
#   applying           before the first file takes its name: whoever hears no more than
#                      that does not know how far it went
#   done
#   stage yes|left|    whether remains of another were removed, or ours are left
#
# and the status is 3 if everything is as it was.
#
# Files are words that begin with "./" and have nothing in them that a shell
# would see. The caller sets lists of them:
#
#   all           in the order in which they come
#   news          those that are new
#   replaced      those that replace another, which goes to the backup
#   mended        those that replace one with the same bytes
#   directories   where they lie: "." and "./below"
#   backups       where those of replaced lie, but for "."

# begin DIRECTORY STAMP USER WAIT PATIENCE WHOSE FOUND...: makes the directory, if it is
# missing, and takes the stage, for which it waits so many seconds. FOUND are the
# directories that were found safe, and WHOSE what ls said of them.
begin() {
  dir=${1%/} stamp=$2 user=$3 wait=$4 patience=$5 whose=$6
  made='' applying='' back='' backup='' removed='' foreign='' lost='' watchdog='' is_ours='' stage=$dir/.kpki-copy
  shift 6
  trap undo EXIT
  trap 'exit 1' HUP INT TERM PIPE
  unchanged "$@"
  make_directories "${dir:-/}"
  lock
  # What was planned before another wrote, or was taken back, is planned anew.
  if [ $tries -gt 0 ] || [ -n "$back" ]; then
    [ -n "${taking_back-}" ] || fail 'changed' "$dir" ''
  fi
  if [ -e "$dir/.kpki-stage" ]; then fail 'unfinished' "$dir/.kpki-stage" ''; fi
  watch
}

unchanged() {
  listing=$(describe "$@")
  ownerships $listing
  [ "$now" = "$whose" ] || fail 'changed' "$dir" ''
  # No path has two slashes in it, or one at its end.
  known=//
  for found in "$@"; do
    known=$known$found//
  done
}

# ownerships PERMS LINKS UID GID SIZE MTIME INODE...: sets now to "PERMS UID GID," of each.
ownerships() {
  now=
  while [ $# -ge 7 ]; do
    now="$now$1 $3 $4,"
    shift 7
  done
}

# as_found SAID FILE...: ends the script unless these are the files that somebody looked at.
# SAID is what ls said but for their links, which a backup has as well.
as_found() {
  said=$1
  shift
  for path in "$@"; do
    shift
    set -- "$@" "$dir${path#.}"
  done
  listing=$(describe "$@") || fail 'changed' "$dir" ''
  set -- $listing
  now=
  while [ $# -ge 7 ]; do
    now="$now$1 $3 $4 $5 $6 $7,"
    shift 7
  done
  [ "$now" = "$said" ] || fail 'changed' "$dir" ''
}

# make_directories PATH: with their parents, 0755; undo knows them. One that
# was not there when somebody looked is made here or is not ours to trust.
make_directories() {
  case $known in *"//$1//"*) return ;; esac
  case ${1%/*} in '') ;; *) make_directories "${1%/*}" ;; esac
  if reason=$(mkdir -m 755 "$1" 2>&1); then
    made=$1//$made known=$known$1//
  elif [ -d "$1" ]; then
    fail 'changed' "$1" ''
  elif [ -e "$1" ] || [ -L "$1" ]; then
    fail 'not a directory' "$1" "$(kind_of "$1")"
  else
    fail 'cannot make' "$1" "$reason"
  fi
}

lock() {
  know_self
  know_birth "$self"
  record="$self $birth $nonce"
  tries=0
  until claim && is_free; do
    # A connection that was cut just now ends by itself.
    [ $tries -lt "$wait" ] || fail 'locked' "$at" "$pid"
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
    check_stage || return 1
  fi
  whose_stage
  if is_alive; then return 1; fi
  note "$stage/own-$nonce" "$record" || {
    [ -d "$stage" ] || return 1
    fail 'cannot write' "$stage/own-$nonce" "$reason"
  }
  wanted=$stage/$next foreign=
  # Known before the stage is ours, for a signal may come at once.
  for left in all new old numbers backup; do
    [ ! -e "$stage/$left" ] || foreign=yes
  done
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

# Ends the script if what has the name of the stage cannot be ours.
check_stage() {
  look_at "$stage" || return 1
  case $perms in
    d????w* | d???????w*) fail 'open' "$stage" "$perms" ;;
    d*) ;;
    *) fail 'not a directory' "$stage" "$(kind_of "$stage")" ;;
  esac
  [ "$uid" = "$user" ] || fail 'foreign' "$stage" "$uid"
}

# note FILE LINE: what the shell writes itself is looked at, and written again by a
# program that says why it cannot be.
note() {
  { printf '%s\n' "$2" >"$1"; } 2>/dev/null
  noted=
  { IFS= read -r noted <"$1"; } 2>/dev/null
  [ "$noted" = "$2" ] || reason=$( { printf '%s\n' "$2" | cat >"$1"; } 2>&1)
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

# Whether no kpki of this host writes here; if one may, the stage is given up.
is_free() {
  at=$dir/.kpki.lock
  know_lock "$at"
  if [ "$held" = no ]; then return 0; fi
  if [ -n "$foreign" ]; then give_back; else release; fi
  return 1
}

# Leaves the stage to the next one as it was found: what another had put in place is
# known by what lies there alone.
give_back() {
  rm -f "$wanted" "$stage/own-$nonce"
  is_ours='' foreign=''
}

# What an interrupted copy left. Of one since the directory was looked at nothing is
# known here.
clear() {
  [ -n "$foreign" ] || return 0
  removed=yes
  command -v clear_away >/dev/null 2>&1 || fail 'changed' "$stage" ''
  clear_away
  foreign=''
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
  rm -rf "$stage/all" "$stage/new" "$stage/old" "$stage/numbers" "$stage/backup" "$stage/pid" \
    "$stage"/pid-* "$stage"/own-* 2>/dev/null || return
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
  know_birth "$feeder"
  # All has come already.
  case $state in Z) return ;; esac
  # A shell of its own: that of a mere subshell would keep open what ssh waits for,
  # and some lose a signal that comes before the subshell has its trap.
  trap - TERM
  nap='trap "[ -z \"\$nap\" ] || kill \$nap; exit 0" TERM; sleep "$1" & nap=$!; wait $nap; '
  nap=$nap'read -r now <"/proc/$2/stat"; set -- "$2" "$3" ${now##*\) }; [ "${22-}" != "$2" ] || kill "$1"'
  (exec sh -c "$nap" watch "$patience" "$feeder" "$birth") </dev/null >/dev/null 2>&1 &
  watchdog=$!
  trap 'exit 1' TERM
}

unwatch() {
  [ -z "$watchdog" ] || kill "$watchdog" 2>/dev/null
  watchdog=''
}

# Brings all files to their places.
commit() {
  unwatch
  set --
  for path in $all; do
    set -- "$@" "$stage/new${path#.}"
  done
  if [ $# -gt 0 ]; then
    reason=$( { ls -di "$@" >"$stage/numbers"; } 2>&1) || fail 'cannot write' "$stage/numbers" "$reason"
    set -- "$@" "$stage/numbers"
  fi
  save "$@"
  keep
  # Whoever is gone now gets all of it.
  trap '' HUP INT TERM PIPE
  applying=yes
  echo applying
  each_directory write "$stage/new" "$dir" "$news" ln
  each_directory replace "$stage/new" "$dir" "$replaced $mended" mv -f
  still_ours
  # From here on there is nothing to undo.
  applying='' made='' kept=$backup backup=''
  trap - EXIT
  set -- "$dir/." ${kept:+"$kept"}
  for directory in $directories; do
    case $directory in
      .) ;;
      *) set -- "$@" "$dir${directory#.}" ;;
    esac
  done
  save "$@"
  release || removed=left
  printf 'done\nstage %s\n' "$removed"
}

# each_directory ACTION FROM TO FILES PROGRAM...: by one program for all files of one.
each_directory() {
  for directory in $directories; do
    bring "$@"
  done
}

bring() {
  action=$1 from=$2 to=$3 files=$4
  shift 4
  words=$#
  for path in $files; do
    case $path in
      "$directory"/*/*) ;;
      "$directory"/*) set -- "$@" "$from${path#.}" ;;
    esac
  done
  [ $# -gt $words ] || return 0
  still_ours
  attempt "$action" "$to${directory#.}" "$@" "$to${directory#.}/"
}

# A second name for each file that is replaced, before the first of them is.
keep() {
  if [ -n "$replaced" ]; then
    make_backup
    set --
    for directory in $backups; do
      set -- "$@" "$backup${directory#.}"
    done
    [ $# -eq 0 ] || attempt 'make' "$backup" mkdir -p "$@"
  fi
  each_directory keep "$dir" "$backup" "$replaced" ln
  each_directory keep "$dir" "$stage/old" "$mended" ln
}

make_backup() {
  name=$dir/kpki-backup-$stamp again=1
  note_backup
  until reason=$(mkdir "$name" 2>&1); do
    { [ -e "$name" ] || [ -L "$name" ]; } && [ $again -lt 1000 ] || fail 'cannot make' "$name" "$reason"
    again=$((again + 1))
    name=$dir/kpki-backup-$stamp-$again
    note_backup
  done
  backup=$name
  printf 'backup %s\n' "$backup"
}

# For the run that finds it if this one dies: before there is such a directory, for
# in one of another run no file has a second name.
note_backup() {
  note "$stage/backup" "$name" || fail 'cannot write' "$stage/backup" "$reason"
}

# Makes files durable, or everything where single files cannot be.
save() {
  sync "$@" 2>/dev/null || sync 2>/dev/null || :
}

# What was applied goes back, then everything of ours goes.
undo() {
  trap '' HUP INT TERM PIPE
  unwatch
  undone=
  whose_stage
  if [ "$token" = "$nonce" ] && [ -n "$foreign" ]; then
    give_back
    undone=yes
  elif [ "$token" = "$nonce" ]; then
    [ -z "$applying" ] || withdraw
    # A file that could not be put back is still in the backup.
    if [ -n "$lost" ]; then
      printf 'kpki-not-undone\t%s\n' "$lost" >&2
      [ -z "$backup" ] || thin_out "$backup"
    else
      undone=yes
      [ -z "$backup" ] || rm -rf "$backup"
    fi
    release
  elif [ -z "$is_ours" ]; then
    rm -f "$stage/own-$nonce" 2>/dev/null
    rmdir "$stage" 2>/dev/null
  elif [ -n "$applying" ]; then
    # Another took us for dead and goes on with what lies there.
    printf 'kpki-not-undone\t%s\n' "$dir" >&2
  fi
  # The directories that were made, if they are empty; the deepest are first.
  while [ -n "$made" ]; do
    rmdir "${made%%//*}" 2>/dev/null
    made=${made#*//}
  done
  # Some shells have lost by now where to write to.
  [ -z "$undone" ] || exit 3
}

# A new file has the name that it has in the stage as well; one that replaced another
# has left the stage.
withdraw() {
  for path in $news; do
    target=$dir${path#.}
    number=$(number_of "$stage/new${path#.}")
    [ -z "$number" ] || [ "$(number_of "$target")" != "$number" ] || rm -f "$target" || lost="$lost $target"
  done 2>/dev/null
  put_back "$backup" $replaced
  put_back "$stage/old" $mended
}

put_back() {
  from=$1
  shift
  for path in "$@"; do
    [ -e "$stage/new${path#.}" ] || mv -f "$from${path#.}" "$dir${path#.}" || lost="$lost $dir${path#.}"
  done 2>/dev/null
}
