//! The JSON of `certinfo`: cfssl's keys in cfssl's order, indented by two.

use pki_core::Certificate;
use pki_core::hexadecimal::with_colons;

use super::name::{list, name, sans};
use crate::cfssl::output::json_string;
use crate::cfssl::signature_name::signature_name;

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
        json_string(&certificate.serial_number_text()),
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
        json_string(signature_name(certificate.signature_algorithm())),
    );
    member(
        "authority_key_id",
        json_string(&identifier(certificate.authority_key_identifier())),
    );
    member(
        "subject_key_id",
        json_string(&identifier(certificate.subject_key_identifier())),
    );
    member("pem", json_string(&certificate.to_pem()));
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

/// Empty for nothing.
fn identifier(octets: Option<&[u8]>) -> String {
    with_colons(octets.unwrap_or_default())
}
