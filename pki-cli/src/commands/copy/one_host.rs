//! The way of one host: look, plan, write, read back, prove.

use pki_core::copy::{Action, CopyOptions, Difference, Plan, Proof, Question, Source, Survey};
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
        copy: HostCopy {
            recipient,
            host_name: None,
            plan: None,
            is_written: false,
            backup: None,
            done: Done::DryRun,
            remarks: Vec::new(),
        },
    };
    visit.copy.done = visit.go().unwrap_or_else(Done::Failed);
    visit.copy
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
        };
        if options.host.is_none() && self.args.with_host_certs {
            // What is asked about depends on who it is.
            let host_name = destination.survey(&[])?.host_name;
            options.host = host_name.and_then(|name| self.known(&name));
        }
        let (survey, has_remains) = self.survey(destination, &options)?;
        if let Err(refusal) = self.identify(&mut options) {
            return Ok(Done::Refused(refusal));
        }
        let plan = Plan::new(self.source, &survey, &options, self.now);
        let refusal = plan.is_blocked().then(|| refusal(&plan));
        let plan = self.copy.plan.insert(plan);
        if let Some(refusal) = refusal {
            return Ok(Done::Refused(refusal));
        }
        if self.args.dry_run {
            if has_remains {
                let remark = "an interrupted copy left something there, which the next clears";
                self.copy.remarks.push(remark.to_owned());
            }
            return Ok(Done::DryRun);
        }
        if plan.changes_anything() || has_remains {
            let files = new_files(plan, self.copy.recipient)?;
            let receipt = destination.publish(files, &self.now.compact())?;
            self.copy.is_written = plan.changes_anything();
            self.copy.backup = receipt.backup;
            self.copy.remarks.extend(receipt.remark);
        }
        prove(plan, self.copy.recipient, destination)?;
        Ok(Done::Proved)
    }

    /// What lies there, and whether an interrupted copy left something.
    fn survey(
        &mut self,
        destination: &mut dyn Destination,
        options: &CopyOptions,
    ) -> Result<(Survey, bool), Failure> {
        let questions = Plan::questions(self.source, options);
        let asked = |question: &Question<'_>| {
            let path = self.copy.recipient.path(&question.file)?;
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
        self.copy.host_name = found.host_name;
        let mut survey = Survey::default();
        for (question, file) in questions.into_iter().zip(found.files) {
            survey.insert(question.file, file);
        }
        Ok((survey, found.has_remains))
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

/// Whether both are one host's name, of which one may be without its domain.
fn is_same_host(name: &str, says: &str) -> bool {
    let short = |name: &str| match name.split_once('.') {
        Some((short, _)) => short.to_ascii_lowercase(),
        None => name.to_ascii_lowercase(),
    };
    name.eq_ignore_ascii_case(says)
        || (!name.contains('.') || !says.contains('.')) && short(name) == short(says)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_leave_its_domain_out() {
        for (name, says, same) in [
            ("m1", "m1", true),
            ("m1", "M1.example.com", true),
            ("m1.example.com", "m1", true),
            ("m1.example.com", "m1.example.org", false),
            ("m1", "m2", false),
            ("m1", "", false),
        ] {
            assert_eq!(is_same_host(name, says), same, "{name} {says}");
        }
    }
}
