mod afar;
mod authorities;
mod leaves;
mod pairs;
mod service_account;
mod services;
mod shared_servers;

use std::sync::OnceLock;

use super::*;
use crate::plan::{Inventory, Plan, PlanOptions, Site};
use crate::*;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap()
}

fn random(buffer: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(buffer).map_err(|_| Error::Randomness)
}

fn hosts(roles: &[(bool, bool)]) -> Cluster {
    let host = |(index, (control_plane, etcd)): (usize, &(bool, bool))| {
        let number = u8::try_from(index).unwrap() + 1;
        let name = format!("m{number}").parse().unwrap();
        let mut host = Host::control_plane(name, [10, 0, 0, 10 + number].into());
        host.roles = Roles {
            control_plane: *control_plane,
            etcd: *etcd,
        };
        host
    };
    Cluster {
        control_plane_endpoint: Some("vip.k8s.internal:6443".parse().unwrap()),
        key_algorithm: KeyAlgorithm::EcdsaP256,
        kubeconfig_key_algorithm: KeyAlgorithm::EcdsaP256,
        ..Cluster::new(roles.iter().enumerate().map(host).collect())
    }
}

fn masters(count: usize) -> Cluster {
    hosts(&vec![(true, true); count])
}

/// A tree as it can be changed: paths and contents.
type Files = std::collections::BTreeMap<String, Vec<u8>>;

/// Every host's files as gen makes them.
fn made(cluster: &Cluster) -> Vec<Files> {
    let options = PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    };
    let nothing = Inventory::new();
    let plan = Plan::new(cluster, &options, &nothing, now()).unwrap();
    let bundle = Bundle::new(&plan, cluster, &nothing, now(), &mut random, &|| ()).unwrap();
    let mut trees = vec![Files::new(); cluster.hosts.len() + 1];
    for made in bundle.into_files() {
        let index = match made.site {
            Site::Host(index) => index,
            _ => cluster.hosts.len(),
        };
        let path = match made.file.role {
            FileRole::Kubeconfig => made.file.path,
            _ => format!("pki/{}", made.file.path),
        };
        trees[index].insert(path, made.content.to_vec());
    }
    trees
}

fn tree(files: &Files) -> Tree {
    let file = |(path, content): (&String, &Vec<u8>)| {
        let secret = !path.ends_with(".crt") && !path.ends_with(".pub");
        let file = TreeFile {
            content: TreeContent::Bytes(content.clone().into()),
            mode: if secret { 0o600 } else { 0o644 },
            owner: None,
            links: 1,
            inode: None,
            link: None,
        };
        (path.clone(), file)
    };
    Tree {
        files: files.iter().map(file).collect(),
        has_kubeconfig_directory: files.contains_key("admin.conf"),
        ..Tree::default()
    }
}

/// The reports of hosts that nothing is known about; the last is the home of
/// the CAs if there is one more than the cluster has hosts.
fn reports(trees: &[Files], cluster: Option<&Cluster>) -> Vec<HostReport> {
    let names: Vec<_> = (1..=trees.len())
        .map(|number| format!("m{number}"))
        .collect();
    reports_of(trees, cluster, &names)
}

fn reports_of(
    trees: &[Files],
    cluster: Option<&Cluster>,
    names: &[impl ToString],
) -> Vec<HostReport> {
    let mut common = CommonFacts::default();
    let report = |(index, files): (usize, &Files)| {
        let expectation = Expectation {
            cluster: cluster.map(|cluster| (cluster.clone(), index)),
            ..Expectation::default()
        };
        let host = names[index].to_string();
        let location = TreeLocation {
            directory: format!("/{host}"),
            ..TreeLocation::default()
        };
        let report = verify(&tree(files), &expectation, now());
        HostReport::new(host, location, report, &mut common)
    };
    trees.iter().enumerate().map(report).collect()
}

/// `rule file [hosts]`, and how many consequences there are.
fn shown(comparison: &Comparison) -> Vec<String> {
    let line = |found: &FleetFinding| {
        let finding = &found.finding;
        format!(
            "{} {} {} [{}] +{}",
            finding.severity,
            finding.rule,
            finding.file,
            found.hosts.join(" "),
            finding.consequences.len()
        )
    };
    comparison.findings.iter().map(line).collect()
}

fn between(trees: &[Files]) -> Vec<String> {
    shown(&compare(&mut reports(trees, None)))
}

/// Takes files that begin so from another tree.
fn take(to: &mut Files, from: &Files, prefixes: &[&str]) {
    let wanted = |path: &String| prefixes.iter().any(|prefix| path.starts_with(prefix));
    for (path, content) in from.iter().filter(|(path, _)| wanted(path)) {
        to.insert(path.clone(), content.clone());
    }
}

/// Two fleets of the same names, made once: the good one, and another one.
fn fleets() -> (Vec<Files>, &'static Vec<Files>) {
    static BOTH: OnceLock<(Vec<Files>, Vec<Files>)> = OnceLock::new();
    let (good, other) = BOTH.get_or_init(|| (made(&masters(3)), made(&masters(3))));
    (good.clone(), other)
}

#[test]
fn healthy_fleets_have_no_finding() {
    let external = [(true, false), (true, false), (false, true), (false, true)];
    let mut cluster = hosts(&external);
    cluster.etcd = Etcd::External(ExternalEtcd::default());
    let mut with_external = made(&cluster);
    let ca = with_external[0]["pki/ca.crt"].clone();
    // A worker.
    with_external.push([("pki/ca.crt".to_owned(), ca)].into());
    for trees in [fleets().0, with_external] {
        let mut reports = reports(&trees, None);
        let comparison = compare(&mut reports);
        assert_eq!(shown(&comparison), [""; 0]);
        assert!(comparison.checked > 5);
        for report in reports {
            assert_eq!(report.report.findings, [], "{}", report.host);
        }
    }
    assert_eq!(between(&[]), [""; 0]);
}

/// Files that changed places on one host are that host's own fault, and no
/// difference between the hosts.
#[test]
fn an_exchange_is_the_hosts_own() {
    let (mut trees, _) = fleets();
    for name in ["ca.crt", "ca.key"] {
        let [one, other] = ["pki", "pki/etcd"].map(|above| format!("{above}/{name}"));
        let first = trees[1][&one].clone();
        let second = trees[1].insert(other, first);
        trees[1].insert(one, second.unwrap());
    }
    let mut reports = reports(&trees, None);
    assert_eq!(shown(&compare(&mut reports)), [""; 0]);
    let own = reports.iter().map(|host| host.report.findings.len());
    assert_eq!(own.collect::<Vec<_>>(), [0, 1, 0, 0]);
    assert_eq!(reports[1].report.findings[0].rule, Rule::Exchanged);
}
