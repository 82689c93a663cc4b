//! The documents of cfssl and its signer: the signing configuration and the certificate
//! request, read as cfssl reads them or, by default, so that no mistake passes;
//! and what becomes of them.

mod auth_key;
mod auth_secret;
mod authority;
mod certificate_request;
mod entry;
mod etcd;
mod fields;
mod go_duration;
mod host;
mod json;
mod key_spec;
mod lint;
mod name_whitelist;
mod policy;
mod profile;
mod reader;
mod refusal;
mod rfc3339;
mod schema;
mod shape;
mod signing;
mod signing_config;
mod subject;
mod subject_file;
mod usage;

#[cfg(test)]
mod tests;

pub use auth_key::{CfsslAuthKey, CfsslAuthKeySource};
pub use auth_secret::CfsslAuthSecret;
pub use authority::cfssl_renewed_authority;
pub use certificate_request::{CfsslCa, CfsslCertificateRequest};
pub use etcd::CfsslEtcd;
pub use go_duration::{GoDuration, GoDurationError, GoDurationProblem};
pub use host::split_cfssl_hostname;
pub use key_spec::CfsslKey;
pub use lint::{LintDocument, LintFinding, LintRule, Linted, lint_cfssl};
pub use name_whitelist::NameWhitelist;
pub use policy::{CfsslPolicy, CfsslPolicyQualifier};
pub use profile::{CfsslAuthRemote, CfsslCaConstraint, CfsslProfile};
pub use refusal::{CfsslRefusal, go_json_syntax_error, write_go_json_string};
pub use signing::{CfsslSignError, CfsslSignRequest, CfsslSigned};
pub use signing_config::{EffectiveProfile, SigningConfig};
pub use subject_file::CfsslSubject;
pub use usage::CfsslUsage;

use crate::document::{DocumentError, nearest};

/// How a document of cfssl is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Every key must be known, stand once and mean something.
    #[default]
    Strict,
    /// As cfssl does, but not in silence: unknown keys and usages are ignored,
    /// keys match in any case, the last of two wins, and null is as good as
    /// absent. Only what could do harm is refused.
    Lenient,
}

/// A value that was read, and what is worth saying about the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// The value.
    pub value: T,
    /// What was ignored or looks wrong, at most 100 remarks.
    pub warnings: Vec<DocumentError>,
}

/// What a JSON document of cfssl is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CfsslKind {
    /// A signing configuration: it has `signing`.
    SigningConfig,
    /// A certificate request: it has `CN`, `hosts`, `names` or an object `key`.
    CertificateRequest,
    /// Neither, or not JSON.
    Unknown,
}

/// Tells by the content which document this is: guides call both `config.json`.
#[must_use]
pub fn cfssl_kind(bytes: &[u8]) -> CfsslKind {
    let Ok(node) = json::parse(bytes, Reading::Lenient) else {
        return CfsslKind::Unknown;
    };
    let json::Value::Object(members) = &node.value else {
        return CfsslKind::Unknown;
    };
    let find = |key: &str| members.iter().find(|m| m.key.eq_ignore_ascii_case(key));
    // What cfssl prints has a `key` too: a private key, in a string.
    let has_key = find("key").is_some_and(|m| matches!(m.value.value, json::Value::Object(_)));
    if find("signing").is_some() {
        CfsslKind::SigningConfig
    } else if has_key
        || ["CN", "hosts", "names"]
            .into_iter()
            .any(|key| find(key).is_some())
    {
        CfsslKind::CertificateRequest
    } else {
        CfsslKind::Unknown
    }
}

/// [`nearest`] for words of a sane length: the comparison is quadratic.
fn nearest_short<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    match wrong.len() <= LONGEST {
        true => nearest(
            wrong,
            known.into_iter().filter(|word| word.len() <= LONGEST),
        ),
        false => None,
    }
}
