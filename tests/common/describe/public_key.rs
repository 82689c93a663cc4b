//! What kind of public key a SubjectPublicKeyInfo holds.

use serde_json::{Value, json};
use x509_parser::asn1_rs::Tag;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{der, oid};

/// Describes a SubjectPublicKeyInfo in DER.
pub(crate) fn describe(spki: &[u8]) -> Result<Value, String> {
    let (_, spki) = SubjectPublicKeyInfo::from_der(spki).map_err(|error| error.to_string())?;
    let bits: &[u8] = &spki.subject_public_key.data;
    Ok(match algorithm(&spki).as_str() {
        "rsaEncryption" => {
            let numbers = der::children(der::content(bits)?)?;
            let [modulus, exponent] = numbers.as_slice() else {
                return Err("an RSA key is two numbers".to_owned());
            };
            let modulus = der::significant(modulus.data);
            let unused = modulus
                .first()
                .map_or(0, |byte| byte.leading_zeros() as usize);
            let exponent = exponent
                .data
                .iter()
                .fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
            json!({"type": "RSA", "bits": modulus.len() * 8 - unused, "exponent": exponent})
        }
        "ecPublicKey" => {
            let point = match bits.first() {
                Some(4) => "uncompressed",
                Some(2 | 3) => "compressed",
                _ => "?",
            };
            json!({"type": "EC", "curve": curve(&spki), "point": point})
        }
        other => json!({"type": other}),
    })
}

pub(super) fn algorithm(spki: &SubjectPublicKeyInfo<'_>) -> String {
    oid::name(&spki.algorithm.algorithm.to_id_string()).to_owned()
}

pub(super) fn curve(spki: &SubjectPublicKeyInfo<'_>) -> String {
    match &spki.algorithm.parameters {
        Some(named) if named.tag() == Tag::Oid => oid::name(&der::dotted(named.data)).to_owned(),
        _ => "explicit".to_owned(),
    }
}
