//! Leaves that do not verify, and certificates that readers refuse.

use super::*;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["other-ca-same-name pki/apiserver.crt"], |t, all| {
        put(
            t,
            "pki/apiserver.crt",
            copy(&all.other, "pki/apiserver.crt"),
        );
        put(
            t,
            "pki/apiserver.key",
            copy(&all.other, "pki/apiserver.key"),
        );
    }),
    Fault::new(&["wrong-ca pki/apiserver-etcd-client.crt"], |t, all| {
        all.issue(t, "apiserver-etcd-client", "ca", |_| ());
    }),
    Fault::new(&["chain-order pki/apiserver.crt"], |t, all| {
        let [leaf, middle] = below_intermediate(t, all, "apiserver", "pki/ca");
        put(
            t,
            "pki/apiserver.crt",
            file(&[middle, leaf].concat(), 0o644),
        );
    }),
    Fault::new(&["intermediate-missing pki/apiserver.crt"], |t, all| {
        let [_, middle] = below_intermediate(t, all, "apiserver", "pki/ca");
        put(t, "pki/middle.crt", file(&middle, 0o644));
    })
    .reaching(&[Scope::Row("middle.crt")]),
    Fault::new(&["path-length pki/front-proxy-client.crt"], |t, all| {
        let [leaf, middle] = below_intermediate(t, all, "front-proxy-client", "pki/front-proxy-ca");
        put(
            t,
            "pki/front-proxy-client.crt",
            file(&[leaf, middle].concat(), 0o644),
        );
        put_root(t, all, "pki/front-proxy-ca", |p| {
            replace(
                p,
                Extension::basic_constraints(BasicConstraints::CertificateAuthority {
                    path_len_constraint: Some(0),
                }),
            );
        });
    })
    .reaching(&[Scope::Below(Authority::FrontProxy)]),
    Fault::new(&["name-constraints pki/etcd/server.crt"], |t, all| {
        // GeneralSubtrees of one dNSName; the peer certificate has no other names.
        let subtree = |name: &[u8]| asn1::sequence(&[&asn1::tlv(0x82, name)]);
        let excluded = asn1::tlv(0xa1, &subtree(b"only-in.server"));
        put_root(t, all, "pki/etcd/ca", |p| {
            let value = asn1::sequence(&[&excluded]);
            p.extensions
                .push(Extension::from_parts("2.5.29.30", true, value).unwrap());
        });
        // Another certificate of the same CA signs what this one may not.
        let key = KeyPair::from_pem(&text(&all.good, "pki/etcd/ca.key")).unwrap();
        let unbound = Issuer::new(root(&all.good, "pki/etcd/ca", |_| ()), Box::new(key), now());
        issue_by(t, "etcd/server", &unbound.unwrap(), |p| {
            let names = [
                "m1",
                "localhost",
                "10.0.0.11",
                "127.0.0.1",
                "::1",
                "only-in.server",
            ];
            replace(p, super::names(&names));
        });
    })
    .reaching(&[Scope::Below(Authority::Etcd)]),
    Fault::new(&["issuer-name pki/apiserver.crt"], |t, all| {
        // UTF8String in the place of PrintableString.
        forge(t, all, "apiserver", "ca", |fields| {
            // The last one is the string's tag; a length may be the same octet.
            let at = fields[3].iter().rposition(|octet| *octet == 0x13).unwrap();
            fields[3][at] = asn1::UTF8_STRING;
        });
    }),
    Fault::new(&["authority-key-identifier pki/apiserver.crt"], |t, all| {
        forge(t, all, "apiserver", "ca", |fields| {
            let extensions = fields.last_mut().unwrap();
            let identifier = [0x30, 0x16, 0x80, 0x14];
            let at = extensions
                .windows(4)
                .position(|found| found == identifier)
                .unwrap();
            extensions[at + 4] ^= 1;
        });
    }),
    Fault::new(
        &["unknown-critical-extension pki/apiserver.crt"],
        |t, all| {
            forge(t, all, "apiserver", "ca", |fields| {
                // authorityKeyIdentifier becomes one that nobody knows.
                let extensions = fields.last_mut().unwrap();
                let identifier = [0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01];
                let at = extensions
                    .windows(6)
                    .position(|found| found == identifier)
                    .unwrap();
                extensions[at + 4] = 0x7f;
            });
        },
    ),
    Fault::new(&["weak-signature pki/apiserver.crt"], |t, all| {
        let sha1 = asn1::sequence(&[&asn1::object_identifier(
            der::asn1::ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
        )]);
        let path = "pki/apiserver.crt";
        forge(t, all, "apiserver", "ca", |fields| fields[2] = sha1.clone());
        let pem = text(t, path);
        let der = pem_text::first(&pem, &["CERTIFICATE"]).unwrap().contents;
        let parts = asn1::children(asn1::SEQUENCE, &der).unwrap();
        let der = asn1::sequence(&[parts[0], &sha1, parts[2]]);
        put(
            t,
            path,
            file(pem_text::encode("CERTIFICATE", &der).as_bytes(), 0o644),
        );
    }),
    Fault::new(&["serial-number pki/apiserver.crt"], |t, all| {
        forge(t, all, "apiserver", "ca", |fields| {
            fields[1] = vec![asn1::INTEGER, 1, 0x80]
        });
    }),
    Fault::new(&["serial-number pki/etcd/peer.crt"], |t, all| {
        forge(t, all, "etcd/peer", "etcd/ca", |fields| {
            fields[1] = asn1::unsigned(&[7; 21])
        });
    }),
    Fault::new(&["serial-number pki/etcd/server.crt"], |t, all| {
        all.issue(t, "etcd/server", "etcd/ca", |p| {
            p.serial_number = SerialNumber::zero()
        });
    }),
    Fault::new(&["serial-reused pki/etcd/peer.crt"], |t, all| {
        for name in ["etcd/server", "etcd/peer"] {
            all.issue(t, name, "etcd/ca", |p| {
                p.serial_number = SerialNumber::from_bytes(&[9]).unwrap();
            });
        }
    })
    .reaching(&[Scope::Row("etcd/server")]),
    Fault::new(
        &["old-version pki/apiserver-kubelet-client.crt"],
        |t, all| {
            forge(t, all, "apiserver-kubelet-client", "ca", |fields| {
                fields.pop();
                fields.remove(0);
            });
        },
    ),
    // issuerUniqueID (RFC 5280 section 4.1.2.8): Go passes over it, webpki
    // reads no certificate that has one.
    Fault::new(
        &["second-opinion pki/apiserver-kubelet-client.crt"],
        |t, all| {
            forge(t, all, "apiserver-kubelet-client", "ca", |fields| {
                let unique = asn1::tlv(0x81, &[0, 1]);
                fields.insert(fields.len() - 1, unique);
            });
        },
    ),
];
