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
    places: HashSet<Arc<[LeafPlace]>>,
}

/// What is known of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows {
    /// The CAs and the service account's keys: the same on all hosts of a
    /// healthy cluster.
    common: Box<[Arc<Identity>]>,
    places: Arc<[LeafPlace]>,
    /// The host's own: one for each of the places.
    leaves: Box<[Digests]>,
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

/// A certificate of one host, as small as it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Digests {
    key: Option<Digest>,
    certificate: Option<Digest>,
    /// The last octets of the serial number: RFC 5280 section 4.1.2.2 allows no
    /// more.
    serial_number: [u8; 20],
    /// How many octets the serial number has.
    length: u8,
    names_its_host: bool,
}

/// A leaf or a kubeconfig of one host.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf<'a> {
    pub(super) place: &'a LeafPlace,
    /// The key of the certificate, or without that the private key.
    pub(super) key: Option<Digest>,
    pub(super) certificate: Option<Digest>,
    /// Without what is more than 20 octets.
    pub(super) serial_number: &'a [u8],
    /// Whether the certificate names the host that it lies on.
    pub(super) names_its_host: bool,
}

impl CommonFacts {
    /// The rows of a host of this name.
    pub(super) fn rows(&mut self, host: &str, identities: Vec<Identity>) -> Rows {
        let is_own = |identity: &Identity| {
            let entry = CatalogEntry::find(&identity.base_name);
            let kind = entry.map(|entry| entry.kind);
            matches!(kind, Some(EntryKind::Leaf(_) | EntryKind::Kubeconfig(_)))
        };
        let (own, common): (Vec<_>, Vec<_>) = identities.into_iter().partition(is_own);
        let common = common.into_iter();
        let leaves = own.iter().map(|identity| Digests::of(host, identity));
        Rows {
            leaves: leaves.collect(),
            common: common.map(|identity| self.once(identity)).collect(),
            places: self.places(own.into_iter().map(LeafPlace::of).collect()),
        }
    }

    fn once(&mut self, identity: Identity) -> Arc<Identity> {
        if let Some(known) = self.identities.get(&identity) {
            return Arc::clone(known);
        }
        let identity = Arc::new(identity);
        self.identities.insert(Arc::clone(&identity));
        identity
    }

    fn places(&mut self, places: Vec<LeafPlace>) -> Arc<[LeafPlace]> {
        if let Some(known) = self.places.get(&places[..]) {
            return Arc::clone(known);
        }
        let places: Arc<[LeafPlace]> = places.into();
        self.places.insert(Arc::clone(&places));
        places
    }
}

impl LeafPlace {
    fn of(identity: Identity) -> Self {
        let leaf = identity.certificates.into_iter().next();
        Self {
            base_name: identity.base_name,
            files: identity.files,
            issuer: leaf.map(|leaf| leaf.issuer).unwrap_or_default(),
        }
    }
}

impl Digests {
    fn of(host: &str, identity: &Identity) -> Self {
        let leaf = identity.certificates.first();
        let number = leaf.map_or(&[][..], |leaf| &leaf.serial_number);
        let mut serial_number = [0; 20];
        for (to, from) in serial_number.iter_mut().rev().zip(number.iter().rev()) {
            *to = *from;
        }
        Self {
            key: leaf.and_then(|leaf| leaf.key).or(identity.key).map(half),
            certificate: leaf.map(|leaf| half(leaf.sha256)),
            serial_number,
            length: u8::try_from(number.len()).unwrap_or(u8::MAX),
            names_its_host: identity.names(host),
        }
    }

    fn serial_number(&self) -> &[u8] {
        let all = self.serial_number.len();
        let more = all.saturating_sub(usize::from(self.length));
        self.serial_number.get(more..).unwrap_or_default()
    }
}

fn half(sha256: [u8; 32]) -> Digest {
    let mut half = Digest::default();
    half.copy_from_slice(&sha256[..16]);
    half
}

impl Rows {
    /// A CA or the service account's keys.
    pub(super) fn common(&self, base_name: &str) -> Option<&Identity> {
        let mut common = self.common.iter().map(Arc::as_ref);
        common.find(|row| row.base_name == base_name)
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        (0..self.leaves.len()).filter_map(|row| self.leaf(row))
    }

    pub(super) fn leaf(&self, row: usize) -> Option<Leaf<'_>> {
        let (place, leaf) = (self.places.get(row)?, self.leaves.get(row)?);
        Some(Leaf {
            place,
            key: leaf.key,
            certificate: leaf.certificate,
            serial_number: leaf.serial_number(),
            names_its_host: leaf.names_its_host,
        })
    }

    /// Every row by its name, with its files.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &[PlacedFile])> {
        let common = self.common.iter();
        let common = common.map(|row| (&row.base_name[..], &row.files[..]));
        let own = self.places.iter();
        common.chain(own.map(|row| (&row.base_name[..], &row.files[..])))
    }
}

impl Leaf<'_> {
    /// Whether the file is one of this row.
    pub(super) fn has_file(&self, path: &str) -> bool {
        self.place.files.iter().any(|file| file.path == path)
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
            let both = vec![identity("ca", &[1]), identity("apiserver", serial)];
            common.rows(host, both)
        };
        let longer: Vec<u8> = (0..=20).collect();
        let (one, other) = (rows("m0", &[1; 8]), rows("m1", &longer));
        let ca = |rows: &Rows| std::ptr::from_ref(rows.common("ca").unwrap());
        assert_eq!(ca(&one), ca(&other));
        assert!(Arc::ptr_eq(&one.places, &other.places));
        let (one, other) = (one.leaf(0).unwrap(), other.leaf(0).unwrap());
        assert_eq!(one.serial_number, [1; 8]);
        assert_eq!(other.serial_number, &longer[1..]);
        assert!(one.names_its_host && !other.names_its_host);
        assert_eq!(one.key, Some([2; 16]));
        assert!(size_of::<Digests>() <= 56, "{}", size_of::<Digests>());
    }
}
