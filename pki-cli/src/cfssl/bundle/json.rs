//! The JSON of `bundle`: cfssl's keys in cfssl's order, on one line without an end.

use pki_core::{Certificate, KeyKind};
use zeroize::Zeroizing;

use super::chain::Chain;
use super::name::slashed;
use super::status::Status;
use crate::cfssl::Output;
use crate::cfssl::output::{json_string, push_json};
use crate::cfssl::signature_name::signature_name;

/// `key` is the private key's PEM text.
pub(super) fn output(
    chain: &Chain<'_>,
    status: &Status,
    key: Option<&Zeroizing<String>>,
) -> Output {
    let leaf = chain.leaf;
    let sent = chain.sent();
    let ocsp = leaf.ocsp_servers();
    let before = object(&[
        ("bundle", pem(sent)),
        (
            "crl_support",
            (!leaf.crl_distribution_points().is_empty()).to_string(),
        ),
        ("crt", pem(&[leaf])),
        ("expires", json_string(&ends(sent, leaf))),
        ("hostnames", list(&hostnames(leaf))),
        (
            "issuer",
            json_string(&slashed(leaf.issuer_der(), leaf.issuer())),
        ),
    ]);
    let (size, kind) = key_kind(leaf);
    let after = object(&[
        ("key_size", size.to_string()),
        ("key_type", json_string(&kind)),
        (
            "leaf_expires",
            json_string(&leaf.validity().not_after().to_string()),
        ),
        ("ocsp", list_or_null(&ocsp)),
        ("ocsp_support", (!ocsp.is_empty()).to_string()),
        ("root", pem(chain.root.as_slice())),
        (
            "signature",
            json_string(signature_name(leaf.signature_algorithm())),
        ),
        ("status", status_json(status, chain.root.is_some())),
        (
            "subject",
            json_string(&slashed(leaf.subject_der(), leaf.subject())),
        ),
    ]);
    let key = key.map_or("", |key| key.trim_end());
    // Never moved while it is filled: a buffer that grows would leave copies of a key behind.
    let mut text = Zeroizing::new(String::with_capacity(
        before.len() + after.len() + 6 * key.len() + 16,
    ));
    text.push('{');
    text.push_str(&before);
    text.push_str(",\"key\":");
    push_json(&mut text, key);
    text.push(',');
    text.push_str(&after);
    text.push('}');
    Output::text(text.as_bytes())
}

/// Members without their braces.
fn object(members: &[(&str, String)]) -> String {
    let members = members.iter();
    let members: Vec<String> = members.map(|(k, v)| format!("\"{k}\":{v}")).collect();
    members.join(",")
}

fn pem(certificates: &[&Certificate]) -> String {
    let text: String = certificates.iter().map(|c| c.to_pem()).collect();
    json_string(text.trim_end())
}

/// The earliest end in the chain.
fn ends(sent: &[&Certificate], leaf: &Certificate) -> String {
    let ends = sent.iter().map(|c| c.validity().not_after()).min();
    ends.unwrap_or_else(|| leaf.validity().not_after())
        .to_string()
}

/// The common name and the DNS names, each once. cfssl prints them in any order.
fn hostnames(leaf: &Certificate) -> Vec<String> {
    let common_name = leaf.common_name().filter(|name| !name.is_empty());
    let names = leaf.subject_alt_names().iter();
    let mut all: Vec<String> = Vec::new();
    for name in common_name
        .into_iter()
        .chain(names.filter_map(|name| name.strip_prefix("DNS:")))
    {
        if !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    }
    all
}

/// The size as cfssl counts it: bits, but octets for Ed25519.
fn key_kind(leaf: &Certificate) -> (usize, String) {
    let ecdsa = |bits| (bits, format!("{bits}-bit ECDSA"));
    match leaf.public_key().map(|key| key.kind()) {
        Ok(KeyKind::Rsa { bits }) => (bits, format!("{bits}-bit RSA")),
        Ok(KeyKind::P256) => ecdsa(256),
        Ok(KeyKind::P384) => ecdsa(384),
        Ok(KeyKind::P521) => ecdsa(521),
        Ok(KeyKind::Ed25519) => (32, "Ed25519".to_owned()),
        _ => (0, "Unknown".to_owned()),
    }
}

fn status_json(status: &Status, has_root: bool) -> String {
    let untrusted = if has_root { "[]" } else { "null" };
    let members = object(&[
        ("rebundled", status.rebundled.to_string()),
        ("expiring_SKIs", list_or_null(&status.expiring)),
        ("untrusted_root_stores", untrusted.to_owned()),
        ("messages", list_or_null(&status.messages)),
        ("code", status.code.to_string()),
    ]);
    format!("{{{members}}}")
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| json_string(text)).collect();
    format!("[{}]", texts.join(","))
}

/// Go writes a list that nobody filled as null.
fn list_or_null(texts: &[String]) -> String {
    match texts {
        [] => "null".to_owned(),
        texts => list(texts),
    }
}
