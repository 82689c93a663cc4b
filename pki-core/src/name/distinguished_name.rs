//! Distinguished names (RFC 5280 section 4.1.2.4): ordered, with several
//! attributes in a relative name where the input has them, and with the string
//! type of every value.

use std::fmt;

use der::asn1::ObjectIdentifier;
use x509_parser::prelude::FromDer;

use super::problem::{NameError, NameProblem};
use crate::{asn1, oid};

/// An issuer or subject: relative names in the order in which they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct DistinguishedName(Vec<RelativeDistinguishedName>);

/// One step of a distinguished name: a set of attributes, nearly always one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RelativeDistinguishedName(Vec<Attribute>);

/// One attribute with its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attribute {
    kind: AttributeType,
    string_type: StringType,
    value: String,
}

/// The kind of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttributeType {
    /// CN
    CommonName,
    /// serialNumber (of a device, not of the certificate)
    SerialNumber,
    /// C
    Country,
    /// L
    Locality,
    /// ST
    Province,
    /// street
    StreetAddress,
    /// O, which Kubernetes reads as a group
    Organization,
    /// OU
    OrganizationalUnit,
    /// postalCode
    PostalCode,
    /// emailAddress
    EmailAddress,
    /// DC
    DomainComponent,
    /// Any other, by its object identifier in dotted form.
    Other(String),
}

/// The ASN.1 string type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StringType {
    /// PrintableString
    Printable,
    /// UTF8String
    Utf8,
    /// IA5String
    Ia5,
}

/// Every known attribute: kind, object identifier, the short name of RFC 4514.
const ATTRIBUTE_TYPES: [(AttributeType, ObjectIdentifier, &str); 11] = [
    (AttributeType::CommonName, oid::COMMON_NAME, "CN"),
    (
        AttributeType::SerialNumber,
        oid::SERIAL_NUMBER,
        "serialNumber",
    ),
    (AttributeType::Country, oid::COUNTRY, "C"),
    (AttributeType::Locality, oid::LOCALITY, "L"),
    (AttributeType::Province, oid::PROVINCE, "ST"),
    (AttributeType::StreetAddress, oid::STREET_ADDRESS, "STREET"),
    (AttributeType::Organization, oid::ORGANIZATION, "O"),
    (
        AttributeType::OrganizationalUnit,
        oid::ORGANIZATIONAL_UNIT,
        "OU",
    ),
    (AttributeType::PostalCode, oid::POSTAL_CODE, "postalCode"),
    (
        AttributeType::EmailAddress,
        oid::EMAIL_ADDRESS,
        "emailAddress",
    ),
    (AttributeType::DomainComponent, oid::DOMAIN_COMPONENT, "DC"),
];

impl DistinguishedName {
    /// A name of relative names in this order; empty is allowed (RFC 5280
    /// section 4.1.2.6 then asks for a critical subjectAltName).
    #[must_use]
    pub fn new(relative_names: Vec<RelativeDistinguishedName>) -> Self {
        Self(relative_names)
    }

    /// `O=organization,CN=common_name` as kubeadm writes its subjects, in the
    /// string type that Go chooses.
    #[must_use]
    pub fn kubernetes(organization: Option<&str>, common_name: &str) -> Self {
        let single = |kind, value: &str| {
            RelativeDistinguishedName(vec![Attribute::new(kind, value.to_owned())])
        };
        let organization = organization.map(|o| single(AttributeType::Organization, o));
        let common_name = single(AttributeType::CommonName, common_name);
        Self(organization.into_iter().chain([common_name]).collect())
    }

    /// The relative names in order.
    #[must_use]
    pub fn relative_names(&self) -> &[RelativeDistinguishedName] {
        &self.0
    }

    /// Whether there is no attribute at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All values of one kind, in order.
    pub fn values<'a>(&'a self, kind: &'a AttributeType) -> impl Iterator<Item = &'a str> {
        let attributes = self.0.iter().flat_map(|relative| &relative.0);
        attributes
            .filter(move |a| a.kind == *kind)
            .map(|a| a.value.as_str())
    }

    /// The last common name, the one that Go and etcd read.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.values(&AttributeType::CommonName).last()
    }

    /// The DER form.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let relative_names: Vec<_> = self
            .0
            .iter()
            .map(RelativeDistinguishedName::to_der)
            .collect();
        asn1::tlv(asn1::SEQUENCE, &relative_names.concat())
    }

    /// Reads the DER form, if every value is a string of a known type.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, name) = x509_parser::x509::X509Name::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let relative = |rdn: &x509_parser::x509::RelativeDistinguishedName<'_>| {
            rdn.iter()
                .map(Attribute::from_parsed)
                .collect::<Option<_>>()
                .map(RelativeDistinguishedName)
        };
        name.iter().map(relative).collect::<Option<_>>().map(Self)
    }
}

impl fmt::Display for DistinguishedName {
    /// In the order in which it is written: `O=system:masters,CN=kubernetes-admin`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, relative) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            for (index, attribute) in relative.0.iter().enumerate() {
                if index > 0 {
                    f.write_str("+")?;
                }
                write!(f, "{}={}", attribute.kind, attribute.value.escape_debug())?;
            }
        }
        Ok(())
    }
}

impl RelativeDistinguishedName {
    /// A set of attributes, at least one.
    #[must_use]
    pub fn new(first: Attribute, others: Vec<Attribute>) -> Self {
        Self([first].into_iter().chain(others).collect())
    }

    /// The attributes, in the order given.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.0
    }

    fn to_der(&self) -> Vec<u8> {
        asn1::set_of(self.0.iter().map(Attribute::to_der).collect())
    }
}

impl Attribute {
    /// An attribute in the string type that Go chooses: PrintableString where
    /// the characters allow it, else UTF8String.
    #[must_use]
    pub fn new(kind: AttributeType, value: String) -> Self {
        let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
        let string_type = match value.chars().all(printable) {
            true => StringType::Printable,
            false => StringType::Utf8,
        };
        Self {
            kind,
            string_type,
            value,
        }
    }

    /// An attribute whose value a person wrote: not empty, no control
    /// character, no longer than its kind allows (RFC 5280 appendix A.1).
    ///
    /// # Errors
    /// [`NameError`] with what is wrong.
    pub fn parse(kind: AttributeType, value: &str) -> Result<Self, NameError> {
        let refuse = |problem| {
            Err(NameError {
                input: value.to_owned(),
                problem,
            })
        };
        if value.is_empty() {
            return refuse(NameProblem::Empty);
        }
        if value.trim() != value {
            return refuse(NameProblem::Whitespace(value.trim().to_owned()));
        }
        let hidden = |c: &char| c.escape_debug().count() > 1 && !matches!(c, '"' | '\'' | '\\');
        if let Some(control) = value.chars().find(hidden) {
            return refuse(NameProblem::Character(control));
        }
        let limit = match kind {
            AttributeType::Country => 2,
            AttributeType::Locality | AttributeType::Province => 128,
            AttributeType::EmailAddress => 255,
            AttributeType::PostalCode => 40,
            AttributeType::StreetAddress => 128,
            AttributeType::Other(_) => 1024,
            _ => 64,
        };
        if kind == AttributeType::Country
            && !(value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic()))
        {
            return refuse(NameProblem::Country);
        }
        let length = value.chars().count();
        if length > limit {
            return refuse(NameProblem::Long(length, limit));
        }
        Ok(Self::new(kind, value.to_owned()))
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> &AttributeType {
        &self.kind
    }

    /// The ASN.1 type of the value.
    #[must_use]
    pub fn string_type(&self) -> StringType {
        self.string_type
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    fn to_der(&self) -> Vec<u8> {
        let kind = asn1::tlv(asn1::OBJECT_IDENTIFIER, &self.kind.oid_bytes());
        asn1::sequence(&[
            &kind,
            &asn1::tlv(self.string_type.tag(), self.value.as_bytes()),
        ])
    }

    fn from_parsed(attribute: &x509_parser::x509::AttributeTypeAndValue<'_>) -> Option<Self> {
        let value = attribute.attr_value();
        let tag = value.tag().0;
        let string_type = [StringType::Printable, StringType::Utf8, StringType::Ia5]
            .into_iter()
            .find(|known| u32::from(known.tag()) == tag)?;
        let text = std::str::from_utf8(value.data).ok()?.to_owned();
        let kind = AttributeType::from_oid(&attribute.attr_type().to_id_string())?;
        Some(Self {
            kind,
            string_type,
            value: text,
        })
    }
}

impl AttributeType {
    /// The object identifier in dotted form.
    #[must_use]
    pub fn oid(&self) -> String {
        match self {
            Self::Other(oid) => oid.clone(),
            known => known
                .known()
                .map_or_else(String::new, |(oid, _)| oid.to_string()),
        }
    }

    /// The kind with this object identifier (dotted form), if it is a valid one.
    #[must_use]
    pub fn from_oid(text: &str) -> Option<Self> {
        let oid = ObjectIdentifier::new(text).ok()?;
        let known = ATTRIBUTE_TYPES.iter().find(|(_, known, _)| *known == oid);
        Some(known.map_or_else(|| Self::Other(oid.to_string()), |(kind, _, _)| kind.clone()))
    }

    fn known(&self) -> Option<(ObjectIdentifier, &'static str)> {
        ATTRIBUTE_TYPES
            .iter()
            .find(|(kind, _, _)| kind == self)
            .map(|(_, oid, name)| (*oid, *name))
    }

    fn oid_bytes(&self) -> Vec<u8> {
        let other = match self {
            Self::Other(text) => ObjectIdentifier::new(text).ok(),
            known => known.known().map(|(oid, _)| oid),
        };
        other.map_or_else(Vec::new, |oid| oid.as_bytes().to_vec())
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(oid) => f.write_str(oid),
            known => f.write_str(known.known().map_or("?", |(_, name)| name)),
        }
    }
}

impl StringType {
    pub(crate) fn tag(self) -> u8 {
        match self {
            Self::Utf8 => 12,
            Self::Printable => 19,
            Self::Ia5 => 22,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_gos_string_type() {
        let name = DistinguishedName::kubernetes(Some("system:masters"), "kubernetes-admin");
        assert_eq!(name.to_string(), "O=system:masters,CN=kubernetes-admin");
        let types =
            |text: &str| Attribute::new(AttributeType::CommonName, text.to_owned()).string_type();
        assert_eq!(types("a.b:c/d?"), StringType::Printable);
        for text in ["a@b", "a_b", "*", "a&b", "ü"] {
            assert_eq!(types(text), StringType::Utf8, "{text}");
        }
    }

    #[test]
    fn writes_and_reads_der() {
        let cn = Attribute::new(AttributeType::CommonName, "etcd".into());
        let o = |v: &str| Attribute::new(AttributeType::Organization, v.into());
        let other = Attribute::new(AttributeType::Other("1.2.3.4".into()), "x".into());
        let name = DistinguishedName::new(vec![
            RelativeDistinguishedName::new(o("aa"), vec![o("bbb")]),
            RelativeDistinguishedName::new(cn, vec![]),
            RelativeDistinguishedName::new(other, vec![]),
        ]);
        assert_eq!(DistinguishedName::from_der(&name.to_der()), Some(name));
        assert_eq!(
            DistinguishedName::kubernetes(None, "etcd").to_der(),
            [
                &[
                    0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 3, 0x55, 4, 3, 0x13, 4
                ][..],
                b"etcd"
            ]
            .concat()
        );
        assert_eq!(DistinguishedName::from_der(b"junk"), None);
    }

    #[test]
    fn refuses_what_nobody_can_read() {
        let parse = |kind, text: &str| Attribute::parse(kind, text).map_err(|e| e.problem);
        let country = AttributeType::Country;
        assert_eq!(parse(country.clone(), "CHINA"), Err(NameProblem::Country));
        assert!(parse(country, "CN").is_ok());
        let cn = AttributeType::CommonName;
        assert_eq!(
            parse(cn.clone(), &"x".repeat(65)),
            Err(NameProblem::Long(65, 64))
        );
        assert_eq!(
            parse(cn.clone(), "a\u{1b}b"),
            Err(NameProblem::Character('\u{1b}'))
        );
        assert_eq!(parse(cn, " a"), Err(NameProblem::Whitespace("a".into())));
    }
}
