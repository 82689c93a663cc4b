//! The `policies` of a profile.

use der::asn1::ObjectIdentifier;

use super::fields::{Entry, Reader};
use super::json::Suggesting;
use super::schema::{GoType, Schema};
use crate::document::DocumentError;
use crate::name::Quoted;

/// One certificate policy (RFC 5280 section 4.2.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfsslPolicy {
    /// The object identifier in dotted form.
    pub id: String,
    /// The qualifiers in order.
    pub qualifiers: Vec<CfsslPolicyQualifier>,
}

/// What is said about a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CfsslPolicyQualifier {
    /// `id-qt-cps`: where the certification practice statement is.
    Cps(String),
    /// `id-qt-unotice`: a text to show.
    UserNotice(String),
}

pub(super) const POLICY: Schema = Schema {
    go_name: "config.CertificatePolicy",
    keys: &[
        ("ID", GoType::Oid),
        ("Qualifiers", GoType::List(&GoType::Struct(&QUALIFIER))),
    ],
    accidents: &[],
    explain: |_| None,
};

pub(super) const QUALIFIER: Schema = Schema {
    go_name: "config.CertificatePolicyQualifier",
    keys: &[("Type", GoType::Text), ("Value", GoType::Text)],
    accidents: &[],
    explain: |_| None,
};

pub(super) fn read(
    reader: &mut Reader,
    entry: &Entry<'_>,
) -> Result<Vec<CfsslPolicy>, DocumentError> {
    let mut policies = Vec::new();
    for element in entry.elements()? {
        let fields = reader.fields(&element, &POLICY)?;
        let Some(id) = fields.placed("ID")? else {
            return Err(element.refuse("a policy without 'ID'"));
        };
        if ObjectIdentifier::new(&id.text).is_err() {
            let message = format!("{} is not an object identifier", Quoted(&id.text));
            return Err(id.refuse(message));
        }
        let mut qualifiers = Vec::new();
        let listed = fields.get("Qualifiers").map(Entry::elements).transpose()?;
        for qualifier in listed.unwrap_or_default() {
            let fields = reader.fields(&qualifier, &QUALIFIER)?;
            let value = fields.text("Value")?.unwrap_or_default();
            let kind = fields.text("Type")?.unwrap_or_default();
            qualifiers.push(match kind.as_str() {
                "id-qt-cps" => CfsslPolicyQualifier::Cps(value),
                "id-qt-unotice" => CfsslPolicyQualifier::UserNotice(value),
                other => {
                    let message = format!("unknown type {} of a policy qualifier", Quoted(other));
                    let error = qualifier.refuse(message);
                    return Err(error.suggesting("id-qt-cps or id-qt-unotice"));
                }
            });
        }
        policies.push(CfsslPolicy {
            id: id.text,
            qualifiers,
        });
    }
    Ok(policies)
}
