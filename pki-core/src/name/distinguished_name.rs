//! Distinguished names (RFC 5280 section 4.1.2.4): ordered, and with several
//! attributes in a relative name where the input has them.

use std::fmt;

use x509_parser::prelude::FromDer;

use super::attribute::Attribute;
use super::attribute_type::AttributeType;
use crate::asn1;

/// An issuer or subject: relative names in the order in which they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct DistinguishedName(Vec<RelativeDistinguishedName>);

/// One step of a distinguished name: a set of attributes, nearly always one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RelativeDistinguishedName(Vec<Attribute>);

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
            .filter(move |a| a.kind() == kind)
            .map(Attribute::value)
    }

    /// The last common name, the one that Go and etcd read.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.values(&AttributeType::CommonName).last()
    }

    /// The DER form: `Name`, RFC 5280 section 4.1.2.4.
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
                write!(
                    f,
                    "{}={}",
                    attribute.kind(),
                    attribute.value().escape_debug()
                )?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubernetes_names_stand_in_kubeadms_order() {
        let name = DistinguishedName::kubernetes(Some("system:masters"), "kubernetes-admin");
        assert_eq!(name.to_string(), "O=system:masters,CN=kubernetes-admin");
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
}
