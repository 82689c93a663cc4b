//! What is kept of each host until all are compared: little, for there may be
//! thousands. What hosts have alike is kept once; of a host's own certificates
//! nothing but digests and the serial number.

use std::collections::HashSet;
use std::sync::Arc;

use crate::catalog::{CatalogEntry, EntryKind, PlacedFile};
use crate::verify::Identity;

/// What several hosts have alike, each once. One of them is for all hosts that
/// are compared with each other.
#[derive(Debug, Default)]
pub struct CommonFacts {
    identities: HashSet<Arc<Identity>>,
    places: HashSet<Arc<LeafPlace>>,
}

/// A row of the catalog on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// A CA or the service account's keys: the same on all hosts of a cluster.
    Common(Arc<Identity>),
    /// A leaf or a kubeconfig: the host's own.
    Leaf(Leaf),
}

/// A certificate of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) place: Arc<LeafPlace>,
    /// The key of the certificate, or without that the private key.
    pub(super) key: Option<Digest>,
    pub(super) certificate: Option<Digest>,
    serial_number: Octets,
    /// Whether the certificate names the host that it lies on.
    pub(super) names_its_host: bool,
}

/// What the certificates of one purpose have in common on all hosts.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct LeafPlace {
    pub(super) base_name: String,
    pub(super) files: Vec<PlacedFile>,
    /// The issuer as text; empty if there is no certificate.
    pub(super) issuer: String,
}

/// Half of a SHA-256: enough to tell the keys of all hosts apart.
pub(super) type Digest = [u8; 16];

/// Octets that take no memory of their own if they are as few as RFC 5280
/// section 4.1.2.2 allows a serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Octets {
    Few { count: u8, octets: [u8; 20] },
    Many(Box<[u8]>),
}

impl CommonFacts {
    /// The rows of a host of this name.
    pub(super) fn rows(&mut self, host: &str, identities: Vec<Identity>) -> Box<[Row]> {
        let row = |identity: Identity| {
            let entry = CatalogEntry::find(&identity.base_name);
            match entry.map(|entry| entry.kind) {
                Some(EntryKind::Leaf(_) | EntryKind::Kubeconfig(_)) => {
                    Row::Leaf(self.leaf(host, identity))
                }
                _ => Row::Common(once(&mut self.identities, identity)),
            }
        };
        identities.into_iter().map(row).collect()
    }

    fn leaf(&mut self, host: &str, identity: Identity) -> Leaf {
        let names_its_host = identity.names(host);
        let certificate = identity.certificates.into_iter().next();
        let certificate = certificate.as_ref();
        let key = certificate.and_then(|leaf| leaf.key).or(identity.key);
        let serial_number = certificate.map_or(&[][..], |leaf| &leaf.serial_number);
        Leaf {
            key: key.map(half),
            certificate: certificate.map(|leaf| half(leaf.sha256)),
            serial_number: Octets::of(serial_number),
            names_its_host,
            place: once(
                &mut self.places,
                LeafPlace {
                    base_name: identity.base_name,
                    files: identity.files,
                    issuer: certificate
                        .map(|leaf| leaf.issuer.clone())
                        .unwrap_or_default(),
                },
            ),
        }
    }
}

fn once<T: Eq + std::hash::Hash>(known: &mut HashSet<Arc<T>>, value: T) -> Arc<T> {
    if let Some(known) = known.get(&value) {
        return Arc::clone(known);
    }
    let value = Arc::new(value);
    known.insert(Arc::clone(&value));
    value
}

fn half(sha256: [u8; 32]) -> Digest {
    let mut half = Digest::default();
    half.copy_from_slice(&sha256[..16]);
    half
}

impl Row {
    pub(super) fn base_name(&self) -> &str {
        match self {
            Self::Common(identity) => &identity.base_name,
            Self::Leaf(leaf) => &leaf.place.base_name,
        }
    }

    pub(super) fn files(&self) -> &[PlacedFile] {
        match self {
            Self::Common(identity) => &identity.files,
            Self::Leaf(leaf) => &leaf.place.files,
        }
    }

    pub(super) fn common(&self) -> Option<&Identity> {
        match self {
            Self::Common(identity) => Some(identity),
            Self::Leaf(_) => None,
        }
    }

    pub(super) fn leaf(&self) -> Option<&Leaf> {
        match self {
            Self::Common(_) => None,
            Self::Leaf(leaf) => Some(leaf),
        }
    }
}

impl Leaf {
    pub(super) fn serial_number(&self) -> &[u8] {
        match &self.serial_number {
            Octets::Few { count, octets } => octets.get(..usize::from(*count)).unwrap_or(octets),
            Octets::Many(octets) => octets,
        }
    }

    /// Whether the file is one of this row.
    pub(super) fn has_file(&self, path: &str) -> bool {
        self.place.files.iter().any(|file| file.path == path)
    }
}

impl Octets {
    fn of(octets: &[u8]) -> Self {
        let mut few = [0; 20];
        match (few.get_mut(..octets.len()), u8::try_from(octets.len())) {
            (Some(begin), Ok(count)) => {
                begin.copy_from_slice(octets);
                Self::Few { count, octets: few }
            }
            _ => Self::Many(octets.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(base_name: &str, serial_number: &[u8]) -> Identity {
        use crate::Timestamp;
        use crate::verify::CertificateIdentity;
        Identity {
            base_name: base_name.to_owned(),
            files: Vec::new(),
            certificates: vec![CertificateIdentity {
                sha256: [1; 32],
                key: Some([2; 32]),
                serial_number: serial_number.to_vec(),
                subject: "CN=x".to_owned(),
                issuer: "CN=ca".to_owned(),
                common_name: None,
                subject_alt_names: vec!["DNS:M0".to_owned()],
                not_before: Timestamp::LATEST,
                not_after: Timestamp::LATEST,
            }],
            key: None,
            public_key: None,
        }
    }

    #[test]
    fn what_is_alike_is_kept_once() {
        let mut common = CommonFacts::default();
        let mut rows = |host, serial: &[u8]| {
            common.rows(
                host,
                vec![identity("ca", &[1]), identity("apiserver", serial)],
            )
        };
        let (one, other) = (rows("m0", &[1; 20]), rows("m1", &[2; 21]));
        assert!(std::ptr::eq(
            one[0].common().unwrap(),
            other[0].common().unwrap()
        ));
        let (one, other) = (one[1].leaf().unwrap(), other[1].leaf().unwrap());
        assert!(Arc::ptr_eq(&one.place, &other.place));
        assert_eq!(one.serial_number(), [1; 20]);
        assert_eq!(other.serial_number(), [2; 21]);
        assert!(one.names_its_host && !other.names_its_host);
        assert_eq!(one.key, Some([2; 16]));
        assert!(size_of::<Row>() <= 80, "{}", size_of::<Row>());
    }
}
