#!/usr/bin/env bash
# "Manage TLS certificates in a cluster" of kubernetes.io: a request from standard
# input, a CA, and the signature. The way through the API is left out.
set -euo pipefail

cat <<END | cfssl genkey - | cfssljson -bare server
{
  "hosts": [
    "my-svc.my-namespace.svc.cluster.local",
    "my-pod.my-namespace.pod.cluster.local",
    "192.0.2.24",
    "10.0.34.2"
  ],
  "CN": "my-pod.my-namespace.pod.cluster.local",
  "key": {
    "algo": "ecdsa",
    "size": 256
  }
}
END

cat <<END | cfssl gencert -initca - | cfssljson -bare ca
{
  "CN": "My Example Signer",
  "key": {
    "algo": "rsa",
    "size": 2048
  }
}
END

cat >server-signing-config.json <<'END'
{
    "signing": {
        "default": {
            "usages": [
                "digital signature",
                "key encipherment",
                "server auth"
            ],
            "expiry": "876000h",
            "ca_constraint": {
                "is_ca": false
            }
        }
    }
}
END
cat server.csr |
  cfssl sign -ca ca.pem -ca-key ca-key.pem -config server-signing-config.json - |
  cfssljson -bare ca-signed-server
