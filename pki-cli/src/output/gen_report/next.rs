//! What comes after a run of `kpki gen`.

use std::path::Path;

use pki_core::plan::Site;
use pki_core::{Cluster, shell};

use super::SiteReport;
use crate::commands::generate::Done;
use crate::layout::Layout;

/// The next steps, each with its command on a line of its own if it has one.
pub(super) fn steps(
    layout: &Layout,
    hosts: &[SiteReport],
    cluster: &Cluster,
    fleet: bool,
    done: &Done,
) -> Vec<String> {
    if matches!(done, Done::DryRun) {
        let changes = hosts
            .iter()
            .any(|host| host.items.iter().any(|item| item.action != "kept"));
        let again = "run it again without --dry-run to do this";
        return if changes {
            vec![again.to_owned()]
        } else {
            Vec::new()
        };
    }
    if !matches!(done, Done::Written(_)) {
        return Vec::new();
    }
    let is_changed = |host: &&SiteReport| host.items.iter().any(|item| item.action != "kept");
    let changed: Vec<_> = hosts.iter().filter(is_changed).collect();
    let replaced = changed
        .iter()
        .any(|h| h.items.iter().any(|item| item.action == "replaced"));
    let mut steps = match (changed.first(), fleet) {
        (Some(_), true) => {
            let (masters, others): (Vec<_>, Vec<_>) =
                changed.iter().partition(|host| is_copied(host, cluster));
            let mut steps: Vec<_> = by_copy(layout, &masters).into_iter().collect();
            steps.extend(by_hand(&others));
            steps.push(format!(
                "keep {} safe: it holds the keys of the CAs",
                layout.directory(Site::Shared).display()
            ));
            steps
        }
        (Some(host), false) if replaced => {
            vec![format!(
                "check them at any time:\nkpki verify {}",
                shell::path(host.directory.as_bytes())
            )]
        }
        (Some(host), false) => vec![
            "'kubeadm init' takes these files as they are, with the same names and addresses"
                .into(),
            format!(
                "check them at any time:\nkpki verify {}",
                shell::path(host.directory.as_bytes())
            ),
        ],
        (None, _) => Vec::new(),
    };
    if replaced {
        let items = changed.iter().flat_map(|host| &host.items);
        let replaced: Vec<_> = items.filter(|item| item.action == "replaced").collect();
        let is_kubelets = |name: &str| name == "kubelet.conf";
        let components = "kube-apiserver, kube-controller-manager, kube-scheduler and etcd";
        let restarted = match (
            replaced.iter().any(|item| is_kubelets(item.name)),
            replaced.iter().any(|item| !is_kubelets(item.name)),
        ) {
            (true, false) => "the kubelet".to_owned(),
            (true, true) => format!("{components}, and the kubelet"),
            (false, _) => components.to_owned(),
        };
        steps.insert(
            0,
            format!("restart what uses the replaced files: {restarted}"),
        );
    }
    steps
}

/// Whether `kpki copy` finds the tree by itself, and its place on the host: the
/// usual one of a host of the control plane.
fn is_copied(host: &SiteReport, cluster: &Cluster) -> bool {
    let mut hosts = cluster.hosts.iter();
    let is_master = hosts.any(|it| it.roles.control_plane && it.name.as_str() == host.name);
    let mut files = host.items.iter().flat_map(|item| &item.files);
    is_master
        && Path::new(&host.directory).ends_with("etc/kubernetes")
        && files.any(|file| file.path.starts_with("pki/"))
}

/// The first of them, for one command should fit one line.
const MOST: usize = 4;

fn names(hosts: &[&&SiteReport]) -> String {
    let first: Vec<_> = hosts
        .iter()
        .take(MOST)
        .map(|host| host.name.as_str())
        .collect();
    let more = if hosts.len() > MOST { ", ..." } else { "" };
    format!("{}{more}", first.join(", "))
}

/// One command for all of them.
fn by_copy(layout: &Layout, hosts: &[&&SiteReport]) -> Option<String> {
    hosts.first()?;
    let to = hosts.iter().take(MOST).map(|host| {
        let address = host.address.as_deref().unwrap_or(&host.name);
        match address.contains(':') {
            true => format!(" --to {}=root@[{address}]", host.name),
            false => format!(" --to {}=root@{address}", host.name),
        }
    });
    let for_which = match hosts.len() > MOST {
        true => ", for the first of them",
        false => "",
    };
    let home = layout.directory(Site::Shared);
    let home = home.parent().unwrap_or(&home);
    Some(format!(
        "bring each tree to its host ({}){for_which}:\nkpki copy --from {} --with-host-certs{}",
        names(hosts),
        shell::path(home.as_os_str().as_encoded_bytes()),
        to.collect::<String>()
    ))
}

/// What `kpki copy` does not bring: trees of members of etcd, and unusual places.
fn by_hand(hosts: &[&&SiteReport]) -> Option<String> {
    let host = hosts.first()?;
    Some(format!(
        "bring each tree to its host ({}), for {}:\ntar -C {} -cf - . | ssh root@{} 'mkdir -p /etc/kubernetes && tar -C /etc/kubernetes --no-same-owner -xpf -'",
        names(hosts),
        host.name,
        shell::path(host.directory.as_bytes()),
        host.address.as_deref().unwrap_or(&host.name),
    ))
}
