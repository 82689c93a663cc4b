//! `kpki bundle show`: what is in a bundle.

use std::path::PathBuf;

use super::file::name;
use super::open::BundleFile;
use super::secrets::OpenArgs;
use crate::cli::{Format, OutputArgs};
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::output::bundle_report::{BundleFacts, ShowReport};

/// Show what is in a bundle, and no key
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The bundle; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    open: OpenArgs,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

const AFTER_HELP: &str = "\
With an identity or the passphrase everything is verified and listed. Without, only the envelope is
shown: whether it is encrypted with a passphrase or to how many recipients, as it says itself.

EXAMPLES
  kpki bundle show cluster.age -i key.txt
  kpki bundle show cluster.age --passphrase-file passphrase -o json

EXIT CODES
  0  it is whole, as far as it was opened
  2  it cannot be opened, or is not what was made";

pub(super) fn run(args: &Args, env: &Env) -> Result<Outcome, Failure> {
    let file = BundleFile::read(&args.file, &args.open)?;
    let opened = file.opened.as_ref();
    let facts = opened.map(|opened| BundleFacts::of(&opened.bundle));
    let report = ShowReport::new(name(&args.file), file.encryption(), facts);
    match args.output.output {
        Format::Json => output::json(&report),
        Format::Text => output::text(&report.to_text(env)),
    }
}
