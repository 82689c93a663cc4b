//! What is wrong on one of several hosts has its line and its command.

use super::*;

/// What is said of hosts: their names, the line, and the commands.
fn mended(trees: &[Files], cluster: Option<&Cluster>) -> Vec<String> {
    let mut reports = reports(trees, cluster);
    let comparison = compare(&mut reports);
    let said = comparison.findings.iter().map(|it| {
        let line = it.finding.place.and_then(|place| place.line);
        let commands: Vec<_> = it.finding.fix.commands().collect();
        let commands = commands.join("\n");
        format!("{} {line:?} {commands}", it.hosts.join(" "))
    });
    said.collect()
}

#[test]
fn a_list_is_mended_on_the_host_that_has_another() {
    let described = cluster();
    for told in [Some(&described), None] {
        let mut trees = fleet();
        let (from, to) = ("m3=https://10.0.0.13", "m3=https://10.0.0.93");
        change(&mut trees[1], ENVIRONMENT, from, to);
        let said = mended(&trees, told);
        let [said] = &said[..] else {
            panic!("{said:#?}");
        };
        assert!(said.starts_with("m2 "), "{said}");
        let wanted = "m3=https://10.0.0.13:2380|";
        assert!(said.contains(wanted), "{said}");
        // The description counts more than what most hosts have, and the member itself.
        let mut trees = fleet();
        for host in [0, 1] {
            change(&mut trees[host], ENVIRONMENT, from, to);
        }
        let said = mended(&trees, told);
        assert!(said[0].starts_with("m1 m2 "), "{said:#?}");
    }
}

#[test]
fn a_list_that_all_have_is_mended_on_each() {
    let mut trees = fleet();
    for tree in &mut trees {
        let (from, to) = ("m3=https://10.0.0.13:2380", "m3=https://10.0.0.13:2379");
        change(tree, ENVIRONMENT, from, to);
    }
    for told in [Some(&cluster()), None] {
        let said = mended(&trees, told);
        let [said] = &said[..] else {
            panic!("{said:#?}");
        };
        let count = said.matches("|m3=https://10.0.0.13:2380|").count();
        assert_eq!(count, 3, "{said}");
    }
}

/// Every host mends the whole list, and not its own entry alone.
#[test]
fn a_port_that_all_lists_have_is_mended_for_all_members() {
    let mut trees = fleet();
    for tree in &mut trees {
        change(tree, ENVIRONMENT, ":2380", ":2381");
    }
    let said = mended(&trees, None);
    let [said] = &said[..] else {
        panic!("{said:#?}");
    };
    assert_eq!(said.matches(":2380|").count(), 9, "{said}");
}

/// The list of the others counts more than the settings of one host.
#[test]
fn an_address_that_others_do_not_know_is_the_hosts_own_fault() {
    for path in [Some("kubeadm-config.yaml"), None] {
        let mut trees = fleet();
        change(&mut trees[1], ENVIRONMENT, "10.0.0.12", "10.0.0.92");
        if path.is_none() {
            trees[1].remove("kubeadm-config.yaml");
        }
        let mut reports = reports(&trees, None);
        let comparison = compare(&mut reports);
        let all = format!("{comparison:?} {reports:?}");
        assert!(!all.contains("kpki gen"), "{all}");
        assert!(
            all.contains("etcd-members-differ") || all.contains("EtcdMembersDiffer"),
            "{all}"
        );
    }
}

/// Of two of one name one has the other's.
#[test]
fn the_one_that_is_called_as_another_is_renamed() {
    let mut trees = fleet();
    change(&mut trees[1], ENVIRONMENT, "PEER_NAME=m2", "PEER_NAME=m1");
    for told in [Some(&cluster()), None] {
        let said = mended(&trees, told);
        let [said] = &said[..] else {
            panic!("{said:#?}");
        };
        assert!(said.starts_with("m2 Some("), "{said}");
        assert!(said.contains("|m1|m2|"), "{said}");
    }
}
