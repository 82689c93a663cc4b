//! What `kubeadm join` reads.

use super::another_host;
use super::base::Base;
use super::error::KubeadmWriteError;
use super::node::{set_addresses, set_endpoint};
use super::{CA_HASH, KubeadmWriter, TOKEN};
use crate::cluster::Host;
use crate::kubeadm::schema::ApiVersion;
use crate::yaml::Value;

/// The document of a further host of the control plane or of a worker.
pub(super) fn document(
    writer: &KubeadmWriter<'_>,
    base: &Base<'_>,
    host: &Host,
) -> Result<Value, KubeadmWriteError> {
    let version = base.version;
    let kind = kind(version);
    let mut document = base.document(kind)?;
    let unnamed = match base.has(kind) {
        true => another_host::only_joining(writer.cluster),
        false => {
            inherit(base, host, &mut document)?;
            another_host::first(writer.cluster)
        }
    };
    another_host::adapt(version, host, unnamed, &mut document);
    document.set(version.node_name, Value::text(host.name.as_str()));
    set_addresses(version, writer.cluster, host, &mut document);
    // What the user says of the hosts of the control plane would make one of a worker.
    if !host.roles.control_plane {
        document.remove("controlPlane");
    }
    // Another way to find the cluster excludes a token.
    if document.at("discovery.file").is_none() {
        discover(writer, version, &mut document);
    }
    if host.roles.control_plane && !version.join_endpoint.is_empty() {
        set_endpoint(version.join_endpoint, host, &mut document);
    }
    Ok(document)
}

fn kind(version: &ApiVersion) -> &'static str {
    let mut kinds = version.kinds.iter().map(|kind| kind.name);
    let join = "JoinConfiguration";
    match kinds.any(|name| name == join) {
        true => join,
        false => "NodeConfiguration",
    }
}

/// What the user says about the first host's kubelet holds for the others, but
/// for the taints of the control plane, and for what is a host's own.
fn inherit(base: &Base<'_>, host: &Host, document: &mut Value) -> Result<(), KubeadmWriteError> {
    const NODE: &str = "nodeRegistration";
    if let Some(Value::Map(node)) = base.document(base.version.init)?.at(NODE) {
        let kept = |key: &str| host.roles.control_plane || key != "taints";
        let node = node.iter().filter(|(key, _)| kept(key)).cloned();
        document.set(NODE, Value::Map(node.collect()));
    }
    Ok(())
}

/// How the cluster is found and told from others. A token is made when it is
/// needed, for it lives a day.
fn discover(writer: &KubeadmWriter<'_>, version: &ApiVersion, document: &mut Value) {
    let hashes = match writer.ca_hashes {
        [] => Value::texts([CA_HASH]),
        hashes => Value::texts(hashes),
    };
    let endpoint = endpoint(writer);
    // Until 1.12 the fields stood at the top.
    if version.first_reader < 13 {
        document.set("discoveryTokenAPIServers", Value::texts([endpoint]));
        document.set("discoveryTokenCACertHashes", hashes);
        document.set("token", Value::text(TOKEN));
    } else {
        let place = "discovery.bootstrapToken";
        document.set(&format!("{place}.apiServerEndpoint"), Value::Text(endpoint));
        document.set(&format!("{place}.token"), Value::text(TOKEN));
        document.set(&format!("{place}.caCertHashes"), hashes);
    }
}

/// The shared address, or else that of the first API server.
fn endpoint(writer: &KubeadmWriter<'_>) -> String {
    let mut masters = writer.cluster.hosts.iter();
    let first = masters.find(|host| host.roles.control_plane);
    let port = first.map_or(Host::DEFAULT_BIND_PORT, |host| host.bind_port);
    match (&writer.cluster.control_plane_endpoint, first) {
        (Some(endpoint), _) => {
            let url = endpoint.url(port);
            url.strip_prefix("https://").unwrap_or(&url).to_owned()
        }
        (None, Some(host)) => std::net::SocketAddr::new(host.advertise_address, port).to_string(),
        (None, None) => String::new(),
    }
}
