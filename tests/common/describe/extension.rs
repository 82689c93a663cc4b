//! The values of certificate extensions.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use super::{der, name, oid};

/// Describes the value of the extension called `name`, except for the two key
/// identifiers, which mean nothing without the certificates.
pub(crate) fn describe(name: &str, value: &[u8]) -> Result<Value, String> {
    Ok(match name {
        "keyUsage" => {
            let (unused, bits) = der::content(value)?
                .split_first()
                .ok_or("an empty BIT STRING")?;
            let set = (0..(bits.len() * 8).saturating_sub(usize::from(*unused)))
                .filter(|bit| bits[bit / 8] & (0x80 >> (bit % 8)) != 0);
            let usages: Vec<_> = set.map(key_usage).collect();
            json!({"usages": usages, "der": der::hex(value)})
        }
        "extendedKeyUsage" => {
            let purposes = der::children(der::content(value)?)?;
            let purposes = purposes
                .iter()
                .map(|one| oid::name(&der::dotted(one.data)).to_owned());
            json!(purposes.collect::<Vec<_>>())
        }
        "basicConstraints" => {
            let fields = basic_constraints(value)?;
            json!({"ca": fields.0, "pathlen": fields.1, "der": der::hex(value)})
        }
        "subjectAltName" | "issuerAltName" => json!(general_names(value)?),
        _ => json!({"sha256": der::hex(&der::sha256(value))}),
    })
}

/// Whether it is a CA, and how many CAs may follow.
pub(crate) fn basic_constraints(value: &[u8]) -> Result<(bool, Option<u64>), String> {
    let (mut ca, mut path_len) = (false, None);
    for field in der::children(der::content(value)?)? {
        if field.tag() == Tag::Boolean {
            ca = field.data != [0];
        } else if field.tag() == Tag::Integer {
            path_len = Some(
                field
                    .data
                    .iter()
                    .fold(0, |n, byte| n << 8 | u64::from(*byte)),
            );
        }
    }
    Ok((ca, path_len))
}

/// The key identifier of an authorityKeyIdentifier, and whether it names the
/// issuer's issuer and serial number too.
pub(super) fn authority_key_identifier(value: &[u8]) -> Result<(Option<&[u8]>, bool), String> {
    let (mut key_id, mut issuer_and_serial) = (None, false);
    for field in der::children(der::content(value)?)? {
        if field.tag().0 == 0 {
            key_id = Some(field.data);
        } else {
            issuer_and_serial = true;
        }
    }
    Ok((key_id, issuer_and_serial))
}

fn key_usage(bit: usize) -> String {
    const USAGES: [&str; 9] = [
        "digitalSignature",
        "contentCommitment",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];
    USAGES
        .get(bit)
        .map_or_else(|| format!("bit{bit}"), |usage| (*usage).to_owned())
}

fn general_names(value: &[u8]) -> Result<Vec<String>, String> {
    let names = der::children(der::content(value)?)?;
    names.iter().map(general_name).collect()
}

/// A GeneralName as its kind and its value.
pub(crate) fn general_name(general: &Any<'_>) -> Result<String, String> {
    let text = String::from_utf8_lossy(general.data);
    Ok(match general.tag().0 {
        1 => format!("email:{text}"),
        2 => format!("DNS:{text}"),
        4 => {
            let (_, directory) = X509Name::from_der(general.data).map_err(|e| e.to_string())?;
            format!("dirName:{}", name::in_one_line(&directory))
        }
        6 => format!("URI:{text}"),
        7 => format!("IP:{}", address(general.data)),
        other => format!("other-name-tag-{other}"),
    })
}

fn address(octets: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        Ipv4Addr::from(octets).to_string()
    } else if let Ok(octets) = <[u8; 16]>::try_from(octets) {
        Ipv6Addr::from(octets).to_string()
    } else {
        format!("invalid-length-{}", octets.len())
    }
}
