use super::*;
use crate::verify::tests::tree_of;
use crate::verify::tests::{
    DAY, cluster, copy, expectation, host, issue, manifest, now, put, text,
};
use crate::*;

const APISERVER: &str = "https://10.0.0.11:6443";

fn trees() -> [Tree; 2] {
    [(), ()].map(|()| tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now()))
}

fn copied(tree: &Tree) -> Tree {
    let paths = tree.files.keys();
    let files = paths.map(|path| (path.clone(), copy(tree, path)));
    Tree {
        files: files.collect(),
        directories: tree.directories.clone(),
        has_kubeconfig_directory: true,
        ..Tree::default()
    }
}

/// What the host's own server shows that runs with a file of `tree`.
fn served(server: LiveServer, tree: &Tree, path: &str) -> Served {
    let certificates = Certificate::bundle_from_pem(&text(tree, path)).unwrap();
    Served {
        endpoint: LiveEndpoint {
            server,
            host: SubjectAltName::Ip([10, 0, 0, 11].into()),
            port: server.default_port(),
            is_of_this_host: Some(true),
        },
        chain: certificates
            .iter()
            .map(|one| one.to_der().to_vec())
            .collect(),
        asks_for_client: true,
        client: LiveFiles::of(tree, &Expectation::default())
            .of_client(server)
            .map(|(path, _)| path)
            .ok_or_else(|| "there is none".to_owned()),
        end: HandshakeEnd::Complete,
    }
}

fn with_live(
    mut report: Report,
    tree: &Tree,
    served: &[Served],
    not_asked: Vec<NotChecked>,
    at: Timestamp,
) -> Report {
    let files = LiveFiles::of(tree, &expectation(&cluster("1.36")));
    report.add_live(&files, served, not_asked, at);
    report
}

/// What is found beside what lies in the files: `id: message`.
fn found(tree: &Tree, served: &[Served]) -> Vec<String> {
    found_at(tree, served, now())
}

fn found_at(tree: &Tree, served: &[Served], at: Timestamp) -> Vec<String> {
    let report = verify(tree, &expectation(&cluster("1.36")), at);
    let before = report.findings.clone();
    let report = with_live(report, tree, served, Vec::new(), at);
    let new = report.findings.iter().filter(|one| !before.contains(one));
    new.map(|one| format!("{} {}: {}", one.rule, one.file, one.message))
        .chain(
            report
                .not_checked
                .iter()
                .map(|one| format!("{}: {}", one.what, one.why)),
        )
        .collect()
}

fn assert_found(tree: &Tree, served: &Served, expected: &str) {
    let found = found(tree, std::slice::from_ref(served));
    assert_eq!(found.len(), 1, "{found:?} for {expected}");
    assert!(found[0].contains(expected), "{found:?} for {expected}");
}

#[test]
fn a_server_of_the_file_is_right() {
    let [tree, _] = trees();
    let all = [
        served(LiveServer::Apiserver, &tree, "pki/apiserver.crt"),
        served(LiveServer::Etcd, &tree, "pki/etcd/server.crt"),
        served(LiveServer::EtcdPeer, &tree, "pki/etcd/peer.crt"),
    ];
    let clients: Vec<_> = all.iter().map(|one| one.client.clone().ok()).collect();
    let path = |text: &str| Some(text.to_owned());
    assert_eq!(
        clients,
        [
            None,
            path("pki/apiserver-etcd-client.crt"),
            path("pki/etcd/peer.crt")
        ]
    );
    assert_eq!(found(&tree, &all), [""; 0]);
    let report = verify(&tree, &expectation(&cluster("1.36")), now());
    let checked = report.checked;
    let report = with_live(report, &tree, &all, Vec::new(), now());
    assert!(
        report.is_ok() && report.checked >= checked + 12,
        "{}",
        report.checked
    );
}

#[test]
fn a_server_with_the_file_from_before_the_renewal() {
    let [tree, _] = trees();
    let mut renewed = copied(&tree);
    issue(&mut renewed, "apiserver", "ca", |params| {
        params.validity = Validity::new(now(), now().plus(400 * DAY).unwrap()).unwrap();
    });
    let mut old = copied(&tree);
    issue(&mut old, "apiserver", "ca", |params| {
        params.validity = Validity::new(
            now().plus(-365 * DAY).unwrap(),
            now().plus(-2 * DAY).unwrap(),
        )
        .unwrap();
    });
    let old = served(LiveServer::Apiserver, &old, "pki/apiserver.crt");
    assert_found(
        &renewed,
        &old,
        "live-not-restarted https://10.0.0.11:6443: serves the certificate from before the renewal (serial ",
    );
    assert_found(
        &renewed,
        &old,
        "), which expired 2 days ago, at 2026-11-20T19:15:00Z; pki/apiserver.crt has the one of serial ",
    );
    // The address and the equal names say whose it is.
    let mut unknown = old.clone();
    unknown.endpoint.is_of_this_host = None;
    assert_found(&renewed, &unknown, "live-not-restarted");
    // The other way round the file is the older one.
    let newer = served(LiveServer::Apiserver, &renewed, "pki/apiserver.crt");
    assert_found(&tree, &newer, "live-other-certificate");
}

#[test]
fn servers_use_the_files_that_their_manifests_name() {
    let [tree, other] = trees();
    let mut moved = copied(&tree);
    for (path, elsewhere) in [
        ("pki/apiserver", "/etc/ssl/apiserver"),
        ("pki/etcd/server", "/etc/etcd/server"),
        ("pki/apiserver-etcd-client", "/etc/etcd/client"),
    ] {
        for end in ["crt", "key"] {
            let path = format!("{path}.{end}");
            put(
                &mut moved,
                &format!("{elsewhere}.{end}"),
                copy(&tree, &path),
            );
            // What nobody uses any more.
            put(&mut moved, &path, copy(&other, &path));
        }
    }
    let flags = [
        "--tls-cert-file=/etc/ssl/apiserver.crt",
        "--tls-private-key-file=/etc/ssl/apiserver.key",
        "--etcd-certfile=/etc/etcd/client.crt",
        "--etcd-keyfile=/etc/etcd/client.key",
    ];
    manifest(&mut moved, "kube-apiserver", &flags);
    let flags = [
        "--cert-file=/etc/etcd/server.crt",
        "--key-file=/etc/etcd/server.key",
    ];
    manifest(&mut moved, "etcd", &flags);
    moved.has_host_root = true;
    let apiserver = served(LiveServer::Apiserver, &tree, "pki/apiserver.crt");
    let mut etcd = served(LiveServer::Etcd, &tree, "pki/etcd/server.crt");
    let files = LiveFiles::of(&moved, &Expectation::default());
    let client = files.of_client(LiveServer::Etcd).unwrap();
    assert_eq!(
        (&client.0[..], &client.1[..]),
        ("/etc/etcd/client.crt", "/etc/etcd/client.key")
    );
    etcd.client = Ok(client.0);
    assert_eq!(found(&moved, &[apiserver, etcd]), [""; 0]);
    let stale = served(LiveServer::Apiserver, &other, "pki/apiserver.crt");
    assert_found(
        &moved,
        &stale,
        "live-wrong-ca https://10.0.0.11:6443: serves a certificate that is not signed by pki/ca.crt",
    );
}

#[test]
fn a_server_with_another_certificate() {
    let [tree, other] = trees();
    let apiserver = |path: &str| served(LiveServer::Apiserver, &tree, path);
    assert_found(
        &tree,
        &apiserver("pki/etcd/healthcheck-client.crt"),
        "live-wrong-ca https://10.0.0.11:6443: serves a certificate that is issued by pki/etcd/ca.crt, expected pki/ca.crt",
    );
    assert_found(
        &tree,
        &served(LiveServer::Apiserver, &other, "pki/apiserver.crt"),
        "is not signed by pki/ca.crt: its issuer has the same name, 'CN=kubernetes', but another key",
    );
    assert_found(
        &tree,
        &served(LiveServer::Apiserver, &other, "pki/ca.crt"),
        "serves a certificate that signed itself, expected pki/ca.crt",
    );
    assert_found(
        &tree,
        &apiserver("pki/apiserver-kubelet-client.crt"),
        "live-wrong-name https://10.0.0.11:6443: serves a certificate that has no subjectAltName, and clients ask for IP:10.0.0.11",
    );
    let mut of_m2 = cluster("1.36");
    of_m2.hosts = vec![host("m2", 12)];
    let mut with_other_names = copied(&tree);
    let names = CatalogEntry::find("apiserver").unwrap();
    let names = names.subject_alt_names(&of_m2, &of_m2.hosts[0]);
    issue(&mut with_other_names, "apiserver", "ca", |params| {
        params
            .extensions
            .retain(|one| one.oid() != names_extension(&names).oid());
        params.extensions.push(names_extension(&names));
    });
    let of_m2 = served(
        LiveServer::Apiserver,
        &with_other_names,
        "pki/apiserver.crt",
    );
    assert_found(
        &tree,
        &of_m2,
        "has no SAN for IP:10.0.0.11; it is valid for ",
    );
    let mut elsewhere = of_m2.clone();
    elsewhere.endpoint.host = SubjectAltName::Ip([10, 0, 0, 12].into());
    elsewhere.endpoint.is_of_this_host = None;
    assert_found(
        &tree,
        &elsewhere,
        "whether https://10.0.0.12:6443 serves pki/apiserver.crt: it serves the certificate of another host",
    );
    elsewhere.endpoint.is_of_this_host = Some(false);
    assert_eq!(found(&tree, &[elsewhere]), [""; 0]);
    let mut broken = apiserver("pki/apiserver.crt");
    broken.chain = vec![b"no certificate".to_vec()];
    assert_found(
        &tree,
        &broken,
        "live-handshake https://10.0.0.11:6443: shows something that is ",
    );
}

fn names_extension(names: &[SubjectAltName]) -> Extension {
    let names: Vec<GeneralName> = names.iter().cloned().map(Into::into).collect();
    Extension::subject_alt_name(&names, false)
}

#[test]
fn dates_of_a_server_of_another_host() {
    let [tree, _] = trees();
    let mut other = served(LiveServer::Apiserver, &tree, "pki/apiserver.crt");
    other.endpoint.is_of_this_host = Some(false);
    let others = std::slice::from_ref(&other);
    for (days, expected) in [
        (
            -1,
            "live-not-yet-valid https://10.0.0.11:6443: serves a certificate that is not valid yet: it starts in ",
        ),
        (
            340,
            "live-expires-soon https://10.0.0.11:6443: serves a certificate that expires in ",
        ),
        (
            370,
            "live-expired https://10.0.0.11:6443: serves a certificate that expired ",
        ),
    ] {
        let found = found_at(&tree, others, now().plus(days * DAY).unwrap());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(expected), "{found:?}");
    }
    // The same certificate lies in the file, which says it already.
    other.endpoint.is_of_this_host = Some(true);
    for days in [-1, 340, 370] {
        let at = now().plus(days * DAY).unwrap();
        assert_eq!(found_at(&tree, std::slice::from_ref(&other), at), [""; 0]);
    }
}

#[test]
fn a_fault_of_the_file_is_not_told_twice() {
    let [tree, other] = trees();
    let mut broken = copied(&tree);
    put(
        &mut broken,
        "pki/etcd/ca.crt",
        copy(&other, "pki/etcd/ca.crt"),
    );
    put(
        &mut broken,
        "pki/etcd/ca.key",
        copy(&other, "pki/etcd/ca.key"),
    );
    let mut etcd = served(LiveServer::Etcd, &broken, "pki/etcd/server.crt");
    assert_eq!(found(&broken, std::slice::from_ref(&etcd)), [""; 0]);
    // Nor does the client fail for another reason than the server.
    etcd = served(LiveServer::Etcd, &other, "pki/etcd/server.crt");
    etcd.end = HandshakeEnd::Alert(alert::UNKNOWN_CA);
    assert_found(&tree, &etcd, "live-wrong-ca");
    let mut broken = copied(&tree);
    issue(&mut broken, "apiserver-etcd-client", "ca", |_| ());
    let mut etcd = served(LiveServer::Etcd, &broken, "pki/etcd/server.crt");
    etcd.end = HandshakeEnd::Alert(alert::BAD_CERTIFICATE);
    assert_eq!(found(&broken, &[etcd]), [""; 0]);
}

/// A leaf that stands below a fault of its CA has no finding of its own.
#[test]
fn what_follows_from_a_ca_is_not_told_twice() {
    let [tree, other] = trees();
    let put_ca = |from: &Tree, [certificate, key]: [&str; 2]| {
        let mut broken = copied(&tree);
        put(&mut broken, "pki/etcd/ca.crt", copy(from, certificate));
        put(&mut broken, "pki/etcd/ca.key", copy(&tree, key));
        broken
    };
    let reused = put_ca(&tree, ["pki/ca.crt", "pki/ca.key"]);
    let mismatch = put_ca(&other, ["pki/etcd/ca.crt", "pki/etcd/ca.key"]);
    for (broken, rule) in [
        (reused, Rule::CaOverwritten),
        (mismatch, Rule::CaKeyMismatch),
    ] {
        let report = verify(&broken, &expectation(&cluster("1.36")), now());
        let finding = report.findings.iter().find(|one| one.rule == rule).unwrap();
        let mut consequences = finding.consequences.iter();
        assert!(consequences.any(|one| one.file == "pki/etcd/server.crt"));
        let mut etcd = served(LiveServer::Etcd, &broken, "pki/etcd/server.crt");
        assert_eq!(found(&broken, std::slice::from_ref(&etcd)), [""; 0]);
        etcd.end = HandshakeEnd::Alert(alert::BAD_CERTIFICATE);
        assert_eq!(found(&broken, std::slice::from_ref(&etcd)), [""; 0]);
        etcd.endpoint.is_of_this_host = Some(false);
        assert_eq!(found(&broken, &[etcd]), [""; 0]);
    }
    // The key alone is another's: what the servers show is to be right.
    let mut key = copied(&tree);
    put(&mut key, "pki/etcd/ca.key", copy(&other, "pki/etcd/ca.key"));
    let etcd = served(LiveServer::Etcd, &other, "pki/etcd/server.crt");
    assert_found(&key, &etcd, "live-wrong-ca");
}

#[test]
fn what_a_server_says_of_the_client() {
    let [tree, _] = trees();
    let ends = |end: HandshakeEnd| Served {
        end,
        ..served(LiveServer::Etcd, &tree, "pki/etcd/server.crt")
    };
    let etcd = "https://10.0.0.11:2379";
    for (end, expected) in [
        (
            HandshakeEnd::Alert(alert::BAD_CERTIFICATE),
            "live-client-refused {}: refuses the client certificate pki/apiserver-etcd-client.crt: 'remote error: tls: bad certificate'; the word stands for any reason",
        ),
        (
            HandshakeEnd::Alert(alert::UNKNOWN_CA),
            "'remote error: tls: unknown certificate authority'; it trusts another CA",
        ),
        (
            HandshakeEnd::Alert(alert::CERTIFICATE_EXPIRED),
            "live-clock {}: says that the client certificate pki/apiserver-etcd-client.crt has expired or is not yet valid, and by this host's clock it is valid from ",
        ),
        (
            HandshakeEnd::Closed,
            "refuses the client certificate pki/apiserver-etcd-client.crt: it closes the connection without a word; so it does if the certificate is revoked",
        ),
        (
            HandshakeEnd::Silent { seconds: 5 },
            "live-handshake {}: does not finish the handshake: nothing came for 5 s",
        ),
        (
            HandshakeEnd::Broken("it lies".to_owned()),
            "live-handshake {}: does not finish the handshake: it lies",
        ),
    ] {
        assert_found(&tree, &ends(end), &expected.replace("{}", etcd));
    }
    let mut without = ends(HandshakeEnd::Complete);
    without.asks_for_client = false;
    assert_found(
        &tree,
        &without,
        "live-no-client-auth https://10.0.0.11:2379: lets in clients without",
    );
    let mut unable = ends(HandshakeEnd::Alert(alert::BAD_CERTIFICATE));
    unable.client = Err("it is broken".to_owned());
    assert_found(
        &tree,
        &unable,
        "whether https://10.0.0.11:2379 lets its clients in: it is broken",
    );
    // The API server takes whatever it is shown, or nothing.
    let mut apiserver = served(LiveServer::Apiserver, &tree, "pki/apiserver.crt");
    apiserver.asks_for_client = false;
    assert_eq!(found(&tree, std::slice::from_ref(&apiserver)), [""; 0]);
    apiserver.end = HandshakeEnd::Alert(alert::INTERNAL_ERROR);
    assert_found(
        &tree,
        &apiserver,
        "live-handshake https://10.0.0.11:6443: does not finish the handshake: 'remote error: tls: internal error'",
    );
}

#[test]
fn who_shows_no_certificate() {
    let [tree, _] = trees();
    let ends = |end: HandshakeEnd| Served {
        end,
        chain: Vec::new(),
        asks_for_client: false,
        ..served(LiveServer::Apiserver, &tree, "pki/apiserver.crt")
    };
    let unknown: &[(HandshakeEnd, &str)] = &[
        (
            HandshakeEnd::Unreachable("connection refused".to_owned()),
            "cannot be reached: connection refused",
        ),
        (
            HandshakeEnd::Silent { seconds: 5 },
            "takes the connection and does not answer within 5 s",
        ),
        (
            HandshakeEnd::Closed,
            "closes the connection instead of answering",
        ),
    ];
    for (end, expected) in unknown {
        let served = ends(end.clone());
        assert_found(
            &tree,
            &served,
            &format!("live-unreachable {APISERVER}: {expected}"),
        );
        let report = verify(&tree, &expectation(&cluster("1.36")), now());
        let report = with_live(report, &tree, &[served], Vec::new(), now());
        assert!(!report.is_complete(), "{expected}");
    }
    for (end, expected) in [
        (
            HandshakeEnd::NotTls(b"HTTP/1.0 400 Bad Request\r\nServer: x".to_vec()),
            "live-not-tls {}: speaks no TLS: it answers 'HTTP/1.0 400 Bad Request'",
        ),
        (
            HandshakeEnd::NotTls(b"\x1b[2J\xff\n".to_vec()),
            "speaks no TLS: it answers '\\u{1b}[2J\u{fffd}'",
        ),
        (
            HandshakeEnd::TooLong(1024),
            "live-not-tls {}: speaks no TLS: it sent more than 1024 bytes",
        ),
        (
            HandshakeEnd::Alert(alert::INTERNAL_ERROR),
            "live-handshake {}: refuses every client: 'remote error: tls: internal error', as etcd does whose key file",
        ),
        (
            HandshakeEnd::Alert(200),
            "refuses every client: 'remote error: tls: alert(200)'",
        ),
        (
            HandshakeEnd::Garbled,
            "live-not-tls {}: does not speak TLS: what it sends looks like TLS at first",
        ),
        (
            HandshakeEnd::Broken("it lies".to_owned()),
            "live-handshake {}: cannot be talked to: it lies",
        ),
        (
            HandshakeEnd::Complete,
            "live-handshake {}: shows no certificate",
        ),
    ] {
        assert_found(&tree, &ends(end), &expected.replace("{}", APISERVER));
    }
}

#[test]
fn a_tree_without_the_files_leaves_things_open() {
    let [tree, _] = trees();
    let mut poor = copied(&tree);
    let etcd = served(LiveServer::Etcd, &tree, "pki/etcd/server.crt");
    poor.files.retain(|path, _| !path.starts_with("pki/etcd/"));
    let report = verify(&poor, &Expectation::default(), now());
    let report = with_live(report, &poor, &[etcd], Vec::new(), now());
    let live = |one: &&NotChecked| one.what.contains("https://10.0.0.11:2379");
    let open: Vec<_> = report
        .not_checked
        .iter()
        .filter(live)
        .map(|one| &one.why[..])
        .collect();
    assert_eq!(open, ["the tree has no certificate of its CA"]);
}

proptest::proptest! {
    #[test]
    fn no_server_makes_it_panic(
        chain: Vec<Vec<u8>>,
        first: Vec<u8>,
        code: u8,
        asks: bool,
        which in 0..4_usize,
    ) {
        let end = [
            HandshakeEnd::Complete,
            HandshakeEnd::NotTls(first),
            HandshakeEnd::Alert(code),
            HandshakeEnd::Closed,
        ][which].clone();
        let served = Served {
            endpoint: LiveEndpoint {
                server: LiveServer::Etcd,
                host: SubjectAltName::Ip([10, 0, 0, 11].into()),
                port: 1,
                is_of_this_host: None,
            },
            chain,
            asks_for_client: asks,
            client: Ok("pki/none.crt".to_owned()),
            end,
        };
        let tree = Tree::default();
        let report = verify(&tree, &Expectation::default(), now());
        let _ = with_live(report, &tree, &[served], Vec::new(), now());
    }
}

/// A server has one finding, by however many names it is asked.
#[test]
fn one_server_is_one_fault() {
    let [tree, other] = trees();
    let mut broken = copied(&other);
    issue(&mut broken, "apiserver", "ca", |params| {
        params.validity =
            Validity::new(now().plus(-9 * DAY).unwrap(), now().plus(-DAY).unwrap()).unwrap();
    });
    let own = served(LiveServer::Apiserver, &broken, "pki/apiserver.crt");
    let mut shared = served(LiveServer::Apiserver, &broken, "pki/apiserver.crt");
    shared.endpoint.host = SubjectAltName::parse("vip.k8s.internal").unwrap().value;
    let mut tree = copied(&tree);
    issue(&mut tree, "apiserver", "ca", |params| {
        let [from, to] = [-20, 300].map(|days| now().plus(days * DAY).unwrap());
        params.validity = Validity::new(from, to).unwrap();
    });
    let told = expectation(&cluster("1.36"));
    let report = verify(&tree, &told, now());
    let report = with_live(report, &tree, &[own, shared], Vec::new(), now());
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(
        (finding.rule, &finding.file[..]),
        (Rule::LiveWrongCa, APISERVER)
    );
    let parts = finding.consequences.iter();
    let parts: Vec<_> = parts
        .map(|part| (&part.file[..], part.rule.unwrap()))
        .collect();
    assert_eq!(
        parts,
        [
            (APISERVER, Rule::LiveExpired),
            ("https://vip.k8s.internal:6443", Rule::LiveWrongCa),
        ]
    );
}

/// What is to be done with a file is said of the file.
#[test]
fn a_server_is_not_sent_to_a_file_that_is_wrong_itself() {
    let [tree, other] = trees();
    let mut broken = copied(&tree);
    issue(&mut broken, "apiserver", "etcd/ca", |_| ());
    let apiserver = served(LiveServer::Apiserver, &other, "pki/apiserver.crt");
    let told = expectation(&cluster("1.36"));
    let report = verify(&broken, &told, now());
    let report = with_live(report, &broken, &[apiserver], Vec::new(), now());
    let live = report.findings.iter();
    let live: Vec<_> = live.filter(|one| one.rule == Rule::LiveWrongCa).collect();
    assert!(
        live[0]
            .fix
            .to_string()
            .starts_with("mend pki/apiserver.crt first"),
        "{}",
        live[0].fix
    );
}

/// A server that shows what it should, of files that have changed places.
#[test]
fn an_exchange_is_not_told_twice() {
    let [tree, _] = trees();
    let mut broken = copied(&tree);
    for end in ["crt", "key"] {
        let [one, other] = ["pki/ca", "pki/etcd/ca"].map(|base| format!("{base}.{end}"));
        put(&mut broken, &one, copy(&tree, &other));
        put(&mut broken, &other, copy(&tree, &one));
    }
    for (server, path) in [
        (LiveServer::Apiserver, "pki/apiserver.crt"),
        (LiveServer::Etcd, "pki/etcd/server.crt"),
    ] {
        let shown = served(server, &broken, path);
        assert_eq!(found(&broken, &[shown]), [""; 0]);
    }
}

/// Asked on the port of another server of the same host.
#[test]
fn a_wrong_port_is_known_by_its_file() {
    let [tree, other] = trees();
    let asked = |server: LiveServer, tree: &Tree, path: &str| Served {
        asks_for_client: false,
        ..served(server, tree, path)
    };
    let etcd = asked(LiveServer::Etcd, &tree, "pki/apiserver.crt");
    assert_found(
        &tree,
        &etcd,
        "live-other-certificate https://10.0.0.11:2379: this port serves pki/apiserver.crt: it is the API server, not etcd's port for clients",
    );
    let mut refused = asked(LiveServer::Apiserver, &tree, "pki/etcd/server.crt");
    refused.end = HandshakeEnd::Alert(alert::CERTIFICATE_REQUIRED);
    assert_found(
        &tree,
        &refused,
        "this port serves pki/etcd/server.crt: it is etcd's port for clients, not the API server",
    );
    let peer = asked(LiveServer::Etcd, &tree, "pki/etcd/peer.crt");
    assert_found(&tree, &peer, "it is etcd's port for its other members");
    // Of a server of nobody's it is not known whether it is an etcd.
    let mut strange = asked(LiveServer::Etcd, &other, "pki/apiserver.crt");
    strange.endpoint.is_of_this_host = None;
    let found = found(&tree, std::slice::from_ref(&strange));
    assert!(found[0].starts_with("live-wrong-ca"), "{found:?}");
    let report = verify(&tree, &expectation(&cluster("1.36")), now());
    let report = with_live(report, &tree, &[strange], Vec::new(), now());
    let fix = report.findings[0].fix.to_string();
    assert!(fix.ends_with("kpki verify /etc/kubernetes --live"), "{fix}");
    let unknown = "whether https://10.0.0.11:2379 asks its clients for certificates: it may be no etcd, or not this cluster's";
    assert!(found.contains(&unknown.to_owned()), "{found:?}");
    assert!(
        !found.iter().any(|it| it.starts_with("live-no-client")),
        "{found:?}"
    );
    // The file is the API server's though it lies in the place of etcd's.
    let mut changed = copied(&tree);
    for end in ["crt", "key"] {
        let [one, two] = ["pki/apiserver", "pki/etcd/server"].map(|base| format!("{base}.{end}"));
        put(&mut changed, &one, copy(&tree, &two));
        put(&mut changed, &two, copy(&tree, &one));
    }
    let apiserver = served(LiveServer::Apiserver, &tree, "pki/apiserver.crt");
    let found = self::found(&changed, &[apiserver]);
    assert!(
        !found.iter().any(|it| it.contains("this port")),
        "{found:?}"
    );
}

/// A certificate that is made again under its old names lacks the same one.
#[test]
fn the_name_that_is_missing_is_asked_for() {
    let [tree, _] = trees();
    let fix_of = |server, path: &str, host: &str| {
        let mut shown = served(server, &tree, path);
        shown.endpoint.host = SubjectAltName::parse_host(host).unwrap().value;
        let report = verify(&tree, &expectation(&cluster("1.36")), now());
        let report = with_live(report, &tree, &[shown], Vec::new(), now());
        assert_eq!(report.findings[0].rule, Rule::LiveWrongName);
        report.findings[0].fix.to_string()
    };
    let fix = fix_of(LiveServer::Apiserver, "pki/apiserver.crt", "api.example");
    let command = "kpki gen --only apiserver --reissue --apiserver-cert-extra-sans api.example";
    assert!(fix.contains(command), "{fix}");
    let fix = fix_of(LiveServer::Etcd, "pki/etcd/server.crt", "10.9.9.9");
    assert!(fix.contains("--host NAME=ADDRESS,10.9.9.9"), "{fix}");
}
