//! Instances, their checks, and the file as a whole.

use std::net::IpAddr;

use super::*;

/// What other hosts may have as well, and what the system may.
#[test]
fn settings_that_are_in_order_are_left_alone() {
    for (from, to, listed) in [
        ("auth_type PASS", "auth_type AH", 0),
        ("script_user root", "script_user nobody", 0),
        ("script_user root", "script_user monitor", 1),
        ("global_defs {", "global_defs {\n    vrrp_version 2", 0),
    ] {
        let mut tree = host_with_services();
        change(&mut tree, KEEPALIVED, from, to);
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        assert_eq!(report.findings, [], "{to}");
        assert_eq!(report.not_checked.len(), listed, "{to}");
    }
    let mut tree = host_with_services();
    let block = "    authentication {\n        auth_type PASS\n        auth_pass s3cr.t_8\n    }\n";
    change(&mut tree, KEEPALIVED, block, "    version 3\n");
    assert_eq!(found(&tree, &Expectation::from_tree(&tree)), [""; 0]);
    // One for another address is not in the way.
    let pod = kube_vip::TEXT.replace("10.0.0.100", "10.0.0.200");
    let pod = pod.replace("cp_enable, value: \"true\"", "svc_enable, value: \"true\"");
    put(&mut tree, kube_vip::KUBE_VIP, file(pod.as_bytes(), 0o644));
    let told = found(&tree, &Expectation::from_tree(&tree));
    assert!(!told.iter().any(|it| it.contains("twice")), "{told:?}");
}

/// Of a file with the wrong blocks nothing else is told, and that is said.
#[test]
fn a_file_with_open_blocks_is_not_judged_further() {
    let mut tree = host_with_services();
    let with_more = "s3cr.t_8more\n";
    change(&mut tree, KEEPALIVED, "s3cr.t_8\n    }\n", with_more);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings)
    };
    assert_eq!(finding.place.and_then(|it| it.line), Some(19));
    let what = "the rest of /etc/keepalived/keepalived.conf";
    assert_eq!(report.not_checked[0].what, what);
}

#[test]
fn what_is_included_is_listed() {
    let mut tree = host_with_services();
    change(
        &mut tree,
        KEEPALIVED,
        "global_defs",
        "include /etc/keepalived/more.conf\nglobal_defs",
    );
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.findings, []);
    assert_eq!(
        report.not_checked[0].what,
        "line 1 of /etc/keepalived/keepalived.conf"
    );
}

/// Strictness is wrong with and without a password, and for the owner of the address
/// alone it is not.
#[test]
fn packets_to_the_virtual_ip_are_taken() {
    let strict = |more: &[(&str, &str)]| {
        let mut tree = host_with_services();
        let global = "global_defs {\n    vrrp_strict";
        change(&mut tree, KEEPALIVED, "global_defs {", global);
        let block =
            "    authentication {\n        auth_type PASS\n        auth_pass s3cr.t_8\n    }\n";
        change(&mut tree, KEEPALIVED, block, "");
        for (from, to) in more {
            change(&mut tree, KEEPALIVED, from, to);
        }
        verify(&tree, &Expectation::from_tree(&tree), now()).findings
    };
    let accept = ("interface eth0", "interface eth0\n    accept");
    let newer = ("priority 150", "priority 150\n    version 3");
    let off = ("priority 150", "priority 150\n    strict_mode off");
    for (more, is_wrong) in [
        (vec![], true),
        // Measured: of version 2 it is reset.
        (vec![accept], true),
        (vec![newer], true),
        (vec![accept, newer], false),
        (vec![off], false),
    ] {
        let found = strict(&more);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.rule, it.severity, it.place.and_then(|place| place.line)))
            .collect();
        let wanted = (Rule::KeepalivedValue, Severity::Error, Some(2));
        assert_eq!(told, vec![wanted; usize::from(is_wrong)], "{more:?}");
        if let [found] = &found[..] {
            let commands: Vec<_> = found.fix.commands().collect();
            assert!(commands[0].contains("vrrp_strict[[:blank:]]*$/d"));
        }
    }
}

/// A check that takes the host out is followed by all, a weight among others as well.
#[test]
fn nopreempt_goes_with_a_check_without_a_weight() {
    let mut tree = host_with_services();
    let backup = "state BACKUP\n    nopreempt";
    change(&mut tree, KEEPALIVED, "state MASTER", backup);
    change(&mut tree, KEEPALIVED, "    weight -30\n", "");
    assert_eq!(found(&tree, &Expectation::from_tree(&tree)), [""; 0]);
}

#[test]
fn a_slow_check_is_told_once_with_all_that_makes_it_fast() {
    let mut tree = host_with_services();
    change(&mut tree, KEEPALIVED, "interval 1", "interval 30");
    let other = "vrrp_instance VI_6 {\n    state MASTER\n    interface eth0\n    virtual_router_id 52\n    priority 150\n    \
        virtual_ipaddress {\n        fd00::100\n    }\n    track_script {\n        check_apiserver\n    }\n}\nvrrp_instance VI_1";
    change(&mut tree, KEEPALIVED, "vrrp_instance VI_1", other);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let [slow] = &report.findings[..] else {
        panic!("{:#?}", report.findings)
    };
    assert_eq!(slow.rule, Rule::KeepalivedSlow);
    let commands: Vec<_> = slow.fix.commands().collect();
    let wanted = "s/$/\\n    interval 1\\n    timeout 3\\n    fall 2/";
    assert!(commands[0].contains(wanted), "{commands:?}");
}

/// VRRP may go over a network of its own, whose addresses nobody told.
#[test]
fn another_network_is_not_judged() {
    let cluster = Cluster::new(vec![host("m1", 11), host("m2", 12), host("m3", 13)]);
    let described = Expectation {
        cluster: Some((cluster, 0)),
        ..Expectation::default()
    };
    let mut named = described.clone();
    if let Some((cluster, _)) = &mut named.cluster {
        for (number, host) in (11_u8..).zip(&mut cluster.hosts) {
            let address = IpAddr::from([192, 168, 50, number]);
            host.cert_sans.push(SubjectAltName::Ip(address));
        }
    }
    let unicast = |source: &str, peers: &[&str]| {
        let mut tree = host_with_services();
        let peers = peers.join("\n        ");
        let block = format!(
            "priority 150\n    unicast_src_ip {source}\n    unicast_peer {{\n        {peers}\n    }}\n"
        );
        change(&mut tree, KEEPALIVED, "priority 150\n", &block);
        tree
    };
    let told = |tree: &Tree, expectation: &Expectation| {
        let report = verify(tree, expectation, now());
        let found = report.findings.iter();
        let found = found.filter(|it| it.rule.id().starts_with("keepalived-unicast"));
        let listed = report.not_checked.iter();
        let listed = listed.filter(|it| it.why.contains("another network"));
        let rules: Vec<_> = found.map(|it| it.rule.id()).collect();
        (rules, listed.count())
    };
    let (whole, part) = (["192.168.50.12", "192.168.50.13"], ["192.168.50.12"]);
    let tree = unicast("192.168.50.11", &whole);
    assert_eq!(told(&tree, &Expectation::from_tree(&tree)), (vec![], 1));
    assert_eq!(told(&tree, &described), (vec![], 1));
    assert_eq!(told(&tree, &named), (vec![], 0));
    let tree = unicast("192.168.50.11", &part);
    assert_eq!(
        told(&tree, &described),
        (vec!["keepalived-unicast-peer"], 1)
    );
    assert_eq!(told(&tree, &named), (vec!["keepalived-unicast"], 0));
    // Who writes to the hosts' own addresses writes from there.
    let tree = unicast("192.168.50.11", &["10.0.0.12", "10.0.0.13"]);
    assert_eq!(told(&tree, &described), (vec!["keepalived-unicast"], 0));
}

/// keepalived says "Unknown keyword" or "invalid number", and goes on.
#[test]
fn words_and_numbers_that_keepalived_does_not_know() {
    for (from, to, severity, command) in [
        ("fall 2", "fal 2", "warning", "s|fal|fall|"),
        (
            "interval 1",
            "intervall 1",
            "warning",
            "s|intervall|interval|",
        ),
        ("weight -30", "wieght -30", "warning", "s|wieght|weight|"),
        (
            "script \"/etc",
            "scirpt \"/etc",
            "error",
            "s|scirpt|script|",
        ),
        ("interval 1", "interval 1s", "warning", ""),
        ("fall 2", "fall two", "warning", ""),
        ("weight -30", "weight -300", "warning", ""),
        ("priority 150", "priority 1o0", "warning", ""),
        (
            "state MASTER",
            "state BACKUP\n    nopreemt",
            "warning",
            "s|nopreemt|nopreempt|",
        ),
        (
            "track_script",
            "track_scripts",
            "error",
            "s|track_scripts|track_script|",
        ),
        (
            "virtual_ipaddress",
            "virtual_ipadress",
            "error",
            "s|virtual_ipadress|virtual_ipaddress|",
        ),
    ] {
        let mut tree = host_with_services();
        change(&mut tree, KEEPALIVED, from, to);
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        let [finding] = &report.findings[..] else {
            panic!("{to} {:#?}", report.findings)
        };
        let told = (finding.rule, finding.severity.to_string());
        assert_eq!(told, (Rule::KeepalivedValue, severity.to_owned()), "{to}");
        let commands: Vec<_> = finding.fix.commands().collect();
        assert!(commands[0].contains(command), "{to} {commands:?}");
    }
    // From afar most words stay where they are.
    for (from, to) in [
        ("fall 2", "withheld 2"),
        ("rise 2", "rise $RISE"),
        ("rise 2", "init_fail"),
    ] {
        let mut tree = host_with_services();
        change(&mut tree, KEEPALIVED, from, to);
        assert_eq!(
            found(&tree, &Expectation::from_tree(&tree)),
            [""; 0],
            "{to}"
        );
    }
}

/// "No script set for vrrp_script check_apiserver - removing"
#[test]
fn a_check_without_a_script_is_none() {
    let mut tree = host_with_services();
    let line = "    script \"/etc/keepalived/check_apiserver.sh\"\n";
    change(&mut tree, KEEPALIVED, line, "");
    let wanted = ["keepalived-no-check /etc/keepalived/keepalived.conf"];
    assert_eq!(found(&tree, &Expectation::from_tree(&tree)), wanted);
}
