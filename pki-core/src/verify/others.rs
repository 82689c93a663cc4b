//! Whose key and whose signature something is, wherever in the tree it lies:
//! in a row of the catalog, in a kubeconfig, or in an old copy.

use super::material::Material;
use super::signer::{Tries, signer_among};
use super::tree::TreeFile;
use super::{Examined, Tree};
use crate::catalog::{EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::key::SubjectPublicKeyInfo;

/// Files that no row of the catalog has, as far as they can be read: `ca.crt.old`,
/// `admin.conf.bak`, what lies in a backup below the certificates directory.
#[derive(Default)]
pub(super) struct Others {
    certificates: Vec<(String, Certificate)>,
    keys: Vec<(String, SubjectPublicKeyInfo)>,
}

impl Others {
    pub(super) fn read(tree: &Tree, materials: &[Material]) -> Self {
        /// A hostile directory must not take minutes.
        const MOST: usize = 500;
        let mut others = Self::default();
        for (path, file) in &tree.files {
            let mut files = materials.iter().flat_map(|material| &material.row.files);
            if files.any(|placed| placed.path == *path) {
                continue;
            }
            if others.certificates.len() + others.keys.len() >= MOST {
                break;
            }
            others.read_file(path, file);
        }
        others
    }

    /// Whether a file holds the key of a certificate or public key.
    pub(super) fn holds(&self, path: &str, key: &SubjectPublicKeyInfo) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|(found, public)| found == path && public == key)
    }

    fn read_file(&mut self, path: &str, file: &TreeFile) {
        let bytes = file.bytes().unwrap_or_default();
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        let is_pem = holds(b"-----BEGIN ");
        if !is_pem && !holds(b"client-certificate-data") {
            return;
        }
        let kubeconfig = (!is_pem).then(|| file.kubeconfig());
        let certificates = match kubeconfig.flatten() {
            Some(kubeconfig) => [kubeconfig.trusted(), kubeconfig.chain()].concat(),
            None => file.certificates().unwrap_or_default().to_vec(),
        };
        let named = certificates
            .into_iter()
            .map(|found| (path.to_owned(), found));
        self.certificates.extend(named);
        if let Some(key) = file.key_half() {
            self.keys.push((path.to_owned(), key.public.clone()));
        }
    }
}

/// Every certificate of the tree with the file that it is in: those of the
/// catalog's rows first, then the CAs in kubeconfigs, then the others.
pub(super) fn certificates<'a>(
    examined: &'a Examined<'_>,
) -> impl Iterator<Item = (&'a str, &'a Certificate)> {
    let own = examined.materials.iter().flat_map(|material| {
        let path = path_of(material);
        material
            .certificates()
            .iter()
            .map(move |found| (path, found))
    });
    let trusted = examined.materials.iter().flat_map(|material| {
        let path = material.path(FileRole::Kubeconfig);
        let kubeconfig = material.kubeconfig.read();
        let authorities = kubeconfig.map(|it| it.trusted());
        authorities
            .into_iter()
            .flatten()
            .map(move |found| (path, found))
    });
    let others = examined.others.certificates.iter();
    own.chain(trusted)
        .chain(others.map(|(path, found)| (path.as_str(), found)))
}

/// The file with the certificate of this key, or with the key itself, if there
/// is one in the tree besides `but`.
pub(super) fn owner(
    examined: &Examined<'_>,
    key: &SubjectPublicKeyInfo,
    but: &str,
) -> Option<String> {
    let certified = certificates(examined)
        .find(|(path, found)| *path != but && found.public_key().ok() == Some(key));
    if let Some((path, _)) = certified {
        return Some(path.to_owned());
    }
    // The halves of sa need not be of one pair.
    let mut rows = examined.materials.iter();
    let pair = rows.find(|material| material.row.entry.kind == EntryKind::ServiceAccount);
    if let Some(pair) = pair {
        let private = pair.key.read().map(|found| &found.public);
        for (role, found) in [
            (FileRole::PublicKey, pair.public_key.read()),
            (FileRole::PrivateKey, private),
        ] {
            if found == Some(key) && pair.path(role) != but {
                return Some(pair.path(role).to_owned());
            }
        }
    }
    let mut others = examined.others.keys.iter();
    let other = others.find(|(path, found)| found == key && path != but);
    other.map(|(path, _)| path.clone())
}

/// The CA certificate that signed another, and the file that it is in.
pub(super) fn signer<'a>(
    examined: &'a Examined<'_>,
    certificate: &Certificate,
) -> Option<(&'a str, &'a Certificate)> {
    /// More than for a path: it may lie in any file.
    const MOST: usize = 50;
    let found: Vec<_> = certificates(examined)
        .filter(|(_, found)| *found != certificate)
        .collect();
    let candidates = found.iter().map(|(_, found)| *found);
    let signer = signer_among(candidates, certificate, &mut Tries::new(MOST))?;
    found.into_iter().find(|(_, found)| *found == signer)
}

/// The file that a row's certificate is in.
pub(super) fn path_of(material: &Material) -> &str {
    match material.row.entry.kind {
        EntryKind::Kubeconfig(_) => material.path(FileRole::Kubeconfig),
        EntryKind::ServiceAccount => material.path(FileRole::PublicKey),
        _ => material.path(FileRole::Certificate),
    }
}
