//! What our documents say about a set-up besides certificates.

use std::collections::BTreeMap;

use super::value::Value;
use crate::document::DocumentError;
use crate::name::HostName;
use crate::setup::{
    EtcdServiceDescription, HostDescription, LoadBalancerDescription, SetupDescription,
};

/// Reads the document `Setup`, and of the list of hosts what belongs to it;
/// `None` if neither says anything.
pub(super) fn read(
    document: Option<&Value<'_>>,
    hosts: Option<&Value<'_>>,
) -> Result<Option<SetupDescription>, DocumentError> {
    let hosts = match hosts {
        Some(hosts) => host_descriptions(hosts)?,
        None => BTreeMap::new(),
    };
    let Some(document) = document else {
        let description = SetupDescription {
            hosts,
            ..SetupDescription::default()
        };
        return Ok((!description.hosts.is_empty()).then_some(description));
    };
    Ok(Some(SetupDescription {
        load_balancer: load_balancer(document)?,
        etcd: etcd(document)?,
        pod_network: document.parsed("podNetwork.plugin")?,
        hosts,
    }))
}

fn load_balancer(document: &Value<'_>) -> Result<LoadBalancerDescription, DocumentError> {
    Ok(LoadBalancerDescription {
        kind: document.parsed("loadBalancer.type")?,
        virtual_ip: document.parsed("loadBalancer.virtualIP")?,
        interface: document.parsed("loadBalancer.interface")?,
        router_id: document.parsed("loadBalancer.routerID")?,
        auth_pass: document.parsed("loadBalancer.authPass")?,
        unicast: document
            .at("loadBalancer.unicast")
            .map(|value| value.is_true()),
    })
}

fn etcd(document: &Value<'_>) -> Result<EtcdServiceDescription, DocumentError> {
    Ok(EtcdServiceDescription {
        version: document.parsed("etcd.version")?,
        peers: document.parsed("etcd.peers")?,
        token: document.parsed("etcd.token")?,
        state: document.parsed("etcd.state")?,
        data_dir: document.parsed("etcd.dataDir")?,
        binary: document.parsed("etcd.binary")?,
        user: document.parsed("etcd.user")?,
    })
}

/// By the names of the hosts, which were checked before.
fn host_descriptions(
    document: &Value<'_>,
) -> Result<BTreeMap<HostName, HostDescription>, DocumentError> {
    let mut descriptions = BTreeMap::new();
    for item in document.items("hosts") {
        let description = HostDescription {
            interface: item.parsed("interface")?,
            priority: item.parsed("priority")?,
        };
        let name = item
            .at("name")
            .map(|name| HostName::parse_node(name.text()));
        if let Some(Ok(name)) = name
            && description != HostDescription::default()
        {
            descriptions.insert(name.value, description);
        }
    }
    Ok(descriptions)
}
