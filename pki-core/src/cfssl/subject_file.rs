//! The `SUBJECT.json` of `cfssl sign`: what replaces parts of a CSR's subject.

use super::entry::Entry;
use super::lint::LintRule;
use super::reader::Reader;
use super::refusal::{self, CfsslRefusal};
use super::schema::{GoType, Schema};
use super::{Read, Reading, certificate_request, json, subject};
use crate::document::DocumentError;
use crate::name::{AttributeType, DistinguishedName, RelativeDistinguishedName};

/// A subject for a CSR that has another, or none. What it leaves out is the CSR's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfsslSubject {
    subject: DistinguishedName,
}

const SCHEMA: Schema = Schema {
    go_name: "signer.Subject",
    keys: &[
        ("CN", GoType::Text),
        ("names", GoType::List(&GoType::Struct(&subject::NAME))),
        ("SerialNumber", GoType::Text),
    ],
    accidents: &[],
    explain: |key| match key {
        "hosts" => Some(("names of a certificate come from its CSR", "-hostname")),
        "key" | "ca" | "signing" => Some((
            "this is no subject but another document",
            "give it in its own place",
        )),
        _ => None,
    },
};

const ROOT: GoType = GoType::Struct(&SCHEMA);
const ROOT_NAME: &str = "Subject";

impl CfsslSubject {
    /// Reads a subject.
    ///
    /// # Errors
    /// [`DocumentError`] for what is not JSON or has a value of the wrong
    /// type; in the strict reading also for all that cfssl would ignore.
    pub fn parse(bytes: &[u8], reading: Reading) -> Result<Read<Self>, DocumentError> {
        let node = json::parse(bytes, reading)?;
        let mut reader = Reader::new(reading);
        let mut root = Entry::root(&node);
        if root.is_null() {
            reader.ignore(LintRule::NullValue, root.refuse("the value is null"))?;
            root = Entry::root(&certificate_request::EMPTY);
        }
        let top = reader.fields(&root, &SCHEMA)?;
        let subject = subject::read(&mut reader, &top, "SerialNumber")?;
        refusal::fits(&node, ROOT, ROOT_NAME)?;
        Ok(Read {
            value: Self { subject },
            warnings: reader.into_warnings(),
        })
    }

    /// What cfssl 1.6 prints instead of reading this subject, if it refuses it.
    #[must_use]
    pub fn refusal_of_cfssl(bytes: &[u8]) -> Option<CfsslRefusal> {
        refusal::json(bytes, ROOT, ROOT_NAME).map(CfsslRefusal::bare)
    }

    /// The attributes that are given, in cfssl's order.
    #[must_use]
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// This subject, completed by the kinds of the CSR's that it does not
    /// give; what the CSR has by other object identifiers is lost.
    pub(super) fn over(&self, requested: &DistinguishedName) -> DistinguishedName {
        const COMPLETED: [AttributeType; 7] = [
            AttributeType::Country,
            AttributeType::Province,
            AttributeType::Locality,
            AttributeType::Organization,
            AttributeType::OrganizationalUnit,
            AttributeType::CommonName,
            AttributeType::SerialNumber,
        ];
        let own = self.subject.relative_names().iter();
        let own: Vec<_> = own
            .flat_map(RelativeDistinguishedName::attributes)
            .collect();
        let given = |kind: &AttributeType| own.iter().any(|a| a.kind() == kind);
        let relative = requested.relative_names().iter();
        let kept = relative.flat_map(RelativeDistinguishedName::attributes);
        let kept = kept.filter(|a| COMPLETED.contains(a.kind()) && !given(a.kind()));
        let all = own.iter().copied().chain(kept).cloned();
        let all = all.map(|attribute| RelativeDistinguishedName::new(attribute, Vec::new()));
        subject::arranged(&DistinguishedName::new(all.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_replaces_a_subject() {
        let read = |text: &str| CfsslSubject::parse(text.as_bytes(), Reading::Strict);
        let text = r#"{"CN":"new","names":[{"O":"o"}],"SerialNumber":"7"}"#;
        let subject = read(text).unwrap().value;
        assert_eq!(subject.subject().to_string(), "O=o,CN=new,serialNumber=7");
        assert!(read(r#"{"CN":"new","hosts":[]}"#).is_err());
        assert!(read("null").is_err());
        assert!(CfsslSubject::parse(b"null", Reading::Lenient).is_ok());
        let words = CfsslSubject::refusal_of_cfssl(br#"{"names":{}}"#).unwrap();
        assert_eq!(
            words.to_string(),
            "json: cannot unmarshal object into Go struct field Subject.names of type []csr.Name"
        );
        assert_eq!(CfsslSubject::refusal_of_cfssl(text.as_bytes()), None);
    }
}
