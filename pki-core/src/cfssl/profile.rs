//! One signing profile: what its document has, and what that makes of a
//! certificate.

mod ca_constraint;
mod reading;
mod schema;
mod times;
mod usages;

pub(super) use reading::{Role, read};
pub(super) use schema::{AUTH_REMOTE, SCHEMA};
pub(super) use times::lifetime;

use super::go_duration::GoDuration;
use super::name_whitelist::NameWhitelist;
use super::policy::CfsslPolicy;
use super::refusal::{self, CfsslRefusal};
use super::usage::CfsslUsage;
use crate::extension::{ExtendedKeyUsage, KeyUsage};
use crate::time::Timestamp;

/// A profile as its document has it, nothing inherited yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CfsslProfile {
    /// The known usages in order.
    pub usages: Vec<CfsslUsage>,
    /// The lifetime; only a profile that signs remotely has none.
    pub expiry: Option<GoDuration>,
    /// Whether it makes CAs.
    pub ca_constraint: CfsslCaConstraint,
    /// How far before now a certificate starts; without it, five minutes.
    pub backdate: Option<GoDuration>,
    /// When a certificate starts, instead of now.
    pub not_before: Option<Timestamp>,
    /// When a certificate ends, instead of after `expiry`.
    pub not_after: Option<Timestamp>,
    /// The URL of the OCSP responder.
    pub ocsp_url: Option<String>,
    /// The URL of the CRL.
    pub crl_url: Option<String>,
    /// URLs of the issuer's certificate; an empty list inherits nothing.
    pub issuer_urls: Option<Vec<String>>,
    /// Whether a responder's certificate need not be checked (RFC 6960 section 4.2.2.2.1).
    pub ocsp_no_check: bool,
    /// The certificate policies.
    pub policies: Vec<CfsslPolicy>,
    /// What the common name, the DNS names, e-mail addresses and URIs must match.
    pub name_whitelist: Option<NameWhitelist>,
    /// Whether extensions of the CSR reach the certificate.
    pub copy_extensions: bool,
    /// Object identifiers, in dotted form, that API requests may add.
    pub allowed_extensions: Vec<String>,
    /// The name of the key that clients of a server authenticate with.
    pub auth_key: Option<String>,
    /// The name of the key before that.
    pub prev_auth_key: Option<String>,
    /// The server that signs, with authentication.
    pub auth_remote: Option<CfsslAuthRemote>,
    /// The name of the server that signs.
    pub remote: Option<String>,
    /// URLs of certificate transparency logs.
    pub ct_log_servers: Vec<String>,
}

/// The `ca_constraint` of a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CfsslCaConstraint {
    /// Whether certificates are a CA's.
    pub is_ca: bool,
    /// How many CAs may follow; 0 means any number, unless the next is set, and
    /// so does -1. cfssl signs with no number below.
    pub max_path_len: i64,
    /// Whether `max_path_len` 0 means none.
    pub max_path_len_zero: bool,
}

/// The `auth_remote` of a profile: names of a remote and of an authentication key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfsslAuthRemote {
    /// A name in the document's `remotes`.
    pub remote: String,
    /// A name in the document's `auth_keys`.
    pub auth_key: String,
}

impl CfsslProfile {
    /// cfssl's profile for a configuration without `default`, or for none.
    #[must_use]
    pub fn built_in() -> Self {
        let names = ["signing", "key encipherment", "server auth", "client auth"];
        Self {
            usages: names
                .into_iter()
                .filter_map(CfsslUsage::from_name)
                .collect(),
            expiry: Some(GoDuration::from_hours(8760)),
            ..Self::default()
        }
    }

    /// The key usages together.
    #[must_use]
    pub fn key_usage(&self) -> KeyUsage {
        let usages = self.usages.iter().filter_map(|usage| usage.key_usage());
        usages.fold(KeyUsage::default(), KeyUsage::and)
    }

    /// The extended key usages in order.
    #[must_use]
    pub fn extended_key_usages(&self) -> Vec<ExtendedKeyUsage> {
        let usages = self.usages.iter();
        usages
            .filter_map(|usage| usage.extended_key_usage())
            .collect()
    }

    /// Whether certificates are a CA's.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.ca_constraint.is_ca
    }

    /// How many CAs may follow one of this profile; without it, any number.
    /// More than 255 are 255, and see [`Self::signing_refusal_of_cfssl`] for
    /// numbers below -1.
    #[must_use]
    pub fn path_len_constraint(&self) -> Option<u8> {
        let constraint = self.ca_constraint;
        match constraint.max_path_len {
            _ if !constraint.is_ca => None,
            0 => constraint.max_path_len_zero.then_some(0),
            ..0 => None,
            length => Some(u8::try_from(length).unwrap_or(u8::MAX)),
        }
    }

    /// What cfssl prints when it signs with this profile, where it reads the
    /// profile without a word and then fails.
    #[must_use]
    pub fn signing_refusal_of_cfssl(&self) -> Option<CfsslRefusal> {
        let length = self.ca_constraint.max_path_len;
        self.is_ca().then(|| refusal::path_length(length)).flatten()
    }

    /// Whether another host signs.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.remote.is_some() || self.auth_remote.is_some()
    }
}
