#!/usr/bin/env bash
# Measures kpki copy over ssh: ten destinations and a hundred, against as many
# bare logins (ssh HOST true) that run equally parallel. Prints wall time, the
# ratio, and kpki's own peak memory.
#
#   benches/copy.sh [-n RUNS] [-d DESTINATIONS] [-p PARALLEL] [--kpki PATH]
#
#   -n RUNS          runs of each case; the medians are shown (default 3)
#   -d DESTINATIONS  the largest number of destinations (default 100)
#   -p PARALLEL      how many at the same time (default 16)
#   --kpki PATH      the binary (default target/release/kpki)
#
# One sshd on loopback, unprivileged, serves all of them; every destination is a
# directory of its own. Client and server share the processors, so that a ratio
# is of work rather than of waiting. TMPDIR chooses the file system.
# Exit status: 0 every bar is met, 1 a bar is missed, 2 bad usage.

runs=3 destinations=100 parallel=16
# shellcheck source=frame.sh
. "$(dirname "$0")/frame.sh" n=runs d=destinations p=parallel -- "$@"

PATH=$PATH:/usr/sbin
for program in ssh ssh-keygen sshd; do
  command -v $program >/dev/null || { echo "error: $program is not installed" >&2; exit 2; }
done

sshd=
trap '[ -z "$sshd" ] || kill "$sshd"; rm -rf "$work"' EXIT
cd "$work" || exit 2
chmod 755 .
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
# What somebody has put into the start-up files of a shell is not measured.
mkdir home || exit 2

"$kpki" gen --host m1=10.0.0.11 --host m2=10.0.0.12 --out made --key-algorithm RSA-2048 >/dev/null || exit 2
ssh-keygen -q -t ed25519 -N '' -f host_key && ssh-keygen -q -t ed25519 -N '' -f id || exit 2

# A free port is one that sshd can listen on.
for port in $(shuf -i 20000-60000 -n 20); do
  cat >sshd_config <<CONFIG
Port $port
ListenAddress 127.0.0.1
HostKey $work/host_key
PidFile $work/sshd.pid
AuthorizedKeysFile $work/id.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
MaxStartups 1000
LogLevel ERROR
SetEnv HOME=$work/home
CONFIG
  "$(command -v sshd)" -f sshd_config 2>/dev/null || continue
  while [ ! -s sshd.pid ] && ! grep -q . sshd.pid 2>/dev/null; do :; done
  sshd=$(cat sshd.pid)
  break
done
[ -n "$sshd" ] || { echo "error: sshd does not start" >&2; exit 2; }
echo "[127.0.0.1]:$port $(cat host_key.pub)" >known_hosts
cat >ssh_config <<CONFIG
Host bench
  HostName 127.0.0.1
  Port $port
  User $(id -un)
  IdentityFile $work/id
  IdentitiesOnly yes
  UserKnownHostsFile $work/known_hosts
CONFIG
unset SSH_AUTH_SOCK
ssh -F ssh_config -o BatchMode=yes bench true || { echo "error: sshd lets nobody in" >&2; exit 2; }

missed=0
exec 4>&2

# No two destinations make the same directory: a host takes one that appears
# under its hands for a stranger's.
fresh() { rm -rf there && mkdir there; }
TIMEFORMAT='%R'
# Both in turns, so that the load hits them alike.
measure() {
  local count=$1 bar=$2 n to=() bare copy again peak ratio mark=
  for ((n = 0; n < count; n++)); do to+=(--to "bench:$work/there/$n/pki"); done
  : >bare; : >copy; : >again
  for ((n = 0; n < runs; n++)); do
    { time seq "$count" | xargs -P "$parallel" -I{} ssh -F ssh_config -o BatchMode=yes bench true; } 2>>bare
    fresh
    { time "$kpki" copy --from made --ssh-config ssh_config --parallel "$parallel" "${to[@]}" >out 2>&1 ||
      { echo "error: kpki copy failed" >&4; tail -25 out >&4; exit 2; }; } 2>>copy
    { time "$kpki" copy --from made --ssh-config ssh_config --parallel "$parallel" "${to[@]}" >out 2>&1; } 2>>again
  done
  fresh
  peak=$(peak "$kpki" copy --from made --ssh-config ssh_config --parallel "$parallel" "${to[@]}")
  bare=$(median <bare) copy=$(median <copy) again=$(median <again)
  ratio=$(awk -v a="$copy" -v b="$bare" 'BEGIN { printf "%.2f", a / b }')
  if holds "$ratio" '>' "$bar"; then mark=' missed'; missed=1; fi
  printf '%8s %10s %10s %10s %8s %8s %10s%s\n' "$count" "$bare" "$copy" "$again" "$ratio" "$bar" "$peak" "$mark"
}

introduce
echo "ssh:      $(ssh -V 2>&1)"
echo "runs of each: $runs, $parallel at the same time"
printf '\n%8s %10s %10s %10s %8s %8s %10s\n' HOSTS 'ssh true' 'copy (s)' 'again (s)' RATIO BAR 'PEAK MB'
[ "$destinations" -gt 10 ] && measure 10 1.5
measure "$destinations" 1.5
exit $missed
