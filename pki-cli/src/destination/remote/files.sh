# What the scripts about files on another host have in common.
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

# Sets perms, links, uid, gid and size, or reason.
look_at() {
  reason=
  listing=$(ls -ldn "$1" 2>&1) || {
    reason=$listing
    return 1
  }
  set -f
  set -- $listing
  set +f
  perms=$1 links=$2 uid=$3 gid=$4 size=$5
}

# Whether nothing is there, after look_at has failed.
is_nothing() {
  case $reason in
    *'No such file or directory'* | *'Not a directory'*) return 0 ;;
  esac
  return 1
}

# Tells what this host can make digests with: a tool counts if it knows that of
# nothing, for a name alone may be anybody's.
sha_tool() {
  for tool in sha256sum 'shasum -a 256' 'openssl dgst -sha256 -r'; do
    case $($tool </dev/null 2>/dev/null) in
      e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855*)
        printf '%s' "$tool"
        return
        ;;
    esac
  done
  case $(cksum </dev/null 2>/dev/null) in 4294967295*) printf 'cksum' ;; esac
}

# digest TOOL FILE: of our word and the file, so that nobody has it ready; a
# checksum and the size are of the file alone.
digest() {
  case $1 in
    cksum)
      cksum <"$2"
      return
      ;;
  esac
  found=$({ printf '%s' "$nonce" && cat <"$2"; } | $1)
  printf '%s\n' "${found%% *}"
}

# digests TOOL FILE...: of the files alone, by one program, each with a comma.
digests() {
  with=$1
  shift
  $with "$@" | while read -r first second rest; do
    case $with in cksum) first="$first $second" ;; esac
    printf '%s,' "$first"
  done
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

# readable PATH: whether a regular file is there; ends the script if not.
readable() {
  look_at "$1" || fail 'cannot look at' "$1" "$reason"
  case $perms in -*) ;; *) fail 'not a file' "$1" '' ;; esac
}

# What is in a file, and the end of it. One byte more than is allowed tells
# that it is too large.
content() {
  dd if="$1" bs=1024 count=1025 2>/dev/null
  printf '\n%s end\n' "$nonce"
}
