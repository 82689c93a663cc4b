//! What else kubeadm goes by and a description of the cluster says as well.

use super::{describes_cluster, document};
use crate::cluster::Host;
use crate::kubeadm::ClusterFile;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::Url;
use crate::verify::{Examined, Finding, Record, Rule, derived, place};
use crate::yaml::Node;

const PORTS: [&str; 4] = [
    "localAPIEndpoint.bindPort",
    "controlPlane.localAPIEndpoint.bindPort",
    "apiEndpoint.bindPort",
    "api.bindPort",
];

const VERSION: &[&str] = &["kubernetesVersion"];
const NAME: &[&str] = &["clusterName"];
const DOMAIN: &[&str] = &["networking.dnsDomain"];
const DIRECTORY: &[&str] = &["certificatesDir"];

const USUAL: &str = "/etc/kubernetes/pki";

pub(super) fn check(
    examined: &Examined<'_>,
    path: &str,
    (file, documents): (&ClusterFile, &[Node]),
    record: &mut Record,
) {
    let expectation = examined.expectation;
    let described = expectation.described();
    let Some((cluster, host)) = described.filter(|_| !expectation.assumed.role) else {
        check_by_files(examined, path, (file, documents), record);
        return;
    };
    let mut differs = |places: &[&str], own: &str, right: &str| {
        let found = document::first_of(documents, places);
        let severity = match places {
            VERSION | NAME => Severity::Warning,
            _ => Severity::Error,
        };
        record.expect(own == right, || {
            let field =
                found.map_or_else(|| places.first().copied().unwrap_or_default(), |it| it.1);
            let name = field.rsplit('.').next().unwrap_or(field);
            let message = format!("{name} is {}, and the description has {right}", Quoted(own));
            let fix = found.map(|(node, _)| document::write(examined, path, node, right));
            let fix = fix.unwrap_or_else(|| format!("write {name}: {right} there").into());
            Finding::new(Rule::KubeadmConfigSetting, path, message, fix)
                .with_severity(severity)
                .at(place::of_line(found.map(|(node, _)| node.position.line)))
        });
    };
    if file.local_address.is_some() || file.local_bind_port.is_some() {
        let own = file.local_bind_port.unwrap_or(Host::DEFAULT_BIND_PORT);
        differs(&PORTS, &own.to_string(), &host.bind_port.to_string());
    }
    if !describes_cluster(documents) {
        return;
    }
    if !expectation.assumed.dns_domain {
        let domain = cluster.dns_domain.as_str();
        differs(DOMAIN, file.cluster.dns_domain.as_str(), domain);
    }
    let has_version = document::first_of(documents, VERSION).is_some();
    if has_version && !expectation.assumed.version {
        let [own, right] =
            [&file.cluster, cluster].map(|it| minor(it.kubernetes_version.to_string()));
        differs(VERSION, &own, &right);
    }
    differs(NAME, &file.cluster.name, &cluster.name);
    let right = trimmed(&expectation.certificates_directory);
    differs(DIRECTORY, &trimmed(&file.certificates_dir), &right);
}

fn trimmed(directory: &Option<String>) -> String {
    let directory = directory.as_deref().unwrap_or(USUAL);
    directory.trim_end_matches('/').to_owned()
}

/// What kubeadm looks up for itself: `v1.36.2` of a cluster that stays with 1.36 is
/// no other version.
fn minor(version: String) -> String {
    let mut parts = version.trim_start_matches('v').split('.');
    let parts = [parts.next(), parts.next()].into_iter().flatten();
    format!("stable-{}", parts.collect::<Vec<_>>().join("."))
}

/// Without a description, against what lies on the host.
fn check_by_files(
    examined: &Examined<'_>,
    path: &str,
    (file, documents): (&ClusterFile, &[Node]),
    record: &mut Record,
) {
    let tree = examined.tree;
    let mut differs = |places: &[&str], own: &str, (right, by): (&str, &str)| {
        let found = document::first_of(documents, places);
        let Some((node, place)) = found.filter(|_| own != right) else {
            record.checked += 1;
            return;
        };
        let name = place.rsplit('.').next().unwrap_or(place);
        let message = format!("{name} is {}, and {by} {right}", Quoted(own));
        let fix = document::write(examined, path, node, right);
        let finding = Finding::new(Rule::KubeadmConfigSetting, path, message, fix);
        record.fail(finding.at(place::of_line(Some(node.position.line))));
    };
    // Those of kubeadm connect to the API server of their own host.
    for component in ["controller-manager.conf", "scheduler.conf"] {
        let server = derived::kubeconfig(tree, component).and_then(|it| it.server.as_deref());
        let url = server.and_then(Url::parse);
        let own = file.local_address.filter(|it| !it.is_unspecified());
        let is_own = |url: &Url<'_>| own.is_some() && url.address() == own;
        let port = url.filter(is_own).and_then(|url| url.port);
        if let (Some(right), Some(told)) = (port, file.local_bind_port) {
            let by = format!("{component} connects to");
            differs(&PORTS, &told.to_string(), (right, &by));
            break;
        }
    }
    if !describes_cluster(documents) {
        return;
    }
    if let Some(directory) = &file.certificates_dir
        && tree.has("pki/ca.crt")
        && examined.expectation.certificates_directory.is_none()
    {
        let own = directory.trim_end_matches('/');
        let right = tree.location.on_host("pki");
        differs(DIRECTORY, own, (&right, "the certificates are in"));
    }
    const SERVICE: &str = "DNS:kubernetes.default.svc.";
    let apiserver = derived::served(examined.manifests, "apiserver");
    let certificate = derived::certificate(tree, &apiserver);
    let names = certificate.iter().flat_map(|it| it.subject_alt_names());
    let domains: Vec<&str> = names
        .filter_map(|name| name.strip_prefix(SERVICE))
        .collect();
    if let [domain] = domains[..] {
        let by = format!("{apiserver} has the name of services in");
        differs(DOMAIN, file.cluster.dns_domain.as_str(), (domain, &by));
    }
}
