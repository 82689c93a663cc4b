//! Graphs of trees that `gen` makes, and of broken ones.

use std::collections::BTreeMap;

use super::*;
use crate::bundle::Bundle;
use crate::catalog::FileRole;
use crate::plan::{Inventory, Plan, PlanOptions, Site};
use crate::verify::tests::{file, now};
use crate::verify::{CommonFacts, Expectation, HostReport, Tree, compare, verify};

type Files = BTreeMap<String, (Vec<u8>, u32)>;

/// What gen makes for every host.
fn made(cluster: &Cluster) -> Vec<Files> {
    let options = PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    };
    let nothing = Inventory::new();
    let mut random =
        |buffer: &mut [u8]| getrandom::fill(buffer).map_err(|_| crate::Error::Randomness);
    let plan = Plan::new(cluster, &options, &nothing, now()).unwrap();
    let bundle = Bundle::new(&plan, cluster, &nothing, now(), &mut random, &|| ()).unwrap();
    let mut hosts = vec![Files::new(); cluster.hosts.len()];
    for made in bundle.into_files() {
        let Site::Host(index) = made.site else {
            continue;
        };
        let path = match made.file.role {
            FileRole::Kubeconfig => made.file.path,
            _ => format!("pki/{}", made.file.path),
        };
        hosts[index].insert(path, (made.content.to_vec(), made.file.role.mode()));
    }
    hosts
}

fn graph_of(cluster: &Cluster, hosts: &[Files], at: Timestamp) -> Graph {
    let (mut found, mut reports) = (Vec::new(), Vec::new());
    let mut common = CommonFacts::default();
    for (index, files) in hosts.iter().enumerate() {
        let mut tree = Tree {
            has_kubeconfig_directory: true,
            ..Tree::default()
        };
        for (path, (content, mode)) in files {
            tree.files.insert(path.clone(), file(content, *mode));
        }
        let expectation = Expectation {
            cluster: Some((cluster.clone(), index)),
            ..Expectation::default()
        };
        let report = verify(&tree, &expectation, at);
        let name = cluster.hosts[index].name.to_string();
        found.push(FoundHost::new(name.clone(), &tree, &expectation, &report));
        reports.push(HostReport::new(name, tree.location, report, &mut common));
    }
    let between = compare(&mut reports);
    Graph::found(&found, &reports, &between, &[], Some(cluster), at)
}

/// Rows with the names of their CAs, host by host.
fn rows(graph: &Graph) -> Vec<(String, Option<String>)> {
    let label = |place: usize| graph.authorities[place].label();
    let rows = graph.hosts.iter().flat_map(|host| {
        let of_host = host.certificates.iter();
        of_host.map(|it| {
            (
                format!("{} {}", host.name, it.name),
                it.authority.map(label),
            )
        })
    });
    rows.collect()
}

#[test]
fn trees_of_gen_are_what_was_planned() {
    let external = [(true, false), (true, false), (false, true), (false, true)];
    for cluster in [masters(3), cluster(&external, true, 36)] {
        let hosts = made(&cluster);
        let (planned, found) = (Graph::planned(&cluster), graph_of(&cluster, &hosts, now()));
        assert_eq!(rows(&found), rows(&planned));
        let held = |graph: &Graph| {
            let authorities = graph.authorities.iter();
            let held =
                authorities.map(|it| (it.entry.base_name, it.subject.clone(), it.holders.clone()));
            held.collect::<Vec<_>>()
        };
        assert_eq!(held(&found), held(&planned));
        assert_eq!(found.trusts, planned.trusts);
        assert_eq!(
            found.findings().collect::<Vec<_>>(),
            Vec::<&NodeFinding>::new()
        );
        assert_eq!(found.endpoint.as_deref(), Some("10.0.0.100:6443"));
    }
}

#[test]
fn what_is_wrong_stands_where_it_is() {
    let cluster = masters(3);
    let (mut hosts, others) = (made(&cluster), made(&cluster));
    // m1 is another cluster's, m2 lacks a file and has one that cannot be read.
    hosts[1] = others[1].clone();
    hosts[2].remove("pki/etcd/peer.crt");
    hosts[2].insert(
        "pki/apiserver.crt".to_owned(),
        (b"nonsense".to_vec(), 0o644),
    );
    let graph = graph_of(&cluster, &hosts, now());
    let labels: Vec<_> = graph.authorities.iter().map(|it| it.label()).collect();
    let twice = ["ca", "front-proxy-ca", "etcd/ca", "sa"];
    let twice = twice
        .iter()
        .flat_map(|name| [1, 2].map(|number| format!("{name} ({number} of 2)")));
    assert_eq!(labels, twice.collect::<Vec<_>>());
    assert_eq!(worst(&graph.authorities[1].findings), Some(Severity::Error));
    let certificate = |host: usize, name: &str| {
        let mut certificates = graph.hosts[host].certificates.iter();
        certificates.find(|it| it.name == name).unwrap()
    };
    assert_eq!(certificate(1, "apiserver").authority, Some(1));
    assert_eq!(certificate(0, "apiserver").authority, Some(0));
    let peer = certificate(2, "etcd/peer");
    assert_eq!(peer.state, CertificateState::Missing);
    assert_eq!(worst(&peer.findings), Some(Severity::Error));
    let unreadable = certificate(2, "apiserver");
    assert_eq!(unreadable.state.id(), "unreadable");
    assert_eq!(unreadable.authority, None);
    assert_eq!(graph.hosts[2].worst(), Some(Severity::Error));
}

#[test]
fn every_drawing_has_what_is_wrong_in_red() {
    let cluster = masters(2);
    let mut hosts = made(&cluster);
    hosts[1].remove("pki/etcd/peer.crt");
    let mut graph = graph_of(&cluster, &hosts, now());
    let place = |graph: &Graph, name: &str| {
        let mut nodes = graph.hosts[1].certificates.iter();
        nodes.position(|it| it.name == name).unwrap()
    };
    let peer = place(&graph, "etcd/peer");
    // It is missing, whatever a rule says.
    graph.hosts[1].certificates[peer].findings.clear();
    graph.hosts[1].findings.clear();
    let (drawn, text) = (dot(&graph), mermaid(&graph));
    let node = |drawn: &str, start: &str| {
        let mut lines = drawn.lines().map(str::trim_start);
        lines
            .find(|line| line.starts_with(start))
            .unwrap()
            .to_owned()
    };
    assert!(node(&drawn, &format!("h1c{peer} ")).contains("color=\"#d1242f\""));
    assert!(
        drawn.contains("style=rounded; color=\"#d1242f\"; penwidth=2;"),
        "{drawn}"
    );
    assert!(!node(&drawn, "a0 ").contains("fontcolor"), "{drawn}");
    let class = node(&text, "class h1,");
    assert_eq!(class, format!("class h1,h1c{peer} error"));
    let late = graph_of(&cluster, &hosts, now().plus(4000 * 86_400).unwrap());
    assert!(node(&dot(&late), "a0 ").contains("fontcolor=\"#d1242f\""));
    assert!(mermaid(&late).contains("  class a0,"), "{}", mermaid(&late));
    let soon = graph_of(&cluster, &hosts[..1], now().plus(340 * 86_400).unwrap());
    assert!(node(&dot(&soon), "h0c0 ").contains("fontcolor=\"#9a6700\""));
    assert!(mermaid(&soon).contains("class h0,"), "{}", mermaid(&soon));
    let not_read = NotRead {
        host: "m9".to_owned(),
        why: "closed".to_owned(),
    };
    let none = Graph::found(&[], &[], &compare(&mut []), &[not_read], None, now());
    assert!(dot(&none).contains("fontcolor=\"#d1242f\""));
    assert!(mermaid(&none).contains("class h0 error"));
}

#[test]
fn a_ca_is_known_by_whichever_host_can_say_it() {
    let cluster = masters(2);
    let mut hosts = made(&cluster);
    let whole = graph_of(&cluster, &hosts, now());
    hosts[0].insert("pki/ca.crt".to_owned(), (b"nonsense".to_vec(), 0o644));
    let garbage = graph_of(&cluster, &hosts, now());
    let [was, is] = [&whole, &garbage].map(|graph| &graph.authorities[0]);
    assert_eq!(is.entry.base_name, "ca");
    assert_eq!(
        (&was.subject, was.sha256, was.lifetime, &was.holders),
        (&is.subject, is.sha256, is.lifetime, &is.holders)
    );
    assert!(is.subject.is_some() && is.lifetime.is_some());
}

#[test]
fn who_has_nothing_of_a_ca_has_no_ring_of_one_that_has_its_certificate() {
    let cluster = cluster(&[(true, true), (true, true)], true, 36);
    let mut hosts = made(&cluster);
    let picture = |hosts: &[Files]| svg(&graph_of(&cluster, hosts, now()), Shape::Wide);
    assert!(!picture(&hosts).contains("class=\"kg-ring kg-gap"));
    hosts[1].remove("pki/etcd/ca.crt");
    let graph = graph_of(&cluster, &hosts, now());
    let mut nodes = graph.authorities.iter();
    let etcd = nodes
        .position(|it| it.entry.base_name == "etcd/ca")
        .unwrap();
    let shares = [0, 1].map(|host| graph.share(etcd, host));
    let expected = [words::Share::Certificate, words::Share::Signed];
    assert_eq!(shares, expected.map(Some));
    let drawn = picture(&hosts);
    assert!(
        drawn.contains(&format!("class=\"kg-ring kg-gap kg-a{etcd}\"")),
        "{drawn}"
    );
    assert!(drawn.contains("has only what it signed"), "{drawn}");
}

#[test]
fn a_leaf_of_another_hosts_ca_is_under_that() {
    let cluster = masters(2);
    let (mut hosts, others) = (made(&cluster), made(&cluster));
    hosts[1] = others[1].clone();
    for name in ["crt", "key"] {
        let path = format!("pki/apiserver.{name}");
        let copied = hosts[0][&path].clone();
        hosts[1].insert(path, copied);
    }
    let graph = graph_of(&cluster, &hosts, now());
    let apiserver = graph.hosts[1].certificates.iter();
    let signers: Vec<_> = apiserver
        .filter(|it| it.name == "apiserver")
        .map(|it| it.authority)
        .collect();
    assert_eq!(signers, [Some(0)]);
}

#[test]
fn the_timeline_has_each_certificate_of_all_hosts_once() {
    let cluster = masters(3);
    let hosts = made(&cluster);
    let graph = graph_of(&cluster, &hosts, now());
    let timeline = Timeline::of(&graph).unwrap();
    assert_eq!(Timeline::of(&Graph::planned(&cluster)), None);
    let bar = |name: &str| {
        let mut bars = timeline.bars.iter().filter(|bar| bar.name == name);
        (bars.next().unwrap().clone(), bars.count())
    };
    let (apiserver, more) = bar("apiserver");
    assert_eq!((apiserver.hosts.len(), more), (3, 0));
    assert_eq!(apiserver.alarm(), None);
    assert_eq!(bar("super-admin.conf").0.hosts, ["m0"]);
    assert!(bar("ca").0.is_authority);
    assert_eq!(timeline.place(timeline.from), 0);
    assert_eq!(timeline.place(timeline.to), 10_000);
    assert_eq!(timeline.place(Timestamp::LATEST), 10_000);
    let marks: Vec<_> = timeline.marks().iter().map(|it| words::day(*it)).collect();
    assert_eq!(marks[..2], ["2027-01-01", "2027-04-01"]);
    let late = graph_of(&cluster, &hosts, now().plus(400 * 86_400).unwrap());
    let late = Timeline::of(&late).unwrap();
    assert_eq!(late.bars[0].alarm(), Some("error"));
}
