//! What certificates are for: subjects, names and purposes.

use super::*;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["subject pki/front-proxy-client.crt"], |t, all| {
        all.issue(t, "front-proxy-client", "front-proxy-ca", |p| {
            // Not the one that a flag of another fault allows.
            p.subject = DistinguishedName::kubernetes(None, "anybody");
        });
    }),
    Fault::new(&["san-missing pki/apiserver.crt"], |t, all| {
        all.issue(t, "apiserver", "ca", |p| {
            replace(p, names(&["m1", "10.0.0.11"]));
        });
    }),
    Fault::new(&["no-san pki/apiserver.crt"], |t, all| {
        all.issue(t, "apiserver", "ca", |p| without(p, &names(&[])));
    }),
    Fault::new(&["purpose pki/apiserver.crt"], |t, all| {
        all.issue(t, "apiserver", "ca", |p| {
            replace(
                p,
                Extension::extended_key_usage(&[ExtendedKeyUsage::ClientAuth]).unwrap(),
            );
        });
    }),
    Fault::new(
        &["etcd-server-client-auth pki/etcd/server.crt"],
        |t, all| {
            all.issue(t, "etcd/server", "etcd/ca", |p| {
                replace(
                    p,
                    Extension::extended_key_usage(&[ExtendedKeyUsage::ServerAuth]).unwrap(),
                );
            });
        },
    ),
    Fault::new(
        &["leaf-is-ca pki/apiserver-kubelet-client.crt"],
        |t, all| {
            all.issue(t, "apiserver-kubelet-client", "ca", |p| {
                let ca = BasicConstraints::CertificateAuthority {
                    path_len_constraint: None,
                };
                replace(p, Extension::basic_constraints(ca));
            });
        },
    ),
    Fault::new(&["ip-as-dns-name pki/etcd/peer.crt"], |t, all| {
        all.issue(t, "etcd/peer", "etcd/ca", |p| {
            let names = ["m1", "localhost", "10.0.0.11", "127.0.0.1", "::1"];
            let mut names = names
                .map(|n| SubjectAltName::parse(n).unwrap().value.into())
                .to_vec();
            names.push(GeneralName::Dns("10.0.0.99".parse().unwrap()));
            replace(p, Extension::subject_alt_name(&names, false));
        });
    }),
    Fault::new(&["key-usage pki/front-proxy-client.crt"], |t, all| {
        all.issue(t, "front-proxy-client", "front-proxy-ca", |p| {
            replace(p, Extension::key_usage(KeyUsage::KEY_ENCIPHERMENT));
        });
    }),
    Fault::new(&["no-san pki/etcd/server.crt"], |t, all| {
        all.issue(t, "etcd/server", "etcd/ca", |p| {
            without(p, &names(&[]));
        });
    }),
    Fault::new(&["subject pki/apiserver-kubelet-client.crt"], |t, all| {
        all.issue(t, "apiserver-kubelet-client", "ca", |p| {
            p.subject = DistinguishedName::kubernetes(None, "anybody");
        });
    }),
    Fault::new(&["purpose pki/etcd/healthcheck-client.crt"], |t, all| {
        all.issue(t, "etcd/healthcheck-client", "etcd/ca", |p| {
            let server = Extension::extended_key_usage(&[ExtendedKeyUsage::ServerAuth]);
            replace(p, server.unwrap());
        });
    }),
];
