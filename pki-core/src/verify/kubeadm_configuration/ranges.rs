//! The ranges of addresses that a cluster is made with.

use super::describes_cluster;
use crate::catalog::FileRole;
use crate::kubeadm::ClusterFile;
use crate::verify::{Examined, Finding, Record, Rule};
use crate::yaml::Node;

/// Against the description and the API server's certificate, which has the first
/// address of services.
pub(super) fn check(
    examined: &Examined<'_>,
    path: &str,
    (file, documents): (&ClusterFile, &[Node]),
    record: &mut Record,
) {
    if !describes_cluster(documents) {
        return;
    }
    check_services(examined, path, file, record);
    check_pods(examined, path, file, record);
}

fn check_services(examined: &Examined<'_>, path: &str, file: &ClusterFile, record: &mut Record) {
    let own = &file.cluster.service_subnet;
    let first = format!("IP:{}", own.first_address());
    record.checked += 1;
    let described = examined.expectation.described();
    let described = described.filter(|_| !examined.expectation.assumed.service_subnet);
    let message = if let Some((cluster, _)) = described {
        let right = &cluster.service_subnet;
        let by = match examined.expectation.assumed.role {
            false => "the description has",
            true => "the cluster's is",
        };
        (own != right).then(|| format!("has the serviceSubnet {own}, and {by} {right}"))
    } else {
        let mut materials = examined.materials.iter();
        let material = materials.find(|it| it.row.entry.base_name == "apiserver");
        let certificate = material.and_then(|it| Some((it, it.certificates().first()?)));
        let lacking = certificate.filter(|(material, certificate)| {
            let shown = material.path(FileRole::Certificate);
            !certificate.subject_alt_names().contains(&first) && !record.says_missing(shown, &first)
        });
        lacking.map(|(material, _)| {
            format!(
                "has the serviceSubnet {own}, and {} does not name its first address, {}",
                material.path(FileRole::Certificate),
                own.first_address()
            )
        })
    };
    if let Some(message) = message {
        let fix = "write the serviceSubnet of the cluster; it cannot be changed once services have addresses";
        record.add(Finding::new(Rule::KubeadmConfigRange, path, message, fix));
    }
}

fn check_pods(examined: &Examined<'_>, path: &str, file: &ClusterFile, record: &mut Record) {
    let described = examined.expectation.described();
    let described = described.filter(|_| !examined.expectation.assumed.role);
    let Some(right) = described.and_then(|(cluster, _)| cluster.pod_subnet.as_ref()) else {
        return;
    };
    let own = file.cluster.pod_subnet.as_ref();
    record.expect(own == Some(right), || {
        let message = match own {
            Some(own) => format!("has the podSubnet {own}, and the description has {right}"),
            None => format!("has no podSubnet, and the description has {right}"),
        };
        let fix =
            "write the same podSubnet on all hosts, and into the configuration of the pod network";
        Finding::new(Rule::KubeadmConfigRange, path, message, fix)
    });
}
