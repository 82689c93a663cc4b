//! The JSON of `certinfo -csr`. cfssl prints Go's own structure with base64 of everything; this is
//! what people look for, in the keys of `certinfo -cert`.

use pki_core::{BasicConstraints, CertificateSigningRequest, GeneralName};

use super::name::{list, name, sans};
use crate::cfssl::output::json_string;

/// With the alternative names that it asks for.
pub(super) fn json(request: &CertificateSigningRequest, names: &[GeneralName]) -> String {
    let mut members = Vec::new();
    let mut member = |key: &str, value: String| members.push(format!("  \"{key}\": {value}"));
    member("subject", name(request.subject_der(), request.subject()));
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut shown = sans(&names);
    // cfssl leaves out the kinds that certinfo -cert leaves out; they are asked for all the same.
    let plain = |name: &String| name.starts_with("DNS:") || name.starts_with("IP:");
    shown.extend(names.iter().filter(|name| !plain(name)).cloned());
    if !shown.is_empty() {
        member("sans", list(&shown, "  "));
    }
    member("key", json_string(&request.public_key().kind().to_string()));
    if let Some(constraints) = request.basic_constraints() {
        let is_ca = matches!(constraints, BasicConstraints::CertificateAuthority { .. });
        member("is_ca", is_ca.to_string());
    }
    let extensions: Vec<String> = request.extensions().iter().map(|e| e.oid()).collect();
    if !extensions.is_empty() {
        member("extensions", list(&extensions, "  "));
    }
    member("pem", json_string(&request.to_pem()));
    format!("{{\n{}\n}}\n", members.join(",\n"))
}
