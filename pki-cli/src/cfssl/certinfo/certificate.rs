//! The JSON of `certinfo`: cfssl's keys in cfssl's order, indented by two.

use pki_core::{AttributeType, Certificate, DistinguishedName, SerialNumber};

use crate::cfssl::output::json_string;

pub(super) fn json(certificate: &Certificate) -> String {
    let mut members = Vec::new();
    let mut member = |key: &str, value: String| members.push(format!("  \"{key}\": {value}"));
    member(
        "subject",
        name(certificate.subject_der(), certificate.subject()),
    );
    member(
        "issuer",
        name(certificate.issuer_der(), certificate.issuer()),
    );
    member(
        "serial_number",
        json_string(&serial_number(certificate.serial_number())),
    );
    let sans = sans(certificate.subject_alt_names());
    if !sans.is_empty() {
        member("sans", list(&sans, "  "));
    }
    let validity = certificate.validity();
    member(
        "not_before",
        json_string(&validity.not_before().to_string()),
    );
    member("not_after", json_string(&validity.not_after().to_string()));
    member(
        "sigalg",
        json_string(algorithm(certificate.signature_algorithm())),
    );
    member(
        "authority_key_id",
        json_string(&hexadecimal(certificate.authority_key_identifier())),
    );
    member(
        "subject_key_id",
        json_string(&hexadecimal(certificate.subject_key_identifier())),
    );
    member("pem", json_string(&certificate.to_pem()));
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

/// The attributes that cfssl knows by name, several values with commas between them, and every
/// value in the order of the certificate. `shown` stands for a name with odd string types.
fn name(der: &[u8], shown: &str) -> String {
    let known = DistinguishedName::from_der(der);
    let all: Vec<&str> = match &known {
        None => vec![shown],
        Some(name) => {
            let attributes = name.relative_names().iter().flat_map(|r| r.attributes());
            attributes.map(pki_core::Attribute::value).collect()
        }
    };
    let mut members = Vec::new();
    for (kind, key, single) in FIELDS {
        let values: Vec<&str> = match &known {
            Some(name) => name.values(&kind).collect(),
            None => Vec::new(),
        };
        // Go keeps the last common name and the last serial number.
        let value = match single {
            true => values.last().map(|value| (*value).to_owned()),
            false => Some(values.join(",")),
        };
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            members.push(format!("    \"{key}\": {}", json_string(&value)));
        }
    }
    if !all.is_empty() {
        let all: Vec<String> = all.into_iter().map(str::to_owned).collect();
        members.push(format!("    \"names\": {}", list(&all, "    ")));
    }
    match members.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{\n{}\n  }}", members.join(",\n")),
    }
}

/// Kind, key, and whether there is only one.
const FIELDS: [(AttributeType, &str, bool); 9] = [
    (AttributeType::CommonName, "common_name", true),
    (AttributeType::SerialNumber, "serial_number", true),
    (AttributeType::Country, "country", false),
    (AttributeType::Organization, "organization", false),
    (
        AttributeType::OrganizationalUnit,
        "organizational_unit",
        false,
    ),
    (AttributeType::Locality, "locality", false),
    (AttributeType::Province, "province", false),
    (AttributeType::StreetAddress, "street_address", false),
    (AttributeType::PostalCode, "postal_code", false),
];

fn list(values: &[String], indent: &str) -> String {
    let lines: Vec<String> = values
        .iter()
        .map(|value| format!("{indent}  {}", json_string(value)))
        .collect();
    format!("[\n{}\n{indent}]", lines.join(",\n"))
}

/// Names, then addresses; nothing else, as cfssl has it.
fn sans(names: &[String]) -> Vec<String> {
    let of = |prefix: &'static str| names.iter().filter_map(move |n| n.strip_prefix(prefix));
    of("DNS:").chain(of("IP:")).map(str::to_owned).collect()
}

/// In decimal. A number that RFC 5280 forbids, negative or too long, is shown in hexadecimal.
fn serial_number(octets: &[u8]) -> String {
    let negative = octets.first().is_some_and(|first| *first >= 0x80);
    match SerialNumber::from_bytes(octets) {
        Ok(number) if !negative => number.to_string(),
        _ => hexadecimal(Some(octets)),
    }
}

/// `0A:FF`, empty for nothing.
fn hexadecimal(octets: Option<&[u8]>) -> String {
    let octets = octets.unwrap_or_default();
    let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    pairs.join(":")
}

/// cfssl's names for signature algorithms.
fn algorithm(oid: &str) -> &'static str {
    match oid {
        "1.2.840.113549.1.1.2" => "MD2WithRSA",
        "1.2.840.113549.1.1.4" => "MD5WithRSA",
        "1.2.840.113549.1.1.5" => "SHA1WithRSA",
        "1.2.840.113549.1.1.11" => "SHA256WithRSA",
        "1.2.840.113549.1.1.12" => "SHA384WithRSA",
        "1.2.840.113549.1.1.13" => "SHA512WithRSA",
        "1.2.840.10040.4.3" => "DSAWithSHA1",
        "2.16.840.1.101.3.4.3.2" => "DSAWithSHA256",
        "1.2.840.10045.4.1" => "ECDSAWithSHA1",
        "1.2.840.10045.4.3.2" => "ECDSAWithSHA256",
        "1.2.840.10045.4.3.3" => "ECDSAWithSHA384",
        "1.2.840.10045.4.3.4" => "ECDSAWithSHA512",
        "1.3.101.112" => "Ed25519",
        _ => "Unknown Signature",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_then_addresses() {
        let names = ["IP:192.0.2.7", "email:a@b", "DNS:a.b", "URI:x:y", "DNS:c"];
        let names = names.map(str::to_owned);
        assert_eq!(sans(&names), ["a.b", "c", "192.0.2.7"]);
    }

    #[test]
    fn odd_serial_numbers_are_shown_as_they_are() {
        assert_eq!(serial_number(&[0, 0x80]), "128");
        assert_eq!(serial_number(&[0x80]), "80");
        assert_eq!(serial_number(&[1; 21]).len(), 21 * 3 - 1);
        assert_eq!(serial_number(&[]), "0");
    }

    #[test]
    fn an_empty_name_is_an_empty_object() {
        assert_eq!(name(&[0x30, 0], ""), "{}");
        assert_eq!(
            name(&[0xff], "odd <name>"),
            "{\n    \"names\": [\n      \"odd \\u003cname\\u003e\"\n    ]\n  }"
        );
    }
}
