//! Describes what cfssl prints and cfssljson writes (certificates, requests,
//! revocation lists and keys) without anything random, in the terms of the
//! recorded descriptions in `fixtures/cfssl`.
//!
//! The DER is walked element by element, because some of what is described is
//! not a valid certificate, and a difference there must be seen too.

mod certificate;
mod extension;
mod key;
mod name;
mod request;
mod revocation_list;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::common::describe::{der, oid, pem};

pub(crate) use name::without_repeated;

/// Describes the output of a command or a file; nothing if it is neither PEM,
/// nor JSON with PEM in it, nor a revocation list in DER or base64. `issuer` is the
/// certificate, in DER, that issuer names and key identifiers are compared with.
pub(crate) fn describe(bytes: &[u8], issuer: Option<&[u8]>) -> Option<Value> {
    let described = if bytes.trim_ascii_start().starts_with(b"{") {
        describe_json(bytes, issuer)?
    } else if pem::find(bytes, b"-----BEGIN", 0).is_some() || is_base64_line(bytes) {
        describe_text(bytes, issuer)
    } else if bytes.starts_with(&[0x30, 0x82]) {
        revocation_list::describe(bytes, issuer)
    } else {
        return None;
    };
    Some(described.unwrap_or_else(|error| json!({"undescribable": error})))
}

/// The first PEM block of a file, in DER.
pub(crate) fn first_block(text: &[u8]) -> Option<Vec<u8>> {
    Some(pem::blocks(text).into_iter().next()?.der)
}

/// `{"cert": ..., "csr": ..., "key": ...}`, alone or as the result in a reply.
fn describe_json(bytes: &[u8], issuer: Option<&[u8]>) -> Option<Result<Value, String>> {
    let document: Value = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(error) => return Some(Err(error.to_string())),
    };
    let object = match document.get("result").and_then(Value::as_object) {
        Some(result) => result,
        None => document.as_object()?,
    };
    let has_pem = |value: &Value| value.as_str().is_some_and(|s| s.contains("-----BEGIN"));
    // What `certinfo` prints has the certificate in it as well.
    if object.contains_key("serial_number") || !object.values().any(has_pem) {
        return None;
    }
    Some(describe_members(object, issuer))
}

fn describe_members(object: &Map<String, Value>, issuer: Option<&[u8]>) -> Result<Value, String> {
    let mut description = Map::new();
    let names: Vec<&String> = object.keys().collect();
    description.insert("json_keys".to_owned(), json!(names));
    for (name, value) in object {
        let Some(text) = value.as_str().filter(|text| text.contains("-----BEGIN")) else {
            continue;
        };
        let mut described = describe_text(text.as_bytes(), issuer)?;
        described["pem_ends_with_one_newline"] = json!(text.ends_with("-----\n"));
        description.insert(name.clone(), described);
    }
    Ok(Value::Object(description))
}

fn describe_text(text: &[u8], issuer: Option<&[u8]>) -> Result<Value, String> {
    let blocks = pem::blocks(text);
    let Some(block) = blocks.first() else {
        let der = STANDARD.decode(text.trim_ascii());
        return revocation_list::describe(&der.map_err(|error| error.to_string())?, issuer);
    };
    if block.label.contains("PRIVATE KEY") {
        return key::describe_private(block);
    }
    if block.label.contains("REQUEST") {
        return request::describe(&block.der);
    }
    match block.label.as_str() {
        "CERTIFICATE" => {
            let mut described = certificate::describe(&block.der, issuer)?;
            if blocks.len() > 1 {
                described["pem_blocks"] = json!(blocks.len());
            }
            Ok(described)
        }
        "X509 CRL" => revocation_list::describe(&block.der, issuer),
        other => Ok(json!({"kind": "pem", "label": other})),
    }
}

/// One long line of base64, as `gencrl` prints.
fn is_base64_line(bytes: &[u8]) -> bool {
    let line = bytes.strip_suffix(b"\n").unwrap_or_default();
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    line.len() >= 100 && line.iter().all(base64)
}

/// An AlgorithmIdentifier by its content.
fn algorithm(content: &[u8]) -> Result<Value, String> {
    let fields = der::children(content)?;
    let identifier = fields.first().ok_or("an algorithm without identifier")?;
    let parameters = match fields.get(1) {
        None => "absent",
        Some(any) if any.tag().0 == 5 => "NULL",
        Some(_) => "present",
    };
    Ok(json!({"alg": oid::name(&der::dotted(identifier.data)), "params": parameters}))
}
