//! Keys, public and private.

use serde_json::{Value, json};

use crate::common::describe::pem::Block;
use crate::common::describe::{der, private_key, public_key};

/// The kind of key in a SubjectPublicKeyInfo, by its content.
pub(super) fn describe_public(content: &[u8]) -> Value {
    kind(&der::element(0x30, &[content]))
}

/// A private key with its form. Encrypted ones are not told apart further.
pub(super) fn describe_private(block: &Block) -> Result<Value, String> {
    let structure = structure(block).unwrap_or_else(|_| "undecodable".to_owned());
    // ed25519 keys of cfssl are PKCS#8 under a label of its own.
    let public = if block.label == "Ed25519 PRIVATE KEY" {
        private_key::pkcs8(&block.der)
    } else {
        private_key::public_half(block)
    };
    let key = match public {
        Ok(spki) => kind(&spki),
        Err(error) => json!({"type": "unloadable", "error": error}),
    };
    Ok(json!({
        "kind": "private key",
        "pem_label": block.label,
        "structure": structure,
        "key": key,
    }))
}

fn kind(spki: &[u8]) -> Value {
    let described = match public_key::describe(spki) {
        Ok(described) => described,
        Err(error) => return json!({"type": "unloadable", "error": error}),
    };
    match described["type"].as_str() {
        Some("RSA") => {
            json!({"type": "rsa", "bits": described["bits"], "e": described["exponent"]})
        }
        Some("EC") => json!({"type": "ec", "curve": described["curve"]}),
        Some("Ed25519") => json!({"type": "ed25519"}),
        _ => described,
    }
}

fn structure(block: &Block) -> Result<String, String> {
    let fields = der::children(der::content(&block.der)?)?;
    Ok(match block.label.as_str() {
        "RSA PRIVATE KEY" => "PKCS#1 RSAPrivateKey".to_owned(),
        "EC PRIVATE KEY" => {
            // RFC 5915: the curve is [0], the public key [1].
            let has = |number| fields.iter().skip(2).any(|field| field.tag().0 == number);
            let curve = if has(0) { "" } else { " (no parameters)" };
            let public = if has(1) { "" } else { " (no public key)" };
            format!("SEC1 ECPrivateKey{curve}{public}")
        }
        _ => {
            let version = fields.first().and_then(|version| version.data.first());
            format!("PKCS#8 v{}", version.ok_or("no version")?)
        }
    })
}
