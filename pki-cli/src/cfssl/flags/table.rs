//! The flags of cfssl 1.6.

use std::fmt;

use pki_core::cfssl::GoDuration;

/// A flag by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flag {
    Hostname,
    Cert,
    Csr,
    Ca,
    CaKey,
    TlsCert,
    TlsKey,
    MutualTlsCa,
    MutualTlsCn,
    TlsRemoteCa,
    MutualTlsClientCert,
    MutualTlsClientKey,
    Key,
    Intermediates,
    CaBundle,
    IntBundle,
    Address,
    Port,
    MinTlsVersion,
    Config,
    Profile,
    Initca,
    Renewca,
    IntDir,
    Flavor,
    Metadata,
    Domain,
    Ip,
    Remote,
    Label,
    AuthKey,
    Responder,
    ResponderKey,
    Status,
    Reason,
    RevokedAt,
    Interval,
    List,
    Family,
    Scanner,
    Timeout,
    Csv,
    NumWorkers,
    MaxHosts,
    Responses,
    Path,
    Crl,
    Password,
    Usage,
    PgpPrivate,
    PgpName,
    Serial,
    Cn,
    Aki,
    DbConfig,
    Expiry,
    Loglevel,
    Disable,
}

/// What a flag takes, and what it is without being given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text(&'static str),
    Number(i64),
    Switch,
    Duration(GoDuration),
}

impl fmt::Display for Kind {
    /// The default as a usage text shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text("") => f.write_str("\"\""),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Switch => f.write_str("false"),
            Self::Duration(duration) => duration.fmt(f),
        }
    }
}

pub(super) struct Row {
    pub(super) flag: Flag,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) help: &'static str,
}

const fn row(flag: Flag, name: &'static str, kind: Kind, help: &'static str) -> Row {
    Row {
        flag,
        name,
        kind,
        help,
    }
}

const NONE: Kind = Kind::Text("");

pub(super) const TABLE: [Row; 58] = [
    row(
        Flag::Hostname,
        "hostname",
        NONE,
        "names and addresses, with commas between them, in place of the hosts of the request",
    ),
    row(Flag::Cert, "cert", NONE, "the certificate, a file"),
    row(
        Flag::Csr,
        "csr",
        NONE,
        "the certificate signing request, a file",
    ),
    row(
        Flag::Ca,
        "ca",
        NONE,
        "the CA's certificate: a file, file:FILE or env:VARIABLE",
    ),
    row(
        Flag::CaKey,
        "ca-key",
        NONE,
        "the CA's private key: a file, file:FILE or env:VARIABLE",
    ),
    row(Flag::TlsCert, "tls-cert", NONE, "the server's certificate"),
    row(Flag::TlsKey, "tls-key", NONE, "the server's private key"),
    row(
        Flag::MutualTlsCa,
        "mutual-tls-ca",
        NONE,
        "the CA of the server's clients",
    ),
    row(
        Flag::MutualTlsCn,
        "mutual-tls-cn",
        NONE,
        "a pattern for the common names of the server's clients",
    ),
    row(
        Flag::TlsRemoteCa,
        "tls-remote-ca",
        NONE,
        "the CAs to trust when signing remotely, a file",
    ),
    row(
        Flag::MutualTlsClientCert,
        "mutual-tls-client-cert",
        NONE,
        "the certificate to show to the remote server, a file",
    ),
    row(
        Flag::MutualTlsClientKey,
        "mutual-tls-client-key",
        NONE,
        "the private key of that certificate, a file",
    ),
    row(
        Flag::Key,
        "key",
        NONE,
        "the private key of the certificate: a file, file:FILE or env:VARIABLE",
    ),
    row(
        Flag::Intermediates,
        "intermediates",
        NONE,
        "intermediate certificates",
    ),
    row(
        Flag::CaBundle,
        "ca-bundle",
        NONE,
        "root certificates, a file",
    ),
    row(
        Flag::IntBundle,
        "int-bundle",
        NONE,
        "intermediate certificates, a file",
    ),
    row(
        Flag::Address,
        "address",
        Kind::Text("127.0.0.1"),
        "the address to listen on",
    ),
    row(
        Flag::Port,
        "port",
        Kind::Number(8888),
        "the port to listen on",
    ),
    row(
        Flag::MinTlsVersion,
        "min-tls-version",
        NONE,
        "the lowest TLS version to speak",
    ),
    row(
        Flag::Config,
        "config",
        NONE,
        "the signing configuration, a file",
    ),
    row(
        Flag::Profile,
        "profile",
        NONE,
        "the profile of the configuration",
    ),
    row(Flag::Initca, "initca", Kind::Switch, "make a new CA"),
    row(
        Flag::Renewca,
        "renewca",
        Kind::Switch,
        "make a new certificate for an old CA",
    ),
    row(
        Flag::IntDir,
        "int-dir",
        NONE,
        "a directory of intermediate certificates",
    ),
    row(
        Flag::Flavor,
        "flavor",
        Kind::Text("ubiquitous"),
        "the kind of bundle: ubiquitous, optimal or force",
    ),
    row(
        Flag::Metadata,
        "metadata",
        NONE,
        "which root certificates are in which stores, a JSON file",
    ),
    row(Flag::Domain, "domain", NONE, "a server's name"),
    row(Flag::Ip, "ip", NONE, "a server's address"),
    row(
        Flag::Remote,
        "remote",
        NONE,
        "the remote signer: HOST:PORT or a URL",
    ),
    row(Flag::Label, "label", NONE, "the remote signer's key"),
    row(
        Flag::AuthKey,
        "authkey",
        NONE,
        "the key that authenticates requests to the remote signer",
    ),
    row(
        Flag::Responder,
        "responder",
        NONE,
        "the OCSP responder's certificate",
    ),
    row(
        Flag::ResponderKey,
        "responder-key",
        NONE,
        "the OCSP responder's private key",
    ),
    row(
        Flag::Status,
        "status",
        Kind::Text("good"),
        "the status of the certificate: good, revoked or unknown",
    ),
    row(
        Flag::Reason,
        "reason",
        Kind::Text("0"),
        "why the certificate is revoked, a code",
    ),
    row(
        Flag::RevokedAt,
        "revoked-at",
        Kind::Text("now"),
        "when the certificate was revoked, a date",
    ),
    row(
        Flag::Interval,
        "interval",
        Kind::Duration(GoDuration::from_hours(4 * 24)),
        "the time between OCSP updates",
    ),
    row(Flag::List, "list", Kind::Switch, "list the scanners"),
    row(
        Flag::Family,
        "family",
        NONE,
        "a pattern for the families of scanners",
    ),
    row(Flag::Scanner, "scanner", NONE, "a pattern for scanners"),
    row(
        Flag::Timeout,
        "timeout",
        Kind::Duration(GoDuration::from_nanoseconds(300_000_000_000)),
        "the longest scan of a host",
    ),
    row(Flag::Csv, "csv", NONE, "hosts, a CSV file"),
    row(
        Flag::NumWorkers,
        "num-workers",
        Kind::Number(10),
        "scans at a time",
    ),
    row(
        Flag::MaxHosts,
        "max-hosts",
        Kind::Number(100),
        "the most hosts to scan",
    ),
    row(Flag::Responses, "responses", NONE, "OCSP responses, a file"),
    row(Flag::Path, "path", Kind::Text("/"), "the path to serve"),
    row(
        Flag::Crl,
        "crl",
        NONE,
        "the address of the CRL to put into the certificate",
    ),
    row(
        Flag::Password,
        "password",
        Kind::Text("0"),
        "the password of PKCS #12 data",
    ),
    row(Flag::Usage, "usage", NONE, "what the private key is for"),
    row(
        Flag::PgpPrivate,
        "pgp-private",
        NONE,
        "a PGP private key, a file",
    ),
    row(
        Flag::PgpName,
        "pgp-name",
        NONE,
        "the names of PGP public keys",
    ),
    row(
        Flag::Serial,
        "serial",
        NONE,
        "the serial number of a certificate",
    ),
    row(
        Flag::Cn,
        "cn",
        NONE,
        "the common name, in place of the request's",
    ),
    row(
        Flag::Aki,
        "aki",
        NONE,
        "the authority key identifier of a certificate",
    ),
    row(
        Flag::DbConfig,
        "db-config",
        NONE,
        "the configuration of the certificate database",
    ),
    row(
        Flag::Expiry,
        "expiry",
        Kind::Duration(GoDuration::from_hours(7 * 24)),
        "the time until the CRL expires",
    ),
    row(
        Flag::Loglevel,
        "loglevel",
        Kind::Number(1),
        "what to log, from 0 (all) to 5 (nearly nothing)",
    ),
    row(Flag::Disable, "disable", NONE, "endpoints to leave out"),
];
