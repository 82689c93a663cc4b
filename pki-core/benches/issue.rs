//! What one certificate and one tree cost, without files and processes.
//!
//! ```text
//! cargo bench -p pki-core
//! ```
//!
//! The time of an RSA key is mostly luck: its spread is as large as its mean,
//! so compare means over many samples.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use pki_core::plan::{Inventory, Plan, PlanOptions};
use pki_core::{
    Bundle, CertificateRequest, Cluster, DistinguishedName, Error, Host, Issuer, KeyAlgorithm,
    KeyPair, KubernetesVersion, Profile, SerialNumber, SigningKey, SubjectAltName,
    SubjectPublicKeyInfo, Timestamp, Validity,
};

const DAY: i64 = 86_400;

fn random(buffer: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(buffer).map_err(|_| Error::Randomness)
}

fn now() -> Timestamp {
    Timestamp::from_unix(1_795_374_900).unwrap()
}

fn validity(days: i64) -> Validity {
    Validity::new(now(), now().plus(days * DAY).unwrap()).unwrap()
}

fn request(name: &str, public_key: &SubjectPublicKeyInfo, sans: &[&str]) -> CertificateRequest {
    let sans = sans.iter().map(|san| SubjectAltName::parse_host(san));
    CertificateRequest {
        subject: DistinguishedName::kubernetes(None, name),
        subject_alt_names: sans.map(|noted| noted.unwrap().value.into()).collect(),
        public_key: public_key.clone(),
    }
}

fn new_ca(algorithm: KeyAlgorithm) -> Issuer {
    let key = KeyPair::generate(algorithm).unwrap();
    let request = request("kubernetes", key.public_key(), &[]);
    let serial = SerialNumber::random_63_bits(&mut random).unwrap();
    let params = Profile::certificate_authority(KubernetesVersion::NEWEST)
        .params(&request, None, validity(3650), serial)
        .unwrap();
    Issuer::self_signed(&params, Box::new(key), now()).unwrap()
}

/// An API server's certificate: encoded, signed, read back and verified.
fn issue(ca: &Issuer, key: &KeyPair) -> pki_core::Certificate {
    const NAMES: [&str; 7] = [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "master-1",
        "10.96.0.1",
        "10.0.0.11",
    ];
    let request = request("kube-apiserver", key.public_key(), &NAMES);
    let serial = SerialNumber::random_63_bits(&mut random).unwrap();
    let params = Profile::server()
        .params(&request, Some(ca), validity(365), serial)
        .unwrap();
    ca.issue(&params).unwrap()
}

fn cluster(hosts: u8) -> Cluster {
    let host = |n: u8| {
        let name = format!("m{n}").parse().unwrap();
        Host::control_plane(name, [10, 0, 0, 10 + n].into())
    };
    let mut cluster = Cluster::new((0..hosts).map(host).collect());
    cluster.key_algorithm = KeyAlgorithm::EcdsaP256;
    cluster.kubeconfig_key_algorithm = KeyAlgorithm::EcdsaP256;
    cluster
}

fn tree(cluster: &Cluster) -> Bundle {
    let options = PlanOptions {
        shared_home: cluster.hosts.len() > 1,
        ..PlanOptions::default()
    };
    let nothing = Inventory::new();
    let plan = Plan::new(cluster, &options, &nothing, now()).unwrap();
    Bundle::new(&plan, cluster, &nothing, now(), &mut random, &|| {}).unwrap()
}

fn certificates(c: &mut Criterion) {
    let ca = new_ca(KeyAlgorithm::EcdsaP256);
    c.bench_function("leaf P-256, with its key", |b| {
        b.iter(|| {
            let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
            issue(&ca, black_box(&key))
        });
    });
    let ca = new_ca(KeyAlgorithm::Rsa2048);
    let key = KeyPair::generate(KeyAlgorithm::Rsa2048).unwrap();
    c.bench_function("leaf RSA-2048, key given", |b| {
        b.iter(|| issue(&ca, black_box(&key)));
    });
}

fn trees(c: &mut Criterion) {
    for hosts in [1, 3] {
        let cluster = cluster(hosts);
        let name = format!("tree P-256, hosts: {hosts}");
        // Wiping and freeing the last tree is not part of making one.
        c.bench_function(&name, |b| {
            b.iter_batched(
                || (),
                |()| tree(black_box(&cluster)),
                BatchSize::PerIteration,
            );
        });
    }
}

fn keys(c: &mut Criterion) {
    let mut group = c.benchmark_group("key");
    group.sample_size(100);
    group.bench_function("RSA-2048", |b| {
        b.iter(|| KeyPair::generate(KeyAlgorithm::Rsa2048).unwrap());
    });
    group.finish();
}

criterion_group!(benches, certificates, trees, keys);
criterion_main!(benches);
