//! What `kpki copy` did: the same facts as text and as JSON.

mod conflict;
mod next;
mod text;

use pki_core::copy::{Action, Conflict, PlanItem, Stranger};
use pki_core::{FileRole, hexadecimal};
use serde::Serialize;

use crate::commands::copy::{CopySource, Ending, HostCopy};
use crate::destination::Backup;
use crate::failure::{Failure, Outcome};
use crate::remote::Place;
use conflict::ConflictReport;

pub(super) use next::steps as next_steps;

/// The JSON document, `kpki.copy/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopyReport {
    schema: &'static str,
    changed: bool,
    dry_run: bool,
    source: SourceReport,
    hosts: Vec<HostReport>,
    notes: Vec<String>,
    next: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceReport {
    directory: String,
    cluster: &'static str,
    /// SHA-256 of the key of the cluster's CA.
    ca_key_sha256: Option<String>,
}

/// One destination.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HostReport {
    destination: String,
    name: Option<String>,
    host_name: Option<String>,
    directory: String,
    status: Status,
    changed: bool,
    files: Vec<FileReport>,
    conflicts: Vec<ConflictReport>,
    strangers: Vec<StrangerReport>,
    notes: Vec<String>,
    backup: Option<String>,
    error: Option<ErrorReport>,
    /// Whether the destination as it was written has the directory in it.
    #[serde(skip)]
    is_directory_said: bool,
    /// What messages call it: its name or address alone.
    #[serde(skip)]
    machine: Option<String>,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// The run was interrupted before.
    #[serde(rename = "not begun")]
    NotBegun,
    /// Everything is there and proved.
    Done,
    /// With --dry-run.
    Planned,
    /// Something is there that must not be replaced, or it is another host.
    Refused,
    Failed,
    /// It was sent, and nobody said whether it was done.
    Unknown,
}

#[derive(Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
struct FileReport {
    name: &'static str,
    path: String,
    status: &'static str,
    reason: Option<String>,
    mode: String,
    /// Whether it was read back and compared, and its key with what it belongs to.
    proved: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StrangerReport {
    path: String,
    /// Whose it is, if it is another host's.
    host: Option<String>,
}

#[derive(Serialize)]
struct ErrorReport {
    message: String,
    hint: Option<String>,
}

impl CopyReport {
    pub(crate) fn new(source: &CopySource, copies: &[HostCopy<'_>], dry_run: bool) -> Self {
        let hosts: Vec<_> = copies.iter().map(HostReport::new).collect();
        Self {
            schema: "kpki.copy/v1",
            changed: hosts.iter().any(|host| host.changed),
            dry_run,
            source: SourceReport {
                directory: source.directory().display().to_string(),
                cluster: source.kind().id(),
                ca_key_sha256: source
                    .cluster_id()
                    .map(|id| hexadecimal::lower(id.digest())),
            },
            notes: source.notes().to_vec(),
            next: next::steps(source.files(), copies, dry_run),
            hosts,
        }
    }

    /// Whether everything is where it should be, or would be.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.hosts.iter().all(HostReport::is_good) {
            true => Outcome::Yes,
            false => Outcome::Unknown,
        }
    }
}

impl HostReport {
    pub(super) fn new(copy: &HostCopy<'_>) -> Self {
        let status = match &copy.ending {
            Ending::NotBegun(_) => Status::NotBegun,
            Ending::Planned(_) => Status::Planned,
            Ending::Proved(..) => Status::Done,
            Ending::Refused(..) => Status::Refused,
            Ending::Failed(..) | Ending::Unproved(..) => Status::Failed,
            Ending::Unknown { .. } => Status::Unknown,
        };
        let plan = copy.ending.plan();
        let items = plan.map_or(&[][..], |plan| plan.items());
        let conflicts = plan.map_or(&[][..], |plan| plan.conflicts());
        let strangers = plan.map_or(&[][..], |plan| plan.strangers());
        let recovered = copy.host.recovered.as_ref();
        let remarks = recovered.map(|it| &it.note).into_iter();
        let remarks = remarks.chain(&copy.host.remarks);
        let notes = remarks.chain(plan.map_or(&[][..], |plan| plan.notes()));
        let recipient = copy.host.recipient;
        let is_written = match &copy.ending {
            Ending::Planned(plan) => plan.changes_anything(),
            ending => ending.perhaps_written().is_some(),
        };
        let changed = is_written || recovered.is_some_and(|it| it.is_changed);
        let of_earlier = || recovered.and_then(|it| it.backup.clone());
        let backup = copy.ending.backup().map(|backup| match backup {
            Backup::Named(backup) => backup,
            Backup::Beginning(begin) => format!("{begin}*"),
        });
        Self {
            destination: recipient.label.clone(),
            name: recipient.name.as_ref().map(ToString::to_string),
            host_name: copy.host.host_name.clone(),
            directory: recipient.directory.display().to_string(),
            status,
            changed,
            files: items
                .iter()
                .map(|item| FileReport::new(item, &copy.ending))
                .collect(),
            conflicts: conflicts
                .iter()
                .map(|conflict| ConflictReport::new(conflict, is_written))
                .collect(),
            strangers: strangers.iter().map(StrangerReport::new).collect(),
            notes: notes.cloned().collect(),
            backup: backup.or_else(of_earlier),
            error: copy.ending.failure().map(ErrorReport::of),
            is_directory_said: match &recipient.place {
                Place::Here(_) => true,
                Place::There(host) => host.directory().is_some(),
            },
            machine: match &recipient.place {
                Place::Here(_) => None,
                Place::There(host) => Some(host.host().to_owned()),
            },
        }
    }
}

impl HostReport {
    /// Whether something was changed there, or would be.
    pub(super) fn changes(&self) -> bool {
        self.changed
    }

    /// Whether everything is there, or would be.
    pub(super) fn is_good(&self) -> bool {
        matches!(self.status, Status::Done | Status::Planned)
    }

    /// Whether another file than the source's stays there.
    pub(super) fn keeps_any(&self) -> bool {
        self.files.iter().any(|file| file.status == KEPT)
    }
}

const KEPT: &str = "kept";

impl FileReport {
    fn new(item: &PlanItem<'_>, ending: &Ending<'_>) -> Self {
        let tense = |past, conditional| match ending {
            Ending::Planned(_) => conditional,
            Ending::Unknown { .. } => "unknown",
            _ if ending.written().is_some() => past,
            _ => "not copied",
        };
        let role = item.copied.file.role;
        let (status, reason) = match &item.action {
            Action::Equal => ("equal", None),
            Action::Keep(why) => (KEPT, Some((*why).to_owned())),
            Action::Conflict(difference) => ("conflict", Some(difference.to_string())),
            Action::InTheWay(what) => ("in the way", Some(what.clone())),
            Action::Mode { found } => (
                tense("mode mended", "mode would be mended"),
                Some(opened(role, format!("it was {found:04o}"), "others")),
            ),
            Action::Owner { found } => (
                tense("owner mended", "owner would be mended"),
                Some(opened(role, format!("it was user {found}'s"), "that user")),
            ),
            Action::Replace(why) => (
                tense("replaced", "would be replaced"),
                Some((*why).to_owned()),
            ),
            _ => (tense("copied", "would be copied"), None),
        };
        let reason = match status {
            "not copied" => None,
            "unknown" => Some("it was sent, and nothing said whether it is there".to_owned()),
            _ => reason,
        };
        Self {
            name: item.copied.entry.base_name,
            path: item.copied.file.path.clone(),
            status,
            reason,
            mode: format!("{:04o}", role.mode()),
            proved: matches!(ending, Ending::Proved(..)) && status != KEPT,
        }
    }
}

/// Of a secret, who else may have read it.
fn opened(role: FileRole, why: String, who: &str) -> String {
    match role.is_secret() {
        true => format!("{why}, and {who} could read it"),
        false => why,
    }
}

impl StrangerReport {
    fn new(stranger: &Stranger) -> Self {
        Self {
            path: stranger.file().path.clone(),
            host: match stranger {
                Stranger::OtherHosts { host, .. } => Some(host.clone()),
                _ => None,
            },
        }
    }
}

impl ErrorReport {
    fn of(failure: &Failure) -> Self {
        Self {
            message: failure.message().to_owned(),
            hint: failure.advice().map(str::to_owned),
        }
    }
}

/// A CA or the service account's keys that were replaced because that was asked for.
fn overruled(conflicts: &[Conflict]) -> impl Iterator<Item = &Conflict> {
    conflicts.iter().filter(|conflict| conflict.is_overruled)
}
