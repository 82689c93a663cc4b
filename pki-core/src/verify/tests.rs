mod derived;

use zeroize::Zeroizing;

use super::*;
use crate::*;

struct Counter(u8);

impl RandomSource for Counter {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.0 = self.0.wrapping_add(1);
        buffer.fill(self.0);
        Ok(())
    }
}

pub(super) const DAY: i64 = 86_400;

pub(crate) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap()
}

pub(super) fn host(name: &str, last: u8) -> Host {
    Host::control_plane(name.parse().unwrap(), [10, 0, 0, last].into())
}

pub(crate) fn cluster(version: &str) -> Cluster {
    Cluster {
        kubernetes_version: version.parse().unwrap(),
        control_plane_endpoint: Some("vip.k8s.internal:6443".parse().unwrap()),
        key_algorithm: KeyAlgorithm::EcdsaP256,
        kubeconfig_key_algorithm: KeyAlgorithm::EcdsaP256,
        ..Cluster::new(vec![host("m1", 11)])
    }
}

pub(crate) fn external(roles: Roles) -> Cluster {
    let mut cluster = cluster("1.36");
    cluster.etcd = Etcd::External(ExternalEtcd::default());
    cluster.hosts[0].roles = roles;
    cluster
}

/// The tree that gen makes for the cluster's only host.
pub(crate) fn tree_of(cluster: &Cluster, naming: EtcdNaming, at: Timestamp) -> Tree {
    let options = PlanOptions {
        etcd_naming: naming,
        ..PlanOptions::default()
    };
    tree_by(cluster, &options, at, Site::Host(0))
}

fn tree_by(cluster: &Cluster, options: &PlanOptions, at: Timestamp, site: Site) -> Tree {
    let nothing = Inventory::new();
    let plan = Plan::new(cluster, options, &nothing, at).unwrap();
    let bundle = Bundle::new(&plan, cluster, &nothing, at, &mut Counter(0), &|| ()).unwrap();
    let mut tree = Tree {
        has_kubeconfig_directory: site != Site::Shared,
        ..Tree::default()
    };
    for made in bundle
        .into_files()
        .into_iter()
        .filter(|made| made.site == site)
    {
        let path = match made.file.role {
            FileRole::Kubeconfig => made.file.path,
            _ => format!("pki/{}", made.file.path),
        };
        tree.files
            .insert(path, file(&made.content, made.file.role.mode()));
    }
    tree
}

pub(crate) fn file(content: &[u8], mode: u32) -> TreeFile {
    TreeFile {
        content: TreeContent::Bytes(Zeroizing::new(content.to_vec())),
        mode,
        owner: None,
        links: 1,
        link: None,
    }
}

pub(super) fn expectation(cluster: &Cluster) -> Expectation {
    Expectation {
        cluster: Some((cluster.clone(), 0)),
        ..Expectation::default()
    }
}

pub(super) fn copy(tree: &Tree, path: &str) -> TreeFile {
    file(tree.files[path].bytes().unwrap(), tree.files[path].mode)
}

/// Both ways of asking find the same: `id file`.
fn found(tree: &Tree, expectation: &Expectation) -> Vec<String> {
    let report = verify(tree, expectation, now());
    let shown = |finding: &Finding| format!("{} {}", finding.rule, finding.file);
    report.findings.iter().map(shown).collect()
}

#[test]
fn healthy_trees_have_no_finding() {
    let both = Roles {
        control_plane: true,
        etcd: true,
    };
    let member = Roles {
        control_plane: false,
        etcd: true,
    };
    let control_plane = Roles {
        control_plane: true,
        etcd: false,
    };
    use EtcdNaming::{Cfssl, Kubeadm};
    use TreeRole as R;
    let cases = [
        (cluster("1.10"), Kubeadm, R::ControlPlaneWithEtcd),
        (cluster("1.20"), Kubeadm, R::ControlPlaneWithEtcd),
        (cluster("1.28"), Kubeadm, R::ControlPlaneWithEtcd),
        (cluster("1.36"), Kubeadm, R::ControlPlaneWithEtcd),
        (external(control_plane), Kubeadm, R::ControlPlane),
        (external(control_plane), Cfssl, R::ControlPlane),
        (external(both), Kubeadm, R::ControlPlaneWithEtcd),
        (external(both), Cfssl, R::ControlPlaneWithEtcd),
        (external(member), Kubeadm, R::EtcdMember),
        (external(member), Cfssl, R::EtcdMember),
    ];
    for (cluster, naming, role) in cases {
        let tree = tree_of(&cluster, naming.clone(), now());
        let case = format!("{} {naming:?} {role}", cluster.kubernetes_version);
        for expectation in [expectation(&cluster), Expectation::default()] {
            let report = verify(&tree, &expectation, now());
            assert_eq!(report.findings, [], "{case}");
            assert_eq!(report.role, Some(role), "{case}");
            assert!(report.is_ok() && report.checked > 20, "{case}");
            let named = expectation.cluster.is_some();
            assert_eq!(
                report.not_checked.is_empty(),
                named,
                "{case}: {:?}",
                report.not_checked
            );
        }
    }
}

#[test]
fn a_home_of_authorities_is_healthy() {
    let shared = PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    };
    let tree = tree_by(&cluster("1.36"), &shared, now(), Site::Shared);
    let report = verify(&tree, &Expectation::default(), now());
    assert_eq!(
        (report.role, report.findings),
        (Some(TreeRole::Authorities), vec![])
    );
    let worker = Tree {
        files: [("pki/ca.crt".to_owned(), copy(&tree, "pki/ca.crt"))].into(),
        ..Tree::default()
    };
    let report = verify(&worker, &Expectation::default(), now());
    assert_eq!(
        (report.role, report.findings),
        (Some(TreeRole::Worker), vec![])
    );
}

#[test]
fn nothing_is_not_right() {
    let report = verify(&Tree::default(), &Expectation::default(), now());
    assert!(!report.is_ok() && !report.is_complete());
    assert_eq!((report.role, report.checked), (None, 0));
    let told = verify(&Tree::default(), &expectation(&cluster("1.36")), now());
    assert!(!told.is_complete());
}

/// Trees from which broken ones take a file.
struct Trees {
    good: Tree,
    /// Another cluster of the same names.
    other: Tree,
    /// The same host, described otherwise.
    other_names: Cluster,
}

type Break = fn(&mut Tree, &Trees);

pub(super) fn put(tree: &mut Tree, path: &str, file: TreeFile) {
    tree.files.insert(path.to_owned(), file);
}

pub(super) fn text(tree: &Tree, path: &str) -> Vec<u8> {
    tree.files[path].bytes().unwrap().to_vec()
}

/// Issues a leaf again with the tree's own CA.
pub(super) fn issue(
    tree: &mut Tree,
    name: &str,
    ca: &str,
    change: impl Fn(&mut CertificateParams),
) {
    let authority = Certificate::from_pem(&text(tree, &format!("pki/{ca}.crt"))).unwrap();
    let key = KeyPair::from_pem(&text(tree, &format!("pki/{ca}.key"))).unwrap();
    let issuer = Issuer::new(authority, Box::new(key), now()).unwrap();
    issue_by(tree, name, &issuer, change);
}

/// The same with any CA.
fn issue_by(tree: &mut Tree, name: &str, issuer: &Issuer, change: impl Fn(&mut CertificateParams)) {
    let entry = CatalogEntry::find(name).unwrap();
    let cluster = cluster("1.36");
    let expected = plan::expected::Expected::leaf(entry, &cluster, &cluster.hosts[0]).unwrap();
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let request = CertificateRequest {
        subject: expected.subject,
        subject_alt_names: expected
            .subject_alt_names
            .into_iter()
            .map(Into::into)
            .collect(),
        public_key: key.public_key().clone(),
    };
    let validity = Validity::new(now(), now().plus(365 * DAY).unwrap()).unwrap();
    let serial = SerialNumber::from_bytes(&[9]).unwrap();
    let mut params = expected
        .profile
        .params(&request, Some(issuer), validity, serial)
        .unwrap();
    change(&mut params);
    let certificate = issuer.issue(&params).unwrap();
    put(
        tree,
        &format!("pki/{name}.crt"),
        file(certificate.to_pem().as_bytes(), 0o644),
    );
    put(
        tree,
        &format!("pki/{name}.key"),
        file(key.to_pem().as_bytes(), 0o600),
    );
}

fn without(params: &mut CertificateParams, extension: &Extension) {
    params.extensions.retain(|e| e.oid() != extension.oid());
}

fn replace(params: &mut CertificateParams, extension: Extension) {
    without(params, &extension);
    params.extensions.push(extension);
}

/// Faults with the one finding that each must have, described or not.
const FAULTS: &[(&str, Break)] = &[
    ("file-missing pki/apiserver.key", |t, _| {
        drop(t.files.remove("pki/apiserver.key"))
    }),
    ("file-missing pki/apiserver.crt", |t, _| {
        t.files.remove("pki/apiserver.key");
        t.files.remove("pki/apiserver.crt");
    }),
    ("file-missing pki/sa.pub", |t, _| {
        drop(t.files.remove("pki/sa.pub"))
    }),
    ("file-missing pki/ca.crt", |t, _| {
        drop(t.files.remove("pki/ca.crt"))
    }),
    ("file-missing admin.conf", |t, _| {
        drop(t.files.remove("admin.conf"))
    }),
    ("key-mismatch pki/apiserver.key", |t, all| {
        put(t, "pki/apiserver.key", copy(&all.good, "pki/etcd/peer.key"));
    }),
    ("ca-key-mismatch pki/ca.key", |t, all| {
        put(t, "pki/ca.key", copy(&all.other, "pki/ca.key"));
    }),
    ("ca-key-mismatch pki/etcd/ca.key", |t, all| {
        put(t, "pki/etcd/ca.key", copy(&all.good, "pki/ca.key"));
    }),
    ("ca-signed-nothing pki/etcd/ca.crt", |t, all| {
        put(t, "pki/etcd/ca.key", copy(&all.other, "pki/etcd/ca.key"));
        put(t, "pki/etcd/ca.crt", copy(&all.other, "pki/etcd/ca.crt"));
    }),
    ("sa-key-mismatch pki/sa.pub", |t, all| {
        put(t, "pki/sa.pub", copy(&all.other, "pki/sa.pub"));
    }),
    ("other-ca-same-name pki/apiserver.crt", |t, all| {
        put(
            t,
            "pki/apiserver.crt",
            copy(&all.other, "pki/apiserver.crt"),
        );
        put(
            t,
            "pki/apiserver.key",
            copy(&all.other, "pki/apiserver.key"),
        );
    }),
    ("wrong-ca pki/apiserver-etcd-client.crt", |t, _| {
        issue(t, "apiserver-etcd-client", "ca", |_| ());
    }),
    ("front-proxy-ca-reused pki/front-proxy-ca.crt", |t, all| {
        put(t, "pki/front-proxy-ca.crt", copy(&all.good, "pki/ca.crt"));
        put(t, "pki/front-proxy-ca.key", copy(&all.good, "pki/ca.key"));
    }),
    ("etcd-ca-reused pki/etcd/ca.crt", |t, all| {
        put(t, "pki/etcd/ca.crt", copy(&all.good, "pki/ca.crt"));
        put(t, "pki/etcd/ca.key", copy(&all.good, "pki/ca.key"));
    }),
    ("ca-bundle-order pki/ca.crt", |t, all| {
        let both = [
            text(&all.other, "pki/ca.crt"),
            text(&all.good, "pki/ca.crt"),
        ]
        .concat();
        put(t, "pki/ca.crt", file(&both, 0o644));
    }),
    ("external-ca pki/ca.crt", |t, _| {
        drop(t.files.remove("pki/ca.key"))
    }),
    ("not-a-ca pki/ca.crt", |t, all| {
        put(t, "pki/ca.crt", copy(&all.good, "pki/apiserver.crt"));
        put(t, "pki/ca.key", copy(&all.good, "pki/apiserver.key"));
    }),
    ("expires-soon pki/etcd/peer.crt", |t, _| {
        issue(t, "etcd/peer", "etcd/ca", |p| {
            p.validity = Validity::new(now(), now().plus(10 * DAY).unwrap()).unwrap();
        });
    }),
    ("not-yet-valid pki/apiserver.crt", |t, _| {
        issue(t, "apiserver", "ca", |p| {
            let starts = now().plus(7200).unwrap();
            p.validity = Validity::new(starts, now().plus(99 * DAY).unwrap()).unwrap();
        });
    }),
    ("expired pki/apiserver.crt", |t, _| {
        issue(t, "apiserver", "ca", |p| {
            let starts = now().plus(-100).unwrap();
            p.validity = Validity::new(starts, now().plus(-1).unwrap()).unwrap();
        });
    }),
    ("subject pki/front-proxy-client.crt", |t, _| {
        issue(t, "front-proxy-client", "front-proxy-ca", |p| {
            p.subject = DistinguishedName::kubernetes(None, "aggregator");
        });
    }),
    ("san-missing pki/apiserver.crt", |t, _| {
        issue(t, "apiserver", "ca", |p| {
            let names = ["m1", "10.0.0.11"].map(|n| SubjectAltName::parse(n).unwrap().value.into());
            replace(p, Extension::subject_alt_name(&names, false));
        });
    }),
    ("no-san pki/apiserver.crt", |t, _| {
        issue(t, "apiserver", "ca", |p| {
            without(p, &Extension::subject_alt_name(&[], false))
        });
    }),
    ("purpose pki/apiserver.crt", |t, _| {
        issue(t, "apiserver", "ca", |p| {
            replace(
                p,
                Extension::extended_key_usage(&[ExtendedKeyUsage::ClientAuth]).unwrap(),
            );
        });
    }),
    ("etcd-server-client-auth pki/etcd/server.crt", |t, _| {
        issue(t, "etcd/server", "etcd/ca", |p| {
            replace(
                p,
                Extension::extended_key_usage(&[ExtendedKeyUsage::ServerAuth]).unwrap(),
            );
        });
    }),
    ("leaf-is-ca pki/apiserver-kubelet-client.crt", |t, _| {
        issue(t, "apiserver-kubelet-client", "ca", |p| {
            let ca = BasicConstraints::CertificateAuthority {
                path_len_constraint: None,
            };
            replace(p, Extension::basic_constraints(ca));
        });
    }),
    ("kubeconfig-ca admin.conf", |t, all| {
        put(t, "admin.conf", copy(&all.other, "admin.conf"));
    }),
    ("malformed admin.conf", |t, _| {
        put(t, "admin.conf", file(b"{", 0o600))
    }),
    ("kubeconfig-context admin.conf", |t, _| {
        put(t, "admin.conf", file(b"{}", 0o600))
    }),
    ("readable-by-others pki/ca.key", |t, _| {
        t.files.get_mut("pki/ca.key").unwrap().mode = 0o644;
    }),
    ("readable-by-others admin.conf", |t, _| {
        t.files.get_mut("admin.conf").unwrap().mode = 0o640;
    }),
    ("writable-by-others pki/ca.crt", |t, _| {
        t.files.get_mut("pki/ca.crt").unwrap().mode = 0o666;
    }),
    ("writable-by-others pki", |t, _| {
        let _ = t.directories.insert(
            "pki".into(),
            TreeDirectory {
                mode: 0o775,
                owner: None,
            },
        );
    }),
    ("key-in-certificate-file pki/apiserver.crt", |t, all| {
        let both = [
            text(&all.good, "pki/apiserver.crt"),
            text(&all.good, "pki/apiserver.key"),
        ];
        put(t, "pki/apiserver.crt", file(&both.concat(), 0o644));
    }),
    ("stray-key pki/ca.key~", |t, all| {
        put(t, "pki/ca.key~", copy(&all.good, "pki/ca.key"))
    }),
    ("stray-key admin.conf.bak", |t, all| {
        put(t, "admin.conf.bak", copy(&all.good, "admin.conf"));
    }),
    ("empty pki/apiserver.crt", |t, _| {
        put(t, "pki/apiserver.crt", file(b"", 0o644))
    }),
    ("not-pem pki/apiserver.crt", |t, all| {
        let pem = text(&all.good, "pki/apiserver.crt");
        let der = Certificate::from_pem(&pem).unwrap().to_der().to_vec();
        put(t, "pki/apiserver.crt", file(&der, 0o644));
    }),
    ("broken-pem pki/apiserver.crt", |t, all| {
        put(
            t,
            "pki/apiserver.crt",
            file(&text(&all.good, "pki/apiserver.crt")[..200], 0o644),
        );
    }),
    ("byte-order-mark pki/ca.crt", |t, all| {
        let marked = [b"\xef\xbb\xbf".to_vec(), text(&all.good, "pki/ca.crt")].concat();
        put(t, "pki/ca.crt", file(&marked, 0o644));
    }),
    ("key-encrypted pki/apiserver.key", |t, _| {
        let pem = pem_text::encode("ENCRYPTED PRIVATE KEY", &[0x30, 0]);
        put(t, "pki/apiserver.key", file(pem.as_bytes(), 0o600));
    }),
    ("malformed pki/apiserver.crt", |t, _| {
        let pem = pem_text::encode("CERTIFICATE", &[0x30, 0]);
        put(t, "pki/apiserver.crt", file(pem.as_bytes(), 0o644));
    }),
    ("too-large pki/apiserver.crt", |t, _| {
        t.files.get_mut("pki/apiserver.crt").unwrap().content = TreeContent::TooLarge(10 << 20);
    }),
    ("not-a-file pki/apiserver.key", |t, _| {
        t.files.get_mut("pki/apiserver.key").unwrap().content = TreeContent::NotAFile("directory");
    }),
    (
        "manifest-twice manifests/kube-controller-manager.backup.yaml",
        |t, _| {
            for (name, value) in [("", "false"), (".backup", "true"), (".copy", "false")] {
                let text = format!(
                    "kind: Pod\nspec:\n  containers:\n  - command: [kube-controller-manager, --profiling={value}]\n"
                );
                let path = format!("manifests/kube-controller-manager{name}.yaml");
                put(t, &path, file(text.as_bytes(), 0o600));
            }
        },
    ),
    ("unreadable pki/sa.key", |t, _| {
        let why = "Permission denied".to_owned();
        t.files.get_mut("pki/sa.key").unwrap().content = TreeContent::Unreadable(why);
    }),
];

/// Trees to break and to take files from.
fn trees() -> Trees {
    let good = cluster("1.36");
    let mut other_names = good.clone();
    other_names.hosts = vec![host("m2", 12)];
    Trees {
        good: tree_of(&good, EtcdNaming::Kubeadm, now()),
        other: tree_of(&good, EtcdNaming::Kubeadm, now()),
        other_names,
    }
}

/// The good tree with one fault.
fn broken(trees: &Trees, fault: Break) -> Tree {
    let mut tree = Tree {
        has_kubeconfig_directory: true,
        ..Tree::default()
    };
    for path in trees.good.files.keys() {
        put(&mut tree, path, copy(&trees.good, path));
    }
    fault(&mut tree, trees);
    tree
}

#[track_caller]
fn assert_found(trees: &Trees, faults: &[(&str, Break)]) {
    let told = expectation(&cluster("1.36"));
    let mut wrong = Vec::new();
    for (wanted, fault) in faults {
        let tree = broken(trees, *fault);
        for expectation in [&told, &Expectation::default()] {
            let found = found(&tree, expectation);
            if found != [*wanted] {
                wrong.push((wanted, expectation.cluster.is_some(), found));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_fault_has_its_finding_and_no_other() {
    let trees = trees();
    assert_found(&trees, FAULTS);
    // The whole directory of one host on another.
    let copied = found(&trees.good, &expectation(&trees.other_names));
    for file in [
        "pki/apiserver.crt",
        "pki/etcd/server.crt",
        "pki/etcd/peer.crt",
    ] {
        assert!(
            copied.contains(&format!("san-missing {file}")),
            "{copied:?}"
        );
    }
    assert!(
        copied.contains(&"subject kubelet.conf".to_owned()),
        "{copied:?}"
    );
}

#[test]
fn what_was_assumed_is_not_held_against_the_tree() {
    let mut unusual = cluster("1.20");
    unusual.service_subnet = "172.30.0.0/16".parse().unwrap();
    unusual.dns_domain = "k8s.internal".parse().unwrap();
    let tree = tree_of(&unusual, EtcdNaming::Kubeadm, now());
    let mut defaults = cluster("1.36");
    defaults.control_plane_endpoint = None;
    let assumed = Assumed {
        host_name: false,
        address: false,
        role: false,
        ..Assumed::EVERYTHING
    };
    let told = Expectation {
        cluster: Some((defaults, 0)),
        assumed,
        ..Expectation::default()
    };
    let report = verify(&tree, &told, now());
    assert_eq!(report.findings, []);
    let flags: Vec<_> = report.not_checked.iter().filter_map(|n| n.flag).collect();
    assert_eq!(flags.len(), 3, "{:?}", report.not_checked);
}

#[test]
fn rules_have_distinct_ids_and_plain_words() {
    let mut ids: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        assert!(!rule.why().ends_with('.') && rule.why().starts_with(char::is_alphabetic));
        assert_eq!(Rule::find(rule.id()), Some(*rule));
        let story = rule.story();
        assert!(story.ends_with('.') && !story.contains("  "), "{rule}");
        let sentences = story.matches(". ").count() + 1;
        assert!((2..=7).contains(&sentences), "{rule}: {sentences}");
    }
    assert_eq!(Rule::find("no-such-rule"), None);
}

mod chains;
mod folding;
mod permissions;

/// Every rule has a tree that breaks it.
#[test]
fn no_rule_is_without_a_test() {
    /// Tested by themselves, as they need a description or an odd chain.
    const ALONE: [Rule; 7] = [
        Rule::CaKeyHere,
        Rule::EtcdPeerByName,
        Rule::KubeconfigServer,
        Rule::KubeletConfEmbedded,
        Rule::LoopbackOnly,
        Rule::ManifestMalformed,
        Rule::SecondOpinion,
    ];
    let faults = [FAULTS, chains::FAULTS, permissions::FAULTS].concat();
    // What is between hosts, and what running servers say, has tests of its own.
    let others = ["Several hosts", "Running servers"];
    let of_trees = Rule::ALL
        .iter()
        .filter(|rule| !others.contains(&rule.topic()));
    for rule in of_trees {
        let mut ids = faults
            .iter()
            .filter_map(|(wanted, _)| wanted.split(' ').next());
        assert!(
            ids.any(|id| id == rule.id()) || ALONE.contains(rule),
            "{rule}"
        );
    }
}
