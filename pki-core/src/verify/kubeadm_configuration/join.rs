//! Where a host that joins looks for the cluster.

use super::control_plane::{port, with_port};
use super::{document, endpoint, read};
use crate::cluster::{ControlPlaneEndpoint, Host};
use crate::name::{Quoted, SubjectAltName};
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::server::{covers, subject_alt_name};
use crate::verify::tree::Tree;
use crate::verify::{Examined, Finding, Record, Rule, derived, etcd_unit, place};
use crate::yaml::Node;

/// The servers that a document of `kubeadm join` asks. Until 1.12 there was a list.
pub(super) fn server_nodes(document: &Node) -> impl Iterator<Item = &Node> {
    let one = document::at(document, "discovery.bootstrapToken.apiServerEndpoint");
    let list = document.get("discoveryTokenAPIServers");
    let list = list.into_iter().flat_map(Node::items);
    one.into_iter()
        .chain(list)
        .filter(|node| node.text().is_some())
}

/// The same with their lines.
fn servers(document: &Node) -> impl Iterator<Item = (&str, usize)> {
    server_nodes(document).filter_map(|node| Some((node.text()?, node.position.line)))
}

/// The servers of a host's files, the file, and the line of the first of them.
pub(super) fn told(tree: &Tree) -> Option<(Vec<String>, &'static str, usize)> {
    super::FILES.iter().find_map(|path| {
        let (file, _) = read(tree, path)?;
        let documents = file.text()?.documents()?;
        let servers: Vec<_> = documents.iter().flat_map(servers).collect();
        let (_, line) = *servers.first()?;
        let servers = servers.into_iter().map(|(server, _)| server.to_owned());
        Some((servers.collect(), *path, line))
    })
}

/// Where the control plane is known to be.
struct Known {
    /// `IP:10.0.0.100`
    names: Vec<String>,
    /// The address that all share, and who says so.
    shared: Option<(ControlPlaneEndpoint, String)>,
}

impl Known {
    fn of(examined: &Examined<'_>, record: &Record) -> Self {
        let mut known = Self {
            names: Vec::new(),
            shared: None,
        };
        if let Some((cluster, _)) = examined.expectation.described()
            && !examined.expectation.assumed.role
        {
            let masters = cluster.hosts.iter().filter(|host| host.roles.control_plane);
            known.names.extend(masters.flat_map(names));
            let further = cluster.apiserver_cert_sans.iter();
            known.names.extend(further.map(ToString::to_string));
            let shared = cluster.control_plane_endpoint.clone();
            known.share(shared, "the description has");
        }
        let tree = examined.tree;
        // One that all else contradicts is none.
        if let Some((shared, path)) = endpoint(tree)
            && !record.has(Rule::KubeadmConfigEndpoint, path)
        {
            known.share(Some(shared), &format!("{path} has"));
        }
        for path in ["admin.conf", "kubelet.conf"] {
            let server = derived::kubeconfig(tree, path).and_then(|it| it.server.as_deref());
            let Some(server) = server else { continue };
            known.names.extend(subject_alt_name(server));
            let shared = server.strip_prefix("https://");
            let shared = shared.and_then(|it| it.trim_end_matches('/').parse().ok());
            known.share(shared, &format!("{path} connects to"));
        }
        let apiserver = derived::served(examined.manifests, "apiserver");
        if let Some(certificate) = derived::certificate(tree, &apiserver) {
            let names = certificate.subject_alt_names().iter();
            known.names.extend(names.cloned());
        }
        known
    }

    /// The first one counts.
    fn share(&mut self, endpoint: Option<ControlPlaneEndpoint>, by: &str) {
        let Some(endpoint) = endpoint else { return };
        self.names.push(endpoint.host().to_string());
        if self.shared.is_none() {
            self.shared = Some((endpoint, by.to_owned()));
        }
    }
}

fn names(host: &Host) -> impl Iterator<Item = String> {
    let own = [
        format!("IP:{}", host.advertise_address),
        format!("DNS:{}", host.name),
    ];
    let further = host.cert_sans.iter().map(SubjectAltName::to_string);
    own.into_iter().chain(further.collect::<Vec<_>>())
}

/// Whether the API servers are there by anything that is known.
pub(super) fn check(examined: &Examined<'_>, path: &str, documents: &[Node], record: &mut Record) {
    let servers: Vec<_> = documents.iter().flat_map(servers).collect();
    if servers.is_empty() {
        return;
    }
    let known = Known::of(examined, record);
    if known.names.is_empty() {
        return;
    }
    for (server, line) in servers {
        let Ok(endpoint) = server.parse::<ControlPlaneEndpoint>() else {
            continue;
        };
        record.checked += 1;
        let name = endpoint.host().to_string();
        let is_known = known.names.iter().any(|known| covers(known, &name));
        let shared = known.shared.as_ref();
        let right = shared.map(|(shared, _)| with_port(shared));
        let fix = |right: &Option<String>| {
            let Some(right) = right else {
                return Fix::say(
                    "write the address there by which all hosts reach the API servers",
                );
            };
            let edit = etcd_unit::edit(examined, path, line, (server, right));
            edit.into_iter()
                .fold(Fix::say(format!("write {right} there")), Fix::and_run)
        };
        let shown = Quoted(server);
        if !is_known {
            let by = match shared {
                Some((_, by)) => {
                    format!("; {by} {}", right.as_deref().unwrap_or_default())
                }
                None => String::new(),
            };
            let message = format!(
                "looks for the cluster at {shown}, which is no address of its API servers{by}"
            );
            let finding = Finding::new(Rule::KubeadmConfigEndpoint, path, message, fix(&right));
            record.add(finding.at(place::of_line(Some(line))));
        } else if let Some((shared, by)) = shared
            && shared.host() == endpoint.host()
            // One without a port is refused, which is a finding of its own.
            && endpoint.port().is_some()
            && port(shared) != port(&endpoint)
        {
            let message = format!(
                "looks for the cluster at {shown}, on another port than {by}: {}",
                with_port(shared)
            );
            let finding = Finding::new(Rule::KubeadmConfigEndpoint, path, message, fix(&right));
            let finding = finding.with_severity(Severity::Warning);
            record.add(finding.at(place::of_line(Some(line))));
        } else if let Some(whose) = of_one_host(examined, &endpoint) {
            let message = format!(
                "looks for the cluster at {shown}, which is {whose}'s alone, and the description has {}",
                right.as_deref().unwrap_or_default()
            );
            let finding = Finding::new(Rule::KubeadmConfigEndpoint, path, message, fix(&right));
            let finding = Finding {
                why: "without that host no further one joins, though the others answer".to_owned(),
                ..finding.with_severity(Severity::Warning)
            };
            record.add(finding.at(place::of_line(Some(line))));
        }
    }
}

/// The host of the control plane whose own address a worker asks, where all of them
/// share another one.
fn of_one_host(examined: &Examined<'_>, endpoint: &ControlPlaneEndpoint) -> Option<String> {
    let (cluster, own) = examined.expectation.described()?;
    if examined.expectation.assumed.role || own.roles.control_plane {
        return None;
    }
    let shared = cluster.control_plane_endpoint.as_ref()?.host();
    let is_at = |host: &&Host| {
        let address = SubjectAltName::Ip(host.advertise_address);
        host.roles.control_plane && address == *endpoint.host() && address != *shared
    };
    let host = cluster.hosts.iter().find(is_at)?;
    Some(host.name.to_string())
}
