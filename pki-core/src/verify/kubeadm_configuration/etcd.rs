//! The members of an external etcd that the API servers are to use.

use std::net::IpAddr;

use super::document;
use crate::cluster::Etcd;
use crate::kubeadm::{ClusterFile, endpoint_host, endpoint_port};
use crate::name::SubjectAltName;
use crate::severity::Severity;
use crate::static_pod::Component::Etcd as EtcdPod;
use crate::static_pod::Url;
use crate::verify::etcd_flags::{Entry, described_members};
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule, etcd_unit, place};
use crate::yaml::Node;

const CLIENT_PORT: u16 = 2379;

/// A member: its addresses and names, and the port for clients where that is known.
struct Member {
    names: Vec<SubjectAltName>,
    port: Option<u16>,
    /// That for members among each other.
    peers: Option<u16>,
}

impl Member {
    fn of_entry(entry: &Entry<'_>) -> Option<Self> {
        Some(Self {
            names: vec![SubjectAltName::Ip(entry.url.address()?)],
            port: None,
            peers: entry.url.port.and_then(|port| port.parse().ok()),
        })
    }

    fn has(&self, url: &str) -> bool {
        let host = SubjectAltName::parse_host(endpoint_host(url));
        host.is_ok_and(|host| self.names.contains(&host.value))
    }

    /// `10.0.0.11`
    fn shown(&self) -> String {
        let name = self.names.first().map(ToString::to_string);
        let name = name.unwrap_or_default();
        let plain = name.split_once(':').map(|(_, name)| name.to_owned());
        plain.unwrap_or(name)
    }
}

/// The endpoints of a file, if it has an external etcd.
pub(super) fn endpoints(file: &ClusterFile) -> Option<&[String]> {
    match &file.cluster.etcd {
        Etcd::External(etcd) => Some(&etcd.endpoints),
        Etcd::Stacked { .. } => None,
    }
}

/// Every endpoint against the members that are known, and these against them.
pub(super) fn check(
    examined: &Examined<'_>,
    path: &str,
    (file, documents): (&ClusterFile, &[Node]),
    record: &mut Record,
) {
    let Some(endpoints) = endpoints(file) else {
        return;
    };
    let Some((members, by)) = of_description(examined).or_else(|| of_list(examined, record)) else {
        return;
    };
    record.checked += 1;
    let mut wrong = Vec::new();
    // What should stand in the place of what is wrong.
    let mut places: Vec<(&String, Option<u16>)> = Vec::new();
    for url in endpoints {
        let found = members.iter().find(|member| member.has(url));
        let port = endpoint_port(url).unwrap_or(CLIENT_PORT);
        match found {
            // A name may stand for any of them.
            None if endpoint_host(url).parse::<IpAddr>().is_err() && by == BY_LIST => {}
            None => {
                wrong.push(format!("{url} is no member of etcd"));
                places.push((url, None));
            }
            Some(Member {
                port: Some(right), ..
            }) if port != *right => {
                wrong.push(format!("{url} has another port than {right}"));
                places.push((url, Some(*right)));
            }
            Some(Member {
                peers: Some(peers), ..
            }) if port == *peers && port != CLIENT_PORT => {
                wrong.push(format!(
                    "{url} has the port of members among each other, and not that for clients"
                ));
                places.push((url, Some(CLIENT_PORT)));
            }
            Some(_) => {}
        }
    }
    let is_named = |url: &String| endpoint_host(url).parse::<IpAddr>().is_err();
    let balanced = endpoints.iter().any(is_named);
    let is_missing = |member: &&Member| !balanced && !endpoints.iter().any(|url| member.has(url));
    let missing: Vec<_> = members
        .iter()
        .filter(is_missing)
        .map(Member::shown)
        .collect();
    let is_error = !wrong.is_empty();
    if !missing.is_empty() {
        wrong.push(format!("{} is not among them", missing.join(", ")));
    }
    if wrong.is_empty() {
        return;
    }
    let message = format!(
        "etcd.external.endpoints do not fit {by}: {}",
        wrong.join("; ")
    );
    let say = match by {
        BY_LIST => {
            "write the client URL of every member of etcd there, or into --initial-cluster of every host the member that it lacks"
        }
        _ => "write the client URL of every member of etcd there, and of nothing else",
    };
    let fix = Fix::say(say);
    let first = places.first().copied();
    let line = first.and_then(|(url, _)| document::line_of_text(documents, url));
    let right = first.and_then(|(url, port)| match (port, &missing[..]) {
        (Some(port), _) => {
            let told = endpoint_port(url)?.to_string();
            Some(format!("{}{port}", url.strip_suffix(&told)?))
        }
        (None, [only]) => Some(url.replacen(endpoint_host(url), only, 1)),
        _ => None,
    });
    let edit = first
        .zip(right)
        .zip(line)
        .and_then(|(((url, _), right), line)| etcd_unit::edit(examined, path, line, (url, &right)));
    let fix = match edit.filter(|_| places.len() == 1) {
        Some(edit) => Fix::say("name every member there").and_run(edit),
        None => fix,
    };
    let finding =
        Finding::new(Rule::KubeadmConfigEtcd, path, message, fix).at(place::of_line(line));
    record.add(match is_error {
        true => finding,
        // API servers do with the others as long as these are there.
        false => finding.with_severity(Severity::Warning),
    });
}

/// Whether a finding rests on the list of members, which may itself be wrong.
pub(in super::super) fn is_by_list(finding: &Finding) -> bool {
    finding.rule == Rule::KubeadmConfigEtcd && finding.message.contains(BY_LIST)
}

const BY_LIST: &str = "--initial-cluster of this host's etcd";

/// The endpoints of the description, else its members.
fn of_description(examined: &Examined<'_>) -> Option<(Vec<Member>, &'static str)> {
    let (cluster, _) = examined.expectation.described()?;
    if examined.expectation.assumed.role {
        return None;
    }
    let Etcd::External(external) = &cluster.etcd else {
        return None;
    };
    let hosts = cluster.hosts.iter().filter(|host| host.roles.etcd);
    let names = hosts.map(|host| {
        let own = [
            SubjectAltName::Ip(host.advertise_address),
            SubjectAltName::Dns((&host.name).into()),
        ];
        own.into_iter()
            .chain(host.cert_sans.iter().cloned())
            .collect::<Vec<_>>()
    });
    let hosts: Vec<Vec<SubjectAltName>> = names.collect();
    let members: Vec<Member> = match external.endpoints.is_empty() {
        true => described_members(examined)
            .is_some()
            .then_some(hosts)
            .into_iter()
            .flatten()
            .map(|names| Member {
                names,
                port: Some(CLIENT_PORT),
                peers: None,
            })
            .collect(),
        false => external
            .endpoints
            .iter()
            .filter_map(|url| {
                let own = SubjectAltName::parse_host(endpoint_host(url)).ok()?.value;
                // The same member may be called by another of its names.
                let host = hosts.iter().find(|names| names.contains(&own)).cloned();
                let mut names = host.unwrap_or_default();
                names.retain(|name| *name != own);
                names.insert(0, own);
                let port = Some(endpoint_port(url).unwrap_or(CLIENT_PORT));
                Some(Member {
                    names,
                    port,
                    peers: None,
                })
            })
            .collect(),
    };
    (!members.is_empty()).then_some((members, "the description"))
}

/// What the unit of this host has for a list, if all of it are addresses and
/// nothing is wrong with it.
fn of_list(examined: &Examined<'_>, record: &Record) -> Option<(Vec<Member>, &'static str)> {
    let manifests = examined.manifests;
    manifests.unit()?;
    let list = manifests.flag(EtcdPod, "initial-cluster")?;
    if record.has(Rule::EtcdMemberUrl, list.path) {
        return None;
    }
    let entries = Entry::all(&list.flag.value);
    let members: Option<Vec<_>> = entries.map(|entry| Member::of_entry(&entry)).collect();
    let mut members = members?;
    // Its own port counts for nothing where the unit has it wrong.
    let own = manifests.flag(EtcdPod, "advertise-client-urls");
    let mut found = record.findings.iter();
    let is_wrong = found.any(|found| found.rule == Rule::EtcdUnitSetting);
    let own = own.filter(|_| !is_wrong);
    let own = own.and_then(|told| {
        let url = Url::parse(told.flag.value.split(',').next()?)?;
        Some((url.address()?, url.port?.parse().ok()?))
    });
    if let Some((address, port)) = own {
        let name = SubjectAltName::Ip(address);
        let mut own = members
            .iter_mut()
            .filter(|member| member.names.contains(&name));
        if let Some(own) = own.next() {
            own.port = Some(port);
        }
    }
    (!members.is_empty()).then_some((members, BY_LIST))
}
