//! The certificates that the tree's own clients show.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pki_core::{
    Certificate, KeyKind, KeyPair, LiveFiles, LiveServer, SigningKey, Tree, TreeContent,
};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::p521::P521Key;

/// For each server what a client shows it, or why it shows nothing.
pub(super) struct ClientCertificates(Vec<(LiveServer, Result<ClientCertificate, String>)>);

#[derive(Clone)]
pub(super) struct ClientCertificate {
    /// Its path in the tree.
    pub(super) path: String,
    pub(super) key: Arc<CertifiedKey>,
}

/// Its key is that of the first certificate.
impl PartialEq for ClientCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.key.cert == other.key.cert
    }
}

/// A client certificate without its key.
pub(super) struct Shown {
    path: String,
    chain: Vec<CertificateDer<'static>>,
}

impl Shown {
    pub(super) fn of(client: &ClientCertificate) -> Self {
        Self {
            path: client.path.clone(),
            chain: client.key.cert.clone(),
        }
    }

    pub(super) fn is_of(&self, client: &ClientCertificate) -> bool {
        self.path == client.path && self.chain == client.key.cert
    }
}

impl ClientCertificates {
    pub(super) fn of(files: &LiveFiles, tree: &Tree) -> Self {
        let read = |server| (server, ClientCertificate::of(server, files, tree));
        Self(LiveServer::ALL.map(read).into())
    }

    pub(super) fn get(&self, server: LiveServer) -> Result<ClientCertificate, String> {
        let known = self.0.iter().find(|(known, _)| *known == server);
        match known {
            Some((_, client)) => client.clone(),
            None => Err("it has no client certificate".to_owned()),
        }
    }
}

impl ClientCertificate {
    fn of(server: LiveServer, files: &LiveFiles, tree: &Tree) -> Result<Self, String> {
        let (path, key_path) = files
            .of_client(server)
            .ok_or("the tree has no client certificate for it")?;
        let text = bytes(tree, &path)?;
        let chain = Certificate::bundle_from_pem(text)
            .map_err(|error| format!("{path} cannot be used: {error}"))?;
        let unusable = |why: String| format!("{key_path} cannot be used: {why}");
        if matches!(content(tree, &key_path), Some(TreeContent::PublicView(_))) {
            return Err(format!("{key_path} stays on its host"));
        }
        let pair = KeyPair::from_pem(bytes(tree, &key_path)?)
            .map_err(|error| unusable(error.to_string()))?;
        let leaf = chain.first().map(Certificate::public_key);
        if !matches!(leaf, Some(Ok(public)) if public == pair.public_key()) {
            return Err(format!("{key_path} does not belong to {path}"));
        }
        let signing = signing_key(pair).map_err(unusable)?;
        let chain = chain
            .iter()
            .map(|one| CertificateDer::from(one.to_der().to_vec()));
        Ok(Self {
            path,
            key: Arc::new(CertifiedKey::new(chain.collect(), signing)),
        })
    }
}

fn signing_key(pair: KeyPair) -> Result<Arc<dyn rustls::sign::SigningKey>, String> {
    if pair.public_key().kind() == KeyKind::P521 {
        return Ok(Arc::new(P521Key::new(pair)));
    }
    let der = der(&pair).ok_or("it has an unknown form")?;
    // Borrowed, so that there is one copy, which is wiped; what ring signs with is not.
    let der = PrivateKeyDer::try_from(&der[..])?;
    any_supported_type(&der).map_err(|error| error.to_string())
}

fn content<'a>(tree: &'a Tree, path: &str) -> Option<&'a TreeContent> {
    tree.files.get(path).map(|file| &file.content)
}

fn bytes<'a>(tree: &'a Tree, path: &str) -> Result<&'a [u8], String> {
    match content(tree, path) {
        Some(TreeContent::Bytes(bytes)) => Ok(bytes),
        Some(TreeContent::PublicView(text)) => Ok(text),
        _ => Err(format!("{path} cannot be read")),
    }
}

/// The key in the form that kpki writes, which rustls reads: out of its PEM
/// text, without the copies that a general reader of PEM makes.
pub(super) fn der(pair: &KeyPair) -> Option<Zeroizing<Vec<u8>>> {
    let pem = pair.to_pem();
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let mut base64 = Zeroizing::new(String::with_capacity(pem.len()));
    lines.for_each(|line| base64.push_str(line));
    let mut der = Zeroizing::new(vec![0; base64.len()]);
    let length = BASE64_STANDARD
        .decode_slice(base64.as_bytes(), &mut der)
        .ok()?;
    der.truncate(length);
    Some(der)
}
