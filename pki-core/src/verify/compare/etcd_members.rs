//! Members of an external etcd: one list of members, one token, and no member twice.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::etcd_urls::wrong;
use super::groups::Groups;
use super::mended::Mending;
use super::{Finding, Fleet, Rule};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::Url;
use crate::verify::etcd_flags::Entry;
use crate::verify::etcd_unit;
use crate::verify::fix::Fix;
use crate::verify::kubeadm_configuration;
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
        if let [_, _, ..] = hosts[..] {
            let is_slip = |own: &Finding| own.rule == Rule::EtcdInitialCluster;
            let all = fleet.list(&hosts);
            let hosts = fleet.blamed(&hosts, is_slip).unwrap_or(hosts);
            let Some(first) = hosts.first().copied() else {
                continue;
            };
            let message = format!("is of the member {} on {}", Quoted(name), all);
            let path = path(members, first);
            let fix = Fix::say(
                "give every host its own --name, as --initial-cluster has it (PEER_NAME in etcd.env of the guides)",
            )
            .and(etcd_unit::restart(&path));
            let finding = Finding::new(Rule::EtcdMemberTwice, path, message, fix);
            fleet.add_mended(&hosts, finding, is_slip, Vec::new());
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
        let is_wrong = |own: &Finding| own.rule == Rule::EtcdMemberUrl;
        let odd = misfits(members, &groups)
            .or_else(|| fleet.blamed(&groups.hosts(), is_wrong))
            .unwrap_or_else(|| groups.odd());
        // The one list of those that nothing is said against.
        let of_others =
            |(_, hosts): &&(_, Vec<usize>)| !hosts.iter().any(|host| odd.contains(host));
        let mut others = groups.all().iter().filter(of_others);
        let right = others.next().filter(|_| others.next().is_none());
        let right = right.and_then(|(list, _)| list.as_ref());
        let moved = moved(members, &odd, right);
        let (message, fix) = match right {
            Some(list) if let [(own, listed), ..] = moved[..] => (
                format!(
                    "has another --initial-cluster on {}, whose settings have {own}, than on the other hosts, which have {listed} for it",
                    fleet.list(&odd)
                ),
                format!(
                    "write --initial-cluster={} there as well, and {listed} for {own} in the other settings of etcd; if {own} is the new address of the host, write it into the lists of the others instead",
                    list.join(",")
                ),
            ),
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
        let right = right.cloned();
        let whole = |member: &EtcdMember| {
            let text = member.list.as_ref()?.text.clone();
            let right = right.as_ref()?.join(",");
            Some((text, right))
        };
        let mending = listed(fleet, members, &odd, |member| {
            whole(member).into_iter().collect()
        });
        // Nor are certificates made for an address that the others do not know.
        let follows = |own: &Finding| {
            let is_of = |(address, _): &(IpAddr, IpAddr)| {
                let name = format!("IP:{address} (the address of this member,");
                own.message.contains(&name)
            };
            is_wrong(own) || own.rule == Rule::SanMissing && moved.iter().any(is_of)
        };
        fleet.add_mended(&odd, finding.with_severity(severity), follows, mending);
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
    fleet.absorb(&all, &mut finding, |_, own| {
        own.rule == Rule::EtcdMemberUrl || kubeadm_configuration::is_by_list(own)
    });
    fleet.add(&missing, finding.with_severity(severity), |_, own| {
        own.rule == Rule::EtcdInitialCluster
    });
}

/// The hosts whose lists do not have members where these are, if one list has them all
/// there: that counts more than what most hosts have.
fn misfits(
    members: &[(usize, EtcdMember)],
    groups: &Groups<Option<Vec<String>>>,
) -> Option<Vec<usize>> {
    let fits = |list: &Option<Vec<String>>| {
        let list = list.as_ref()?.join(",");
        let mut entries = Entry::all(&list);
        let is_there = |entry: Entry<'_>| {
            let mut named = members
                .iter()
                .filter(|(_, member)| member.name.as_deref() == Some(entry.name));
            let only = named.next().filter(|_| named.next().is_none());
            only.is_none_or(|(_, member)| wrong(&entry.url, &member.peer).is_none())
        };
        Some(entries.all(is_there))
    };
    let (fitting, others): (Vec<_>, Vec<_>) = groups
        .all()
        .iter()
        .partition(|(list, _)| fits(list) == Some(true));
    let [_] = fitting[..] else { return None };
    Some(others.iter().flat_map(|(_, hosts)| hosts.clone()).collect())
}

/// The addresses that members give out, where the list of all others has another one for
/// them, beside those.
fn moved(
    members: &[(usize, EtcdMember)],
    odd: &[usize],
    list: Option<&Vec<String>>,
) -> Vec<(IpAddr, IpAddr)> {
    let list = list.map(|list| list.join(",")).unwrap_or_default();
    let listed: Vec<Entry<'_>> = Entry::all(&list).collect();
    let of_host = |host: &usize| {
        let (_, member) = members.iter().find(|(other, _)| other == host)?;
        let own = Url::parse(member.peer.url.as_ref()?)?.address()?;
        let mut named = listed
            .iter()
            .filter(|it| Some(it.name) == member.name.as_deref());
        let other = named.next()?.url.address()?;
        (own != other).then_some((own, other))
    };
    odd.iter().filter_map(of_host).collect()
}

/// Other texts for the list of members of each of these hosts.
pub(super) fn listed(
    fleet: &Fleet<'_>,
    members: &[(usize, EtcdMember)],
    hosts: &[usize],
    texts: impl Fn(&EtcdMember) -> Vec<(String, String)>,
) -> Vec<Mending> {
    let of_host = |host: &usize| {
        let (_, member) = members.iter().find(|(other, _)| other == host)?;
        let line = member.list.as_ref()?.line.as_ref()?;
        let location = &fleet.hosts.get(*host)?.location;
        let edits = texts(member).into_iter();
        let edits = edits.map(|(from, to)| line.replace(location, (&from, &to)));
        let mut commands: Vec<String> = edits.collect::<Option<_>>()?;
        let restart = etcd_unit::restart(&member.path);
        let restart: Vec<_> = restart.commands().map(ToOwned::to_owned).collect();
        let is_mended = !commands.is_empty();
        commands.extend(restart);
        is_mended.then_some(Mending {
            host: *host,
            line: Some(line.number).filter(|_| line.is_in(&member.path)),
            commands,
        })
    };
    hosts.iter().filter_map(of_host).collect()
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
    let is_tokens = |own: &Finding| {
        let is_setting = own.rule == Rule::EtcdUnitSetting;
        is_setting && own.message.starts_with("--initial-cluster-token ")
    };
    let blamed = fleet.blamed(&groups.hosts(), is_tokens);
    let odd = blamed.unwrap_or_else(|| groups.odd());
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
    fleet.add_mended(&odd, finding, is_tokens, Vec::new());
}
