//! What is said of one certificate, request, list or key.

use pki_core::{
    BasicConstraints, Certificate, Content, ExtendedKeyUsage, KeyUsage, PrivateKeyDescription,
    Relations, RevocationList, SelfSigned, SubjectPublicKeyInfo, Timestamp, UnverifiedRequest,
};
use serde::Serialize;

use super::super::distance::distance;
use super::super::hexadecimal::{hash, with_colons};
use super::page::Row;
use crate::cfssl::signature_name::standard_name;

/// The kind and its facts; the names of the kinds are those of JSON.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Facts {
    Certificate(Box<CertificateFacts>),
    CertificateRequest(RequestFacts),
    RevocationList(ListFacts),
    PrivateKey(KeyFacts),
    PublicKey(PublicKey),
    CurveParameters,
}

pub(super) const CERTIFICATE: &str = "certificate";

pub(super) fn kind(content: &Content) -> &'static str {
    match content {
        Content::Certificate(_) => CERTIFICATE,
        Content::Request(_) => "certificate-request",
        Content::RevocationList(_) => "revocation-list",
        Content::PrivateKey(_) => "private-key",
        Content::PublicKey(_) => "public-key",
        _ => "curve-parameters",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificateFacts {
    version: u32,
    subject: String,
    issuer: String,
    /// `true`, `false`, or null where it cannot be told.
    self_signed: Option<bool>,
    serial: String,
    not_before: Moment,
    not_after: Moment,
    status: &'static str,
    subject_alt_names: Vec<String>,
    public_key: Option<PublicKey>,
    public_key_error: Option<String>,
    #[serde(flatten)]
    usage: Usage,
    subject_key_identifier: Option<String>,
    authority_key_identifier: Option<String>,
    signature_algorithm: String,
    sha256: String,
    discovery_token_ca_cert_hash: Option<String>,
    ocsp_servers: Vec<String>,
    crl_distribution_points: Vec<String>,
    other_extensions: Vec<String>,
    unknown_critical_extensions: Vec<String>,
    #[serde(skip)]
    has_own_name: bool,
}

/// What a certificate may be used for, or what a request asks for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    /// null without basicConstraints
    is_ca: Option<bool>,
    path_length: Option<u8>,
    /// null without the extension, which allows everything
    key_usage: Option<Vec<&'static str>>,
    extended_key_usage: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestFacts {
    subject: String,
    /// null where it is not checked
    signature_verified: Option<bool>,
    signature_error: Option<String>,
    /// null where they cannot be read
    subject_alt_names: Option<Vec<String>>,
    /// Names of kinds that are not shown.
    other_names: usize,
    public_key: PublicKey,
    #[serde(flatten)]
    usage: Usage,
    extensions: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListFacts {
    version: u32,
    issuer: String,
    number: Option<String>,
    this_update: Moment,
    next_update: Option<Moment>,
    signature_algorithm: String,
    revoked: usize,
    /// The first of them.
    first_revoked: Vec<Revoked>,
}

#[derive(Serialize)]
struct Revoked {
    serial: String,
    date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyFacts {
    encoding: String,
    encryption: Option<String>,
    /// null for an encrypted key
    pub(super) public_key: Option<PublicKey>,
    /// Whether its numbers fit together.
    checked: bool,
    /// null if no certificate was given, or the key is encrypted
    pub(super) belongs_to_certificate: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct PublicKey {
    algorithm: String,
    /// SHA-256 of the SubjectPublicKeyInfo
    sha256: String,
}

/// A time, and how far away it is.
#[derive(Serialize)]
struct Moment {
    time: String,
    seconds: i64,
    #[serde(skip)]
    distance: String,
}

/// As many revoked serial numbers, and as many names, are listed for people.
const MOST_REVOKED: usize = 20;
const MOST_NAMES: usize = 100;

impl Facts {
    pub(super) fn new(content: &Content, relations: &Relations, now: Timestamp) -> Self {
        match content {
            Content::Certificate(certificate) => Self::Certificate(Box::new(
                CertificateFacts::new(certificate, relations.self_signed, now),
            )),
            Content::Request(request) => Self::CertificateRequest(RequestFacts::new(request)),
            Content::RevocationList(list) => Self::RevocationList(ListFacts::new(list, now)),
            Content::PrivateKey(key) => Self::PrivateKey(KeyFacts::new(key)),
            Content::PublicKey(key) => Self::PublicKey(PublicKey::new(key)),
            _ => Self::CurveParameters,
        }
    }

    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "certificate",
            Self::CertificateRequest(_) => "certificate signing request",
            Self::RevocationList(_) => "certificate revocation list",
            Self::PrivateKey(key) if key.encryption.is_some() => "encrypted private key",
            Self::PrivateKey(_) => "private key",
            Self::PublicKey(_) => "public key",
            Self::CurveParameters => "parameters of a curve, which the key repeats",
        }
    }

    pub(super) fn is_self_signed(&self) -> bool {
        matches!(self, Self::Certificate(certificate) if certificate.self_signed == Some(true))
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        match self {
            Self::Certificate(certificate) => certificate.rows(),
            Self::CertificateRequest(request) => request.rows(),
            Self::RevocationList(list) => list.rows(),
            Self::PrivateKey(key) => key.rows(),
            Self::PublicKey(key) => key.rows().into(),
            Self::CurveParameters => Vec::new(),
        }
    }
}

impl CertificateFacts {
    fn new(certificate: &Certificate, self_signed: SelfSigned, now: Timestamp) -> Self {
        let validity = certificate.validity();
        let (key, key_error) = match certificate.public_key() {
            Ok(key) => (Some(key), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let pinned = key.filter(|_| certificate.is_ca());
        Self {
            version: certificate.version(),
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            self_signed: match self_signed {
                SelfSigned::Yes => Some(true),
                SelfSigned::No | SelfSigned::NameOnly => Some(false),
                SelfSigned::NotChecked => None,
            },
            has_own_name: self_signed != SelfSigned::No,
            serial: serial(certificate.serial_number()),
            not_before: Moment::new(validity.not_before(), now),
            not_after: Moment::new(validity.not_after(), now),
            status: match (validity.not_before() > now, validity.not_after() < now) {
                (true, _) => "not-yet-valid",
                (_, true) => "expired",
                _ => "valid",
            },
            subject_alt_names: certificate.subject_alt_names().to_vec(),
            public_key: key.map(PublicKey::new),
            public_key_error: key_error,
            usage: Usage::new(
                certificate.basic_constraints(),
                certificate.key_usage(),
                certificate.extended_key_usage(),
            ),
            subject_key_identifier: certificate.subject_key_identifier().map(with_colons),
            authority_key_identifier: certificate.authority_key_identifier().map(with_colons),
            signature_algorithm: signature_name(certificate.signature_algorithm()),
            sha256: hash(&certificate.sha256()),
            discovery_token_ca_cert_hash: pinned
                .map(|key| format!("sha256:{}", hash(&key.sha256()))),
            ocsp_servers: certificate.ocsp_servers(),
            crl_distribution_points: certificate.crl_distribution_points(),
            other_extensions: other_extensions(certificate),
            unknown_critical_extensions: certificate.unknown_critical_extensions().to_vec(),
        }
    }

    fn rows(&self) -> Vec<Row> {
        let subject = match self.subject.as_str() {
            "" => "(empty)",
            subject => subject,
        };
        let mut rows = vec![
            Row::new("subject", subject),
            match (self.has_own_name, self.self_signed) {
                (true, Some(true)) => Row::new("issuer", format!("{subject} (self-signed)")),
                (true, Some(false)) => {
                    let text = format!("{subject} (its own name, and another key signed it)");
                    Row::alarm("issuer", text)
                }
                (true, None) => {
                    let text = format!("{subject} (its own name; the signature is not checked)");
                    Row::new("issuer", text)
                }
                (false, _) => Row::new("issuer", self.issuer.as_str()),
            },
            Row::new("serial", self.serial.as_str()),
            match self.status {
                "not-yet-valid" => self.not_before.alarm("valid from", "not valid yet, starts"),
                _ => self.not_before.row("valid from"),
            },
            match self.status {
                "expired" => self.not_after.alarm("valid until", "expired"),
                _ => self.not_after.row("valid until"),
            },
        ];
        if !self.subject_alt_names.is_empty() {
            rows.push(Row::new("names", joined(&self.subject_alt_names)));
        }
        match (&self.public_key, &self.public_key_error) {
            (Some(key), _) => rows.extend(key.rows()),
            (None, error) => rows.push(Row::new("key", error.clone().unwrap_or_default())),
        }
        rows.extend(self.usage.rows("no (without basicConstraints)"));
        let optional = [
            ("key id", &self.subject_key_identifier),
            ("issuer key id", &self.authority_key_identifier),
        ];
        for (label, value) in optional {
            if let Some(value) = value {
                rows.push(Row::new(label, value.as_str()));
            }
        }
        rows.push(Row::new("signature", self.signature_algorithm.as_str()));
        rows.push(Row::new("SHA-256", self.sha256.as_str()));
        if let Some(hash) = &self.discovery_token_ca_cert_hash {
            rows.push(Row::new("join hash", hash.as_str()));
        }
        for (label, list) in [
            ("OCSP", &self.ocsp_servers),
            ("CRL", &self.crl_distribution_points),
            ("also has", &self.other_extensions),
        ] {
            if !list.is_empty() {
                rows.push(Row::new(label, joined(list)));
            }
        }
        if !self.unknown_critical_extensions.is_empty() {
            let list = joined(&self.unknown_critical_extensions);
            let text = format!("{list}: Go refuses a certificate with it");
            rows.push(Row::alarm("critical", text));
        }
        if self.version != 3 {
            rows.push(Row::alarm("version", self.version.to_string()));
        }
        rows
    }
}

impl Usage {
    fn new(
        constraints: Option<BasicConstraints>,
        key_usage: Option<KeyUsage>,
        extended: Option<&[ExtendedKeyUsage]>,
    ) -> Self {
        let (is_ca, path_length) = match constraints {
            None => (None, None),
            Some(BasicConstraints::EndEntity) => (Some(false), None),
            Some(BasicConstraints::CertificateAuthority {
                path_len_constraint,
            }) => (Some(true), path_len_constraint),
        };
        Self {
            is_ca,
            path_length,
            key_usage: key_usage.map(|usage| usage.names().collect()),
            extended_key_usage: extended.map(|list| list.iter().map(purpose).collect()),
        }
    }

    fn rows(&self, without: &str) -> Vec<Row> {
        let authority = match (self.is_ca, self.path_length) {
            (None, _) => without.to_owned(),
            (Some(false), _) => "CA:FALSE".to_owned(),
            (Some(true), None) => "CA:TRUE".to_owned(),
            (Some(true), Some(length)) => format!("CA:TRUE, pathlen:{length}"),
        };
        let mut rows = vec![Row::new("CA", authority)];
        if let Some(usage) = &self.key_usage {
            rows.push(Row::new("key usage", usage.join(", ")));
        }
        if let Some(purposes) = &self.extended_key_usage {
            rows.push(Row::new("purposes", joined(purposes)));
        }
        rows
    }
}

impl RequestFacts {
    fn new(request: &UnverifiedRequest) -> Self {
        let names = request.subject_alt_names();
        let signature = request.signature();
        Self {
            subject: request.subject().to_owned(),
            signature_verified: match signature {
                Ok(()) => Some(true),
                Err(pki_core::Error::RequestSignature) => Some(false),
                Err(_) => None,
            },
            signature_error: signature.err().map(ToString::to_string),
            other_names: names.as_ref().map_or(0, |(_, others)| *others),
            subject_alt_names: names.map(|(names, _)| names),
            public_key: PublicKey::new(request.public_key()),
            usage: Usage::new(
                request.basic_constraints(),
                request.key_usage(),
                request.extended_key_usage().as_deref(),
            ),
            extensions: request.extensions().iter().map(|e| e.oid()).collect(),
        }
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::new("subject", self.subject.as_str())];
        match &self.subject_alt_names {
            None => rows.push(Row::alarm("names", "they cannot be read")),
            Some(names) if names.is_empty() && self.other_names == 0 => {}
            Some(names) => {
                let mut text = joined(names);
                if self.other_names > 0 {
                    text.push_str(&format!(" and {} of other kinds", self.other_names));
                }
                rows.push(Row::new("names", text));
            }
        }
        rows.extend(self.public_key.rows());
        rows.extend(self.usage.rows("not asked for"));
        rows.push(match (self.signature_verified, &self.signature_error) {
            (Some(true), _) => Row::new("signature", "by its own key"),
            (Some(false), _) => Row::alarm(
                "signature",
                "does not verify: it was changed, or another key signed it",
            ),
            (None, error) => {
                let why = error.as_deref().unwrap_or_default();
                Row::alarm("signature", format!("not checked: {why}"))
            }
        });
        rows
    }
}

impl ListFacts {
    fn new(list: &RevocationList, now: Timestamp) -> Self {
        let first = list.revoked().iter().take(MOST_REVOKED);
        Self {
            version: list.version(),
            issuer: list.issuer().to_owned(),
            number: list.number().map(serial),
            this_update: Moment::new(list.this_update(), now),
            next_update: list.next_update().map(|at| Moment::new(at, now)),
            signature_algorithm: signature_name(list.signature_algorithm()),
            revoked: list.revoked().len(),
            first_revoked: first
                .map(|entry| Revoked {
                    serial: serial(entry.serial_number()),
                    date: entry.revocation_date().to_string(),
                })
                .collect(),
        }
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::new("issuer", self.issuer.as_str())];
        if let Some(number) = &self.number {
            rows.push(Row::new("number", number.as_str()));
        }
        rows.push(self.this_update.row("made"));
        rows.push(match &self.next_update {
            Some(next) if next.seconds < 0 => next.alarm("next", "expired"),
            Some(next) => next.row("next"),
            None => Row::new("next", "not said"),
        });
        rows.push(Row::new("signature", self.signature_algorithm.as_str()));
        rows.push(match self.revoked {
            1 => Row::new("revoked", "1 certificate"),
            count => Row::new("revoked", format!("{count} certificates")),
        });
        let list = self.first_revoked.iter();
        rows.extend(list.map(|one| Row::new("", format!("{} at {}", one.serial, one.date))));
        if self.revoked > self.first_revoked.len() {
            let more = self.revoked - self.first_revoked.len();
            rows.push(Row::new("", format!("and {more} more")));
        }
        rows
    }
}

impl KeyFacts {
    fn new(key: &PrivateKeyDescription) -> Self {
        Self {
            encoding: key.form().to_string(),
            encryption: key.encryption().map(str::to_owned),
            public_key: key.public_key().map(PublicKey::new),
            checked: key.is_checked(),
            belongs_to_certificate: None,
        }
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::new("form", self.encoding.as_str())];
        if let Some(encryption) = &self.encryption {
            let text = format!("{encryption}; Kubernetes and etcd ask for no pass phrase");
            rows.push(Row::alarm("encryption", text));
        }
        if let Some(key) = &self.public_key {
            rows.extend(key.rows());
            if !self.checked {
                let text = "not checked: fewer than 2048 bits are too few for any use";
                rows.push(Row::alarm("numbers", text));
            }
        }
        rows
    }
}

impl PublicKey {
    fn new(key: &SubjectPublicKeyInfo) -> Self {
        Self {
            algorithm: key.kind().to_string(),
            sha256: hash(&key.sha256()),
        }
    }

    fn rows(&self) -> [Row; 2] {
        [
            Row::new("key", self.algorithm.as_str()),
            Row::new("key SHA-256", self.sha256.as_str()),
        ]
    }
}

impl Moment {
    fn new(time: Timestamp, now: Timestamp) -> Self {
        Self {
            time: time.to_string(),
            seconds: time.since(now),
            distance: distance(time, now),
        }
    }

    fn row(&self, label: &'static str) -> Row {
        Row::new(label, format!("{}, {}", self.time, self.distance))
    }

    fn alarm(&self, label: &'static str, what: &str) -> Row {
        Row::alarm(label, format!("{}, {what} {}", self.time, self.distance))
    }
}

fn joined(list: &[String]) -> String {
    let shown = list.get(..MOST_NAMES).unwrap_or(list).join(", ");
    match list.len().checked_sub(MOST_NAMES) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

fn signature_name(oid: &str) -> String {
    standard_name(oid).unwrap_or(oid).to_owned()
}

/// The other purposes of RFC 5280 section 4.2.1.12, by its names.
fn purpose(purpose: &ExtendedKeyUsage) -> String {
    match purpose.oid() {
        "1.3.6.1.5.5.7.3.3" => "codeSigning".to_owned(),
        "1.3.6.1.5.5.7.3.4" => "emailProtection".to_owned(),
        "1.3.6.1.5.5.7.3.8" => "timeStamping".to_owned(),
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning".to_owned(),
        _ => purpose.to_string(),
    }
}

/// Extensions of which nothing is shown but that they are there.
fn other_extensions(certificate: &Certificate) -> Vec<String> {
    const SHOWN: [&str; 8] = [
        "2.5.29.14",
        "2.5.29.15",
        "2.5.29.17",
        "2.5.29.19",
        "2.5.29.31",
        "2.5.29.35",
        "2.5.29.37",
        "1.3.6.1.5.5.7.1.1",
    ];
    let extensions = certificate.extensions().unwrap_or_default();
    let others = extensions
        .iter()
        .filter(|extension| !SHOWN.contains(&extension.oid().as_str()));
    others
        .map(|extension| {
            let oid = extension.oid();
            let name = match oid.as_str() {
                "2.5.29.30" => "nameConstraints",
                "2.5.29.32" => "certificatePolicies",
                "1.3.6.1.4.1.11129.2.4.2" => "signed certificate timestamps",
                oid => oid,
            };
            match extension.is_critical() {
                true => format!("{name} (critical)"),
                false => name.to_owned(),
            }
        })
        .collect()
}

/// As `openssl x509 -serial` prints it.
fn serial(octets: &[u8]) -> String {
    let is_negative = octets.first().is_some_and(|first| *first >= 0x80);
    let mut magnitude = octets.to_vec();
    if is_negative {
        // The two's complement.
        let mut carry = true;
        for octet in magnitude.iter_mut().rev() {
            (*octet, carry) = (!*octet).overflowing_add(u8::from(carry));
        }
    }
    let zeros = magnitude.iter().take_while(|octet| **octet == 0).count();
    let significant = magnitude.get(zeros..).unwrap_or_default();
    let digits: String = significant.iter().map(|o| format!("{o:02X}")).collect();
    match (digits.is_empty(), is_negative) {
        (true, _) => "00".to_owned(),
        (false, true) => format!("-{digits}"),
        (false, false) => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_openssls() {
        for (octets, shown) in [
            (&[0][..], "00"),
            (&[1], "01"),
            (&[0, 0x80], "80"),
            (&[0x0a, 0xbc], "0ABC"),
            (&[0xff], "-01"),
            (&[0x80, 0], "-8000"),
            (&[], "00"),
        ] {
            assert_eq!(serial(octets), shown, "{octets:?}");
        }
    }

    #[test]
    fn long_lists_are_cut_for_people() {
        let list = vec!["a".to_owned(); MOST_NAMES + 2];
        assert!(joined(&list).ends_with(", a and 2 more"));
        assert!(!joined(&list[..MOST_NAMES]).contains("more"));
    }
}
