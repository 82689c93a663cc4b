//! Keys that do not fit, or that nobody should use.

use super::*;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["key-mismatch pki/apiserver.key"], |t, all| {
        put(t, "pki/apiserver.key", copy(&all.good, "pki/etcd/peer.key"));
    }),
    // Nothing is wrong with the other pair.
    Fault::new(&["key-mismatch pki/etcd/server.crt"], |t, all| {
        put(
            t,
            "pki/etcd/server.crt",
            copy(&all.good, "pki/etcd/peer.crt"),
        );
    })
    .reaching(&[Scope::Row("etcd/peer")]),
    Fault::new(&["key-mismatch pki/apiserver.crt"], |t, all| {
        put(
            t,
            "pki/apiserver.crt",
            copy(&all.good, "pki/front-proxy-client.crt"),
        );
    })
    .reaching(&[Scope::Row("front-proxy-client")]),
    Fault::new(&["key-encrypted pki/apiserver.key"], |t, _| {
        let pem = pem_text::encode("ENCRYPTED PRIVATE KEY", &[0x30, 0]);
        put(t, "pki/apiserver.key", file(pem.as_bytes(), 0o600));
    }),
    Fault::new(&["sa-key-mismatch pki/sa.pub"], |t, all| {
        put(t, "pki/sa.pub", copy(&all.other, "pki/sa.pub"));
    }),
    Fault::new(&["sa-key-kind pki/sa.pub"], |t, _| {
        let key = KeyPair::generate(KeyAlgorithm::Ed25519).unwrap();
        put(t, "pki/sa.key", file(key.to_pem().as_bytes(), 0o600));
        put(
            t,
            "pki/sa.pub",
            file(key.public_key().to_pem().as_bytes(), 0o600),
        );
    }),
    Fault::new(&["sa-key-form pki/sa.key"], |t, all| {
        let sec1 = pem_text::first_private_key(&text(&all.good, "pki/sa.key")).unwrap();
        let version = asn1::unsigned(&[0]);
        let algorithm = asn1::sequence(&[
            &asn1::object_identifier(oid::EC_PUBLIC_KEY),
            &asn1::object_identifier(oid::SECP256R1),
        ]);
        let key = asn1::tlv(asn1::OCTET_STRING, &sec1.contents);
        let pkcs8 = asn1::sequence(&[&version, &algorithm, &key]);
        put(
            t,
            "pki/sa.key",
            file(pem_text::encode("PRIVATE KEY", &pkcs8).as_bytes(), 0o600),
        );
    }),
    Fault::new(&["weak-key pki/apiserver-kubelet-client.crt"], |t, all| {
        rsa(t, all, 128, &[1, 0, 1])
    }),
    Fault::new(&["huge-key pki/apiserver-kubelet-client.crt"], |t, all| {
        rsa(t, all, 1200, &[1, 0, 1])
    }),
    Fault::new(
        &["unknown-key pki/apiserver-kubelet-client.crt"],
        |t, all| {
            let p224 = der::asn1::ObjectIdentifier::new_unwrap("1.3.132.0.33");
            let algorithm = asn1::sequence(&[
                &asn1::object_identifier(oid::EC_PUBLIC_KEY),
                &asn1::object_identifier(p224),
            ]);
            foreign_key(t, all, "apiserver-kubelet-client", &algorithm, &[4; 57]);
        },
    ),
    Fault::new(&["key-shared pki/front-proxy-client.crt"], |t, all| {
        let by = issuer(&all.good, "pki/front-proxy-ca");
        let key = KeyPair::from_pem(&text(&all.good, "pki/apiserver.key")).unwrap();
        issue_by(t, "front-proxy-client", &by, |p| {
            p.public_key = key.public_key().clone()
        });
        put(
            t,
            "pki/front-proxy-client.key",
            file(key.to_pem().as_bytes(), 0o600),
        );
    })
    .reaching(&[Scope::Row("apiserver")]),
    Fault::new(
        &["key-not-for-kubeadm pki/front-proxy-client.crt"],
        |t, all| {
            let by = issuer(&all.good, "pki/front-proxy-ca");
            let key = KeyPair::generate(KeyAlgorithm::Ed25519).unwrap();
            issue_by(t, "front-proxy-client", &by, |p| {
                p.public_key = key.public_key().clone()
            });
            put(
                t,
                "pki/front-proxy-client.key",
                file(key.to_pem().as_bytes(), 0o600),
            );
        },
    ),
];
