//! The attributes of a distinguished name, each with the string type of its
//! value.

use super::attribute_type::AttributeType;
use super::problem::{NameError, NameProblem};
use crate::asn1;

/// One attribute with its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attribute {
    kind: AttributeType,
    string_type: StringType,
    value: String,
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

    pub(super) fn to_der(&self) -> Vec<u8> {
        let kind = asn1::tlv(asn1::OBJECT_IDENTIFIER, &self.kind.oid_bytes());
        asn1::sequence(&[
            &kind,
            &asn1::tlv(self.string_type.tag(), self.value.as_bytes()),
        ])
    }

    pub(super) fn from_parsed(
        attribute: &x509_parser::x509::AttributeTypeAndValue<'_>,
    ) -> Option<Self> {
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
        let types =
            |text: &str| Attribute::new(AttributeType::CommonName, text.to_owned()).string_type();
        assert_eq!(types("a.b:c/d?"), StringType::Printable);
        for text in ["a@b", "a_b", "*", "a&b", "ü"] {
            assert_eq!(types(text), StringType::Utf8, "{text}");
        }
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
