//! The kinds of attributes (RFC 5280 appendix A.1, RFC 4514 section 3).

use std::fmt;

use der::asn1::ObjectIdentifier;

use crate::oid;

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

    pub(super) fn oid_bytes(&self) -> Vec<u8> {
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
