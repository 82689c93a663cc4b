//! etcd that is told by variables: what is wrong with one of them is said, and mended,
//! where it stands.

use super::*;

const FILE: &str = "/etc/default/etcd";

/// The unit of a distribution's package, which is told by variables.
fn packaged(variables: &str) -> Tree {
    const PACKAGED: &str = "/lib/systemd/system/etcd.service";
    let mut tree = host_with_services();
    tree.files.remove(UNIT);
    tree.files.remove(ENVIRONMENT);
    let unit = "[Service]\nUser=root\nEnvironmentFile=-/etc/default/etcd\nEnvironment=ETCD_DATA_DIR=/var/lib/etcd/default\nExecStart=/usr/bin/etcd $DAEMON_ARGS\n";
    put(&mut tree, PACKAGED, file(unit.as_bytes(), 0o644));
    put(&mut tree, FILE, file(variables.as_bytes(), 0o644));
    tree
}

/// The same settings as those of the unit with flags.
fn variables() -> String {
    let directory = "/etc/kubernetes/pki/etcd";
    [
        "ETCD_NAME=m1".to_owned(),
        "ETCD_LISTEN_CLIENT_URLS=\"https://10.0.0.11:2379\"".to_owned(),
        "ETCD_ADVERTISE_CLIENT_URLS=https://10.0.0.11:2379".to_owned(),
        "ETCD_LISTEN_PEER_URLS=https://10.0.0.11:2380".to_owned(),
        "ETCD_INITIAL_ADVERTISE_PEER_URLS=https://10.0.0.11:2380".to_owned(),
        "ETCD_INITIAL_CLUSTER=m1=https://10.0.0.11:2380,m2=https://10.0.0.12:2380,m3=https://10.0.0.13:2380".to_owned(),
        format!("ETCD_CERT_FILE={directory}/server.crt"),
        format!("ETCD_KEY_FILE={directory}/server.key"),
        format!("ETCD_TRUSTED_CA_FILE={directory}/ca.crt"),
        "ETCD_CLIENT_CERT_AUTH=true".to_owned(),
        format!("ETCD_PEER_CERT_FILE={directory}/peer.crt"),
        format!("ETCD_PEER_KEY_FILE={directory}/peer.key"),
        format!("ETCD_PEER_TRUSTED_CA_FILE={directory}/ca.crt"),
        "ETCD_PEER_CLIENT_CERT_AUTH=true".to_owned(),
        "DAEMON_ARGS=\"--peer-cert-allowed-cn=m1 --logger zap\"".to_owned(),
    ]
    .join("\n")
}

#[test]
fn variables_say_what_flags_do() {
    let tree = packaged(&variables());
    let told = Expectation::from_tree(&tree);
    assert_eq!(found(&tree, &told), [""; 0]);
    assert_eq!(
        verify(&tree, &told, now()).role,
        Some(TreeRole::ControlPlaneWithEtcd)
    );
    for (from, to, wanted) in [
        (
            "URLS=https://10.0.0.11:2380",
            "URLS=http://10.0.0.11:2380",
            "etcd-without-tls /etc/default/etcd",
        ),
        (
            "ETCD_NAME=m1",
            "ETCD_NAME=m2",
            "etcd-initial-cluster /etc/default/etcd",
        ),
        (
            "allowed-cn=m1",
            "allowed-cn=m2",
            "etcd-peer-allowed-cn /lib/systemd/system/etcd.service",
        ),
        (
            "ETCD_PEER_KEY_FILE",
            "ETCD_OTHER",
            "flag-half-pair /etc/default/etcd",
        ),
    ] {
        let tree = packaged(&variables().replace(from, to));
        let found = found(&tree, &expectation(&described_here()));
        assert!(found.contains(&wanted.to_owned()), "{to}: {found:?}");
    }
}

/// A package that is installed for its etcdctl says nothing of the cluster.
#[test]
fn a_package_that_nobody_configured_is_not_the_clusters() {
    let mut tree = packaged("# ETCD_NAME=x\n");
    for row in ["server", "peer", "healthcheck-client"] {
        for end in ["crt", "key"] {
            tree.files.remove(&format!("pki/etcd/{row}.{end}"));
        }
    }
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.role, Some(TreeRole::ControlPlane));
    assert_eq!(report.findings, []);
}

/// The variable has the fault, not the line of the command.
#[test]
fn a_variable_is_mended_where_it_stands() {
    for (from, to, line, message, script) in [
        (
            "ETCD_NAME=m1",
            "ETCD_INITIAL_CLUSTER_STATE=exsting\nETCD_NAME=m1",
            1,
            "--initial-cluster-state is 'exsting', and new or existing is one",
            "1s|ETCD_INITIAL_CLUSTER_STATE=exsting|ETCD_INITIAL_CLUSTER_STATE=existing|",
        ),
        // The value between quotation marks.
        (
            "ETCD_NAME=m1",
            "ETCD_INITIAL_CLUSTER_STATE=\"exsting\"\nETCD_NAME=m1",
            1,
            "--initial-cluster-state is 'exsting', and new or existing is one",
            "1s|exsting|existing|",
        ),
        // A flag beside the variable would end etcd.
        (
            "ETCD_CLIENT_CERT_AUTH=true",
            "ETCD_CLIENT_CERT_AUTH=false",
            10,
            "--client-cert-auth is false: that etcd asks for certificates hangs on --trusted-ca-file alone",
            "10s|ETCD_CLIENT_CERT_AUTH=false|ETCD_CLIENT_CERT_AUTH=true|",
        ),
        (
            "URLS=\"https://10.0.0.11:2379\"",
            "URLS=\"https://127.0.0.1:2379\"",
            2,
            "--advertise-client-urls gives out https://10.0.0.11:2379, and --listen-client-urls has https://127.0.0.1:2379, which this host alone reaches",
            "2s|https://127\\.0\\.0\\.1:2379|https://10.0.0.11:2379,https://127.0.0.1:2379|",
        ),
        (
            "etcd/server.crt",
            "etcd/servr.crt",
            7,
            "--cert-file names ",
            "7s|ETCD_CERT_FILE=/etc/kubernetes/pki/etcd/servr\\.crt|ETCD_CERT_FILE=/etc/kubernetes/pki/etcd/server.crt|",
        ),
    ] {
        let tree = packaged(&variables().replacen(from, to, 1));
        let report = verify(&tree, &expectation(&described_here()), now());
        let found = report
            .findings
            .iter()
            .find(|it| it.message.starts_with(message));
        let found = found.unwrap_or_else(|| panic!("{to}: {:#?}", report.findings));
        let place = found.place.and_then(|place| place.line);
        assert_eq!((found.file.as_str(), place), (FILE, Some(line)), "{to}");
        let edit = format!("sed '{script}' {FILE} > {FILE}.new");
        let mut commands = found.fix.commands();
        assert!(
            commands.any(|it| it.contains(&edit)),
            "{to}: {:?}",
            found.fix
        );
    }
}

/// systemd takes all files that fit, in the order of their names.
#[test]
fn a_pattern_of_files_is_listed() {
    let mut tree = host_with_services();
    let line = "EnvironmentFile=/etc/etcd.env";
    let more = format!("{line}\nEnvironmentFile=/etc/etcd.d/*.env");
    change(&mut tree, UNIT, line, &more);
    let report = verify(&tree, &expectation(&described_here()), now());
    assert_eq!(report.findings, []);
    let listed = &report.not_checked[0];
    assert_eq!(
        (listed.what.as_str(), listed.why.as_str()),
        (
            "'/etc/etcd.d/*.env'",
            "it is a pattern, which may fit any files"
        )
    );
    let named = tree.named_by_services();
    assert!(named.iter().all(|it| !it.path.contains('*')), "{named:?}");
}
