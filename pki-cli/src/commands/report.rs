//! `kpki report`: one page of HTML about a fleet.

use std::path::{Path, PathBuf};

use pki_core::NotChecked;
use serde::Serialize;

use crate::cli::{Format, OutputArgs, as_of};
use crate::cluster_args::ClusterArgs;
use crate::commands::drawing::Drawing;
use crate::commands::fleet::Fleet;
use crate::commands::trees::FarArgs;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::output::graph_report::action;
use crate::output::report_page;
use crate::output::verify_report::VerifyReport;
use crate::output::{self, harmless};
use crate::store::quote;

/// Write a page about the PKI: its picture, when it ends, what is wrong and how to mend it
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, arg = as_of())]
pub(crate) struct Args {
    /// Directories of kubeconfigs with pki in them, or what gen --out made [default: /etc/kubernetes]
    #[arg(value_name = "DIR")]
    directories: Vec<PathBuf>,

    /// The page; - is stdout
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Take the place of FILE if something else is there
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(flatten)]
    cluster: ClusterArgs,

    #[command(flatten)]
    far: FarArgs,
}

const AFTER_HELP: &str = "\
The page is one file: no script, and nothing is loaded from elsewhere. It can be read on a screen, on
a telephone and on paper. It has the findings of 'kpki verify' with the commands that mend them, and
names of hosts, addresses and fingerprints, but nothing of a private key. A FILE that kpki wrote is
replaced; anything else is only with --force.

EXAMPLES
  kpki report --out report.html
      about /etc/kubernetes
  kpki report ./m0 ./m1 ./m2 --out report.html
      about three hosts and what differs between them
  kpki report -f cluster.yaml ./pki --out report.html
      about what 'kpki gen -f cluster.yaml --out ./pki' made
  kpki report -f cluster.yaml --hosts --sudo --out report.html
      about every host of the description where it is
  kpki report ./m0 ./m1 ./m2 --out march.html --now 2027-03-01
      what will be wrong in March

EXIT CODES
  0  the page is written, whatever is on it
  2  something could not be looked at, or the page not be written";

/// The JSON document, `kpki.report/v1`.
#[derive(Serialize)]
struct Written {
    schema: &'static str,
    /// Null for stdout.
    file: Option<String>,
    action: &'static str,
    now: String,
    hosts: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    complete: bool,
}

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let to_stdout = args.out == Path::new("-");
    let is_json = args.output.output == Format::Json;
    if to_stdout && is_json {
        return Err(
            Failure::new("the page and the JSON cannot both be on stdout")
                .hint("give --out a name, or leave -o out"),
        );
    }
    let drawing = match to_stdout {
        true => None,
        false => Some(Drawing::at(&args.out, args.force)?),
    };
    let fleet = Fleet::check(&args.directories, &args.far, &args.cluster, env)?;
    let graph = fleet.graph(env.now);
    let hosts = graph.hosts.len();
    let outcome = match fleet.is_complete() {
        true => Outcome::Yes,
        false => Outcome::Unknown,
    };
    let Fleet {
        reports,
        trees,
        between,
        not_read,
        passed_over,
        ..
    } = fleet;
    let of_nobody = passed_over.iter().map(|directory| NotChecked {
        what: format!("the tree in {}", quote(directory)),
        why: "the description of the cluster names no host of this name".to_owned(),
        flag: None,
    });
    let report = VerifyReport::new(reports, trees, between, &not_read, false, env)
        .with_not_checked(of_nobody);
    let findings = report.page();
    let page = report_page::page(&graph, &findings, env.now)?;
    let Some(drawing) = drawing else {
        output::bytes(page.as_bytes())?;
        return Ok(outcome);
    };
    drawing.write(page)?;
    let written = Written {
        schema: "kpki.report/v1",
        file: Some(drawing.path().to_string_lossy().into_owned()),
        action: action(drawing.replaces),
        now: env.now.to_string(),
        hosts,
        errors: findings.errors,
        warnings: findings.warnings,
        notes: findings.notes,
        complete: findings.complete,
    };
    match is_json {
        true => drop(output::json(&written)?),
        false => drop(output::text(&written.to_text())?),
    }
    Ok(outcome)
}

impl Written {
    fn to_text(&self) -> String {
        let count = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}s"),
        };
        format!(
            "{} {}: {}, {}, {}\n",
            self.action,
            harmless(self.file.as_deref().unwrap_or_default()),
            count(self.hosts, "host"),
            count(self.errors, "error"),
            count(self.warnings, "warning")
        )
    }
}
