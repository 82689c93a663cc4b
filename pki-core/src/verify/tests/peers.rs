//! Members of an external etcd that know each other by a name or by a CA of
//! their own.

use super::*;

fn member(peers: EtcdPeers) -> Cluster {
    let mut cluster = external(Roles {
        control_plane: false,
        etcd: true,
    });
    cluster.etcd = Etcd::External(ExternalEtcd {
        peers,
        ..ExternalEtcd::default()
    });
    cluster
}

fn tree(peers: EtcdPeers) -> Tree {
    tree_of(&member(peers), EtcdNaming::Kubeadm, now())
}

#[test]
fn what_was_made_is_right() {
    for peers in EtcdPeers::ALL {
        for control_plane in [false, true] {
            for naming in [EtcdNaming::Kubeadm, EtcdNaming::Cfssl] {
                let mut cluster = member(peers);
                cluster.hosts[0].roles.control_plane = control_plane;
                let tree = tree_of(&cluster, naming.clone(), now());
                for expectation in [
                    expectation(&cluster),
                    Expectation::default(),
                    Expectation::from_tree(&tree),
                ] {
                    let report = verify(&tree, &expectation, now());
                    assert_eq!(report.findings, [], "{peers} {naming:?}");
                }
            }
        }
    }
    let shared = PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    };
    let home = tree_by(&member(EtcdPeers::OwnCa), &shared, now(), Site::Shared);
    assert!(home.files.contains_key("pki/etcd/peer-ca.key"));
    let report = verify(&home, &Expectation::default(), now());
    assert_eq!(
        (report.role, report.findings),
        (Some(TreeRole::Authorities), vec![])
    );
}

fn told(tree: &Tree, expectation: &Expectation) -> Vec<String> {
    let report = verify(tree, expectation, now());
    let shown = |it: &Finding| format!("{} {} {}", it.severity, it.rule, it.file);
    report.findings.iter().map(shown).collect()
}

#[test]
fn what_was_described_is_not_there() {
    let by_name = expectation(&member(EtcdPeers::CommonName));
    let by_ca = expectation(&member(EtcdPeers::OwnCa));
    let open = tree(EtcdPeers::AnyClient);
    assert_eq!(told(&open, &by_name), ["error subject pki/etcd/peer.crt"]);
    let told_ca = told(&open, &by_ca);
    assert!(
        told_ca.contains(&"error file-missing pki/etcd/peer-ca.crt".to_owned()),
        "{told_ca:?}"
    );
}

fn copied(tree: &Tree) -> Tree {
    let paths = tree.files.keys();
    Tree {
        files: paths.map(|path| (path.clone(), copy(tree, path))).collect(),
        has_kubeconfig_directory: tree.has_kubeconfig_directory,
        ..Tree::default()
    }
}

#[test]
fn faults_of_the_peers_ca_are_found() {
    let good = tree(EtcdPeers::OwnCa);
    let other = tree_of(&member(EtcdPeers::OwnCa), EtcdNaming::Kubeadm, now());
    let changed = |change: &dyn Fn(&mut Tree)| {
        let mut tree = copied(&good);
        change(&mut tree);
        told(&tree, &Expectation::default())
    };
    let is_gone = changed(&|tree| {
        tree.files.remove("pki/etcd/peer-ca.crt");
    });
    assert!(!is_gone.is_empty(), "its leaf is not signed by etcd's CA");
    let is_another = changed(&|tree| {
        put(
            tree,
            "pki/etcd/peer-ca.crt",
            copy(&other, "pki/etcd/peer-ca.crt"),
        );
    });
    assert!(
        is_another.iter().any(|it| it.contains("pki/etcd/peer")),
        "{is_another:?}"
    );
    // One CA for both after all: nothing fails, and anybody is a peer.
    let home = tree_by(
        &member(EtcdPeers::AnyClient),
        &PlanOptions {
            with_ca_keys: true,
            ..PlanOptions::default()
        },
        now(),
        Site::Host(0),
    );
    let mut tree = copied(&home);
    put(
        &mut tree,
        "pki/etcd/peer-ca.crt",
        copy(&home, "pki/etcd/ca.crt"),
    );
    let report = verify(&tree, &Expectation::default(), now());
    let reused = report
        .findings
        .iter()
        .find(|it| it.rule == Rule::CaReusedForEtcd);
    let reused = reused.unwrap_or_else(|| panic!("{:?}", report.findings));
    assert_eq!(reused.message, "is the same CA as pki/etcd/ca.crt");
    assert!(reused.why.contains("can speak as a member"));
}

/// A member with a unit that says how its peers are known.
fn with_unit(peers: EtcdPeers, flags: &str) -> Tree {
    let mut tree = copied(&tree(peers));
    tree.has_host_root = true;
    let pki = "/etc/kubernetes/pki/etcd";
    let unit = format!(
        "[Service]\nExecStart=/usr/local/bin/etcd --name=m1 --cert-file={pki}/server.crt --key-file={pki}/server.key \
        --trusted-ca-file={pki}/ca.crt --peer-cert-file={pki}/peer.crt --peer-key-file={pki}/peer.key \
        --client-cert-auth --peer-client-cert-auth --listen-client-urls=https://10.0.0.11:2379 \
        --advertise-client-urls=https://10.0.0.11:2379 --listen-peer-urls=https://10.0.0.11:2380 \
        --initial-advertise-peer-urls=https://10.0.0.11:2380 --initial-cluster=m1=https://10.0.0.11:2380 {flags}\n"
    );
    put(
        &mut tree,
        "/etc/systemd/system/etcd.service",
        file(unit.as_bytes(), 0o644),
    );
    tree
}

const OWN: &str = "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/peer-ca.crt";
const CLIENTS: &str = "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt";

#[test]
fn a_unit_names_the_ca_of_the_peers() {
    let right = with_unit(EtcdPeers::OwnCa, OWN);
    for told in [
        expectation(&member(EtcdPeers::OwnCa)),
        Expectation::default(),
    ] {
        assert_eq!(found(&right, &told), [""; 0]);
        let wrong = with_unit(EtcdPeers::OwnCa, CLIENTS);
        let report = verify(&wrong, &told, now());
        let said = report.findings.iter().map(|it| it.message.as_str());
        let said: Vec<_> = said.collect();
        assert_eq!(said.len(), 1, "{said:?}");
        let wanted = "--peer-trusted-ca-file names pki/etcd/ca.crt";
        assert!(
            said[0].starts_with(wanted) && said[0].ends_with("pki/etcd/peer-ca.crt did"),
            "{said:?}"
        );
    }
    // A pair of the other CA, both in order.
    for (named, other) in [("peer", "server"), ("server", "peer")] {
        let mut tree = with_unit(EtcdPeers::OwnCa, OWN);
        let path = tree
            .files
            .keys()
            .find(|path| path.ends_with("etcd.service"));
        let path = path.unwrap().clone();
        let unit = String::from_utf8(text(&tree, &path)).unwrap();
        let mut unit = unit;
        let flag = if named == "peer" { "--peer-" } else { " --" };
        for end in ["cert-file", "key-file"] {
            let [from, to] = [named, other].map(|row| {
                let file = if end == "cert-file" { "crt" } else { "key" };
                format!("{flag}{end}=/etc/kubernetes/pki/etcd/{row}.{file}")
            });
            assert!(unit.contains(&from), "{from}");
            unit = unit.replace(&from, &to);
        }
        put(&mut tree, &path, file(unit.as_bytes(), 0o644));
        let said = found(&tree, &expectation(&member(EtcdPeers::OwnCa)));
        assert_eq!(said, [format!("flag-wrong-file {path}")]);
    }
    // Where it has another name.
    let elsewhere = "/etc/kubernetes/pki/etcd/members.crt";
    let mut moved = with_unit(
        EtcdPeers::OwnCa,
        &format!("--peer-trusted-ca-file={elsewhere}"),
    );
    let ca = moved.files.remove("pki/etcd/peer-ca.crt").unwrap();
    put(&mut moved, "pki/etcd/members.crt", ca);
    assert_eq!(
        found(&moved, &expectation(&member(EtcdPeers::OwnCa))),
        [""; 0]
    );
}

/// What is made again has to fit the unit, or the other members refuse it.
#[test]
fn how_peers_are_known_is_recalled_from_the_unit_or_the_certificate() {
    const BY_NAME: &str = "--peer-cert-allowed-cn=etcd-peer";
    let recalled = |tree: &Tree| {
        let recalled = Expectation::from_tree(tree).recalled(tree);
        recalled.map(|it| it.cluster.etcd_peers())
    };
    let by_name = format!("{CLIENTS} {BY_NAME}");
    for (made, flags, wanted) in [
        (
            EtcdPeers::CommonName,
            by_name.as_str(),
            EtcdPeers::CommonName,
        ),
        // The unit decides, whatever the certificate has become.
        (
            EtcdPeers::AnyClient,
            by_name.as_str(),
            EtcdPeers::CommonName,
        ),
        (EtcdPeers::OwnCa, OWN, EtcdPeers::OwnCa),
        (EtcdPeers::AnyClient, CLIENTS, EtcdPeers::AnyClient),
    ] {
        assert_eq!(recalled(&with_unit(made, flags)), Some(wanted), "{flags}");
    }
    for peers in EtcdPeers::ALL {
        assert_eq!(recalled(&tree(peers)), Some(peers));
    }
}

/// Whether there is such a CA tells how the host gets it: kpki copy does not bring
/// it alone.
#[test]
fn a_missing_ca_of_the_peers_is_brought_or_made() {
    let fix = |tree: &Tree, told: &Expectation| {
        let report = verify(tree, told, now());
        let mut found = report.findings.into_iter();
        let found = found.find(|it| it.file == "pki/etcd/peer-ca.crt");
        let found = found.unwrap_or_else(|| panic!("it is missing"));
        assert_eq!(found.rule, Rule::FileMissing);
        let commands: Vec<_> = found.fix.commands().map(str::to_owned).collect();
        commands.join("; ")
    };
    let told = expectation(&member(EtcdPeers::OwnCa));
    let mut gone = with_unit(EtcdPeers::OwnCa, OWN);
    gone.files.remove("pki/etcd/peer-ca.crt");
    for told in [&told, &Expectation::default()] {
        let fix = fix(&gone, told);
        assert!(
            fix.starts_with("scp -p OTHER-HOST:/etc/kubernetes/pki/etcd/peer-ca.crt"),
            "{fix}"
        );
    }
    let before = with_unit(EtcdPeers::AnyClient, CLIENTS);
    assert_eq!(
        fix(&before, &told),
        "kpki gen -f FILE --out DIR --only etcd/peer-ca,etcd/peer --reissue --render"
    );
}

/// One certificate with another name is one fault.
#[test]
fn a_name_that_members_refuse_is_told_once() {
    let open = with_unit(
        EtcdPeers::AnyClient,
        &format!("{CLIENTS} --peer-cert-allowed-cn=etcd-peer"),
    );
    let told = expectation(&member(EtcdPeers::CommonName));
    let report = verify(&open, &told, now());
    let [found] = &report.findings[..] else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(
        (found.rule, found.file.as_str()),
        (Rule::Subject, "pki/etcd/peer.crt")
    );
    let said: Vec<_> = found
        .consequences
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(
        said,
        ["--peer-cert-allowed-cn of the members does not allow 'm1'"]
    );
    let alone = Expectation::default();
    assert_eq!(
        self::found(&open, &alone),
        ["etcd-peer-allowed-cn /etc/systemd/system/etcd.service"]
    );
}

/// Which file is which CA is not a matter of the flag for clients.
#[test]
fn a_wrong_flag_for_clients_says_nothing_of_the_peers_ca() {
    let mut cluster = member(EtcdPeers::OwnCa);
    cluster.hosts[0].roles.control_plane = true;
    let mut tree = tree_of(&cluster, EtcdNaming::Kubeadm, now());
    tree.has_host_root = true;
    let unit = "[Service]\nUser=root\nExecStart=/usr/local/bin/etcd --name=m1 --listen-client-urls=https://10.0.0.11:2379 --advertise-client-urls=https://10.0.0.11:2379 --listen-peer-urls=https://10.0.0.11:2380 --initial-advertise-peer-urls=https://10.0.0.11:2380 --initial-cluster=m1=https://10.0.0.11:2380 --cert-file=/etc/kubernetes/pki/etcd/server.crt --key-file=/etc/kubernetes/pki/etcd/server.key --peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt --peer-key-file=/etc/kubernetes/pki/etcd/peer.key --peer-trusted-ca-file=/etc/kubernetes/pki/etcd/peer-ca.crt --trusted-ca-file=/etc/kubernetes/pki/etcd/";
    for (authority, wanted) in [
        ("ca.crt", &[][..]),
        (
            "peer-ca.crt",
            &["error flag-wrong-file /etc/systemd/system/etcd.service"],
        ),
    ] {
        let text = format!("{unit}{authority}\n");
        put(
            &mut tree,
            "/etc/systemd/system/etcd.service",
            file(text.as_bytes(), 0o644),
        );
        for expectation in [Expectation::from_tree(&tree), expectation(&cluster)] {
            assert_eq!(told(&tree, &expectation), wanted);
            let report = verify(&tree, &expectation, now());
            let row = |name: &str| {
                let mut rows = report.identities.iter();
                rows.find(|row| row.base_name == name).unwrap()
            };
            assert!(row("etcd/ca").has_file("pki/etcd/ca.crt"));
            assert!(row("etcd/peer-ca").has_file("pki/etcd/peer-ca.crt"));
        }
    }
}

/// Whoever asked for a closed port has it open on this host.
#[test]
fn a_unit_without_the_name_that_is_described_is_wrong() {
    let open = with_unit(EtcdPeers::CommonName, CLIENTS);
    let described = expectation(&member(EtcdPeers::CommonName));
    let unit = "/etc/systemd/system/etcd.service";
    assert_eq!(
        told(&open, &described),
        [format!("error etcd-peer-any-client {unit}")]
    );
    let report = verify(&open, &described, now());
    let commands: Vec<_> = report.findings[0].fix.commands().collect();
    assert!(
        commands[0].contains("--peer-cert-allowed-cn=etcd-peer"),
        "{commands:?}"
    );
    let closed = format!("{CLIENTS} --peer-cert-allowed-cn=etcd-peer");
    let closed = with_unit(EtcdPeers::CommonName, &closed);
    assert_eq!(told(&closed, &described), [""; 0]);
}

/// etcd asks as long as it has the CA, and not because it was told to.
#[test]
fn a_demand_that_is_off_is_found() {
    let described = expectation(&member(EtcdPeers::AnyClient));
    let unit = "/etc/systemd/system/etcd.service";
    let with = |demand: &str, value: &str| {
        let mut tree = with_unit(EtcdPeers::AnyClient, CLIENTS);
        let text = String::from_utf8(text(&tree, unit)).unwrap();
        let right = format!(" --{demand} ");
        assert!(text.contains(&right), "{text}");
        let text = text.replace(&right, &format!(" --{demand}={value} "));
        put(&mut tree, unit, file(text.as_bytes(), 0o644));
        let findings = verify(&tree, &described, now()).findings.into_iter();
        let found = findings.filter(|it| it.rule == Rule::EtcdUnitSetting);
        found.collect::<Vec<_>>()
    };
    for demand in ["peer-client-cert-auth", "client-cert-auth"] {
        let [found] = &with(demand, "false")[..] else {
            panic!("{demand}");
        };
        assert_eq!(
            (found.severity, found.file.as_str()),
            (Severity::Warning, unit)
        );
        assert!(
            found.message.starts_with(&format!("--{demand} is false: ")),
            "{}",
            found.message
        );
        assert_eq!(with(demand, "true"), []);
    }
}
