//! The `key` of a certificate request.

use super::entry::{Entry, Placed};
use super::reader::Reader;
use super::refusal::{self, CfsslRefusal};
use super::schema::{GoType, Schema};
use crate::document::DocumentError;
use crate::key::KeyAlgorithm;
use crate::name::Quoted;

/// The algorithm and size as the document names them; what is missing is
/// taken from cfssl's default, `{"algo":"ecdsa","size":256}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfsslKey {
    algo: Placed,
    size: i64,
    size_given: bool,
}

pub(super) const SCHEMA: Schema = Schema {
    go_name: "csr.KeyRequest",
    keys: &[("algo", GoType::Text), ("size", GoType::Int)],
    accidents: &[],
    explain: |key| match key {
        "type" | "algorithm" | "kty" | "name" => {
            Some(("the key that names the algorithm has another name", "algo"))
        }
        "bits" | "length" | "curve" => Some(("the size has another name", "size")),
        _ => None,
    },
};

impl CfsslKey {
    pub(super) fn default_key() -> Self {
        let algo = Placed {
            text: "ecdsa".into(),
            position: None,
            path: "key".into(),
        };
        Self {
            algo,
            size: 256,
            size_given: false,
        }
    }

    pub(super) fn read(reader: &mut Reader, entry: &Entry<'_>) -> Result<Self, DocumentError> {
        let fields = reader.fields(entry, &SCHEMA)?;
        let at = |text: String| {
            let error = entry.refuse("");
            Placed {
                text,
                position: error.position,
                path: error.path,
            }
        };
        let size = fields.get("size").map(Entry::integer).transpose()?;
        Ok(Self {
            algo: match fields.get("algo") {
                Some(algo) => algo.placed()?,
                None => at("ecdsa".into()),
            },
            size: size.unwrap_or(256),
            size_given: size.is_some(),
        })
    }

    /// The name of the algorithm: `rsa`, `ecdsa` or `ed25519`.
    #[must_use]
    pub fn algo(&self) -> &str {
        &self.algo.text
    }

    /// The size in bits, which `ed25519` ignores.
    #[must_use]
    pub fn size(&self) -> i64 {
        self.size
    }

    /// What cfssl prints when it is to make this key, if it cannot.
    #[must_use]
    pub fn refusal_of_cfssl(&self) -> Option<CfsslRefusal> {
        refusal::key(self)
    }

    /// The algorithm, if kpki makes such keys.
    ///
    /// # Errors
    /// [`DocumentError`] that names what is possible instead.
    pub fn algorithm(&self) -> Result<KeyAlgorithm, DocumentError> {
        const ALL: &str = "rsa 2048, 3072, 4096 or 8192, ecdsa 256, 384 or 521, ed25519";
        let (algo, size) = (self.algo(), self.size);
        let refuse = |message: String| self.algo.refuse(message);
        match (algo, size) {
            ("rsa", _) if !self.size_given => Err(refuse(
                "an rsa key needs a size: cfssl would take 256, the default of ecdsa, and fail"
                    .into(),
            )
            .suggesting("\"size\": 2048")),
            ("rsa", 2048) => Ok(KeyAlgorithm::Rsa2048),
            ("rsa", 3072) => Ok(KeyAlgorithm::Rsa3072),
            ("rsa", 4096) => Ok(KeyAlgorithm::Rsa4096),
            ("rsa", 8192) => Ok(KeyAlgorithm::Rsa8192),
            ("ecdsa", 256) => Ok(KeyAlgorithm::EcdsaP256),
            ("ecdsa", 384) => Ok(KeyAlgorithm::EcdsaP384),
            ("ecdsa", 521) => Ok(KeyAlgorithm::EcdsaP521),
            ("ed25519", _) => Ok(KeyAlgorithm::Ed25519),
            ("rsa", ..2048) => {
                Err(refuse(format!("rsa with {size} bits is too weak"))
                    .suggesting("\"size\": 2048"))
            }
            ("rsa", _) => Err(refuse(format!(
                "rsa with {size} bits: use 2048, 3072, 4096 or 8192"
            ))
            .suggesting("\"size\": 4096")),
            ("ecdsa", 512) => {
                Err(refuse("ecdsa has no curve of 512 bits".into()).suggesting("\"size\": 521"))
            }
            ("ecdsa", 2048..) => Err(refuse(format!("ecdsa has no curve of {size} bits"))
                .suggesting("\"algo\": \"rsa\"")),
            ("ecdsa", _) => Err(refuse(format!(
                "ecdsa has no curve of {size} bits: use 256, 384 or 521"
            ))
            .suggesting("\"size\": 256")),
            (other, _) => {
                let lower = other.to_lowercase();
                let meant = match lower.as_str() {
                    "rsa" | "ecdsa" | "ed25519" => Some(lower.as_str()),
                    "ec" | "ecc" => Some("ecdsa"),
                    "dsa" => Some("ecdsa"),
                    _ => None,
                };
                let error = refuse(format!(
                    "unknown key algorithm {}: use {ALL}",
                    Quoted(other)
                ));
                Err(match meant {
                    Some(meant) => error.suggesting(meant),
                    None => error,
                })
            }
        }
    }
}
