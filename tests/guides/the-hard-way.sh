#!/usr/bin/env bash
# The certificates of "Kubernetes the hard way" while it used cfssl: a CA, and a
# certificate for each user and component.
set -euo pipefail

KUBERNETES_PUBLIC_ADDRESS=198.51.100.7

cat >ca-config.json <<'END'
{
  "signing": {
    "default": {
      "expiry": "8760h"
    },
    "profiles": {
      "kubernetes": {
        "usages": ["signing", "key encipherment", "server auth", "client auth"],
        "expiry": "8760h"
      }
    }
  }
}
END

# request CN O OU: a request in that guide's form.
request() {
  cat <<END
{
  "CN": "$1",
  "key": {"algo": "rsa", "size": 2048},
  "names": [
    {"C": "US", "L": "Portland", "O": "$2", "OU": "$3", "ST": "Oregon"}
  ]
}
END
}

# signed NAME [FLAG...]: NAME.pem and NAME-key.pem by NAME-csr.json.
signed() {
  local name=$1
  shift
  cfssl gencert \
    -ca=ca.pem \
    -ca-key=ca-key.pem \
    -config=ca-config.json \
    "$@" \
    -profile=kubernetes \
    "$name-csr.json" | cfssljson -bare "$name"
}

request Kubernetes Kubernetes CA >ca-csr.json
cfssl gencert -initca ca-csr.json | cfssljson -bare ca

request admin system:masters "Kubernetes The Hard Way" >admin-csr.json
signed admin

for number in 0 1 2; do
  instance=worker-$number
  request "system:node:$instance" system:nodes "Kubernetes The Hard Way" >"$instance-csr.json"
  signed "$instance" -hostname="$instance,203.0.113.2$number,10.240.0.2$number"
done

request system:kube-controller-manager system:kube-controller-manager \
  "Kubernetes The Hard Way" >kube-controller-manager-csr.json
signed kube-controller-manager

request system:kube-proxy system:node-proxier "Kubernetes The Hard Way" >kube-proxy-csr.json
signed kube-proxy

request system:kube-scheduler system:kube-scheduler \
  "Kubernetes The Hard Way" >kube-scheduler-csr.json
signed kube-scheduler

KUBERNETES_HOSTNAMES=kubernetes,kubernetes.default,kubernetes.default.svc
KUBERNETES_HOSTNAMES+=,kubernetes.default.svc.cluster,kubernetes.svc.cluster.local
request kubernetes Kubernetes "Kubernetes The Hard Way" >kubernetes-csr.json
signed kubernetes \
  -hostname="10.32.0.1,10.240.0.10,10.240.0.11,10.240.0.12,$KUBERNETES_PUBLIC_ADDRESS,127.0.0.1,$KUBERNETES_HOSTNAMES"

request service-accounts Kubernetes "Kubernetes The Hard Way" >service-account-csr.json
signed service-account
