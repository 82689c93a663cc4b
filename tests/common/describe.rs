//! Describes a tree of certificates, keys and kubeconfigs as JSON without
//! anything random: serial numbers, keys, dates and signatures become a class
//! ("positive, < 2^63") or a relation to another file ("equals the issuer's
//! SKI"). So two trees that different tools made from one configuration can be
//! compared, and the trees recorded from kubeadm are kept in this form.
//!
//! Certificate signing requests are not described: a panic says so. The public
//! half of an EC key is not found where its file leaves it out. ring sets the
//! limit of what is checked: it verifies no signature with P-521, none of ECDSA
//! with SHA-512 and none of RSA below 2048 bits with SHA-384 (the issuer counts
//! as unknown), and takes RSA keys outside 2048 to 4096 bits on trust.

mod certificate;
pub(crate) mod der;
pub(crate) mod extension;
mod files;
mod kubeconfig;
pub(crate) mod name;
pub(crate) mod oid;
pub(crate) mod pem;
pub(crate) mod private_key;
pub(crate) mod public_key;
mod signature;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use certificate::Certificate;
use files::Files;
use pem::Block;

/// Describes the tree under `directory`.
pub(crate) fn describe(directory: &Path) -> Value {
    Tree::new(&Files::read(directory), false).describe()
}

/// The same with the SHA-256 of every certificate and public key, to see
/// whether two trees share them.
pub(crate) fn describe_with_fingerprints(directory: &Path) -> Value {
    Tree::new(&Files::read(directory), true).describe()
}

/// A tree with everything in it decoded, each part by the path of its file.
struct Tree<'a> {
    files: &'a Files,
    certificates: BTreeMap<&'a str, Vec<Certificate<'a>>>,
    certificate_errors: BTreeMap<&'a str, Vec<String>>,
    /// The SubjectPublicKeyInfo of each private key.
    private_keys: BTreeMap<&'a str, Vec<Vec<u8>>>,
    with_fingerprints: bool,
}

impl<'a> Tree<'a> {
    fn new(files: &'a Files, with_fingerprints: bool) -> Self {
        let mut tree = Self {
            files,
            certificates: BTreeMap::new(),
            certificate_errors: BTreeMap::new(),
            private_keys: BTreeMap::new(),
            with_fingerprints,
        };
        for (path, block) in files
            .blocks
            .iter()
            .flat_map(|(path, blocks)| blocks.iter().map(move |b| (path, b)))
        {
            if block.is_certificate() {
                match Certificate::parse(block) {
                    Ok(parsed) => tree.certificates.entry(path).or_default().push(parsed),
                    Err(error) => tree.certificate_errors.entry(path).or_default().push(error),
                }
            } else if block.is_private_key()
                && let Ok(spki) = private_key::public_half(block)
            {
                tree.private_keys.entry(path).or_default().push(spki);
            }
        }
        tree
    }

    fn describe(&self) -> Value {
        let mut certificates = Map::new();
        let mut private_keys = Map::new();
        let mut public_keys = Map::new();
        let mut kubeconfigs = Map::new();
        let mut undecoded = Map::new();
        for (path, bytes) in &self.files.contents {
            if files::is_kubeconfig(path) {
                kubeconfigs.insert(path.clone(), self.describe_kubeconfig(bytes));
                continue;
            }
            let Some(blocks) = self.files.blocks.get(path) else {
                if let Some(reason) = files::undecoded(path, bytes) {
                    undecoded.insert(path.clone(), json!(reason));
                }
                continue;
            };
            if blocks.iter().any(Block::is_certificate) {
                certificates.insert(
                    path.clone(),
                    self.describe_certificates(path, bytes, blocks),
                );
            }
            let keys: Vec<_> = blocks
                .iter()
                .filter(|block| block.is_private_key())
                .collect();
            if !keys.is_empty() {
                let keys = keys
                    .into_iter()
                    .map(|block| self.describe_private_key(block));
                let description =
                    json!({"pem": pem::shape(bytes, blocks), "blocks": keys.collect::<Vec<_>>()});
                private_keys.insert(path.clone(), description);
            }
            for block in blocks {
                match block.label.as_str() {
                    "PUBLIC KEY" | "RSA PUBLIC KEY" => {
                        let shape = pem::shape(bytes, blocks);
                        public_keys.insert(path.clone(), self.describe_public_key(block, shape));
                    }
                    "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                        panic!("{path} is a certificate signing request, not described here");
                    }
                    _ => {}
                }
            }
        }
        json!({
            "schema": "kubeadm-tree-description/1",
            "files": self.files.entries,
            "certificates": certificates,
            "private_keys": private_keys,
            "public_keys": public_keys,
            "csrs": {},
            "kubeconfigs": kubeconfigs,
            "undecoded": undecoded,
        })
    }

    fn describe_certificates(&self, path: &str, bytes: &[u8], blocks: &[Block]) -> Value {
        let certificates = self.certificates.get(path).into_iter().flatten();
        let certificates: Vec<_> = certificates
            .map(|certificate| self.describe_certificate(certificate, None))
            .collect();
        let mut description =
            json!({"pem": pem::shape(bytes, blocks), "certificates": certificates});
        if let Some(errors) = self.certificate_errors.get(path) {
            description["errors"] = json!(errors);
        }
        description
    }

    fn describe_private_key(&self, block: &Block) -> Value {
        let mut description = json!({"label": block.label, "format": block.format()});
        if block.is_encrypted() {
            description["encrypted"] = json!(true);
            return description;
        }
        let described = private_key::public_half(block)
            .and_then(|spki| Ok((public_key::describe(&spki)?, spki)));
        match described {
            Ok((key, spki)) => {
                description["key"] = key;
                description["certificate_files"] = json!(self.certificate_files(&spki));
                self.add_fingerprint(&mut description, "spki_sha256", &spki);
            }
            Err(error) => description["error"] = json!(format!("cannot be loaded: {error}")),
        }
        description
    }

    fn describe_public_key(&self, block: &Block, shape: Value) -> Value {
        let mut description = json!({"pem": shape, "label": block.label, "format": block.format()});
        if block.label == "PUBLIC KEY" {
            match public_key::describe(&block.der) {
                Ok(key) => {
                    description["key"] = key;
                    description["private_key_file"] = json!(self.private_key_file(&block.der));
                    self.add_fingerprint(&mut description, "spki_sha256", &block.der);
                }
                Err(error) => description["error"] = json!(error),
            }
        }
        description
    }

    fn certificate_files(&self, spki: &[u8]) -> Vec<&str> {
        let files = self.certificates.iter();
        files
            .filter(|(_, own)| own.iter().any(|one| one.spki() == spki))
            .map(|(p, _)| *p)
            .collect()
    }

    fn private_key_file(&self, spki: &[u8]) -> Option<&str> {
        let mut files = self.private_keys.iter();
        files
            .find(|(_, own)| own.iter().any(|one| one == spki))
            .map(|(path, _)| *path)
    }

    /// The certificates that may have issued others, with their paths.
    fn authorities(&self) -> impl Iterator<Item = (&str, &Certificate<'a>)> {
        let all = self.certificates.iter();
        all.flat_map(|(path, own)| own.iter().map(|one| (*path, one)))
            .filter(|(_, one)| one.is_self_issued() || one.is_ca())
    }

    fn add_fingerprint(&self, description: &mut Value, name: &str, bytes: &[u8]) {
        if self.with_fingerprints {
            description[name] = json!(der::hex(&der::sha256(bytes)));
        }
    }
}
