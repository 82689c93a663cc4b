//! A host that got another address: what it issues again is told once.

use super::*;

const CONTROL_PLANE: Roles = Roles {
    control_plane: true,
    etcd: false,
};
const MEMBER: Roles = Roles {
    control_plane: false,
    etcd: true,
};

/// What is said of the tree of a host that has moved to 10.0.0.99 since.
fn moved(before: Cluster, index: usize) -> Vec<Finding> {
    let tree = tree_by(&before, &PlanOptions::default(), now(), Site::Host(index));
    let mut after = before;
    after.hosts[index].advertise_address = [10, 0, 0, 99].into();
    let told = Expectation {
        cluster: Some((after, index)),
        ..Expectation::default()
    };
    verify(&tree, &told, now()).findings
}

/// What is said of names and servers.
fn shown(findings: &[Finding]) -> Vec<String> {
    let is_it = |it: &&Finding| matches!(it.rule, Rule::SanMissing | Rule::KubeconfigServer);
    let shown = |it: &Finding| format!("{} {}: {}", it.rule, it.file, it.message);
    findings.iter().filter(is_it).map(shown).collect()
}

/// One certificate alone has the address, and the kubeconfigs follow from it.
#[test]
fn an_external_etcd_leaves_one_certificate() {
    let findings = moved(external(CONTROL_PLANE), 0);
    let [finding] = &findings[..] else {
        panic!("{findings:#?}");
    };
    assert_eq!(
        (finding.rule, &finding.file[..]),
        (Rule::SanMissing, "pki/apiserver.crt")
    );
    assert!(finding.message.starts_with("has no SAN for IP:10.0.0.99; "));
    let mut followed = finding.consequences.iter();
    assert!(followed.any(|one| one.rule == Some(Rule::KubeconfigServer)));
    let mut commands = finding.fix.commands();
    let first = commands.next();
    assert_eq!(
        first.map(|it| it.starts_with("kpki gen --only apiserver")),
        Some(true)
    );
    assert!(commands.any(|it| it.contains("controller-manager.conf")));
}

#[test]
fn a_member_alone_has_two() {
    let findings = moved(external(MEMBER), 0);
    let all = "san-missing pki/etcd: holds 2 certificates without a SAN for IP:10.0.0.99";
    assert_eq!(shown(&findings), [all]);
    assert_eq!(findings.len(), 1);
    let mut commands = findings[0].fix.commands();
    let is_of_both = |it: &str| it.starts_with("kpki gen --only etcd/server,etcd/peer");
    assert!(commands.any(is_of_both));
}

/// Its own host is meant, not the others of the description.
#[test]
fn a_described_fleet_is_told_of_its_own_host() {
    let mut fleet = cluster("1.36");
    fleet.hosts = vec![host("m1", 11), host("m2", 12), host("m3", 13)];
    let findings = moved(fleet, 1);
    let all = "san-missing pki: holds 3 certificates without a SAN for IP:10.0.0.99";
    assert_eq!(shown(&findings), [all]);
}
