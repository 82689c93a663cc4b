//! `kpki graph`: the picture of a PKI.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use pki_core::graph::{Graph, Shape, dot, mermaid, svg};

use crate::cli::{Format, OutputArgs, as_of};
use crate::cluster_args::ClusterArgs;
use crate::commands::drawing::Drawing;
use crate::commands::fleet::Fleet;
use crate::commands::trees::FarArgs;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::output::graph_report::GraphReport;
use crate::store::quote;

/// Draw the PKI: the CAs, the hosts with their certificates, who trusts whom, and what is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, arg = as_of())]
pub(crate) struct Args {
    /// Directories of kubeconfigs with pki in them, or what gen --out made [default: /etc/kubernetes;
    /// with a description alone, what that will be]
    #[arg(value_name = "DIR")]
    directories: Vec<PathBuf>,

    /// The language of the picture [default: by the ending of --out; else svg, and mermaid on a terminal]
    #[arg(long, value_name = "FORMAT", ignore_case = true)]
    format: Option<GraphFormat>,

    /// Write the picture to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Take the place of FILE if something else is there
    #[arg(long, requires = "out")]
    force: bool,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(flatten)]
    cluster: ClusterArgs,

    #[command(flatten)]
    far: FarArgs,
}

/// The languages of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// A picture for browsers and documents, on light and on dark pages
    Svg,
    /// For Graphviz: 'dot -Tpdf'
    Dot,
    /// For Markdown on GitHub and GitLab
    Mermaid,
}

const AFTER_HELP: &str = "\
With directories the picture is of what lies there, with dates, fingerprints and what 'kpki verify'
finds; with -f or --host alone it is of what 'kpki gen' would make. Nothing of a private key is in
it. A FILE that kpki drew is replaced; anything else is only with --force. -o json prints what is
in the picture for a program.

EXAMPLES
  kpki graph -f cluster.yaml --out graph.svg
      what a cluster will be
  kpki graph ./m0 ./m1 ./m2 --out graph.svg
      what three hosts have, and what is wrong with it
  kpki graph -f cluster.yaml ./pki --format mermaid
      what 'kpki gen -f cluster.yaml --out ./pki' made, for a page in Markdown
  kpki graph -f cluster.yaml --hosts --sudo --out graph.svg
      what every host of the description has, where it is
  kpki graph --format dot | dot -Tpdf -o graph.pdf
      /etc/kubernetes, drawn by Graphviz

EXIT CODES
  0  it is drawn, whatever was found
  2  something could not be looked at, or the picture not be written";

pub(crate) fn run(args: &Args, env: &Env) -> Result<Outcome, Failure> {
    let format = args.format(env)?;
    let drawing = args
        .out
        .as_deref()
        .map(|path| Drawing::at(path, args.force))
        .transpose()?;
    let (graph, outcome) = args.graph(env)?;
    let picture = match format {
        GraphFormat::Svg => svg(&graph, Shape::Wide),
        GraphFormat::Dot => dot(&graph),
        GraphFormat::Mermaid => mermaid(&graph),
    };
    let is_json = args.output.output == Format::Json;
    match &drawing {
        Some(drawing) => drawing.write(picture)?,
        None if is_json => {}
        None => drop(output::bytes(picture.as_bytes())?),
    }
    let written = drawing.map(|drawing| (drawing.path(), drawing.replaces));
    let report = GraphReport::new(&graph, written.as_ref());
    match is_json {
        true => drop(output::json(&report)?),
        false => drop(output::text(&report.to_text())?),
    }
    Ok(outcome)
}

impl Args {
    fn format(&self, env: &Env) -> Result<GraphFormat, Failure> {
        match (self.format, &self.out) {
            (Some(format), _) => Ok(format),
            (None, Some(path)) => by_ending(path),
            // Nobody reads SVG on a terminal.
            (None, None) if env.columns.is_some() => Ok(GraphFormat::Mermaid),
            (None, None) => Ok(GraphFormat::Svg),
        }
    }

    /// What will be, or what is.
    fn graph(&self, env: &Env) -> Result<(Graph, Outcome), Failure> {
        if self.directories.is_empty() && !self.far.are_given() && self.cluster.describes_hosts() {
            let described = self.cluster.clone().describe()?;
            for note in &described.notes {
                output::remark(note);
            }
            return Ok((Graph::planned(&described.cluster), Outcome::Yes));
        }
        let fleet = Fleet::check(&self.directories, &self.far, &self.cluster, env)?;
        fleet.say_what_was_passed_over();
        let outcome = match fleet.is_complete() {
            true => Outcome::Yes,
            false => Outcome::Unknown,
        };
        Ok((fleet.graph(env.now), outcome))
    }
}

fn by_ending(path: &Path) -> Result<GraphFormat, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => Ok(GraphFormat::Svg),
        Some("dot" | "gv") => Ok(GraphFormat::Dot),
        Some("mmd" | "mermaid") => Ok(GraphFormat::Mermaid),
        _ => Err(Failure::new(format!(
            "the ending of {} does not tell the format",
            quote(path)
        ))
        .hint("end it in .svg, .dot or .mmd, or give --format")),
    }
}
