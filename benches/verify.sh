#!/usr/bin/env bash
# Measures kpki verify: one tree, a hundred, a thousand. Prints wall and CPU
# time, peak memory and the project's bars.
#
#   benches/verify.sh [-n RUNS] [-t TREES] [--kpki PATH]
#
#   -n RUNS      runs of each case; the medians are shown (default 5)
#   -t TREES     the largest number of trees (default 1000)
#   --kpki PATH  the binary (default target/release/kpki)
#
# The trees are of RSA-2048. Twenty are made; the others are copies of them, for
# a key takes a tenth of a second to make and much less to check. What a copy
# costs the check is the same, and that it is a copy is found in the comparison.
# TMPDIR chooses the file system; a tree takes about 150 kB of it.
# Exit status: 0 every bar is met, 1 a bar is missed, 2 bad usage.
set -u
export LC_ALL=C

runs=5 trees=1000
here=$(cd "$(dirname "$0")/.." && pwd)
kpki=$here/target/release/kpki
usage() { sed -n '2,15s/^# \{0,1\}//p' "$0"; }
while [ $# -gt 0 ]; do
  case $1 in
    -n) runs=${2:-}; shift 2 || exit 2 ;;
    -t) trees=${2:-}; shift 2 || exit 2 ;;
    --kpki) kpki=${2:-}; shift 2 || exit 2 ;;
    -h | --help) usage; exit 0 ;;
    *) echo "error: unknown option '$1'" >&2; usage >&2; exit 2 ;;
  esac
done
for number in "$runs" "$trees"; do
  case $number in '' | *[!0-9]* | 0) echo "error: -n and -t want a number from 1 on" >&2; exit 2 ;; esac
done
if [ ! -x "$kpki" ]; then
  echo "error: $kpki is not there" >&2
  echo "hint: cargo build --release -p pki-cli, or give --kpki PATH" >&2
  exit 2
fi
case $kpki in /*) ;; *) kpki=$PWD/$kpki ;; esac

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

made=20
[ "$trees" -lt $made ] && made=$trees
hosts=()
for ((n = 0; n < made; n++)); do hosts+=(--host "m$n=10.0.0.$((n + 10))"); done
# One host alone has no home of its CAs beside it, and its tree is in place.
if [ "$made" = 1 ]; then place=(--cert-dir "$work/made/m0/etc/kubernetes/pki"); else place=(--out made); fi
"$kpki" gen "${hosts[@]}" "${place[@]}" --key-algorithm RSA-2048 >/dev/null || exit 2
mkdir trees || exit 2
for ((n = 0; n < trees; n++)); do cp -a "made/m$((n % made))" "trees/$n" || exit 2; done

median() { sort -n | awk '{ v[NR] = $1 } END {
  if (NR % 2) print v[(NR + 1) / 2]; else printf "%.4f\n", (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

missed=0
# measure TREES BAR: the bar is for wall time, in seconds.
measure() {
  local count=$1 bar=$2 list=() n wall cpu peak=- mark=
  for ((n = 0; n < count; n++)); do list+=("trees/$n"); done
  : >wall; : >cpu
  local TIMEFORMAT='%R %U %S'
  # Copies are errors, so the status is 1; 2 would be a tree that was not read.
  for ((n = 0; n < runs; n++)); do
    { time "$kpki" verify --quiet "${list[@]}" >out 2>&1; echo $? >status; } 2>times
    if [ "$(cat status)" = 2 ]; then echo "error: kpki verify failed" >&2; head -3 out >&2; exit 2; fi
    awk '{ print $1 }' times >>wall
    awk '{ print $2 + $3 }' times >>cpu
  done
  wall=$(median <wall) cpu=$(median <cpu)
  if [ -x /usr/bin/time ]; then
    /usr/bin/time -f %M -o rss "$kpki" verify --quiet "${list[@]}" >/dev/null 2>&1
    peak=$(tail -1 rss | awk '{ printf "%.1f", $1 / 1024 }')
  fi
  if awk -v wall="$wall" -v bar="$bar" 'BEGIN { exit !(wall >= bar) }'; then mark=' missed'; missed=1; fi
  printf '%8s %10s %10s %10s %10s%s\n' "$count" "$wall" "$cpu" "$peak" "$bar" "$mark"
}

echo "kpki:     $("$kpki" --version)"
echo "machine:  $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg)"
echo "runs of each: $runs"
[ -x /usr/bin/time ] || echo "not there, so no peak memory: /usr/bin/time (Debian: time)"
printf '\n%8s %10s %10s %10s %10s\n' TREES 'WALL (s)' 'CPU (s)' 'PEAK MB' 'BAR (s)'
measure 1 0.05
[ "$trees" -gt 100 ] && measure 100 0.5
# The bar is 5 s for a thousand.
[ "$trees" -gt 1 ] && measure "$trees" "$(awk -v n="$trees" 'BEGIN { printf "%.2f", n < 10 ? 0.05 : n * 0.005 }')"
exit $missed
