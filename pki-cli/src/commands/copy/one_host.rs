//! The way of one host: look, plan, write, read back, prove.

use std::collections::BTreeMap;
use std::path::Path;

use pki_core::copy::{CopyOptions, Plan, Present, PresentFile, Question, Source, Survey};
use pki_core::{FileRole, HostName, Timestamp};

use super::cluster_hosts::ClusterHosts;
use super::{Args, Ending, HostCopy, Recipient, Visited};
use crate::commands::generate::{Recovered, lock_recovering};
use crate::destination::{Asked, Destination, LocalDirectory, Remains, RemoteDirectory};
use crate::failure::Failure;
use crate::remote::Place;
use crate::store::Root;

/// Does all that is to be done for one host.
pub(super) fn copy<'a>(
    recipient: &'a Recipient,
    source: &'a Source,
    unusable: &BTreeMap<HostName, Failure>,
    hosts: &ClusterHosts<'_>,
    args: &Args,
    now: Timestamp,
) -> HostCopy<'a> {
    let mut visit = Visit {
        source,
        unusable,
        hosts,
        args,
        now,
        host: Visited::new(recipient),
    };
    let ending = visit.go();
    visit.host.ended(ending)
}

struct Visit<'a, 'b> {
    unusable: &'b BTreeMap<HostName, Failure>,
    source: &'a Source,
    hosts: &'b ClusterHosts<'b>,
    args: &'b Args,
    now: Timestamp,
    host: Visited<'a>,
}

impl<'a> Visit<'a, '_> {
    fn go(&mut self) -> Result<Ending<'a>, Failure> {
        let recipient = self.host.recipient;
        match &recipient.place {
            Place::Here(_) => {
                let (now, dry_run) = (self.now, self.args.dry_run);
                let mut recovered = None;
                let root = &recipient.root;
                let ending = here(root, now, dry_run, &mut recovered, |it| self.steps(it));
                self.host.recovered = recovered.or_else(|| self.host.recovered.take());
                ending
            }
            Place::There(host) => {
                let root = recipient.root.to_string_lossy();
                let mut there = RemoteDirectory::open(host, &root, &self.args.ssh)?;
                let ending = self.steps(&mut there);
                let recovered = there.recovered();
                self.host.recovered = recovered.or_else(|| self.host.recovered.take());
                ending
            }
        }
    }

    /// Another run that was faster may have written the same: so it is looked at again, once
    /// for each thing that two of them may meet at, as a directory that both make.
    fn steps(&mut self, destination: &mut dyn Destination) -> Result<Ending<'a>, Failure> {
        const MOST_OFTEN: usize = 5;
        let mut ending = self.attempt(destination)?;
        for _ in 0..MOST_OFTEN {
            if !std::mem::take(&mut self.host.is_overtaken) {
                break;
            }
            ending = self.attempt(destination)?;
        }
        Ok(ending)
    }

    fn attempt(&mut self, destination: &mut dyn Destination) -> Result<Ending<'a>, Failure> {
        let mut options = CopyOptions {
            host: self.host.recipient.name.clone(),
            with_host_certs: self.args.with_host_certs,
            replace_ca: self.args.replace_ca,
            replace_kubeconfigs: self.args.replace_kubeconfigs,
        };
        if options.host.is_none() && self.args.with_host_certs {
            // What is asked about depends on who it is.
            let found = destination.survey(&[])?;
            if let Some(distrusted) = found.distrusted {
                return Err(distrusted);
            }
            let host_name = found.host_name;
            if let Err(refusal) = self.identify(host_name, &mut options) {
                return Ok(Ending::Refused(None, refusal));
            }
        }
        let mut looked = look(self.host.recipient, self.source, &options, destination)?;
        if let Err(refusal) = self.identify(looked.host_name.take(), &mut options) {
            return Ok(Ending::Refused(None, refusal));
        }
        if let Some(mistake) = looked.mistake.take() {
            return Ok(Ending::Refused(None, mistake));
        }
        if looked.remains == Remains::TakenBack && self.args.dry_run {
            return Ok(self.host.not_foreseen());
        }
        let is_between = matches!(looked.remains, Remains::TakenBack | Remains::Busy);
        if is_between && !self.args.dry_run {
            // Neither what an interrupted run left nor what one has written so far is refused, or
            // gone on with.
            destination.take_back()?;
            looked = look(self.host.recipient, self.source, &options, destination)?;
        }
        let plan = Plan::new(self.source, &looked.survey, &options, self.now);
        let (host, remains) = (&mut self.host, looked.remains);
        Ok(match self.args.dry_run {
            true => host.only_shown(plan, remains, destination),
            false => host.carry_out(plan, remains, self.now, destination),
        })
    }

    /// Whether it is the host that it should be, and one that may have the keys.
    fn identify(&mut self, says: Option<String>, options: &mut CopyOptions) -> Result<(), Failure> {
        self.host.host_name.clone_from(&says);
        if let Some(says) = says {
            options.host = self.hosts.identify(options.host.as_ref(), &says)?;
        }
        match &options.host {
            _ if !self.args.with_host_certs => Ok(()),
            Some(name) if self.source.own(name).is_none() => {
                Err(self.unusable.get(name).cloned().unwrap_or_else(|| {
                    Failure::new(format!("the source has no tree of {name}")).hint(
                        "make it with 'kpki gen', or write --to NAME=... with a name that it has",
                    )
                }))
            }
            Some(_) => Ok(()),
            None => Err(Failure::new("nothing says which host it is")
                .hint("write --to NAME=..., with its name in the cluster")),
        }
    }
}

/// Visits a directory of this host: first without the lock, for where nothing can be written
/// there is none to have, and then with it if something is to be written.
///
/// An interrupted run that was to replace something is taken back and not finished: it may have
/// had another source, and what this one has to do is planned anew.
pub(crate) fn here<'a>(
    directory: &Path,
    now: Timestamp,
    dry_run: bool,
    recovered: &mut Option<Recovered>,
    mut visit: impl FnMut(&mut dyn Destination) -> Result<Ending<'a>, Failure>,
) -> Result<Ending<'a>, Failure> {
    let root = Root::open_trusted(directory)?;
    let mut looking = LocalDirectory::to_read(directory, root.as_ref());
    let seen = visit(&mut looking)?;
    if dry_run || !looking.needs_lock() {
        return Ok(seen);
    }
    let root = match Root::open_or_create(directory) {
        Ok(root) => root,
        Err(error) => return Ok(seen.failed(error.into())),
    };
    let locked;
    (locked, *recovered) = match lock_recovering(&root, now, |_| false) {
        Ok(locked) => locked,
        // What was seen is no state that anybody wanted, and what stood in its way says nothing.
        Err(failure) if looking.is_between() => return Ok(Ending::Failed(None, failure)),
        Err(failure) => return Ok(seen.failed(failure)),
    };
    visit(&mut LocalDirectory::to_write(&root, &locked))
}

/// What was found at a destination.
pub(crate) struct Looked {
    pub(crate) survey: Survey,
    /// What the host calls itself.
    pub(crate) host_name: Option<String>,
    /// What an interrupted run left.
    pub(crate) remains: Remains,
    /// Why it cannot be the directory that was meant.
    pub(crate) mistake: Option<Failure>,
}

/// Looks at all that a plan has to know.
pub(crate) fn look(
    recipient: &Recipient,
    source: &Source,
    options: &CopyOptions,
    destination: &mut dyn Destination,
) -> Result<Looked, Failure> {
    let mut questions = Plan::questions(source, options);
    questions.retain(|question| recipient.knows(&question.file));
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
    let is_ours = |(question, file): (&Question<'_>, &PresentFile)| {
        question.file.role != FileRole::Kubeconfig && !matches!(file.content, Present::Nothing)
    };
    let is_known = questions.iter().zip(&found.files).any(is_ours);
    let mistake = match is_known || found.remains != Remains::None {
        true => None,
        false => recipient.mistake(&found.full),
    };
    // What is no directory of ours is not to be mended for us.
    if let Some(distrusted) = found.distrusted.filter(|_| mistake.is_none()) {
        return Err(distrusted);
    }
    let mut survey = Survey::by(found.user);
    for (question, file) in questions.into_iter().zip(found.files) {
        survey.insert(question.file, file);
    }
    Ok(Looked {
        survey,
        host_name: found.host_name,
        remains: found.remains,
        mistake,
    })
}
