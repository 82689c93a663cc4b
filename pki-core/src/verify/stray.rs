//! Copies of keys that lie around.

use super::fix::Fix;
use super::mode::holds_private_key;
use super::{Examined, Finding, Record, Rule, command, role};

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    // What a manifest names is used, and what is called as kubeadm or cfssljson call it may be as
    // soon as a wrong path in a manifest is mended.
    let known = |path: &str| {
        let mut materials = examined.materials.iter();
        role::is_usual(path)
            || examined.manifests.name(path)
            || materials.any(|material| material.row.files.iter().any(|file| file.path == path))
    };
    for (path, file) in &examined.tree.files {
        // What lies elsewhere on the host was looked at because somebody uses it.
        if known(path) || path.starts_with('/') {
            continue;
        }
        let bytes = file.bytes().unwrap_or_default();
        let stray = holds_private_key(bytes) || is_old_kubeconfig(path) && holds_key_data(bytes);
        record.expect(!stray, || {
            Finding::new(
                Rule::StrayKey,
                path,
                "holds a private key, and no component uses a file of this name",
                Fix::say("keep it where only its owner gets at it or, once it is certain that nobody needs it")
                    .and_run(format!("shred -u {}", command::path(examined.tree, path))),
            )
        });
    }
}

/// `admin.conf.bak`, `kubelet.conf~`: what editors and scripts leave.
fn is_old_kubeconfig(path: &str) -> bool {
    !path.contains('/') && path.contains(".conf") && !path.ends_with(".conf")
}

fn holds_key_data(bytes: &[u8]) -> bool {
    const FIELD: &[u8] = b"client-key-data:";
    bytes.windows(FIELD.len()).any(|window| window == FIELD)
}
