//! The little DER that x509-parser does not offer: the elements of a value one
//! by one, and writing an element.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use x509_parser::asn1_rs::{Any, FromDer, Oid};

/// The content of the one element that `bytes` are.
pub(crate) fn content(bytes: &[u8]) -> Result<&[u8], String> {
    match children(bytes)?.as_slice() {
        [only] => Ok(only.data),
        _ => Err("not one DER element".to_owned()),
    }
}

/// The elements that `bytes` consist of.
pub(crate) fn children(mut bytes: &[u8]) -> Result<Vec<Any<'_>>, String> {
    let mut elements = Vec::new();
    while !bytes.is_empty() {
        let (rest, element) = Any::from_der(bytes).map_err(|error| error.to_string())?;
        elements.push(element);
        bytes = rest;
    }
    Ok(elements)
}

/// An object identifier's content in dots.
pub(crate) fn dotted(content: &[u8]) -> String {
    Oid::new(content.into()).to_id_string()
}

/// The bytes of an unsigned INTEGER without the leading zeros.
pub(crate) fn significant(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    &integer[zeros..]
}

/// Writes an element.
pub(crate) fn element(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let mut written = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ ..0x80) => written.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let length = significant(&length);
            written.push(0x80 | u8::try_from(length.len()).expect("at most eight octets"));
            written.extend_from_slice(length);
        }
    }
    written.extend(content);
    written
}

pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
