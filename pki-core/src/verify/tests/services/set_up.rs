//! Files that the description wants on a host.

use super::*;
use crate::setup::{LoadBalancerDescription, Setup, SetupDescription};

const APISERVER: &str = "manifests/kube-apiserver.yaml";

fn described() -> Expectation {
    let cluster = described_here();
    let description = SetupDescription {
        load_balancer: LoadBalancerDescription {
            kind: Some("keepalived".parse().unwrap()),
            virtual_ip: Some("10.0.0.100".parse().unwrap()),
            interface: Some("eth0".parse().unwrap()),
            auth_pass: Some("s3cr.t_8".parse().unwrap()),
            ..LoadBalancerDescription::default()
        },
        ..SetupDescription::default()
    };
    Expectation {
        setup: Some(Setup::resolve(&cluster, &description).unwrap()),
        ..expectation(&cluster)
    }
}

fn without(paths: &[&str]) -> Tree {
    let mut tree = host_with_services();
    for path in paths {
        tree.files.remove(*path);
    }
    tree
}

#[test]
fn what_the_description_wants_is_there() {
    assert_eq!(found(&host_with_services(), &described()), [""; 0]);
    for (paths, wanted) in [
        (&[UNIT][..], Some((Severity::Error, UNIT))),
        (&[KEEPALIVED], Some((Severity::Error, KEEPALIVED))),
        (&[UNIT, KEEPALIVED], Some((Severity::Error, UNIT))),
        (&[CONFIGURATION], Some((Severity::Warning, CONFIGURATION))),
        // Nothing else is there, but an API server runs.
        (
            &[UNIT, KEEPALIVED, CONFIGURATION],
            Some((Severity::Error, UNIT)),
        ),
        // It was not set up yet.
        (&[UNIT, KEEPALIVED, CONFIGURATION, APISERVER], None),
    ] {
        let report = verify(&without(paths), &described(), now());
        let found = report.findings.iter();
        let found: Vec<_> = found
            .filter(|it| it.rule == Rule::SetUpFileMissing)
            .map(|it| (it.severity, it.file.as_str()))
            .collect();
        assert_eq!(found, wanted.into_iter().collect::<Vec<_>>(), "{paths:?}");
    }
}

#[test]
fn nothing_is_asked_for_that_nobody_described() {
    let tree = without(&[UNIT, KEEPALIVED]);
    let report = verify(&tree, &expectation(&described_here()), now());
    assert_eq!(report.findings, []);
    // kubeadm has read its configuration.
    let mut tree = without(&[CONFIGURATION]);
    put(&mut tree, "/var/lib/kubelet/config.yaml", file(b"", 0o600));
    let report = verify(&tree, &described(), now());
    let mut found = report.findings.iter();
    assert!(found.all(|it| it.rule != Rule::SetUpFileMissing));
    // Where it cannot be looked for, it is not missing.
    let mut tree = without(&[UNIT]);
    tree.has_host_root = false;
    let report = verify(&tree, &described(), now());
    let mut found = report.findings.iter();
    assert!(found.all(|it| it.rule != Rule::SetUpFileMissing));
}
