//! Files of a set-up that some hosts have and others of their kind do not.

use std::net::IpAddr;

use super::{Finding, Fleet, Rule};
use crate::verify::service_facts::ServiceFacts;
use crate::verify::set_up::{SetUpFile, missing};

pub(super) fn check(fleet: &mut Fleet<'_>) {
    // kubeadm's is another one on every host.
    const COMPARED: [SetUpFile; 4] = [
        SetUpFile::EtcdUnit,
        SetUpFile::Keepalived,
        SetUpFile::Haproxy,
        SetUpFile::KubeVip,
    ];
    let services = fleet.hosts.iter().map(|host| &host.report.services);
    let masters = services.filter(|it| it.is_control_plane);
    let addresses: Vec<_> = masters.filter_map(|it| it.address).collect();
    let mut found: Vec<(Vec<usize>, Vec<usize>, Vec<SetUpFile>)> = Vec::new();
    for file in COMPARED {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for (index, host) in fleet.hosts.iter().enumerate() {
            let files = &host.report.services.files;
            let mut own = host.report.findings.iter();
            let is_told = own.any(|own| own.rule == Rule::SetUpFileMissing);
            if uses(&host.report.services, file, &addresses) {
                with.push(index);
            } else if files.lacks.contains(&file) && !is_told {
                without.push(index);
            }
        }
        fleet.comparison.checked += usize::from(!with.is_empty());
        let is_described = |host: &usize| {
            let host = fleet.hosts.get(*host);
            host.is_some_and(|host| host.report.services.files.is_described)
        };
        // Of one host among many that nobody described, it may be a trial.
        let enough = with.len() >= without.len() || without.iter().all(is_described);
        if with.is_empty() || without.is_empty() || !enough {
            continue;
        }
        match found
            .iter_mut()
            .find(|(known, others, _)| *known == without && *others == with)
        {
            Some((_, _, files)) => files.push(file),
            None => found.push((without, with, vec![file])),
        }
    }
    for (without, with, files) in found {
        let words = format!(
            "is missing on {}, and {} {} it",
            fleet.list(&without),
            fleet.list(&with),
            super::words::have(&with)
        );
        if let Some(finding) = missing(&files, false, &words) {
            fleet.add(&without, finding, |_, _: &Finding| false);
        }
    }
}

/// Whether a host has a file, and not only one that a package brought.
fn uses(services: &ServiceFacts, file: SetUpFile, masters: &[IpAddr]) -> bool {
    match file {
        SetUpFile::Keepalived => !services.routers.is_empty(),
        SetUpFile::Haproxy => {
            let mut servers = services.backends.iter().flat_map(|it| &it.servers);
            servers.any(|server| server.host.parse().is_ok_and(|it| masters.contains(&it)))
        }
        _ => services.files.has.contains(&file),
    }
}
