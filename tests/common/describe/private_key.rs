//! The public half of a private key, as a SubjectPublicKeyInfo. Where ring
//! knows the kind of key, the private half is checked against it.

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RsaKeyPair,
};

use super::pem::Block;
use super::{der, oid};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The SubjectPublicKeyInfo, in DER, of the key in a PEM block.
pub(crate) fn public_half(block: &Block) -> Result<Vec<u8>, String> {
    if block.is_encrypted() {
        return Err("encrypted".to_owned());
    }
    match block.label.as_str() {
        "RSA PRIVATE KEY" => rsa(&block.der),
        "EC PRIVATE KEY" => ec(&block.der, None),
        "PRIVATE KEY" => pkcs8(&block.der),
        other => Err(format!("unknown label {other:?}")),
    }
}

/// The same of a PKCS#8 key in DER.
pub(crate) fn pkcs8(key: &[u8]) -> Result<Vec<u8>, String> {
    let fields = der::children(der::content(key)?)?;
    let [_version, algorithm, private, ..] = fields.as_slice() else {
        return Err("not PKCS#8".to_owned());
    };
    let identifier = der::children(algorithm.data)?;
    let parameters = identifier.get(1).map(|parameters| parameters.data);
    let name = identifier
        .first()
        .map(|algorithm| der::dotted(algorithm.data));
    match oid::name(&name.unwrap_or_default()) {
        "rsaEncryption" => rsa(private.data),
        "ecPublicKey" => ec(private.data, parameters),
        "Ed25519" => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key);
            let pair = pair.map_err(|error| error.to_string())?;
            let algorithm = der::element(SEQUENCE, &[&oid_element(ED25519)]);
            Ok(spki(&algorithm, pair.public_key().as_ref()))
        }
        other => Err(format!("unknown algorithm {other}")),
    }
}

/// RFC 8017, A.1.2: version, modulus, public exponent, and the private numbers.
fn rsa(key: &[u8]) -> Result<Vec<u8>, String> {
    let numbers = der::children(der::content(key)?)?;
    let [_version, modulus, exponent, ..] = numbers.as_slice() else {
        return Err("not PKCS#1".to_owned());
    };
    // ring takes no other sizes.
    if (256..=512).contains(&der::significant(modulus.data).len()) {
        RsaKeyPair::from_der(key).map_err(|error| error.to_string())?;
    }
    let (modulus, exponent) = (
        der::element(INTEGER, &[modulus.data]),
        der::element(INTEGER, &[exponent.data]),
    );
    let algorithm = der::element(SEQUENCE, &[&oid_element(RSA_ENCRYPTION), b"\x05\x00"]);
    Ok(spki(
        &algorithm,
        &der::element(SEQUENCE, &[&modulus, &exponent]),
    ))
}

/// RFC 5915: version, private key, curve [0], public key [1]. Within PKCS#8 the
/// curve stands outside.
fn ec(key: &[u8], curve: Option<&[u8]>) -> Result<Vec<u8>, String> {
    let fields = der::children(der::content(key)?)?;
    let private = fields.get(1).ok_or("not SEC1")?.data;
    let tagged = |number| {
        let mut fields = fields.iter().skip(2);
        let field = fields.find(|field| field.tag().0 == number);
        field.map(|field| der::content(field.data)).transpose()
    };
    let curve = curve.or(tagged(0)?).ok_or("the key names no curve")?;
    let public = tagged(1)?
        .and_then(|bits| bits.get(1..))
        .ok_or("the public key is left out")?;
    let algorithm = match oid::name(&der::dotted(curve)) {
        "P-256" => Some(&ECDSA_P256_SHA256_ASN1_SIGNING),
        "P-384" => Some(&ECDSA_P384_SHA384_ASN1_SIGNING),
        _ => None,
    };
    if let Some(algorithm) = algorithm {
        let random = SystemRandom::new();
        EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &random)
            .map_err(|error| error.to_string())?;
    }
    let algorithm = [oid_element(EC_PUBLIC_KEY), oid_element(curve)].concat();
    Ok(spki(&der::element(SEQUENCE, &[&algorithm]), public))
}

fn spki(algorithm: &[u8], public_key: &[u8]) -> Vec<u8> {
    let bits = der::element(BIT_STRING, &[b"\x00", public_key]);
    der::element(SEQUENCE, &[algorithm, &bits])
}

fn oid_element(content: &[u8]) -> Vec<u8> {
    der::element(OBJECT_IDENTIFIER, &[content])
}

const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const ED25519: &[u8] = b"\x2b\x65\x70";
