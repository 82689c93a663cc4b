//! What cfssl finds wrong in a certificate request after its JSON was decoded.

use super::CfsslRefusal;
use crate::cfssl::entry::Entry;
use crate::cfssl::fields::Fields;
use crate::cfssl::go_duration::GoDuration;
use crate::cfssl::key_spec::CfsslKey;
use crate::cfssl::reader::Reader;
use crate::cfssl::{Reading, certificate_request, json, subject};
use crate::document::DocumentError;

/// What stops a CA of this request before its key is made.
pub(in crate::cfssl) fn authority(bytes: &[u8], common_name: Option<&str>) -> Option<CfsslRefusal> {
    let node = json::parse(bytes, Reading::Lenient).ok()?;
    let mut reader = Reader::new(Reading::Lenient);
    let root = Entry::root(match node.value {
        json::Value::Null => &certificate_request::EMPTY,
        _ => &node,
    });
    let top = reader.fields(&root, &certificate_request::SCHEMA).ok()?;
    check(&mut reader, &top, common_name).ok()?
}

fn check(
    reader: &mut Reader,
    top: &Fields<'_>,
    common_name: Option<&str>,
) -> Result<Option<CfsslRefusal>, DocumentError> {
    let mut lasts = true;
    if let Some(ca) = top.get("ca") {
        let ca = reader.fields(ca, &certificate_request::CA)?;
        for key in ["expiry", "backdate"] {
            let Some(text) = ca.placed(key)? else {
                continue;
            };
            match text.text.parse::<GoDuration>() {
                Err(error) => return Ok(Some(CfsslRefusal::bare(error.go_text()))),
                Ok(duration) => lasts &= key != "expiry" || duration != GoDuration::ZERO,
            }
        }
    }
    let named = match common_name {
        Some(name) => !name.is_empty(),
        None => top.placed("CN")?.is_some(),
    };
    if !named && !has_names(reader, top)? {
        let message = "missing subject information";
        return Ok(Some(CfsslRefusal::coded(5300, message)));
    }
    let without_end = CfsslRefusal::policy("Invalid or unknown policy");
    Ok((!lasts).then_some(without_end))
}

/// Whether there are names, and each says something.
pub(in crate::cfssl) fn has_names(
    reader: &mut Reader,
    top: &Fields<'_>,
) -> Result<bool, DocumentError> {
    let names = top.get("names").map(Entry::elements).transpose()?;
    let names = names.unwrap_or_default();
    for name in &names {
        if name.is_null() {
            return Ok(false);
        }
        let fields = reader.fields(name, &subject::NAME)?;
        let mut says = false;
        for key in ["C", "ST", "L", "O", "OU"] {
            says |= fields
                .placed(key)?
                .is_some_and(|value| !value.text.trim().is_empty());
        }
        if !says {
            return Ok(false);
        }
    }
    Ok(!names.is_empty())
}

/// What stops the making of a key.
pub(in crate::cfssl) fn key(key: &CfsslKey) -> Option<CfsslRefusal> {
    let message = match (key.algo(), key.size()) {
        ("rsa", ..2048) => "RSA key is too weak",
        ("rsa", 8193..) => "RSA key size too large",
        ("rsa", _) | ("ecdsa", 256 | 384 | 521) | ("ed25519", _) => return None,
        ("ecdsa", _) => "invalid curve",
        _ => "invalid algorithm",
    };
    Some(CfsslRefusal::coded(2400, message))
}
