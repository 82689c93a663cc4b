//! What etcd and the API server are told about each other.

use super::derived::{API_SERVER, manifest};
use super::*;

/// As kubeadm writes them.
const ETCD: [&str; 15] = [
    "--name=m1",
    "--advertise-client-urls=https://10.0.0.11:2379",
    "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
    "--client-cert-auth=true",
    "--initial-advertise-peer-urls=https://10.0.0.11:2380",
    "--initial-cluster=m0=https://10.0.0.10:2380,m1=https://10.0.0.11:2380",
    "--key-file=/etc/kubernetes/pki/etcd/server.key",
    "--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.11:2379",
    "--listen-metrics-urls=http://127.0.0.1:2381",
    "--listen-peer-urls=https://10.0.0.11:2380",
    "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
    "--peer-client-cert-auth=true",
    "--peer-key-file=/etc/kubernetes/pki/etcd/peer.key",
    "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
    "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
];

/// A stacked host whose etcd has these flags instead of kubeadm's: each that
/// begins like one replaces it, and what ends with `=` takes it away.
fn host_with(changed: &[&str]) -> Tree {
    let name = |flag: &str| flag.split('=').next().unwrap_or_default().to_owned();
    let mut tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    let replaced = |flag: &&str| changed.iter().all(|other| name(other) != name(flag));
    let mut flags: Vec<&str> = ETCD.iter().copied().filter(replaced).collect();
    flags.extend(changed.iter().filter(|flag| !flag.ends_with('=')));
    manifest(&mut tree, "kube-apiserver", &API_SERVER);
    manifest(&mut tree, "etcd", &flags);
    tree
}

/// `severity id file: message`.
fn told(tree: &Tree) -> Vec<String> {
    let report = verify(tree, &Expectation::from_tree(tree), now());
    let shown = |it: &Finding| format!("{} {} {}: {}", it.severity, it.rule, it.file, it.message);
    report.findings.iter().map(shown).collect()
}

#[track_caller]
fn one(changed: &[&str], start: &str) {
    let told = told(&host_with(changed));
    assert!(
        matches!(&told[..], [one] if one.starts_with(start)),
        "{told:#?}"
    );
}

#[test]
fn what_kubeadm_writes_is_right() {
    for changed in [
        &[][..],
        // The shapes of other set-ups that work.
        &["--client-cert-auth="],
        &["--client-cert-auth", "--client-cert-auth="],
        &[
            "--config-file=/etc/etcd.yaml",
            "--trusted-ca-file=",
            "--client-cert-auth=",
        ],
        &[
            "--listen-client-urls=https://0.0.0.0:2379",
            "--listen-peer-urls=https://[::]:2380",
        ],
        &[
            "--advertise-client-urls=https://m1:2379",
            "--initial-advertise-peer-urls=https://m1:2380",
        ],
        &[
            "--initial-cluster=m1=https://m1:2380",
            "--initial-cluster-state=existing",
        ],
        &["--initial-cluster=$(CLUSTER)"],
        &["--advertise-client-urls=https://$(POD_IP):2379"],
        &["--listen-client-urls=unix:///run/etcd.sock"],
    ] {
        assert_eq!(told(&host_with(changed)), [""; 0], "{changed:?}");
    }
}

#[test]
fn hosts_of_urls_are_named_by_the_certificates() {
    one(
        &["--listen-client-urls=https://10.0.9.9:2379,https://10.0.0.11:2379"],
        "error san-missing pki/etcd/server.crt: has no SAN for IP:10.0.9.9 (--listen-client-urls in",
    );
    one(
        &["--initial-advertise-peer-urls=https://e1.internal:2380"],
        "error san-missing pki/etcd/peer.crt: has no SAN for DNS:e1.internal (--initial-advertise-peer-urls in",
    );
}

/// Each flag alone against the others, which the certificates bear out.
#[test]
fn a_flag_that_the_others_contradict_is_wrong_itself() {
    for (flag, port) in [
        ("advertise-client-urls", 2379),
        ("listen-client-urls", 2379),
        ("initial-advertise-peer-urls", 2380),
        ("listen-peer-urls", 2380),
    ] {
        let changed = format!("--{flag}=https://127.0.0.1:{port},https://10.0.9.9:{port}");
        let changed = host_with(&[&changed]);
        let report = verify(&changed, &Expectation::from_tree(&changed), now());
        let [found] = &report.findings[..] else {
            panic!("{flag}: {:#?}", report.findings);
        };
        assert_eq!(
            (found.rule, found.file.as_str()),
            (Rule::EtcdAddress, "manifests/etcd.yaml")
        );
        let start = format!("--{flag} has 10.0.9.9, and --");
        assert!(found.message.starts_with(&start), "{}", found.message);
        let line = found.place.and_then(|place| place.line).unwrap();
        let [command] = found.fix.commands().collect::<Vec<_>>()[..] else {
            panic!("{:?}", found.fix);
        };
        let edit = format!("sed '{line}s|10\\.0\\.9\\.9|10.0.0.11|' manifests/etcd.yaml");
        assert!(command.contains(&edit), "{command}");
    }
}

/// What most flags say is right, and the commands give it to the certificates.
#[test]
fn an_address_of_most_flags_is_to_be_named() {
    let tree = host_with(&[
        "--advertise-client-urls=https://10.0.9.9:2379",
        "--initial-advertise-peer-urls=https://10.0.9.9:2380",
        "--initial-cluster=m1=https://10.0.9.9:2380",
        "--listen-client-urls=https://127.0.0.1:2379,https://10.0.9.9:2379",
        "--listen-peer-urls=https://10.0.9.9:2380",
    ]);
    let expectation = Expectation::from_tree(&tree);
    assert_eq!(
        found(&tree, &expectation),
        [
            "san-missing pki/etcd/peer.crt",
            "san-missing pki/etcd/server.crt"
        ]
    );
    let recalled = expectation.recalled(&tree).unwrap();
    let names = recalled.cluster.hosts[0].cert_sans.iter();
    let names: Vec<_> = names.map(ToString::to_string).collect();
    assert_eq!(names, ["IP:10.0.9.9"]);
}

#[test]
fn two_flags_with_one_name_are_one_fault() {
    let host = "https://10.0.9.9:2379";
    let flags = [
        format!("--advertise-client-urls={host}"),
        format!("--listen-client-urls={host},https://127.0.0.1:2379"),
    ];
    one(
        &[&flags[0], &flags[1]],
        "error san-missing pki/etcd/server.crt",
    );
}

#[test]
fn the_api_servers_etcd_on_this_host_is_named() {
    let mut tree = host_with(&["--listen-client-urls=https://[::1]:2379,https://10.0.0.11:2379"]);
    let mut servers = API_SERVER.to_vec();
    servers.push("--etcd-servers=https://[::1]:2379");
    manifest(&mut tree, "kube-apiserver", &servers);
    assert_eq!(told(&tree), [""; 0]);
    // Another port is a proxy's.
    servers.push("--etcd-servers=https://10.0.0.11:12379,https://10.9.9.9:2379");
    manifest(&mut tree, "kube-apiserver", &servers);
    assert_eq!(told(&tree), [""; 0]);
}

#[test]
fn urls_without_tls_are_told() {
    one(
        &["--listen-client-urls=http://0.0.0.0:2379"],
        "error etcd-without-tls manifests/etcd.yaml: --listen-client-urls has http://0.0.0.0:2379: without TLS, whoever reaches it may read and write everything",
    );
    one(
        &["--listen-client-urls=https://10.0.0.11:2379,http://127.0.0.1:2379"],
        "note etcd-without-tls manifests/etcd.yaml",
    );
    one(
        &["--listen-peer-urls=http://10.0.0.11:2380"],
        "error etcd-without-tls manifests/etcd.yaml: --listen-peer-urls has",
    );
    one(
        &["--advertise-client-urls=http://10.0.0.11:2379"],
        "error etcd-without-tls manifests/etcd.yaml: --advertise-client-urls gives out",
    );
    let mut tree = host_with(&[]);
    let mut servers = API_SERVER.to_vec();
    servers.push("--etcd-servers=http://127.0.0.1:2379");
    manifest(&mut tree, "kube-apiserver", &servers);
    let told = told(&tree);
    let start = "error etcd-without-tls manifests/kube-apiserver.yaml: --etcd-servers has";
    assert!(told.len() == 1 && told[0].starts_with(start), "{told:?}");
}

#[test]
fn an_etcd_that_asks_nobody_is_told() {
    one(
        &["--client-cert-auth=false", "--trusted-ca-file="],
        "error etcd-any-client manifests/etcd.yaml: has neither --trusted-ca-file nor --client-cert-auth",
    );
    one(
        &["--trusted-ca-file="],
        "warning etcd-any-client manifests/etcd.yaml: --client-cert-auth without",
    );
    one(
        &["--peer-client-cert-auth=", "--peer-trusted-ca-file="],
        "error etcd-any-client manifests/etcd.yaml: has neither --peer-trusted-ca-file",
    );
    let mut tree = host_with(&["--client-cert-auth=", "--trusted-ca-file="]);
    let path = "manifests/etcd.yaml";
    let env = "\n    env:\n    - {name: ETCD_TRUSTED_CA_FILE, value: /ca.crt}\n";
    let text = String::from_utf8(text(&tree, path)).unwrap() + env;
    put(&mut tree, path, file(text.as_bytes(), 0o600));
    assert_eq!(told(&tree), [""; 0]);
}

#[test]
fn a_member_is_in_its_own_list() {
    one(
        &["--initial-cluster=m0=https://10.0.0.10:2380"],
        "warning etcd-initial-cluster manifests/etcd.yaml: --initial-cluster has no member 'm1'",
    );
    one(
        &["--initial-cluster=m1=https://10.0.0.9:2380"],
        "note etcd-initial-cluster manifests/etcd.yaml: --initial-cluster has https://10.0.0.9:2380",
    );
}

#[test]
fn the_api_servers_access_may_lie_beside_etcds_own() {
    let made_for = cluster("1.30");
    let mut tree = tree_of(&made_for, EtcdNaming::Kubeadm, now());
    for end in ["crt", "key"] {
        let name = format!("apiserver-etcd-client.{end}");
        let moved = tree.files.remove(&format!("pki/{name}")).unwrap();
        put(&mut tree, &format!("pki/etcd/{name}"), moved);
    }
    tree.files.retain(|path, _| path.starts_with("pki/etcd/"));
    tree.has_kubeconfig_directory = false;
    assert_eq!(told(&tree), [""; 0]);
    manifest(&mut tree, "etcd", &ETCD);
    let beside = tree.files.remove("manifests/etcd.yaml").unwrap();
    put(&mut tree, "/etc/kubernetes/manifests/etcd.yaml", beside);
    assert_eq!(told(&tree), [""; 0]);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.role, Some(TreeRole::EtcdMember));
    assert_eq!(report.not_checked, []);
    let key = copy(&tree, "pki/etcd/peer.key");
    put(&mut tree, "pki/etcd/apiserver-etcd-client.key", key);
    let start = "error key-mismatch pki/etcd/apiserver-etcd-client.key";
    assert!(told(&tree)[0].starts_with(start), "{:?}", told(&tree));
}
