//! kubeconfigs: whom they trust, where they connect and as whom.

use super::*;

/// A kubeconfig that embeds these certificates as its CA.
pub(in super::super) fn trusting(tree: &mut Tree, all: &Trees, path: &str, authorities: &[u8]) {
    let line = all.line(path, "certificate-authority-data");
    let data = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, authorities);
    let embedded = format!("certificate-authority-data: {data}");
    all.edit(tree, path, &[(&line, &embedded)]);
}

/// The user of a kubeconfig in files of the certificates directory.
pub(in super::super) fn by_files(
    tree: &mut Tree,
    all: &Trees,
    change: impl Fn(&mut CertificateParams),
) {
    let (certificate, key) = leaf_of("admin.conf", &issuer(&all.good, "pki/ca"), change);
    put(
        tree,
        "pki/admin.crt",
        file(certificate.to_pem().as_bytes(), 0o644),
    );
    put(tree, "pki/admin.key", file(key.to_pem().as_bytes(), 0o600));
    let [data, key] =
        ["certificate", "key"].map(|field| all.line("admin.conf", &format!("client-{field}-data")));
    let files = [
        (data.as_str(), "client-certificate: pki/admin.crt"),
        (key.as_str(), "client-key: ../kubernetes/pki/admin.key"),
    ];
    all.edit(tree, "admin.conf", &files);
}

const BY_FILES: &[Scope] = &[
    Scope::Row("admin.conf"),
    Scope::Row("pki/admin.crt"),
    Scope::Row("pki/admin.key"),
];

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["kubeconfig-ca admin.conf"], |t, all| {
        put(t, "admin.conf", copy(&all.other, "admin.conf"));
    }),
    Fault::new(&["kubeconfig-ca controller-manager.conf"], |t, all| {
        let path = "controller-manager.conf";
        let line = all.line(path, "certificate-authority-data");
        all.edit(t, path, &[(&line, "disable-compression: true")]);
    }),
    Fault::new(&["kubeconfig-ca kubelet.conf"], |t, all| {
        trusting(t, all, "kubelet.conf", &text(&all.good, "pki/etcd/ca.crt"));
    })
    // A certificate of the kubelet that this CA has signed came with it.
    .reaching(&[Scope::Row(KUBELET_CLIENT)]),
    Fault::new(&["kubeconfig-ca-bundle admin.conf"], |t, all| {
        let [ours, theirs] = [&all.good, &all.other].map(|tree| text(tree, "pki/ca.crt"));
        trusting(t, all, "admin.conf", &[ours, theirs].concat());
    }),
    Fault::new(&["kubeconfig-context admin.conf"], |t, _| {
        put(t, "admin.conf", file(b"{}", 0o600));
    }),
    Fault::new(&["kubeconfig-context scheduler.conf"], |t, all| {
        let other = ("current-context: ", "current-context: not-");
        all.edit(t, "scheduler.conf", &[other]);
    }),
    Fault::new(&["kubeconfig-insecure admin.conf"], |t, all| {
        let skips = "    insecure-skip-tls-verify: true\n    server:";
        all.edit(t, "admin.conf", &[("    server:", skips)]);
    }),
    Fault::new(&["kubeconfig-contexts admin.conf"], |t, all| {
        let more = "contexts:\n- context:\n    cluster: a\n    user: b\n  name: c\n";
        all.edit(t, "admin.conf", &[("contexts:\n", more)]);
    }),
    Fault::new(&["kubeconfig-client scheduler.conf"], |t, all| {
        let path = "scheduler.conf";
        let [certificate, key] =
            ["certificate", "key"].map(|field| all.line(path, &format!("client-{field}-data")));
        let otherwise = [
            (certificate.as_str(), "token: abc"),
            (key.as_str(), "username: abc"),
        ];
        all.edit(t, path, &otherwise);
    }),
    Fault::new(&["key-mismatch super-admin.conf"], |t, all| {
        let path = "super-admin.conf";
        let [own, other] = [path, "admin.conf"].map(|path| all.line(path, "client-key-data"));
        all.edit(t, path, &[(&own, &other)]);
    }),
    // A server that this certificate happens to name.
    Fault::new(&["kubeconfig-server admin.conf"], |t, all| {
        let local = ("https://vip.k8s.internal:6443", "https://10.0.0.11:6443");
        all.edit(t, "admin.conf", &[local]);
    })
    .seen_by_description(),
    // As many as a changed endpoint leaves behind.
    Fault::new(&["kubeconfig-server admin.conf"], |t, all| {
        let local = ("https://vip.k8s.internal:6443", "https://10.0.0.11:6443");
        for path in ["admin.conf", "super-admin.conf"] {
            all.edit(t, path, &[local]);
        }
    })
    .reaching(&[Scope::Row("super-admin.conf")])
    .seen_by_description(),
    Fault::new(&["kubeconfig-ca-bundle pki/ca.crt"], |t, all| {
        let [ours, theirs] = [&all.good, &all.other].map(|tree| text(tree, "pki/ca.crt"));
        for path in ["admin.conf", "super-admin.conf", "scheduler.conf"] {
            trusting(t, all, path, &[ours.as_slice(), &theirs].concat());
        }
    })
    .reaching(&[Scope::Below(Authority::Cluster)]),
    Fault::new(&["kubeconfig-server-name scheduler.conf"], |t, all| {
        let name = "    tls-server-name: api.example.org\n    server:";
        all.edit(t, "scheduler.conf", &[("    server:", name)]);
    })
    .reaching(&[Scope::Row("pki/apiserver.crt")]),
    Fault::new(&["kubeconfig-twice super-admin.conf"], |t, all| {
        let path = "    client-key: /root/a.key\n    client-key-data:";
        all.edit(t, "super-admin.conf", &[("    client-key-data:", path)]);
    }),
    Fault::new(&["kubeconfig-client controller-manager.conf"], |t, all| {
        let path = "controller-manager.conf";
        all.edit(
            t,
            path,
            &[(&all.line(path, "client-key-data"), "username: abc")],
        );
    }),
    Fault::new(&["malformed scheduler.conf"], |t, all| {
        let path = "scheduler.conf";
        let line = all.line(path, "client-key-data");
        all.edit(t, path, &[(&line, "client-key-data: aGVsbG8=")]);
    }),
    Fault::new(&["expired pki/admin.crt"], |t, all| {
        by_files(t, all, |p| p.validity = valid(-200, -100));
    })
    .reaching(BY_FILES),
    Fault::new(&["key-mismatch pki/admin.key"], |t, all| {
        by_files(t, all, |_| ());
        put(t, "pki/admin.key", copy(&all.good, "pki/etcd/peer.key"));
    })
    .reaching(BY_FILES),
    Fault::new(&["file-missing pki/admin.key"], |t, all| {
        by_files(t, all, |_| ());
        t.files.remove("pki/admin.key");
    })
    .reaching(BY_FILES),
    Fault::new(&["readable-by-others pki/admin.key"], |t, all| {
        by_files(t, all, |_| ());
        t.files.get_mut("pki/admin.key").unwrap().mode = 0o644;
    })
    .reaching(BY_FILES),
];
