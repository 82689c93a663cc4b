//! `kpki verify`: whether a tree will work.

mod expected;

use std::path::PathBuf;

use pki_core::{Expectation, Report, TreeRole};

use self::expected::Expected;
use crate::cli::Format;
use crate::cluster_args::ClusterArgs;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::live::{self, LiveArgs};
use crate::output::{self, verify_report::VerifyReport};
use crate::store::quote;
use crate::tree::TreeOnDisk;

/// Check the certificates, keys and kubeconfigs of a host
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The directory of kubeconfigs with pki in it, or the certificates directory itself
    #[arg(value_name = "DIR", default_value = "/etc/kubernetes")]
    directory: PathBuf,

    /// What the host is for, if what lies there does not tell
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Option<TreeRole>,

    #[command(flatten)]
    cluster: ClusterArgs,

    #[command(flatten)]
    live: LiveArgs,

    /// How the result is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Format,
}

const AFTER_HELP: &str = "\
Names and addresses come from -f or the flags, and what these do not say from the tree itself: the
manifests, the kubelet's certificate, the servers of kubeconfigs. What nobody says is listed as not
checked. Nothing is written. Besides DIR the kubelet's files of the same host are read, and whatever
the manifests and kubelet.conf name.
With --live the running servers are asked as well: no more than a TLS handshake each.

EXAMPLES
  kpki verify
      /etc/kubernetes, with the names and addresses that the manifests say
  kpki verify --host master-1 --ip 10.0.0.11 --control-plane-endpoint vip.k8s.internal:6443
      the same, against what it should be
  kpki verify ./pki/m0/etc/kubernetes -f cluster.yaml
      the tree of one host of many, found by the directory's name
  kpki verify --live --host master-1 --ip 10.0.0.11
      and whether the API server and etcd on 10.0.0.11 serve what lies there
  kpki verify --live --endpoint 127.0.0.1:6443 --endpoint etcd=127.0.0.1:2379
      these servers
  kpki verify ./pki/shared -o json
      the CAs, for a program

EXIT CODES
  0  nothing is wrong; there may be warnings
  1  something is wrong
  2  something could not be read, a server gave no answer, or there was nothing to check";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let mut on_disk = TreeOnDisk::read(&args.directory)?;
    let expected = Expected::describe(&args.cluster, &args.directory, &on_disk.tree)?;
    for note in &expected.notes {
        output::remark(note);
    }
    let expectation = Expectation {
        role: args.role,
        ..expected.expectation
    };
    on_disk.read_also(&expectation);
    let report = pki_core::verify(&on_disk.tree, &expectation, env.now);
    if report.role.is_none() && report.unreadable == 0 {
        return Err(Failure::new(format!(
            "{} holds nothing of kubeadm or etcd, so nothing was checked",
            quote(&args.directory)
        ))
        .hint("give the directory that holds pki/ca.crt and admin.conf, or ca.crt itself"));
    }
    let report = live::check(&args.live, report, &on_disk.tree, &expectation, env)?;
    let outcome = outcome(&report);
    let shown = VerifyReport::new(&on_disk, report);
    match args.output {
        Format::Json => output::json(&shown)?,
        Format::Text => output::text(&shown.to_text(env))?,
    };
    Ok(outcome)
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

fn outcome(report: &Report) -> Outcome {
    match (report.is_complete(), report.is_ok()) {
        (false, _) => Outcome::Unknown,
        (true, true) => Outcome::Yes,
        (true, false) => Outcome::No,
    }
}
