#!/usr/bin/env bash
# The certificates of an external etcd as the kubeadm guides of 1.9 and 1.10 for
# highly available clusters make them, on one member.
set -euo pipefail

PEER_NAME=etcd0
PRIVATE_IP=10.0.0.11

cat >ca-config.json <<'END'
{
    "signing": {
        "default": {"expiry": "43800h"},
        "profiles": {
            "server": {
                "expiry": "43800h",
                "usages": ["signing", "key encipherment", "server auth", "client auth"]
            },
            "client": {
                "expiry": "43800h",
                "usages": ["signing", "key encipherment", "client auth"]
            },
            "peer": {
                "expiry": "43800h",
                "usages": ["signing", "key encipherment", "server auth", "client auth"]
            }
        }
    }
}
END
cat >ca-csr.json <<'END'
{
    "CN": "etcd",
    "key": {"algo": "rsa", "size": 2048}
}
END
cfssl gencert -initca ca-csr.json | cfssljson -bare ca -

cat >client.json <<'END'
{
    "CN": "client",
    "key": {"algo": "ecdsa", "size": 256}
}
END
cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=client client.json |
  cfssljson -bare client

# The first name is the CN, the others are the hosts.
cfssl print-defaults csr >config.json
sed -i '0,/CN/{s/example\.net/'"$PEER_NAME"'/}' config.json
sed -i 's/www\.example\.net/'"$PRIVATE_IP"'/' config.json
sed -i 's/example\.net/'"$PEER_NAME"'/' config.json
cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=server config.json |
  cfssljson -bare server
cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=peer config.json |
  cfssljson -bare peer
