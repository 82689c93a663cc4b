//! The subject file of `cfssl sign`: what it gives replaces what the CSR asks for.

use super::{KINDS, NAME, arranged, attribute};
use crate::cfssl::fields::{Entry, Reader, Schema};
use crate::cfssl::{Read, Reading, json};
use crate::document::DocumentError;
use crate::name::{Attribute, AttributeType, DistinguishedName, RelativeDistinguishedName};

/// Parts of a subject that a signer puts in the place of the CSR's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CfsslSubject {
    attributes: Vec<Attribute>,
}

const SCHEMA: Schema = Schema {
    keys: &["CN", "names", "SerialNumber"],
    explain: |key| match key {
        "C" | "ST" | "L" | "O" | "OU" => {
            Some(("this part of the subject stands in 'names'", "names"))
        }
        "hosts" | "key" | "ca" => Some(("a subject has none", "leave it out")),
        _ => None,
    },
};

impl CfsslSubject {
    /// Reads a subject file.
    ///
    /// # Errors
    /// [`DocumentError`] for what is not JSON or has a value of the wrong
    /// type; in the strict reading also for what cfssl would ignore.
    pub fn parse(bytes: &[u8], reading: Reading) -> Result<Read<Self>, DocumentError> {
        let node = json::parse(bytes, reading)?;
        let mut reader = Reader::new(reading);
        let root = Entry::root(&node);
        let mut attributes = Vec::new();
        if !root.is_null() {
            let top = reader.fields(&root, &SCHEMA)?;
            for element in top.get("names").map_or(Ok(Vec::new()), Entry::elements)? {
                if element.is_null() {
                    continue;
                }
                let fields = reader.fields(&element, &NAME)?;
                for (key, kind) in KINDS {
                    if let Some(value) = fields.placed(key)? {
                        attributes.extend(attribute(&mut reader, kind, &value)?);
                    }
                }
            }
            for (key, kind) in [
                ("CN", AttributeType::CommonName),
                ("SerialNumber", AttributeType::SerialNumber),
            ] {
                if let Some(value) = top.placed(key)? {
                    attributes.extend(attribute(&mut reader, kind, &value)?);
                }
            }
        }
        Ok(Read {
            value: Self { attributes },
            warnings: reader.warnings,
        })
    }

    /// This subject, completed by the kinds of the CSR's that it does not
    /// give; what the CSR has by other object identifiers is lost.
    pub(in crate::cfssl) fn over(&self, requested: &DistinguishedName) -> DistinguishedName {
        const COMPLETED: [AttributeType; 7] = [
            AttributeType::Country,
            AttributeType::Province,
            AttributeType::Locality,
            AttributeType::Organization,
            AttributeType::OrganizationalUnit,
            AttributeType::CommonName,
            AttributeType::SerialNumber,
        ];
        let given = |kind: &AttributeType| self.attributes.iter().any(|a| a.kind() == kind);
        let relative = requested.relative_names().iter();
        let kept = relative.flat_map(RelativeDistinguishedName::attributes);
        let kept = kept.filter(|a| COMPLETED.contains(a.kind()) && !given(a.kind()));
        let all = self.attributes.iter().chain(kept).cloned();
        let all = all.map(|attribute| RelativeDistinguishedName::new(attribute, Vec::new()));
        arranged(&DistinguishedName::new(all.collect()))
    }
}
