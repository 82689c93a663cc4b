//! The commands that mend: whole lines that can be pasted, with the paths of
//! the tree as it was found.

mod bundle;
mod cluster;
mod edit;
mod generation;
mod kubelet;
mod made;
mod removal;
mod renewal;
mod replacement;
mod restoration;

use super::fix::Fix;
use super::role::TreeRole;
use super::{Examined, Tree, TreeLocation};
use crate::catalog::{Authority, CatalogEntry, EntryKind};
use crate::shell;

pub(super) use bundle::{put_first, take_out};
pub(super) use cluster::{KubeconfigCluster, embed_authority, set_cluster};
pub(super) use edit::{delete_lines, edit, in_place, replace};
pub use generation::Generation;
pub(super) use kubelet::link_kubelet;
pub(super) use made::{make, make_all, reissue, reissue_all};
pub(super) use removal::remove;
pub(super) use renewal::renew_authority;
pub(super) use replacement::{replaced_authority, separate_authority};
pub(super) use restoration::{RESTORE, fill_in};

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

/// What has to read files again once they were replaced, each said once.
fn restart_all(examined: &Examined<'_>, entries: &[&CatalogEntry]) -> Fix {
    let mut known: Vec<Fix> = Vec::new();
    for entry in entries {
        let fix = restart(examined, entry);
        if !known.contains(&fix) {
            known.push(fix);
        }
    }
    known.into_iter().fold(Fix::default(), Fix::and)
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
