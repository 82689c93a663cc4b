//! `kpki verify`: whether a tree will work, and whether several fit each other.

pub(super) mod described;

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::ArgPredicate;
use pki_core::{CommonFacts, HostReport, NotChecked, Report, TreeLocation, TreeRole};

use crate::cli::{Format, as_of};
use crate::cluster_args::ClusterArgs;
use crate::commands::trees::{self, Checked, Checker, FarArgs, Place, Places};
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::live::{Answers, LiveArgs, Questions};
use crate::output;
use crate::output::progress::Progress;
use crate::output::verify_report::{CommonGaps, NotRead, ReadTree, VerifyReport};
use crate::store::quote;
use described::Described;

/// Check the certificates, keys and kubeconfigs of a host, or of several against each other
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, arg = as_of())]
pub(crate) struct Args {
    /// The directory of kubeconfigs with pki in it, the certificates directory itself, or what gen --out made
    #[arg(value_name = "DIR", default_value = "/etc/kubernetes")]
    #[arg(default_value_ifs([("ssh", ArgPredicate::IsPresent, None), ("all_hosts", ArgPredicate::IsPresent, None)]))]
    directories: Vec<PathBuf>,

    /// Count warnings as errors
    #[arg(long)]
    strict: bool,

    /// Print nothing but what keeps it from checking
    #[arg(short, long)]
    quiet: bool,

    /// How the result is printed
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "text",
        ignore_case = true
    )]
    pub(crate) output: ReportFormat,

    /// What the host is for, if what lies there does not tell
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Option<TreeRole>,

    #[command(flatten)]
    cluster: ClusterArgs,

    #[command(flatten)]
    live: LiveArgs,

    #[command(flatten)]
    far: FarArgs,
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
manifests, the kubeconfigs and the kubelet's configuration name.
With --ssh and --hosts a host is looked at where it is, and no key leaves it: of each private key its
public half comes, which openssl of that host derives. ssh is the system's, with its configuration,
agent and known hosts; over there a POSIX shell is enough. --host describes a host and does not reach it.
With --live the running servers are asked as well: no more than a TLS handshake each.

EXAMPLES
  kpki verify
      /etc/kubernetes, with the names and addresses that the manifests say
  kpki verify --host master-1 --ip 10.0.0.11 --control-plane-endpoint vip.k8s.internal:6443
      the same, against what it should be
  kpki verify ./m0 ./m1 ./m2
      the trees of three hosts, one by one and against each other
  kpki verify --ssh master-1 --ssh root@10.0.0.12 --ssh m2=admin@10.0.0.13:2222 --sudo
      three hosts where they are, one by one and against each other
  kpki verify -f cluster.yaml --hosts --sudo
      every host of the description where it is
  kpki verify -f cluster.yaml ./pki
      every tree that 'kpki gen -f cluster.yaml --out ./pki' made
  kpki verify --now 2027-03-01
      what will be broken in March; in half a year: --now +6mo
  kpki verify --live --host master-1 --ip 10.0.0.11
      and whether the API server and etcd on 10.0.0.11 serve what lies there
  kpki verify --live --endpoint 127.0.0.1:6443 --endpoint etcd=127.0.0.1:2379
      these servers
  kpki verify ./pki/shared -o json
      the CAs, for a program

EXIT CODES
  0  nothing is wrong; there may be warnings
  1  something is wrong; with --strict, or there is a warning
  2  something could not be read, a host was not reached, a server gave no answer, or there was nothing to check";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let described = Described::new(&args.cluster, args.role)?;
    let Places {
        places,
        passed_over,
    } = trees::find_all(
        &args.directories,
        args.far.places(described.cluster())?,
        described.cluster(),
    )?;
    let alone = places.len() == 1;
    if !alone {
        args.live.fit_many()?;
    }
    let progress = Progress::of_many(env, "trees", places.len(), args.quiet);
    let checker = Checker::new(&places, &described, &args.far, env)?;
    let check = |place: &Place| {
        let checked = check(place, &checker, &args.live);
        progress.advance();
        checked
    };
    let (mut hosts, mut trees, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let of_nobody = passed_over.iter().map(|directory| NotChecked {
        what: format!("the tree in {}", quote(directory)),
        why: "the description of the cluster names no host of this name".to_owned(),
        flag: None,
    });
    let mut answers = Answers::default();
    let (mut common, mut gaps) = (CommonFacts::default(), CommonGaps::of(places.len()));
    for places in places.chunks(WINDOW) {
        let checked = checker.each(places, check);
        let mut read = Vec::with_capacity(checked.len());
        for (place, checked) in places.iter().zip(checked) {
            match checked {
                Ok(checked) => read.push((place, checked)),
                Err(failure) if alone => return Err(failure),
                Err(failure) => failed.push(NotRead {
                    host: place.host.clone(),
                    directory: place.directory.clone(),
                    failure,
                }),
            }
        }
        let asked = read
            .iter_mut()
            .filter_map(|(_, checked)| Some((&mut checked.report, checked.live.take()?)));
        // What the running servers show belongs to their hosts.
        answers.add_to(asked.collect(), args.quiet, env)?;
        for (place, checked) in read {
            let (location, mut report) = (checked.location, checked.report);
            trees.push(ReadTree {
                directory: checked.directory,
                not_checked: gaps.take(&mut report, &location),
            });
            let host = place.host.clone();
            hosts.push(HostReport::new(host, location, report, &mut common));
        }
    }
    drop(progress);
    answers.end()?;
    let between = pki_core::compare(&mut hosts);
    let report = VerifyReport::new(hosts, trees, between, &failed, args.strict, env)
        .with_not_checked(of_nobody);
    match args.output {
        _ if args.quiet => report.say_what_was_not_read(),
        ReportFormat::Json => drop(output::json(&report)?),
        ReportFormat::Text => drop(output::text(&report.to_text(env.columns))?),
        ReportFormat::Markdown => drop(output::text(&report.to_markdown())?),
    }
    Ok(report.outcome())
}

/// Trees whose whole reports are in memory at a time: what is wrong with a
/// tree stays there, and of one that is in order next to nothing.
const WINDOW: usize = 64;

/// A tree's report, and what is to be asked of its servers.
struct Asked {
    location: TreeLocation,
    directory: PathBuf,
    report: Report,
    live: Option<Questions>,
}

/// Reads and checks one tree, which does not stay in memory.
fn check(place: &Place, checker: &Checker<'_>, live: &LiveArgs) -> Result<Asked, Failure> {
    let Checked {
        on_disk,
        expectation,
        report,
        directory,
    } = checker.check(place)?;
    Ok(Asked {
        live: live.questions(report.role, &on_disk.tree, &expectation),
        location: on_disk.tree.location,
        directory,
        report,
    })
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
