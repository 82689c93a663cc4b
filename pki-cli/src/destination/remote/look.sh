# Where a directory really is, whose the directories on the way are, and what
# lies in it under names. Nothing is changed, and no link is followed.
#
#   host NAME
#   user UID GID
#   real PATH                      the directory, without links on the way
#   link PATH                      the directory, or one below it, is a symbolic link:
#   target PATH                    where it leads, if anywhere; if it is the directory,
#                                  that is before real, and nothing follows
#   above PATH                     each directory on the way, from / on
#   inside PATH                    the directory, or one below it that was asked about
#   full PATH                      the same, if something lies in it that is none of ours
#   missing                        there is no such directory yet, and so no file
#   remains                        a copy was interrupted here
#   nothing                        of each file
#   linked                         it is a link, or behind one
#   unreadable REASON
#   entry
#   described                      then, of each directory and each entry in this order
#   PERMS LINKS UID GID SIZE MTIME INODE

# look DIRECTORY NUMBER BELOW... FILE...
look() {
  for program in cat chmod cksum dd id ln ls mkdir mv rm rmdir; do
    command -v $program >/dev/null 2>&1 || fail 'no program' $program ''
  done
  name=
  { read -r name </proc/sys/kernel/hostname; } 2>/dev/null || name=$(uname -n 2>/dev/null)
  printf 'host %s\n' "$name"
  know_user
  printf 'user %s %s\n' "$uid" "$gid"
  dir=$1 number=$2 missing=
  shift 2
  there=$dir
  until [ -e "$there" ] || [ -L "$there" ]; do
    missing=yes
    there=${there%/*}
    there=${there:-/}
  done
  # What seems to be missing may be hidden.
  [ -z "$missing" ] || is_absent "$dir" || fail 'cannot look at' "$dir" "$reason"
  if [ -z "$missing" ] && [ -L "$there" ]; then
    link "$there"
    return
  fi
  [ -d "$there" ] || fail 'not a directory' "$there" ''
  real=$(cd -P "$there" 2>&1 && pwd -P) || fail 'cannot enter' "$there" "$real"
  below=${dir#"$there"}
  case $there in /) below=${below:+/$below} ;; esac
  printf 'real %s%s\n' "${real%/}" "$below"
  if [ -n "$missing" ]; then
    shift $#
    number=0
  fi
  files=$(($# - number))
  at='' left=${real#/}
  place above /
  set -- "$@" /
  while [ -n "$left" ]; do
    at=$at/${left%%/*}
    case $left in
      */*) left=${left#*/} ;;
      *) left= ;;
    esac
    if [ -z "$left" ] && [ -z "$missing" ]; then place inside "$at"; else place above "$at"; fi
    set -- "$@" "$at"
  done
  if [ "$real" = / ] && [ -z "$missing" ]; then
    place inside /
    set -- "$@" /
  fi
  while [ "$number" -gt 0 ]; do
    number=$((number - 1)) below=${real%/}/$1
    shift
    if [ -L "$below" ]; then
      link "$below"
    elif [ -d "$below" ]; then
      place inside "$below"
      set -- "$@" "$below"
    fi
  done
  if [ -n "$missing" ]; then
    echo missing
  elif [ -e "$dir/.kpki-copy" ] || [ -L "$dir/.kpki-copy" ]; then
    echo remains
  fi
  while [ $files -gt 0 ]; do
    files=$((files - 1))
    if is_entry "${dir%/}" "$1"; then set -- "$@" "${dir%/}/$1"; fi
    shift
  done
  echo described
  describe "$@" || fail 'cannot look at' "$described" "$reason"
}

# Sets uid and gid to those that this process has.
know_user() {
  uid='' gid=''
  {
    while read -r word number effective rest; do
      case $word in
        Uid:) uid=$effective ;;
        Gid:) gid=$effective ;;
      esac
    done </proc/self/status
  } 2>/dev/null
  case $uid/$gid in
    /* | */ | *[!0-9/]*) uid=$(id -u) gid=$(id -g) ;;
  esac
}

link() {
  printf 'link %s\ntarget %s\n' "$1" "$(cd -P "$1" 2>/dev/null && pwd -P)"
}

place() {
  printf '%s %s\n' "$1" "$2"
  case $1 in inside) ! is_full "$2" || printf 'full %s\n' "$2" ;; esac
}

# Whether something lies there that is none of ours, nor of the file system. Ours are
# certificates with the names that cfssl's users give them as well.
# In an etcd below it (second argument) there is none.
is_full() {
  for path in "${1%/}"/* "${1%/}"/.[!.]* "${1%/}"/..?*; do
    case ${path##*/} in
      .kpki.lock | .kpki-stage | .kpki-copy | kpki-backup-* | lost+found) ;;
      ca.pem | client.pem | peer.pem | peer-ca.pem | server.pem) ;;
      ca-key.pem | client-key.pem | peer-key.pem | peer-ca-key.pem | server-key.pem) ;;
      etcd)
        if [ -n "${2-}" ] || [ -L "$path" ] || ! [ -d "$path" ] || ! [ -r "$path" ]; then return 0; fi
        if (is_full "$path" below); then return 0; fi
        ;;
      *) if [ -e "$path" ] || [ -L "$path" ]; then return 0; fi ;;
    esac
  done
  return 1
}

# is_entry DIRECTORY BELOW: tells what is there, and whether more is to be told of it.
is_entry() {
  path=$1/$2
  if is_behind_a_link "$1" "$2" || [ -L "$path" ]; then
    echo linked
  elif [ -e "$path" ]; then
    if [ -f "$path" ] && ! [ -r "$path" ]; then
      unreadable "$(cat "$path" 2>&1 >/dev/null)"
    else
      echo entry
      return 0
    fi
  elif is_absent "$path"; then
    echo nothing
  else
    unreadable "${reason:-hidden}"
  fi
  return 1
}

unreadable() {
  printf 'unreadable %s\n' "$(printf '%s' "$1" | tr '\n' ' ')"
}

# The digest of our word and these files, so that nobody has it ready; by a tool of
# which nobody knows yet whether it can.
together() {
  for tool in sha256sum shasum openssl; do
    if command -v $tool >/dev/null 2>&1; then break; fi
  done
  case $tool in
    shasum) tool='shasum -a 256' ;;
    openssl) tool='openssl dgst -sha256 -r' ;;
  esac
  found=$({ printf '%s' "$nonce" && cat "$@"; } 2>/dev/null | $tool 2>/dev/null)
  printf '%s\n' "${found%% *}"
}
