//! etcd's unit and its environment.

mod command;
mod user;
mod variables;

use super::*;

const CONFLICT: &[&str] = &["etcd-unit-conflict /etc/systemd/system/etcd.service"];
const ANY_CLIENT: &[&str] = &["etcd-peer-any-client /etc/systemd/system/etcd.service"];
const ALLOWED_NAME: &[&str] = &["etcd-peer-allowed-cn /etc/systemd/system/etcd.service"];
const ADDRESS: &[&str] = &["etcd-address /etc/systemd/system/etcd.service"];
const PLAIN: &[&str] = &["etcd-without-tls /etc/systemd/system/etcd.service"];
const HALF_PAIR: &[&str] = &["flag-half-pair /etc/systemd/system/etcd.service"];
const FLAG: &[&str] = &["etcd-unit-flag /etc/systemd/system/etcd.service"];
const SETTING: &[&str] = &["etcd-unit-setting /etc/systemd/system/etcd.service"];
const COMMAND: &[&str] = &["etcd-unit-command /etc/systemd/system/etcd.service"];
const WRONG_FILE: &[&str] = &["flag-wrong-file /etc/systemd/system/etcd.service"];
const VARIABLE: &[&str] = &["etcd-unit-variable /etc/systemd/system/etcd.service"];
const INITIAL_CLUSTER: &[&str] = &["etcd-initial-cluster /etc/systemd/system/etcd.service"];
const MEMBER_URL: &[&str] = &["etcd-member-url /etc/systemd/system/etcd.service"];

pub(super) const FAULTS: &[ServiceFault] = &[
    ServiceFault::change(
        &["etcd-unit-variable /etc/etcd.env"],
        ENVIRONMENT,
        "PRIVATE_IP=10.0.0.11",
        "PRIVATE_IP=",
    ),
    ServiceFault::change(VARIABLE, ENVIRONMENT, "CLUSTER=", "INITIAL_CLUSTER="),
    ServiceFault::new(&["etcd-unit-variable /etc/etcd.env"], |t| {
        t.files.remove(ENVIRONMENT);
    }),
    ServiceFault::change(
        &["etcd-flag-and-variable /etc/etcd.env"],
        ENVIRONMENT,
        "PEER_NAME=m1",
        "PEER_NAME=m1\nETCD_NAME=m1",
    ),
    ServiceFault::change(
        CONFLICT,
        UNIT,
        "After=",
        "Conflicts=etcd.service etcd2.service\nAfter=",
    ),
    ServiceFault::new(&["etcd-key-unreadable pki/etcd/server.key"], |t| {
        change(t, UNIT, "User=root", "User=etcd");
        own(t, "pki/etcd/peer.key", 0, 0);
    }),
    ServiceFault::change(ANY_CLIENT, UNIT, "  --peer-cert-allowed-cn=m1 \\\n", ""),
    ServiceFault::change(ALLOWED_NAME, UNIT, "allowed-cn=m1", "allowed-cn=etcd-peer"),
    // What a pod can have wrong, a unit can.
    ServiceFault::change(INITIAL_CLUSTER, ENVIRONMENT, "=m1=https", "=m9=https"),
    ServiceFault::change(
        MEMBER_URL,
        ENVIRONMENT,
        "m1=https://10.0.0.11:2380",
        "m1=https://10.0.0.21:2380",
    ),
    ServiceFault::change(MEMBER_URL, ENVIRONMENT, "0.11:2380,m2", "0.11:2381,m2"),
    ServiceFault::change(MEMBER_URL, ENVIRONMENT, "m2=https", "m2=http"),
    // All flags have it, and the certificates and the list do not.
    ServiceFault::change(
        &["etcd-address /etc/etcd.env"],
        ENVIRONMENT,
        "PRIVATE_IP=10.0.0.11",
        "PRIVATE_IP=10.0.0.99",
    ),
    ServiceFault::change(ADDRESS, UNIT, "${PRIVATE_IP}", "10.0.0.99"),
    ServiceFault::change(
        PLAIN,
        UNIT,
        "listen-peer-urls=https",
        "listen-peer-urls=http",
    ),
    ServiceFault::change(
        HALF_PAIR,
        UNIT,
        "  --peer-key-file=/etc/kubernetes/pki/etcd/peer.key \\\n",
        "",
    ),
    ServiceFault::new(WRONG_FILE, |t| {
        let [from, to] = ["etcd/ca.crt", "ca.crt"]
            .map(|it| format!("--trusted-ca-file=/etc/kubernetes/pki/{it}"));
        change(t, UNIT, &format!("  {from}"), &format!("  {to}"));
    }),
    ServiceFault::new(&["san-missing pki/etcd/server.crt"], |t| {
        let urls = "advertise-client-urls=https://${PRIVATE_IP}:2379";
        change(
            t,
            UNIT,
            urls,
            &format!("{urls},https://m1.example.org:2379"),
        );
    }),
    ServiceFault::new(&["etcd-any-client /etc/systemd/system/etcd.service"], |t| {
        change(
            t,
            UNIT,
            "  --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt \\\n",
            "",
        );
        change(t, UNIT, "  --client-cert-auth \\\n", "");
    }),
    // Each of them ends etcd, or leaves it alone.
    ServiceFault::change(
        FLAG,
        UNIT,
        "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt \\\n  --peer-cert",
        "--trusted-ca-fil=/etc/kubernetes/pki/etcd/ca.crt \\\n  --peer-cert",
    ),
    ServiceFault::change(FLAG, UNIT, "--initial-cluster=", "--initial-clusters="),
    ServiceFault::change(
        COMMAND,
        UNIT,
        "  --client-cert-auth \\",
        "  --client-cert-auth true \\",
    ),
    ServiceFault::change(COMMAND, UNIT, "kubernetes \\", "kubernetes extra \\"),
    ServiceFault::change(COMMAND, UNIT, "=/usr/local/bin", "=usr/local/bin"),
    ServiceFault::change(
        SETTING,
        UNIT,
        "kubernetes \\",
        "kubernetes --logger=zapp \\",
    ),
    ServiceFault::change(
        SETTING,
        UNIT,
        "kubernetes \\",
        "kubernetes --tls-min-version=1.2 \\",
    ),
    ServiceFault::change(
        SETTING,
        ENVIRONMENT,
        "m1=https://10.0.0.11:2380,m2=https://10.0.0.12:2380",
        "m2=https://10.0.0.12:2380, m1=https://10.0.0.11:2380",
    ),
    // All others have one port.
    ServiceFault::change(SETTING, UNIT, "${PRIVATE_IP}:2380", "${PRIVATE_IP}:23800"),
    ServiceFault::change(FLAG, UNIT, "--data-dir=", "--data_dir="),
    ServiceFault::change(SETTING, UNIT, "  --initial-cluster=${CLUSTER} \\\n", ""),
    ServiceFault::change(
        SETTING,
        UNIT,
        "  --initial-advertise-peer-urls=https://${PRIVATE_IP}:2380 \\\n",
        "",
    ),
    ServiceFault::change(
        SETTING,
        UNIT,
        "  --cert-file=/etc/kubernetes/pki/etcd/server.crt \\\n  --key-file=/etc/kubernetes/pki/etcd/server.key \\\n",
        "",
    ),
    ServiceFault::change(
        SETTING,
        UNIT,
        "--listen-peer-urls=https://${PRIVATE_IP}:2380",
        "--listen-peer-urls=https://${PRIVATE_IP}:2381",
    ),
    ServiceFault::change(
        SETTING,
        UNIT,
        "--listen-client-urls=https://${PRIVATE_IP}:2379,",
        "--listen-client-urls=",
    ),
    ServiceFault::change(SETTING, UNIT, "cluster-state=new", "cluster-state=exist"),
    ServiceFault::change(
        SETTING,
        UNIT,
        "  --advertise-client-urls=https://${PRIVATE_IP}:2379 \\\n",
        "",
    ),
    ServiceFault::change(
        SETTING,
        UNIT,
        "--advertise-client-urls=https://${PRIVATE_IP}",
        "--advertise-client-urls=https://127.0.0.1",
    ),
    ServiceFault::change(
        SETTING,
        UNIT,
        "--advertise-client-urls=https://${PRIVATE_IP}:2379",
        "--advertise-client-urls=https://${PRIVATE_IP}:2378",
    ),
    ServiceFault::change(
        COMMAND,
        UNIT,
        "  --data-dir=/var/lib/etcd \\\n",
        "  --data-dir=/var/lib/etcd\n",
    ),
    ServiceFault::change(
        COMMAND,
        UNIT,
        "[Install]",
        "[Service]\nExecStart=/usr/local/bin/etcd --name=m1\n[Install]",
    ),
    ServiceFault::change(WRONG_FILE, UNIT, "etcd/server.crt", "etcd/servr.crt"),
    ServiceFault::change(COMMAND, UNIT, "[Service]", "[Sevice]"),
    ServiceFault::change(
        COMMAND,
        UNIT,
        "/usr/local/bin/etcd ",
        "/usr/local/bin/etdc ",
    ),
];

#[test]
fn a_pod_counts_more_than_a_unit() {
    let mut tree = host_with_services();
    put_flags(&mut tree, "etcd", &[]);
    change(&mut tree, UNIT, "allowed-cn=m1", "allowed-cn=m2");
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.findings, []);
}

#[test]
fn what_a_file_of_its_own_says_is_listed() {
    let mut tree = host_with_services();
    change(
        &mut tree,
        UNIT,
        "--name=${PEER_NAME}",
        "--config-file=/etc/etcd.yaml",
    );
    let report = verify(&tree, &expectation(&described_here()), now());
    assert_eq!(report.findings, []);
    assert_eq!(report.not_checked[0].what, "how etcd is configured");
    let mut tree = host_with_services();
    let hidden = TreeContent::Unreadable("Permission denied".to_owned());
    tree.files.get_mut(ENVIRONMENT).unwrap().content = hidden;
    let report = verify(&tree, &expectation(&described_here()), now());
    assert_eq!(report.findings, []);
    assert_eq!(report.not_checked[0].what, "'/etc/etcd.env'");
}

/// A drop-in may take the command back and give another.
#[test]
fn a_drop_in_counts_more_than_the_unit() {
    const DROP_IN: &str = "/etc/systemd/system/etcd.service.d/10-names.conf";
    let mut tree = host_with_services();
    let command = UNIT_TEXT.split("ExecStart=").nth(1).unwrap();
    let command = command.split("\n\n").next().unwrap();
    let text = format!(
        "[Service]\nExecStart=\nExecStart={}\n",
        command.replace("allowed-cn=m1", "allowed-cn=m2")
    );
    put(&mut tree, DROP_IN, file(text.as_bytes(), 0o644));
    let wanted = format!("etcd-peer-allowed-cn {DROP_IN}");
    assert_eq!(found(&tree, &expectation(&described_here())), [wanted]);
}

/// The name of a member need not be that of its host.
#[test]
fn a_member_may_be_called_otherwise_than_its_host() {
    let mut tree = host_with_services();
    change(&mut tree, ENVIRONMENT, "PEER_NAME=m1", "PEER_NAME=etcd0");
    change(&mut tree, ENVIRONMENT, "m1=https", "etcd0=https");
    let by = issuer(&tree, "pki/etcd/ca");
    issue_by(&mut tree, "etcd/server", &by, |params| {
        let all = ["etcd0", "m1", "localhost", "10.0.0.11", "127.0.0.1", "::1"];
        replace(params, names(&all));
    });
    let told = Expectation::from_tree(&tree);
    assert_eq!(
        told.cluster.as_ref().unwrap().0.hosts[0].name.as_str(),
        "m1"
    );
    assert_eq!(found(&tree, &told), [""; 0]);
}

/// With a description that is another witness than the list.
#[test]
fn an_address_that_only_the_description_contradicts() {
    let mut tree = host_with_services();
    tree.files.remove("manifests/kube-apiserver.yaml");
    change(&mut tree, ENVIRONMENT, "10.0.0.11", "10.0.0.99");
    let told = expectation(&described_here());
    let report = verify(&tree, &told, now());
    let said: Vec<_> = report
        .findings
        .iter()
        .map(|it| format!("{} {}: {}", it.rule, it.file, it.message))
        .collect();
    assert_eq!(
        said,
        [
            "etcd-address /etc/etcd.env: 'PRIVATE_IP' is 10.0.0.99, which --listen-client-urls, --advertise-client-urls, --listen-peer-urls and --initial-advertise-peer-urls have, and this host is 10.0.0.11 by the description and by etcd's certificates",
            "etcd-member-url /etc/systemd/system/etcd.service: --initial-cluster has m1=https://10.0.0.99:2380, and this member is 10.0.0.11",
        ]
    );
    // The commands mend both.
    let commands: Vec<_> = report
        .findings
        .iter()
        .flat_map(|it| it.fix.commands())
        .collect();
    for edit in [
        "sed '2s|10\\.0\\.0\\.99|10.0.0.11|' /etc/etcd.env",
        "sed '3s|m1=https://10\\.0\\.0\\.99:2380|m1=https://10.0.0.11:2380|' /etc/etcd.env",
    ] {
        assert!(
            commands.iter().any(|it| it.contains(edit)),
            "{edit}: {commands:?}"
        );
    }
    // A further address of the host is no slip, and the certificates lack it.
    let mut described = described_here();
    described.hosts[0].cert_sans = vec![SubjectAltName::Ip([10, 0, 0, 99].into())];
    let found = found(&tree, &expectation(&described));
    assert!(
        found.contains(&"san-missing pki/etcd/peer.crt".to_owned()),
        "{found:?}"
    );
    assert!(
        !found.iter().any(|it| it.starts_with("etcd-address")),
        "{found:?}"
    );
}

/// Whoever is not in the list reads his own name.
#[test]
fn the_name_in_the_words_is_that_of_this_member() {
    let mut tree = host_with_services();
    change(&mut tree, ENVIRONMENT, "=m1=https", "=m9=https");
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let [found] = &report.findings[..] else {
        panic!("{:?}", report.findings);
    };
    let words = "'couldn't find local name \"m1\" in the initial cluster configuration'";
    assert!(found.why.ends_with(words), "{}", found.why);
}

/// A description of all members knows the others' addresses.
#[test]
fn other_members_are_where_the_description_has_them() {
    let mut cluster = described_here();
    for number in [2, 3] {
        let mut other = host(&format!("m{number}"), 10 + number);
        other.roles.etcd = true;
        cluster.hosts.push(other);
    }
    let told = expectation(&cluster);
    let message = |from: &str, to: &str| {
        let mut tree = host_with_services();
        change(&mut tree, ENVIRONMENT, from, to);
        let report = verify(&tree, &told, now());
        let found = report.findings.into_iter();
        let found = found.filter(|it| it.rule == Rule::EtcdMemberUrl);
        let found: Vec<_> = found.map(|it| (it.severity, it.message)).collect();
        found
    };
    let error = |words: &str| vec![(Severity::Error, format!("--initial-cluster {words}"))];
    assert_eq!(message("m2", "m2"), []);
    // A member may be called otherwise than its host.
    assert_eq!(message("m2=", "etcd2="), []);
    assert_eq!(message("https://10.0.0.12", "https://m2.example.org"), []);
    assert_eq!(
        message("10.0.0.12", "10.0.0.99"),
        error("has m2=https://10.0.0.99:2380, and the description has 10.0.0.12 for it")
    );
    assert_eq!(
        message("m2=https://10.0.0.12", "m9=https://10.0.0.99"),
        error(
            "has m9=https://10.0.0.99:2380, which is no host of the description; it leaves out m2 (10.0.0.12)"
        )
    );
    assert_eq!(
        message(",m3=https://10.0.0.13:2380", ""),
        error("leaves out m3 (10.0.0.13)")
    );
}

/// A cluster that grew has an old list, which nobody reads any more.
#[test]
fn a_list_of_an_existing_cluster_is_a_note() {
    let mut tree = host_with_services();
    change(
        &mut tree,
        UNIT,
        "cluster-state=new",
        "cluster-state=existing",
    );
    change(&mut tree, ENVIRONMENT, "m2=https", "m2=http");
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let [found] = &report.findings[..] else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(
        (found.rule, found.severity),
        (Rule::EtcdMemberUrl, Severity::Note)
    );
}

/// Where the address of the flags is in the list as well, the host got a new one.
#[test]
fn an_address_of_the_list_is_to_be_named() {
    let mut tree = host_with_services();
    change(&mut tree, ENVIRONMENT, "10.0.0.11", "10.0.0.99");
    let found = found(&tree, &Expectation::from_tree(&tree));
    assert!(
        found.contains(&"san-missing pki/etcd/server.crt".to_owned()),
        "{found:?}"
    );
}

/// What is told of a host whose files were changed, with the commands.
fn told_of(changes: &[(&str, &str, &str)], told: &Expectation) -> (Vec<String>, String) {
    let mut tree = host_with_services();
    for (path, from, to) in changes {
        change(&mut tree, path, from, to);
    }
    let report = verify(&tree, told, now());
    let shown = |it: &Finding| format!("{} {} {}: {}", it.severity, it.rule, it.file, it.message);
    let commands = report.findings.iter().flat_map(|it| it.fix.commands());
    let commands: Vec<_> = commands.collect();
    (
        report.findings.iter().map(shown).collect(),
        commands.join("\n"),
    )
}

/// The file of a member that was copied to another: the certificates are this
/// host's, and are not made for the other's address.
#[test]
fn settings_of_another_host_are_mended_and_not_certified() {
    let tree = host_with_services();
    for told in [
        expectation(&described_here()),
        Expectation::from_tree(&tree),
        Expectation::default(),
    ] {
        let (found, commands) = told_of(
            &[
                (ENVIRONMENT, "PEER_NAME=m1", "PEER_NAME=m2"),
                (ENVIRONMENT, "PRIVATE_IP=10.0.0.11", "PRIVATE_IP=10.0.0.12"),
            ],
            &told,
        );
        let [only] = &found[..] else {
            panic!("{found:#?}");
        };
        assert!(
            only.starts_with("error etcd-address /etc/etcd.env: 'PRIVATE_IP' is 10.0.0.12, which"),
            "{only}"
        );
        assert!(
            only.ends_with("--name is 'm2' as well, and this member is 'm1': these are the settings of another host"),
            "{only}"
        );
        for edit in ["sed '2s|10\\.0\\.0\\.12|10.0.0.11|'", "sed '1s|m2|m1|'"] {
            assert!(commands.contains(edit), "{edit}: {commands}");
        }
        assert!(!commands.contains("kpki gen"), "{commands}");
    }
    // The address alone: the name is right.
    let (found, commands) = told_of(
        &[(ENVIRONMENT, "PRIVATE_IP=10.0.0.11", "PRIVATE_IP=10.0.0.12")],
        &Expectation::from_tree(&tree),
    );
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(!commands.contains("m2"), "{commands}");
}

/// A name that the list does not have, and the list has this member's URL.
#[test]
fn a_wrong_name_or_entry_is_told_by_the_certificates() {
    let tree = host_with_services();
    let told = Expectation::from_tree(&tree);
    let (found, commands) = told_of(&[(ENVIRONMENT, "PEER_NAME=m1", "PEER_NAME=m9")], &told);
    assert_eq!(
        found,
        [
            "error etcd-initial-cluster /etc/systemd/system/etcd.service: --name calls this member 'm9', and --initial-cluster has its URL for 'm1'"
        ]
    );
    assert!(commands.contains("sed '1s|m9|m1|'"), "{commands}");
    let (_, commands) = told_of(&[(ENVIRONMENT, "=m1=https", "=m9=https")], &told);
    let edit = "sed '3s|m9=https://10\\.0\\.0\\.11:2380|m1=https://10.0.0.11:2380|'";
    assert!(commands.contains(edit), "{commands}");
    // Two entries that were exchanged: the name is that of the certificates.
    let exchanged = (
        ENVIRONMENT,
        "m1=https://10.0.0.11:2380,m2=https://10.0.0.12:2380",
        "m1=https://10.0.0.12:2380,m2=https://10.0.0.11:2380",
    );
    let (found, commands) = told_of(&[exchanged], &told);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("error etcd-member-url "), "{found:?}");
    for edit in [
        "m1=https://10\\.0\\.0\\.12:2380|m1=https://10.0.0.11:2380|",
        "m2=https://10\\.0\\.0\\.11:2380|m2=https://10.0.0.12:2380|",
    ] {
        assert!(commands.contains(edit), "{edit}: {commands}");
    }
}
