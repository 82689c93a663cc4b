//! The command of the unit: what ends it, and the texts that mend it.

use super::*;
use crate::setup::{EtcdServiceDescription, LoadBalancerDescription, Setup, SetupDescription};

/// A command that systemd does not run.
#[test]
fn a_unit_that_does_not_run_etcd_is_told() {
    for (from, to, words) in [
        (
            "[Service]",
            "[Sevice]",
            "has a section 'Sevice', and [Service] is meant",
        ),
        (
            "bin/etcd ",
            "bin/etdc ",
            "runs '/usr/local/bin/etdc', and etcd is meant",
        ),
        ("bin/etcd ", "bin/start-etcd ", ""),
    ] {
        let mut tree = host_with_services();
        change(&mut tree, UNIT, from, to);
        let report = verify(&tree, &expectation(&described_here()), now());
        let found = report.findings.iter().find(|it| it.file == UNIT);
        let listed = report.not_checked.iter().any(|it| it.what == UNIT);
        match words {
            "" => assert!(found.is_none() && listed, "{found:?}"),
            _ => {
                let found = found.unwrap();
                assert_eq!(
                    (found.rule, found.message.as_str()),
                    (Rule::EtcdUnitCommand, words)
                );
                assert!(!listed);
            }
        }
    }
}

/// The flags behind the end of a command are read as they were meant, and the
/// command lets them be part of it.
#[test]
fn a_line_without_a_backslash_is_one_fault() {
    let told = Expectation::from_tree(&host_with_services());
    let cut = (
        UNIT,
        "--data-dir=/var/lib/etcd \\\n",
        "--data-dir=/var/lib/etcd\n",
    );
    let (found, commands) = told_of(&[cut], &told);
    assert_eq!(
        found,
        [
            "error etcd-unit-command /etc/systemd/system/etcd.service: the command ends here, without a backslash, and systemd passes over the flags from line 19 on"
        ]
    );
    assert!(
        commands.contains(r"sed '18s/[[:blank:]]*$/ \\/'"),
        "{commands}"
    );
}

/// What lies between is not what lacks the backslash.
#[test]
fn the_end_of_the_command_is_the_line_that_lacks_a_backslash() {
    let told = Expectation::from_tree(&host_with_services());
    for (between, line, is_mended) in [
        ("# The certificates:\n", 18, false),
        // The command goes on in the empty line, and ends there.
        (" \\\n\n", 19, true),
        ("\n", 18, false),
    ] {
        let mut tree = host_with_services();
        let begin = match between.starts_with(' ') {
            true => "--data-dir=/var/lib/etcd".to_owned(),
            false => "--data-dir=/var/lib/etcd\n".to_owned(),
        };
        let to = format!("{begin}{between}");
        change(&mut tree, UNIT, "--data-dir=/var/lib/etcd \\\n", &to);
        let report = verify(&tree, &told, now());
        let [found] = &report.findings[..] else {
            panic!("{:#?}", report.findings);
        };
        let place = found.place.and_then(|place| place.line);
        assert_eq!((found.rule, place), (Rule::EtcdUnitCommand, Some(line)));
        let edits = found.fix.commands().any(|it| it.contains("sed "));
        assert_eq!(edits, is_mended, "{between:?}: {:?}", found.fix);
    }
}

/// The words of etcd, and what mends a slip.
#[test]
fn etcds_own_words_are_told() {
    let mut tree = host_with_services();
    change(
        &mut tree,
        UNIT,
        "  --client-cert-auth",
        "  --client-crt-auth",
    );
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let [found] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(
        found.why,
        "etcd does not start: 'flag provided but not defined: -client-crt-auth'"
    );
    assert!(
        found
            .fix
            .commands()
            .any(|it| it.contains("s|-client-crt-auth|-client-cert-auth|")),
        "{:?}",
        found.fix
    );
}

/// Of settings that do not fit it is the wrong one that is changed.
#[test]
fn a_setting_is_mended_where_it_is_wrong() {
    let mut cluster = described_here();
    for (name, number) in [("m2", 12), ("m3", 13)] {
        let mut member = host(name, number);
        member.roles = cluster.hosts[0].roles;
        cluster.hosts.push(member);
    }
    let described = expectation(&cluster);
    for (from, to, script) in [
        (
            "--advertise-client-urls=https://${PRIVATE_IP}:2379",
            "--advertise-client-urls=https://${PRIVATE_IP}:2378",
            "13s|:2378|:2379|",
        ),
        (
            "--listen-peer-urls=https://${PRIVATE_IP}:2380",
            "--listen-peer-urls=https://${PRIVATE_IP}:2381",
            "14s|:2381|:2380|",
        ),
        (
            "--listen-client-urls=https://${PRIVATE_IP}:2379,",
            "--listen-client-urls=",
            "12s|listen-client-urls=|listen-client-urls=https://10.0.0.11:2379,|",
        ),
        (
            "--advertise-client-urls=https://${PRIVATE_IP}",
            "--advertise-client-urls=https://127.0.0.1",
            r"13s|advertise-client-urls=https://127\.0\.0\.1:2379|advertise-client-urls=https://10.0.0.11:2379|",
        ),
        (
            "cluster-state=new",
            "cluster-state=exist",
            "s|initial-cluster-state=exist|initial-cluster-state=existing|",
        ),
        (
            "  --initial-cluster=${CLUSTER} \\\n",
            "",
            r"10s|$|\n  --initial-cluster=m1=https://10.0.0.11:2380,m2=https://10.0.0.12:2380,m3=https://10.0.0.13:2380 \\|",
        ),
        (
            "  --initial-advertise-peer-urls=https://${PRIVATE_IP}:2380 \\\n",
            "",
            r"10s|$|\n  --initial-advertise-peer-urls=https://10.0.0.11:2380 \\|",
        ),
        (
            "  --cert-file=/etc/kubernetes/pki/etcd/server.crt \\\n  --key-file=/etc/kubernetes/pki/etcd/server.key \\\n",
            "",
            r"10s|$|\n  --cert-file=/etc/kubernetes/pki/etcd/server.crt \\\n  --key-file=/etc/kubernetes/pki/etcd/server.key \\|",
        ),
        (
            "listen-peer-urls=https",
            "listen-peer-urls=http",
            "14s|http://|https://|",
        ),
        ("[Service]", "[Sevice]", "6s|.*|[Service]|"),
        ("bin/etcd ", "bin/etdc ", "10s|/etdc|/etcd|"),
    ] {
        let (found, commands) = told_of(&[(UNIT, from, to)], &described);
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert!(commands.contains(script), "{to}: {commands}");
        // The unit is everybody's to read as before.
        assert!(commands.contains("chmod 644 "), "{to}: {commands}");
    }
}

/// Of a cluster that has no TLS yet nobody changes one flag alone.
#[test]
fn plain_urls_on_both_sides_are_no_slip() {
    let both = [
        (UNIT, "listen-peer-urls=https", "listen-peer-urls=http"),
        (
            UNIT,
            "advertise-peer-urls=https",
            "advertise-peer-urls=http",
        ),
    ];
    let told = Expectation::from_tree(&host_with_services());
    let (_, commands) = told_of(&both, &told);
    assert!(!commands.contains("http://"), "{commands}");
}

/// Which of several commands is meant, nobody knows, and systemd starts none.
#[test]
fn a_second_command_is_all_that_is_told() {
    const DROP_IN: &str = "/etc/systemd/system/etcd.service.d/x.conf";
    let mut tree = host_with_services();
    let text = "[Service]\nExecStart=/usr/local/bin/etcd --name x\n";
    put(&mut tree, DROP_IN, file(text.as_bytes(), 0o644));
    let told = expectation(&described_here());
    assert_eq!(
        found(&tree, &told),
        [format!("etcd-unit-command {DROP_IN}")]
    );
    let report = verify(&tree, &told, now());
    assert_eq!(report.services.member, None);
    change(&mut tree, UNIT, "Type=notify", "Type=oneshot");
    let found = found(&tree, &told);
    assert!(
        !found.contains(&format!("etcd-unit-command {DROP_IN}")),
        "{found:?}"
    );
}

/// What one version does not know, another does.
#[test]
fn flags_are_those_of_the_described_version() {
    let cluster = described_here();
    let told = |version: &str| {
        let description = SetupDescription {
            etcd: EtcdServiceDescription {
                version: Some(version.parse().unwrap()),
                ..EtcdServiceDescription::default()
            },
            load_balancer: LoadBalancerDescription {
                kind: Some("external".parse().unwrap()),
                ..LoadBalancerDescription::default()
            },
            ..SetupDescription::default()
        };
        Expectation {
            setup: Some(Setup::resolve(&cluster, &description).unwrap()),
            ..expectation(&cluster)
        }
    };
    for (flag, knows, other, words) in [
        (
            "--enable-v2=false",
            "3.5.9",
            "3.6.1",
            "etcd-unit-flag: has --enable-v2, which the etcd of the description, 3.6.1, does not know any more",
        ),
        (
            "--client-key-file=x",
            "3.5",
            "3.4.23",
            "etcd-unit-flag: has --client-key-file, which the etcd of the description, 3.4.23, does not know yet",
        ),
        (
            "--logger=capnslog",
            "3.4",
            "3.5",
            "etcd-unit-setting: --logger is 'capnslog', and zap is one",
        ),
    ] {
        let mut tree = host_with_services();
        let more = format!("kubernetes {flag} \\");
        change(&mut tree, UNIT, "kubernetes \\", &more);
        let said = |told: &Expectation| {
            let report = verify(&tree, told, now());
            let found = report.findings.into_iter().filter(|it| it.file == UNIT);
            let said = found.map(|it| format!("{} {}: {}", it.severity, it.rule, it.message));
            said.collect::<Vec<_>>()
        };
        assert_eq!(said(&told(knows)), [""; 0], "{flag}");
        assert_eq!(said(&told(other)), [format!("warning {words}")]);
        // Nobody said which one it is.
        assert_eq!(said(&expectation(&cluster)), [""; 0], "{flag}");
    }
}
