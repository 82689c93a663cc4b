#!/usr/bin/env bash
# The shape of the script that makes the certificates of etcd's own tests: flags
# with two dashes, several kinds of names, and a revoked certificate whose serial
# number is the ninth word of what cfssl logs.
set -euo pipefail

cat >ca-csr.json <<'END'
{
  "key": {"algo": "rsa", "size": 2048},
  "names": [
    {"O": "etcd", "OU": "etcd Security", "L": "San Francisco", "ST": "California", "C": "USA"}
  ],
  "CN": "ca",
  "ca": {"expiry": "87600h"}
}
END
cat >gencert.json <<'END'
{
  "signing": {
    "default": {
      "usages": ["signing", "key encipherment", "server auth", "client auth"],
      "expiry": "87600h"
    }
  }
}
END

cfssl gencert --initca=true ./ca-csr.json | cfssljson --bare ./ca
mv ca.pem ca.crt
openssl x509 -in ca.crt -noout -text >/dev/null

# request HOSTS: a request for these, in JSON.
request() {
  cat <<END
{
  "key": {"algo": "rsa", "size": 2048},
  "names": [
    {"O": "etcd", "OU": "etcd Security", "L": "San Francisco", "ST": "California", "C": "USA"}
  ],
  "CN": "example.com",
  "hosts": [$1]
}
END
}

# server NAME: signs NAME-csr.json.
server() {
  cfssl gencert --ca ./ca.crt --ca-key ./ca-key.pem --config ./gencert.json "./$1-csr.json" |
    cfssljson --bare "./$1"
  mv "$1.pem" "$1.crt"
  mv "$1-key.pem" "$1.key.insecure"
}

request '"127.0.0.1", "localhost"' >server-csr.json
request '"127.0.0.1"' >server-ip-csr.json
request '"::1"' >server-ipv6-csr.json
request '"*.etcd.local", "127.0.0.1", "localhost"' >server-wildcard-csr.json
for name in server server-ip server-ipv6 server-wildcard; do server "$name"; done

cp server-csr.json server-revoked-csr.json
server server-revoked 2>revoked.stderr
grep serial revoked.stderr | awk ' { print $9 } ' >revoke.txt
cfssl gencrl revoke.txt ca.crt ca-key.pem | base64 --decode >revoke.crl

rm -f ./*.csr ./*-csr.json revoked.stderr revoke.txt
