# Where a directory really is, whose the directories on the way are, and what
# else is to be known of the host. Nothing is changed.
#
#   host NAME
#   user UID GID
#   tool TOOL
#   real PATH                      the directory, without links on the way
#   link PATH                      the directory, or one below it, is a symbolic link:
#   target PATH                    where it leads, if anywhere, and nothing follows
#   above PERMS UID GID PATH       each directory on the way, from / on
#   inside PERMS UID GID PATH      the directory, or one below it that was asked about
#   missing                        there is no such directory yet
#   remains                        a copy was interrupted here

# places DIRECTORY BELOW...
places() {
  for program in cat chmod dd id ln ls mkdir mv rm rmdir; do
    command -v $program >/dev/null 2>&1 || fail 'no program' $program ''
  done
  printf 'host %s\n' "$(uname -n 2>/dev/null)"
  printf 'user %s %s\n' "$(id -u)" "$(id -g)"
  tool=$(sha_tool)
  [ -n "$tool" ] || fail 'no program' cksum ''
  printf 'tool %s\n' "$tool"
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
    link "$there"
    return
  fi
  [ -d "$there" ] || fail 'not a directory' "$there" ''
  real=$(cd -P "$there" 2>&1 && pwd -P) || fail 'cannot enter' "$there" "$real"
  below=${dir#"$there"}
  case $there in /) below=${below:+/$below} ;; esac
  printf 'real %s%s\n' "${real%/}" "$below"
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
    below=${real%/}/$below
    if [ -L "$below" ]; then
      link "$below"
      return
    fi
    look_at "$below" && case $perms in d*) place inside "$below" ;; esac
  done
  if [ -e "$dir/.kpki-copy" ] || [ -L "$dir/.kpki-copy" ]; then echo remains; fi
}

link() {
  printf 'link %s\ntarget %s\n' "$1" "$(cd -P "$1" 2>/dev/null && pwd -P)"
}

place() {
  look_at "$2" || fail 'cannot look at' "$2" "$reason"
  printf '%s %s %s %s %s\n' "$1" "$perms" "$uid" "$gid" "$2"
}
