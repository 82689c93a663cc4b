//! Distinguished names with their string types.

use serde_json::{Value, json};
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::x509::X509Name;

use super::oid;

/// The attributes of each relative distinguished name with their string types.
pub(super) fn describe(name: &X509Name<'_>) -> Value {
    let names = name.iter().map(|attributes| {
        let attributes = attributes.iter().map(|attribute| {
            let oid = attribute.attr_type().to_id_string();
            let value = attribute.attr_value();
            json!({
                "type": oid::name(&oid),
                "value": attribute_text(value),
                "string_type": string_type(value.tag()),
            })
        });
        attributes.collect::<Value>()
    });
    names.collect()
}

/// A name in one line, in the order of the certificate.
pub(super) fn in_one_line(name: &X509Name<'_>) -> String {
    let names = name.iter().map(|attributes| {
        let attributes = attributes.iter().map(|attribute| {
            let oid = attribute.attr_type().to_id_string();
            format!(
                "{}={}",
                oid::name(&oid),
                attribute_text(attribute.attr_value())
            )
        });
        attributes.collect::<Vec<_>>().join("+")
    });
    names.collect::<Vec<_>>().join(",")
}

pub(crate) fn attribute_text(value: &Any<'_>) -> String {
    if value.tag() != Tag::BmpString {
        return String::from_utf8_lossy(value.data).into_owned();
    }
    let units = value
        .data
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |n, b| n << 8 | u16::from(*b)));
    String::from_utf16_lossy(&units.collect::<Vec<_>>())
}

pub(crate) fn string_type(tag: Tag) -> String {
    let name = match tag {
        Tag::Utf8String => "UTF8String",
        Tag::NumericString => "NumericString",
        Tag::PrintableString => "PrintableString",
        Tag::T61String => "T61String",
        Tag::Ia5String => "IA5String",
        Tag::VisibleString => "VisibleString",
        Tag::UniversalString => "UniversalString",
        Tag::BmpString => "BMPString",
        Tag(other) => return format!("tag{other}"),
    };
    name.to_owned()
}
