//! `kpki bundle`: what the hosts of a control plane share, in one encrypted file.

mod file;
mod open;
mod secrets;
mod show;

use crate::cli::Format;
use crate::env::Env;
use crate::failure::{Failure, Outcome};

/// Carry the CAs and service account keys to hosts that no network reaches, in one encrypted file
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Show(show::Args),
}

impl Args {
    /// How a failure is told.
    pub(crate) fn output(&self) -> Format {
        match &self.command {
            Command::Show(args) => args.output,
        }
    }
}

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    match args.command {
        Command::Show(args) => show::run(&args, env),
    }
}
