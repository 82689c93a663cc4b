//! The certificate request: `ca-csr.json`, `client.json`, and in the guides of
//! kubeadm the `config.json` that `cfssl print-defaults csr` starts.

use super::entry::{Entry, Placed};
use super::json;
use super::key_spec::{self, CfsslKey};
use super::lint::LintRule;
use super::reader::Reader;
use super::refusal::{self, CfsslRefusal};
use super::schema::{GoType, Schema};
use super::{Read, Reading, host, subject};
use crate::Error;
use crate::certificate::Certificate;
use crate::document::DocumentError;
use crate::extension::Extension;
use crate::name::{DistinguishedName, GeneralName, NameProblem, SubjectAltName};

mod ca;
mod extensions;

pub use ca::CfsslCa;
pub(super) use ca::SCHEMA as CA;

/// A certificate request of cfssl, in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfsslCertificateRequest {
    csr_subject: DistinguishedName,
    names_are_full: bool,
    subject: DistinguishedName,
    pub(super) hosts: Vec<Placed>,
    key: CfsslKey,
    ca: Option<CfsslCa>,
    crl_url: Option<String>,
    extensions: Vec<Extension>,
    delegation_enabled: bool,
}

pub(super) const SCHEMA: Schema = Schema {
    go_name: "csr.CertificateRequest",
    keys: &[
        ("CN", GoType::Text),
        ("hosts", GoType::TEXTS),
        ("key", GoType::Pointer(&GoType::Struct(&key_spec::SCHEMA))),
        ("names", GoType::List(&GoType::Struct(&subject::NAME))),
        ("serialnumber", GoType::Text),
        ("ca", GoType::Pointer(&GoType::Struct(&CA))),
        ("crl_url", GoType::Text),
        (
            "extensions",
            GoType::List(&GoType::Struct(&extensions::SCHEMA)),
        ),
        ("delegation_enabled", GoType::Bool),
    ],
    accidents: &[],
    explain: |key| match key {
        "expiry" => Some((
            "cfssl ignores a lifetime here: a profile has it, and for a CA 'ca'",
            "\"ca\": {\"expiry\": \"87600h\"}",
        )),
        "C" | "ST" | "L" | "O" | "OU" | "E" => {
            Some(("this part of the subject stands in 'names'", "names"))
        }
        "SANs" | "sans" | "san" | "SAN" | "host" | "hostname" => {
            Some(("alternative names stand in 'hosts'", "hosts"))
        }
        "usages" | "profile" => Some(("a profile decides on this", "leave it out")),
        "signing" => Some((
            "this is a signing configuration, not a certificate request",
            "give it as the configuration",
        )),
        _ => None,
    },
};

pub(super) const ROOT: GoType = GoType::Struct(&SCHEMA);
pub(super) const ROOT_NAME: &str = "CertificateRequest";

impl CfsslCertificateRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// [`DocumentError`] for what is not JSON or has a value of the wrong
    /// type; in the strict reading also for all that cfssl would ignore, for
    /// keys that kpki does not make and for a subject that nobody can read.
    pub fn parse(bytes: &[u8], reading: Reading) -> Result<Read<Self>, DocumentError> {
        let node = json::parse(bytes, reading)?;
        let mut reader = Reader::new(reading);
        let value = read(&mut reader, &Entry::root(&node))?;
        refusal::fits(&node, ROOT, ROOT_NAME)?;
        Ok(Read {
            value,
            warnings: reader.into_warnings(),
        })
    }

    /// The request that would ask for this certificate once more: its subject,
    /// without hosts.
    ///
    /// # Errors
    /// [`Error::Encoding`] if the subject has a string of a type that is not written.
    pub fn of_certificate(certificate: &Certificate) -> Result<Self, Error> {
        let subject = DistinguishedName::from_der(certificate.subject_der());
        let csr_subject = subject::arranged(&subject.ok_or(Error::Encoding)?);
        Ok(Self {
            subject: csr_subject.clone(),
            csr_subject,
            names_are_full: true,
            hosts: Vec::new(),
            key: CfsslKey::default_key(),
            ca: None,
            crl_url: None,
            extensions: Vec::new(),
            delegation_enabled: false,
        })
    }

    /// What cfssl 1.6 prints instead of reading this request, if it refuses it.
    /// A document beyond the limits of kpki's own parser gives none: see
    /// [`Self::parse`].
    #[must_use]
    pub fn refusal_of_cfssl(bytes: &[u8]) -> Option<CfsslRefusal> {
        refusal::json(bytes, ROOT, ROOT_NAME).map(CfsslRefusal::bare)
    }

    /// What cfssl 1.6 prints after `received` the request, if it cannot make a
    /// CA of it: a lifetime that is none, or no subject. `common_name` is that
    /// of the command line, which rules over the document's.
    #[must_use]
    pub fn authority_refusal_of_cfssl(
        bytes: &[u8],
        common_name: Option<&str>,
    ) -> Option<CfsslRefusal> {
        Self::refusal_of_cfssl(bytes).or_else(|| refusal::authority(bytes, common_name))
    }

    /// The subject in cfssl's order: C, ST, L, street, postalCode, O, OU, CN,
    /// serialNumber, then all others.
    #[must_use]
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// The subject in the order of a CSR, in which attributes by object
    /// identifier and e-mail addresses come last.
    #[must_use]
    pub fn csr_subject(&self) -> &DistinguishedName {
        &self.csr_subject
    }

    /// Whether there are `names`, and each has more than e-mail and `OID`.
    pub(super) fn names_are_full(&self) -> bool {
        self.names_are_full
    }

    /// The same request for another common name, as `-cn` gives one.
    #[must_use]
    pub fn with_common_name(mut self, common_name: &str) -> Self {
        self.csr_subject = subject::with_common_name(&self.csr_subject, common_name);
        self.subject = subject::arranged(&self.csr_subject);
        self
    }

    /// The same request for the hosts of `-hostname`, which are separated by
    /// commas, instead of its own.
    #[must_use]
    pub fn with_hostname(mut self, hostname: &str) -> Read<Self> {
        let split = host::split_hostname(hostname);
        self.hosts = split.value;
        Read {
            value: self,
            warnings: split.warnings,
        }
    }

    /// The hosts as cfssl takes them: each an address, an e-mail address, a URI
    /// or else a DNS name, whatever it is. Empty ones are left out.
    ///
    /// # Errors
    /// [`DocumentError`] for a host that is not ASCII or has a NUL.
    pub fn general_names(&self) -> Result<Read<Vec<GeneralName>>, DocumentError> {
        host::general_names(&self.hosts)
    }

    /// The names and addresses of a server or peer, each once, with remarks.
    /// They may be none: the caller knows whether others come from elsewhere.
    ///
    /// # Errors
    /// [`DocumentError`] for a host that cannot stand in a certificate, and
    /// for an empty one, of which cfssl makes an invalid name.
    pub fn server_hosts(&self) -> Result<Read<Vec<SubjectAltName>>, DocumentError> {
        self.read_hosts(|host| {
            let error = host.refuse("an empty host: cfssl makes an empty DNS name of it");
            Err(error.suggesting("name the hosts and addresses of the server"))
        })
    }

    /// The same for a client, for which guides write `"hosts": [""]` to mean none.
    ///
    /// # Errors
    /// [`DocumentError`] for a host that cannot stand in a certificate.
    pub fn client_hosts(&self) -> Result<Read<Vec<SubjectAltName>>, DocumentError> {
        self.read_hosts(|host| {
            let warning = host.refuse("an empty host, a habit of old guides, is left out");
            Ok(warning.suggesting("leave 'hosts' out"))
        })
    }

    /// The texts of `hosts`, as they are written.
    pub fn host_texts(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|host| host.text.as_str())
    }

    /// The key to make.
    #[must_use]
    pub fn key(&self) -> &CfsslKey {
        &self.key
    }

    /// What a CA's own certificate is to be; only `-initca` reads it.
    #[must_use]
    pub fn ca(&self) -> Option<&CfsslCa> {
        self.ca.as_ref()
    }

    /// Where the CRL of a CA is.
    #[must_use]
    pub fn crl_url(&self) -> Option<&str> {
        self.crl_url.as_deref()
    }

    /// Extensions to ask for.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Whether the certificate may sign delegated credentials (RFC 9345).
    #[must_use]
    pub fn delegation_enabled(&self) -> bool {
        self.delegation_enabled
    }

    fn read_hosts(
        &self,
        empty: fn(&Placed) -> Result<DocumentError, DocumentError>,
    ) -> Result<Read<Vec<SubjectAltName>>, DocumentError> {
        const MANY: usize = 100;
        const MOST: usize = 1000;
        let mut warnings = Vec::new();
        if let Some(host) = self.hosts.get(MANY) {
            let message = format!("{} hosts in one certificate", self.hosts.len());
            let remark = host.refuse(message);
            match self.hosts.len() > MOST {
                true => return Err(remark.suggesting("one certificate for each host")),
                false => warnings.push(remark),
            }
        }
        let mut names = Vec::new();
        for host in &self.hosts {
            let noted = match SubjectAltName::parse(&host.text) {
                Err(error) if error.problem == NameProblem::Empty && host.text.is_empty() => {
                    warnings.push(empty(host)?);
                    continue;
                }
                parsed => parsed.map_err(|error| DocumentError {
                    suggestion: instead(&error.problem),
                    ..host.refuse(error.to_string())
                })?,
            };
            warnings.extend(noted.notes.iter().map(|note| host.refuse(note.to_string())));
            match names.contains(&noted.value) {
                true => warnings.push(host.refuse(format!("{} stands here twice", noted.value))),
                false => names.push(noted.value),
            }
        }
        Ok(Read {
            value: names,
            warnings,
        })
    }
}

pub(super) fn instead(problem: &NameProblem) -> Option<String> {
    match problem {
        NameProblem::Whitespace(text)
        | NameProblem::Url(text)
        | NameProblem::HostAndPort(text)
        | NameProblem::TrailingDot(text)
        | NameProblem::NonAscii(Some(text)) => Some(text.clone()),
        NameProblem::List(parts) if parts.len() <= 20 => {
            let quoted: Vec<_> = parts.iter().map(|part| format!("\"{part}\"")).collect();
            Some(quoted.join(", "))
        }
        _ => None,
    }
}

pub(super) fn read(
    reader: &mut Reader,
    root: &Entry<'_>,
) -> Result<CfsslCertificateRequest, DocumentError> {
    if root.is_null() {
        // Go decodes null into an empty request.
        reader.ignore(LintRule::NullValue, root.refuse("the value is null"))?;
        return read(reader, &Entry::root(&EMPTY));
    }
    let top = reader.fields(root, &SCHEMA)?;
    if ["CN", "hosts", "names"]
        .into_iter()
        .all(|key| top.get(key).is_none())
    {
        let error = root.refuse("none of 'CN', 'hosts' and 'names': this names nobody");
        reader.ignore(LintRule::NobodyNamed, error)?;
    }
    let key = match top.get("key") {
        Some(key) => {
            let read = CfsslKey::read(reader, key);
            reader.settle(LintRule::WrongValue, read)?
        }
        None => None,
    };
    let key = key.unwrap_or_else(CfsslKey::default_key);
    if reader.is_strict() {
        key.algorithm()?;
    }
    let csr_subject = subject::read(reader, &top, "serialnumber");
    let csr_subject = reader.settle(LintRule::WrongValue, csr_subject)?;
    let csr_subject = csr_subject.unwrap_or_else(|| DistinguishedName::new(Vec::new()));
    let hosts = match top.get("hosts") {
        Some(hosts) => hosts.texts(reader),
        None => Ok(Vec::new()),
    };
    let ca = top.get("ca").map(|ca| CfsslCa::read(reader, ca));
    let extensions = match top.get("extensions") {
        Some(entry) => extensions::read(reader, entry),
        None => Ok(Vec::new()),
    };
    let names_are_full = refusal::has_names(reader, &top);
    Ok(CfsslCertificateRequest {
        subject: subject::arranged(&csr_subject),
        csr_subject,
        names_are_full: reader
            .settle(LintRule::WrongValue, names_are_full)?
            .unwrap_or_default(),
        hosts: reader
            .settle(LintRule::WrongValue, hosts)?
            .unwrap_or_default(),
        key,
        ca: match ca {
            Some(ca) => reader.settle(LintRule::Duration, ca)?,
            None => None,
        },
        crl_url: top.placed("crl_url")?.map(|placed| placed.text),
        extensions: reader
            .settle(LintRule::WrongValue, extensions)?
            .unwrap_or_default(),
        delegation_enabled: top.boolean("delegation_enabled")?,
    })
}

pub(super) static EMPTY: json::Node = json::Node {
    position: crate::document::Position { line: 1, column: 1 },
    value: json::Value::Object(Vec::new()),
};

#[cfg(test)]
mod tests;
