# What the scripts about files on another host have in common. They are sent
# once, without these words; no line of them ends within quotes.
#
# Paths are absolute, so that none of them is taken for a flag. Of what ls says
# only the fields before the name are used.

# Ends the script: "kpki-failed<TAB>KIND<TAB>PATH<TAB>what else is to be said".
fail() {
  printf 'kpki-failed\t%s\t%s\t%s\n' "$1" "$2" "$3" >&2
  exit 1
}

# attempt ACTION PATH COMMAND...: ends the script with the command's own words if it fails.
attempt() {
  action=$1 about=$2
  shift 2
  reason=$("$@" 2>&1) || fail "cannot $action" "$about" "$reason"
}

# Sets perms, links, uid, gid and size.
fields() {
  perms=$1 links=$2 uid=$3 gid=$4 size=$5
}

# Sets the same, or reason.
look_at() {
  reason=
  listing=$(ls -ldn "$1" 2>&1) || {
    reason=$listing
    return 1
  }
  set -f
  fields $listing
  set +f
}

# What is there in the place of a directory.
kind_of() {
  if [ -L "$1" ]; then
    echo 'symbolic link'
  elif [ -f "$1" ]; then
    echo 'regular file'
  else
    echo 'device, pipe or socket'
  fi
}

# Whether nothing is there, after look_at has failed.
is_nothing() {
  case $reason in
    *'No such file or directory'* | *'Not a directory'*) return 0 ;;
  esac
  return 1
}

# Whether there is nothing indeed, where test sees nothing: it may be hidden, and
# then reason is set.
is_absent() {
  above=${1%/*}
  until [ -e "${above:-/}" ]; do above=${above%/*}; done
  above=${above:-/}
  if [ -x "$above" ] || ! [ -d "$above" ]; then return 0; fi
  ! look_at "$1" && is_nothing
}

# describe PATH...: "PERMS LINKS UID GID SIZE MTIME INODE" of each in their order, by
# one program where stat is that of most systems, else by ls. Where one fails, described
# is its path.
describe() {
  described=$(stat -c '%A %h %u %g %s %Y %i' "$@" 2>/dev/null) || described=
  case $described in
    [-bcdlps][-r][-w]*' '[0-9]*' '[0-9]*' '[0-9]*' '[0-9]*)
      printf '%s\n' "$described"
      return
      ;;
  esac
  for described in "$@"; do
    look_at "$described" || return 1
    modified=$(stat -f %m "$described" 2>/dev/null)
    case $modified in '' | *[!0-9]*) modified=- ;; esac
    printf '%s %s %s %s %s %s %s\n' "$perms" "$links" "$uid" "$gid" "${size%,}" "$modified" "$(number_of "$described")"
  done
}

# Of the inode that has this name.
number_of() {
  set -- $(ls -di "$1" 2>/dev/null)
  printf '%s' "${1-}"
}

# digests TOOL FILE...: sets found to those that one program has made, each with a comma.
digests() {
  with=$1 found=
  shift
  said=$($with "$@" 2>/dev/null)$newline
  while [ -n "$said" ]; do
    line=${said%%"$newline"*}
    said=${said#*"$newline"}
    # An odd name is told by a backslash before all.
    line=${line#\\}
    first=${line%% *} rest=${line#* }
    case $with in cksum) first="$first ${rest%% *}" ;; esac
    found=$found$first,
  done
}

# have SHA-DIGESTS CHECKSUMS FILE...: whether the files have these, by the first tool
# that knows the digest of nothing.
have() {
  shas=$1 sums=$2
  shift 2
  for tool in sha256sum 'shasum -a 256' 'openssl dgst -sha256 -r'; do
    digests "$tool" /dev/null "$@"
    case $found in
      e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855,*)
        [ "${found#*,}" = "$shas" ]
        return
        ;;
    esac
  done
  digests cksum /dev/null "$@"
  case $found in
    '4294967295 0,'*) [ "${found#*,}" = "$sums" ] ;;
    *) fail 'no program' cksum '' ;;
  esac
}

# Whether a link is on the way from DIRECTORY to BELOW, but for its last name.
is_behind_a_link() {
  at=$1 left=$2
  while :; do
    case $left in
      */*) at=$at/${left%%/*} left=${left#*/} ;;
      *) return 1 ;;
    esac
    if [ -L "$at" ]; then return 0; fi
  done
}

# What is in a file, and the end of it. One byte more than is allowed tells
# that it is too large.
content() {
  dd if="$1" bs=1024 count=1025 2>/dev/null
  printf '\n%s end\n' "$nonce"
}

# What is in all of these, one after the other.
contents() {
  cat "$@" 2>/dev/null
  printf '\n%s end\n' "$nonce"
}
