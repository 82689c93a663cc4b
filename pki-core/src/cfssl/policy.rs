//! The `policies` of a profile.

use der::asn1::ObjectIdentifier;

use super::entry::Entry;
use super::reader::Reader;
use super::schema::{GoType, Schema};
use crate::document::DocumentError;
use crate::extension::Extension;
use crate::name::Quoted;
use crate::{Error, asn1, oid};

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

impl Extension {
    /// certificatePolicies, not critical (RFC 5280 section 4.2.1.4), as cfssl
    /// writes it: a statement's address is an IA5String and the whole qualifier,
    /// a notice has nothing but its text, a UTF8String.
    ///
    /// # Errors
    /// [`Error::NotAnObjectIdentifier`], and [`Error::StringType`] for an address
    /// beyond ASCII.
    pub fn certificate_policies(policies: &[CfsslPolicy]) -> Result<Self, Error> {
        let encoded = policies.iter().map(encoded);
        let value = asn1::tlv(
            asn1::SEQUENCE,
            &encoded.collect::<Result<Vec<_>, _>>()?.concat(),
        );
        Ok(Self {
            oid: oid::CERTIFICATE_POLICIES,
            critical: false,
            value,
        })
    }
}

fn encoded(policy: &CfsslPolicy) -> Result<Vec<u8>, Error> {
    let id = ObjectIdentifier::new(&policy.id).map_err(|_| Error::NotAnObjectIdentifier {
        text: policy.id.clone(),
    })?;
    let qualifier = |qualifier: &CfsslPolicyQualifier| match qualifier {
        CfsslPolicyQualifier::Cps(address) if !address.is_ascii() => Err(Error::StringType {
            text: address.clone(),
        }),
        CfsslPolicyQualifier::Cps(address) => Ok(asn1::sequence(&[
            &asn1::object_identifier(oid::CPS),
            &asn1::tlv(asn1::IA5_STRING, address.as_bytes()),
        ])),
        CfsslPolicyQualifier::UserNotice(text) => Ok(asn1::sequence(&[
            &asn1::object_identifier(oid::USER_NOTICE),
            &asn1::sequence(&[&asn1::tlv(asn1::UTF8_STRING, text.as_bytes())]),
        ])),
    };
    let qualifiers = policy.qualifiers.iter().map(qualifier);
    let qualifiers = match qualifiers.collect::<Result<Vec<_>, _>>()? {
        none if none.is_empty() => Vec::new(),
        some => asn1::tlv(asn1::SEQUENCE, &some.concat()),
    };
    Ok(asn1::sequence(&[&asn1::object_identifier(id), &qualifiers]))
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
                "id-qt-cps" if !value.is_ascii() => {
                    let message = "the address of a statement is written in ASCII";
                    return Err(qualifier.refuse(message));
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_written_as_by_cfssl() {
        let policies = [
            CfsslPolicy {
                id: "1.2.3.4.5".into(),
                qualifiers: vec![
                    CfsslPolicyQualifier::Cps("http://cps/".into()),
                    CfsslPolicyQualifier::UserNotice("read me".into()),
                ],
            },
            CfsslPolicy {
                id: "2.23.140.1.2.1".into(),
                qualifiers: Vec::new(),
            },
        ];
        let extension = Extension::certificate_policies(&policies).unwrap();
        // Out of a certificate that cfssl 1.6 made.
        assert_eq!(
            crate::hexadecimal::upper(extension.value()),
            "3044303806042A0304053030301706082B06010505070201160B687474703A2F2F6370732F\
             301506082B0601050507020230090C0772656164206D653008060667810C010201"
        );
        assert_eq!(
            (extension.oid().as_str(), extension.is_critical()),
            ("2.5.29.32", false)
        );
        let odd = |id: &str, address: &str| {
            Extension::certificate_policies(&[CfsslPolicy {
                id: id.into(),
                qualifiers: vec![CfsslPolicyQualifier::Cps(address.into())],
            }])
        };
        assert!(odd("5", "http://cps/").is_err());
        assert!(odd("1.2.3", "http://\u{e9}/").is_err());
    }
}
