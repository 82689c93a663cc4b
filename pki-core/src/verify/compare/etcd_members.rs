//! Members of an external etcd: one list of members, one token, and no member twice.

use std::collections::BTreeMap;

use super::groups::Groups;
use super::{Finding, Fleet, Rule};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::etcd_unit;
use crate::verify::fix::Fix;
use crate::verify::service_facts::EtcdMember;

pub(super) fn check(fleet: &mut Fleet<'_>) {
    let members: Vec<(usize, EtcdMember)> = fleet
        .hosts
        .iter()
        .enumerate()
        .filter_map(|(host, report)| Some((host, report.report.services.member.clone()?)))
        .collect();
    if members.len() < 2 {
        return;
    }
    check_twice(fleet, &members);
    check_lists(fleet, &members);
    check_tokens(fleet, &members);
}

/// The file of a host that a finding is about: all hosts have it under one name.
fn path(members: &[(usize, EtcdMember)], host: usize) -> String {
    let of_host = members.iter().find(|(other, _)| *other == host);
    of_host.map_or_else(String::new, |(_, member)| member.path.clone())
}

fn check_twice(fleet: &mut Fleet<'_>, members: &[(usize, EtcdMember)]) {
    let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (host, member) in members {
        if let Some(name) = &member.told_name {
            names.entry(name).or_default().push(*host);
        }
    }
    for (name, hosts) in names {
        fleet.comparison.checked += 1;
        if let [first, _, ..] = hosts[..] {
            let message = format!(
                "is of the member {} on {}",
                Quoted(name),
                fleet.list(&hosts)
            );
            let path = path(members, first);
            let fix = Fix::say(
                "give every host its own --name, as --initial-cluster has it (PEER_NAME in etcd.env of the guides)",
            )
            .and(etcd_unit::restart(&path));
            let finding = Finding::new(Rule::EtcdMemberTwice, path, message, fix);
            fleet.add(&hosts, finding, |_, own| {
                own.rule == Rule::EtcdInitialCluster
            });
        }
    }
}

fn check_lists(fleet: &mut Fleet<'_>, members: &[(usize, EtcdMember)]) {
    let known = members
        .iter()
        .filter(|(_, member)| member.cluster.is_some());
    let known: Vec<_> = known.collect();
    if known.len() < 2 {
        return;
    }
    // A cluster that grew has old lists.
    let severity = match known.iter().all(|(_, member)| member.is_new) {
        true => Severity::Error,
        false => Severity::Note,
    };
    fleet.comparison.checked += 1;
    let lists = known
        .iter()
        .map(|(host, member)| (*host, member.cluster.clone()));
    let groups = Groups::of(lists);
    if !groups.are_equal() {
        let odd = groups.odd();
        let right = groups.majority().and_then(|((list, _), _)| list.as_ref());
        let (message, fix) = match right {
            Some(list) => (
                format!(
                    "has another --initial-cluster on {} than on the other hosts",
                    fleet.list(&odd)
                ),
                format!("write --initial-cluster={} there as well", list.join(",")),
            ),
            None => (
                format!(
                    "has another --initial-cluster on each of {}",
                    fleet.list(&odd)
                ),
                "write the same list on all of them, with every member".to_owned(),
            ),
        };
        let path = path(members, odd.first().copied().unwrap_or_default());
        let fix = Fix::say(fix).and(etcd_unit::restart(&path));
        let finding = Finding::new(Rule::EtcdMembersDiffer, path, message, fix);
        fleet.add(&odd, finding.with_severity(severity), |_, own| {
            own.rule == Rule::EtcdMemberUrl
        });
        return;
    }
    // The list is one, and a host that runs etcd is not in it.
    let list = known.first().and_then(|(_, member)| member.cluster.clone());
    let list = list.unwrap_or_default();
    let is_listed = |name: &str| {
        let mut names = list.iter().filter_map(|member| member.split_once('='));
        names.any(|(listed, _)| listed == name)
    };
    let missing = members.iter().filter(|(_, member)| {
        let name = member.name.as_deref();
        name.is_some_and(|name| !is_listed(name))
    });
    let missing: Vec<usize> = missing.map(|(host, _)| *host).collect();
    let Some(first) = missing.first() else { return };
    let message = format!(
        "names no member of {} in --initial-cluster, on any host",
        fleet.list(&missing)
    );
    let path = path(members, *first);
    let fix = Fix::say("add it to the list on every host").and(etcd_unit::restart(&path));
    let mut finding = Finding::new(Rule::EtcdMembersDiffer, path, message, fix);
    // All say the same by the description, and each of them of itself.
    let all: Vec<usize> = known.iter().map(|(host, _)| *host).collect();
    fleet.absorb(&all, &mut finding, |_, own| own.rule == Rule::EtcdMemberUrl);
    fleet.add(&missing, finding.with_severity(severity), |_, own| {
        own.rule == Rule::EtcdInitialCluster
    });
}

fn check_tokens(fleet: &mut Fleet<'_>, members: &[(usize, EtcdMember)]) {
    // Without the flag it is etcd's default.
    let tokens = members.iter().map(|(host, member)| {
        let token = member.token.clone();
        (*host, token.unwrap_or_else(|| "etcd-cluster".to_owned()))
    });
    let groups = Groups::of(tokens);
    fleet.comparison.checked += 1;
    if groups.are_equal() {
        return;
    }
    let said: Vec<_> = groups
        .all()
        .iter()
        .map(|(token, hosts)| format!("{} on {}", Quoted(token), fleet.list(hosts)))
        .collect();
    let odd = groups.odd();
    let message = format!("has --initial-cluster-token {}", said.join(", "));
    let path = path(members, odd.first().copied().unwrap_or_default());
    let fix = Fix::say(
        "write one token on all hosts; etcd looks at it only with an empty data directory",
    )
    .and(etcd_unit::restart(&path));
    let is_new = members.iter().all(|(_, member)| member.is_new);
    let finding = Finding::new(Rule::EtcdTokenDiffers, path, message, fix);
    let finding = match is_new {
        true => finding,
        false => finding.with_severity(Severity::Note),
    };
    fleet.add(&odd, finding, |_, _| false);
}
