//! `kpki certs check-expiration`: kubeadm's name and flags for `kpki expiry`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::expiry::{self, ExpiryFormat, Options};
use crate::cli::{Format, as_of};
use crate::env::Env;
use crate::failure::{Failure, Outcome};

/// Commands about certificates under kubeadm's names
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The same as 'kpki expiry', with kubeadm's flags
    CheckExpiration(CheckExpiration),
}

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, arg = as_of())]
struct CheckExpiration {
    /// Directories as for 'kpki expiry' [default: /etc/kubernetes]
    #[arg(value_name = "DIR")]
    directories: Vec<PathBuf>,

    /// A certificates directory; kubeconfigs lie above it
    #[arg(long, value_name = "DIR", conflicts_with = "directories")]
    cert_dir: Option<PathBuf>,

    #[command(flatten)]
    options: Options,

    /// How the result is printed [default: text; nothing with --textfile]
    #[arg(short, long, value_name = "FORMAT", ignore_case = true)]
    output: Option<KubeadmFormat>,
}

/// kubeadm's formats, and ours that it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KubeadmFormat {
    /// Two tables as kubeadm prints them, for people
    Text,
    /// kubeadm's own schema, with the certificates that kubeadm lists
    Json,
    /// The same as YAML
    Yaml,
    /// Metrics in the text format of Prometheus
    Prometheus,
}

const AFTER_HELP: &str = "\
EXAMPLES
  kpki certs check-expiration
  kpki certs check-expiration --cert-dir /etc/kubernetes/pki -o json

EXIT CODES
  those of 'kpki expiry': 1 if something has ended, where kubeadm gives 0";

impl From<KubeadmFormat> for ExpiryFormat {
    fn from(format: KubeadmFormat) -> Self {
        match format {
            KubeadmFormat::Text => Self::Text,
            KubeadmFormat::Json => Self::KubeadmJson,
            KubeadmFormat::Yaml => Self::KubeadmYaml,
            KubeadmFormat::Prometheus => Self::Prometheus,
        }
    }
}

impl Args {
    /// How a failure is told.
    pub(crate) fn output(&self) -> Format {
        let Command::CheckExpiration(args) = &self.command;
        let format = args.output.map(ExpiryFormat::from);
        format.map_or(Format::Text, ExpiryFormat::of_failure)
    }
}

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let Command::CheckExpiration(args) = args.command;
    let mut directories = args.directories;
    directories.extend(args.cert_dir);
    if directories.is_empty() {
        directories.push(PathBuf::from(KUBERNETES));
    }
    let format = args.output.map(ExpiryFormat::from);
    expiry::check(&directories, &args.options, format, env)
}

const KUBERNETES: &str = "/etc/kubernetes";
