//! The documents that a guide keeps in etcd's certificates directory, and what
//! they rule: profiles, validity, keys and names of an external etcd.

use super::{
    CfsslCa, CfsslCertificateRequest, CfsslKind, EffectiveProfile, Reading, SigningConfig,
    cfssl_kind, shape, subject,
};
use crate::catalog::{Authority, CatalogEntry, EntryKind};
use crate::cluster::Host;
use crate::document::DocumentError;
use crate::expected::{Expected, ExpectedAuthority};
use crate::extension::ExtendedKeyUsage;
use crate::name::{AttributeType, DistinguishedName, SubjectAltName};
use crate::profile::Profile;
use crate::{Error, Quoted};

/// config.json (or ca-config.json), ca-csr.json, client.json and the requests
/// of servers and peers, as far as they are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CfsslEtcd {
    signing: Option<Document<SigningConfig>>,
    authority: Option<Document<CfsslCertificateRequest>>,
    client: Option<Document<CfsslCertificateRequest>>,
    server: Option<Document<CfsslCertificateRequest>>,
    peer: Option<Document<CfsslCertificateRequest>>,
    notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Document<T> {
    file: String,
    value: T,
}

impl CfsslEtcd {
    /// The names of the files that are read, where they exist.
    pub const FILES: [&'static str; 6] = [
        "config.json",
        "ca-config.json",
        "ca-csr.json",
        "client.json",
        "server.json",
        "peer.json",
    ];

    /// Reads the documents, each with its file name. `config.json` is told by
    /// its content: guides give the name to the signing configuration and to
    /// the request of a host.
    ///
    /// # Errors
    /// The file and what is wrong in it.
    pub fn parse(documents: &[(String, Vec<u8>)]) -> Result<Self, (String, DocumentError)> {
        let mut all = Self::default();
        for (file, bytes) in documents {
            all.add(file, bytes)
                .map_err(|error| (file.clone(), error))?;
        }
        Ok(all)
    }

    fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), DocumentError> {
        let signing = match file {
            "ca-config.json" => true,
            "config.json" => cfssl_kind(bytes) != CfsslKind::CertificateRequest,
            _ => false,
        };
        if signing {
            let read = SigningConfig::parse(bytes, Reading::Strict)?;
            self.note(file, &read.warnings);
            if let Some(other) = &self.signing {
                return Err(DocumentError::of_whole(format!(
                    "{} is a signing configuration as well",
                    other.file
                )));
            }
            self.signing = Some(Document {
                file: file.to_owned(),
                value: read.value,
            });
            return Ok(());
        }
        let read = CfsslCertificateRequest::parse(bytes, Reading::Strict)?;
        self.note(file, &read.warnings);
        let mut document = Document {
            file: file.to_owned(),
            value: read.value,
        };
        let place = match file {
            "ca-csr.json" => &mut self.authority,
            "client.json" => &mut self.client,
            "peer.json" => &mut self.peer,
            "server.json" => &mut self.server,
            // The request of a host, which the guide uses for both.
            _ => {
                self.peer.get_or_insert_with(|| document.clone());
                document = self.server.take().unwrap_or(document);
                &mut self.server
            }
        };
        *place = Some(document);
        Ok(())
    }

    fn note(&mut self, file: &str, warnings: &[DocumentError]) {
        self.notes
            .extend(warnings.iter().map(|warning| format!("{file}: {warning}")));
    }

    /// Lets the documents rule what etcd's CA is expected to be.
    /// That of its peers keeps its own name: two CAs of one name cannot be told
    /// apart by what they sign.
    pub(crate) fn rule_authority(
        &self,
        entry: &CatalogEntry,
        expected: &mut ExpectedAuthority,
    ) -> Result<(), Error> {
        let Some(document) = &self.authority else {
            return Ok(());
        };
        let request = &document.value;
        expected.key_algorithm = request
            .key()
            .algorithm()
            .map_err(|e| in_file(&document.file, e))?;
        refuse_masters(&document.file, request.subject())?;
        expected.subject = match entry.kind {
            EntryKind::Authority(Authority::EtcdPeers) => {
                let own = expected.subject.common_name().unwrap_or_default();
                subject::with_common_name(request.subject(), own)
            }
            _ => request.subject().clone(),
        };
        expected.subject_alt_names = Vec::new();
        let ca = request.ca();
        expected.validity_seconds = ca
            .and_then(|ca| ca.expiry)
            .unwrap_or(CfsslCa::DEFAULT_EXPIRY)
            .seconds();
        expected.profile = shape::authority(ca.and_then(CfsslCa::path_len_constraint));
        Ok(())
    }

    /// Lets the documents rule what a leaf is expected to be; gives remarks.
    pub(crate) fn rule_leaf(
        &self,
        entry: &CatalogEntry,
        host: &Host,
        expected: &mut Expected,
    ) -> Result<Vec<String>, Error> {
        let mut notes = self.notes.clone();
        let (name, document) = match entry.base_name {
            "etcd/server" => ("server", &self.server),
            "etcd/peer" => ("peer", &self.peer),
            _ => ("client", &self.client),
        };
        if let Some(signing) = &self.signing {
            let profile = signing
                .value
                .profile(name)
                .map_err(|e| in_file(&signing.file, e))?;
            expected.validity_seconds = profile.expiry.seconds();
            expected.profile = leaf_profile(&signing.file, name, &profile)?;
            notes.extend(without_client_auth(&signing.file, name, &expected.profile));
        }
        let Some(document) = document else {
            return Ok(notes);
        };
        let request = &document.value;
        expected.key_algorithm = request
            .key()
            .algorithm()
            .map_err(|error| in_file(&document.file, error))?;
        refuse_masters(&document.file, request.subject())?;
        expected.organizations = None;
        if name == "client" {
            expected.subject = request.subject().clone();
            let hosts = request
                .client_hosts()
                .map_err(|e| in_file(&document.file, e))?;
            notes.extend(
                hosts
                    .warnings
                    .iter()
                    .map(|w| format!("{}: {w}", document.file)),
            );
            expected.subject_alt_names = hosts.value;
            return Ok(notes);
        }
        // The host's name, or what its peers know it by.
        let own = expected.subject.common_name().unwrap_or_default();
        expected.subject = subject::with_common_name(request.subject(), own);
        notes.extend(add_hosts(document, host, &mut expected.subject_alt_names)?);
        Ok(notes)
    }
}

fn leaf_profile(file: &str, name: &str, profile: &EffectiveProfile) -> Result<Profile, Error> {
    let settings = &profile.settings;
    let refuse = |what: &str| {
        let mut error = DocumentError::of_whole(what.to_owned());
        error.path = format!("signing.profiles.{name}");
        Err(in_file(file, error))
    };
    if settings.is_remote() {
        return refuse("this profile signs on another host, and kpki signs here");
    }
    if settings.is_ca() {
        return refuse("a certificate of etcd must not be a CA");
    }
    if settings.not_before.is_some() || settings.not_after.is_some() || settings.backdate.is_some()
    {
        return refuse(
            "fixed dates and backdate are not followed here: leave them out, or use 'kpki cfssl'",
        );
    }
    if !settings.ct_log_servers.is_empty() {
        return refuse("ct_log_servers are not followed here: leave them out");
    }
    profile.certificate_profile()
}

/// etcd's gateway connects to its own port with the server certificate, and
/// peers connect to each other (etcd#9785).
fn without_client_auth(file: &str, name: &str, profile: &Profile) -> Option<String> {
    let usages = &profile.extended_key_usage;
    let missing = name != "client" && !usages.contains(&ExtendedKeyUsage::ClientAuth);
    missing.then(|| {
        format!(
            "{file}: the profile '{name}' has no 'client auth': etcd uses the certificate as a \
             client, too, and will log 'remote error: tls: bad certificate'"
        )
    })
}

/// The names of a host's request, if it is this host's.
fn add_hosts(
    document: &Document<CfsslCertificateRequest>,
    host: &Host,
    names: &mut Vec<SubjectAltName>,
) -> Result<Vec<String>, Error> {
    let read = document
        .value
        .server_hosts()
        .map_err(|error| in_file(&document.file, error))?;
    if read.value.is_empty() {
        return Ok(Vec::new());
    }
    let own = document.value.subject().common_name() == Some(host.name.as_str())
        || read
            .value
            .contains(&SubjectAltName::Ip(host.advertise_address));
    if !own {
        return Ok(vec![format!(
            "{}: its hosts are those of another host and are not given to {}",
            document.file, host.name
        )]);
    }
    for name in read.value {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(read
        .warnings
        .iter()
        .map(|warning| format!("{}: {warning}", document.file))
        .collect())
}

/// system:masters is a group of Kubernetes that cannot be revoked; etcd does
/// not read it, and the same CA may one day be trusted elsewhere.
fn refuse_masters(file: &str, subject: &DistinguishedName) -> Result<(), Error> {
    match subject
        .values(&AttributeType::Organization)
        .find(|o| *o == "system:masters")
    {
        None => Ok(()),
        Some(group) => {
            let message = format!(
                "the organization {} gives every right in Kubernetes and none in etcd",
                Quoted(group)
            );
            let mut error = DocumentError::of_whole(message);
            error.path = "names".to_owned();
            error.suggestion = Some("leave it out".to_owned());
            Err(in_file(file, error))
        }
    }
}

fn in_file(file: &str, error: DocumentError) -> Error {
    Error::DocumentIn {
        file: file.to_owned(),
        error,
    }
}
