//! The keys of a profile.

use crate::cfssl::policy;
use crate::cfssl::schema::{GoType, Schema};

pub(in crate::cfssl) const SCHEMA: Schema = Schema {
    go_name: "config.SigningProfile",
    keys: &[
        ("usages", GoType::TEXTS),
        ("expiry", GoType::Text),
        ("ca_constraint", GoType::Struct(&CA_CONSTRAINT)),
        ("backdate", GoType::Text),
        ("not_before", GoType::Time),
        ("not_after", GoType::Time),
        ("ocsp_url", GoType::Text),
        ("crl_url", GoType::Text),
        ("issuer_urls", GoType::TEXTS),
        ("ocsp_no_check", GoType::Bool),
        ("policies", GoType::List(&GoType::Struct(&policy::POLICY))),
        ("name_whitelist", GoType::Text),
        ("copy_extensions", GoType::Bool),
        ("allowed_extensions", GoType::List(&GoType::Oid)),
        ("auth_key", GoType::Text),
        ("prev_auth_key", GoType::Text),
        ("auth_remote", GoType::Struct(&AUTH_REMOTE)),
        ("remote", GoType::Text),
        ("ct_log_servers", GoType::TEXTS),
        ("cert_store", GoType::Text),
        ("lint_error_level", GoType::LintStatus),
        ("ignored_lints", GoType::TEXTS),
        ("ignored_lint_sources", GoType::TEXTS),
    ],
    accidents: &[
        ("Expiry", GoType::DURATION),
        ("Backdate", GoType::DURATION),
        ("Provider", GoType::Interface("auth.Provider")),
        ("PrevProvider", GoType::Interface("auth.Provider")),
        ("RemoteProvider", GoType::Interface("auth.Provider")),
        ("RemoteServer", GoType::Text),
        (
            "RemoteCAs",
            GoType::Pointer(&GoType::Opaque("x509.CertPool")),
        ),
        (
            "ClientCert",
            GoType::Pointer(&GoType::Opaque("tls.Certificate")),
        ),
        (
            "CSRWhitelist",
            GoType::Pointer(&GoType::Struct(&CSR_WHITELIST)),
        ),
        ("NameWhitelist", GoType::Pointer(&GoType::Regexp)),
        ("ExtensionWhitelist", GoType::Map(&GoType::Bool)),
        ("ClientProvidesSerialNumbers", GoType::Bool),
        ("LintRegistry", GoType::Interface("lint.Registry")),
    ],
    explain: |key| match key {
        "is_ca" => Some((
            "since cfssl 1.3 this stands in 'ca_constraint', and here it makes no CA",
            "\"ca_constraint\": {\"is_ca\": true}",
        )),
        "max_path_len" | "max_path_len_zero" | "pathlen" | "pathlenzero" => Some((
            "the path length of a profile stands in 'ca_constraint'",
            "\"ca_constraint\": {\"is_ca\": true, \"max_path_len\": 1}",
        )),
        "ca" => Some(("'ca' belongs in a certificate request", "ca_constraint")),
        "hosts" | "CN" | "names" | "key" => {
            Some(("this belongs in a certificate request", "leave it out"))
        }
        _ => None,
    },
};

/// Keys that kpki has no use for, and cfssl none that works.
pub(super) const IGNORED: [&str; 4] = [
    "cert_store",
    "lint_error_level",
    "ignored_lints",
    "ignored_lint_sources",
];

/// What rules certificates that are signed here.
pub(super) const LOCAL: [&str; 10] = [
    "usages",
    "issuer_urls",
    "ocsp_url",
    "crl_url",
    "ca_constraint",
    "expiry",
    "backdate",
    "not_before",
    "not_after",
    "ct_log_servers",
];

/// Fields that nobody should set in a document, with what cfssl does then.
pub(super) const HARMFUL: [(&str, &str); 3] = [
    (
        "RemoteServer",
        "cfssl would sign on another host: name it in 'remote'",
    ),
    (
        "CSRWhitelist",
        "cfssl would leave parts of the request out of the certificate",
    ),
    (
        "NameWhitelist",
        "cfssl would check names with it: write 'name_whitelist'",
    ),
];

pub(super) const CA_CONSTRAINT: Schema = Schema {
    go_name: "config.CAConstraint",
    keys: &[
        ("is_ca", GoType::Bool),
        ("max_path_len", GoType::Int),
        ("max_path_len_zero", GoType::Bool),
    ],
    accidents: &[],
    explain: |key| match key {
        "pathlen" => Some(("in a profile it has another name", "max_path_len")),
        "pathlenzero" => Some(("in a profile it has another name", "max_path_len_zero")),
        _ => None,
    },
};

pub(in crate::cfssl) const AUTH_REMOTE: Schema = Schema {
    go_name: "config.AuthRemote",
    keys: &[("remote", GoType::Text), ("auth_key", GoType::Text)],
    accidents: &[],
    explain: |_| None,
};

const CSR_WHITELIST: Schema = Schema {
    go_name: "config.CSRWhitelist",
    keys: &[
        ("Subject", GoType::Bool),
        ("PublicKeyAlgorithm", GoType::Bool),
        ("PublicKey", GoType::Bool),
        ("SignatureAlgorithm", GoType::Bool),
        ("DNSNames", GoType::Bool),
        ("IPAddresses", GoType::Bool),
        ("EmailAddresses", GoType::Bool),
        ("URIs", GoType::Bool),
    ],
    accidents: &[],
    explain: |_| None,
};
