//! `kpki inspect`: what is in a file.

use std::path::{Path, PathBuf};

use pki_core::specimen::Specimen;

use crate::cli::Format;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::output::{
    self,
    inspect_report::{InspectReport, Inspected, Unread},
};
use crate::store::{
    Entry, StreamError, errno_text, is_open_pipe, is_stdin, read_open_pipe, read_stdin,
};

/// Show what is in certificates, requests, revocation lists, keys and kubeconfigs
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// PEM, DER or a kubeconfig, told apart by what is in them; - is stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

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

const AFTER_HELP: &str = "\
Files that are given together are compared: which key belongs to which certificate, and which
certificate signed which. A private key is never printed, nor is a token. Nothing is written.
Pipes, sockets and devices are not opened, but for stdin and the shell's <(command).

EXAMPLES
  kpki inspect /etc/kubernetes/pki/apiserver.crt
      names, dates, purposes, fingerprints
  kpki inspect apiserver.crt apiserver.key ca.crt
      whether they belong together, too
  kpki inspect /etc/kubernetes/admin.conf
      contexts, and the certificates inside
  openssl s_client -connect 10.0.0.11:6443 </dev/null | kpki inspect -
      what a server shows
  kpki inspect -o json ca.crt
      for a program

EXIT CODES
  0  everything was read, expired or not
  2  something could not be read, is of no known kind, or is more than is shown; the rest is shown";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    if args.files.iter().filter(|path| is_stdin(path)).count() > 1 {
        return Err(Failure::new("stdin can be read once only").hint("write '-' once"));
    }
    let files = args.files.iter().map(|path| inspect(path)).collect();
    let report = InspectReport::new(files, env.now);
    match args.output {
        Format::Json => output::json(&report)?,
        Format::Text => output::text(&report.to_text(env.columns))?,
    };
    Ok(match report.is_complete() {
        true => Outcome::Yes,
        false => Outcome::Unknown,
    })
}

fn inspect(path: &Path) -> Inspected {
    let name = match is_stdin(path) {
        true => "stdin".to_owned(),
        false => path.to_string_lossy().into_owned(),
    };
    let read = match () {
        () if is_stdin(path) => stream(read_stdin(LONGEST)),
        () if is_open_pipe(path) => stream(read_open_pipe(path, LONGEST)),
        () => read_file(path),
    };
    match read {
        Ok((bytes, mode)) => Inspected {
            name,
            mode,
            content: Specimen::recognize(&bytes).map_err(Unread::Mistaken),
        },
        Err(why) => Inspected {
            name,
            mode: None,
            content: Err(Unread::Failed(why)),
        },
    }
}

type Bytes = zeroize::Zeroizing<Vec<u8>>;

/// The bytes of a file, and its permission bits.
fn read_file(path: &Path) -> Result<(Bytes, Option<u32>), String> {
    match Entry::named(path) {
        Entry::File { bytes, mode } => Ok((bytes, Some(mode))),
        Entry::Absent => Err("there is no such file".to_owned()),
        Entry::TooLarge { .. } => Err(TOO_LONG.to_owned()),
        Entry::Other { kind: "directory" } => Err(
            "it is a directory: kpki verify checks one, kpki expiry lists its certificates"
                .to_owned(),
        ),
        Entry::Other { kind } => Err(format!(
            "it is a {kind}, which is not opened; give a file, or - for stdin"
        )),
        Entry::Unreadable { reason } => Err(format!("it cannot be read: {reason}")),
    }
}

/// What came through a pipe, which has no permission bits of interest.
fn stream(read: Result<Bytes, StreamError>) -> Result<(Bytes, Option<u32>), String> {
    match read {
        Ok(bytes) => Ok((bytes, None)),
        Err(StreamError::TooLong(_)) => Err(TOO_LONG.to_owned()),
        Err(StreamError::Open(error) | StreamError::Read(error)) => {
            Err(format!("it cannot be read: {}", errno_text(&error)))
        }
    }
}

const LONGEST: usize = 1 << 20;
const TOO_LONG: &str = "it is longer than 1 MiB, and nothing longer is looked at";
