//! Copies of keys that lie around.

mod targets;

use std::collections::BTreeSet;

use super::alike::{ENOUGH, together};
use super::fix::Fix;
use super::material::Material;
use super::mode::{holds_private_key, who};
use super::tree::{TreeContent, TreeFile};
use super::{Examined, Finding, Record, Rule, command, role};
use crate::catalog::{CATALOG, EntryKind, EtcdNaming};
use crate::name::Quoted;

/// Why a copy says nothing.
pub(super) const UNREAD_COPY: &str = "it cannot be read, and may hold a private key";
/// The same of one that nobody reads.
pub(super) const LARGE_COPY: &str = "it is too large to be read, and may hold a private key";

/// What is said of some files, and each of them.
type Found<'a> = Vec<(Finding, &'a str)>;

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    // What a manifest names is used, and what is called as kubeadm or cfssljson call it may be as
    // soon as a wrong path in a manifest is mended.
    let named: BTreeSet<String> = examined.named_for_clients().into_iter().collect();
    let is_used = |path: &str| {
        role::usual_row(path).is_some()
            || examined.manifests.name(path)
            || named.contains(path)
            || examined.is_row(path)
    };
    let targets = targets::of(examined.tree, is_used);
    let in_use = examined.tree.files.iter();
    let in_use: BTreeSet<_> = in_use
        .filter(|(path, _)| is_used(path))
        .filter_map(|(_, file)| file.inode)
        .collect();
    // By way of a directory that is a link, as in a volume of Kubernetes; a
    // further name of a file is another thing.
    let is_reached = |file: &TreeFile| {
        let mut inode = file.inode.iter().filter(|_| file.links <= 1);
        inode.any(|inode| in_use.contains(inode))
    };
    // What lies elsewhere on the host was looked at because somebody uses it.
    let others = examined.tree.files.iter().filter(|(path, file)| {
        let is_target = targets.contains(path.as_str()) || is_reached(file);
        !path.starts_with('/') && !is_used(path) && !is_target
    });
    let remedy = |files: &[&str]| remedy(examined, files);
    let (mut open, mut stray) = (Found::new(), Found::new());
    for (path, file) in others {
        let Some(bytes) = file.bytes() else {
            list_not_checked(path, file, record);
            continue;
        };
        record.checked += 1;
        let Some(secret) = secret_of(path, bytes) else {
            continue;
        };
        match file.mode & 0o044 != 0 && is_powerful(examined, path) {
            true => {
                let message = format!(
                    "is readable by {} (mode {:04o}, expected 0600) and holds {secret} that is worth the whole cluster",
                    who(file.mode >> 2),
                    file.mode
                );
                let fix = closed(examined, &[path]).and(remedy(&[path]));
                let finding = Finding::new(Rule::ReadableByOthers, path, message, fix);
                open.push((finding, path));
            }
            false => {
                let user = match examined.manifests.settings() {
                    Some(_) => "no flag names it",
                    None => "no component uses a file of this name",
                };
                let message = format!("holds {secret}, and {user}");
                let finding = Finding::new(Rule::StrayKey, path, message, remedy(&[path]));
                stray.push((finding, path));
            }
        }
    }
    report(
        open,
        "copies of keys worth the whole cluster that others may read",
        record,
        |files| closed(examined, files).and(remedy(files)),
    );
    let what = match examined.manifests.settings() {
        Some(_) => "files with keys that no flag names",
        None => "files with keys, under names that no component uses",
    };
    report(stray, what, record, remedy);
}

/// A key that could not be looked for where one would count.
fn list_not_checked(path: &str, file: &TreeFile, record: &mut Record) {
    let may_count = match Shelf::of(path) {
        Shelf::Beside => is_named_like_a_secret(path) || is_kubeconfig(path),
        Shelf::Certificates | Shelf::Kubeconfigs => true,
    };
    let why = match file.content {
        TreeContent::Unreadable(_) => UNREAD_COPY,
        TreeContent::TooLarge(_) => LARGE_COPY,
        TreeContent::Withheld(ref why) => why,
        _ => return,
    };
    if may_count {
        record.not_checked(Quoted(path).to_string(), why, None);
    }
}

/// What a copy holds that others want.
fn secret_of(path: &str, bytes: &[u8]) -> Option<&'static str> {
    match Shelf::of(path) {
        // Programs of others keep keys of their own there, under other names.
        Shelf::Beside if !is_named_like_a_secret(path) => None,
        _ if holds_private_key(bytes) => Some("a private key"),
        _ if is_kubeconfig(path) => secret_of_kubeconfig(bytes),
        _ => None,
    }
}

/// Adds findings, or one for all of them if they are enough.
fn report(found: Found<'_>, what: &str, record: &mut Record, fix: impl Fn(&[&str]) -> Fix) {
    let (findings, files): (Vec<Finding>, Vec<&str>) = found.into_iter().unzip();
    if findings.len() < ENOUGH {
        record.findings.extend(findings);
        return;
    }
    let message = format!("holds {} {what}", findings.len());
    record
        .findings
        .extend(together(findings, message, fix(&files)));
}

fn closed(examined: &Examined<'_>, files: &[&str]) -> Fix {
    let files = files.iter().map(|file| command::path(examined.tree, file));
    Fix::run(format!("chmod 600 {}", files.collect::<Vec<_>>().join(" ")))
}

fn remedy(examined: &Examined<'_>, files: &[&str]) -> Fix {
    let keep =
        "keep it where only its owner gets at it or, once it is certain that nobody needs it";
    match examined.manifests.settings() {
        Some(flag) => Fix::say(format!(
            "{keep}, remove it: what the file of --{flag} names is in use"
        )),
        None => Fix::say(keep).and(command::remove(examined.tree, files)),
    }
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
