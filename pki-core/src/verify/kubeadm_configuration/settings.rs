//! What else kubeadm goes by and a description of the cluster says as well.

use super::{describes_cluster, document};
use crate::cluster::Host;
use crate::kubeadm::ClusterFile;
use crate::name::Quoted;
use crate::verify::{Examined, Finding, Record, Rule, place};
use crate::yaml::Node;

const PORTS: [&str; 4] = [
    "localAPIEndpoint.bindPort",
    "controlPlane.localAPIEndpoint.bindPort",
    "apiEndpoint.bindPort",
    "api.bindPort",
];

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
        return;
    };
    let mut differs = |places: &[&str], own: &str, right: &str| {
        let found = documents.iter().find_map(|it| document::first(it, places));
        record.expect(own == right, || {
            let field =
                found.map_or_else(|| places.first().copied().unwrap_or_default(), |it| it.1);
            let name = field.rsplit('.').next().unwrap_or(field);
            let message = format!("{name} is {}, and the description has {right}", Quoted(own));
            let fix = found.map(|(node, _)| document::write(examined, path, node, right));
            let fix = fix.unwrap_or_else(|| format!("write {name}: {right} there").into());
            Finding::new(Rule::KubeadmConfigSetting, path, message, fix)
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
        differs(
            &["networking.dnsDomain"],
            file.cluster.dns_domain.as_str(),
            domain,
        );
    }
    let trimmed = |it: &Option<String>| {
        let it = it.as_deref().unwrap_or(USUAL).trim_end_matches('/');
        it.to_owned()
    };
    let right = trimmed(&expectation.certificates_directory);
    differs(
        &["certificatesDir"],
        &trimmed(&file.certificates_dir),
        &right,
    );
}
