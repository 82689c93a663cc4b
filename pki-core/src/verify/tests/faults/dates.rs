//! Dates of certificates.

use super::*;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["expires-soon pki/etcd/peer.crt"], |t, all| {
        all.issue(t, "etcd/peer", "etcd/ca", |p| {
            p.validity = valid(0, 10 * DAY);
        });
    }),
    Fault::new(&["not-yet-valid pki/apiserver.crt"], |t, all| {
        all.issue(t, "apiserver", "ca", |p| {
            p.validity = valid(7200, 99 * DAY);
        });
    }),
    Fault::new(&["expired pki/apiserver.crt"], |t, all| {
        all.issue(t, "apiserver", "ca", |p| {
            p.validity = valid(-100, -1);
        });
    }),
    Fault::new(&["outlives-ca pki/etcd/peer.crt"], |t, all| {
        let unbound = Issuer::regardless_of_dates(
            Certificate::from_pem(&text(&all.good, "pki/etcd/ca.crt")).unwrap(),
            Box::new(KeyPair::from_pem(&text(&all.good, "pki/etcd/ca.key")).unwrap()),
        );
        issue_by(t, "etcd/peer", &unbound.unwrap(), |p| {
            p.validity = valid(0, 5000 * DAY);
        });
    }),
    // What is wrong with a CA is wrong with all that it signed.
    Fault::new(&["expired pki/front-proxy-ca.crt"], |t, all| {
        put_root(t, all, "pki/front-proxy-ca", |p| {
            p.validity = valid(-9 * DAY, -DAY);
        });
    })
    .reaching(&[Scope::Below(Authority::FrontProxy)]),
    Fault::new(&["not-yet-valid pki/etcd/ca.crt"], |t, all| {
        put_root(t, all, "pki/etcd/ca", |p| {
            p.validity = valid(7200, 3650 * DAY);
        });
    })
    .reaching(&[Scope::Below(Authority::Etcd)]),
    Fault::new(&["expires-soon pki/front-proxy-ca.crt"], |t, all| {
        put_root(t, all, "pki/front-proxy-ca", |p| {
            p.validity = valid(0, 9 * DAY);
        });
    })
    .reaching(&[Scope::Below(Authority::FrontProxy)]),
    Fault::new(&["outlives-ca pki/etcd/ca.crt"], |t, all| {
        put_root(t, all, "pki/etcd/ca", |p| p.validity = valid(0, 100 * DAY));
    })
    .reaching(&[Scope::Below(Authority::Etcd)]),
];
