//! Who may read and write the files, and where else they are.

mod manifests;
pub(super) mod misplaced_key;
mod wrong;

use super::fix::Fix;
use super::material::Material;
use super::tree::{self, Owner, Tree, TreeDirectory, TreeFile};
use super::{Examined, Finding, Record, Rule, command};
use crate::catalog::{EntryKind, FileRole, PlacedFile};
use crate::severity::Severity;
use wrong::{IF_ETCDS, Mend, Wrong};

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let tree = examined.tree;
    let installed = is_installed(tree);
    let mut wrong = Wrong::default();
    for material in &examined.materials {
        for placed in &material.row.files {
            if let Some(file) = tree.get(&placed.path) {
                let of_etcd = is_etcds(material);
                check_file(examined, of_etcd, placed, file, &mut wrong, record);
                misplaced_key::check(examined, material, placed, file, record);
                if installed {
                    let of_etcd = is_etcds_own(material, placed);
                    check_owner(examined, of_etcd, placed, file, &mut wrong, record);
                }
                if placed.role.is_secret() {
                    check_hard_links(examined, placed, file, &mut wrong, record);
                    check_link(examined, placed, file, &mut wrong, record);
                }
            }
        }
    }
    for (placed, file) in beside(examined) {
        check_file(examined, false, &placed, file, &mut wrong, record);
        if installed {
            check_owner(examined, false, &placed, file, &mut wrong, record);
        }
        if placed.role.is_secret() {
            check_hard_links(examined, &placed, file, &mut wrong, record);
        }
    }
    for (placed, file) in manifests::placed(tree) {
        manifests::check(examined, &placed, file, &mut wrong, record);
        if installed {
            check_owner(examined, false, &placed, file, &mut wrong, record);
        }
    }
    for (path, directory) in &tree.directories {
        check_directory(examined, path, *directory, installed, &mut wrong, record);
    }
    wrong.report(record);
}

/// What the kubelet keeps for itself, and what kubeconfigs name, as far as it is
/// no row of the catalog. A key is known by what is in it, or by its name.
fn beside<'a>(examined: &'a Examined<'_>) -> Vec<(PlacedFile, &'a TreeFile)> {
    let named = examined.named_for_clients();
    let is_beside =
        |path: &String| path.starts_with(tree::KUBELET_DIRECTORY) || named.contains(path);
    let files = examined.tree.files.iter();
    let beside = files.filter(|(path, _)| is_beside(path) && !examined.is_row(path));
    beside
        .map(|(path, file)| {
            let holds_key = holds_private_key(file.bytes().unwrap_or_default());
            let role = match holds_key || path.ends_with(".key") {
                true => FileRole::PrivateKey,
                false => FileRole::Certificate,
            };
            let path = path.clone();
            (PlacedFile { path, role }, file)
        })
        .collect()
}

fn check_directory(
    examined: &Examined<'_>,
    path: &str,
    directory: TreeDirectory,
    installed: bool,
    wrong: &mut Wrong,
    record: &mut Record,
) {
    let TreeDirectory { mode, owner } = directory;
    let mend = |command: &str| Mend {
        command: command.to_owned(),
        file: command::path(examined.tree, path),
    };
    // In a sticky directory nobody can replace another's file; the kubelet starts
    // what is new as well.
    let runs = manifests::is_their_directory(path);
    let writable = mode & 0o022 != 0 && (runs || mode & 0o1000 == 0);
    record.checked += 1;
    if writable {
        let mend = mend("chmod go-w");
        let message = format!("is writable by {} (mode {mode:04o})", who(mode >> 1));
        let finding = Finding::new(Rule::WritableByOthers, path, message, mend.alone());
        let finding = match runs {
            true => manifests::power(finding),
            false => finding,
        };
        wrong.access.push((finding, mend));
    }
    if let Some(Owner { uid, .. }) = owner.filter(|_| installed) {
        record.checked += 1;
        if uid != 0 {
            let mend = mend(TO_ROOT);
            let finding = Finding::new(Rule::Owner, path, not_roots(uid), mend.alone());
            wrong.owners.entry(uid).or_default().push((finding, mend));
        }
    }
}

const TO_ROOT: &str = "chown root:root";

fn not_roots(uid: u32) -> String {
    format!("belongs to the user {uid} and not to root")
}

fn check_file(
    examined: &Examined<'_>,
    of_etcd: bool,
    placed: &PlacedFile,
    file: &TreeFile,
    wrong: &mut Wrong,
    record: &mut Record,
) {
    let (path, mode) = (placed.path.as_str(), file.mode);
    let usual = placed.role.mode();
    let readable = placed.role.is_secret() && mode & 0o044 != 0;
    let writable = mode & 0o022 != 0;
    let mend = Mend {
        command: format!("chmod {usual:o}"),
        file: command::path(examined.tree, path),
    };
    record.checked += 2;
    // A mode that is wrong twice is mended once.
    if readable {
        let holds = match placed.role {
            FileRole::Kubeconfig => " and holds a key",
            _ => "",
        };
        let message = format!(
            "is readable by {} (mode {mode:04o}, expected {usual:04o}){holds}",
            who(mode >> 2)
        );
        let finding = Finding::new(Rule::ReadableByOthers, path, message, mend.alone());
        let group_alone = mode & 0o007 == 0 && mode & 0o020 == 0;
        let is_roots = file.owner.is_some_and(|owner| owner.gid == 0);
        let finding = match group_alone && (is_roots || of_etcd) {
            true => finding.with_severity(Severity::Note),
            false => finding,
        };
        wrong.access.push((finding, mend));
    } else if writable {
        let message = format!(
            "is writable by {} (mode {mode:04o}, expected {usual:04o})",
            who(mode >> 1)
        );
        let finding = Finding::new(Rule::WritableByOthers, path, message, mend.alone());
        wrong.access.push((finding, mend));
    }
}

/// etcd may run as a user of its own, who has to read its keys.
fn is_etcds(material: &Material) -> bool {
    let entry = material.row.entry;
    matches!(entry.kind, EntryKind::Leaf(authority) if authority.is_etcds())
        && entry.base_name != "apiserver-etcd-client"
}

/// What may belong to that user: its CA's certificate as well.
fn is_etcds_own(material: &Material, placed: &PlacedFile) -> bool {
    let is_certificate = placed.role == FileRole::Certificate;
    is_etcds(material) || material.row.entry.is_etcds() && is_certificate
}

/// The group and the others, by the lowest bit of their three.
pub(super) fn who(bits: u32) -> &'static str {
    match (bits & 0o1 != 0, bits & 0o10 != 0) {
        (true, _) => "everyone",
        _ => "its group",
    }
}

/// A tree of which nothing is root's was made by a user and is not in use here.
fn is_installed(tree: &Tree) -> bool {
    let files = tree.files.values().filter_map(|file| file.owner);
    let directories = tree.directories.values().filter_map(|found| found.owner);
    files.chain(directories).any(|owner| owner.uid == 0)
}

fn check_owner(
    examined: &Examined<'_>,
    of_etcd: bool,
    placed: &PlacedFile,
    file: &TreeFile,
    wrong: &mut Wrong,
    record: &mut Record,
) {
    let Some(Owner { uid, .. }) = file.owner else {
        return;
    };
    let path = placed.path.as_str();
    record.checked += 1;
    if uid == 0 {
        return;
    }
    let mend = Mend {
        command: TO_ROOT.to_owned(),
        file: command::path(examined.tree, path),
    };
    let finding = |fix| Finding::new(Rule::Owner, path, not_roots(uid), fix);
    let finding = match of_etcd {
        true => finding(Fix::say(IF_ETCDS).and(mend.alone())).with_severity(Severity::Note),
        false => finding(mend.alone()),
    };
    wrong.owners.entry(uid).or_default().push((finding, mend));
}

/// Under which other names a key is to be had.
fn check_hard_links(
    examined: &Examined<'_>,
    placed: &PlacedFile,
    file: &TreeFile,
    wrong: &mut Wrong,
    record: &mut Record,
) {
    let path = placed.path.as_str();
    let shown = command::path(examined.tree, path);
    record.checked += 1;
    if file.links > 1 && !examined.tree.is_of_unfinished_run(file) {
        let finding = Finding::new(
            Rule::HardLink,
            path,
            format!("has {} names in the file system", file.links),
            Fix::say("find the others")
                .and_run(format!("find / -xdev -samefile {shown}"))
                .and_say("or make it a file of its own")
                .and_run(format!(
                    "cp -p {shown} {shown}.new && mv {shown}.new {shown}"
                )),
        );
        wrong.hard_links.push((finding, Mend::in_a_loop(shown)));
    }
}

/// Where it is in truth.
fn check_link(
    examined: &Examined<'_>,
    placed: &PlacedFile,
    file: &TreeFile,
    wrong: &mut Wrong,
    record: &mut Record,
) {
    let path = placed.path.as_str();
    let shown = command::path(examined.tree, path);
    record.checked += 1;
    let target = file.link.as_deref().filter(|_| file.bytes().is_some());
    if let Some(outside) = target.filter(|target| leads_outside(examined.tree, path, target)) {
        let finding = Finding::new(
            Rule::LinkOutside,
            path,
            format!("is a link to {}", crate::name::Quoted(outside)),
            format!(
                "nothing is wrong if that is meant; else cp -p --remove-destination \"$(readlink -f {shown})\" {shown}"
            ),
        );
        wrong.links.push((finding, Mend::in_a_loop(shown)));
    }
}

/// Whether the target of a link is not below the tree's directory.
pub(super) fn leads_outside(tree: &Tree, path: &str, target: &str) -> bool {
    if target.starts_with('/') {
        let directory = &tree.location.directory;
        let below = format!("{}/", directory.trim_end_matches('/'));
        return !directory.starts_with('/') || !target.starts_with(&below);
    }
    let mut depth = tree.location.shown(path).matches('/').count();
    for part in target.split('/') {
        match (part, depth) {
            ("..", 0) => return true,
            ("..", _) => depth -= 1,
            ("" | ".", _) => {}
            _ => depth += 1,
        }
    }
    false
}

/// Whether a text has a private key block, whole or not.
pub(super) fn holds_private_key(bytes: &[u8]) -> bool {
    const LABEL: &[u8] = b"PRIVATE KEY-----";
    bytes.windows(LABEL.len()).any(|window| window == LABEL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_in_words() {
        let tree = Tree {
            location: crate::TreeLocation {
                directory: "/etc/kubernetes/".to_owned(),
                ..crate::TreeLocation::default()
            },
            ..Tree::default()
        };
        let outside = |target: &str| leads_outside(&tree, "pki/etcd/server.key", target);
        for inside in ["../live/x.key", "/etc/kubernetes/live/x", "./x", "../../x"] {
            assert!(!outside(inside), "{inside}");
        }
        for elsewhere in [
            "../../../x",
            "/etc/kubernetes2/x",
            "/etc/ssl/x",
            "../../a/../../x",
        ] {
            assert!(outside(elsewhere), "{elsewhere}");
        }
    }
}
