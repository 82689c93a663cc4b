//! What `kpki copy` did: the same facts as text and as JSON.

mod conflict;
mod next;
mod text;

use pki_core::copy::{Action, Conflict, PlanItem, Stranger};
use pki_core::hexadecimal;
use serde::Serialize;

use crate::commands::copy::{CopySource, Done, HostCopy};
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
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// Everything is there and proved.
    Done,
    /// With --dry-run.
    Planned,
    /// Something is there that must not be replaced, or it is another host.
    Refused,
    Failed,
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
            next: next::steps(copies, dry_run),
            hosts,
        }
    }

    /// Whether everything is where it should be; of a dry run, whether every host
    /// was looked at.
    pub(crate) fn outcome(&self) -> Outcome {
        let is_bad = |host: &HostReport| match host.status {
            Status::Failed => true,
            Status::Refused => !self.dry_run,
            Status::Done | Status::Planned => false,
        };
        match self.hosts.iter().any(is_bad) {
            true => Outcome::Unknown,
            false => Outcome::Yes,
        }
    }
}

impl HostReport {
    pub(super) fn new(copy: &HostCopy<'_>) -> Self {
        let (status, error) = match &copy.done {
            Done::DryRun => (Status::Planned, None),
            Done::Proved => (Status::Done, None),
            Done::Refused(failure) => (Status::Refused, Some(ErrorReport::of(failure))),
            Done::Failed(failure) => (Status::Failed, Some(ErrorReport::of(failure))),
        };
        let plan = copy.plan.as_ref();
        let items = plan.map_or(&[][..], |plan| plan.items());
        let conflicts = plan.map_or(&[][..], |plan| plan.conflicts());
        let strangers = plan.map_or(&[][..], |plan| plan.strangers());
        let remarks = copy.remarks.iter();
        let notes = remarks.chain(plan.map_or(&[][..], |plan| plan.notes()));
        let recipient = copy.recipient;
        Self {
            destination: recipient.label.clone(),
            name: recipient.name.as_ref().map(ToString::to_string),
            host_name: copy.host_name.clone(),
            directory: recipient.directory.display().to_string(),
            status,
            changed: match &copy.done {
                Done::DryRun => plan.is_some_and(|plan| plan.changes_anything()),
                _ => copy.is_written,
            },
            files: items
                .iter()
                .map(|item| FileReport::new(item, copy))
                .collect(),
            conflicts: conflicts.iter().map(ConflictReport::new).collect(),
            strangers: strangers.iter().map(StrangerReport::new).collect(),
            notes: notes.cloned().collect(),
            backup: copy.backup.clone(),
            error,
            is_directory_said: match &recipient.place {
                Place::Here(_) => true,
                Place::There(host) => host.directory().is_some(),
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
}

impl FileReport {
    fn new(item: &PlanItem<'_>, copy: &HostCopy<'_>) -> Self {
        let tense = |past, conditional| match copy.done {
            Done::DryRun => conditional,
            _ if copy.is_written => past,
            _ => "not copied",
        };
        let (status, reason) = match &item.action {
            Action::Equal => ("equal", None),
            Action::Keep(why) => ("kept", Some((*why).to_owned())),
            Action::Conflict(difference) => ("conflict", Some(difference.to_string())),
            Action::InTheWay(what) => ("in the way", Some(what.clone())),
            Action::Mode { found } => (
                tense("mode mended", "mode would be mended"),
                Some(format!("it was {found:04o}")),
            ),
            Action::Replace(why) => (
                tense("replaced", "would be replaced"),
                Some((*why).to_owned()),
            ),
            _ => (tense("copied", "would be copied"), None),
        };
        let reason = reason.filter(|_| status != "not copied");
        Self {
            name: item.copied.entry.base_name,
            path: item.copied.file.path.clone(),
            status,
            reason,
            mode: format!("{:04o}", item.copied.file.role.mode()),
            proved: matches!(copy.done, Done::Proved) && !matches!(item.action, Action::Keep(_)),
        }
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
