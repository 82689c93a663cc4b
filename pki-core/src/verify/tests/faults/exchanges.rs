//! Files that have changed places.

use super::*;

/// Puts healthy files into each other's place.
pub(in super::super) fn exchange(tree: &mut Tree, all: &Trees, pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        put(tree, one, copy(&all.running, other));
        put(tree, other, copy(&all.running, one));
    }
}

pub(in super::super) const FAULTS: &[Fault] = &[
    Fault::new(&["exchanged pki/apiserver.crt"], |t, all| {
        exchange(
            t,
            all,
            &[
                ("pki/apiserver.crt", "pki/etcd/server.crt"),
                ("pki/apiserver.key", "pki/etcd/server.key"),
            ],
        );
    })
    .reaching(&[Scope::Row("etcd/server")]),
    Fault::new(&["exchanged pki/apiserver.key"], |t, all| {
        let other = "pki/apiserver-kubelet-client.key";
        exchange(t, all, &[("pki/apiserver.key", other)]);
    })
    .reaching(&[Scope::Row("apiserver-kubelet-client")]),
    Fault::new(&["exchanged pki/apiserver.crt"], |t, all| {
        let other = "pki/front-proxy-client.crt";
        exchange(t, all, &[("pki/apiserver.crt", other)]);
    })
    .reaching(&[Scope::Row("front-proxy-client")]),
    Fault::new(&["exchanged pki/etcd/server.key"], |t, all| {
        exchange(t, all, &[("pki/etcd/server.key", "pki/etcd/peer.key")]);
    })
    .reaching(&[Scope::Row("etcd/peer")]),
    Fault::new(&["exchanged pki/ca.crt"], |t, all| {
        exchange(
            t,
            all,
            &[
                ("pki/ca.crt", "pki/etcd/ca.crt"),
                ("pki/ca.key", "pki/etcd/ca.key"),
            ],
        );
    })
    .reaching(&[
        Scope::Below(Authority::Cluster),
        Scope::Below(Authority::Etcd),
    ]),
    Fault::new(&["exchanged pki/ca.crt"], |t, all| {
        exchange(
            t,
            all,
            &[
                ("pki/ca.crt", "pki/front-proxy-ca.crt"),
                ("pki/ca.key", "pki/front-proxy-ca.key"),
            ],
        );
    })
    .reaching(&[
        Scope::Below(Authority::Cluster),
        Scope::Below(Authority::FrontProxy),
    ]),
    Fault::new(&["exchanged pki/front-proxy-ca.crt"], |t, all| {
        exchange(t, all, &[("pki/front-proxy-ca.crt", "pki/etcd/ca.crt")]);
    })
    .reaching(&[
        Scope::Below(Authority::FrontProxy),
        Scope::Below(Authority::Etcd),
    ]),
    Fault::new(&["exchanged pki/ca.key"], |t, all| {
        exchange(t, all, &[("pki/ca.key", "pki/etcd/ca.key")]);
    })
    .reaching(&[
        Scope::Below(Authority::Cluster),
        Scope::Below(Authority::Etcd),
    ]),
    Fault::new(&["exchanged pki/apiserver.key"], |t, all| {
        exchange(t, all, &[("pki/apiserver.key", "pki/sa.key")]);
    })
    .reaching(&[Scope::Row("sa")]),
    Fault::new(&["exchanged pki/sa.pub"], |t, all| {
        exchange(t, all, &[("pki/sa.pub", "pki/sa.key")]);
    }),
    Fault::new(&["exchanged pki/etcd/peer.crt"], |t, all| {
        exchange(t, all, &[("pki/etcd/peer.crt", "pki/etcd/peer.key")]);
    }),
    Fault::new(&["exchanged controller-manager.conf"], |t, all| {
        exchange(t, all, &[("controller-manager.conf", "scheduler.conf")]);
    })
    .reaching(&[Scope::Row("scheduler.conf")]),
];
