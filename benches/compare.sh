#!/usr/bin/env bash
# Measures whole processes: kpki against a loop of cfssl, against its single
# commands, and against kubeadm.
# Prints medians, ratios and the project's bars. Installs nothing: what is not
# there is named and left out.
#
#   benches/compare.sh [-n RUNS] [--kpki PATH]
#
#   -n RUNS      runs of each case, in turns so that a change of the machine's
#                load hits every competitor alike (default 5)
#   --kpki PATH  the binary (default target/release/kpki)
#
# TMPDIR chooses the file system that is written to.
# Exit status: 0 every measured bar is met, 1 a bar is missed, 2 bad usage.

runs=5
# shellcheck source=frame.sh
. "$(dirname "$0")/frame.sh" n=runs -- "$@"

has() { command -v "$1" >/dev/null 2>&1; }
missing=
for tool in cfssl cfssljson openssl; do has "$tool" || missing="$missing $tool"; done

# ---- measuring ---------------------------------------------------------------

# seconds COMMAND...: its wall time; "-" if it failed.
seconds() {
  local start end
  start=$(date +%s%N)
  if ! "$@" >"$work/out" 2>&1; then
    echo "warning: this failed: $*" >&2
    tail -3 "$work/out" >&2
    echo -
    return
  fi
  end=$(date +%s%N)
  awk -v ns=$((end - start)) 'BEGIN { printf "%.4f\n", ns / 1e9 }'
}

mean() { grep -v '^-$' | awk '{ s += $1 } END { if (NR) printf "%.4f\n", s / NR; else print "-" }'; }

# sample NAME COMMAND...: one run, added to the samples of NAME.
sample() {
  local name=$1
  shift
  rm -rf "$work/tree" && mkdir "$work/tree" && cd "$work/tree" || exit 2
  seconds "$@" >>"$work/$name.s"
  [ -f "$work/$name.keys" ] || count_keys >"$work/$name.keys"
  cd "$work" || exit 2
}
of() { if [ -f "$work/$1.s" ]; then median <"$work/$1.s"; else echo -; fi; }

# ---- what is compared --------------------------------------------------------

hosts() { # hosts N: the flags for N masters
  local n=0
  while [ "$n" -lt "$1" ]; do
    printf -- '--host m%d=10.0.0.%d ' "$n" $((n + 10))
    n=$((n + 1))
  done
}

kpki_one() { "$kpki" gen --host m0=10.0.0.10 --cert-dir "$PWD/k/pki" --key-algorithm "$1" --kubernetes-version "$2"; }
kpki_fleet() { # ALGORITHM VERSION MASTERS
  # shellcheck disable=SC2046
  "$kpki" gen $(hosts "$3") --control-plane-endpoint vip.k8s.internal:6443 --out "$PWD/k" \
    --key-algorithm "$1" --kubernetes-version "$2"
}

# The same certificates by cfssl: three CAs, then 7 leaves and the client
# certificates of the kubeconfigs for each master, and a key pair for sa.
# The kubeconfigs themselves are not written, which is in cfssl's favour.
cfssl_loop() { # ALGORITHM(rsa 2048|ecdsa 256) MASTERS
  local algo=$1 size=$2 masters=$3 n ip
  cat >config.json <<JSON
{"signing": {"default": {"expiry": "8760h"}, "profiles": {
  "server": {"expiry": "8760h", "usages": ["signing", "key encipherment", "server auth"]},
  "client": {"expiry": "8760h", "usages": ["signing", "key encipherment", "client auth"]},
  "peer": {"expiry": "8760h", "usages": ["signing", "key encipherment", "server auth", "client auth"]}}}}
JSON
  request() { # CN O
    local o=
    [ -n "${2:-}" ] && o=", \"names\": [{\"O\": \"$2\"}]"
    echo "{\"CN\": \"$1\", \"key\": {\"algo\": \"$algo\", \"size\": $size}$o}"
  }
  leaf() { # CA PROFILE FILE HOSTS CN O
    request "$5" "${6:-}" >request.json
    cfssl gencert -ca="$1.pem" -ca-key="$1-key.pem" -config=config.json -profile="$2" \
      -hostname="$4" request.json 2>/dev/null | cfssljson -bare "$3" || return 1
    [ -s "$3.pem" ] && [ -s "$3-key.pem" ]
  }
  local ca
  for ca in kubernetes front-proxy-ca etcd-ca; do
    request $ca >request.json
    cfssl gencert -initca request.json 2>/dev/null | cfssljson -bare $ca || return 1
  done
  if [ "$algo" = rsa ]; then
    openssl genrsa -out sa.key 2048 2>/dev/null && openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null || return 1
  else
    openssl ecparam -name prime256v1 -genkey -noout -out sa.key && openssl ec -in sa.key -pubout -out sa.pub 2>/dev/null || return 1
  fi
  n=0
  while [ $n -lt "$masters" ]; do
    ip=10.0.0.$((n + 10))
    mkdir -p m$n
    leaf kubernetes server m$n/apiserver "kubernetes,kubernetes.default,kubernetes.default.svc,kubernetes.default.svc.cluster.local,m$n,10.96.0.1,$ip" kube-apiserver &&
      leaf kubernetes client m$n/apiserver-kubelet-client "" kube-apiserver-kubelet-client system:masters &&
      leaf front-proxy-ca client m$n/front-proxy-client "" front-proxy-client &&
      leaf etcd-ca peer m$n/etcd-server "localhost,m$n,127.0.0.1,$ip" m$n &&
      leaf etcd-ca peer m$n/etcd-peer "localhost,m$n,127.0.0.1,$ip" m$n &&
      leaf etcd-ca client m$n/etcd-healthcheck-client "" kube-etcd-healthcheck-client system:masters &&
      leaf etcd-ca client m$n/apiserver-etcd-client "" kube-apiserver-etcd-client system:masters &&
      leaf kubernetes client m$n/admin "" kubernetes-admin system:masters &&
      leaf kubernetes client m$n/controller-manager "" system:kube-controller-manager &&
      leaf kubernetes client m$n/scheduler "" system:kube-scheduler || return 1
    # Only kubeadm's first master gets a kubelet.conf from it.
    if [ $n = 0 ]; then leaf kubernetes client m$n/kubelet "" system:node:m$n system:nodes || return 1; fi
    n=$((n + 1))
  done
}

kubeadm_one() {
  local version
  version=$(kubeadm version -o short) || return 1
  cat >kubeadm.yaml <<YAML
apiVersion: kubeadm.k8s.io/$1
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.10}
nodeRegistration: {name: m0}
---
apiVersion: kubeadm.k8s.io/$1
kind: ClusterConfiguration
kubernetesVersion: $version
certificatesDir: $PWD/a/pki
YAML
  kubeadm init phase certs all --config kubeadm.yaml &&
    kubeadm init phase kubeconfig all --config kubeadm.yaml --kubeconfig-dir "$PWD/a"
}

kpki_only_sa() { "$kpki" gen --host m0=10.0.0.10 --cert-dir "$PWD/k/pki" --only sa --key-algorithm "$1"; }

# The private keys below the working directory, the kubeconfigs' among them.
# A fleet's hosts hold copies of the CAs' keys and of sa.key: those count once.
count_keys() {
  find . -type f \( -name '*.key' -o -name '*-key.pem' -o -name '*.conf' \) | while read -r file; do
    case $file in
      *.conf) sed -n 's/^ *client-key-data: //p' "$file" | cksum ;;
      *) cksum <"$file" ;;
    esac
  done | sort -u | wc -l
}

# The most memory that a fleet of 100 masters takes at once, in MB.
fleet_peak() {
  [ -x /usr/bin/time ] || { echo -; return; }
  rm -rf "$work/tree" && mkdir "$work/tree" && cd "$work/tree" || exit 2
  # shellcheck disable=SC2046
  /usr/bin/time -f %M -o "$work/rss" "$kpki" gen $(hosts 100) --out "$PWD/k" \
    --control-plane-endpoint vip.k8s.internal:6443 --key-algorithm ECDSA-P256 \
    --kubernetes-version $version >/dev/null 2>&1 || { echo -; return; }
  awk '{ printf "%.1f", $1 / 1024 }' "$work/rss"
}

start_ms() { # the mean of 100 starts in a row
  local start end n=0
  start=$(date +%s%N)
  while [ $n -lt 100 ]; do "$kpki" --version >/dev/null; n=$((n + 1)); done
  end=$(date +%s%N)
  awk -v ns=$((end - start)) 'BEGIN { printf "%.2f\n", ns / 1e8 }'
}

# ---- single commands of cfssl -------------------------------------------------

# batch NAME COUNT COMMAND...: the mean wall time of COUNT runs, in seconds, added
# to the samples of NAME; their user and system time to those of NAME.cpu. One
# process is too short for the clock of a single one.
batch() {
  local name=$1 count=$2 n=0 TIMEFORMAT='%3R %3U %3S' times
  shift 2
  times=$({ time while [ $n -lt "$count" ]; do
    "$@" >/dev/null 2>&1 </dev/null || break
    n=$((n + 1))
  done; [ $n -eq "$count" ] || echo failed >&2; } 2>&1)
  case $times in
    *failed) echo "warning: this failed: $*" >&2; times="- - -" ;;
  esac
  echo "$times" | awk -v n="$count" '{
    if ($1 == "-") print "-"; else printf "%.5f\n", $1 / n }' >>"$work/$name.s"
  echo "$times" | awk -v n="$count" '{
    if ($1 == "-") print "-"; else printf "%.5f\n", ($2 + $3) / n }' >>"$work/$name.cpu.s"
}

# peak NAME COMMAND...: the most memory of one run, in MB.
peak() {
  local name=$1
  shift
  [ -x /usr/bin/time ] || { echo - >"$work/$name.peak"; return; }
  /usr/bin/time -f %M -o "$work/rss" "$@" >/dev/null 2>&1 </dev/null || { echo - >"$work/$name.peak"; return; }
  awk '{ printf "%.1f\n", $1 / 1024 }' "$work/rss" >"$work/$name.peak"
}

# The CAs, a request and the files in JSON that the commands below read.
prepare_single() {
  mkdir "$work/single" && cd "$work/single" || exit 2
  cat >config.json <<JSON
{"signing": {"default": {"expiry": "8760h", "usages":
  ["signing", "key encipherment", "server auth", "client auth"]}}}
JSON
  local kind
  for kind in "rsa 2048" "ecdsa 256"; do
    # shellcheck disable=SC2086
    set -- $kind
    echo "{\"CN\": \"ca\", \"key\": {\"algo\": \"$1\", \"size\": $2}}" >"ca-$1.json"
    echo "{\"CN\": \"leaf\", \"hosts\": [\"leaf.example\", \"10.0.0.1\"], \"key\": {\"algo\": \"$1\", \"size\": $2}}" >"leaf-$1.json"
    "$kpki" cfssl gencert -initca "ca-$1.json" 2>/dev/null | "$kpki" cfssljson -bare "ca-$1" &&
      "$kpki" cfssl genkey "leaf-$1.json" 2>/dev/null | "$kpki" cfssljson -bare "leaf-$1" || return 1
  done
  cd "$work" || exit 2
}

# single NAME PROGRAM...: each command once in a batch, in the names NAME-COMMAND.
single() {
  local name=$1 program
  shift
  program=("$@")
  cd "$work/single" || exit 2
  local kind ca
  for kind in rsa ecdsa; do
    local few=20
    [ $kind = rsa ] && few=10
    ca=(-ca "ca-$kind.pem" -ca-key "ca-$kind-key.pem")
    run_single "$name-ca-$kind" $few "${program[@]}" gencert -initca "ca-$kind.json"
    run_single "$name-leaf-$kind" $few "${program[@]}" gencert "${ca[@]}" -config config.json "leaf-$kind.json"
  done
  # All but the new key: the same CA again, and a leaf whose request is there.
  run_single "$name-again-rsa" 20 "${program[@]}" gencert -initca -ca-key ca-rsa-key.pem ca-rsa.json
  run_single "$name-sign-rsa" 20 "${program[@]}" sign -ca ca-rsa.pem -ca-key ca-rsa-key.pem -config config.json leaf-rsa.csr
  # A key and its request, but no certificate.
  run_single "$name-key-rsa" 10 "${program[@]}" genkey leaf-rsa.json
  cd "$work" || exit 2
}
run_single() { # NAME COUNT COMMAND...
  local name=$1 count=$2
  shift 2
  batch "$name" "$count" "$@"
  [ -f "$work/$name.peak" ] || peak "$name" "$@"
}

# ---- runs --------------------------------------------------------------------

version=v1.20.2 # the version whose set of certificates the loop above makes
cores=$(nproc)
echo "kpki:     $("$kpki" --version), $(wc -c <"$kpki") bytes"
has cfssl && echo "cfssl:    $(cfssl version 2>/dev/null | tr -s ' \t\n' ' ')"
has openssl && echo "openssl:  $(openssl version)"
has kubeadm && echo "kubeadm:  $(kubeadm version -o short)"
echo "machine:  $cores cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1-3 /proc/loadavg)"
echo "files on: $(df --output=fstype "$work" | tail -1), runs of each: $runs"
[ -n "$missing" ] && echo "not there, so not compared:$missing (Debian: golang-cfssl, openssl)"
has kubeadm || echo "not there, so not compared: kubeadm"
[ -x /usr/bin/time ] || echo "not there, so no peak memory: /usr/bin/time (Debian: time)"

kubeadm_api=
if has kubeadm; then
  case $(kubeadm version -o short) in
    v1.1[0-9].* | v1.20.* | v1.21.*) kubeadm_api=v1beta2 ;;
    *) kubeadm_api=v1beta3 ;;
  esac
fi

singles=yes
if ! "$kpki" cfssl version >/dev/null 2>&1 || ! prepare_single; then
  singles=
  echo "no single commands: $kpki does not know cfssl's"
fi

run=0
while [ $run -lt "$runs" ]; do
  run=$((run + 1))
  start_ms >>"$work/version.s"
  # One key and next to nothing else; P-256 tells what the rest costs.
  turn=0
  while [ $turn -lt 10 ]; do
    turn=$((turn + 1))
    sample key-rsa kpki_only_sa RSA-2048
    sample key-p256 kpki_only_sa ECDSA-P256
  done
  sample kpki-1-rsa kpki_one RSA-2048 $version
  sample kpki-1-p256 kpki_one ECDSA-P256 $version
  sample kpki-3-rsa kpki_fleet RSA-2048 $version 3
  sample kpki-3-p256 kpki_fleet ECDSA-P256 $version 3
  sample kpki-100-p256 kpki_fleet ECDSA-P256 $version 100
  if [ -z "$missing" ]; then
    sample cfssl-1-rsa cfssl_loop rsa 2048 1
    sample cfssl-1-p256 cfssl_loop ecdsa 256 1
    sample cfssl-3-rsa cfssl_loop rsa 2048 3
    sample cfssl-3-p256 cfssl_loop ecdsa 256 3
  fi
  [ -n "$kubeadm_api" ] && sample kubeadm-1-rsa kubeadm_one $kubeadm_api
  if [ -n "$singles" ]; then
    single kpki "$kpki" cfssl
    if has cfssl; then single cfssl cfssl; fi
  fi
done

# ---- results -----------------------------------------------------------------

average() { if [ -f "$work/$1.s" ]; then mean <"$work/$1.s"; else echo -; fi; }
keys() { if [ -f "$work/$1.keys" ]; then cat "$work/$1.keys"; else echo -; fi; }
spread() { # the fastest and the slowest run
  [ -f "$work/$1.s" ] || { echo "- -"; return; }
  grep -v '^-$' "$work/$1.s" | sort -n | sed -n '1p;$p' | tr '\n' ' '
}

printf '\n%-34s %5s %9s %9s %9s %9s\n' "CASE (seconds)" KEYS MEDIAN MEAN FASTEST SLOWEST
row() {
  [ -f "$work/$2.s" ] || return
  # shellcheck disable=SC2046
  printf '%-34s %5s %9s %9s %9s %9s\n' "$1" "$(keys "$2")" "$(of "$2")" "$(average "$2")" $(spread "$2")
}
row "one host, RSA-2048: kpki" kpki-1-rsa
row "one host, RSA-2048: cfssl loop" cfssl-1-rsa
row "one host, RSA-2048: kubeadm" kubeadm-1-rsa
row "one host, P-256: kpki" kpki-1-p256
row "one host, P-256: cfssl loop" cfssl-1-p256
row "three masters, RSA-2048: kpki" kpki-3-rsa
row "three masters, RSA-2048: cfssl loop" cfssl-3-rsa
row "three masters, P-256: kpki" kpki-3-p256
row "three masters, P-256: cfssl loop" cfssl-3-p256
row "100 masters, P-256: kpki" kpki-100-p256
row "one RSA-2048 key: kpki --only sa" key-rsa
row "one P-256 key: kpki --only sa" key-p256

if [ -n "$singles" ]; then
  ms() { if [ "$1" = - ]; then echo -; else awk "BEGIN { printf \"%.2f\", 1000 * $1 }"; fi; }
  printf '\n%-44s %9s %9s %9s %9s\n' "COMMAND (ms of one process)" WALL MEAN CPU "PEAK MB"
  single_row() { # TEXT COMMAND
    local tool
    for tool in kpki cfssl; do
      [ -f "$work/$tool-$2.s" ] || continue
      printf '%-44s %9s %9s %9s %9s\n' "$1: $tool" "$(ms "$(of "$tool-$2")")" \
        "$(ms "$(average "$tool-$2")")" "$(ms "$(of "$tool-$2.cpu")")" "$(cat "$work/$tool-$2.peak")"
    done
  }
  single_row "gencert -initca, RSA-2048" ca-rsa
  single_row "gencert -initca, P-256" ca-ecdsa
  single_row "gencert, RSA-2048" leaf-rsa
  single_row "gencert, P-256" leaf-ecdsa
  single_row "genkey, RSA-2048" key-rsa
  single_row "gencert -initca -ca-key, RSA-2048" again-rsa
  single_row "sign, RSA-2048" sign-rsa
fi

case "$(average key-rsa) $(average key-p256)" in
  *"- "* | *" -") key_seconds=- ;;
  *) key_seconds=$(awk "BEGIN { printf \"%.4f\", $(average key-rsa) - $(average key-p256) }") ;;
esac
printf '\nmean time of an RSA-2048 key: %s s (of %s)\n' "$key_seconds" "$(wc -l <"$work/key-rsa.s")"

printf '\n%-58s %10s %10s  %s\n' BAR MEASURED LIMIT RESULT
missed=0
bar() { # TEXT MEASURED OPERATOR LIMIT
  local result
  if [ "$2" = - ] || [ "$4" = - ]; then
    result="not measured"
  elif holds "$2" "$3" "$4"; then
    result=met
  else
    result=MISSED
    missed=1
  fi
  printf '%-58s %10s %2s %7s  %s\n' "$1" "$2" "$3" "$4" "$result"
}
limit() { # NAME: 1.25 x keys x mean key time / cores
  if [ "$key_seconds" = - ]; then echo -; else
    awk "BEGIN { printf \"%.2f\", 1.25 * $(keys "$1") * $key_seconds / $cores }"
  fi
}
ratio() { # A / B of medians
  local a b
  a=$(of "$1")
  b=$(of "$2")
  if [ "$a" = - ] || [ "$b" = - ]; then echo -; else awk "BEGIN { printf \"%.2f\", $a / $b }"; fi
}
bar "one host RSA: mean s, 1.25 x keys x key time / cores" "$(average kpki-1-rsa)" "<=" "$(limit kpki-1-rsa)"
bar "three masters RSA: mean s, 1.25 x keys x key time / cores" "$(average kpki-3-rsa)" "<=" "$(limit kpki-3-rsa)"
bar "one host RSA: share of the cfssl loop's time" "$(ratio kpki-1-rsa cfssl-1-rsa)" "<" 1
bar "three masters RSA: share of the cfssl loop's time" "$(ratio kpki-3-rsa cfssl-3-rsa)" "<" 0.5
bar "one host P-256: times faster than the cfssl loop" "$(ratio cfssl-1-p256 kpki-1-p256)" ">=" 10
bar "three masters P-256: times faster than the cfssl loop" "$(ratio cfssl-3-p256 kpki-3-p256)" ">=" 10
if [ -n "$singles" ]; then
  bar "cfssl gencert, P-256: share of cfssl's time" "$(ratio kpki-leaf-ecdsa cfssl-leaf-ecdsa)" "<=" 0.33
  # What RSA costs besides its key: told apart by commands that make none, because
  # the time of a key varies more than all else takes.
  bar "cfssl gencert -initca, RSA: ms besides the key" "$(ms "$(of kpki-again-rsa)")" "<=" 10
  bar "cfssl sign, RSA: ms" "$(ms "$(of kpki-sign-rsa)")" "<=" 10
fi
bar "one host RSA: share of kubeadm's time" "$(ratio kpki-1-rsa kubeadm-1-rsa)" "<" 1
bar "100 masters P-256: median s" "$(of kpki-100-p256)" "<" 2
bar "100 masters P-256: peak memory, MB" "$(fleet_peak)" "<" 64
bar "start of kpki --version: median ms of $runs x 100" "$(median <"$work/version.s")" "<" 10
bar "release binary: MB" "$(awk "BEGIN { printf \"%.1f\", $(wc -c <"$kpki") / 1e6 }")" "<" 12
echo
echo "load at the end: $(cut -d' ' -f1-3 /proc/loadavg)"
exit $missed
