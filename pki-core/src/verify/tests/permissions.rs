//! Owners, links and what kubeconfigs say besides their certificates.

use super::*;

/// What is as it should be somewhere, or hurts nobody.
#[test]
fn are_not_judged_too_hard() {
    let trees = trees();
    let severities = |fault: Break| -> Vec<Severity> {
        let report = verify(&broken(trees, fault), &Expectation::default(), now());
        report
            .findings
            .iter()
            .map(|finding| finding.severity)
            .collect()
    };
    // etcd runs as a user of its own.
    assert_eq!(
        severities(|t, _| own(t, "pki/etcd/peer.key", 114, 120)),
        [Severity::Note]
    );
    let group = |t: &mut Tree, path: &str| t.files.get_mut(path).unwrap().mode = 0o640;
    let by_etcd: Break = |t, _| t.files.get_mut("pki/etcd/peer.key").unwrap().mode = 0o640;
    assert_eq!(severities(by_etcd), [Severity::Note]);
    let by_etcds_client: Break = |t, _| {
        t.files
            .get_mut("pki/apiserver-etcd-client.key")
            .unwrap()
            .mode = 0o640
    };
    assert_eq!(severities(by_etcds_client), [Severity::Error]);
    // A tree that a user made has no owner to blame, and a link inside is none.
    let staging: Break = |t, _| {
        for file in t.files.values_mut() {
            file.owner = Some(Owner {
                uid: 1000,
                gid: 1000,
            });
            file.link = Some("live/x".to_owned());
        }
    };
    assert_eq!(severities(staging), []);
    let mut roots = broken(trees, |_, _| ());
    own(&mut roots, "pki/ca.key", 0, 0);
    group(&mut roots, "pki/ca.key");
    let report = verify(&roots, &Expectation::default(), now());
    assert_eq!(report.findings[0].severity, Severity::Note);
}

#[test]
fn places_are_lines_of_kubeconfigs() {
    let trees = trees();
    let tree = broken(trees, |t, _| {
        edit(t, "admin.conf", "https://vip", "http://vip");
    });
    let report = verify(&tree, &Expectation::default(), now());
    let finding = &report.findings[0];
    let text = String::from_utf8(text(&tree, "admin.conf")).unwrap();
    let line = text
        .lines()
        .position(|line| line.contains("server:"))
        .unwrap()
        + 1;
    let line = Some(line);
    assert_eq!(
        (finding.rule, finding.place),
        (Rule::KubeconfigInsecure, Some(Place { block: None, line }))
    );
}

/// A kubelet that never left the certificate it was born with.
#[test]
fn kubelet_conf_should_follow_the_link() {
    let tree = tree_of(
        &cluster("1.36"),
        EtcdNaming::Kubeadm,
        now().plus(-40 * DAY).unwrap(),
    );
    let report = verify(&tree, &Expectation::default(), now());
    let [finding] = &report.findings[..] else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(finding.rule, Rule::KubeletConfEmbedded);
    let link = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let set = format!(
        "set-credentials --client-certificate={link} --client-key={link} -- system:node:m1"
    );
    assert!(finding.fix.commands().any(|it| it.ends_with(&set)));
    let later = now().plus(310 * DAY).unwrap();
    let report = verify(&tree, &Expectation::default(), later);
    // All of the tree ends on one day; the way of kubelet.conf is its own.
    let about: Vec<_> = report.findings.iter().collect();
    assert_eq!(about.len(), 1, "{about:#?}");
    assert_eq!(about[0].rule, Rule::ExpiresSoon);
    let mut parts = about[0].consequences.iter();
    assert!(parts.any(|part| part.file == "kubelet.conf"));
    assert!(
        about[0]
            .fix
            .commands()
            .any(|command| command.starts_with("kubectl config")),
        "{}",
        about[0].fix
    );
}

#[test]
fn keys_that_sign_stay_where_certificates_are_issued() {
    let mut cluster = cluster("1.36");
    cluster.etcd = Etcd::External(ExternalEtcd::default());
    let member = |name, last| Host {
        roles: Roles {
            control_plane: false,
            etcd: true,
        },
        ..host(name, last)
    };
    cluster.hosts = vec![member("m1", 11), member("m2", 12)];
    let options = PlanOptions {
        with_ca_keys: true,
        shared_home: true,
        ..PlanOptions::default()
    };
    let tree = tree_by(&cluster, &options, now(), Site::Host(1));
    for (index, expected) in [(0, &[][..]), (1, &["ca-key-here pki/etcd/ca.key"])] {
        let told = Expectation {
            cluster: Some((cluster.clone(), index)),
            ..Expectation::default()
        };
        let keys: Vec<_> = found(&tree, &told)
            .into_iter()
            .filter(|f| f.contains("key"))
            .collect();
        assert_eq!(keys, expected, "{index}");
    }
}

#[test]
fn servers_are_compared_with_the_description() {
    let trees = trees();
    let tree = broken(trees, |t, _| {
        edit(
            t,
            "admin.conf",
            "https://vip.k8s.internal:6443",
            "https://10.0.0.11:6443",
        );
    });
    let report = verify(&tree, &expectation(&cluster("1.36")), now());
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.rule, f.file.as_str()))
        .collect();
    assert_eq!(found, [(Rule::KubeconfigServer, "admin.conf")]);
    assert!(report.findings[0].place.is_some());
}

#[test]
fn a_ca_that_was_renewed_with_its_key_is_not_another() {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    let renewed = root(&tree, "pki/ca", |_| ());
    put(
        &mut tree,
        "pki/ca.crt",
        file(renewed.to_pem().as_bytes(), 0o644),
    );
    let report = verify(&tree, &Expectation::default(), now());
    assert!(report.is_ok(), "{:#?}", report.findings);
    let rules: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.rule, f.severity))
        .collect();
    // The kubeconfigs have one cause.
    assert_eq!(rules, [(Rule::KubeconfigCa, Severity::Warning)]);
    let finding = &report.findings[0];
    assert_eq!(
        (finding.file.as_str(), finding.consequences.len()),
        ("pki/ca.crt", 5)
    );
    // From the day on which the old one ends nobody gets in.
    let later = valid(0, 3700 * DAY).not_after();
    let report = verify(&tree, &Expectation::default(), later);
    let is_error = |f: &Finding| f.severity == Severity::Error;
    let mut found = report.findings.iter();
    assert!(found.any(|f| f.rule == Rule::KubeconfigCa && is_error(f)));
}
