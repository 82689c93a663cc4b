#!/usr/bin/env bash
# Self-signed certificates for etcd as CoreOS' guide makes them: CA, server, a
# member as a peer, client.
set -euo pipefail

cfssl print-defaults config >ca-config.json
cfssl print-defaults csr >ca-csr.json
# The guide has both edited by hand into these.
cat >ca-config.json <<'END'
{
    "signing": {
        "default": {
            "expiry": "43800h"
        },
        "profiles": {
            "server": {
                "expiry": "43800h",
                "usages": ["signing", "key encipherment", "server auth"]
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
# OU is there twice, as in the guide.
cat >ca-csr.json <<'END'
{
    "CN": "My own CA",
    "key": {
        "algo": "rsa",
        "size": 2048
    },
    "names": [
        {
            "C": "US",
            "L": "CA",
            "O": "My Company Name",
            "ST": "San Francisco",
            "OU": "Org Unit 1",
            "OU": "Org Unit 2"
        }
    ]
}
END
cfssl gencert -initca ca-csr.json | cfssljson -bare ca -

# By a file, from the defaults.
cfssl print-defaults csr >server.json
sed -i -e 's/"CN": "example.net"/"CN": "coreos1"/' \
  -e 's/"example.net",/"192.168.122.68",/' \
  -e 's/"www.example.net"/"ext.example.com", "coreos1.local", "coreos1"/' server.json
cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=server server.json |
  cfssljson -bare server

# By standard input, in one line.
echo '{"CN":"member1","hosts":[""],"key":{"algo":"rsa","size":2048}}' |
  cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=peer \
    -hostname="192.168.122.101,ext.example.com,member1.local,member1" - |
  cfssljson -bare member1
echo '{"CN":"client","hosts":[""],"key":{"algo":"rsa","size":2048}}' |
  cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=client - |
  cfssljson -bare client
