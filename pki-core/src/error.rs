//! The one error type of the core.

use std::fmt;

use crate::document::DocumentError;
use crate::key::KeyKind;
use crate::name::{NameError, Quoted};
use crate::time::Timestamp;

/// Why something could not be done. The text is a fragment in lower case that
/// names the value and the broken rule; secrets never stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A name or address that cannot stand in a certificate.
    Name(NameError),
    /// A configuration file that cannot be read as what it should be.
    Document(DocumentError),
    /// The same, where several files were read.
    DocumentIn {
        /// The file's name.
        file: String,
        /// What is wrong in it.
        error: DocumentError,
    },
    /// A time outside the years 0 to 9999.
    TimeOutOfRange {
        /// Seconds since 1970, or the seconds that were added.
        seconds: i64,
    },
    /// A text that is not RFC 3339 in UTC.
    NotATimestamp {
        /// The text.
        text: String,
    },
    /// A text that is neither a point in time nor a distance from the present.
    NotAMoment {
        /// The text.
        text: String,
        /// Whether it is a distance without its sign.
        is_a_distance: bool,
    },
    /// A text that is not a length of time.
    NotADuration {
        /// The text.
        text: String,
    },
    /// A validity period that ends before it starts.
    EndsBeforeItStarts {
        /// Its start.
        not_before: Timestamp,
        /// Its end.
        not_after: Timestamp,
    },
    /// A text that is not an object identifier.
    NotAnObjectIdentifier {
        /// The text.
        text: String,
    },
    /// A PEM text that cannot be read, and why.
    Pem {
        /// The reason: what "it", the text, is or lacks.
        why: &'static str,
    },
    /// A private key of no kind that kpki reads, and why.
    UnknownPrivateKey {
        /// The reason.
        why: &'static str,
    },
    /// A private key of which only the public half was asked for, and that did not come.
    NoPublicHalf {
        /// Whether a program could not read the key, rather than there was none.
        was_tried: bool,
    },
    /// A private key that is encrypted; Kubernetes and etcd cannot ask for a
    /// pass phrase.
    EncryptedPrivateKey,
    /// A private key that its password does not decrypt.
    WrongPassword,
    /// A private key that is encrypted in a way that kpki does not read.
    UnknownEncryption {
        /// The algorithm, as the file names it.
        algorithm: String,
    },
    /// A private key whose file asks for too much time or memory to decrypt it.
    CostlyEncryption {
        /// What it asks for, and the limit.
        what: &'static str,
    },
    /// A public key of no kind that kpki reads, and why.
    UnknownPublicKey {
        /// The reason.
        why: &'static str,
    },
    /// A certificate that cannot be read, and why.
    Certificate {
        /// The reason.
        why: &'static str,
    },
    /// A certificate signing request that cannot be read, and why.
    Request {
        /// The reason.
        why: &'static str,
    },
    /// A certificate signing request whose signature was not made by its key.
    RequestSignature,
    /// A signature algorithm that is not checked, or not for such a key.
    UnknownSignatureAlgorithm {
        /// Its object identifier in dotted form.
        oid: String,
        /// The key that should have signed so.
        key: KeyKind,
    },
    /// A certificate revocation list that cannot be read, and why.
    RevocationList {
        /// The reason.
        why: &'static str,
    },
    /// A serial number of more than 20 octets.
    SerialNumber,
    /// The source of random numbers failed.
    Randomness,
    /// A value that its ASN.1 string type cannot hold.
    StringType {
        /// The value.
        text: String,
    },
    /// A certificate could not be encoded.
    Encoding,
    /// A private key and a certificate that do not belong together.
    KeyMismatch {
        /// The certificate's subject.
        subject: String,
    },
    /// A certificate that may not sign others.
    NotACertificateAuthority {
        /// The certificate's subject.
        subject: String,
        /// What it lacks.
        lacks: &'static str,
    },
    /// A CA outside its own validity.
    OutsideValidity {
        /// The certificate's subject.
        subject: String,
        /// Its start.
        not_before: Timestamp,
        /// Its end.
        not_after: Timestamp,
        /// The time of the attempt.
        now: Timestamp,
    },
    /// A certificate that would end after its CA.
    OutlivesIssuer {
        /// The end that was asked for.
        not_after: Timestamp,
        /// The end of the CA.
        ends: Timestamp,
    },
    /// A CA certificate below a CA that allows none (RFC 5280 section 4.2.1.9).
    PathLength {
        /// The subject of the CA above.
        issuer: String,
    },
    /// More CAs in a path than one of them allows below it (RFC 5280 section
    /// 4.2.1.9).
    PathLengthExceeded {
        /// The subject of that CA.
        issuer: String,
    },
    /// A certificate that no known CA stands behind.
    UnknownAuthority {
        /// Its issuer.
        issuer: String,
    },
    /// A certificate whose purposes are neither a TLS server's nor a client's.
    NotForTls {
        /// The certificate's subject.
        subject: String,
    },
    /// A certificate with a name that a CA above it may not sign for (RFC 5280
    /// section 4.2.1.10).
    NameNotPermitted,
    /// A certificate that no TLS implementation would take for its length.
    TooLong {
        /// Its octets.
        octets: usize,
    },
    /// A certificate, request or revocation list that the second implementation
    /// refused after it was made.
    Judgement {
        /// What it said.
        what: String,
    },
    /// A kubeconfig that cannot be read, and why.
    Kubeconfig {
        /// The reason.
        why: &'static str,
    },
    /// A plan that something stands in the way of.
    InTheWay,
    /// A file that is to be copied and is not there.
    SourceLacks {
        /// The file.
        file: String,
    },
    /// A file that is to be copied and would be of no use where it goes.
    UnusableInSource {
        /// The file.
        file: String,
        /// The reason: what "it", the file, is or lacks.
        why: &'static str,
    },
    /// The crypto library could not make a key.
    KeyGeneration,
    /// A key could not sign, or not with this algorithm.
    Signing,
    /// A version of Kubernetes that is unknown or older than 1.10.
    KubernetesVersion {
        /// The text.
        text: String,
    },
    /// A port that is not a number from 1 to 65535.
    Port {
        /// The text.
        text: String,
    },
    /// A range of service addresses that Kubernetes would refuse.
    ServiceSubnet {
        /// The text.
        text: String,
        /// The rule, with what to write.
        why: &'static str,
    },
    /// A range of pod addresses that cannot be used.
    PodSubnet {
        /// The text.
        text: String,
        /// The rule, with what to write.
        why: &'static str,
    },
    /// A value of a set-up that no file could hold safely, and why.
    SetupValue {
        /// What it should be, with its article.
        what: &'static str,
        /// The text.
        text: String,
        /// The rule.
        why: &'static str,
    },
    /// A password of keepalived that cannot be used, and why.
    SetupPassword {
        /// The rule.
        why: &'static str,
    },
    /// A word that is none of those that can stand there.
    UnknownWord {
        /// What the word should name.
        what: &'static str,
        /// The text.
        text: String,
        /// The words.
        known: Vec<&'static str>,
    },
    /// A key algorithm that kpki does not make.
    UnknownKeyAlgorithm {
        /// The name.
        name: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Document(error) => error.fmt(f),
            Self::DocumentIn { file, error } => write!(f, "{}: {error}", Quoted(file)),
            Self::TimeOutOfRange { seconds } => {
                write!(f, "a time {seconds} s off is outside the years 0 to 9999")
            }
            Self::NotATimestamp { text } => {
                write!(
                    f,
                    "{} is not a time like 2026-11-22T19:15:00Z",
                    Quoted(text)
                )
            }
            Self::NotAMoment {
                text,
                is_a_distance,
            } => {
                write!(
                    f,
                    "{} is not a time like 2027-03-01, 2027-03-01T12:00:00Z, +90d or +6mo",
                    Quoted(text)
                )?;
                match is_a_distance {
                    true => write!(f, "; write +{text}"),
                    false => Ok(()),
                }
            }
            Self::NotADuration { text } => {
                write!(
                    f,
                    "{} is not a length of time like 30d, 12h or 1y",
                    Quoted(text)
                )?;
                let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                match is_number {
                    true => write!(f, "; write {text}d"),
                    false => Ok(()),
                }
            }
            Self::EndsBeforeItStarts {
                not_before,
                not_after,
            } => {
                write!(
                    f,
                    "the validity would end ({not_after}) before it starts ({not_before})"
                )
            }
            Self::NotAnObjectIdentifier { text } => {
                write!(f, "{} is not an object identifier", Quoted(text))
            }
            Self::Pem { why } => write!(f, "not a PEM file that can be read: {why}"),
            Self::UnknownPrivateKey { why } => {
                write!(f, "not a private key that can be used: {why}")
            }
            Self::NoPublicHalf { was_tried: true } => {
                write!(f, "a private key that openssl of its host cannot read")
            }
            Self::NoPublicHalf { was_tried: false } => write!(
                f,
                "a private key whose public half is not known: its host has no openssl"
            ),
            Self::EncryptedPrivateKey => {
                write!(
                    f,
                    "the private key is encrypted, and Kubernetes cannot ask for a pass phrase"
                )
            }
            Self::WrongPassword => write!(f, "the password does not decrypt the private key"),
            Self::UnknownEncryption { algorithm } => write!(
                f,
                "the private key is encrypted with {}, which is not read",
                Quoted(algorithm)
            ),
            Self::CostlyEncryption { what } => {
                write!(f, "the private key would take too long to decrypt: {what}")
            }
            Self::UnknownPublicKey { why } => write!(f, "not a public key that can be used: {why}"),
            Self::Certificate { why } => write!(f, "not a certificate that can be read: {why}"),
            Self::Request { why } => {
                write!(
                    f,
                    "not a certificate signing request that can be read: {why}"
                )
            }
            Self::RequestSignature => write!(
                f,
                "the signature of the certificate signing request does not verify: it was changed, or another key signed it"
            ),
            Self::UnknownSignatureAlgorithm { oid, key } => {
                write!(
                    f,
                    "the signature algorithm {oid} of an {key} key is not one that is checked"
                )
            }
            Self::RevocationList { why } => {
                write!(
                    f,
                    "not a certificate revocation list that can be read: {why}"
                )
            }
            Self::SerialNumber => write!(f, "a serial number has more than 20 octets"),
            Self::Randomness => write!(f, "no random numbers can be had"),
            Self::StringType { text } => {
                write!(f, "{} does not fit its ASN.1 string type", Quoted(text))
            }
            Self::Encoding => write!(f, "the certificate could not be encoded"),
            Self::KeyMismatch { subject } => write!(
                f,
                "the private key does not belong to the certificate of {}",
                Quoted(subject)
            ),
            Self::NotACertificateAuthority { subject, lacks } => {
                write!(
                    f,
                    "the certificate of {} is no CA: it lacks {lacks}",
                    Quoted(subject)
                )
            }
            Self::OutsideValidity {
                subject,
                not_before,
                not_after,
                now,
            } => write!(
                f,
                "the certificate of {} is valid from {not_before} to {not_after}, and it is {now}",
                Quoted(subject)
            ),
            Self::OutlivesIssuer { not_after, ends } => {
                write!(
                    f,
                    "the certificate would end at {not_after}, after its CA ({ends})"
                )
            }
            Self::PathLength { issuer } => {
                write!(
                    f,
                    "the CA {} allows no CA below it (path length 0)",
                    Quoted(issuer)
                )
            }
            Self::PathLengthExceeded { issuer } => {
                write!(
                    f,
                    "there are more CAs below the CA {} than its path length allows",
                    Quoted(issuer)
                )
            }
            Self::UnknownAuthority { issuer } => {
                write!(
                    f,
                    "no CA that was given stands behind it; it was issued by {}",
                    Quoted(issuer)
                )
            }
            Self::NotForTls { subject } => write!(
                f,
                "the certificate of {} is neither for TLS servers nor for clients",
                Quoted(subject)
            ),
            Self::NameNotPermitted => write!(
                f,
                "the name constraints of a CA do not allow a name of the certificate"
            ),
            Self::TooLong { octets } => write!(
                f,
                "the certificate would have {octets} octets, and with more than 60000 no TLS handshake takes it: give it fewer names"
            ),
            Self::Judgement { what } => {
                write!(
                    f,
                    "what was made is refused by the second implementation: {what}"
                )
            }
            Self::Kubeconfig { why } => write!(f, "not a kubeconfig that can be used: {why}"),
            Self::InTheWay => write!(f, "something is in the way of the plan"),
            Self::SourceLacks { file } => write!(
                f,
                "{file} is missing, and every host of the control plane needs it"
            ),
            Self::UnusableInSource { file, why } => write!(f, "{file} cannot be copied: {why}"),
            Self::KeyGeneration => write!(f, "the crypto library could not make a key"),
            Self::Signing => write!(f, "the key could not sign"),
            Self::KubernetesVersion { text } => write!(
                f,
                "{} is not a version of Kubernetes from 1.10 on: write it as v1.36.0",
                Quoted(text)
            ),
            Self::Port { text } => write!(f, "{} is not a port from 1 to 65535", Quoted(text)),
            Self::ServiceSubnet { text, why } => {
                write!(
                    f,
                    "{} is not a range of service addresses: {why}",
                    Quoted(text)
                )
            }
            Self::PodSubnet { text, why } => {
                write!(f, "{} is not a range of pod addresses: {why}", Quoted(text))
            }
            Self::SetupValue { what, text, why } => {
                write!(f, "{} is not {what}: {why}", Quoted(text))
            }
            Self::SetupPassword { why } => {
                write!(f, "the password cannot be used: {why}")
            }
            Self::UnknownWord { what, text, known } => write!(
                f,
                "unknown {what} {}: known are {}",
                Quoted(text),
                known.join(", ")
            ),
            Self::UnknownKeyAlgorithm { name } => write!(
                f,
                "unknown key algorithm {}: use one of RSA-2048, RSA-3072, RSA-4096, ECDSA-P256, ECDSA-P384, ECDSA-P521, Ed25519",
                Quoted(name)
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Name(error) => Some(error),
            Self::Document(error) | Self::DocumentIn { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<DocumentError> for Error {
    fn from(error: DocumentError) -> Self {
        Self::Document(error)
    }
}

impl From<NameError> for Error {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}
