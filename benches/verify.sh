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

runs=5 trees=1000
# shellcheck source=frame.sh
. "$(dirname "$0")/frame.sh" n=runs t=trees -- "$@"

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

missed=0
# measure TREES BAR: the bar is for wall time, in seconds.
measure() {
  local count=$1 bar=$2 list=() n wall cpu peak mark=
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
  peak=$(peak "$kpki" verify --quiet "${list[@]}")
  if holds "$wall" '>=' "$bar"; then mark=' missed'; missed=1; fi
  printf '%8s %10s %10s %10s %10s%s\n' "$count" "$wall" "$cpu" "$peak" "$bar" "$mark"
}

introduce
echo "runs of each: $runs"
printf '\n%8s %10s %10s %10s %10s\n' TREES 'WALL (s)' 'CPU (s)' 'PEAK MB' 'BAR (s)'
measure 1 0.05
[ "$trees" -gt 100 ] && measure 100 0.5
# The bar is 5 s for a thousand.
[ "$trees" -gt 1 ] && measure "$trees" "$(awk -v n="$trees" 'BEGIN { printf "%.2f", n < 10 ? 0.05 : n * 0.005 }')"
exit $missed
