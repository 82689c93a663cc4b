mod alike;
mod blamed;
mod chains;
mod copies;
mod crowds;
mod derived;
mod edits;
mod etcd_flags;
mod exchanges;
mod faults;
mod flags;
mod folding;
mod forge;
mod healthy;
mod identity;
mod kubeconfigs;
mod misplaced;
mod pairs;
mod peers;
mod permissions;
mod recalled;
mod remains;
mod remedies;
mod rules;
pub(super) mod services;
mod tolerance;
mod views;

pub(super) use derived::manifest;

use super::*;
use crate::plan::{Inventory, Plan, PlanOptions, Site};
use crate::*;
pub(crate) use faults::row_of;
use faults::{Break, Fault, Trees, broken, put_flags, trees};
use forge::*;

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
        content: TreeContent::Bytes(content.to_vec().into()),
        mode,
        owner: None,
        links: 1,
        inode: None,
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
    let (certificate, key) = leaf_of(name, issuer, change);
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

/// A certificate as the catalog's row has it, but for a change, and its key.
fn leaf_of(
    name: &str,
    issuer: &Issuer,
    change: impl Fn(&mut CertificateParams),
) -> (Certificate, KeyPair) {
    let entry = CatalogEntry::find(name).unwrap();
    let cluster = cluster("1.36");
    let expected = expected::Expected::leaf(entry, &cluster, &cluster.hosts[0]).unwrap();
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
    // Two leaves of one CA that are issued again have two numbers.
    let row = CATALOG.iter().position(|row| row == entry);
    let number = u8::try_from(row.unwrap()).unwrap();
    let serial = SerialNumber::from_bytes(&[9, number]).unwrap();
    let mut params = expected
        .profile
        .params(&request, Some(issuer), valid(0, 365 * DAY), serial)
        .unwrap();
    change(&mut params);
    (issuer.issue(&params).unwrap(), key)
}
