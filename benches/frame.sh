# shellcheck shell=bash
# What the benches have in common: their options, a place to work, medians.
#
#   . frame.sh LETTER=VARIABLE... -- "$@"
#
# Each -LETTER wants a number, which the variable gets. Sets here, kpki and work, a directory
# that goes at the end.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
kpki=$here/target/release/kpki

# The comment that the bench begins with.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

declare -A variables=()
while [ "$1" != -- ]; do
  variables[-${1%%=*}]=${1#*=}
  shift
done
shift
while [ $# -gt 0 ]; do
  case $1 in
    --kpki) kpki=${2:-}; shift 2 || exit 2 ;;
    -h | --help) usage; exit 0 ;;
    *)
      if [ -z "${variables[$1]:-}" ]; then
        echo "error: unknown option '$1'" >&2
        usage >&2
        exit 2
      fi
      case ${2:-} in '' | *[!0-9]* | 0) echo "error: $1 wants a number from 1 on" >&2; exit 2 ;; esac
      printf -v "${variables[$1]}" %s "$2"
      shift 2
      ;;
  esac
done
if [ ! -x "$kpki" ]; then
  echo "error: $kpki is not there" >&2
  echo "hint: cargo build --release -p pki-cli, or give --kpki PATH" >&2
  exit 2
fi
case $kpki in /*) ;; *) kpki=$PWD/$kpki ;; esac

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# The median of the numbers on stdin; "-" if there is none.
median() {
  grep -v '^-$' | sort -n | awk '{ v[NR] = $1 } END {
    if (!NR) print "-"; else if (NR % 2) print v[(NR + 1) / 2]
    else printf "%.4f\n", (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# peak COMMAND...: its own memory in MB, without that of what it runs; "-" where nothing
# measures it.
peak() {
  if [ ! -x /usr/bin/time ]; then
    echo -
    return
  fi
  /usr/bin/time -f %M -o "$work/rss" "$@" >/dev/null 2>&1
  tail -1 "$work/rss" | awk '{ printf "%.1f", $1 / 1024 }'
}

# holds A OPERATOR B: whether that is so of these numbers.
holds() { awk "BEGIN { exit !($1 $2 $3) }"; }

# What was measured, and where.
introduce() {
  echo "kpki:     $("$kpki" --version)"
  echo "machine:  $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg)"
  [ -x /usr/bin/time ] || echo "not there, so no peak memory: /usr/bin/time (Debian: time)"
}
