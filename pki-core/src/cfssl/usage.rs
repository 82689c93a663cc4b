//! The words of a profile's `usages`.

use std::fmt;

use crate::extension::{ExtendedKeyUsage, KeyUsage};

/// One word of a profile's `usages`: a key usage or an extended key usage.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CfsslUsage {
    name: &'static str,
    meaning: Meaning,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Meaning {
    Key(KeyUsage),
    /// By object identifier.
    Extended(&'static str),
}

/// The words of cfssl's `config.KeyUsage` and `config.ExtKeyUsage`. The
/// misspelt one is the only form that cfssl 1.2 knows.
const USAGES: [CfsslUsage; 24] = [
    key("signing", KeyUsage::DIGITAL_SIGNATURE),
    key("digital signature", KeyUsage::DIGITAL_SIGNATURE),
    key("content commitment", KeyUsage::CONTENT_COMMITMENT),
    key("content committment", KeyUsage::CONTENT_COMMITMENT),
    key("key encipherment", KeyUsage::KEY_ENCIPHERMENT),
    key("data encipherment", KeyUsage::DATA_ENCIPHERMENT),
    key("key agreement", KeyUsage::KEY_AGREEMENT),
    key("cert sign", KeyUsage::KEY_CERT_SIGN),
    key("crl sign", KeyUsage::CRL_SIGN),
    key("encipher only", KeyUsage::ENCIPHER_ONLY),
    key("decipher only", KeyUsage::DECIPHER_ONLY),
    extended("any", "2.5.29.37.0"),
    extended("server auth", "1.3.6.1.5.5.7.3.1"),
    extended("client auth", "1.3.6.1.5.5.7.3.2"),
    extended("code signing", "1.3.6.1.5.5.7.3.3"),
    extended("email protection", "1.3.6.1.5.5.7.3.4"),
    extended("s/mime", "1.3.6.1.5.5.7.3.4"),
    extended("ipsec end system", "1.3.6.1.5.5.7.3.5"),
    extended("ipsec tunnel", "1.3.6.1.5.5.7.3.6"),
    extended("ipsec user", "1.3.6.1.5.5.7.3.7"),
    extended("timestamping", "1.3.6.1.5.5.7.3.8"),
    extended("ocsp signing", "1.3.6.1.5.5.7.3.9"),
    extended("microsoft sgc", "1.3.6.1.4.1.311.10.3.3"),
    extended("netscape sgc", "2.16.840.1.113730.4.1"),
];

const fn key(name: &'static str, usage: KeyUsage) -> CfsslUsage {
    CfsslUsage {
        name,
        meaning: Meaning::Key(usage),
    }
}

const fn extended(name: &'static str, oid: &'static str) -> CfsslUsage {
    CfsslUsage {
        name,
        meaning: Meaning::Extended(oid),
    }
}

impl CfsslUsage {
    /// The usage with exactly this name; case and blanks matter.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        USAGES.into_iter().find(|usage| usage.name == name)
    }

    /// Every name, in the order of the bits and object identifiers.
    pub fn names() -> impl Iterator<Item = &'static str> {
        USAGES.into_iter().map(|usage| usage.name)
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The key usage, if it is one.
    #[must_use]
    pub fn key_usage(self) -> Option<KeyUsage> {
        match self.meaning {
            Meaning::Key(usage) => Some(usage),
            Meaning::Extended(_) => None,
        }
    }

    /// The extended key usage, if it is one.
    #[must_use]
    pub fn extended_key_usage(self) -> Option<ExtendedKeyUsage> {
        match self.meaning {
            Meaning::Key(_) => None,
            Meaning::Extended(oid) => Some(ExtendedKeyUsage::from_oid(oid)),
        }
    }
}

impl fmt::Display for CfsslUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for CfsslUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.name, f)
    }
}
