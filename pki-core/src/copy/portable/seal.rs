//! The line behind the header: who vouches for it.
//!
//! age does not tell who encrypted a file: everybody knows a recipient. The CA's key does, for
//! who has it has the cluster. What it signs here begins with the name of this format and can
//! not be taken for a certificate, which begins with 0x30.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::PortableError;
use crate::hexadecimal;
use crate::key::backend::sha256;
use crate::key::{KeyPair, SignatureAlgorithm, SigningKey, SubjectPublicKeyInfo, verify_signature};

/// The signature of the cluster's CA, or none where its key is not in the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seal {
    Signed(Vec<u8>),
    Unsigned,
}

const SIGNED: &str = "signed ";
const UNSIGNED: &str = "unsigned ";

impl Seal {
    pub(super) fn sign(signed: &[u8], key: &KeyPair) -> Result<Self, PortableError> {
        let algorithm = SignatureAlgorithm::kubeadm(key.public_key().kind());
        let signature = key.sign(algorithm, signed);
        let seal = Self::Signed(signature.map_err(|_| PortableError::Signing)?);
        // No bundle is made that nobody could verify.
        match seal.verify(signed, key.public_key()) {
            Ok(()) => Ok(seal),
            Err(_) => Err(PortableError::Signing),
        }
    }

    /// Whether it is the signature of this key; nothing is wrong with none.
    pub(super) fn verify(
        &self,
        signed: &[u8],
        key: &SubjectPublicKeyInfo,
    ) -> Result<(), PortableError> {
        let Self::Signed(signature) = self else {
            return Ok(());
        };
        let algorithm = SignatureAlgorithm::kubeadm(key.kind()).oid().to_string();
        match verify_signature(key, &algorithm, signed, signature) {
            true => Ok(()),
            false => Err(PortableError::Signature),
        }
    }

    /// Without a signature a digest keeps accidents out, if nobody's intent.
    pub(super) fn to_line(&self, signed: &[u8]) -> String {
        match self {
            Self::Signed(signature) => format!("{SIGNED}{}", BASE64_STANDARD.encode(signature)),
            Self::Unsigned => format!("{UNSIGNED}{}", hexadecimal::lower(&sha256(signed))),
        }
    }

    /// Reads the line, without its end.
    pub(super) fn parse(line: &[u8], signed: &[u8]) -> Result<Self, PortableError> {
        let broken = |why| PortableError::Header { why };
        let text = std::str::from_utf8(line).unwrap_or_default();
        if let Some(signature) = text.strip_prefix(SIGNED) {
            let signature = BASE64_STANDARD.decode(signature);
            return signature
                .map(Self::Signed)
                .map_err(|_| broken("the line of its signature is broken"));
        }
        match line == Self::Unsigned.to_line(signed).as_bytes() {
            true => Ok(Self::Unsigned),
            false if text.starts_with(UNSIGNED) => Err(broken("it was changed")),
            false => Err(broken("no line says whether it is signed")),
        }
    }
}
