//! What `kpki expiry` found: the same facts as text, as JSON and as metrics.

mod tables;

use pki_core::Timestamp;
use pki_core::expiry::{
    Expiry, ExpiryRow, ExpiryState, Exposed, FoundCertificate, Standing, Within, exposition,
};
use serde::Serialize;

use super::verify_report::NotRead;
use super::{complaint, harmless};
use crate::env::Env;
use crate::failure::Failure;
use crate::tree::TreeOnDisk;

/// The certificates of a host and where they were found.
pub(crate) struct HostExpiry {
    pub(crate) host: String,
    pub(crate) on_disk: TreeOnDisk,
    pub(crate) expiry: Expiry,
}

/// The certificates of all hosts.
pub(crate) struct ExpiryReport {
    pub(crate) hosts: Vec<HostExpiry>,
    not_read: Vec<NotRead>,
    within: Option<Within>,
    pub(crate) now: Timestamp,
}

/// What is soon if nobody says so.
const SOON_DAYS: u16 = 30;

/// The JSON document, `kpki.expiry/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExpiryDocument {
    schema: &'static str,
    now: String,
    within_seconds: i64,
    expired: usize,
    soon: usize,
    missing: usize,
    elsewhere: usize,
    unreadable: usize,
    not_read: Vec<NotReadDocument>,
    certificates: Vec<CertificateDocument>,
}

/// A directory of which nothing could be read.
#[derive(Serialize)]
struct NotReadDocument {
    host: String,
    directory: String,
    why: String,
    hint: Option<String>,
}

/// A row; without a certificate the fields about it are null.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateDocument {
    host: String,
    name: String,
    state: &'static str,
    file: String,
    position: usize,
    embedded: Option<EmbeddedDocument>,
    why: Option<String>,
    subject: Option<String>,
    issuer: Option<String>,
    serial_number: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    residual_seconds: Option<i64>,
    is_ca: Option<bool>,
    authority: Option<String>,
    externally_managed: Option<bool>,
    copy_of: Option<String>,
}

#[derive(Serialize)]
struct EmbeddedDocument {
    kind: &'static str,
    key: String,
}

impl ExpiryReport {
    pub(crate) fn new(
        hosts: Vec<HostExpiry>,
        not_read: Vec<NotRead>,
        within: Option<Within>,
        now: Timestamp,
    ) -> Self {
        Self {
            hosts,
            not_read,
            within,
            now,
        }
    }

    /// The failure of the only directory, where there is nothing to report but that.
    pub(crate) fn or_failure(mut self) -> Result<Self, Failure> {
        if let ([], [_]) = (&self.hosts[..], &self.not_read[..])
            && let Some(only) = self.not_read.pop()
        {
            return Err(only.failure);
        }
        Ok(self)
    }

    /// What the other formats have no room for, on stderr.
    pub(crate) fn say_what_was_not_read(&self) {
        for not_read in &self.not_read {
            complaint(&not_read_text(not_read));
        }
    }

    fn has_many(&self) -> bool {
        self.hosts.len() + self.not_read.len() > 1
    }

    /// What ends in this time ends soon.
    fn soon(&self) -> Within {
        self.within.unwrap_or_else(|| Within::days(SOON_DAYS))
    }

    fn standing(&self, found: &FoundCertificate) -> Standing {
        found.standing(self.now, self.soon())
    }

    fn rows(&self) -> impl Iterator<Item = (&HostExpiry, &ExpiryRow)> {
        let of_host = |host| -> (&HostExpiry, &Vec<ExpiryRow>) { (host, &host.expiry.rows) };
        let hosts = self.hosts.iter().map(of_host);
        hosts.flat_map(|(host, rows)| rows.iter().map(move |row| (host, row)))
    }

    /// Certificates that stand so; the same one in several files counts once.
    pub(crate) fn count(&self, standing: Standing) -> usize {
        let found = self.rows().filter_map(|(_, row)| row.found());
        let once = found.filter(|found| found.copy_of.is_none());
        once.filter(|found| self.standing(found) == standing)
            .count()
    }

    /// Certificates, files and whole directories.
    pub(crate) fn unreadable(&self) -> usize {
        let unreadable = |row: &ExpiryRow| matches!(row.state, ExpiryState::Unreadable(_));
        let rows = self.rows().filter(|(_, row)| unreadable(row)).count();
        rows + self.not_read.len()
    }

    fn missing(&self) -> usize {
        let missing = |row: &ExpiryRow| matches!(row.state, ExpiryState::Missing);
        self.rows().filter(|(_, row)| missing(row)).count()
    }

    fn elsewhere(&self) -> usize {
        let elsewhere = |row: &ExpiryRow| matches!(row.state, ExpiryState::Elsewhere);
        self.rows().filter(|(_, row)| elsewhere(row)).count()
    }

    /// The rows of all hosts, what ends first on top; what has no end last.
    fn sorted(&self) -> Vec<(&HostExpiry, &ExpiryRow)> {
        let mut rows: Vec<_> = self.rows().collect();
        let end = |row: &ExpiryRow| {
            let found = row.found();
            found.map_or(Timestamp::LATEST, |found| {
                found.certificate.validity().not_after()
            })
        };
        // Equal ones stay in the order of the catalog.
        rows.sort_by_key(|(_, row)| (row.found().is_none(), end(row)));
        rows
    }

    pub(crate) fn to_prometheus(&self) -> String {
        let paths: Vec<String> = self
            .rows()
            .map(|(host, row)| host.on_disk.path_of(&row.file))
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        let rows = self.rows().zip(&paths);
        let exposed: Vec<_> = rows.map(|((_, row), path)| Exposed { path, row }).collect();
        let not_read = self.not_read.iter();
        let not_read: Vec<_> = not_read
            .map(|not_read| not_read.directory.to_string_lossy().into_owned())
            .collect();
        exposition(&exposed, &not_read, self.now)
    }

    pub(crate) fn to_json(&self) -> ExpiryDocument {
        let row = |(host, row): (&HostExpiry, &ExpiryRow)| self.row_to_json(host, row);
        ExpiryDocument {
            schema: "kpki.expiry/v1",
            now: self.now.to_string(),
            within_seconds: self.soon().seconds(),
            expired: self.count(Standing::Expired),
            soon: self.count(Standing::Soon),
            missing: self.missing(),
            elsewhere: self.elsewhere(),
            unreadable: self.unreadable(),
            not_read: self.not_read.iter().map(NotReadDocument::from).collect(),
            certificates: self.sorted().into_iter().map(row).collect(),
        }
    }

    fn row_to_json(&self, host: &HostExpiry, row: &ExpiryRow) -> CertificateDocument {
        let found = row.found();
        let certificate = found.map(|found| &found.certificate);
        let validity = certificate.map(|certificate| certificate.validity());
        let (state, why) = match &row.state {
            ExpiryState::Found(found) => (self.standing(found).id(), None),
            ExpiryState::Unreadable(why) => ("unreadable", Some(why.clone())),
            ExpiryState::Elsewhere => ("elsewhere", None),
            _ => ("missing", None),
        };
        CertificateDocument {
            host: host.host.clone(),
            name: row.name.clone(),
            state,
            file: host.on_disk.shown_path(&row.file).to_owned(),
            position: row.position,
            embedded: row.embedded.as_ref().map(|embedded| EmbeddedDocument {
                kind: embedded.kind.id(),
                key: embedded.key.clone(),
            }),
            why,
            subject: certificate.map(|certificate| certificate.subject().to_owned()),
            issuer: certificate.map(|certificate| certificate.issuer().to_owned()),
            serial_number: certificate.map(pki_core::Certificate::serial_number_text),
            not_before: validity.map(|validity| validity.not_before().to_string()),
            not_after: validity.map(|validity| validity.not_after().to_string()),
            residual_seconds: validity.map(|validity| validity.not_after().since(self.now)),
            is_ca: found.map(FoundCertificate::is_ca),
            authority: found.and_then(|found| found.authority.clone()),
            externally_managed: found.map(|found| found.is_externally_managed),
            copy_of: found.and_then(|found| found.copy_of.clone()),
        }
    }

    pub(crate) fn to_text(&self, env: &Env) -> String {
        tables::text(self, env.columns)
    }
}

fn not_read_text(not_read: &NotRead) -> String {
    let why = not_read.failure.on_one_line();
    format!("{}: {}", harmless(&not_read.host), harmless(&why))
}

impl From<&NotRead> for NotReadDocument {
    fn from(not_read: &NotRead) -> Self {
        Self {
            host: not_read.host.clone(),
            directory: not_read.directory.to_string_lossy().into_owned(),
            why: not_read.failure.message().to_owned(),
            hint: not_read.failure.advice().map(str::to_owned),
        }
    }
}
