//! What is done with every input, by the fuzzer on one machine for a while and by
//! `tests/api/corpus.rs` with the inputs that it found, wherever the tests run.

use std::collections::BTreeMap;

use pki_core::cfssl::{
    CfsslCertificateRequest, CfsslSubject, Reading, SigningConfig, cfssl_kind, go_json_syntax_error,
};
use pki_core::copy::{BundleTerms, CopyOptions, Plan, PortableBundle, Survey};
use pki_core::expiry::expiry;
use pki_core::specimen::{Specimen, relate};
use pki_core::{
    Certificate, CertificateSigningRequest, ClusterFile, ControlPlaneEndpoint, DistinguishedName,
    Expectation, GeneralName, HostName, KeyPair, RevocationList, ServiceSubnet, SigningKey,
    SubjectAltName, SubjectPublicKeyInfo, Timestamp, Tree, TreeContent, TreeFile, verify,
};

/// What is done with an input.
pub type Target = fn(&[u8]);

/// The targets by the name of their corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("pem", pem),
    ("certificate", certificate),
    ("kubeconfig", kubeconfig),
    ("cluster_file", cluster_file),
    ("manifest", manifest),
    ("specimen", specimen),
    ("portable", portable),
    ("private_key", private_key),
    ("names", names),
    ("cfssl", cfssl),
    ("request", request),
    ("revocation_list", revocation_list),
];

/// PEM text around whatever it may hold: a bundle is as long as its blocks.
pub fn pem(bytes: &[u8]) {
    if let Ok(bundle) = Certificate::bundle_from_pem(bytes) {
        let text: String = bundle.iter().map(Certificate::to_pem).collect();
        assert_eq!(Certificate::bundle_from_pem(text.as_bytes()), Ok(bundle));
    }
    let _ = KeyPair::from_pem(bytes);
    let _ = SubjectPublicKeyInfo::from_pem(bytes);
    let _ = CertificateSigningRequest::from_pem(bytes);
    let _ = RevocationList::from_pem(bytes);
    verified("pki/ca.crt", bytes);
}

/// Certificates in DER: whatever is read is told without a panic, and writes back to the same
/// octets.
pub fn certificate(bytes: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert_eq!(certificate.to_der(), bytes);
        if let Ok(key) = certificate.public_key() {
            let _ = certificate.is_signed_by(key);
        }
        let text = certificate.to_pem();
        let again = Certificate::from_pem(text.as_bytes());
        assert_eq!(again.as_ref(), Ok(&certificate));
        verified("pki/apiserver.crt", text.as_bytes());
    }
}

/// kubeconfigs, in every view of them, and the kubelet's configuration, which names files
/// as they do.
pub fn kubeconfig(bytes: &[u8]) {
    verified("admin.conf", bytes);
    verified("kubelet.conf", bytes);
    verified("/var/lib/kubelet/config.yaml", bytes);
    let _ = Specimen::recognize(bytes);
}

/// kubeadm's configuration.
pub fn cluster_file(bytes: &[u8]) {
    if let Ok(file) = ClusterFile::parse(bytes) {
        file.notes.iter().for_each(|note| drop(note.to_string()));
    }
}

/// Manifests of static pods: what they say decides what the tree is compared with.
pub fn manifest(bytes: &[u8]) {
    verified("manifests/kube-apiserver.yaml", bytes);
    verified("manifests/etcd.yaml", bytes);
}

/// Files of which nobody said what they are.
pub fn specimen(bytes: &[u8]) {
    match Specimen::recognize(bytes) {
        Ok(specimen) => {
            let items = specimen.items.iter();
            let contents: Vec<_> = items
                .filter_map(|item| item.content.as_ref().ok())
                .collect();
            assert_eq!(relate(&contents).0.len(), contents.len());
        }
        Err(mistaken) => assert!(!mistaken.what.is_empty()),
    }
}

/// What is in a bundle: whatever is read writes back to the same octets, and has no path that is
/// not the catalog's.
pub fn portable(bytes: &[u8]) {
    let Ok(bundle) = PortableBundle::parse(bytes) else {
        return;
    };
    assert_eq!(bundle.to_bytes().as_slice(), bytes);
    let rows = pki_core::CATALOG.iter();
    let known: Vec<_> = rows
        .flat_map(|row| row.files(bundle.kind().naming()))
        .collect();
    assert!(
        bundle
            .files()
            .iter()
            .all(|copied| known.contains(&copied.file))
    );
    if let Ok(source) = bundle.source() {
        let now = bundle.created();
        let (options, survey) = (CopyOptions::default(), Survey::default());
        let plan = Plan::new(&source, &survey, &options, now);
        let _ = bundle.refusal(&plan, &survey, None, &BundleTerms::default());
        assert!(PortableBundle::new(&source, bundle.host(), now).is_ok());
    }
}

/// Private and public keys, also encrypted ones.
pub fn private_key(bytes: &[u8]) {
    let _ = KeyPair::from_encrypted_pem(bytes, b"password");
    let _ = SubjectPublicKeyInfo::from_der(bytes);
    if let Ok(pair) = KeyPair::from_pem(bytes) {
        let again = KeyPair::from_pem(pair.to_pem().as_bytes());
        let again = again.map(|pair| pair.public_key().clone()).ok();
        assert_eq!(again.as_ref(), Some(pair.public_key()));
    }
}

/// Names, addresses, endpoints and ranges.
pub fn names(bytes: &[u8]) {
    if let Some(name) = DistinguishedName::from_der(bytes) {
        let _ = name.to_string();
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = SubjectAltName::parse(text);
    let _ = text.parse::<ControlPlaneEndpoint>();
    let _ = text.parse::<ServiceSubnet>();
    if let Ok(name) = HostName::parse_node(text) {
        let name = name.value.as_str();
        assert!(!name.contains(['/', '\0']) && !name.starts_with('.') && !name.is_empty());
    }
}

/// cfssl's documents in both readings.
pub fn cfssl(bytes: &[u8]) {
    let _ = cfssl_kind(bytes);
    let _ = go_json_syntax_error(bytes);
    let _ = SigningConfig::refusal_of_cfssl(bytes);
    let _ = CfsslCertificateRequest::authority_refusal_of_cfssl(bytes, None);
    let _ = CfsslSubject::refusal_of_cfssl(bytes);
    for reading in [Reading::Strict, Reading::Lenient] {
        if let Ok(read) = SigningConfig::parse(bytes, reading) {
            let names: Vec<_> = read.value.profile_names().collect();
            names
                .into_iter()
                .for_each(|name| drop(read.value.profile(name)));
        }
        let _ = CfsslSubject::parse(bytes, reading);
        if let Ok(read) = CfsslCertificateRequest::parse(bytes, reading) {
            let _ = read.value.server_hosts();
            let _ = read.value.general_names();
            let _ = read.value.key().algorithm();
        }
    }
}

/// Signing requests, and what their names say.
pub fn request(bytes: &[u8]) {
    if let Ok(request) = CertificateSigningRequest::from_der(bytes) {
        let _ = request.subject_name();
        for extension in request.extensions() {
            let _ = GeneralName::read_extension(extension.value());
        }
    }
    let _ = GeneralName::read_extension(bytes);
}

/// Revocation lists.
pub fn revocation_list(bytes: &[u8]) {
    let _ = RevocationList::from_der(bytes);
}

/// What `kpki verify` and `kpki expiry` say of a tree with this file in it.
fn verified(path: &str, bytes: &[u8]) {
    let file = TreeFile {
        content: TreeContent::Bytes(bytes.to_vec().into()),
        mode: 0o600,
        owner: None,
        links: 1,
        inode: None,
        link: None,
    };
    let tree = Tree {
        files: BTreeMap::from([(path.to_owned(), file)]),
        has_kubeconfig_directory: true,
        ..Tree::default()
    };
    let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").expect("a time");
    let _ = tree.named_files();
    let expected = Expectation::from_tree(&tree);
    let report = verify(&tree, &expected, now);
    assert!(report.checked > 0 || !report.is_ok());
    let _ = expiry(&tree);
}
