//! What is decided about one host.

use crate::cluster::Host;
use crate::kubeadm::schema::ApiVersion;
use crate::yaml::Value;

/// The host in what `kubeadm init` reads.
pub(super) fn set_init(version: &ApiVersion, host: &Host, document: &mut Value) {
    document.set(version.node_name, Value::text(host.name.as_str()));
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
