#!/usr/bin/env bash
# A CA as the Kubernetes module of NixOS makes it. The CN inside "names" means
# nothing to cfssl, so that the CA has none.
set -euo pipefail

cat >csr.json <<'END'
{"key":{"algo":"rsa","size":2048},"names":[{"CN":"kubernetes-cluster-ca","O":"NixOS","OU":"services.kubernetes.pki.caSpec","L":"auto-generated"}]}
END
cfssl genkey -initca csr.json | cfssljson -bare ca
