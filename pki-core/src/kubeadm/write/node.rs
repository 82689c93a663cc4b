//! What is decided about one host.

use super::another_host;
use crate::cluster::{Cluster, Host};
use crate::kubeadm::schema::ApiVersion;
use crate::name::SubjectAltName;
use crate::yaml::Value;

/// Where the arguments of a kubelet stand.
pub(super) const KUBELET: &str = "nodeRegistration.kubeletExtraArgs";
/// The addresses of a node.
pub(super) const NODE_IP: &str = "node-ip";

/// The host in what `kubeadm init` reads.
pub(super) fn set_init(version: &ApiVersion, cluster: &Cluster, host: &Host, document: &mut Value) {
    another_host::adapt(version, host, another_host::first(cluster), document);
    document.set(version.node_name, Value::text(host.name.as_str()));
    set_addresses(version, cluster, host, document);
    set_endpoint(version.init_endpoint, host, document);
}

/// Where its API server listens.
pub(super) fn set_endpoint(place: &str, host: &Host, document: &mut Value) {
    let path = |field: &str| match place {
        "" => field.to_owned(),
        place => format!("{place}.{field}"),
    };
    let address = Value::text(host.advertise_address.to_string());
    document.set(&path("advertiseAddress"), address);
    document.set(&path("bindPort"), Value::Number(host.bind_port.into()));
}

/// Both addresses of a host whose pods have two: a kubelet takes one by itself
/// (kubernetes#95239). What the user says goes before.
pub(super) fn set_addresses(
    version: &ApiVersion,
    cluster: &Cluster,
    host: &Host,
    document: &mut Value,
) {
    let Some(addresses) = both_addresses(cluster, host) else {
        return;
    };
    let addresses = Value::text(addresses);
    let has_name = |argument: &Value| argument.at("name") == Some(&Value::text(NODE_IP));
    match document.at(KUBELET) {
        Some(Value::List(arguments)) if arguments.iter().any(has_name) => {}
        Some(Value::List(arguments)) => {
            let mut arguments = arguments.clone();
            arguments.push(argument(NODE_IP, addresses));
            document.set(KUBELET, Value::List(arguments));
        }
        // A list of names and values since v1beta4.
        None | Some(Value::Null) if version.first_reader >= 31 => {
            document.set(KUBELET, Value::List(vec![argument(NODE_IP, addresses)]));
        }
        Some(Value::Map(arguments)) if arguments.iter().any(|(name, _)| name == NODE_IP) => {}
        _ => document.set(&format!("{KUBELET}.{NODE_IP}"), addresses),
    }
}

fn argument(name: &str, value: Value) -> Value {
    Value::map([("name", Value::text(name)), ("value", value)])
}

/// The host's address and the first of its others that is of the other family,
/// where pods have addresses of both.
pub(crate) fn both_addresses(cluster: &Cluster, host: &Host) -> Option<String> {
    let own = host.advertise_address;
    let mut others = host.cert_sans.iter().filter_map(|name| match name {
        SubjectAltName::Ip(address) => Some(address),
        _ => None,
    });
    let is_other = |other: &&std::net::IpAddr| {
        other.is_ipv4() != own.is_ipv4() && !other.is_loopback() && !other.is_unspecified()
    };
    let other = others.find(is_other)?;
    has_both_families(cluster).then(|| format!("{own},{other}"))
}

/// Whether pods have addresses of both families, and kubelets can: since 1.20.
pub(crate) fn has_both_families(cluster: &Cluster) -> bool {
    let pods = cluster.pod_subnet.as_ref();
    pods.is_some_and(|pods| pods.has_ipv4() && pods.has_ipv6())
        && cluster.kubernetes_version.is_at_least(20)
}
