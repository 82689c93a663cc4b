//! How the copy to one host ends.

use pki_core::Timestamp;
use pki_core::copy::{Action, Difference, Plan, Proof};

use super::Recipient;
use crate::commands::generate::{Recovered, unforeseen};
use crate::destination::{Backup, Delivery, Destination, Receipt, Remains, Unpublished};
use crate::failure::Failure;
use crate::store::{NewFile, RelPath};

/// What became of one host.
pub(crate) struct HostCopy<'a> {
    pub(crate) host: Visited<'a>,
    pub(crate) ending: Ending<'a>,
}

/// A host, and what is to be said of it however it ends.
pub(crate) struct Visited<'a> {
    pub(crate) recipient: &'a Recipient,
    /// What the host calls itself, where it has a say.
    pub(crate) host_name: Option<String>,
    pub(crate) remarks: Vec<String>,
    /// What became of an interrupted run before.
    pub(crate) recovered: Option<Recovered>,
    /// Whether somebody else wrote there after it was looked at, so that nothing was
    /// written.
    pub(crate) is_overtaken: bool,
}

/// How far it went.
pub(crate) enum Ending<'a> {
    /// Somebody ended the run before.
    NotBegun(Failure),
    /// With --dry-run: it was looked at, and nothing stands in the way.
    Planned(Plan<'a>),
    /// It must not be done; nothing was written. There is no plan for a host that is not the
    /// one that it should be.
    Refused(Option<Plan<'a>>, Failure),
    /// It could not be done; everything there is as it was.
    Failed(Option<Plan<'a>>, Failure),
    /// It was sent, and nobody said what became of it: all of it is done or nothing. What it
    /// replaced is in the backup then, where it replaced anything.
    Unknown {
        plan: Plan<'a>,
        backup: Option<Backup>,
        failure: Failure,
    },
    /// It is written as far as the host says, and what lies there was not proved.
    Unproved(Plan<'a>, Written, Failure),
    /// Everything is there, and that is proved.
    Proved(Plan<'a>, Written),
}

/// What was changed at a host.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) is_changed: bool,
    /// The directory with the replaced files.
    pub(crate) backup: Option<String>,
}

impl<'a> HostCopy<'a> {
    /// Of a host whose turn did not come.
    pub(super) fn not_begun(recipient: &'a Recipient) -> Self {
        Self {
            host: Visited::new(recipient),
            ending: Ending::NotBegun(Failure::new("the run was interrupted")),
        }
    }
}

impl<'a> Ending<'a> {
    /// The same where it cannot be gone on with. What was refused is, whatever else is wrong.
    pub(super) fn failed(self, failure: Failure) -> Self {
        match self {
            Self::NotBegun(_) => Self::Failed(None, failure),
            Self::Refused(..) => self,
            Self::Failed(plan, _) => Self::Failed(plan, failure),
            Self::Planned(plan)
            | Self::Unknown { plan, .. }
            | Self::Unproved(plan, ..)
            | Self::Proved(plan, _) => Self::Failed(Some(plan), failure),
        }
    }

    /// What there was to do, if anybody looked.
    pub(crate) fn plan(&self) -> Option<&Plan<'a>> {
        match self {
            Self::NotBegun(_) => None,
            Self::Refused(plan, _) | Self::Failed(plan, _) => plan.as_ref(),
            Self::Planned(plan)
            | Self::Unknown { plan, .. }
            | Self::Unproved(plan, ..)
            | Self::Proved(plan, _) => Some(plan),
        }
    }

    /// Why not everything is there.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Planned(_) | Self::Proved(..) => None,
            Self::NotBegun(failure)
            | Self::Refused(_, failure)
            | Self::Failed(_, failure)
            | Self::Unproved(_, _, failure)
            | Self::Unknown { failure, .. } => Some(failure),
        }
    }

    /// The plan, if files of it were written.
    pub(crate) fn written(&self) -> Option<&Plan<'a>> {
        match self {
            Self::Unproved(plan, written, _) | Self::Proved(plan, written) => {
                written.is_changed.then_some(plan)
            }
            _ => None,
        }
    }

    /// The plan, if files of it were written or may have been.
    pub(crate) fn perhaps_written(&self) -> Option<&Plan<'a>> {
        match self {
            Self::Unknown { plan, .. } => Some(plan),
            _ => self.written(),
        }
    }

    /// Where replaced files are, or are if any were replaced.
    pub(crate) fn backup(&self) -> Option<Backup> {
        match self {
            Self::Unknown { backup, .. } => backup.clone(),
            Self::Unproved(_, written, _) | Self::Proved(_, written) => {
                written.backup.clone().map(Backup::Named)
            }
            _ => None,
        }
    }
}

impl<'a> Visited<'a> {
    pub(crate) fn new(recipient: &'a Recipient) -> Self {
        Self {
            recipient,
            host_name: None,
            remarks: Vec::new(),
            recovered: None,
            is_overtaken: false,
        }
    }

    /// The end; an error is one of a host at which nothing was planned yet.
    pub(crate) fn ended(self, ending: Result<Ending<'a>, Failure>) -> HostCopy<'a> {
        HostCopy {
            host: self,
            ending: ending.unwrap_or_else(|failure| Ending::Failed(None, failure)),
        }
    }

    /// With --dry-run, where an interrupted run is taken back before anything is planned: what
    /// lies there is the state between.
    pub(crate) fn not_foreseen(&mut self) -> Ending<'a> {
        self.recovered = Some(Recovered {
            note: "what an interrupted run has put in place is taken back first".to_owned(),
            is_changed: true,
            backup: None,
        });
        Ending::Failed(None, unforeseen())
    }

    /// With --dry-run.
    pub(crate) fn only_shown(
        &mut self,
        plan: Plan<'a>,
        remains: Remains,
        destination: &mut dyn Destination,
    ) -> Ending<'a> {
        self.recovered = match remains {
            Remains::Finished => Some(Recovered::foreseen()),
            Remains::None | Remains::Stage | Remains::TakenBack | Remains::Busy => None,
        };
        if plan.is_blocked() {
            let refusal = refusal(&plan, "nothing was written there");
            return Ending::Refused(Some(plan), refusal);
        }
        if plan.changes_anything() || remains != Remains::None {
            let delivery = new_files(&plan, self.recipient);
            if let Err(failure) = delivery.and_then(|delivery| destination.foresee(&delivery)) {
                return Ending::Failed(Some(plan), failure);
            }
        }
        let remark = match remains {
            Remains::Stage => {
                Some("an interrupted copy left something there, which the next clears")
            }
            Remains::Busy => Some(
                "another run is at work there: look again once it is done, for it may change what is to be done",
            ),
            Remains::None | Remains::Finished | Remains::TakenBack => None,
        };
        self.remarks.extend(remark.map(str::to_owned));
        Ending::Planned(plan)
    }

    /// Writes, reads back and proves.
    pub(crate) fn carry_out(
        &mut self,
        plan: Plan<'a>,
        remains: Remains,
        now: Timestamp,
        destination: &mut dyn Destination,
    ) -> Ending<'a> {
        if plan.is_blocked() {
            // An interrupted run may have been ended before.
            let is_changed = self.recovered.as_ref().is_some_and(|it| it.is_changed);
            let written = match is_changed {
                true => "nothing else was written there",
                false => "nothing was written there",
            };
            let refusal = refusal(&plan, written);
            return Ending::Refused(Some(plan), refusal);
        }
        let mut written = Written::default();
        if plan.changes_anything() || remains != Remains::None {
            let receipt = new_files(&plan, self.recipient)
                .map_err(Unpublished::Undone)
                .and_then(|delivery| destination.publish(delivery, &now.compact()));
            match receipt {
                Ok(Receipt { backup, remark }) => {
                    written.is_changed = plan.changes_anything();
                    written.backup = backup;
                    self.remarks.extend(remark);
                }
                Err(Unpublished::Undone(failure)) => return Ending::Failed(Some(plan), failure),
                Err(Unpublished::Overtaken(failure)) => {
                    self.is_overtaken = true;
                    return Ending::Failed(Some(plan), failure);
                }
                Err(Unpublished::Unknown { backup, failure }) => {
                    return Ending::Unknown {
                        plan,
                        backup,
                        failure,
                    };
                }
            }
        }
        match prove(&plan, self.recipient, destination) {
            Ok(()) => Ending::Proved(plan, written),
            Err(failure) => Ending::Unproved(plan, written, failure),
        }
    }
}

/// What stands in the way; `written` says what was written all the same.
fn refusal(plan: &Plan<'_>, written: &str) -> Failure {
    let conflicts = plan.conflicts().iter().filter(|it| !it.is_overruled);
    let differences: Vec<_> = conflicts.flat_map(|it| &it.differences).collect();
    let in_the_way = plan.items().iter().filter_map(|item| match &item.action {
        Action::InTheWay(what) => Some((item.copied.file.path.as_str(), what.as_str())),
        _ => None,
    });
    let in_the_way: Vec<_> = in_the_way.collect();
    let is_foreign = |difference: &Difference| *difference == Difference::ForeignKey;
    let mut reasons = in_the_way.iter();
    let hint = match in_the_way.is_empty() {
        false
            if reasons.all(|(_, what)| what.to_ascii_lowercase().contains("permission denied")) =>
        {
            "log in as the owner of the files, or add --sudo"
        }
        false => "look at it and move it away",
        true if differences.iter().any(|(_, it)| is_foreign(it)) => {
            "move the key away that belongs to no certificate of the source"
        }
        true => {
            "if the source is right, --replace-ca puts its own there and keeps the others in a backup"
        }
    };
    let alike = differences.chunk_by(|(_, one), (_, other)| one == other);
    let differing = alike.map(|alike| {
        let files: Vec<_> = alike.iter().map(|(file, _)| file.path.as_str()).collect();
        let difference = alike.first().map(|(_, difference)| difference.to_string());
        format!("{}: {}", files.join(", "), difference.unwrap_or_default())
    });
    let alike = in_the_way.chunk_by(|(_, one), (_, other)| one == other);
    let blocking = alike.map(|alike| {
        let files: Vec<_> = alike.iter().map(|(file, _)| *file).collect();
        let what = alike.first().map(|(_, what)| *what);
        format!("{}: {}", files.join(", "), what.unwrap_or_default())
    });
    let said: Vec<_> = differing.chain(blocking).collect();
    Failure::new(said.join("; ")).hint(format!("{written}; {hint}"))
}

/// The files to write.
fn new_files(plan: &Plan<'_>, recipient: &Recipient) -> Result<Delivery, Failure> {
    let mut delivery = Delivery::default();
    for item in plan.writes() {
        let path = recipient.path(&item.copied.file)?;
        if item.keeps_owner {
            delivery.heirs.push(path.clone());
        }
        if matches!(item.action, Action::Mode { .. } | Action::Owner { .. }) {
            delivery.mended.push(path.clone());
        }
        delivery.files.push(NewFile {
            path,
            bytes: item.copied.bytes.clone(),
            mode: item.copied.file.role.mode(),
            replaces: item.action.replaces(),
        });
    }
    Ok(delivery)
}

/// Reads everything back: a file that was equal before is proved as well.
fn prove(
    plan: &Plan<'_>,
    recipient: &Recipient,
    destination: &mut dyn Destination,
) -> Result<(), Failure> {
    let paths = plan.settled().map(|item| recipient.path(&item.copied.file));
    let paths: Vec<RelPath> = paths.collect::<Result<_, _>>()?;
    let read = destination.read_back(&paths)?;
    let proof = Proof::new(plan, &read);
    if proof.holds() {
        return Ok(());
    }
    let faults = proof.faults().iter();
    let faults: Vec<_> = faults
        .map(|fault| format!("{}: {}", fault.file.path, fault.why))
        .collect();
    Err(Failure::new(format!("not proved: {}", faults.join("; ")))
        .hint("somebody else writes there: look at it, then run the command again"))
}
