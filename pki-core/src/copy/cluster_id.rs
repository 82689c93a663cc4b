//! What tells clusters apart.

use std::fmt;
use std::str::FromStr;

use crate::hexadecimal;
use crate::key::SubjectPublicKeyInfo;

/// SHA-256 of the public key of a cluster's CA, in the form of kubeadm's
/// `--discovery-token-ca-cert-hash`.
///
/// ```
/// use pki_core::copy::ClusterId;
/// let text = format!("sha256:{}", "0a".repeat(32));
/// assert_eq!(text.parse::<ClusterId>().unwrap().to_string(), text);
/// assert!("0a0a".parse::<ClusterId>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClusterId([u8; 32]);

/// A text that is no [`ClusterId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAClusterId;

const PREFIX: &str = "sha256:";

impl ClusterId {
    /// That of the cluster whose CA has this key.
    #[must_use]
    pub fn of(key: &SubjectPublicKeyInfo) -> Self {
        Self(key.sha256())
    }

    /// The digest itself.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for ClusterId {
    type Err = NotAClusterId;

    /// `sha256:` and 64 digits, as kubeadm prints them.
    fn from_str(text: &str) -> Result<Self, NotAClusterId> {
        let digits = text.strip_prefix(PREFIX).ok_or(NotAClusterId)?;
        let octets = hexadecimal::octets(digits).and_then(|octets| octets.try_into().ok());
        octets.map(Self).ok_or(NotAClusterId)
    }
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hexadecimal::lower(&self.0))
    }
}

impl fmt::Display for NotAClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "it is not the hash of a CA's key: sha256: and 64 hexadecimal digits"
        )
    }
}

impl std::error::Error for NotAClusterId {}
