//! What the user says about one host's kubelet, and would be wrong of another's.

use std::net::IpAddr;

use super::node::{KUBELET, NODE_IP};
use crate::cluster::{Cluster, Host};
use crate::kubeadm::schema::ApiVersion;
use crate::name::SubjectAltName;
use crate::yaml::Value;

/// The host that a document for `kubeadm init` is about, where it names none.
pub(super) fn first(cluster: &Cluster) -> Option<&Host> {
    cluster.hosts.iter().find(|host| host.roles.control_plane)
}

/// The same of a document for `kubeadm join`: the one that joins, if one alone does.
pub(super) fn only_joining(cluster: &Cluster) -> Option<&Host> {
    let first = first(cluster).map(|host| &host.name);
    let is_node = |host: &&Host| host.roles.control_plane || !host.roles.etcd;
    let nodes = cluster.hosts.iter().filter(is_node);
    let mut joining = nodes.filter(|host| Some(&host.name) != first);
    match (joining.next(), joining.next()) {
        (only, None) => only,
        _ => None,
    }
}

/// Puts the host's own in the place of what is another host's, unless the document is
/// about this one: it names it, or names none and is about `unnamed`.
pub(super) fn adapt(
    version: &ApiVersion,
    host: &Host,
    unnamed: Option<&Host>,
    document: &mut Value,
) {
    let is_own = match document.at(version.node_name) {
        Some(Value::Text(name)) => *name == host.name.as_str(),
        _ => unnamed.is_some_and(|unnamed| unnamed.name == host.name),
    };
    if is_own {
        return;
    }
    match document.at(KUBELET).cloned() {
        Some(Value::Map(arguments)) => {
            let arguments = arguments.into_iter();
            let own = arguments.filter_map(|(name, value)| {
                let value = own_value(&name, value, host)?;
                Some((name, value))
            });
            document.set(KUBELET, Value::Map(own.collect()));
        }
        Some(Value::List(arguments)) => {
            let arguments = arguments.into_iter();
            let own = arguments.filter_map(|mut argument| {
                if let (Some(Value::Text(name)), Some(value)) =
                    (argument.at("name").cloned(), argument.at("value").cloned())
                {
                    argument.set("value", own_value(&name, value, host)?);
                }
                Some(argument)
            });
            document.set(KUBELET, Value::List(own.collect()));
        }
        _ => {}
    }
}

fn own_value(name: &str, value: Value, host: &Host) -> Option<Value> {
    match (name, value) {
        // Each would be taken for the other machine.
        ("hostname-override" | "provider-id", _) => None,
        (NODE_IP, Value::Text(text)) => own_addresses(&text, host).map(Value::Text),
        (_, value) => Some(value),
    }
}

/// An address of the host for each that is given, of the same family: a kubelet with
/// one that its host has not registers no address at all.
fn own_addresses(given: &str, host: &Host) -> Option<String> {
    let addresses: Result<Vec<IpAddr>, _> =
        given.split(',').map(|part| part.trim().parse()).collect();
    let is_host = |addresses: &Vec<IpAddr>| !addresses.iter().any(IpAddr::is_unspecified);
    // 0.0.0.0 and :: choose a family, on any host.
    let Some(addresses) = addresses.ok().filter(is_host) else {
        return Some(given.to_owned());
    };
    let names = host.cert_sans.iter().filter_map(|name| match name {
        SubjectAltName::Ip(address) => Some(*address),
        _ => None,
    });
    let own = std::iter::once(host.advertise_address).chain(names);
    let own: Vec<_> = own.filter(|it| !it.is_loopback()).collect();
    let chosen = addresses.iter().filter_map(|given| {
        let same = own.iter().find(|it| *it == given);
        same.or_else(|| own.iter().find(|it| it.is_ipv4() == given.is_ipv4()))
    });
    let chosen: Vec<_> = chosen.map(ToString::to_string).collect();
    (!chosen.is_empty()).then(|| chosen.join(","))
}
