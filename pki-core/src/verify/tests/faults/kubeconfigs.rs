//! kubeconfigs: whom they trust, where they connect and as whom.

use super::*;

/// A kubeconfig that embeds these certificates as its CA.
fn trusting(tree: &mut Tree, all: &Trees, path: &str, authorities: &[u8]) {
    let line = all.line(path, "certificate-authority-data");
    let data = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, authorities);
    let embedded = format!("certificate-authority-data: {data}");
    all.edit(tree, path, &[(&line, &embedded)]);
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["kubeconfig-ca admin.conf"], |t, all| {
        put(t, "admin.conf", copy(&all.other, "admin.conf"));
    }),
    Fault::new(&["kubeconfig-ca controller-manager.conf"], |t, all| {
        let path = "controller-manager.conf";
        let line = all.line(path, "certificate-authority-data");
        all.edit(t, path, &[(&line, "tls-server-name: m1")]);
    }),
    Fault::new(&["kubeconfig-ca kubelet.conf"], |t, all| {
        trusting(t, all, "kubelet.conf", &text(&all.other, "pki/ca.crt"));
    }),
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
];
