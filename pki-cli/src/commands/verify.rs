//! `kpki verify`: whether a tree will work, and whether several fit each other.

mod described;
mod trees;

use std::path::PathBuf;

use clap::ValueEnum;
use pki_core::{HostReport, TreeRole};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::cli::Format;
use crate::cluster_args::ClusterArgs;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::live::{self, LiveArgs, Questions};
use crate::output;
use crate::output::progress::Progress;
use crate::output::verify_report::{NotRead, ReadTree, VerifyReport};
use crate::store::quote;
use crate::tree::TreeOnDisk;
use described::Described;
use trees::Place;

/// Check the certificates, keys and kubeconfigs of a host, or of several against each other
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The directory of kubeconfigs with pki in it, the certificates directory itself, or what gen --out made
    #[arg(value_name = "DIR", default_value = "/etc/kubernetes")]
    directories: Vec<PathBuf>,

    /// Count warnings as errors
    #[arg(long)]
    strict: bool,

    /// Print nothing but what keeps it from checking
    #[arg(short, long)]
    quiet: bool,

    /// How the result is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: ReportFormat,

    /// What the host is for, if what lies there does not tell
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Option<TreeRole>,

    #[command(flatten)]
    cluster: ClusterArgs,

    #[command(flatten)]
    live: LiveArgs,
}

/// How the result is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document with a stable schema
    Json,
    /// For a ticket
    Markdown,
}

impl ReportFormat {
    /// The form of the message if there is no result.
    pub(crate) fn for_failures(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Text | Self::Markdown => Format::Text,
        }
    }
}

const AFTER_HELP: &str = "\
Names and addresses come from -f or the flags, and what these do not say from the tree itself: the
manifests, the kubelet's certificate, the servers of kubeconfigs. What nobody says is listed as not
checked. Several trees are compared: what must be equal on all hosts, and what must not.
Nothing is written. Besides DIR the kubelet's files of the same host are read, and whatever the
manifests and kubelet.conf name.
With --live the running servers are asked as well: no more than a TLS handshake each.

EXAMPLES
  kpki verify
      /etc/kubernetes, with the names and addresses that the manifests say
  kpki verify --host master-1 --ip 10.0.0.11 --control-plane-endpoint vip.k8s.internal:6443
      the same, against what it should be
  kpki verify ./m0 ./m1 ./m2
      the trees of three hosts, one by one and against each other
  kpki verify -f cluster.yaml ./pki
      every tree that 'kpki gen -f cluster.yaml --out ./pki' made
  kpki verify --now 2027-03-01T00:00:00Z
      what will be broken in March
  kpki verify --live --host master-1 --ip 10.0.0.11
      and whether the API server and etcd on 10.0.0.11 serve what lies there
  kpki verify --live --endpoint 127.0.0.1:6443 --endpoint etcd=127.0.0.1:2379
      these servers
  kpki verify ./pki/shared -o json
      the CAs, for a program

EXIT CODES
  0  nothing is wrong; there may be warnings
  1  something is wrong; with --strict, or there is a warning
  2  something could not be read, a server gave no answer, or there was nothing to check";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let described = Described::new(&args.cluster, args.role)?;
    let places = trees::find(&args.directories, described.cluster())?;
    let alone = places.len() == 1;
    if !alone {
        args.live.fit_many()?;
    }
    let progress = Progress::of_many(env, "trees", places.len(), args.quiet);
    let check = |place: &Place| {
        let checked = check(place, alone, &described, &args.live, env);
        progress.advance();
        checked
    };
    // A tree is gone when its report is there: only reports pile up.
    let checked: Vec<_> = places.par_iter().map(check).collect();
    drop(progress);
    let (mut hosts, mut trees, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut questions = Vec::new();
    for (place, checked) in places.into_iter().zip(checked) {
        match checked {
            Ok((host, tree, live)) => {
                hosts.push(host);
                trees.push(tree);
                questions.push(live);
            }
            Err(failure) if alone => return Err(failure),
            Err(failure) => failed.push(NotRead {
                host: place.host,
                directory: place.directory,
                failure,
            }),
        }
    }
    let reports = hosts.iter_mut().map(|host| &mut host.report);
    let asked = reports.zip(questions);
    let asked = asked.filter_map(|(report, questions)| Some((report, questions?)));
    // What the running servers show belongs to their hosts.
    live::ask(asked.collect(), env)?;
    let between = pki_core::compare(&mut hosts);
    let report = VerifyReport::new(
        hosts.into_iter().zip(trees).collect(),
        between,
        &failed,
        args.strict,
        env,
    );
    match args.output {
        _ if args.quiet => report.say_what_was_not_read(),
        ReportFormat::Json => drop(output::json(&report)?),
        ReportFormat::Text => drop(output::text(&report.to_text(env.columns))?),
        ReportFormat::Markdown => drop(output::text(&report.to_markdown())?),
    }
    Ok(report.outcome())
}

/// Reads and checks one tree.
fn check(
    place: &Place,
    alone: bool,
    described: &Described<'_>,
    live: &LiveArgs,
    env: &Env,
) -> Result<(HostReport, ReadTree, Option<Questions>), Failure> {
    let mut on_disk = TreeOnDisk::read(&place.directory)?;
    let expectation = described.expectation(place, alone, &on_disk.tree)?;
    on_disk.read_also(&expectation);
    on_disk.read_copies();
    let report = pki_core::verify(&on_disk.tree, &expectation, env.now);
    if report.role.is_none() && report.unreadable == 0 {
        return Err(Failure::new(format!(
            "{} holds nothing of kubeadm or etcd, so nothing was checked",
            quote(&place.directory)
        ))
        .hint("give the directory that holds pki/ca.crt and admin.conf, or ca.crt itself; of what gen --out made, the directories of the hosts, or -f FILE as well"));
    }
    let questions = live.questions(report.role, &on_disk.tree, &expectation);
    let host = HostReport {
        host: place.host.clone(),
        location: on_disk.tree.location,
        report,
    };
    let tree = ReadTree {
        directory: on_disk.directory,
    };
    Ok((host, tree, questions))
}

/// A role by its name in the output, or by the short one that people use.
fn role(text: &str) -> Result<TreeRole, String> {
    let known = || TreeRole::ALL.into_iter();
    let found =
        known().find(|role| role.id() == text || text == "etcd" && *role == TreeRole::EtcdMember);
    found.ok_or_else(|| {
        let names: Vec<_> = known().map(TreeRole::id).collect();
        format!("the roles are {}", names.join(", "))
    })
}
