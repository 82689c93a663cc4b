//! Manifests, and the files that they name.

use super::*;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["manifest-malformed manifests/etcd.yaml"], |t, _| {
        put(t, "manifests/etcd.yaml", file(b"kind: Pod\nspec: [", 0o600));
    }),
    Fault::new(
        &["manifest-malformed manifests/kube-apiserver.yaml"],
        |t, _| {
            let path = "manifests/kube-apiserver.yaml";
            put(t, path, file(b"kind: Pod\n\tspec: {}\n", 0o600));
        },
    ),
    Fault::new(
        &["manifest-malformed manifests/kube-controller-manager.yaml"],
        |t, _| {
            let path = "manifests/kube-controller-manager.yaml";
            let mut file = file(b"", 0o600);
            file.content = TreeContent::TooLarge(10 << 20);
            put(t, path, file);
        },
    ),
    Fault::new(
        &[
            "manifest-twice manifests/kube-controller-manager.backup.yaml",
            "manifest-twice manifests/kube-controller-manager.copy.yaml",
        ],
        |t, _| {
            for (name, value) in [("", "false"), (".backup", "true"), (".copy", "false")] {
                let text = format!(
                    "kind: Pod\nspec:\n  containers:\n  - command: [kube-controller-manager, --profiling={value}]\n"
                );
                let path = format!("manifests/kube-controller-manager{name}.yaml");
                put(t, &path, file(text.as_bytes(), 0o600));
            }
        },
    ),
    // The kubelet does not look at names.
    Fault::new(&["manifest-malformed manifests/zz"], |t, all| {
        t.files.remove("manifests/etcd.yaml");
        let text = [text(&all.running, "manifests/etcd.yaml"), b"{{{\n".to_vec()];
        put(t, "manifests/zz", file(&text.concat(), 0o600));
    })
    .reaching(&[Scope::Row("manifests/etcd.yaml")]),
    Fault::new(&["unreadable manifests/etcd.yaml"], |t, all| {
        let why = "Permission denied".to_owned();
        all.file(t, "manifests/etcd.yaml").content = TreeContent::Unreadable(why);
    }),
    // The flag names a file that nobody made.
    Fault::new(&["file-missing pki/own.crt"], |t, _| {
        let flags = [
            "--tls-cert-file=/etc/kubernetes/pki/own.crt",
            "--tls-private-key-file=/etc/kubernetes/pki/own.key",
        ];
        manifest(t, "kube-apiserver", &[&API_SERVER[..], &flags].concat());
        for end in ["crt", "key"] {
            t.files.remove(&format!("pki/apiserver.{end}"));
        }
    })
    .reaching(&[
        Scope::Row("manifests/kube-apiserver.yaml"),
        Scope::Row("apiserver"),
    ]),
    Fault::new(&["file-missing /etc/etcd/peer.key"], |t, all| {
        let flags = [
            "--name=m1",
            "--peer-cert-file=/etc/etcd/peer.crt",
            "--peer-key-file=/etc/etcd/peer.key",
        ];
        manifest(t, "etcd", &flags);
        put(
            t,
            "/etc/etcd/peer.crt",
            copy(&all.good, "pki/etcd/peer.crt"),
        );
        for end in ["crt", "key"] {
            t.files.remove(&format!("pki/etcd/peer.{end}"));
        }
    })
    .reaching(&[
        Scope::Row("manifests/etcd.yaml"),
        Scope::Row("/etc/etcd/peer.crt"),
        Scope::Row("etcd/peer"),
    ]),
];
