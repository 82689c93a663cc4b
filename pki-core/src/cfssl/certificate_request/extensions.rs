//! The `extensions` of a certificate request.

use der::asn1::ObjectIdentifier;

use crate::cfssl::entry::Entry;
use crate::cfssl::reader::Reader;
use crate::cfssl::schema::{GoType, Schema};
use crate::document::DocumentError;
use crate::extension::Extension;

pub(in crate::cfssl) const SCHEMA: Schema = Schema {
    go_name: "pkix.Extension",
    keys: &[
        (
            "Id",
            GoType::Named("asn1.ObjectIdentifier", &GoType::List(&GoType::Int)),
        ),
        ("Critical", GoType::Bool),
        ("Value", GoType::Bytes),
    ],
    accidents: &[],
    explain: |_| None,
};

pub(super) fn read(
    reader: &mut Reader,
    entry: &Entry<'_>,
) -> Result<Vec<Extension>, DocumentError> {
    let mut extensions = Vec::new();
    for element in entry.elements()? {
        let fields = reader.fields(&element, &SCHEMA)?;
        let id = fields
            .get("Id")
            .ok_or_else(|| element.refuse("an extension without 'Id'"))?;
        let arcs: Vec<_> = id
            .elements()?
            .iter()
            .map(Entry::integer)
            .collect::<Result<_, _>>()?;
        let dotted = arcs
            .iter()
            .map(i64::to_string)
            .collect::<Vec<_>>()
            .join(".");
        let oid = ObjectIdentifier::new(&dotted)
            .map_err(|_| id.refuse("these numbers are not an object identifier"))?;
        let value = match fields.get("Value") {
            Some(value) => from_base64(&value.text()?)
                .ok_or_else(|| value.refuse("expected base64 of the DER value"))?,
            None => Vec::new(),
        };
        extensions.push(Extension {
            oid,
            critical: fields.boolean("Critical")?,
            value,
        });
    }
    Ok(extensions)
}

/// The standard alphabet with padding (RFC 4648 section 4), line ends skipped
/// as Go skips them.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text: Vec<u8> = text
        .bytes()
        .filter(|b| !matches!(b, b'\r' | b'\n'))
        .collect();
    let padding = text.iter().rev().take_while(|b| **b == b'=').count();
    let digits = text.get(..text.len() - padding)?;
    if padding > 2 || !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let mut bits: u32 = 0;
        for digit in group {
            let value = ALPHABET.iter().position(|known| known == digit)?;
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        let missing = 4 - group.len();
        bits <<= 6 * missing;
        bytes.extend(bits.to_be_bytes().into_iter().skip(1).take(3 - missing));
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_base64() {
        for (text, bytes) in [
            ("", Some(&b""[..])),
            ("BQA=", Some(&[5, 0][..])),
            ("Zg==", Some(b"f")),
            ("Zm9v\nYmFy", Some(b"foobar")),
            ("Zg=", None),
            ("Z===", None),
            ("Zm9!", None),
        ] {
            assert_eq!(from_base64(text).as_deref(), bytes, "{text}");
        }
    }
}
