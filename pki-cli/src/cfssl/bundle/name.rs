//! Names as `bundle` shows them.

use pki_core::{Attribute, AttributeType, DistinguishedName};

/// The attributes that cfssl knows: their names in the JSON and in the log, and whether Go keeps
/// only the last value. In the order in which Go writes a name.
const KNOWN: [(AttributeType, &str, &str, bool); 9] = [
    (AttributeType::Country, "Country", "C", false),
    (AttributeType::Province, "Province", "ST", false),
    (AttributeType::Locality, "Locality", "L", false),
    (
        AttributeType::StreetAddress,
        "StreetAddress",
        "STREET",
        false,
    ),
    (AttributeType::PostalCode, "PostalCode", "POSTALCODE", false),
    (AttributeType::Organization, "Organization", "O", false),
    (
        AttributeType::OrganizationalUnit,
        "OrganizationalUnit",
        "OU",
        false,
    ),
    (AttributeType::CommonName, "CommonName", "CN", true),
    (
        AttributeType::SerialNumber,
        "SerialNumber",
        "SERIALNUMBER",
        true,
    ),
];

/// `/Country=DE/Organization=o/CommonName=cn`, in the certificate's order; what cfssl has no word
/// for has none. `shown` stands for a name with odd string types.
pub(super) fn slashed(der: &[u8], shown: &str) -> String {
    let Some(name) = DistinguishedName::from_der(der) else {
        return shown.to_owned();
    };
    let attribute = |attribute: &Attribute| {
        let known = KNOWN.iter().find(|(kind, ..)| kind == attribute.kind());
        let word = known.map_or("", |(_, word, ..)| word);
        format!("/{word}={}", attribute.value())
    };
    attributes(&name).map(attribute).collect()
}

/// `CN=cn,O=a+O=b,C=DE`: backwards, after Go has sorted the attributes by kind.
pub(super) fn log_text(der: &[u8], shown: &str) -> String {
    let Some(name) = DistinguishedName::from_der(der) else {
        return shown.to_owned();
    };
    let is_known = |attribute: &&Attribute| KNOWN.iter().any(|(kind, ..)| kind == attribute.kind());
    let mut parts: Vec<String> = attributes(&name)
        .filter(|attribute| !is_known(attribute))
        .map(|attribute| format!("{}={}", attribute.kind().oid(), escaped(attribute.value())))
        .collect();
    for (kind, _, word, single) in &KNOWN {
        let mut values: Vec<String> = name
            .values(kind)
            .map(|value| format!("{word}={}", escaped(value)))
            .collect();
        if *single {
            values = values.pop().into_iter().collect();
        }
        if !values.is_empty() {
            parts.push(values.join("+"));
        }
    }
    parts.reverse();
    parts.join(",")
}

fn attributes(name: &DistinguishedName) -> impl Iterator<Item = &Attribute> {
    name.relative_names().iter().flat_map(|r| r.attributes())
}

/// As RFC 2253 section 2.4 has it; and no control character gets into a log.
fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::new();
    for (at, c) in value.chars().enumerate() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => text.extend(['\\', c]),
            '#' if at == 0 => text.push_str("\\#"),
            ' ' if at == 0 || at == last => text.push_str("\\ "),
            c if c.is_control() => text.extend(c.escape_default()),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use pki_core::RelativeDistinguishedName;
    use proptest::prelude::*;

    use super::*;

    fn der(attributes: &[(AttributeType, &str)]) -> Vec<u8> {
        let relative = |(kind, value): &(AttributeType, &str)| {
            let attribute = Attribute::new(kind.clone(), (*value).to_owned());
            RelativeDistinguishedName::new(attribute, Vec::new())
        };
        DistinguishedName::new(attributes.iter().map(relative).collect()).to_der()
    }

    #[test]
    fn shows_a_name_in_both_ways() {
        let der = der(&[
            (AttributeType::SerialNumber, "42"),
            (AttributeType::EmailAddress, "a@b.c"),
            (AttributeType::CommonName, "x, \"y\""),
            (AttributeType::Organization, "two"),
            (AttributeType::Country, "DE"),
            (AttributeType::Organization, " <&>"),
            (AttributeType::CommonName, "#second"),
        ]);
        assert_eq!(
            slashed(&der, ""),
            "/SerialNumber=42/=a@b.c/CommonName=x, \"y\"/Organization=two/Country=DE/Organization= <&>/CommonName=#second"
        );
        assert_eq!(
            log_text(&der, ""),
            "SERIALNUMBER=42,CN=\\#second,O=two+O=\\ \\<&\\>,C=DE,1.2.840.113549.1.9.1=a@b.c"
        );
        assert_eq!(slashed(b"odd", "CN=odd"), "CN=odd");
        assert_eq!(log_text(&[0x30, 0], ""), "");
    }

    proptest! {
        #[test]
        fn a_log_line_stays_one(value in ".{1,20}") {
            let text = log_text(&der(&[(AttributeType::CommonName, &value)]), "");
            prop_assert!(!text.contains(char::is_control), "{text}");
        }
    }
}
