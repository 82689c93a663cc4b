//! Copies of keys that lie around.

use super::alike::{ENOUGH, together};
use super::fix::Fix;
use super::material::Material;
use super::mode::{holds_private_key, who};
use super::{Examined, Finding, Record, Rule, command, role};
use crate::catalog::{CATALOG, EntryKind, EtcdNaming};

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    // What a manifest names is used, and what is called as kubeadm or cfssljson call it may be as
    // soon as a wrong path in a manifest is mended.
    let named = examined.named_for_clients();
    let known = |path: &str| {
        let mut materials = examined.materials.iter();
        role::usual_row(path).is_some()
            || examined.manifests.name(path)
            || named.iter().any(|file| file == path)
            || materials.any(|material| material.row.files.iter().any(|file| file.path == path))
    };
    let mut open = Vec::new();
    let mut stray = Vec::new();
    for (path, file) in &examined.tree.files {
        // What lies elsewhere on the host was looked at because somebody uses it.
        let Some(bytes) = file
            .bytes()
            .filter(|_| !known(path) && !path.starts_with('/'))
        else {
            continue;
        };
        record.checked += 1;
        let secret = match Shelf::of(path) {
            // Programs of others keep keys of their own there, under other names.
            Shelf::Beside if !is_named_like_a_secret(path) || is_target(examined, path) => None,
            _ if holds_private_key(bytes) => Some("a private key"),
            _ if is_kubeconfig(path) => secret_of_kubeconfig(bytes),
            _ => None,
        };
        let Some(secret) = secret else {
            continue;
        };
        let shown = command::path(examined.tree, path);
        match file.mode & 0o044 != 0 && is_powerful(examined, path) {
            true => {
                let message = format!(
                    "is readable by {} (mode {:04o}, expected 0600) and holds {secret} that is worth the whole cluster",
                    who(file.mode >> 2),
                    file.mode
                );
                let fix = Fix::run(format!("chmod 600 {shown}")).and(shred(&shown));
                open.push((
                    Finding::new(Rule::ReadableByOthers, path, message, fix),
                    shown,
                ));
            }
            false => {
                let message = format!("holds {secret}, and no component uses a file of this name");
                stray.push((
                    Finding::new(Rule::StrayKey, path, message, shred(&shown)),
                    shown,
                ));
            }
        }
    }
    report(
        open,
        "copies of keys worth the whole cluster that others may read",
        record,
        |files| Fix::run(format!("chmod 600 {files}")).and(shred(files)),
    );
    report(
        stray,
        "files with keys, under names that no component uses",
        record,
        shred,
    );
}

/// Adds findings, or one for all of them if they are enough.
fn report(
    found: Vec<(Finding, String)>,
    what: &str,
    record: &mut Record,
    fix: impl Fn(&str) -> Fix,
) {
    let (findings, files): (Vec<Finding>, Vec<String>) = found.into_iter().unzip();
    if findings.len() < ENOUGH {
        record.findings.extend(findings);
        return;
    }
    let message = format!("holds {} {what}", findings.len());
    let fix = fix(&files.join(" "));
    record.findings.extend(together(findings, message, fix));
}

fn shred(files: &str) -> Fix {
    Fix::say("keep it where only its owner gets at it or, once it is certain that nobody needs it")
        .and_run(format!("shred -u {files}"))
}

/// Where a file lies that no row of the catalog has.
enum Shelf {
    /// Among the certificates, where nothing else belongs.
    Certificates,
    /// Among the kubeconfigs.
    Kubeconfigs,
    /// In another directory.
    Beside,
}

impl Shelf {
    fn of(path: &str) -> Self {
        match path.split_once('/') {
            Some(("pki", _)) => Self::Certificates,
            Some(_) => Self::Beside,
            None => Self::Kubeconfigs,
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `admin.conf.bak`, `kubelet.conf~`, `backup/admin.conf`: what editors and
/// scripts leave.
fn is_kubeconfig(path: &str) -> bool {
    match Shelf::of(path) {
        Shelf::Certificates => false,
        Shelf::Kubeconfigs => path.contains(".conf") && !path.ends_with(".conf"),
        Shelf::Beside => name_of(path).contains(".conf"),
    }
}

/// Whether a copy is called as a file with a key of the catalog is, or that with
/// something behind it.
fn is_named_like_a_secret(path: &str) -> bool {
    let name = name_of(path);
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let files = CATALOG
        .iter()
        .flat_map(|entry| namings.iter().flat_map(|naming| entry.files(naming)));
    let mut secrets = files.filter(|file| file.role.is_secret());
    secrets.any(|file| name.starts_with(name_of(&file.path)))
}

/// Whether a file in use is a link to it.
fn is_target(examined: &Examined<'_>, path: &str) -> bool {
    let files = examined.materials.iter();
    let mut files = files.flat_map(|material| &material.row.files);
    files.any(|placed| {
        let file = examined.tree.get(&placed.path);
        let target = file.and_then(|file| file.link.as_deref());
        let directory = placed.path.rsplit_once('/').map_or("", |(above, _)| above);
        let whole = target.and_then(|target| match target.starts_with('/') {
            true => examined.tree.location.path_of(target),
            false => joined(directory, target),
        });
        whole.as_deref() == Some(path)
    })
}

/// Where a relative link in a directory leads, as a path of the tree.
fn joined(directory: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    Some(parts.join("/"))
}

/// Whether it is the key of a CA, of the service accounts or of an
/// administrator, by its name or by what it is.
fn is_powerful(examined: &Examined<'_>, path: &str) -> bool {
    const NAMES: [&str; 6] = [
        "ca.key",
        "ca-key.pem",
        "front-proxy-ca.key",
        "sa.key",
        "admin.conf",
        "super-admin.conf",
    ];
    let signs = |material: &&Material| {
        matches!(
            material.row.entry.kind,
            EntryKind::Authority(_) | EntryKind::ServiceAccount
        )
    };
    let mut signers = examined.materials.iter().filter(signs);
    NAMES.iter().any(|name| name_of(path).starts_with(name))
        || signers.any(|material| {
            let certified = material.certificates().iter();
            let mut keys = certified
                .filter_map(|certificate| certificate.public_key().ok())
                .chain(material.public_key.read());
            keys.any(|key| examined.others.holds(path, key))
        })
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
