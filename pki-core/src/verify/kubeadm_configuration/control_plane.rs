//! The endpoint of the control plane that a configuration has, against the
//! description or the kubeconfigs of the host.

use super::document;
use crate::cluster::{ControlPlaneEndpoint, Host};
use crate::name::{Quoted, SubjectAltName};
use crate::severity::Severity;
use crate::verify::{Examined, Finding, Record, Rule, load_balancer, place};
use crate::yaml::Node;

/// Since 1.12 it stands at the top of a document of its own.
const PLACES: [&str; 2] = ["controlPlaneEndpoint", "api.controlPlaneEndpoint"];

pub(super) fn check(examined: &Examined<'_>, path: &str, documents: &[Node], record: &mut Record) {
    let kinds = ["ClusterConfiguration", "MasterConfiguration"];
    let Some(cluster) = document::of_kind(documents, &kinds) else {
        return;
    };
    let Some((right, by, is_described)) = right(examined) else {
        return;
    };
    record.checked += 1;
    let shown = with_port(&right);
    let Some((node, place)) = document::first(cluster, &PLACES) else {
        // Before it was no more than a further name.
        if document::of_kind(documents, &kinds[..1]).is_none() {
            return;
        }
        let message = format!("has no controlPlaneEndpoint, and {by} {shown}");
        let line = format!("controlPlaneEndpoint: {}", quoted(&right, &shown));
        let fix = document::add(examined, path, cluster, &[&line]);
        let finding = Finding::new(Rule::KubeadmConfigEndpoint, path, message, fix);
        let finding = match is_described {
            true => finding,
            // Somebody may have put the address there later.
            false => finding.with_severity(Severity::Warning),
        };
        let line = cluster.get("kind").map(|kind| kind.position.line);
        record.add(finding.at(place::of_line(line)));
        return;
    };
    let told = node.text().unwrap_or_default();
    let Ok(own) = told.parse::<ControlPlaneEndpoint>() else {
        return;
    };
    // A name may stand for the address that kubeconfigs have.
    let is_of_a_kind = is_name(&own) == is_name(&right);
    let has_port = own.port().is_some() || place == PLACES[0];
    let is_same = own.host() == right.host() && (!has_port || port(&own) == port(&right));
    if is_same || !is_described && !is_of_a_kind {
        return;
    }
    // The first versions take a host alone there, which is served at the usual port.
    let shown = match place == PLACES[1] && port(&right) == Host::DEFAULT_BIND_PORT {
        true => without_port(&right),
        false => shown,
    };
    let message = format!("{place} is {}, and {by} {shown}", Quoted(told));
    let fix = document::write(examined, path, node, &shown);
    let finding = Finding::new(Rule::KubeadmConfigEndpoint, path, message, fix);
    record.add(finding.at(place::of_line(Some(node.position.line))));
}

/// What the endpoint is by others than the file, who says so, and whether that is the
/// description.
pub(super) fn right(examined: &Examined<'_>) -> Option<(ControlPlaneEndpoint, String, bool)> {
    let expectation = examined.expectation;
    let described = expectation.described();
    if let Some((cluster, _)) = described.filter(|_| !expectation.assumed.endpoint) {
        let endpoint = cluster.control_plane_endpoint.clone()?;
        return Some((endpoint, "the description has".to_owned(), true));
    }
    let (endpoint, by) = load_balancer::of_kubeconfigs(examined.tree, expectation)?;
    Some((endpoint, format!("{by} connect to"), false))
}

fn is_name(endpoint: &ControlPlaneEndpoint) -> bool {
    matches!(endpoint.host(), SubjectAltName::Dns(_))
}

pub(super) fn port(endpoint: &ControlPlaneEndpoint) -> u16 {
    endpoint.port().unwrap_or(Host::DEFAULT_BIND_PORT)
}

/// `10.0.0.100:6443`
pub(in super::super) fn with_port(endpoint: &ControlPlaneEndpoint) -> String {
    let url = endpoint.url(Host::DEFAULT_BIND_PORT);
    url.strip_prefix("https://").unwrap_or(&url).to_owned()
}

/// `10.0.0.100`
fn without_port(endpoint: &ControlPlaneEndpoint) -> String {
    let shown = endpoint.host().to_string();
    let plain = shown.split_once(':').map(|(_, host)| host.to_owned());
    plain.unwrap_or(shown)
}

/// An address with brackets would be a list.
fn quoted(endpoint: &ControlPlaneEndpoint, shown: &str) -> String {
    match is_name(endpoint) {
        true => shown.to_owned(),
        false => format!("\"{shown}\""),
    }
}
