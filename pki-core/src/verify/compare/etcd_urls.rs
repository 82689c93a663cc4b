//! The list of members of an external etcd against where its members are.

use super::etcd_members::listed;
use super::{Finding, Fleet, Rule};
use crate::severity::Severity;
use crate::static_pod::Url;
use crate::verify::etcd_flags::{self, Entry};
use crate::verify::etcd_unit;
use crate::verify::fix::Fix;
use crate::verify::kubeadm_configuration;
use crate::verify::server::covers;
use crate::verify::service_facts::{EtcdMember, PeerDoor};

/// Looks at the list that all hosts have; different ones have a finding of their own.
pub(super) fn check(fleet: &mut Fleet<'_>) {
    let hosts = fleet.hosts.iter().enumerate();
    let members: Vec<(usize, EtcdMember)> = hosts
        .filter_map(|(host, report)| Some((host, report.report.services.member.clone()?)))
        .collect();
    let known = members
        .iter()
        .filter_map(|(_, member)| member.cluster.as_ref());
    let mut known = known.collect::<Vec<_>>();
    known.dedup();
    let [list] = known[..] else { return };
    let text = list.join(",");
    let (mut words, mut right) = (Vec::new(), text.clone());
    let mut texts: Vec<Option<(String, String)>> = Vec::new();
    for entry in Entry::all(&text) {
        let mut named = members
            .iter()
            .filter(|(_, member)| member.name.as_deref() == Some(entry.name));
        let Some((host, member)) = named.next().filter(|_| named.next().is_none()) else {
            continue;
        };
        fleet.comparison.checked += 1;
        // Its own settings are wrong, and not the list.
        let has_odd_port = fleet.hosts.get(*host).is_some_and(|host| {
            let mut own = host.report.findings.iter();
            own.any(etcd_flags::has_odd_port)
        });
        if let Some(wrong) = wrong(&entry.url, &member.peer).filter(|_| !has_odd_port) {
            let shown = format!("{}={}", entry.name, entry.url);
            let url = member.peer.url.as_ref();
            let own = url.map(|url| format!("{}={url}", entry.name));
            let own = own.filter(|own| *own != shown);
            if let Some(own) = &own {
                right = right.replacen(&shown, own, 1);
            }
            texts.push(own.map(|own| (shown.clone(), own)));
            words.push(format!("has {shown}, {wrong}"));
        }
    }
    let Some((_, member)) = members.first().filter(|_| !words.is_empty()) else {
        return;
    };
    let all: Vec<usize> = members.iter().map(|(host, _)| *host).collect();
    let message = format!("--initial-cluster {}", words.join("; it "));
    let say = match (&member.list_in, right == text) {
        (Some((variable, file)), false) => {
            format!("write {variable}={right} into {file} of every host")
        }
        (Some((variable, file)), true) => {
            format!("write the members' own URLs into {variable} in {file} of every host")
        }
        (None, false) => format!("write --initial-cluster={right} on every host"),
        (None, true) => {
            "write the members' own URLs into --initial-cluster on every host".to_owned()
        }
    };
    let fix = Fix::say(say).and(etcd_unit::restart(&member.path));
    let finding = Finding::new(Rule::EtcdMemberUrl, &member.path, message, fix);
    let is_new = members.iter().all(|(_, member)| member.is_new);
    let finding = match is_new {
        true => finding,
        false => finding.with_severity(Severity::Note),
    };
    let is_same =
        |own: &Finding| own.rule == Rule::EtcdMemberUrl || kubeadm_configuration::is_by_list(own);
    let texts: Vec<_> = texts.into_iter().collect::<Option<_>>().unwrap_or_default();
    let mending = listed(fleet, &members, &all, |_| texts.clone());
    fleet.add_mended(&all, finding, is_same, mending);
}

/// What is wrong with the URL that a member has in the list.
pub(super) fn wrong(url: &Url<'_>, door: &PeerDoor) -> Option<String> {
    let name = url.subject_alt_name();
    let is_known = door.names.iter().any(|known| covers(known, &name));
    let port = url.port.unwrap_or_default();
    match () {
        () if !url.has_tls && door.has_tls => {
            Some("which is without TLS, and the member listens with it".to_owned())
        }
        () if !door.names.is_empty() && !is_known => Some(match &door.url {
            Some(own) => format!("and the member is at {own}"),
            None => "which the member's URLs and its certificate do not have".to_owned(),
        }),
        () if !door.ports.is_empty() && !door.ports.iter().any(|known| known == port) => {
            Some(format!(
                "and the member listens on port {}",
                door.ports.join(" and ")
            ))
        }
        () => None,
    }
}
