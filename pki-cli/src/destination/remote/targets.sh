# Whether files can go to their places, for publish.sh and foresee.sh. The caller sets the
# lists of publish.sh.

# Whether all files can go to their places.
check_targets() {
  check_mounts
  for path in $all; do
    target=$dir${path#.}
    if is_behind_a_link "$dir" "${path#./}" || [ -L "$target" ]; then
      fail 'not a file' "$target" 'symbolic link'
    elif [ -d "$target" ]; then
      fail 'not a file' "$target" 'directory'
    elif [ -e "$target" ] && ! [ -f "$target" ]; then
      fail 'not a file' "$target" 'device, pipe or socket'
    fi
  done
  for path in $news; do
    if [ -e "$dir${path#.}" ]; then fail 'changed' "$dir${path#.}" ''; fi
  done
  set --
  for path in $replaced $mended; do
    target=$dir${path#.}
    if ! [ -e "$target" ]; then
      is_absent "$target" || fail 'cannot look at' "$target" "$reason"
      fail 'missing' "$target" ''
    fi
    set -- "$@" "$target"
  done
  if [ $# -gt 0 ]; then
    listing=$(describe "$@") || fail 'changed' "$dir" ''
    have_one_name $listing
    may_change "$@"
  fi
}

# may_change FILE...: ends the script if chattr keeps one of them as it is. Not every
# system has lsattr, nor every file system what it tells.
may_change() {
  listing=$(lsattr -d "$@" 2>/dev/null)
  while [ -n "$listing" ]; do
    line=${listing%%"$newline"*}
    case ${line%% *} in *[ia]*) fail 'immutable' "/${line#*/}" '' ;; esac
    case $listing in
      *"$newline"*) listing=${listing#*"$newline"} ;;
      *) listing= ;;
    esac
  done
}

# have_one_name PERMS LINKS UID GID SIZE MTIME...: of each file that is replaced.
have_one_name() {
  for path in $replaced $mended; do
    [ $# -ge 6 ] || fail 'changed' "$dir${path#.}" ''
    [ "$2" -eq 1 ] || fail 'hard links' "$dir${path#.}" "$2"
    shift 6
  done
}

# What is mounted where files are to go, bind mounts too: neither link nor rename reaches
# into those, nor replaces them.

# Ends the script if a directory that a file goes to, or a file that is replaced, is one.
check_mounts() {
  know_mounts
  for directory in $directories; do
    case $directory in .) ;; *) not_mounted "$dir${directory#.}" ;; esac
  done
  for path in $replaced $mended; do
    not_mounted "$dir${path#.}"
  done
}

# Sets mounts to those below the directory, between double slashes.
know_mounts() {
  mounts=//
  {
    while read -r id parent device root at rest; do
      unescape
      case $at in "$dir"/*) mounts=$mounts$at// ;; esac
    done </proc/self/mountinfo
  } 2>/dev/null
}

not_mounted() {
  case $mounts in *"//$1//"*) fail 'mounted' "$1" '' ;; esac
}

# What the kernel has written as octal numbers in the name of a mount, at.
unescape() {
  case $at in
    *%*) ;;
    *\\*) at=$(printf "$at") ;;
  esac
}
