//! `kpki verify`: whether a tree will work, and whether several fit each other.

mod trees;

use std::path::PathBuf;

use clap::ValueEnum;
use pki_core::{Assumed, Cluster, Expectation, HostReport, Tree, TreeRole};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::cli::Format;
use crate::cluster_args::ClusterArgs;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::live::{self, LiveArgs};
use crate::output;
use crate::output::progress::Progress;
use crate::output::verify_report::{NotRead, ReadTree, VerifyReport};
use crate::store::{quote, shell_word};
use crate::tree::TreeOnDisk;
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
Names and addresses are checked for the host that --host or -f describes; what nobody gave is listed
as not checked. Several trees are compared: what must be equal on all hosts, and what must not.
Nothing is written, and nothing but DIR and what its links lead to is read.
With --live the running servers are asked as well: no more than a TLS handshake each.

EXAMPLES
  kpki verify
      /etc/kubernetes, without the names and addresses
  kpki verify --host master-1 --ip 10.0.0.11 --control-plane-endpoint vip.k8s.internal:6443
      everything
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
    let known = known(&args.cluster)?;
    let cluster = known.as_ref().map(|known| &known.cluster);
    let places = trees::find(&args.directories, cluster)?;
    let alone = places.len() == 1;
    if !alone {
        args.live.fit_many(known.is_some())?;
    }
    let progress = Progress::of_many(env, "trees", places.len(), args.quiet);
    let check = |place: &Place| {
        let checked = check(place, alone, known.as_ref(), &args.live, env);
        progress.advance();
        checked
    };
    // A tree is gone when its report is there: only reports pile up.
    let checked: Vec<_> = places.par_iter().map(check).collect();
    drop(progress);
    let (mut hosts, mut trees, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (place, checked) in places.into_iter().zip(checked) {
        match checked {
            Ok((host, tree)) => {
                hosts.push(host);
                trees.push(tree);
            }
            Err(failure) if alone => return Err(failure),
            Err(failure) => failed.push(NotRead {
                host: place.host,
                directory: place.directory,
                failure,
            }),
        }
    }
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
    known: Option<&Known>,
    live: &LiveArgs,
    env: &Env,
) -> Result<(HostReport, ReadTree), Failure> {
    let on_disk = TreeOnDisk::read(&place.directory)?;
    let expectation = expectation(place, alone, known, &on_disk.tree, env)?;
    let report = pki_core::verify(&on_disk.tree, &expectation, env.now);
    if report.role.is_none() && report.unreadable == 0 {
        return Err(Failure::new(format!(
            "{} holds nothing of kubeadm or etcd, so nothing was checked",
            quote(&place.directory)
        ))
        .hint("give the directory that holds pki/ca.crt and admin.conf, or ca.crt itself; of what gen --out made, the directories of the hosts, or -f FILE as well"));
    }
    // What the running servers show belongs to their host.
    let report = live::check(live, alone, report, &on_disk.tree, &expectation, env)?;
    let directory = shell_word(&on_disk.directory);
    let certificates_directory = match on_disk.is_flat {
        true => directory.clone(),
        false => shell_word(&on_disk.directory.join("pki")),
    };
    let host = HostReport {
        host: place.host.clone(),
        directory,
        certificates_directory,
        report,
    };
    let tree = ReadTree {
        directory: on_disk.directory,
        is_flat: on_disk.is_flat,
    };
    Ok((host, tree))
}

/// A cluster that was described, and what of it was not.
struct Known {
    cluster: Cluster,
    assumed: Assumed,
}

fn known(args: &ClusterArgs) -> Result<Option<Known>, Failure> {
    if args.says_nothing() {
        return Ok(None);
    }
    if args.is_empty() {
        return Err(Failure::new(
            "the flags describe a cluster, and nothing says which host this is",
        )
        .hint("add --host NAME --ip ADDRESS, or -f FILE"));
    }
    let assumed = args.assumed();
    let described = args.clone().describe()?;
    for note in &described.notes {
        output::remark(note);
    }
    let cluster = described.cluster;
    Ok(Some(Known { cluster, assumed }))
}

/// Which host of which cluster it should be.
fn expectation(
    place: &Place,
    alone: bool,
    known: Option<&Known>,
    tree: &Tree,
    env: &Env,
) -> Result<Expectation, Failure> {
    let Some(known) = known else {
        return Ok(Expectation::default());
    };
    let index = match (&known.cluster.hosts[..], place.index) {
        (_, Some(index)) => index,
        ([_], None) if alone => 0,
        (hosts, None) => {
            // What all hosts share needs no host.
            let shared = pki_core::verify(tree, &Expectation::default(), env.now).role;
            if shared == Some(TreeRole::Authorities) {
                return Ok(Expectation::default());
            }
            let hint = match hosts.first() {
                Some(host) => format!("write --host {} or another of them", host.name),
                None => "describe its hosts".to_owned(),
            };
            let number = match hosts.len() {
                1 => "1 host".to_owned(),
                more => format!("{more} hosts"),
            };
            return Err(Failure::new(format!(
                "the file describes {number}, and nothing says which of them {} is",
                quote(&place.directory)
            ))
            .hint(hint));
        }
    };
    Ok(Expectation {
        cluster: Some((known.cluster.clone(), index)),
        assumed: known.assumed,
        gen_flags: None,
    })
}
