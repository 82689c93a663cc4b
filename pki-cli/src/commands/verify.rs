//! `kpki verify`: whether a tree will work.

use std::path::{Path, PathBuf};

use pki_core::{Expectation, Report, Tree, TreeRole};

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

    #[command(flatten)]
    cluster: ClusterArgs,

    #[command(flatten)]
    live: LiveArgs,

    /// How the result is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Format,
}

const AFTER_HELP: &str = "\
Names and addresses are checked for the host that --host or -f describes; what nobody gave is listed
as not checked. Nothing is written, and nothing but DIR and what its links lead to is read.
With --live the running servers are asked as well: no more than a TLS handshake each.

EXAMPLES
  kpki verify
      /etc/kubernetes, without the names and addresses
  kpki verify --host master-1 --ip 10.0.0.11 --control-plane-endpoint vip.k8s.internal:6443
      everything
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
    let on_disk = TreeOnDisk::read(&args.directory)?;
    let expectation = expectation(&args, &on_disk.tree, env)?;
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

fn outcome(report: &Report) -> Outcome {
    match (report.is_complete(), report.is_ok()) {
        (false, _) => Outcome::Unknown,
        (true, true) => Outcome::Yes,
        (true, false) => Outcome::No,
    }
}

/// Which host of which cluster it should be.
fn expectation(args: &Args, tree: &Tree, env: &Env) -> Result<Expectation, Failure> {
    if args.cluster.says_nothing() {
        return Ok(Expectation::default());
    }
    if args.cluster.is_empty() {
        return Err(Failure::new(
            "the flags describe a cluster, and nothing says which host this is",
        )
        .hint("add --host NAME --ip ADDRESS, or -f FILE"));
    }
    let assumed = args.cluster.assumed();
    let described = args.cluster.clone().describe()?;
    for note in &described.notes {
        output::remark(note);
    }
    let cluster = described.cluster;
    let by_directory = cluster
        .hosts
        .iter()
        .position(|host| is_in_path(&args.directory, host.name.as_str()));
    let index = match (&cluster.hosts[..], by_directory) {
        ([_], _) => 0,
        (_, Some(index)) => index,
        (hosts, None) => {
            // What all hosts share needs no host.
            let shared = pki_core::verify(tree, &Expectation::default(), env.now).role;
            if shared == Some(TreeRole::Authorities) {
                return Ok(Expectation::default());
            }
            return Err(Failure::new(format!(
                "the file describes {} hosts, and nothing says which of them this is",
                hosts.len()
            ))
            .hint(format!("write --host {} or another of them", hosts[0].name)));
        }
    };
    Ok(Expectation {
        cluster: Some((cluster, index)),
        assumed,
        gen_flags: None,
    })
}

/// `kpki gen --out` names directories after hosts.
fn is_in_path(path: &Path, name: &str) -> bool {
    path.components().any(|part| part.as_os_str() == name)
}
