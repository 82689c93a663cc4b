# What publish.sh would fail with, told without writing anything. Whether there is
# room is not asked.

# foresee DIRECTORY USER: fails as begin and prepare would; the caller sets the lists of publish.sh.
foresee() {
  dir=${1%/} user=$2 stage=${1%/}/.kpki-copy
  if ! [ -d "$dir/." ]; then
    may_make "$dir"
    return
  fi
  if [ -e "$stage" ] || [ -L "$stage" ]; then
    check_stage || :
    is_writable "$stage" || fail 'cannot write' "$stage" "$reason"
  else
    is_writable "${dir:-/}" || fail 'cannot make' "$stage" "$reason"
  fi
  if [ -e "$dir/.kpki-stage" ]; then fail 'unfinished' "$dir/.kpki-stage" ''; fi
  # What lies there once an interrupted copy is cleared away is not known.
  if [ -e "$stage" ]; then return; fi
  check_targets
  may_keep
  for directory in $directories; do
    target=$dir${directory#.}
    if [ -d "$target/." ]; then
      action=replace
      for path in $news; do
        case $path in
          "$directory"/*/*) ;;
          "$directory"/*) action='write' ;;
        esac
      done
      is_writable "${target:-/}" || fail "cannot $action" "$target" "$reason"
    else
      may_make "$target"
    fi
  done
}

# A second name for another's file is given to whoever can read and write it, where the kernel
# protects those.
may_keep() {
  protected=
  { read -r protected </proc/sys/fs/protected_hardlinks; } 2>/dev/null
  if [ "$user" -eq 0 ] || [ "$protected" != 1 ]; then return; fi
  for path in $replaced $mended; do
    target=$dir${path#.}
    if [ -r "$target" ] && [ -w "$target" ]; then continue; fi
    look_at "$target" || fail 'cannot look at' "$target" "$reason"
    [ "$uid" = "$user" ] || fail 'cannot keep' "$target" 'Operation not permitted'
  done
}

# may_make PATH: fails as making it would, with the directories on the way.
may_make() {
  made=$1
  until [ -e "${made%/*}/" ]; do
    if [ -e "${made%/*}" ] || [ -L "${made%/*}" ]; then fail 'not a directory' "${made%/*}" "$(kind_of "${made%/*}")"; fi
    made=${made%/*}
  done
  if [ -e "$made" ] || [ -L "$made" ]; then fail 'not a directory' "$made" "$(kind_of "$made")"; fi
  above=${made%/*}
  is_writable "${above:-/}" || fail 'cannot make' "$made" "$reason"
}

# Whether names can be made in a directory; if not, reason is what the system would say.
is_writable() {
  reason=
  if is_read_only "$1"; then
    reason='Read-only file system'
  elif ! [ -w "$1" ] || ! [ -x "$1" ]; then
    reason='Permission denied'
    [ "$user" -ne 0 ] || reason='Operation not permitted'
  fi
  [ -z "$reason" ]
}

# What is mounted last hides what is below it. Some shells have root write everywhere.
is_read_only() {
  options=
  {
    while read -r device at kind how rest; do
      unescape
      case ${1%/}/ in "${at%/}"/*) options=,$how, ;; esac
    done </proc/self/mounts
  } 2>/dev/null
  case $options in *,ro,*) return 0 ;; esac
  return 1
}
