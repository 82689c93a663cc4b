//! CAs that are not what they should be.

use super::*;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["ca-key-mismatch pki/ca.key"], |t, all| {
        put(t, "pki/ca.key", copy(&all.other, "pki/ca.key"));
    })
    .reaching(&[Scope::Below(Authority::Cluster)]),
    Fault::new(&["ca-key-mismatch pki/etcd/ca.key"], |t, all| {
        put(t, "pki/etcd/ca.key", copy(&all.good, "pki/ca.key"));
    })
    .reaching(&[Scope::Below(Authority::Etcd)]),
    Fault::new(&["ca-signed-nothing pki/etcd/ca.crt"], |t, all| {
        put(t, "pki/etcd/ca.key", copy(&all.other, "pki/etcd/ca.key"));
        put(t, "pki/etcd/ca.crt", copy(&all.other, "pki/etcd/ca.crt"));
    })
    .reaching(&[Scope::Below(Authority::Etcd)]),
    // One CA that signed all of it.
    Fault::new(
        &["front-proxy-ca-reused pki/front-proxy-ca.crt"],
        |t, all| {
            put(t, "pki/front-proxy-ca.crt", copy(&all.good, "pki/ca.crt"));
            put(t, "pki/front-proxy-ca.key", copy(&all.good, "pki/ca.key"));
            all.issue(t, "front-proxy-client", "ca", |_| ());
        },
    )
    .reaching(&[Scope::Below(Authority::FrontProxy), Scope::Row("ca")]),
    Fault::new(&["etcd-ca-reused pki/etcd/ca.crt"], |t, all| {
        put(t, "pki/etcd/ca.crt", copy(&all.good, "pki/ca.crt"));
        put(t, "pki/etcd/ca.key", copy(&all.good, "pki/ca.key"));
        for leaf in [
            "etcd/server",
            "etcd/peer",
            "etcd/healthcheck-client",
            "apiserver-etcd-client",
        ] {
            all.issue(t, leaf, "ca", |_| ());
        }
    })
    .reaching(&[Scope::Below(Authority::Etcd), Scope::Row("ca")]),
    // One that was copied over another, with its key and without.
    Fault::new(&["ca-overwritten pki/etcd/ca.crt"], |t, all| {
        put(t, "pki/etcd/ca.crt", copy(&all.good, "pki/ca.crt"));
        put(t, "pki/etcd/ca.key", copy(&all.good, "pki/ca.key"));
    })
    .reaching(&[Scope::Below(Authority::Etcd), Scope::Row("ca")]),
    Fault::new(&["ca-overwritten pki/front-proxy-ca.crt"], |t, all| {
        put(t, "pki/front-proxy-ca.crt", copy(&all.good, "pki/ca.crt"));
    })
    .reaching(&[Scope::Below(Authority::FrontProxy), Scope::Row("ca")]),
    Fault::new(&["ca-overwritten pki/ca.crt"], |t, all| {
        put(t, "pki/ca.crt", copy(&all.good, "pki/etcd/ca.crt"));
    })
    .reaching(&[Scope::Below(Authority::Cluster), Scope::Row("etcd/ca")]),
    Fault::new(&["ca-bundle-order pki/ca.crt"], |t, all| {
        let both = [
            text(&all.other, "pki/front-proxy-ca.crt"),
            text(&all.good, "pki/ca.crt"),
        ]
        .concat();
        put(t, "pki/ca.crt", file(&both, 0o644));
    }),
    // Made anew with its key, and its name as UTF8String.
    Fault::new(&["issuer-name pki/ca.crt"], |t, all| {
        forge(t, all, "ca", "ca", |fields| {
            for name in [3, 5] {
                let at = fields[name].iter().rposition(|octet| *octet == 0x13);
                fields[name][at.unwrap()] = asn1::UTF8_STRING;
            }
        });
    })
    .reaching(&[Scope::Below(Authority::Cluster)]),
    Fault::new(&["external-ca pki/ca.crt"], |t, _| {
        drop(t.files.remove("pki/ca.key"))
    }),
    Fault::new(&["not-a-ca pki/ca.crt"], |t, all| {
        put(t, "pki/ca.crt", copy(&all.good, "pki/apiserver.crt"));
        put(t, "pki/ca.key", copy(&all.good, "pki/apiserver.key"));
    })
    .reaching(&[Scope::Below(Authority::Cluster)]),
    Fault::new(&["ca-purpose pki/front-proxy-ca.crt"], |t, all| {
        put_root(t, all, "pki/front-proxy-ca", |p| {
            let server = Extension::extended_key_usage(&[ExtendedKeyUsage::ServerAuth]);
            p.extensions.push(server.unwrap());
        });
    })
    .reaching(&[Scope::Below(Authority::FrontProxy)]),
    Fault::new(&["ca-bundle pki/etcd/ca.crt"], |t, all| {
        let twice = text(&all.good, "pki/etcd/ca.crt").repeat(2);
        put(t, "pki/etcd/ca.crt", file(&twice, 0o644));
    }),
    Fault::new(&["ca-not-root pki/etcd/ca.crt"], |t, all| {
        let above = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let params = ca_params(DistinguishedName::kubernetes(None, "root"), &above, None);
        let above = Issuer::self_signed(&params, Box::new(above), now()).unwrap();
        let key = KeyPair::from_pem(&text(&all.good, "pki/etcd/ca.key")).unwrap();
        let name = DistinguishedName::kubernetes(None, "etcd-ca");
        let cross = above.issue(&ca_params(name, &key, Some(&above))).unwrap();
        put(t, "pki/etcd/ca.crt", file(cross.to_pem().as_bytes(), 0o644));
    }),
    // Renewed with its key: what embeds the old certificate should follow.
    Fault::new(&["kubeconfig-ca pki/ca.crt"], |t, all| {
        put_root(t, all, "pki/ca", |_| ())
    })
    .reaching(&[Scope::Below(Authority::Cluster)]),
];
