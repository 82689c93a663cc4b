//! kubeadm's configuration that lies on a host, against the certificates there:
//! kubeadm init and kubeadm join keep what exists, and do not look at its names.

mod believed;
mod client_files;
mod control_plane;
mod discovery;
mod document;
mod etcd;
mod facts;
mod host;
mod join;
mod malformed;
mod ranges;
mod settings;

pub(super) use believed::Believed;
pub(super) use control_plane::with_port;
pub(super) use etcd::is_by_list;
pub(super) use facts::{ClusterTerms, KubeadmFacts};

use std::net::IpAddr;

use super::fix::Fix;
use super::server::covers;
use super::tree::{Tree, TreeContent, TreeFile};
use super::{Examined, Finding, Record, Rule, command, etcd_unit, load_balancer, place};
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::cluster::{ControlPlaneEndpoint, Etcd, EtcdClientFiles};
use crate::copy::ClusterId;
use crate::document::DocumentError;
use crate::kubeadm::ClusterFile;
use crate::name::HostName;
use crate::yaml::Node;

/// As they are called in the kubernetes directory.
pub(super) const FILES: &[&str] = &["kubeadm-config.yaml", "kubeadm-join.yaml", "config.yaml"];

/// One that is kubeadm's, by its documents.
fn read<'a>(
    tree: &'a Tree,
    path: &str,
) -> Option<(&'a TreeFile, Result<ClusterFile, DocumentError>)> {
    let file = tree.get(path)?;
    let text = file.text()?;
    let is_kubeadms = |document: &Node| {
        let version = document.get("apiVersion").and_then(Node::text);
        version.is_some_and(|version| version.starts_with("kubeadm.k8s.io/"))
    };
    let is_it = match text.documents() {
        Some(documents) => documents.iter().any(is_kubeadms),
        // One that is no YAML, under a name that nobody else has.
        None => path != "config.yaml",
    };
    is_it.then(|| (file, ClusterFile::parse(text)))
}

/// The documents of a host's files by which kubeadm joins it.
fn joining(tree: &Tree) -> impl Iterator<Item = &Node> {
    let files = FILES.iter().filter_map(|path| read(tree, path));
    let documents = files.flat_map(|(file, _)| {
        let documents = file.text().and_then(|text| text.documents());
        documents.unwrap_or_default()
    });
    documents.filter(|document| {
        let kind = document.get("kind").and_then(Node::text);
        matches!(kind, Some("JoinConfiguration" | "NodeConfiguration"))
    })
}

/// Whether the host has a file for `kubeadm join`.
pub(super) fn joins(tree: &Tree) -> bool {
    joining(tree).next().is_some()
}

/// Whether the host has a file that makes a cluster.
fn initializes(tree: &Tree) -> bool {
    let files = FILES.iter().filter_map(|path| read(tree, path));
    let mut documents = files.filter_map(|(file, _)| file.text()?.documents());
    documents.any(describes_cluster)
}

fn client_files(file: &ClusterFile) -> Option<&EtcdClientFiles> {
    match &file.cluster.etcd {
        Etcd::External(etcd) => etcd.client_files.as_ref(),
        _ => None,
    }
}

/// The files of an external etcd that they name, by their paths on the host.
pub(super) fn named(tree: &Tree) -> Vec<String> {
    let mut named = Vec::new();
    for path in FILES {
        let parsed = read(tree, path).and_then(|(_, parsed)| parsed.ok());
        if let Some(files) = parsed.as_ref().and_then(client_files) {
            named.extend([&files.ca_file, &files.cert_file, &files.key_file].map(Clone::clone));
        }
    }
    named
}

/// The endpoint that the host's configuration has, and the file that says it.
pub(super) fn endpoint(tree: &Tree) -> Option<(ControlPlaneEndpoint, &'static str)> {
    FILES.iter().find_map(|path| {
        let (_, parsed) = read(tree, path)?;
        let endpoint = parsed.ok()?.cluster.control_plane_endpoint?;
        Some((endpoint, *path))
    })
}

/// The address of the host by its configuration.
pub(super) fn address(tree: &Tree) -> Option<IpAddr> {
    let mut files = FILES.iter().filter_map(|path| read(tree, path));
    let address = files.find_map(|(_, parsed)| parsed.ok()?.local_address)?;
    let is_own = |address: &IpAddr| {
        !address.is_unspecified() && !load_balancer::is_virtual_ip(tree, *address)
    };
    Some(address).filter(is_own)
}

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    for path in FILES {
        let Some((file, parsed)) = read(examined.tree, path) else {
            list_not_checked(examined.tree, path, record);
            continue;
        };
        record.checked += 1;
        match parsed {
            Ok(parsed) => {
                let documents = file.text().and_then(|text| text.documents());
                let documents = documents.unwrap_or_default();
                control_plane::check(examined, path, documents, record);
                let is_anothers = host::check(examined, path, (&parsed, documents), record);
                check_names(examined, path, (&parsed, documents, is_anothers), record);
                client_files::check(examined, path, (&parsed, documents), record);
                etcd::check(examined, path, (&parsed, documents), record);
                ranges::check(examined, path, (&parsed, documents), record);
                settings::check(examined, path, (&parsed, documents), record);
                join::check(examined, path, documents, record);
                discovery::check(examined, path, documents, record);
                check_hashes(examined, path, documents, record);
            }
            Err(error) => {
                record.add(malformed::finding(examined, path, error));
            }
        }
    }
}

fn list_not_checked(tree: &Tree, path: &str, record: &mut Record) {
    let Some(file) = tree.get(path) else { return };
    // Another's config.yaml is none of ours, and of one that stays on its host nobody knows.
    if path == "config.yaml" && !matches!(file.content, TreeContent::Withheld(_)) {
        return;
    }
    if file.text().is_none() {
        record.not_checked(path, etcd_unit::why_not(&file.content), None);
    }
}

/// Names that the file wants and the certificate that is there does not have.
fn check_names(
    examined: &Examined<'_>,
    path: &str,
    (file, documents, is_anothers): (&ClusterFile, &[Node], bool),
    record: &mut Record,
) {
    let mut materials = examined.materials.iter();
    let Some(material) = materials.find(|it| it.row.entry.base_name == "apiserver") else {
        return;
    };
    let Some(certificate) = material.certificates().first() else {
        return;
    };
    let address = file
        .local_address
        .filter(|address| !address.is_unspecified() && !is_anothers);
    let address = address.map(|address| ("advertiseAddress", format!("IP:{address}")));
    // One that is known has a finding of its own.
    let name = document::first_of(documents, &host::NAMES);
    let name = name.filter(|_| examined.expectation.assumed.host_name);
    let name = name.and_then(|(node, place)| {
        let name = node.text()?.parse::<HostName>().ok()?;
        let is_masters = describes_cluster(documents) || file.local_address.is_some();
        is_masters.then(|| (place, format!("DNS:{name}")))
    });
    let sans = file.cluster.apiserver_cert_sans.iter();
    let sans = sans.map(|name| ("certSANs", name.to_string()));
    let endpoint = file.cluster.control_plane_endpoint.as_ref();
    let endpoint = endpoint.filter(|_| !record.has(Rule::KubeadmConfigEndpoint, path));
    let endpoint = endpoint.map(|it| ("controlPlaneEndpoint", it.host().to_string()));
    let names = certificate.subject_alt_names();
    let shown = material.path(FileRole::Certificate);
    let wanted = address.into_iter().chain(name).chain(endpoint).chain(sans);
    let wanted: Vec<_> = wanted.collect();
    record.checked += wanted.len();
    let is_missing = |(_, name): &(&str, String)| {
        !names.iter().any(|san| covers(san, name)) && !record.says_missing(shown, name)
    };
    let mut missing: Vec<(&str, String)> = wanted.into_iter().filter(is_missing).collect();
    missing.dedup_by(|one, other| one.1 == other.1);
    if missing.is_empty() {
        return;
    }
    let listed: Vec<_> = missing
        .iter()
        .map(|(field, name)| format!("{name} ({field})"))
        .collect();
    let message = format!("wants {}, which {shown} does not name", listed.join(", "));
    let plain = |name: &String| {
        name.split_once(':')
            .map_or(name.as_str(), |(_, name)| name)
            .to_owned()
    };
    let names: Vec<_> = missing.iter().map(|(_, name)| plain(name)).collect();
    let assumed = examined.expectation.assumed;
    let is_described = examined.expectation.described().is_some() && !assumed.role;
    let fix = match is_described {
        // The certificate would be made with the same names again.
        true => Fix::say(format!(
            "take {} out of the file, as kpki render writes it, or add it to the description and issue the certificate again",
            names.join(", ")
        )),
        false => Fix::say(format!(
            "have {} in the certificate, or in the file what the certificate has",
            names.join(", ")
        ))
        .and(command::reissue(examined, material.row.entry)),
    };
    let plain = names.first().map(String::as_str);
    let line = plain.and_then(|name| document::line_of_text(documents, name));
    let finding = Finding::new(Rule::KubeadmConfigName, path, message, fix);
    record.add(finding.at(place::of_line(line)));
}

/// Whether one of them says what the cluster is: a file for `kubeadm join` alone
/// has kubeadm's defaults for all of it.
fn describes_cluster(documents: &[Node]) -> bool {
    let kinds = documents.iter().filter_map(|it| it.get("kind")?.text());
    let mut kinds =
        kinds.map(|kind| matches!(kind, "ClusterConfiguration" | "MasterConfiguration"));
    kinds.any(|is_it| is_it)
}

/// The pins of CAs in a document of `kubeadm join`, whatever stands there.
fn pin_nodes(document: &Node) -> Vec<&Node> {
    let places = [
        "discovery.bootstrapToken.caCertHashes",
        "discoveryTokenCACertHashes",
    ];
    let lists = places.iter().filter_map(|it| document::at(document, it));
    lists.flat_map(Node::items).collect()
}

/// Those that are pins.
fn pins(document: &Node) -> Vec<(&Node, ClusterId)> {
    let pins = pin_nodes(document).into_iter();
    pins.filter_map(|pin| Some((pin, pin.text()?.parse().ok()?)))
        .collect()
}

/// Pins of CAs by which a host that joins knows the cluster: those of this host's.
fn check_hashes(examined: &Examined<'_>, path: &str, documents: &[Node], record: &mut Record) {
    let own = CatalogEntry::of_authority(Authority::Cluster);
    let Some(material) = examined.material(own) else {
        return;
    };
    let keys = material
        .certificates()
        .iter()
        .filter_map(|ca| ca.public_key().ok());
    let own: Vec<ClusterId> = keys.map(ClusterId::of).collect();
    let Some(first) = own.first() else { return };
    for document in documents {
        let pins = pins(document);
        // One of several is enough.
        let Some((wrong, _)) = pins.first() else {
            continue;
        };
        record.expect(pins.iter().any(|(_, pin)| own.contains(pin)), || {
            let ca = material.path(FileRole::Certificate);
            let message = format!("caCertHashes has not {first}, the hash of {ca}");
            let told = wrong.text().unwrap_or_default();
            let line = wrong.position.line;
            let say = Fix::say(format!("write {first} into it; the same says"))
                .and_run(format!("kpki hash {}", command::path(examined.tree, ca)));
            let edit = etcd_unit::edit(examined, path, line, (told, &first.to_string()));
            let fix = edit
                .filter(|_| pins.len() == 1)
                .map(|edit| Fix::say(format!("write {first} into it")).and_run(edit));
            let fix = fix.unwrap_or(say);
            Finding::new(Rule::KubeadmConfigCaHash, path, message, fix)
                .at(place::of_line(Some(wrong.position.line)))
        });
    }
}
