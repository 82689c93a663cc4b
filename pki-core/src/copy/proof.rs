//! That what was copied is there, read back from the destination.

use std::collections::BTreeMap;

use super::copied_file::{belongs_to, public_half};
use super::plan::Plan;
use crate::catalog::{CatalogEntry, FileRole, PlacedFile};

/// What reading back has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    faults: Vec<ProofFault>,
}

/// A file that is not there as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFault {
    /// The file.
    pub file: PlacedFile,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Proof {
    /// `read` is what lies there, in the order of [`Plan::settled`]. The
    /// bytes must be those of the source; and the public half of each private key,
    /// made from what was read, must be that of the certificate or of the
    /// public key beside it, as they were read.
    #[must_use]
    pub fn new<B: AsRef<[u8]>>(plan: &Plan<'_>, read: &[B]) -> Self {
        let mut faults = Vec::new();
        let mut rows: BTreeMap<&str, Row<'_>> = BTreeMap::new();
        let mut read = read.iter().map(AsRef::as_ref);
        for item in plan.settled() {
            let file = &item.copied.file;
            let mut fault = |why| {
                let file = file.clone();
                faults.push(ProofFault { file, why });
            };
            let Some(bytes) = read.next() else {
                fault("it was not read back");
                continue;
            };
            if bytes != item.copied.bytes.as_slice() {
                fault("what lies there is not what was copied");
                continue;
            }
            let entry = item.copied.entry;
            let row = rows.entry(entry.base_name).or_insert(Row {
                entry,
                beside: None,
                private_key: None,
            });
            match file.role {
                FileRole::Certificate | FileRole::PublicKey => row.beside = Some(bytes),
                FileRole::PrivateKey => row.private_key = Some((file, bytes)),
                FileRole::Kubeconfig => {}
            }
        }
        faults.extend(rows.values().filter_map(Row::fault));
        Self { faults }
    }

    /// Whether everything is there.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }

    /// What is not.
    #[must_use]
    pub fn faults(&self) -> &[ProofFault] {
        &self.faults
    }
}

/// What was read of a row of the catalog.
struct Row<'a> {
    entry: &'static CatalogEntry,
    /// The certificate or the public key.
    beside: Option<&'a [u8]>,
    private_key: Option<(&'a PlacedFile, &'a [u8])>,
}

impl Row<'_> {
    /// A private key that belongs to nothing.
    fn fault(&self) -> Option<ProofFault> {
        let (file, bytes) = self.private_key?;
        let key = public_half(bytes);
        let belongs = key
            .zip(self.beside)
            .is_some_and(|(key, beside)| belongs_to(&key, self.entry, beside));
        (!belongs).then(|| ProofFault {
            file: file.clone(),
            why: "the key that lies there does not belong to the file beside it",
        })
    }
}
