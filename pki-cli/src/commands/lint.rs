//! `kpki lint`: what cfssl would do with its documents and not say.

use std::path::{Path, PathBuf};

use pki_core::Severity;
use pki_core::cfssl::{CfsslKind, LintDocument, Linted};

use crate::cli::Format;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::output::{self, lint_report::LintReport};
use crate::store::{is_stdin, quote, read_input};

/// Check cfssl's files: signing configurations and certificate requests
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// config.json, ca-csr.json, client.json and so on, told apart by what is in them; - is stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// A profile that the requests will be signed by (can be repeated)
    #[arg(long = "profile", value_name = "NAME")]
    profiles: Vec<String>,

    /// How the result is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Format,
}

const AFTER_HELP: &str = "\
Files that are given together are looked at together: profiles are compared with the lifetime of the
CA, and with --profile requests are compared with profiles. What a request is for is guessed from the
name of its file (ca-csr.json, server.json, client.json). Nothing is written.

EXAMPLES
  kpki lint ca-config.json ca-csr.json server.json client.json
      everything
  kpki lint ca-config.json server.json --profile server
      whether the request fits the profile, too
  kpki lint -o json ca-config.json
      for a program

EXIT CODES
  0  nothing is wrong; there may be notes
  1  there is an error or a warning
  2  a file could not be read, or is no document of cfssl";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let mut files: Vec<(&PathBuf, String, Vec<u8>)> = Vec::new();
    for path in &args.files {
        let is_stdin_again = is_stdin(path) && files.iter().any(|(path, _, _)| is_stdin(path));
        if is_stdin_again {
            return Err(Failure::new("stdin can be read once only").hint("write '-' once"));
        }
        let name = match is_stdin(path) {
            true => STDIN.to_owned(),
            false => path.to_string_lossy().into_owned(),
        };
        files.push((path, name, read_input(path)?));
    }
    let documents: Vec<_> = files
        .iter()
        .map(|(_, file, bytes)| LintDocument { file, bytes })
        .collect();
    let profiles: Vec<_> = args.profiles.iter().map(String::as_str).collect();
    let linted = pki_core::cfssl::lint_cfssl(&documents, &profiles);
    for ((path, _, _), linted) in files.iter().zip(&linted) {
        refuse_others(path, linted)?;
    }
    let is_configuration = |linted: &Linted| linted.kind != CfsslKind::CertificateRequest;
    if !profiles.is_empty() && !linted.iter().any(is_configuration) {
        return Err(Failure::new(
            "--profile names a profile, and no file is a signing configuration",
        )
        .hint("give ca-config.json as well"));
    }
    let outcome = outcome(&linted);
    let names = files.into_iter().map(|(_, name, _)| name);
    let shown = LintReport::new(names.zip(linted).collect());
    match args.output {
        Format::Json => output::json(&shown)?,
        Format::Text => output::text(&shown.to_text(env))?,
    };
    Ok(outcome)
}

const STDIN: &str = "stdin";

/// What is JSON and nothing of cfssl was given by mistake.
fn refuse_others(path: &Path, linted: &Linted) -> Result<(), Failure> {
    if linted.kind != CfsslKind::Unknown || !linted.findings.is_empty() {
        return Ok(());
    }
    let shown = match is_stdin(path) {
        true => STDIN.to_owned(),
        false => quote(path),
    };
    Err(Failure::new(format!(
        "{shown} is neither a signing configuration nor a certificate request of cfssl"
    ))
    .hint("a configuration has 'signing', a request 'CN', 'hosts', 'names' or 'key'"))
}

fn outcome(linted: &[Linted]) -> Outcome {
    let bad = [Severity::Error, Severity::Warning];
    // What is cut may be worse than what is listed.
    let is_bad = |linted: &Linted| {
        linted.is_cut || bad.into_iter().any(|severity| linted.count(severity) > 0)
    };
    match linted.iter().any(is_bad) {
        true => Outcome::No,
        false => Outcome::Yes,
    }
}
