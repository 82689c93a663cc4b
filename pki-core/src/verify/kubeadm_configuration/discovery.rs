//! How a host that joins knows the cluster: what kubeadm refuses there, and what it
//! takes without a check.

use super::{control_plane, document, join, pin_nodes};
use crate::cluster::ControlPlaneEndpoint;
use crate::copy::ClusterId;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule, command, place};
use crate::yaml::Node;

/// What stands there until there is a token, and where a token is not shown.
const NO_TOKENS: [&str; 2] = ["TOKEN", "withheld"];

pub(super) fn check(examined: &Examined<'_>, path: &str, documents: &[Node], record: &mut Record) {
    let kinds = ["JoinConfiguration", "NodeConfiguration"];
    let Some(joining) = document::of_kind(documents, &kinds) else {
        return;
    };
    check_servers(examined, path, joining, record);
    check_token(path, joining, record);
    check_pins(examined, path, joining, record);
}

fn refused(path: &str, node: &Node, message: String, fix: Fix) -> Finding {
    Finding::new(Rule::KubeadmConfigMalformed, path, message, fix)
        .with_severity(Severity::Error)
        .at(place::of_line(Some(node.position.line)))
}

/// Servers are hosts with a port, not URLs, and kubeadm takes no port for granted
/// (ValidateDiscoveryTokenAPIServer).
fn check_servers(examined: &Examined<'_>, path: &str, joining: &Node, record: &mut Record) {
    for node in join::server_nodes(joining) {
        let told = node.text().unwrap_or_default();
        let scheme = ["https://", "http://"];
        let mut plain = scheme.iter().filter_map(|it| told.strip_prefix(it));
        record.checked += 1;
        if let Some(plain) = plain.next() {
            let plain = plain.trim_end_matches('/');
            let message = format!(
                "is refused by kubeadm: the server {} is a URL, and should be HOST:PORT",
                Quoted(told)
            );
            let endpoint = plain.parse().ok();
            let right = endpoint.as_ref().map(control_plane::with_port);
            let fix = document::write(examined, path, node, right.as_deref().unwrap_or(plain));
            record.add(refused(path, node, message, fix));
        } else if let Ok(endpoint) = told.parse::<ControlPlaneEndpoint>()
            && endpoint.port().is_none()
        {
            let message = format!(
                "is refused by kubeadm: the server {} has no port, and should be HOST:PORT",
                Quoted(told)
            );
            // The port of the cluster, where the server is known to be its endpoint.
            let known = control_plane::right(examined).map(|(known, ..)| known);
            let known = known.filter(|known| known.host() == endpoint.host());
            let right = control_plane::with_port(&known.unwrap_or(endpoint));
            let fix = document::write(examined, path, node, &right);
            record.add(refused(path, node, message, fix));
        }
    }
}

/// Six characters, a dot, and sixteen: nothing of it is told.
fn check_token(path: &str, joining: &Node, record: &mut Record) {
    let places = [
        "discovery.bootstrapToken.token",
        "discovery.tlsBootstrapToken",
        "token",
    ];
    let Some((node, place)) = document::first(joining, &places) else {
        return;
    };
    let token = node.text().unwrap_or_default();
    let is_part = |part: &str, length: usize| {
        let mut letters = part.bytes();
        part.len() == length && letters.all(|it| it.is_ascii_digit() || it.is_ascii_lowercase())
    };
    let parts = token.split_once('.');
    let is_token = parts.is_some_and(|(id, secret)| is_part(id, 6) && is_part(secret, 16));
    record.expect(is_token || token.is_empty() || NO_TOKENS.contains(&token), || {
        let message = format!("is refused by kubeadm: {place} is no token, six letters or digits, a dot, and sixteen");
        let fix = Fix::say("write the one that this prints on a host of the control plane")
            .and_run("kubeadm token create");
        refused(path, node, message, fix)
    });
}

fn check_pins(examined: &Examined<'_>, path: &str, joining: &Node, record: &mut Record) {
    let pins = pin_nodes(joining);
    for pin in &pins {
        let told = pin.text().unwrap_or_default();
        // In the place of a hash that is not known yet.
        let is_open = !told.contains(':');
        record.expect(is_open || told.parse::<ClusterId>().is_ok(), || {
            let message = format!(
                "is refused by kubeadm: the hash {} is not sha256: and 64 digits",
                Quoted(told)
            );
            let ca = command::path(examined.tree, "pki/ca.crt");
            let fix =
                Fix::say("write the hash that this prints").and_run(format!("kpki hash {ca}"));
            refused(path, pin, message, fix)
        });
    }
    let asks = join::server_nodes(joining).next();
    let skips = [
        "discovery.bootstrapToken.unsafeSkipCAVerification",
        "discoveryTokenUnsafeSkipCAVerification",
    ];
    let skips = document::first(joining, &skips);
    if let Some((node, place)) = skips.filter(|(node, _)| node.text() == Some("true"))
        && pins.is_empty()
    {
        let name = place.rsplit('.').next().unwrap_or(place);
        let message = format!(
            "{name} is true, and there are no caCertHashes: whoever answers there is taken for the cluster"
        );
        let ca = command::path(examined.tree, "pki/ca.crt");
        let fix = Fix::say(format!(
            "take {name} out, and write the hash into caCertHashes that this prints on a host with the CA"
        ))
        .and_run(format!("kpki hash {ca}"));
        let finding = Finding::new(Rule::KubeadmConfigCaHash, path, message, fix);
        let finding = Finding {
            why: "with the token alone, which may be known to others, somebody between the host and the cluster can be the cluster to it".to_owned(),
            ..finding.with_severity(Severity::Warning)
        };
        record.add(finding.at(place::of_line(Some(node.position.line))));
    }
    let skips = skips.and_then(|(node, _)| node.text());
    let Some(asks) = asks.filter(|_| pins.is_empty() && skips != Some("true")) else {
        return;
    };
    let message = "is refused by kubeadm: without caCertHashes the cluster is not known".to_owned();
    let fix = Fix::say(
        "add caCertHashes with the hash that kpki hash prints for ca.crt, or have kpki render write the file anew",
    );
    record.add(refused(path, asks, message, fix));
}
