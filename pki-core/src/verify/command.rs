//! The commands that mend: whole lines that can be pasted, with the paths of
//! the tree as it was found.

use super::fix::Fix;
use super::material::{Material, Part};
use super::role::TreeRole;
use super::{Examined, Tree, TreeLocation};
use crate::catalog::{Authority, CatalogEntry, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::shell;

/// Where a file of the tree is, in the words of a shell.
pub(super) fn path(tree: &Tree, path: &str) -> String {
    word(&tree.location, path)
}

/// The same where there is no tree any more.
pub(super) fn word(location: &TreeLocation, path: &str) -> String {
    argument(&location.path(path))
}

/// A path that is not taken for a flag.
pub(super) fn argument(path: &str) -> String {
    shell::path(path.as_bytes())
}

/// One word for a shell.
pub(super) fn quoted(word: &str) -> String {
    shell::word(word.as_bytes())
}

/// A command that rewrites a file through a new one: openssl opens its output
/// before it reads its input, and would empty a file that is both.
pub(super) fn in_place(tree: &Tree, command: &str, file: &str, mode: &str) -> String {
    let new = path(tree, &format!("{file}.new"));
    let file = path(tree, file);
    format!("(umask 077; {command} -in {file} -out {new}) && chmod {mode} {new} && mv {new} {file}")
}

/// How a leaf or kubeconfig that is there is made anew.
pub(super) fn reissue(examined: &Examined<'_>, entry: &CatalogEntry) -> Fix {
    made(examined, entry, " --reissue")
}

/// How one that is not there is made.
pub(super) fn make(examined: &Examined<'_>, entry: &CatalogEntry) -> Fix {
    made(examined, entry, "")
}

fn made(examined: &Examined<'_>, entry: &CatalogEntry, how: &str) -> Fix {
    let restart = restart(examined, entry);
    match key_elsewhere(examined, entry) {
        Some(key) => Fix::say(format!(
            "have it issued where {key} is, and put it here with its key"
        )),
        None => gen_only(examined, entry.base_name, how),
    }
    .and(restart)
}

/// How several leaves and kubeconfigs are made anew by one command.
pub(super) fn reissue_all(examined: &Examined<'_>, entries: &[&CatalogEntry]) -> Fix {
    let (elsewhere, here): (Vec<&CatalogEntry>, Vec<&CatalogEntry>) = entries
        .iter()
        .partition(|entry| key_elsewhere(examined, entry).is_some());
    let names = |entries: &[&CatalogEntry]| {
        let names: Vec<_> = entries.iter().map(|entry| entry.base_name).collect();
        names.join(",")
    };
    let mut fix = Fix::default();
    if !here.is_empty() {
        fix = fix.and(gen_only(examined, &names(&here), " --reissue"));
    }
    if !elsewhere.is_empty() {
        fix = fix.and_say(format!(
            "have {} issued where the keys of their CAs are, and put them here with their keys",
            names(&elsewhere)
        ));
    }
    let mut restarts: Vec<Fix> = Vec::new();
    for entry in entries {
        let restart = restart(examined, entry);
        if !restarts.contains(&restart) {
            restarts.push(restart);
        }
    }
    restarts.into_iter().fold(fix, Fix::and)
}

/// The key of the CA that signs the row, if it is not here.
fn key_elsewhere(examined: &Examined<'_>, entry: &CatalogEntry) -> Option<String> {
    let ca = entry.issuer().map(CatalogEntry::of_authority);
    let mut materials = examined.materials.iter();
    let ca = materials.find(|material| Some(material.row.entry) == ca)?;
    let key = path(examined.tree, ca.path(FileRole::PrivateKey));
    matches!(ca.key, Part::Absent).then_some(key)
}

/// `kpki gen` for rows by their names, with what is known of the cluster.
fn gen_only(examined: &Examined<'_>, names: &str, how: &str) -> Fix {
    let tree = examined.tree;
    match &examined.expectation.gen_flags {
        Some(flags) => {
            let mut command = format!("kpki gen --only {names}{how}");
            let directory = tree.location.certificates_directory();
            let directory = directory.filter(|directory| directory != "/etc/kubernetes/pki");
            for word in flags {
                command.push(' ');
                command.push_str(&quoted(word));
            }
            if let Some(directory) = directory {
                command.push_str(&format!(" --cert-dir {}", argument(&directory)));
            }
            Fix::run(command)
        }
        None => Fix::say("with the flags or the file that describe the cluster")
            .and_run(format!("kpki gen --only {names}{how}")),
    }
}

/// A new certificate for a CA with the same key and name, so that what it signed
/// stays valid: with the extensions that it has, or with those that it should.
pub(super) fn renew_authority(
    examined: &Examined<'_>,
    material: &Material,
    with_extensions: bool,
) -> Fix {
    let tree = examined.tree;
    let file = material.path(FileRole::Certificate);
    let key = material.path(FileRole::PrivateKey);
    if !tree.has(key) {
        return Fix::say(
            "have a new certificate signed with the same key and name where the key is, and put it into every kubeconfig",
        );
    }
    let extensions = match with_extensions {
        true => {
            " -clrext -extfile <(printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,digitalSignature,keyEncipherment,keyCertSign\\nsubjectKeyIdentifier=hash\\n')"
        }
        false => "",
    };
    let new = path(tree, &format!("{file}.new"));
    let old = path(tree, file);
    let key = path(tree, key);
    let sign = format!("-signkey {key} -days 3650{extensions}");
    let command = match signer(material) {
        None => format!("openssl x509 -in {old} {sign} -out {new} && mv {new} {old}"),
        // openssl reads the first certificate and writes no other.
        Some(number) => {
            let one = path(tree, &format!("{file}.one"));
            let count = "/BEGIN CERTIFICATE/ { i++ }";
            let put = format!(
                "NR == FNR {{ one = one $0 \"\\n\"; next }} {count} i == {number} && !done++ {{ printf \"%s\", one }} i != {number}"
            );
            format!(
                "awk '{count} i == {number}' {old} | openssl x509 {sign} -out {one} && awk '{put}' {one} {old} > {new} && mv {new} {old} && rm {one}"
            )
        }
    };
    Fix::say(
        "sign a new certificate with the same key and name, so that what it signed stays valid",
    )
    .and_run(command)
    .and_say("copy it to the other hosts and put it into every kubeconfig")
    .and(restart(examined, material.row.entry))
}

/// Which certificate of a bundle, counted from 1, has the key; `None` if there is
/// only one.
fn signer(material: &Material) -> Option<usize> {
    let certificates = material.certificates.read()?;
    let key = material.key.read();
    let signs = |certificate: &Certificate| {
        key.is_some_and(|key| certificate.public_key().ok() == Some(&key.public))
    };
    match certificates.len() {
        0 | 1 => None,
        _ => Some(certificates.iter().position(signs).unwrap_or(0) + 1),
    }
}

/// Copies files from where they are the same.
pub(super) fn fetch(tree: &Tree, files: &[&str]) -> Fix {
    let fix = Fix::say("copy it from another host of the control plane, or from a backup");
    let mut directories: Vec<(&str, Vec<String>)> = Vec::new();
    for file in files {
        let theirs = tree.location.on_host(file);
        // scp before OpenSSH 9.0 gives the path to a shell of the other host as
        // well: no quoting is right for both.
        if quoted(&theirs) != theirs {
            return fix;
        }
        let directory = match file.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((directory, _)) => directory,
            None => ".",
        };
        let theirs = format!("OTHER-HOST:{theirs}");
        match directories
            .iter_mut()
            .find(|(known, _)| *known == directory)
        {
            Some((_, files)) => files.push(theirs),
            None => directories.push((directory, vec![theirs])),
        }
    }
    let commands = directories.iter().map(|(directory, files)| {
        let into = path(tree, directory);
        let end = if into.ends_with('/') { "" } else { "/" };
        format!("scp -p {} {into}{end}", files.join(" "))
    });
    commands.fold(fix, Fix::and_run)
}

/// Moves one certificate of a file to its beginning.
pub(super) fn put_first(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    file: &str,
    number: usize,
) -> Fix {
    let rest = "{ rest = rest $0 \"\\n\" } END { printf \"%s%s\", first, rest }";
    let program = format!("i == {number} {{ first = first $0 \"\\n\"; next }} {rest}");
    with_awk(examined, entry, file, &program)
}

/// Takes one certificate out of a file.
pub(super) fn take_out(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    file: &str,
    number: usize,
) -> Fix {
    with_awk(examined, entry, file, &format!("i != {number}"))
}

fn with_awk(examined: &Examined<'_>, entry: &CatalogEntry, file: &str, program: &str) -> Fix {
    let new = path(examined.tree, &format!("{file}.new"));
    let old = path(examined.tree, file);
    Fix::run(format!(
        "awk '/BEGIN CERTIFICATE/ {{ i++ }} {program}' {old} > {new} && mv {new} {old}"
    ))
    .and(restart(examined, entry))
}

/// What has to read a file again once it was replaced; empty if nothing has.
pub(super) fn restart(examined: &Examined<'_>, entry: &CatalogEntry) -> Fix {
    if examined.role == TreeRole::Authorities {
        return Fix::default();
    }
    let pods = |names: &str, containers: &str| {
        Fix::say(format!("then restart {names}")).and_run(format!(
            "crictl stop $(crictl ps -q --name {})",
            quoted(containers)
        ))
    };
    let etcd_pod = examined.role == TreeRole::ControlPlaneWithEtcd && !examined.has_external_etcd();
    match (entry.kind, entry.base_name) {
        (EntryKind::Authority(Authority::Etcd), _) if etcd_pod => {
            pods("etcd and kube-apiserver", "etcd|kube-apiserver")
        }
        (EntryKind::Authority(Authority::Etcd), _) => {
            Fix::say("then restart etcd, one member after the other")
        }
        (EntryKind::Authority(Authority::Cluster) | EntryKind::ServiceAccount, _) => pods(
            "kube-apiserver and kube-controller-manager",
            "kube-apiserver|kube-controller-manager",
        ),
        (_, "etcd/server" | "etcd/peer") => {
            Fix::say("etcd takes it at the next connection, without a restart")
        }
        (_, "etcd/healthcheck-client") => Fix::default(),
        (_, "admin.conf" | "super-admin.conf") => {
            Fix::say("then replace copies of it such as ~/.kube/config")
        }
        (_, "controller-manager.conf") => {
            pods("kube-controller-manager", "kube-controller-manager")
        }
        (_, "scheduler.conf") => pods("kube-scheduler", "kube-scheduler"),
        (_, "kubelet.conf") => {
            Fix::say("then restart the kubelet").and_run("systemctl restart kubelet")
        }
        _ => pods("kube-apiserver", "kube-apiserver"),
    }
}

#[cfg(test)]
mod tests;
