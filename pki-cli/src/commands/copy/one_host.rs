//! The way of one host: look, plan, write, read back, prove.

use pki_core::copy::{
    Action, CopyOptions, Difference, Plan, Proof, Question, Source, Survey, is_same_host,
};
use pki_core::{HostName, Timestamp};

use super::{Args, Recipient};
use crate::commands::generate::lock;
use crate::destination::{Asked, Destination, LocalDirectory, RemoteDirectory};
use crate::failure::Failure;
use crate::output::harmless;
use crate::remote::Place;
use crate::store::{NewFile, RelPath, Root};

/// What became of one host.
pub(crate) struct HostCopy<'a> {
    pub(crate) recipient: &'a Recipient,
    /// What the host calls itself, where it has a say.
    pub(crate) host_name: Option<String>,
    /// `None` if it was not looked at.
    pub(crate) plan: Option<Plan<'a>>,
    /// Whether the files of the plan were written.
    pub(crate) is_written: bool,
    /// The directory with the replaced files.
    pub(crate) backup: Option<String>,
    pub(crate) done: Done,
    pub(crate) remarks: Vec<String>,
}

/// How far it went.
pub(crate) enum Done {
    /// Looked at only.
    DryRun,
    /// Everything is there, and that is proved.
    Proved,
    /// It must not be done; nothing was written.
    Refused(Failure),
    /// It could not be done.
    Failed(Failure),
}

/// Does all that is to be done for one host.
pub(super) fn copy<'a>(
    recipient: &'a Recipient,
    source: &'a Source,
    args: &Args,
    now: Timestamp,
) -> HostCopy<'a> {
    let mut visit = Visit {
        source,
        args,
        now,
        copy: HostCopy::new(recipient),
    };
    visit.copy.done = visit.go().unwrap_or_else(Done::Failed);
    visit.copy
}

impl<'a> HostCopy<'a> {
    /// Of a host at which nothing was done yet.
    pub(crate) fn new(recipient: &'a Recipient) -> Self {
        Self {
            recipient,
            host_name: None,
            plan: None,
            is_written: false,
            backup: None,
            done: Done::DryRun,
            remarks: Vec::new(),
        }
    }

    /// With --dry-run.
    pub(crate) fn only_shown(&mut self, plan: Plan<'a>, has_remains: bool) -> Done {
        let refusal = plan.is_blocked().then(|| refusal(&plan));
        self.plan = Some(plan);
        if let Some(refusal) = refusal {
            return Done::Refused(refusal);
        }
        if has_remains {
            let remark = "an interrupted copy left something there, which the next clears";
            self.remarks.push(remark.to_owned());
        }
        Done::DryRun
    }

    /// Writes, reads back and proves.
    pub(crate) fn carry_out(
        &mut self,
        plan: Plan<'a>,
        has_remains: bool,
        now: Timestamp,
        destination: &mut dyn Destination,
    ) -> Result<Done, Failure> {
        let refusal = plan.is_blocked().then(|| refusal(&plan));
        let plan = self.plan.insert(plan);
        if let Some(refusal) = refusal {
            return Ok(Done::Refused(refusal));
        }
        if plan.changes_anything() || has_remains {
            let files = new_files(plan, self.recipient)?;
            let receipt = destination.publish(files, &now.compact())?;
            self.is_written = plan.changes_anything();
            self.backup = receipt.backup;
            self.remarks.extend(receipt.remark);
        }
        prove(plan, self.recipient, destination)?;
        Ok(Done::Proved)
    }
}

struct Visit<'a, 'b> {
    source: &'a Source,
    args: &'b Args,
    now: Timestamp,
    copy: HostCopy<'a>,
}

impl Visit<'_, '_> {
    fn go(&mut self) -> Result<Done, Failure> {
        let recipient = self.copy.recipient;
        match &recipient.place {
            Place::Here(_) if self.args.dry_run => {
                let root = Root::open(&recipient.root)?;
                self.steps(&mut LocalDirectory::to_read(root.as_ref()))
            }
            Place::Here(_) => {
                let root = Root::open_or_create(&recipient.root)?;
                let locked = lock(&root, self.now)?;
                self.steps(&mut LocalDirectory::to_write(&root, &locked))
            }
            Place::There(host) => {
                let root = recipient.root.to_string_lossy();
                let mut there = RemoteDirectory::open(host, &root, &self.args.ssh)?;
                self.steps(&mut there)
            }
        }
    }

    fn steps(&mut self, destination: &mut dyn Destination) -> Result<Done, Failure> {
        let mut options = CopyOptions {
            host: self.copy.recipient.name.clone(),
            with_host_certs: self.args.with_host_certs,
            replace_ca: self.args.replace_ca,
            replace_kubeconfigs: true,
        };
        if options.host.is_none() && self.args.with_host_certs {
            // What is asked about depends on who it is.
            let host_name = destination.survey(&[])?.host_name;
            options.host = host_name.and_then(|name| self.known(&name));
        }
        let looked = look(self.copy.recipient, self.source, &options, destination)?;
        self.copy.host_name = looked.host_name;
        let (survey, has_remains) = (looked.survey, looked.has_remains);
        if let Err(refusal) = self.identify(&mut options) {
            return Ok(Done::Refused(refusal));
        }
        let plan = Plan::new(self.source, &survey, &options, self.now);
        let copy = &mut self.copy;
        match self.args.dry_run {
            true => Ok(copy.only_shown(plan, has_remains)),
            false => copy.carry_out(plan, has_remains, self.now, destination),
        }
    }

    /// Whether it is the host that it should be: an address may have been given to
    /// another.
    fn identify(&mut self, options: &mut CopyOptions) -> Result<(), Failure> {
        let says = self.copy.host_name.clone();
        match (&options.host, says) {
            (Some(name), Some(says)) if !is_same_host(name.as_str(), &says) => {
                let shown = harmless(&says);
                let otherwise = format!("the host calls itself {shown}, and should be {name}");
                if self.args.with_host_certs {
                    return Err(Failure::new(otherwise).hint(format!(
                        "its address may be another host's now; nothing of {name} was sent"
                    )));
                }
                self.copy.remarks.push(otherwise);
                options.host = self.known(&says);
            }
            (Some(name), _) if self.args.with_host_certs && self.source.own(name).is_none() => {
                return Err(
                    Failure::new(format!("the source has no tree of {name}")).hint(
                        "make it with 'kpki gen', or write --to NAME=... with a name that it has",
                    ),
                );
            }
            (None, _) if self.args.with_host_certs => {
                return Err(Failure::new("nothing says which host it is")
                    .hint("write --to NAME=..., with its name in the cluster"));
            }
            (None, Some(says)) => options.host = self.known(&says),
            _ => {}
        }
        Ok(())
    }

    /// The host of the source that calls itself so, or any other.
    fn known(&self, says: &str) -> Option<HostName> {
        let mut hosts = self.source.hosts();
        let known = hosts.find(|host| is_same_host(host.as_str(), says));
        known.cloned().or_else(|| says.parse().ok())
    }
}

/// What was found at a destination.
pub(crate) struct Looked {
    pub(crate) survey: Survey,
    /// What the host calls itself.
    pub(crate) host_name: Option<String>,
    /// Whether an interrupted copy left something.
    pub(crate) has_remains: bool,
}

/// Looks at all that a plan has to know.
pub(crate) fn look(
    recipient: &Recipient,
    source: &Source,
    options: &CopyOptions,
    destination: &mut dyn Destination,
) -> Result<Looked, Failure> {
    let questions = Plan::questions(source, options);
    let asked = |question: &Question<'_>| {
        let path = recipient.path(&question.file)?;
        Ok((path, question.file.role.is_secret()))
    };
    let asked: Vec<_> = questions
        .iter()
        .map(asked)
        .collect::<Result<_, Failure>>()?;
    let asked = asked.into_iter().zip(&questions);
    let asked: Vec<_> = asked
        .map(|((path, is_secret), question)| Asked {
            path,
            is_secret,
            expected: question.expected,
        })
        .collect();
    let found = destination.survey(&asked)?;
    let mut survey = Survey::default();
    for (question, file) in questions.into_iter().zip(found.files) {
        survey.insert(question.file, file);
    }
    Ok(Looked {
        survey,
        host_name: found.host_name,
        has_remains: found.has_remains,
    })
}

/// What stands in the way.
fn refusal(plan: &Plan<'_>) -> Failure {
    let conflicts = plan.conflicts().iter().filter(|it| !it.is_overruled);
    let differences: Vec<_> = conflicts.flat_map(|it| &it.differences).collect();
    let in_the_way = plan.items().iter().filter_map(|item| match &item.action {
        Action::InTheWay(what) => Some(format!("{}: {what}", item.copied.file.path)),
        _ => None,
    });
    let in_the_way: Vec<_> = in_the_way.collect();
    let is_foreign = |difference: &Difference| *difference == Difference::ForeignKey;
    let hint = match in_the_way.is_empty() {
        false => "nothing was written there; look at it and move it away",
        true if differences.iter().any(|(_, it)| is_foreign(it)) => {
            "nothing was written there; move the key away that belongs to no certificate of the source"
        }
        true => {
            "nothing was written there; if the source is right, --replace-ca puts its own there and keeps the others in a backup"
        }
    };
    let alike = differences.chunk_by(|(_, one), (_, other)| one == other);
    let said = alike.map(|alike| {
        let files: Vec<_> = alike.iter().map(|(file, _)| file.path.as_str()).collect();
        let difference = alike.first().map(|(_, difference)| difference.to_string());
        format!("{}: {}", files.join(", "), difference.unwrap_or_default())
    });
    let said: Vec<_> = said.chain(in_the_way).collect();
    Failure::new(said.join("; ")).hint(hint)
}

fn new_files(plan: &Plan<'_>, recipient: &Recipient) -> Result<Vec<NewFile>, Failure> {
    let new = plan.writes().map(|item| {
        Ok(NewFile {
            path: recipient.path(&item.copied.file)?,
            bytes: item.copied.bytes.clone(),
            mode: item.copied.file.role.mode(),
            replaces: item.action.replaces(),
        })
    });
    new.collect()
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
