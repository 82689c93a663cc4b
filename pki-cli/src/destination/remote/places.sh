# Where a directory really is, whose the directories on the way are, and what
# else is to be known of the host. Nothing is changed.
#
#   host NAME
#   user UID GID
#   tool TOOL
#   link PATH                      the directory is a symbolic link: nothing follows
#   above PERMS UID GID PATH       each directory on the way, from / on
#   inside PERMS UID GID PATH      the directory, or one below it that was asked about
#   missing                        there is no such directory yet
#   remains                        a copy was interrupted here

# places DIRECTORY BELOW...
places() {
  printf 'host %s\n' "$(uname -n 2>/dev/null)"
  printf 'user %s %s\n' "$(id -u)" "$(id -g)"
  printf 'tool %s\n' "$(sha_tool)"
  dir=$1 missing=
  shift
  there=$dir
  while ! [ -e "$there" ] && ! [ -L "$there" ]; do
    # It may be there and hidden.
    look_at "$there" && break
    is_nothing || fail 'cannot look at' "$there" "$reason"
    missing=yes
    there=${there%/*}
    there=${there:-/}
  done
  if [ -z "$missing" ] && [ -L "$there" ]; then
    printf 'link %s\n' "$there"
    return
  fi
  [ -d "$there" ] || fail 'not a directory' "$there" ''
  real=$(cd -P "$there" 2>&1 && pwd -P) || fail 'cannot enter' "$there" "$real"
  at='' left=${real#/}
  place above /
  while [ -n "$left" ]; do
    at=$at/${left%%/*}
    case $left in
      */*) left=${left#*/} ;;
      *) left= ;;
    esac
    if [ -z "$left" ] && [ -z "$missing" ]; then place inside "$at"; else place above "$at"; fi
  done
  [ "$real" != / ] || [ -n "$missing" ] || place inside /
  if [ -n "$missing" ]; then
    echo missing
    return
  fi
  for below in "$@"; do
    look_at "$dir/$below" && case $perms in d*) place inside "$dir/$below" ;; esac
  done
  if look_at "$dir/.kpki-copy"; then echo remains; fi
}

place() {
  look_at "$2" || fail 'cannot look at' "$2" "$reason"
  printf '%s %s %s %s %s\n' "$1" "$perms" "$uid" "$gid" "$2"
}
