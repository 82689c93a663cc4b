//! Files that have changed places, and the way back.

use super::faults::exchange;
use super::*;

fn report(pairs: &[(&str, &str)]) -> Report {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    exchange(&mut tree, trees, pairs);
    tree.location.directory = "/srv/m 1".to_owned();
    verify(&tree, &expectation(&cluster("1.36")), now())
}

const PAIR: [(&str, &str); 2] = [
    ("pki/apiserver.crt", "pki/etcd/server.crt"),
    ("pki/apiserver.key", "pki/etcd/server.key"),
];

#[test]
fn both_files_of_a_pair_are_named_and_brought_back() {
    let report = report(&PAIR);
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(
        finding.message,
        "has changed places with pki/etcd/server.crt, and pki/apiserver.key with pki/etcd/server.key"
    );
    let commands: Vec<_> = finding.fix.commands().collect();
    assert_eq!(
        commands[0],
        "mv '/srv/m 1/pki/apiserver.crt' '/srv/m 1/pki/apiserver.crt.exchanged' && mv '/srv/m 1/pki/etcd/server.crt' '/srv/m 1/pki/apiserver.crt' && mv '/srv/m 1/pki/apiserver.crt.exchanged' '/srv/m 1/pki/etcd/server.crt'"
    );
    assert_eq!(commands.len(), 3);
    let rules: Vec<_> = finding.consequences.iter().map(|one| one.rule).collect();
    assert!(rules.contains(&Some(Rule::WrongCa)), "{rules:?}");
    // What a comparison of hosts learns is what belongs there.
    let apiserver = report
        .identities
        .iter()
        .find(|row| row.base_name == "apiserver");
    let names = &apiserver.unwrap().certificates[0].subject_alt_names;
    assert!(names.contains(&"DNS:kubernetes".to_owned()));
}

#[test]
fn several_exchanges_are_one_finding_each() {
    let kubeconfigs = [("controller-manager.conf", "scheduler.conf")];
    let keys = [("pki/front-proxy-client.key", "pki/etcd/peer.key")];
    let all = [&PAIR[..], &kubeconfigs, &keys].concat();
    let report = report(&all);
    let rules: Vec<_> = report.findings.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::Exchanged; 3]);
}

/// What else is wrong with the files is told as if they were back.
#[test]
fn an_exchange_hides_nothing() {
    let trees = trees();
    let mut tree = broken(trees, |t, all| {
        all.issue(t, "apiserver", "ca", |p| p.validity = valid(-100, -1));
    });
    for (one, other) in PAIR {
        let (first, second) = (copy(&tree, one), copy(&tree, other));
        put(&mut tree, one, second);
        put(&mut tree, other, first);
    }
    let told = found(&tree, &expectation(&cluster("1.36")));
    assert_eq!(
        told,
        ["exchanged pki/apiserver.crt", "expired pki/etcd/server.crt"]
    );
}

/// Links are not moved: where they lead depends on their place.
#[test]
fn links_stay_where_they_are() {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    exchange(&mut tree, trees, &[("pki/ca.key", "pki/etcd/ca.key")]);
    let file = tree.files.get_mut("pki/ca.key").unwrap();
    file.link = Some("live/ca.key".to_owned());
    let report = verify(&tree, &Expectation::default(), now());
    let fix = &report.findings[0].fix;
    assert!(!fix.commands().any(|command| command.starts_with("mv ")));
    assert!(
        fix.to_string()
            .starts_with("exchange what the links pki/ca.key and")
    );
}

#[test]
fn a_copy_is_no_exchange() {
    let trees = trees();
    let tree = broken(trees, |t, all| {
        for (one, other) in PAIR {
            put(t, one, copy(&all.good, other));
        }
    });
    let told = found(&tree, &expectation(&cluster("1.36")));
    assert!(
        !told.iter().any(|one| one.starts_with("exchanged")),
        "{told:?}"
    );
}
