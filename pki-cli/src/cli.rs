//! The command line: names and help, no logic.

mod habit;

use std::ffi::OsString;
use std::str::FromStr;

use clap::error::ContextValue;
use clap::{Parser, Subcommand, ValueEnum};
use pki_core::Moment;

use crate::commands::{
    bundle, certs, completion, copy, expiry, explain, generate, graph, hash, init, inspect, lint,
    manual, render, report, schema, verify,
};
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::multicall::{Tool, Words};
use crate::output::table::escaped;

/// Certificates, keys and kubeconfigs for etcd and kubeadm
#[derive(Debug, Parser)]
#[command(name = "kpki", version, about, long_about = None, after_help = AFTER_HELP)]
#[command(propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Chosen,

    /// Take this for the present time
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    pub(crate) now: Option<Moment>,
}

/// `--now` where it is of use: a command that has this shows it in its help.
/// What it says arrives in [`Cli::now`].
pub(crate) fn as_of() -> clap::Arg {
    clap::Arg::new("now")
        .long("now")
        .value_name("TIME")
        .value_parser(Moment::from_str)
        // Among the options, whatever heading was the last.
        .help_heading(None::<&str>)
        // -12h
        .allow_hyphen_values(true)
        .help("Answer as of this time: 2027-03-01, 2027-03-01T12:00:00Z, +90d, +6mo")
}

const AFTER_HELP: &str = "\
EXAMPLES
  kpki gen --host master-1 --ip 10.0.0.11
      one host's tree, into /etc/kubernetes
  kpki gen --host m0=10.0.0.10 --host m1=10.0.0.11 --host m2=10.0.0.12 \\
           --control-plane-endpoint 10.0.0.100:6443 --out ./pki
      a tree for each of three hosts, with common CAs

EXIT CODES
  0  done, or the answer is yes
  1  the answer is no
  2  it could not be done: wrong input, something in the way, no permission";

/// What the first word asks for.
#[derive(Debug, Subcommand)]
pub(crate) enum Chosen {
    #[command(flatten)]
    Own(Box<Command>),
    #[command(flatten)]
    Tool(ToolCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Gen(generate::Args),
    Render(render::Args),
    Copy(copy::Args),
    Bundle(bundle::Args),
    Hash(hash::Args),
    Verify(verify::Args),
    Inspect(inspect::Args),
    Expiry(expiry::Args),
    Certs(certs::Args),
    Graph(graph::Args),
    Report(report::Args),
    Lint(lint::Args),
    Explain(explain::Args),
    Schema(schema::Args),
    Completion(completion::Args),
    Man(manual::Args),
}

/// Command lines that are not clap's: they bring their own help and exit status.
#[derive(Debug, Subcommand)]
pub(crate) enum ToolCommand {
    /// Take cfssl's place: its commands, flags and output
    #[command(disable_help_flag = true, disable_version_flag = true, after_help = CFSSL_HELP)]
    Cfssl(Words),
    /// Take cfssljson's place: cfssl's output into files
    #[command(disable_help_flag = true, disable_version_flag = true)]
    Cfssljson(Words),
    /// Take cfssl-certinfo's place: a certificate as JSON
    #[command(disable_help_flag = true, disable_version_flag = true)]
    CfsslCertinfo(Words),
}

const CFSSL_HELP: &str = "\
The commands are gencert, genkey, gencsr, sign, selfsign, certinfo, bundle, gencrl, info,
print-defaults, version and install-links; each tells its flags with -h.

ENVIRONMENT
  KPKI_CFSSL_STRICT=1   make an error of every warning that cfssl would not give
  CFSSL_CA_PK_PASSWORD  the pass phrase of an encrypted private key

EXAMPLES
  kpki cfssl gencert -initca ca-csr.json | kpki cfssljson -bare ca
  kpki cfssl install-links /usr/local/bin
      so that scripts find cfssl and cfssljson";

impl ToolCommand {
    pub(crate) fn split(self) -> (Tool, Vec<OsString>) {
        match self {
            Self::Cfssl(Words { words }) => (Tool::Cfssl, words),
            Self::Cfssljson(Words { words }) => (Tool::Cfssljson, words),
            Self::CfsslCertinfo(Words { words }) => (Tool::CfsslCertinfo, words),
        }
    }
}

/// How the result is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document with a stable schema
    Json,
}

/// The flag for it, for commands that know no other format.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct OutputArgs {
    /// How the result is printed
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "text",
        ignore_case = true
    )]
    pub(crate) output: Format,
}

impl Command {
    pub(crate) fn run(self, env: &mut Env) -> Result<Outcome, Failure> {
        match self {
            Self::Init(args) => init::run(args, env),
            Self::Gen(args) => generate::run(args, env),
            Self::Render(args) => render::run(args, env),
            Self::Copy(args) => copy::run(args, env),
            Self::Bundle(args) => bundle::run(args, env),
            Self::Hash(args) => hash::run(args, env),
            Self::Verify(args) => verify::run(args, env),
            Self::Inspect(args) => inspect::run(args, env),
            Self::Expiry(args) => expiry::run(&args, env),
            Self::Certs(args) => certs::run(args, env),
            Self::Graph(args) => graph::run(&args, env),
            Self::Report(args) => report::run(args, env),
            Self::Lint(args) => lint::run(args, env),
            Self::Explain(args) => explain::run(args, env),
            Self::Schema(args) => schema::run(&args),
            Self::Completion(args) => completion::run(args),
            Self::Man(args) => manual::run(args),
        }
    }

    /// How this command reports that it failed.
    pub(crate) fn output(&self) -> Format {
        match self {
            Self::Init(args) => args.output.output,
            Self::Gen(args) => args.output,
            Self::Render(args) => args.output,
            Self::Copy(args) => args.output,
            Self::Bundle(args) => args.output(),
            Self::Hash(args) => args.output.output,
            Self::Verify(args) => args.output.for_failures(),
            Self::Inspect(args) => args.output,
            Self::Expiry(args) => args
                .output
                .map_or(Format::Text, expiry::ExpiryFormat::of_failure),
            Self::Certs(args) => args.output(),
            Self::Graph(args) => args.output.output,
            Self::Report(args) => args.output.output,
            Self::Lint(args) => args.output,
            Self::Explain(args) => args.output.of_failure(),
            Self::Schema(args) => args.output.output,
            Self::Completion(_) | Self::Man(_) => Format::Text,
        }
    }
}

/// With a tip for those who know other programs; and a usage error quotes what was typed or pasted: nothing of it may move the
/// cursor, clear the screen or turn the text around.
pub(crate) fn without_tricks(mut error: clap::Error) -> clap::Error {
    let values: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, escaped(text))),
            _ => None,
        })
        .collect();
    for (kind, text) in values {
        error.insert(kind, ContextValue::String(text));
    }
    habit::known(error)
}
