//! The hosts of a cluster: from our own document, else the one host that
//! kubeadm's configuration is written for.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::etcd::endpoint_host;
use super::local_host::{LocalHost, reachable_address};
use super::note::{ClusterNote, ClusterRemark};
use super::schema::ROLES;
use super::value::{Value, meant};
use crate::cluster::{Etcd, Host, Roles};
use crate::document::DocumentError;
use crate::name::{DnsName, HostName, Quoted, SubjectAltName};

/// Reads the list of hosts, with kubeadm's defaults from the rest of the file.
pub(super) fn read(
    document: Option<&Value<'_>>,
    local: &LocalHost,
    etcd: &Etcd,
    notes: &mut Vec<ClusterNote>,
) -> Result<Vec<Host>, DocumentError> {
    let members = members(etcd);
    let Some(document) = document else {
        return Ok(only_local(local, &members));
    };
    let items = document.items("hosts");
    if items.is_empty() {
        return Err(document.error("the list of hosts is empty".to_owned(), None));
    }
    // Whoever names roles names all of them.
    let names_roles = items.iter().any(|item| item.at("roles").is_some());
    let none = BTreeSet::new();
    let default_members = if names_roles { &none } else { &members };
    let mut hosts = Vec::new();
    let mut names = BTreeMap::new();
    let mut addresses = BTreeMap::new();
    for item in &items {
        let host = host(item, local, etcd, default_members, notes)?;
        if let Some(first) = names.insert(host.name.clone(), item.path()) {
            return Err(item.error(format!("{} has the name {} too", first, host.name), None));
        }
        let mut own = vec![host.advertise_address];
        own.extend(host.cert_sans.iter().filter_map(ip_address));
        for address in own {
            if let Some(first) = addresses.insert(address, item.path())
                && first != item.path()
            {
                return Err(item.error(format!("{first} has the address {address} too"), None));
            }
        }
        hosts.push(host);
    }
    compare(local, &hosts, document, notes);
    Ok(hosts)
}

/// The file's own host, if it has both a name and an address.
fn only_local(local: &LocalHost, members: &BTreeSet<SubjectAltName>) -> Vec<Host> {
    let (Some(name), Some(address)) = (&local.name, local.address) else {
        return Vec::new();
    };
    let mut host = Host::control_plane(name.clone(), address);
    host.bind_port = local.bind_port.unwrap_or(host.bind_port);
    host.roles = Roles {
        control_plane: !local.is_worker,
        etcd: !local.is_worker && is_member(&host, members),
    };
    vec![host]
}

fn host(
    item: &Value<'_>,
    local: &LocalHost,
    etcd: &Etcd,
    default_members: &BTreeSet<SubjectAltName>,
    notes: &mut Vec<ClusterNote>,
) -> Result<Host, DocumentError> {
    let name = item
        .at("name")
        .ok_or_else(|| item.error("the host has no name".to_owned(), None))?;
    let name = name.noted(HostName::parse_node(name.text()), notes)?;
    let mut addresses = Vec::new();
    let listed = item.items("addresses");
    for value in item.at("address").iter().chain(&listed) {
        addresses.push(reachable_address(value, notes)?);
    }
    let Some((advertise_address, others)) = addresses.split_first() else {
        return Err(item.error(
            format!("the host {} has no address", Quoted(name.as_str())),
            Some("address: ADDRESS".to_owned()),
        ));
    };
    let mut host = Host::control_plane(name, *advertise_address);
    for value in item.items("names") {
        match value.subject_alt_name(notes)? {
            SubjectAltName::Ip(address) => {
                return Err(value.error(
                    format!("{address} is an address, and names stand here"),
                    Some(format!("addresses: [{address}]")),
                ));
            }
            name => host.cert_sans.push(name),
        }
    }
    let others = others.iter().filter(|other| **other != *advertise_address);
    host.cert_sans
        .extend(others.map(|other| SubjectAltName::Ip(*other)));
    let own_port = match item.at("bindPort") {
        Some(value) => value.port()?,
        None => None,
    };
    host.bind_port = own_port.or(local.bind_port).unwrap_or(host.bind_port);
    host.roles = match item.at("roles") {
        Some(_) => roles(item, etcd)?,
        None => Roles {
            control_plane: true,
            etcd: is_member(&host, default_members),
        },
    };
    Ok(host)
}

fn roles(item: &Value<'_>, etcd: &Etcd) -> Result<Roles, DocumentError> {
    let mut roles = Roles::default();
    let mut etcd_role = None;
    for value in item.items("roles") {
        match value.text() {
            "control-plane" => roles.control_plane = true,
            "etcd" => etcd_role = Some(value),
            "worker" => {}
            other => {
                let role = match other {
                    "master" | "controlplane" | "controlPlane" | "cp" => Some("control-plane"),
                    _ => meant(other, ROLES),
                };
                return Err(value.error(
                    format!(
                        "unknown role {}: known are {}",
                        Quoted(other),
                        ROLES.join(", ")
                    ),
                    role.map(str::to_owned),
                ));
            }
        }
    }
    match (etcd, etcd_role) {
        (Etcd::External(_), Some(_)) => roles.etcd = true,
        // A stacked etcd runs on every control plane host: nothing to add.
        (Etcd::Stacked { .. }, Some(value)) if !roles.control_plane => {
            return Err(value.error(
                "a host of etcd alone needs an external etcd".to_owned(),
                Some("etcd.external.endpoints in ClusterConfiguration".to_owned()),
            ));
        }
        _ => {}
    }
    Ok(roles)
}

/// The hosts in the endpoints of an external etcd.
fn members(etcd: &Etcd) -> BTreeSet<SubjectAltName> {
    let Etcd::External(external) = etcd else {
        return BTreeSet::new();
    };
    let hosts = external.endpoints.iter().map(|url| endpoint_host(url));
    hosts
        .filter_map(|host| SubjectAltName::parse_host(host).ok())
        .map(|noted| noted.value)
        .collect()
}

/// Whether one of the external etcd's endpoints is on this host.
fn is_member(host: &Host, members: &BTreeSet<SubjectAltName>) -> bool {
    let own = [
        SubjectAltName::Ip(host.advertise_address),
        SubjectAltName::Dns(DnsName::from(&host.name)),
    ];
    let mut names = own.iter().chain(&host.cert_sans);
    names.any(|name| members.contains(name))
}

fn ip_address(name: &SubjectAltName) -> Option<IpAddr> {
    match name {
        SubjectAltName::Ip(address) => Some(*address),
        _ => None,
    }
}

/// Remarks where kubeadm's part of the file says otherwise.
fn compare(local: &LocalHost, hosts: &[Host], document: &Value<'_>, notes: &mut Vec<ClusterNote>) {
    let Some(name) = &local.name else {
        return;
    };
    match hosts.iter().find(|host| host.name == *name) {
        None => notes.push(document.note(ClusterRemark::HostNotListed(name.clone()))),
        Some(host)
            if local
                .address
                .is_some_and(|own| own != host.advertise_address) =>
        {
            notes.push(document.note(ClusterRemark::HostAddressDiffers {
                host: name.clone(),
                listed: host.advertise_address,
            }));
        }
        Some(_) => {}
    }
}
