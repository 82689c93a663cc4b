//! `kpki bundle apply`: the files of a bundle to their places on this host.

use std::path::PathBuf;

use pki_core::HostName;
use pki_core::copy::{
    BundleRefusal, BundleTerms, ClusterId, CopyOptions, Plan, PortableBundle, Source,
};

use super::file::name;
use super::open::{self, BundleFile, Opened};
use super::secrets::OpenArgs;
use super::verified::verified;
use crate::cli::{Format, OutputArgs};
use crate::commands::copy::{Ending, Recipient, Visited, here, look};
use crate::destination::{Destination, Remains};
use crate::env::Env;
use crate::envelope::Locks;
use crate::failure::{Failure, Outcome};
use crate::layout::CERT_DIR;
use crate::output;
use crate::output::bundle_report::{ApplyReport, BundleFacts};

/// Put the files of a bundle in their places on this host, and prove that they are there
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The bundle; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    open: OpenArgs,

    /// The certificates directory of this host; kubeconfigs go to the one above it
    #[arg(long, value_name = "DIR", default_value = CERT_DIR)]
    cert_dir: PathBuf,

    /// Take only a bundle of this cluster; 'kpki bundle create' prints it, and 'kpki hash' on another master
    #[arg(long, value_name = "sha256:HASH")]
    cluster_id: Option<ClusterId>,

    /// This is the host that the bundle is for, whatever it calls itself
    #[arg(long, value_name = "NAME")]
    host: Option<HostName>,

    /// Put the bundle's CAs and service account keys in the place of others, and keep these in a backup
    #[arg(long)]
    replace_ca: bool,

    /// Take a bundle that is older than what is here
    #[arg(long)]
    allow_older: bool,

    /// Take a bundle that the cluster's CA has not signed, if --cluster-id or ca.crt here says that it is of this cluster
    #[arg(long)]
    allow_unsigned: bool,

    /// Show what would be done and write nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

const AFTER_HELP: &str = "\
Everything is verified in memory before anything is written: the encryption, the signature of the
cluster's CA, every file, that keys belong to their certificates, and what 'kpki verify' would say.
All files are written or none, and read back; what they replace is kept in a backup.

A bundle for another host or of another cluster is refused, and so is one that is older than what is
here. On a host without ca.crt nothing says which cluster it should be of but --cluster-id. A bundle
encrypted to recipients, which anybody could have made, is refused there without it.

EXAMPLES
  kpki bundle apply cluster.age -i key.txt --cluster-id sha256:...
      into /etc/kubernetes/pki
  kpki bundle apply master-2.age --passphrase-file passphrase --dry-run
      what would be done

EXIT CODES
  0  everything is there and proved, or would be
  2  the bundle is not in order or not for this host; nothing was written unless the message says so";

pub(super) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let mut file = BundleFile::read(&args.file, &args.open)?;
    let opened = file.opened.take();
    let needs_secret = || open::needs_secret(&args.file, &file.envelope);
    let Opened { bundle, source } = opened.ok_or_else(needs_secret)?;
    verified(&args.file, &bundle, env.now)?;
    let recipient = Recipient::here(&args.cert_dir, bundle.host().is_some())?;
    let mut visit = Visit {
        args: &args,
        is_by_anybody: !matches!(file.envelope.locks(), Locks::Passphrase),
        bundle: &bundle,
        source: &source,
        env,
        host: Visited::new(&recipient),
        is_warned: false,
    };
    visit.host.host_name = env.host_name();
    let ending = visit.go();
    let copy = visit.host.ended(ending);
    let report = ApplyReport::new(
        name(&args.file),
        file.encryption(),
        BundleFacts::of(&bundle),
        &source,
        &copy,
        args.dry_run,
    );
    let printed = match args.output.output {
        Format::Json => output::json(&report),
        Format::Text => output::text(&report.to_text(env)),
    };
    printed?;
    Ok(report.outcome())
}

struct Visit<'a, 'b> {
    args: &'b Args,
    is_by_anybody: bool,
    bundle: &'b PortableBundle,
    source: &'a Source,
    env: &'b Env,
    host: Visited<'a>,
    /// Whether it was said that nothing here tells the cluster.
    is_warned: bool,
}

impl<'a> Visit<'a, '_> {
    fn go(&mut self) -> Result<Ending<'a>, Failure> {
        let (now, dry_run) = (self.env.now, self.args.dry_run);
        let directory = &self.host.recipient.root;
        let mut recovered = None;
        let ending = here(directory, now, dry_run, &mut recovered, |it| self.steps(it));
        self.host.recovered = recovered.or_else(|| self.host.recovered.take());
        ending
    }

    fn steps(&mut self, here: &mut dyn Destination) -> Result<Ending<'a>, Failure> {
        let recipient = self.host.recipient;
        let options = CopyOptions {
            host: self.bundle.host().cloned(),
            with_host_certs: self.bundle.host().is_some(),
            replace_ca: self.args.replace_ca,
            // Which of them is newer is judged by their times.
            replace_kubeconfigs: true,
        };
        let looked = look(recipient, self.source, &options, here)?;
        if let Some(mistake) = looked.mistake {
            return Ok(Ending::Refused(None, mistake));
        }
        let (survey, remains) = (looked.survey, looked.remains);
        if remains == Remains::TakenBack && self.args.dry_run {
            return Ok(self.host.not_foreseen());
        }
        let plan = Plan::new(self.source, &survey, &options, self.env.now);
        let terms = self.args.terms(self.is_by_anybody);
        let is_unknown = self.bundle.clusters_at(&survey).is_empty() && terms.cluster.is_none();
        let host_name = self.host.host_name.as_deref();
        let refused = self.bundle.refusal(&plan, &survey, host_name, &terms);
        if let Some(refused) = refused {
            return Ok(Ending::Refused(Some(plan), advised(&refused)));
        }
        if is_unknown && !std::mem::replace(&mut self.is_warned, true) {
            // Before anything is written, so that somebody can still say no.
            output::remark(&format!(
                "nothing here says which cluster this host is of; it becomes one of {}: compare that with 'kpki hash' on another host, or give --cluster-id",
                self.bundle.cluster()
            ));
        }
        let plan = match self.args.allow_older {
            true => plan.going_back(),
            false => plan,
        };
        Ok(match self.args.dry_run {
            true => self.host.only_shown(plan, remains, here),
            false => self.host.carry_out(plan, remains, self.env.now, here),
        })
    }
}

impl Args {
    fn terms(&self, is_by_anybody: bool) -> BundleTerms {
        BundleTerms {
            host: self.host.clone(),
            cluster: self.cluster_id,
            replace_ca: self.replace_ca,
            allow_older: self.allow_older,
            allow_unsigned: self.allow_unsigned,
            is_by_anybody,
        }
    }
}

/// What somebody can do about it who knows better.
fn advised(refusal: &BundleRefusal) -> Failure {
    let hint = match refusal {
        BundleRefusal::NotTheCluster { .. } => {
            "nothing was written; ask for the bundle of this cluster".to_owned()
        }
        BundleRefusal::OtherHost { bundle, .. } => format!(
            "nothing was written; if this is {bundle}, say so: --host {bundle}"
        ),
        BundleRefusal::OtherCluster { .. } => {
            "nothing was written; if this host is to change the cluster, --replace-ca puts the bundle's CAs here and keeps the others in a backup".to_owned()
        }
        BundleRefusal::Unsigned => {
            "nothing was written; if you know who made it, --allow-unsigned takes it for the cluster that ca.crt here or --cluster-id names".to_owned()
        }
        BundleRefusal::UnsignedForNobody { .. } => {
            "nothing was written; give --cluster-id with the hash that another host of the cluster has".to_owned()
        }
        BundleRefusal::ForAnyCluster { .. } => {
            "nothing was written; give --cluster-id with the hash that 'kpki bundle create' printed where the bundle was made, or 'kpki hash' on the first master: not the one above, which is only what the bundle says".to_owned()
        }
        BundleRefusal::Older { .. } => {
            "nothing was written; make a new bundle, or go back to this one with --allow-older".to_owned()
        }
        _ => "nothing was written".to_owned(),
    };
    Failure::new(refusal.to_string()).hint(hint)
}
