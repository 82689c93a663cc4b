//! Trees with certificates that end, are missing, or cannot be read.

mod exposition;

use super::*;
use crate::verify::tests::{cluster, external, file, now, tree_of};
use crate::*;

const DAY: i64 = 86_400;

fn names(expiry: &Expiry) -> Vec<&str> {
    expiry.rows.iter().map(|row| row.name.as_str()).collect()
}

fn row<'a>(expiry: &'a Expiry, name: &str) -> &'a ExpiryRow {
    let found = expiry.rows.iter().find(|row| row.name == name);
    found.unwrap_or_else(|| panic!("{name} is not among {:?}", names(expiry)))
}

fn found<'a>(expiry: &'a Expiry, name: &str) -> &'a FoundCertificate {
    row(expiry, name).found().unwrap()
}

fn pem(tree: &Tree, path: &str) -> Vec<u8> {
    tree.files[path].bytes().unwrap().to_vec()
}

fn stacked() -> Tree {
    tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now())
}

#[test]
fn every_certificate_has_its_name_and_its_ca() {
    let expiry = expiry(&stacked());
    let main: Vec<_> = expiry
        .rows
        .iter()
        .filter(|row| row.entry.is_some())
        .collect();
    let shown: Vec<_> = main
        .iter()
        .map(|row| {
            let found = row.found().unwrap();
            assert!(!found.is_externally_managed, "{}", row.name);
            (row.name.as_str(), found.authority.as_deref(), found.is_ca())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("ca", None, true),
            ("apiserver", Some("ca"), false),
            ("apiserver-kubelet-client", Some("ca"), false),
            ("front-proxy-ca", None, true),
            ("front-proxy-client", Some("front-proxy-ca"), false),
            ("etcd-ca", None, true),
            ("etcd-server", Some("etcd-ca"), false),
            ("etcd-peer", Some("etcd-ca"), false),
            ("etcd-healthcheck-client", Some("etcd-ca"), false),
            ("apiserver-etcd-client", Some("etcd-ca"), false),
            ("admin.conf", Some("ca"), false),
            ("super-admin.conf", Some("ca"), false),
            ("kubelet.conf", Some("ca"), false),
            ("controller-manager.conf", Some("ca"), false),
            ("scheduler.conf", Some("ca"), false),
        ]
    );
    // The CA inside each kubeconfig is a copy.
    let copies: Vec<_> = expiry
        .rows
        .iter()
        .filter(|row| row.entry.is_none())
        .collect();
    assert_eq!(copies.len(), 5);
    for copy in copies {
        assert!(
            copy.name.ends_with(".conf (cluster kubernetes)"),
            "{}",
            copy.name
        );
        assert_eq!(copy.found().unwrap().copy_of.as_deref(), Some("ca"));
    }
}

#[test]
fn external_etcd_is_listed_but_not_kubeadms() {
    let roles = Roles {
        control_plane: true,
        etcd: false,
    };
    let mut tree = tree_of(&external(roles), EtcdNaming::Cfssl, now());
    tree.files.remove("pki/etcd/ca-key.pem");
    let expiry = expiry(&tree);
    assert_eq!(expiry.role, Some(TreeRole::ControlPlane));
    let client = row(&expiry, "apiserver-etcd-client");
    assert_eq!(client.file, "pki/etcd/client.pem");
    assert!(client.found().unwrap().is_externally_managed);
    for row in &expiry.rows {
        let etcds = row.name.contains("etcd");
        let kubelets = row.name == "kubelet.conf";
        let is_main = row.entry.is_some();
        assert_eq!(
            row.is_of_kubeadm(expiry.role),
            is_main && !etcds && !kubelets,
            "{}",
            row.name
        );
    }
}

#[test]
fn a_ca_whose_key_is_elsewhere_manages_externally() {
    let mut tree = stacked();
    tree.files.remove("pki/ca.key");
    let expiry = expiry(&tree);
    for (name, external) in [("ca", true), ("apiserver", true), ("admin.conf", true)] {
        assert_eq!(
            found(&expiry, name).is_externally_managed,
            external,
            "{name}"
        );
    }
    assert!(!found(&expiry, "etcd-server").is_externally_managed);
}

#[test]
fn what_kubeadm_does_not_see() {
    let mut tree = stacked();
    let [ca, leaf, etcd] =
        ["pki/ca.crt", "pki/apiserver.crt", "pki/etcd/server.crt"].map(|path| pem(&tree, path));
    let key = pem(&tree, "pki/apiserver.key");
    let der = Certificate::from_pem(&etcd).unwrap().to_der().to_vec();
    let config = b"
clusters: []
current-context: c
contexts: [{name: c, context: {user: u, cluster: k}}]
users: [{name: u, user: {client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem}}]
";
    let kubelets = [&leaf[..], &key].concat();
    for (path, content) in [
        ("kubelet.conf", &config[..]),
        ("/var/lib/kubelet/pki/kubelet-client-current.pem", &kubelets),
        (
            "/var/lib/kubelet/pki/kubelet.crt",
            &[&etcd[..], &ca].concat(),
        ),
        ("/etc/etcd/server.pem", &etcd),
        ("pki/other.der", &der),
        ("pki/apiserver.crt.bak", &leaf),
        ("pki/notes.txt", b"nothing"),
        ("pki/broken.crt", b"-----BEGIN CERTIFICATE-----\n"),
    ] {
        tree.files.insert(path.to_owned(), file(content, 0o600));
    }
    let expiry = expiry(&tree);
    let kubelet = row(&expiry, "kubelet.conf");
    assert_eq!(
        kubelet.file,
        "/var/lib/kubelet/pki/kubelet-client-current.pem"
    );
    assert_eq!(kubelet.entry.unwrap().base_name, "kubelet.conf");
    let serving = found(&expiry, "kubelet-server");
    assert_eq!(serving.copy_of.as_deref(), Some("etcd-server"));
    assert_eq!(row(&expiry, "kubelet-server #2").position, 2);
    assert!(found(&expiry, "/etc/etcd/server.pem").copy_of.is_some());
    assert!(found(&expiry, "pki/other.der").copy_of.is_some());
    let broken = &row(&expiry, "pki/broken.crt").state;
    assert!(matches!(broken, ExpiryState::Unreadable(_)), "{broken:?}");
    let others = [
        "pki/apiserver.crt.bak",
        "pki/notes.txt",
        "pki/apiserver.key",
    ];
    assert!(
        expiry
            .rows
            .iter()
            .all(|row| !others.contains(&row.file.as_str()))
    );
}

#[test]
fn what_is_in_use_is_no_backup() {
    let mut tree = stacked();
    let [apiserver, etcd] =
        ["pki/apiserver.crt", "pki/etcd/server.crt"].map(|path| pem(&tree, path));
    let manifest = b"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver}
spec:
  containers:
  - name: kube-apiserver
    command: [kube-apiserver, --tls-cert-file=/etc/kubernetes/pki/old/tls.crt, --etcd-cafile=/srv/backup/ca.crt]
";
    let config = b"
clusters: []
contexts: [{name: c, context: {user: u, cluster: k}}]
users: [{name: u, user: {client-certificate: pki/save/client.crt}}]
";
    for (path, content) in [
        ("manifests/kube-apiserver.yaml", &manifest[..]),
        ("x.conf", config),
        ("pki/old/tls.crt", &apiserver),
        ("/srv/backup/ca.crt", &etcd),
        ("pki/save/client.crt", &etcd),
        ("pki/old/apiserver.crt", &apiserver),
    ] {
        tree.files.insert(path.to_owned(), file(content, 0o600));
    }
    let expiry = expiry(&tree);
    for name in ["pki/old/tls.crt", "/srv/backup/ca.crt", "x.conf (user u)"] {
        found(&expiry, name);
    }
    assert!(!names(&expiry).contains(&"pki/old/apiserver.crt"));
}

#[test]
fn what_a_kubeconfig_says_of_its_certificates_is_not_lost() {
    let mut tree = stacked();
    let config = b"
clusters: [{name: k, cluster: {certificate-authority: /a/../ca.crt}}]
contexts: []
users: [{name: u, user: {client-certificate-data: aGVsbG8=}}]
";
    tree.files.insert("x.conf".to_owned(), file(config, 0o600));
    let expiry = expiry(&tree);
    let above = row(&expiry, "x.conf (cluster k)");
    assert!(matches!(above.state, ExpiryState::Elsewhere), "{above:?}");
    assert_eq!(above.file, "/a/../ca.crt");
    let broken = row(&expiry, "x.conf (user u)");
    assert!(
        matches!(broken.state, ExpiryState::Unreadable(_)),
        "{broken:?}"
    );
    let embedding = broken.embedded.as_ref().unwrap();
    assert_eq!(
        (embedding.kind, &embedding.key[..]),
        (EmbeddedKind::User, "u")
    );
}

#[test]
fn what_is_not_there_is_missing_once() {
    let mut tree = stacked();
    for path in [
        "pki/etcd/peer.crt",
        "admin.conf",
        "super-admin.conf",
        "kubelet.conf",
    ] {
        tree.files.remove(path);
    }
    let config =
        b"{clusters: [{name: k, cluster: {certificate-authority: /etc/kubernetes/gone.crt}}],
        users: [{name: u, user: {client-certificate: /var/lib/u.pem}}], contexts: []}";
    tree.files.insert("x.conf".to_owned(), file(config, 0o600));
    let expiry = expiry(&tree);
    let missing = expiry
        .rows
        .iter()
        .filter(|row| matches!(row.state, ExpiryState::Missing));
    let missing: Vec<_> = missing
        .map(|row| (row.name.as_str(), row.file.as_str()))
        .collect();
    assert_eq!(
        missing,
        [
            ("etcd-peer", "pki/etcd/peer.crt"),
            ("admin.conf", "admin.conf"),
            ("x.conf (cluster k)", "gone.crt"),
        ]
    );
    let elsewhere = row(&expiry, "x.conf (user u)");
    assert!(
        matches!(elsewhere.state, ExpiryState::Elsewhere),
        "{elsewhere:?}"
    );
    assert_eq!(elsewhere.file, "/var/lib/u.pem");
}

#[test]
fn unreadable_files_say_why() {
    let mut tree = stacked();
    let mut put = |path: &str, content| {
        tree.files.insert(
            path.to_owned(),
            TreeFile {
                content,
                mode: 0o600,
                owner: None,
                links: 1,
                inode: None,
                link: None,
            },
        );
    };
    put(
        "pki/ca.crt",
        TreeContent::Unreadable("permission denied".to_owned()),
    );
    put(
        "pki/ca.key",
        TreeContent::Unreadable("permission denied".to_owned()),
    );
    put("admin.conf", TreeContent::TooLarge(1 << 30));
    put(
        "pki/apiserver.crt",
        TreeContent::NotAFile("link that leads nowhere"),
    );
    put(
        "pki/notes",
        TreeContent::Unreadable("permission denied".to_owned()),
    );
    put("pki/d.pem", TreeContent::NotAFile("directory"));
    let expiry = expiry(&tree);
    let unreadable = expiry.rows.iter().filter_map(|row| match &row.state {
        ExpiryState::Unreadable(why) => Some((row.name.as_str(), why.as_str())),
        _ => None,
    });
    assert_eq!(
        unreadable.collect::<Vec<_>>(),
        [
            ("ca", "permission denied"),
            ("apiserver", "it is a link that leads nowhere"),
            ("admin.conf", "it has 1073741824 bytes, too many to look at"),
        ]
    );
    // The CA is known from the kubeconfigs that trust it.
    let scheduler = found(&expiry, "scheduler.conf");
    assert_eq!(
        scheduler.authority.as_deref(),
        Some("controller-manager.conf (cluster kubernetes)")
    );
}

#[test]
fn the_end_belongs_to_the_validity() {
    let expiry = expiry(&stacked());
    let found = found(&expiry, "apiserver");
    let end = found.certificate.validity().not_after();
    let start = found.certificate.validity().not_before();
    let at = |time: Timestamp, days| found.standing(time, Within::days(days));
    assert_eq!(at(end, 0), Standing::Soon);
    assert_eq!(at(end.plus(1).unwrap(), 0), Standing::Expired);
    assert_eq!(at(end.plus(-1).unwrap(), 0), Standing::Valid);
    assert_eq!(at(end.plus(-30 * DAY).unwrap(), 30), Standing::Soon);
    assert_eq!(at(end.plus(-30 * DAY - 1).unwrap(), 30), Standing::Valid);
    assert_eq!(at(start.plus(-1).unwrap(), 30), Standing::NotYetValid);
}

#[test]
fn an_empty_tree_has_no_rows() {
    let expiry = expiry(&Tree::default());
    assert!(expiry.rows.is_empty() && expiry.role.is_none());
}

fn exposed(expiry: &Expiry) -> Vec<Exposed<'_>> {
    let rows = expiry.rows.iter();
    rows.map(|row| Exposed {
        path: &row.file,
        row,
    })
    .collect()
}

proptest::proptest! {
    #[test]
    fn no_content_makes_it_panic(
        contents in proptest::collection::vec("\\PC{0,40}|(-----(BEGIN|END) CERTIFICATE-----|clusters:|users:|- name: a|certificate-authority: b|\n| |\\{|\\}){0,20}", 6),
    ) {
        let paths = ["admin.conf", "pki/ca.crt", "x.conf", "pki/x.pem", "/a", "pki/etcd/ca.pem"];
        let mut tree = Tree::default();
        for (path, content) in paths.iter().zip(&contents) {
            tree.files.insert((*path).to_owned(), file(content.as_bytes(), 0o600));
        }
        let expiry = expiry(&tree);
        let text = exposition(&exposed(&expiry), &[], now());
        proptest::prop_assert!(text.lines().all(|line| !line.chars().any(char::is_control)));
        // Whatever is wrong with it, a file of the catalog has a row.
        proptest::prop_assert!(expiry.rows.iter().any(|row| row.file == "pki/ca.crt"));
    }
}
