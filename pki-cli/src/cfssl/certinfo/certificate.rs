//! The JSON of `certinfo`: cfssl's keys in cfssl's order, indented by two.

use pki_core::{Certificate, SerialNumber};

use super::name::{list, name, sans};
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
    fn odd_serial_numbers_are_shown_as_they_are() {
        assert_eq!(serial_number(&[0, 0x80]), "128");
        assert_eq!(serial_number(&[0x80]), "80");
        assert_eq!(serial_number(&[1; 21]).len(), 21 * 3 - 1);
        assert_eq!(serial_number(&[]), "0");
    }
}
