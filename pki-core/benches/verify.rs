//! What it costs to check one tree, and to compare a thousand reports.
//!
//! ```text
//! cargo bench -p pki-core --bench verify
//! ```

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pki_core::plan::{Inventory, Plan, PlanOptions};
use pki_core::{
    Bundle, Cluster, CommonFacts, Error, Expectation, FileRole, Host, HostReport, KeyAlgorithm,
    Timestamp, Tree, TreeContent, TreeFile, TreeLocation, compare, verify,
};

fn random(buffer: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(buffer).map_err(|_| Error::Randomness)
}

fn now() -> Timestamp {
    Timestamp::from_unix(1_795_374_900).unwrap()
}

/// The tree of a cluster's only host.
fn tree(algorithm: KeyAlgorithm) -> Tree {
    let host = Host::control_plane("m0".parse().unwrap(), [10, 0, 0, 10].into());
    let mut cluster = Cluster::new(vec![host]);
    cluster.key_algorithm = algorithm;
    cluster.kubeconfig_key_algorithm = algorithm;
    let nothing = Inventory::new();
    let plan = Plan::new(&cluster, &PlanOptions::default(), &nothing, now()).unwrap();
    let bundle = Bundle::new(&plan, &cluster, &nothing, now(), &mut random, &|| {}).unwrap();
    let mut tree = Tree {
        has_kubeconfig_directory: true,
        ..Tree::default()
    };
    for made in bundle.into_files() {
        let path = match made.file.role {
            FileRole::Kubeconfig => made.file.path,
            _ => format!("pki/{}", made.file.path),
        };
        let file = TreeFile {
            mode: made.file.role.mode(),
            content: TreeContent::Bytes(made.content.into()),
            owner: None,
            links: 1,
            inode: None,
            link: None,
        };
        tree.files.insert(path, file);
    }
    tree
}

fn one_tree(c: &mut Criterion) {
    for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::EcdsaP256] {
        let tree = tree(algorithm);
        let nothing = Expectation::default();
        assert!(verify(&tree, &nothing, now()).is_ok());
        c.bench_function(&format!("verify a tree, {algorithm:?}"), |b| {
            b.iter(|| verify(black_box(&tree), &nothing, now()));
        });
    }
}

fn many_reports(c: &mut Criterion) {
    let report = verify(
        &tree(KeyAlgorithm::EcdsaP256),
        &Expectation::default(),
        now(),
    );
    let mut common = CommonFacts::default();
    let host = |number: u32| {
        let mut report = report.clone();
        // Leaves of its own, as every healthy host has.
        for row in report
            .identities
            .iter_mut()
            .filter(|row| row.certificates.len() == 1)
        {
            let is_shared = row.base_name.ends_with("ca") || row.base_name == "sa";
            for leaf in row.certificates.iter_mut().filter(|_| !is_shared) {
                let mut key = leaf.key.unwrap_or_default();
                key[..4].copy_from_slice(&number.to_be_bytes());
                leaf.key = Some(key);
                leaf.sha256 = key;
                leaf.serial_number = key.to_vec();
            }
        }
        let location = TreeLocation {
            directory: format!("/m{number}"),
            ..TreeLocation::default()
        };
        HostReport::new(format!("m{number}"), location, report, &mut common)
    };
    let mut hosts: Vec<_> = (0..1000).map(host).collect();
    assert_eq!(compare(&mut hosts).findings, []);
    c.bench_function("compare 1000 reports", |b| {
        b.iter(|| compare(black_box(&mut hosts)));
    });
}

criterion_group!(benches, one_tree, many_reports);
criterion_main!(benches);
