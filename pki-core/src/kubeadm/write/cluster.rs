//! What is decided about the cluster, over the document that describes it.

use super::error::KubeadmWriteError;
use super::{EtcdConnection, KubeadmWriter};
use crate::cluster::{Cluster, ControlPlaneEndpoint, Etcd, Host, KubernetesVersion};
use crate::kubeadm::schema::{ApiVersion, Field, Shape};
use crate::name::{HostName, SubjectAltName};
use crate::yaml::Value;

/// Puts the facts in their places. What is kubeadm's default stands there only
/// if the user wrote it.
pub(super) fn set(
    writer: &KubeadmWriter<'_>,
    version: &'static ApiVersion,
    document: &mut Value,
) -> Result<(), KubeadmWriteError> {
    let cluster = writer.cluster;
    document.set(
        "kubernetesVersion",
        kubernetes_version(document.at("kubernetesVersion"), cluster.kubernetes_version),
    );
    let or_default = |document: &mut Value, path: &str, value: String, default: &str| {
        if value != default || document.at(path).is_some() {
            document.set(path, Value::Text(value));
        }
    };
    or_default(
        document,
        "clusterName",
        cluster.name.clone(),
        Cluster::DEFAULT_NAME,
    );
    if let Some(endpoint) = &cluster.control_plane_endpoint {
        let text = endpoint_text(endpoint, version, &cluster.hosts);
        document.set(version.control_plane_endpoint, Value::Text(text));
    }
    let services = cluster.service_subnet.to_string();
    or_default(
        document,
        "networking.serviceSubnet",
        services,
        "10.96.0.0/12",
    );
    if let Some(pods) = &cluster.pod_subnet {
        document.set("networking.podSubnet", Value::text(pods.to_string()));
    }
    let domain = cluster.dns_domain.to_string();
    let local = HostName::cluster_local().to_string();
    or_default(document, "networking.dnsDomain", domain, &local);
    let directory = writer.certificates_dir.to_owned();
    or_default(
        document,
        "certificatesDir",
        directory,
        "/etc/kubernetes/pki",
    );
    if !writer.cert_sans.is_empty() {
        let names = writer.cert_sans.iter().map(plain);
        document.set(version.cert_sans, Value::texts(names));
    }
    match (&cluster.etcd, writer.etcd) {
        (Etcd::External(_), Some(connection)) => external(version, connection, document),
        (Etcd::External(_), None) => {}
        (
            Etcd::Stacked {
                server_cert_sans,
                peer_cert_sans,
            },
            _,
        ) => {
            let parent = if version.etcd_is_split {
                "etcd.local"
            } else {
                "etcd"
            };
            for (field, names) in [
                ("serverCertSANs", server_cert_sans),
                ("peerCertSANs", peer_cert_sans),
            ] {
                if !names.is_empty() {
                    let names = Value::texts(names.iter().map(plain));
                    document.set(&format!("{parent}.{field}"), names);
                }
            }
        }
    }
    lease(cluster, version, document);
    Ok(())
}

fn external(version: &ApiVersion, connection: &EtcdConnection, document: &mut Value) {
    let parent = match version.etcd_is_split {
        true => "etcd.external",
        false => "etcd",
    };
    let files = &connection.files;
    for (field, value) in [
        ("endpoints", Value::texts(&connection.endpoints)),
        ("caFile", Value::text(&files.ca_file)),
        ("certFile", Value::text(&files.cert_file)),
        ("keyFile", Value::text(&files.key_file)),
    ] {
        document.set(&format!("{parent}.{field}"), value);
    }
}

/// The user's own spelling if it says the same.
fn kubernetes_version(own: Option<&Value>, version: KubernetesVersion) -> Value {
    if let Some(Value::Text(own)) = own
        && own.parse::<KubernetesVersion>() == Ok(version)
        && own.matches('.').count() > 1
    {
        return Value::text(own);
    }
    Value::Text(version.for_kubeadm())
}

/// kubeadm of 1.10 takes a host alone there and adds the port of the API server
/// to it; `Setup::resolve` lets no other port through.
fn endpoint_text(endpoint: &ControlPlaneEndpoint, version: &ApiVersion, hosts: &[Host]) -> String {
    let masters = hosts.iter().find(|host| host.roles.control_plane);
    let port = masters.map(|host| host.bind_port);
    match version.control_plane_endpoint.starts_with("api.") && endpoint.port() == port {
        true => plain(endpoint.host()),
        false => endpoint.to_string(),
    }
}

/// Without `DNS:` and `IP:`.
fn plain(name: &SubjectAltName) -> String {
    match name {
        SubjectAltName::Ip(address) => address.to_string(),
        SubjectAltName::Dns(name) => name.to_string(),
        SubjectAltName::Email(_) | SubjectAltName::Uri(_) => String::new(),
    }
}

/// Several API servers of 1.10 would take turns in striking each other off the
/// list of endpoints; later ones share it by themselves.
fn lease(cluster: &Cluster, version: &ApiVersion, document: &mut Value) {
    const FLAG: &str = "apiServerExtraArgs.endpoint-reconciler-type";
    let masters = cluster.hosts.iter().filter(|host| host.roles.control_plane);
    let is_old = !cluster.kubernetes_version.is_at_least(11);
    if is_old
        && has(version, version.cluster, "apiServerExtraArgs")
        && masters.count() > 1
        && document.at(FLAG).is_none()
        && document.at("apiServerExtraArgs.apiserver-count").is_none()
    {
        document.set(FLAG, Value::text("lease"));
    }
}

/// Whether a kind has a field of this path.
pub(super) fn has(version: &ApiVersion, kind: &str, path: &str) -> bool {
    let kind = version.kinds.iter().find(|known| known.name == kind);
    let mut fields = kind.and_then(|kind| kind.fields);
    path.split('.').all(|key| {
        let found = fields.and_then(|fields| fields.iter().find(|field| field.name == key));
        fields = match found {
            Some(Field {
                shape: Shape::Object(fields),
                ..
            }) => Some(fields),
            _ => None,
        };
        found.is_some()
    })
}
