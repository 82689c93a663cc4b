//! The members of an external etcd that the API servers are to use.

use std::net::IpAddr;

use crate::cluster::Etcd;
use crate::kubeadm::{ClusterFile, endpoint_host, endpoint_port};
use crate::name::SubjectAltName;
use crate::severity::Severity;
use crate::static_pod::Component::Etcd as EtcdPod;
use crate::static_pod::Url;
use crate::verify::etcd_flags::{Entry, described_members};
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule};

const CLIENT_PORT: u16 = 2379;

/// A member: its addresses and names, and the port for clients where that is known.
struct Member {
    names: Vec<SubjectAltName>,
    port: Option<u16>,
}

impl Member {
    fn address(address: IpAddr) -> Self {
        Self {
            names: vec![SubjectAltName::Ip(address)],
            port: None,
        }
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
pub(super) fn check(examined: &Examined<'_>, path: &str, file: &ClusterFile, record: &mut Record) {
    let Some(endpoints) = endpoints(file) else {
        return;
    };
    let Some((members, by)) = of_description(examined).or_else(|| of_list(examined, record)) else {
        return;
    };
    record.checked += 1;
    let mut wrong = Vec::new();
    for url in endpoints {
        let found = members.iter().find(|member| member.has(url));
        match found {
            // A name may stand for any of them.
            None if endpoint_host(url).parse::<IpAddr>().is_err() && by == BY_LIST => {}
            None => wrong.push(format!("{url} is no member of etcd")),
            Some(Member {
                port: Some(port), ..
            }) if endpoint_port(url).unwrap_or(CLIENT_PORT) != *port => {
                wrong.push(format!("{url} has another port than {port}"));
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
    let fix = Fix::say("write the client URL of every member of etcd there, and of nothing else");
    let finding = Finding::new(Rule::KubeadmConfigEtcd, path, message, fix);
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
                Some(Member { names, port })
            })
            .collect(),
    };
    (!members.is_empty()).then_some((members, "the description"))
}

/// What the unit of this host has for a list, if all of it are addresses and
/// nothing is wrong with it.
fn of_list(examined: &Examined<'_>, record: &Record) -> Option<(Vec<Member>, &'static str)> {
    let manifests = examined.manifests;
    let unit = manifests.unit()?;
    if record.has(Rule::EtcdMemberUrl, unit.command_file()) {
        return None;
    }
    let list = manifests.flag(EtcdPod, "initial-cluster")?;
    let entries = Entry::all(&list.flag.value);
    let addresses: Option<Vec<IpAddr>> = entries.map(|entry| entry.url.address()).collect();
    let mut members: Vec<_> = addresses?.into_iter().map(Member::address).collect();
    // Its own port counts for nothing where the unit has it wrong.
    let own = manifests.flag(EtcdPod, "advertise-client-urls");
    let own = own.filter(|_| !record.has(Rule::EtcdUnitSetting, unit.command_file()));
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
