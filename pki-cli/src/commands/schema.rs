//! `kpki schema`: our documents of a cluster file as JSON Schema.

use clap::ValueEnum;
use pki_core::{ClusterFile, OwnKind};

use crate::cli::OutputArgs;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Print the JSON Schema of the cluster file, for editors
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// One kind of document alone
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// The list of hosts
    Hosts,
    /// What a set-up needs besides certificates
    Setup,
}

const AFTER_HELP: &str = "\
The schema (draft 2020-12) is that of every document in the file of -f: those of kpki.dev are
checked, those of kubeadm pass. It is JSON with -o text as well. Editors with yaml-language-server
take it from a comment at the beginning of each document:
  # yaml-language-server: $schema=kpki.schema.json

EXAMPLES
  kpki schema >kpki.schema.json
      beside the cluster file
  kpki schema --kind setup
      of documents of the kind Setup alone

EXIT CODES
  0  the schema is printed";

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let kind = args.kind.map(|kind| match kind {
        KindArg::Hosts => OwnKind::Hosts,
        KindArg::Setup => OwnKind::Setup,
    });
    output::text(&ClusterFile::json_schema(kind))
}
