//! Each tree with one fault: it is found, and nothing else is.
//!
//! `cargo test -p pki-cli --test verify key_swapped` runs one.

use crate::common::fixture;
use crate::recorded::{Case, Cases, Masters};
use crate::verdict::{Named, verify};

macro_rules! cases {
    ($($test:ident: $id:literal,)*) => {
        const IDS: &[&str] = &[$($id),*];

        $(#[test]
        fn $test() {
            check($id);
        })*
    };
}

cases! {
    admin_conf_no_group: "admin-conf-no-group",
    aki_mismatch: "aki-mismatch",
    apiserver_etcd_client_wrong_ca: "apiserver-etcd-client-wrong-ca",
    ca_bundle_old_first: "ca-bundle-old-first",
    ca_differs_between_masters: "ca-differs-between-masters",
    ca_expired: "ca-expired",
    ca_key_mismatch: "ca-key-mismatch",
    ca_without_basic_constraints: "ca-without-basic-constraints",
    cert_file_with_key: "cert-file-with-key",
    der_not_pem: "der-not-pem",
    eku_server_missing: "eku-server-missing",
    etcd_ca_is_cluster_ca: "etcd-ca-is-cluster-ca",
    etcd_server_san_missing_localhost: "etcd-server-san-missing-localhost",
    etcd_server_without_clientauth: "etcd-server-without-clientauth",
    external_ca_incomplete: "external-ca-incomplete",
    file_10mb: "file-10mb",
    file_empty: "file-empty",
    file_missing: "file-missing",
    front_proxy_ca_is_cluster_ca: "front-proxy-ca-is-cluster-ca",
    front_proxy_cn: "front-proxy-cn",
    key_encrypted: "key-encrypted",
    key_swapped: "key-swapped",
    key_world_readable: "key-world-readable",
    kubeconfig_client_expired: "kubeconfig-client-expired",
    kubeconfig_old_ca: "kubeconfig-old-ca",
    kubeconfig_world_readable: "kubeconfig-world-readable",
    kubelet_conf_embedded_expiring: "kubelet-conf-embedded-expiring",
    kubelet_conf_wrong_node: "kubelet-conf-wrong-node",
    leaf_expired: "leaf-expired",
    leaf_expiring: "leaf-expiring",
    leaf_outlives_ca: "leaf-outlives-ca",
    master1_leaves_copied: "master1-leaves-copied",
    not_yet_valid: "not-yet-valid",
    other_ca_same_name: "other-ca-same-name",
    pem_bom: "pem-bom",
    pem_crlf: "pem-crlf",
    pem_truncated: "pem-truncated",
    rsa_1024: "rsa-1024",
    sa_differs_between_masters: "sa-differs-between-masters",
    sa_key_pkcs8_ec: "sa-key-pkcs8-ec",
    sa_pub_mismatch: "sa-pub-mismatch",
    san_missing_endpoint: "san-missing-endpoint",
    san_missing_host_ip: "san-missing-host-ip",
    san_missing_service_ip: "san-missing-service-ip",
    san_none_cn_only: "san-none-cn-only",
    sha1_signature: "sha1-signature",
    symlinks: "symlinks",
    unknown_critical_extension: "unknown-critical-extension",
}

#[test]
fn every_case_is_run() {
    let recorded: Vec<String> = Cases::read()
        .cases
        .into_iter()
        .map(|case| case.id)
        .collect();
    assert_eq!(recorded, IDS);
}

#[track_caller]
fn check(id: &str) {
    let Cases { now, cases } = Cases::read();
    let case = cases.into_iter().find(|case| case.id == id);
    let case = case.expect("a case of cases.json");
    let masters = Masters::broken(&case);
    let directories: Vec<_> = case
        .hosts
        .iter()
        .map(|host| masters.kubernetes(host))
        .collect();
    compare(
        &case,
        "undescribed",
        case.undescribed.as_ref().unwrap_or(&case.findings),
        &directories,
        &now,
        &[],
    );
    let file = fixture("verify/cluster.yaml");
    let file = file.to_str().expect("UTF-8");
    compare(
        &case,
        "described",
        &case.findings,
        &directories,
        &now,
        &["--config", file],
    );
}

#[track_caller]
fn compare(
    case: &Case,
    how: &str,
    expected: &[Named],
    directories: &[std::path::PathBuf],
    now: &str,
    more: &[&str],
) {
    let verdict = verify(directories, now, more);
    let mut expected = expected.to_vec();
    expected.sort();
    let context = format!("{} {how}: {:#}", case.id, verdict.document);
    let mut found = [verdict.findings, verdict.notes].concat();
    found.sort();
    assert_eq!(found, expected, "{context}");
    let severities = expected.iter().map(|named| named.severity.as_str());
    let worst = severities.filter(|severity| *severity != "note").min();
    assert_eq!(worst.unwrap_or("ok"), case.severity, "{context}");
    let status = i32::from(case.severity == "error");
    assert_eq!(verdict.status, Some(status), "{context}");
}
