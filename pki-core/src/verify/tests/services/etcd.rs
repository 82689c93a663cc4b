//! etcd's unit and its environment.

use super::*;

pub(super) const FAULTS: &[ServiceFault] = &[
    ServiceFault::new(&["etcd-unit-variable /etc/etcd.env"], |t| {
        change(t, ENVIRONMENT, "PRIVATE_IP=10.0.0.11", "PRIVATE_IP=");
    }),
    ServiceFault::new(
        &["etcd-unit-variable /etc/systemd/system/etcd.service"],
        |t| {
            change(t, ENVIRONMENT, "CLUSTER=", "INITIAL_CLUSTER=");
        },
    ),
    ServiceFault::new(&["etcd-unit-variable /etc/etcd.env"], |t| {
        t.files.remove(ENVIRONMENT);
    }),
    ServiceFault::new(&["etcd-flag-and-variable /etc/etcd.env"], |t| {
        change(t, ENVIRONMENT, "PEER_NAME=m1", "PEER_NAME=m1\nETCD_NAME=m1");
    }),
    ServiceFault::new(
        &["etcd-unit-conflict /etc/systemd/system/etcd.service"],
        |t| {
            change(
                t,
                UNIT,
                "After=",
                "Conflicts=etcd.service etcd2.service\nAfter=",
            );
        },
    ),
    ServiceFault::new(&["etcd-key-unreadable pki/etcd/server.key"], |t| {
        change(t, UNIT, "User=root", "User=etcd");
        own(t, "pki/etcd/peer.key", 0, 0);
    }),
    ServiceFault::new(
        &["etcd-peer-any-client /etc/systemd/system/etcd.service"],
        |t| {
            change(t, UNIT, "  --peer-cert-allowed-cn=m1 \\\n", "");
        },
    ),
    ServiceFault::new(
        &["etcd-peer-allowed-cn /etc/systemd/system/etcd.service"],
        |t| {
            change(t, UNIT, "allowed-cn=m1", "allowed-cn=etcd-peer");
        },
    ),
    // What a pod can have wrong, a unit can.
    ServiceFault::new(
        &["etcd-initial-cluster /etc/systemd/system/etcd.service"],
        |t| {
            change(t, ENVIRONMENT, "=m1=https", "=m9=https");
        },
    ),
    ServiceFault::new(
        &["etcd-initial-cluster /etc/systemd/system/etcd.service"],
        |t| {
            change(
                t,
                ENVIRONMENT,
                "m1=https://10.0.0.11:2380",
                "m1=https://10.0.0.21:2380",
            );
        },
    ),
    ServiceFault::new(
        &["etcd-without-tls /etc/systemd/system/etcd.service"],
        |t| {
            change(t, UNIT, "listen-peer-urls=https", "listen-peer-urls=http");
        },
    ),
    ServiceFault::new(&["flag-half-pair /etc/systemd/system/etcd.service"], |t| {
        change(
            t,
            UNIT,
            "  --peer-key-file=/etc/kubernetes/pki/etcd/peer.key \\\n",
            "",
        );
    }),
    ServiceFault::new(&["flag-wrong-file /etc/systemd/system/etcd.service"], |t| {
        let [from, to] = ["etcd/ca.crt", "ca.crt"]
            .map(|it| format!("--trusted-ca-file=/etc/kubernetes/pki/{it}"));
        change(t, UNIT, &format!("  {from}"), &format!("  {to}"));
    }),
    ServiceFault::new(&["san-missing pki/etcd/server.crt"], |t| {
        let urls = "advertise-client-urls=https://${PRIVATE_IP}:2379";
        change(
            t,
            UNIT,
            urls,
            &format!("{urls},https://m1.example.org:2379"),
        );
    }),
    ServiceFault::new(&["etcd-any-client /etc/systemd/system/etcd.service"], |t| {
        change(
            t,
            UNIT,
            "  --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt \\\n",
            "",
        );
        change(t, UNIT, "  --client-cert-auth \\\n", "");
    }),
];
