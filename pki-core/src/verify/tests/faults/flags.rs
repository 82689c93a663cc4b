//! Flags of manifests that name the wrong file, of two that are in order.

use super::*;

const API_SERVER_FILES: [&str; 11] = [
    "--client-ca-file=/etc/kubernetes/pki/ca.crt",
    "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
    "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt",
    "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
    "--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt",
    "--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key",
    "--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
    "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key",
    "--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
    "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
    "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key",
];
const ETCD: [&str; 7] = [
    "--name=m1",
    "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
    "--key-file=/etc/kubernetes/pki/etcd/server.key",
    "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
    "--peer-key-file=/etc/kubernetes/pki/etcd/peer.key",
    "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
    "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
];

/// The manifest of a component as kubeadm writes it, but for some flags: each
/// replaces the one of its name, and what ends with `=` takes it away.
pub(in crate::verify::tests) fn put_flags(tree: &mut Tree, component: &str, changed: &[&str]) {
    let name = |flag: &str| flag.split('=').next().unwrap_or_default().to_owned();
    let all: Vec<&str> = match component {
        "kube-apiserver" => [&API_SERVER[..], &API_SERVER_FILES].concat(),
        "kube-controller-manager" => CONTROLLER_MANAGER.to_vec(),
        "kube-scheduler" => SCHEDULER.to_vec(),
        _ => ETCD.to_vec(),
    };
    let kept = |flag: &&str| changed.iter().all(|other| name(other) != name(flag));
    let mut flags: Vec<&str> = all.into_iter().filter(kept).collect();
    flags.extend(changed.iter().filter(|flag| !flag.ends_with('=')));
    manifest(tree, component, &flags);
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["flag-wrong-file manifests/etcd.yaml"], |t, _| {
        let flag = "--trusted-ca-file=/etc/kubernetes/pki/ca.crt";
        put_flags(t, "etcd", &[flag]);
    })
    .reaching(&[Scope::Below(Authority::Etcd), Scope::Row("ca")]),
    Fault::new(
        &["flag-wrong-file manifests/kube-apiserver.yaml"],
        |t, _| {
            let flags = [
                "--kubelet-client-certificate=/etc/kubernetes/pki/front-proxy-client.crt",
                "--kubelet-client-key=/etc/kubernetes/pki/front-proxy-client.key",
            ];
            put_flags(t, "kube-apiserver", &flags);
        },
    )
    .reaching(&[
        Scope::Row("apiserver-kubelet-client"),
        Scope::Row("front-proxy-client"),
    ]),
    Fault::new(
        &["flag-wrong-file manifests/kube-scheduler.yaml"],
        |t, _| {
            let flag = "--kubeconfig=/etc/kubernetes/controller-manager.conf";
            put_flags(t, "kube-scheduler", &[flag]);
        },
    )
    .reaching(&[
        Scope::Row("scheduler.conf"),
        Scope::Row("controller-manager.conf"),
    ]),
    Fault::new(
        &["flag-wrong-file manifests/kube-controller-manager.yaml"],
        |t, _| {
            let flag = "--root-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt";
            put_flags(t, "kube-controller-manager", &[flag]);
        },
    )
    .reaching(&[
        Scope::Row("apiserver"),
        Scope::Row("front-proxy-ca"),
        Scope::Row("ca"),
    ]),
    // As good as the right one, but for the key beside it.
    Fault::new(&["flag-wrong-file manifests/etcd.yaml"], |t, _| {
        let flag = "--peer-cert-file=/etc/kubernetes/pki/etcd/server.crt";
        put_flags(t, "etcd", &[flag]);
    })
    .reaching(&[Scope::Row("etcd/server"), Scope::Row("etcd/peer")]),
    Fault::new(&["flag-wrong-file manifests/etcd.yaml"], |t, _| {
        put_flags(
            t,
            "etcd",
            &["--cert-file=/etc/kubernetes/pki/etcd/peer.crt"],
        );
    })
    .reaching(&[Scope::Row("etcd/server"), Scope::Row("etcd/peer")]),
    Fault::new(
        &["front-proxy-name manifests/kube-apiserver.yaml"],
        |t, _| {
            let flag = "--requestheader-allowed-names=aggregator";
            put_flags(t, "kube-apiserver", &[flag]);
        },
    )
    .reaching(&[Scope::Row("front-proxy-client")]),
    // etcd and all certificates know this host by another one.
    Fault::new(
        &["advertise-address manifests/kube-apiserver.yaml"],
        |t, _| {
            put_flags(t, "kube-apiserver", &["--advertise-address=10.0.0.20"]);
            let flags = [
                "--advertise-client-urls=https://10.0.0.11:2379",
                "--initial-advertise-peer-urls=https://10.0.0.11:2380",
            ];
            put_flags(t, "etcd", &flags);
        },
    )
    .reaching(&[
        Scope::Below(Authority::Cluster),
        Scope::Row("manifests/etcd.yaml"),
        Scope::Row("apiserver"),
        Scope::Row("etcd/server"),
        Scope::Row("etcd/peer"),
    ]),
    Fault::new(&["flag-half-pair manifests/etcd.yaml"], |t, _| {
        put_flags(t, "etcd", &["--peer-key-file="]);
    }),
    Fault::new(
        &["apiserver-self-signed manifests/kube-apiserver.yaml"],
        |t, _| {
            put_flags(
                t,
                "kube-apiserver",
                &["--tls-cert-file=", "--tls-private-key-file="],
            );
        },
    ),
    Fault::new(&["file-missing /srv/auth.conf"], |t, _| {
        let flag = "--authentication-kubeconfig=/srv/auth.conf";
        put_flags(t, "kube-scheduler", &[flag]);
    })
    .reaching(&[Scope::Row("manifests/kube-scheduler.yaml")]),
];
