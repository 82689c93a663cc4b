//! What comes after a run of `kpki gen`.

use pki_core::plan::Site;
use pki_core::shell;

use super::SiteReport;
use crate::commands::generate::Done;
use crate::layout::Layout;

/// The next steps, each with its command on a line of its own if it has one.
pub(super) fn steps(
    layout: &Layout,
    hosts: &[SiteReport],
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
        (Some(host), true) => {
            let all: Vec<_> = changed
                .iter()
                .take(4)
                .map(|host| host.name.as_str())
                .collect();
            let more = if changed.len() > all.len() {
                ", ..."
            } else {
                ""
            };
            vec![
                format!(
                    "bring each tree to its host ({}{more}), for {}:\ntar -C {} -cf - . | ssh root@{} 'mkdir -p /etc/kubernetes && tar -C /etc/kubernetes --no-same-owner -xpf -'",
                    all.join(", "),
                    host.name,
                    shell::path(host.directory.as_bytes()),
                    host.address.as_deref().unwrap_or(&host.name),
                ),
                format!(
                    "keep {} safe: it holds the keys of the CAs",
                    layout.directory(Site::Shared).display()
                ),
            ]
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
        let restart = "restart what uses the replaced files: kube-apiserver, kube-controller-manager, kube-scheduler and etcd";
        steps.insert(0, restart.into());
    }
    steps
}
