//! What a key may be used for.

use std::fmt;

use crate::asn1;

/// What a key may be used for (RFC 5280 section 4.2.1.3):
/// `KeyUsage ::= BIT STRING { digitalSignature(0), … decipherOnly(8) }`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct KeyUsage(pub(super) u16);

impl KeyUsage {
    /// digitalSignature(0)
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    /// nonRepudiation(1), by its newer name
    pub const CONTENT_COMMITMENT: Self = Self(1 << 1);
    /// keyEncipherment(2)
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    /// dataEncipherment(3)
    pub const DATA_ENCIPHERMENT: Self = Self(1 << 3);
    /// keyAgreement(4)
    pub const KEY_AGREEMENT: Self = Self(1 << 4);
    /// keyCertSign(5)
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// cRLSign(6)
    pub const CRL_SIGN: Self = Self(1 << 6);
    /// encipherOnly(7)
    pub const ENCIPHER_ONLY: Self = Self(1 << 7);
    /// decipherOnly(8)
    pub const DECIPHER_ONLY: Self = Self(1 << 8);

    const NAMES: [&'static str; 9] = [
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

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every usage of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no usage is set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// From the flags of a parsed certificate: bit `n` is named bit `n`.
    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Reads the value of a keyUsage extension; `None` if it is malformed.
    pub(crate) fn from_der(value: &[u8]) -> Option<Self> {
        let (unused, octets) = asn1::content(asn1::BIT_STRING, value)?.split_first()?;
        if *unused > 7 || octets.len() > 2 {
            return None;
        }
        let [first, second] = [0, 1].map(|n| octets.get(n).copied().unwrap_or_default());
        Some(Self(u16::from_be_bytes([first, second]).reverse_bits()))
    }

    /// The names of the usages, as RFC 5280 spells them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .into_iter()
            .enumerate()
            .filter(move |(n, _)| self.0 >> n & 1 == 1)
            .map(|(_, s)| s)
    }
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
