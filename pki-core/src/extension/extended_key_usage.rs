//! The purposes of a certificate.

use std::fmt;

/// A purpose of a certificate (RFC 5280 section 4.2.1.12).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtendedKeyUsage {
    /// anyExtendedKeyUsage
    Any,
    /// id-kp-serverAuth
    ServerAuth,
    /// id-kp-clientAuth
    ClientAuth,
    /// Any other, by its object identifier in dotted form.
    Other(String),
}

impl ExtendedKeyUsage {
    const ANY: &'static str = "2.5.29.37.0";
    const SERVER_AUTH: &'static str = "1.3.6.1.5.5.7.3.1";
    const CLIENT_AUTH: &'static str = "1.3.6.1.5.5.7.3.2";

    /// The object identifier in dotted form.
    #[must_use]
    pub fn oid(&self) -> &str {
        match self {
            Self::Any => Self::ANY,
            Self::ServerAuth => Self::SERVER_AUTH,
            Self::ClientAuth => Self::CLIENT_AUTH,
            Self::Other(oid) => oid,
        }
    }

    /// The purpose with this object identifier.
    #[must_use]
    pub fn from_oid(text: &str) -> Self {
        match text {
            Self::ANY => Self::Any,
            Self::SERVER_AUTH => Self::ServerAuth,
            Self::CLIENT_AUTH => Self::ClientAuth,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "anyExtendedKeyUsage",
            Self::ServerAuth => "serverAuth",
            Self::ClientAuth => "clientAuth",
            Self::Other(oid) => oid,
        })
    }
}
