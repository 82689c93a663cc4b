//! Chains and certificates that no tool of ours makes.

use super::*;
use crate::key::SigningKey;

fn issuer(tree: &Tree, base: &str) -> Issuer {
    let authority = Certificate::from_pem(&text(tree, &format!("{base}.crt"))).unwrap();
    let key = KeyPair::from_pem(&text(tree, &format!("{base}.key"))).unwrap();
    Issuer::regardless_of_dates(authority, Box::new(key)).unwrap()
}

fn ca_params(name: DistinguishedName, key: &KeyPair, by: Option<&Issuer>) -> CertificateParams {
    let request = CertificateRequest {
        subject: name,
        subject_alt_names: Vec::new(),
        public_key: key.public_key().clone(),
    };
    let validity = Validity::new(now(), now().plus(3650 * DAY).unwrap()).unwrap();
    let serial = SerialNumber::from_bytes(&[77]).unwrap();
    let profile = Profile::certificate_authority(KubernetesVersion::NEWEST);
    profile.params(&request, by, validity, serial).unwrap()
}

/// A CA's own certificate, made anew with its key and name.
pub(super) fn root(
    tree: &Tree,
    base: &str,
    change: impl Fn(&mut CertificateParams),
) -> Certificate {
    let old = Certificate::from_pem(&text(tree, &format!("{base}.crt"))).unwrap();
    let key = KeyPair::from_pem(&text(tree, &format!("{base}.key"))).unwrap();
    let name = DistinguishedName::from_der(old.subject_der()).unwrap();
    let mut params = ca_params(name, &key, None);
    change(&mut params);
    Certificate::self_signed(&params, &key).unwrap()
}

pub(super) fn put_root(tree: &mut Tree, base: &str, change: impl Fn(&mut CertificateParams)) {
    let renewed = root(tree, base, change);
    put(
        tree,
        &format!("{base}.crt"),
        file(renewed.to_pem().as_bytes(), 0o644),
    );
}

/// An intermediate CA below one of the tree's.
fn intermediate(tree: &Tree, base: &str) -> (Certificate, Issuer) {
    let above = issuer(tree, base);
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let params = ca_params(
        DistinguishedName::kubernetes(None, "middle"),
        &key,
        Some(&above),
    );
    let certificate = above.issue(&params).unwrap();
    let issuer = Issuer::new(certificate.clone(), Box::new(key), now()).unwrap();
    (certificate, issuer)
}

/// Replaces a leaf by one of an intermediate; returns both certificates.
fn below_intermediate(tree: &mut Tree, name: &str, base: &str) -> [Vec<u8>; 2] {
    let (middle, by) = intermediate(tree, base);
    issue_by(tree, name, &by, |_| ());
    let leaf = text(tree, &format!("pki/{name}.crt"));
    [leaf, middle.to_pem().into_bytes()]
}

/// Signs a certificate again after a field of its signed part was replaced, or
/// taken out: fields are counted with the version.
fn forge(tree: &mut Tree, name: &str, ca: &str, change: impl Fn(&mut Vec<Vec<u8>>)) {
    let path = format!("pki/{name}.crt");
    let old = Certificate::from_pem(&text(tree, &path)).unwrap();
    let key = KeyPair::from_pem(&text(tree, &format!("pki/{ca}.key"))).unwrap();
    let parts = asn1::children(asn1::SEQUENCE, old.to_der()).unwrap();
    let fields = asn1::children(asn1::SEQUENCE, parts[0]).unwrap();
    let mut fields: Vec<Vec<u8>> = fields.into_iter().map(<[u8]>::to_vec).collect();
    change(&mut fields);
    let slices: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    let signed = asn1::sequence(&slices);
    let signature = key.sign(SignatureAlgorithm::EcdsaSha256, &signed).unwrap();
    let der = asn1::sequence(&[&signed, parts[1], &asn1::bit_string(&signature)]);
    let pem = pem_text::encode("CERTIFICATE", &der);
    put(tree, &path, file(pem.as_bytes(), 0o644));
}

/// Puts another public key into a certificate, and a key that nobody reads
/// beside it.
fn foreign_key(tree: &mut Tree, name: &str, algorithm: &[u8], key: &[u8]) {
    let info = asn1::sequence(&[algorithm, &asn1::bit_string(key)]);
    forge(tree, name, "ca", |fields| fields[6] = info.clone());
    let unread = pem_text::encode("PRIVATE KEY", &[0x30, 0]);
    put(
        tree,
        &format!("pki/{name}.key"),
        file(unread.as_bytes(), 0o600),
    );
}

fn rsa(tree: &mut Tree, octets: usize, exponent: &[u8]) {
    let algorithm = asn1::sequence(&[
        &asn1::object_identifier(oid::RSA_ENCRYPTION),
        &[asn1::NULL, 0],
    ]);
    let modulus = asn1::unsigned(&vec![0xff; octets]);
    let key = asn1::sequence(&[&modulus, &asn1::unsigned(exponent)]);
    foreign_key(tree, "apiserver-kubelet-client", &algorithm, &key);
}

pub(super) const FAULTS: &[(&str, Break)] = &[
    ("chain-order pki/apiserver.crt", |t, _| {
        let [leaf, middle] = below_intermediate(t, "apiserver", "pki/ca");
        put(
            t,
            "pki/apiserver.crt",
            file(&[middle, leaf].concat(), 0o644),
        );
    }),
    ("intermediate-missing pki/apiserver.crt", |t, _| {
        let [_, middle] = below_intermediate(t, "apiserver", "pki/ca");
        put(t, "pki/middle.crt", file(&middle, 0o644));
    }),
    ("path-length pki/front-proxy-client.crt", |t, _| {
        let [leaf, middle] = below_intermediate(t, "front-proxy-client", "pki/front-proxy-ca");
        put(
            t,
            "pki/front-proxy-client.crt",
            file(&[leaf, middle].concat(), 0o644),
        );
        put_root(t, "pki/front-proxy-ca", |p| {
            replace(
                p,
                Extension::basic_constraints(BasicConstraints::CertificateAuthority {
                    path_len_constraint: Some(0),
                }),
            );
        });
    }),
    ("name-constraints pki/etcd/server.crt", |t, _| {
        // GeneralSubtrees of one dNSName; the peer certificate has no other names.
        let subtree = |name: &[u8]| asn1::sequence(&[&asn1::tlv(0x82, name)]);
        let excluded = asn1::tlv(0xa1, &subtree(b"only-in.server"));
        put_root(t, "pki/etcd/ca", |p| {
            let value = asn1::sequence(&[&excluded]);
            p.extensions
                .push(Extension::from_parts("2.5.29.30", true, value).unwrap());
        });
        // Another certificate of the same CA signs what this one may not.
        let key = KeyPair::from_pem(&text(t, "pki/etcd/ca.key")).unwrap();
        let unbound = Issuer::new(root(t, "pki/etcd/ca", |_| ()), Box::new(key), now());
        issue_by(t, "etcd/server", &unbound.unwrap(), |p| {
            let names = [
                "m1",
                "localhost",
                "10.0.0.11",
                "127.0.0.1",
                "::1",
                "only-in.server",
            ];
            let names = names.map(|n| SubjectAltName::parse(n).unwrap().value.into());
            replace(p, Extension::subject_alt_name(&names, false));
        });
    }),
    ("issuer-name pki/apiserver.crt", |t, _| {
        // UTF8String in the place of PrintableString.
        forge(t, "apiserver", "ca", |fields| {
            let at = fields[3].iter().position(|octet| *octet == 0x13).unwrap();
            fields[3][at] = asn1::UTF8_STRING;
        });
    }),
    ("ca-purpose pki/front-proxy-ca.crt", |t, _| {
        put_root(t, "pki/front-proxy-ca", |p| {
            let server = Extension::extended_key_usage(&[ExtendedKeyUsage::ServerAuth]);
            p.extensions.push(server.unwrap());
        });
    }),
    ("ca-bundle pki/etcd/ca.crt", |t, all| {
        let twice = text(&all.good, "pki/etcd/ca.crt").repeat(2);
        put(t, "pki/etcd/ca.crt", file(&twice, 0o644));
    }),
    ("ca-not-root pki/etcd/ca.crt", |t, _| {
        let above = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let params = ca_params(DistinguishedName::kubernetes(None, "root"), &above, None);
        let above = Issuer::self_signed(&params, Box::new(above), now()).unwrap();
        let key = KeyPair::from_pem(&text(t, "pki/etcd/ca.key")).unwrap();
        let name = DistinguishedName::kubernetes(None, "etcd-ca");
        let cross = above.issue(&ca_params(name, &key, Some(&above))).unwrap();
        put(t, "pki/etcd/ca.crt", file(cross.to_pem().as_bytes(), 0o644));
    }),
    ("outlives-ca pki/etcd/peer.crt", |t, _| {
        let unbound = Issuer::regardless_of_dates(
            Certificate::from_pem(&text(t, "pki/etcd/ca.crt")).unwrap(),
            Box::new(KeyPair::from_pem(&text(t, "pki/etcd/ca.key")).unwrap()),
        );
        issue_by(t, "etcd/peer", &unbound.unwrap(), |p| {
            p.validity = Validity::new(now(), now().plus(5000 * DAY).unwrap()).unwrap();
        });
    }),
    ("authority-key-identifier pki/apiserver.crt", |t, _| {
        issue(t, "apiserver", "ca", |_| ());
        forge(t, "apiserver", "ca", |fields| {
            let extensions = fields.last_mut().unwrap();
            let identifier = [0x30, 0x16, 0x80, 0x14];
            let at = extensions
                .windows(4)
                .position(|found| found == identifier)
                .unwrap();
            extensions[at + 4] ^= 1;
        });
    }),
    ("unknown-critical-extension pki/apiserver.crt", |t, _| {
        issue(t, "apiserver", "ca", |_| ());
        forge(t, "apiserver", "ca", |fields| {
            // authorityKeyIdentifier becomes one that nobody knows.
            let extensions = fields.last_mut().unwrap();
            let identifier = [0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01];
            let at = extensions
                .windows(6)
                .position(|found| found == identifier)
                .unwrap();
            extensions[at + 4] = 0x7f;
        });
    }),
    ("weak-signature pki/apiserver.crt", |t, _| {
        let sha1 = asn1::sequence(&[&asn1::object_identifier(
            der::asn1::ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
        )]);
        let path = "pki/apiserver.crt";
        forge(t, "apiserver", "ca", |fields| fields[2] = sha1.clone());
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
    ("serial-number pki/apiserver.crt", |t, _| {
        forge(t, "apiserver", "ca", |fields| {
            fields[1] = vec![asn1::INTEGER, 1, 0x80]
        });
    }),
    ("serial-number pki/etcd/peer.crt", |t, _| {
        forge(t, "etcd/peer", "etcd/ca", |fields| {
            fields[1] = asn1::unsigned(&[7; 21])
        });
    }),
    ("serial-number pki/etcd/server.crt", |t, _| {
        issue(t, "etcd/server", "etcd/ca", |p| {
            p.serial_number = SerialNumber::zero()
        });
    }),
    ("serial-reused pki/etcd/peer.crt", |t, _| {
        issue(t, "etcd/server", "etcd/ca", |_| ());
        issue(t, "etcd/peer", "etcd/ca", |_| ());
    }),
    ("old-version pki/apiserver-kubelet-client.crt", |t, _| {
        forge(t, "apiserver-kubelet-client", "ca", |fields| {
            fields.pop();
            fields.remove(0);
        });
    }),
    ("key-usage pki/front-proxy-client.crt", |t, _| {
        issue(t, "front-proxy-client", "front-proxy-ca", |p| {
            replace(p, Extension::key_usage(KeyUsage::KEY_ENCIPHERMENT));
        });
    }),
    ("key-not-for-kubeadm pki/front-proxy-client.crt", |t, _| {
        let by = issuer(t, "pki/front-proxy-ca");
        let key = KeyPair::generate(KeyAlgorithm::Ed25519).unwrap();
        issue_by(t, "front-proxy-client", &by, |p| {
            p.public_key = key.public_key().clone()
        });
        put(
            t,
            "pki/front-proxy-client.key",
            file(key.to_pem().as_bytes(), 0o600),
        );
    }),
    ("sa-key-kind pki/sa.pub", |t, _| {
        let key = KeyPair::generate(KeyAlgorithm::Ed25519).unwrap();
        put(t, "pki/sa.key", file(key.to_pem().as_bytes(), 0o600));
        put(
            t,
            "pki/sa.pub",
            file(key.public_key().to_pem().as_bytes(), 0o600),
        );
    }),
    ("sa-key-form pki/sa.key", |t, all| {
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
    ("weak-key pki/apiserver-kubelet-client.crt", |t, _| {
        rsa(t, 128, &[1, 0, 1])
    }),
    ("huge-key pki/apiserver-kubelet-client.crt", |t, _| {
        rsa(t, 1200, &[1, 0, 1])
    }),
    ("unknown-key pki/apiserver-kubelet-client.crt", |t, _| {
        let p224 = der::asn1::ObjectIdentifier::new_unwrap("1.3.132.0.33");
        let algorithm = asn1::sequence(&[
            &asn1::object_identifier(oid::EC_PUBLIC_KEY),
            &asn1::object_identifier(p224),
        ]);
        foreign_key(t, "apiserver-kubelet-client", &algorithm, &[4; 57]);
    }),
    ("key-shared pki/front-proxy-client.crt", |t, _| {
        let by = issuer(t, "pki/front-proxy-ca");
        let key = KeyPair::from_pem(&text(t, "pki/apiserver.key")).unwrap();
        issue_by(t, "front-proxy-client", &by, |p| {
            p.public_key = key.public_key().clone()
        });
        put(
            t,
            "pki/front-proxy-client.key",
            file(key.to_pem().as_bytes(), 0o600),
        );
    }),
    ("ip-as-dns-name pki/etcd/peer.crt", |t, _| {
        issue(t, "etcd/peer", "etcd/ca", |p| {
            let names = ["m1", "localhost", "10.0.0.11", "127.0.0.1", "::1"];
            let mut names = names
                .map(|n| SubjectAltName::parse(n).unwrap().value.into())
                .to_vec();
            names.push(GeneralName::Dns("10.0.0.99".parse().unwrap()));
            replace(p, Extension::subject_alt_name(&names, false));
        });
    }),
    ("wrong-block pki/apiserver.key", |t, all| {
        put(
            t,
            "pki/apiserver.key",
            file(&text(&all.good, "pki/apiserver.crt"), 0o600),
        );
    }),
    ("wrong-block pki/etcd/peer.crt", |t, _| {
        let request = pem_text::encode("CERTIFICATE REQUEST", &[0x30, 0]);
        put(t, "pki/etcd/peer.crt", file(request.as_bytes(), 0o644));
    }),
];

#[test]
fn are_found() {
    assert_found(&trees(), FAULTS);
}

#[test]
fn names_that_reach_nobody_are_told() {
    let named = |names: &'static [&'static str]| {
        let mut tree = broken(&trees(), |_, _| ());
        issue(&mut tree, "etcd/peer", "etcd/ca", |p| {
            let names: Vec<_> = names
                .iter()
                .map(|n| SubjectAltName::parse(n).unwrap().value.into())
                .collect();
            replace(p, Extension::subject_alt_name(&names, false));
        });
        found(&tree, &Expectation::default())
    };
    assert_eq!(
        named(&["localhost", "127.0.0.1"]),
        ["loopback-only pki/etcd/peer.crt"]
    );
    assert_eq!(
        named(&["m1.internal"]),
        ["etcd-peer-by-name pki/etcd/peer.crt"]
    );
    assert_eq!(named(&["m1.internal", "10.0.0.11"]), [""; 0]);
}

#[test]
fn a_chain_in_any_order_is_right() {
    let trees = trees();
    let mut tree = broken(&trees, |_, _| ());
    let [leaf, middle] = below_intermediate(&mut tree, "apiserver", "pki/ca");
    let root = text(&tree, "pki/ca.crt");
    for rest in [[root.clone(), middle.clone()], [middle, root]] {
        let chain = [&leaf[..], &rest[0], &rest[1]].concat();
        put(&mut tree, "pki/apiserver.crt", file(&chain, 0o644));
        assert_eq!(found(&tree, &Expectation::default()), [""; 0]);
    }
}

#[test]
fn the_place_of_a_certificate_is_told() {
    let trees = trees();
    let mut tree = broken(&trees, |_, _| ());
    let [leaf, middle] = below_intermediate(&mut tree, "apiserver", "pki/ca");
    let lines = leaf.iter().filter(|octet| **octet == b'\n').count();
    let place = |tree: &Tree| {
        let report = verify(tree, &Expectation::default(), now());
        report.findings[0].place
    };
    let second = Some(Place {
        block: Some(2),
        line: Some(lines + 1),
    });
    let cut = &middle[..middle.len() - 40];
    put(
        &mut tree,
        "pki/apiserver.crt",
        file(&[&leaf, cut].concat(), 0o644),
    );
    assert_eq!(place(&tree), second);
    let odd = pem_text::encode("CERTIFICATE", &[0x30, 0]);
    put(
        &mut tree,
        "pki/apiserver.crt",
        file(&[&leaf, odd.as_bytes()].concat(), 0o644),
    );
    assert_eq!(place(&tree), second);
    let later = verify(
        &{
            put(
                &mut tree,
                "pki/apiserver.crt",
                file(&[&leaf[..], &middle].concat(), 0o644),
            );
            tree
        },
        &Expectation::default(),
        now().plus(3640 * DAY).unwrap(),
    );
    let middles = later
        .findings
        .iter()
        .find(|f| f.message.starts_with("its intermediate"));
    assert_eq!(middles.unwrap().place, second);
}
