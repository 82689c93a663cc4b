//! Copies of keys that lie around.

use super::fix::Fix;
use super::mode::holds_private_key;
use super::{Examined, Finding, Record, Rule, command, role};

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    // What a manifest names is used, and what is called as kubeadm or cfssljson call it may be as
    // soon as a wrong path in a manifest is mended.
    let named = examined.named_for_clients();
    let known = |path: &str| {
        let mut materials = examined.materials.iter();
        role::is_usual(path)
            || examined.manifests.name(path)
            || named.iter().any(|file| file == path)
            || materials.any(|material| material.row.files.iter().any(|file| file.path == path))
    };
    for (path, file) in &examined.tree.files {
        // What lies elsewhere on the host was looked at because somebody uses it.
        if known(path) || path.starts_with('/') {
            continue;
        }
        let bytes = file.bytes().unwrap_or_default();
        let secret = match is_old_kubeconfig(path) {
            _ if holds_private_key(bytes) => Some("a private key"),
            true => secret_of_kubeconfig(bytes),
            false => None,
        };
        record.expect(secret.is_none(), || {
            let secret = secret.unwrap_or_default();
            Finding::new(
                Rule::StrayKey,
                path,
                format!("holds {secret}, and no component uses a file of this name"),
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

/// What gives its holder the user's rights, in YAML or in JSON, where the name of
/// a field stands in quotes.
fn secret_of_kubeconfig(bytes: &[u8]) -> Option<&'static str> {
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    match () {
        () if holds(b"client-key-data") => Some("a private key"),
        () if holds(b"token:") || holds(b"\"token\"") => Some("a token"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::secret_of_kubeconfig;

    #[test]
    fn kubeconfigs_may_be_json() {
        for (text, secret) in [
            (
                "users:\n- user: {client-key-data: eA==}",
                Some("a private key"),
            ),
            (
                r#"{"user":{"client-key-data" : "eA=="}}"#,
                Some("a private key"),
            ),
            (r#"{"user":{"token":"eA"}}"#, Some("a token")),
            ("- user:\n    token: eA", Some("a token")),
            ("- user:\n    tokenFile: /var/run/token", None),
            ("client-key: /etc/kubernetes/admin.key", None),
        ] {
            assert_eq!(secret_of_kubeconfig(text.as_bytes()), secret, "{text}");
        }
    }
}
