//! Files that are the same on every host of a control plane, brought to one.

use super::{Fix, argument, path, quoted};
use crate::catalog::{Authority, CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole};
use crate::verify::role::placed;
use crate::verify::{Examined, Tree, TreeLocation, TreeRole};

/// Where kubeadm has the certificates, which kpki copy takes for granted.
const USUAL: &str = "/etc/kubernetes/pki";

/// Before a command that reaches a host by ssh, among those for a shell on that host.
pub(in crate::verify) const FROM_HERE: &str = "from here, ";

/// Brings files from where they are the same: `kpki copy` where it can, for that
/// proves what it did and sends all that the hosts share.
pub(in crate::verify) fn fetch(examined: &Examined<'_>, files: &[&str]) -> Fix {
    let tree = examined.tree;
    match is_for_copy(examined, files) {
        true => copied(examined, replaces(tree, files)),
        false => fetched(tree, files),
    }
}

/// Whether `kpki copy` brings these files. It writes to hosts of the control plane
/// only, so that no key of a CA gets to a worker or to a member of etcd, and knows
/// no other files than those that all of them share, at kubeadm's places.
fn is_for_copy(examined: &Examined<'_>, files: &[&str]) -> bool {
    let is_for_hosts = matches!(
        examined.role,
        TreeRole::ControlPlaneWithEtcd | TreeRole::ControlPlane
    );
    let is_shared = |file: &&str| {
        // The CA of etcd's peers comes with the members' own certificates alone.
        let is_sent = |entry: &&CatalogEntry| {
            entry.is_shared() && entry.kind != EntryKind::Authority(Authority::EtcdPeers)
        };
        let mut shared = CATALOG.iter().filter(is_sent);
        shared.any(|entry| {
            let is_etcds = entry.kind == EntryKind::Authority(Authority::Etcd);
            let mut usual = placed(entry, &EtcdNaming::Kubeadm).into_iter();
            usual.any(|usual| {
                let is_needless = is_etcds
                    && usual.role == FileRole::PrivateKey
                    && examined.role == TreeRole::ControlPlane;
                usual.path == **file && !is_needless
            })
        })
    };
    is_for_hosts && files.iter().all(is_shared)
}

/// Whether something is in the place of a file that kpki copy does not replace
/// without being asked to.
fn replaces(tree: &Tree, files: &[&str]) -> bool {
    let is_blank = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_whitespace);
    let found = files.iter().filter_map(|file| tree.get(file));
    let mut contents = found.filter_map(|file| file.bytes());
    contents.any(|bytes| !is_blank(bytes))
}

fn copied(examined: &Examined<'_>, replaces: bool) -> Fix {
    let location = &examined.tree.location;
    let replace = if replaces { " --replace-ca" } else { "" };
    let directory = location.path("pki");
    if location.machine.is_empty() && location.host_root.is_empty() && directory == USUAL {
        let here = examined.expectation.described();
        let named = here.filter(|_| !examined.expectation.assumed.host_name);
        let host = named.map_or("THIS-HOST", |(_, host)| host.name.as_str());
        return Fix::say("bring it from another host of the control plane: over there")
            .and_run(format!("kpki copy --from {USUAL} --to {host}{replace}"));
    }
    let here = match location.machine.is_empty() {
        true => "",
        false => FROM_HERE,
    };
    let fix = Fix::say(format!(
        "{here}bring it from a directory with the files that the hosts share, FROM: of another host of the control plane, or of a backup"
    ));
    let to = target(location, &directory);
    let reach = reach(location);
    fix.and_run(format!("kpki copy --from FROM --to {to}{replace}{reach}"))
}

/// A certificates directory as `kpki copy --to` takes it.
pub(in crate::verify) fn target(location: &TreeLocation, directory: &str) -> String {
    match location.machine.as_str() {
        // A name without a slash is a host.
        "" if directory.starts_with(['/', '.']) => argument(directory),
        "" => argument(&format!("./{directory}")),
        machine if directory == USUAL => argument(machine),
        machine => argument(&format!("{machine}:{directory}")),
    }
}

/// The flags by which kpki reaches the host of a tree, with a space before them.
pub(in crate::verify) fn reach(location: &TreeLocation) -> String {
    match location.machine.is_empty() || location.reach.is_empty() {
        true => String::new(),
        false => format!(" {}", location.reach),
    }
}

/// The same one by one, for files and hosts that are none of `kpki copy`'s.
pub(super) fn fetched(tree: &Tree, files: &[&str]) -> Fix {
    let fix = Fix::say("copy it from another host that has it, or from a backup");
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
