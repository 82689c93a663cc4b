//! `kpki bundle`: what the hosts of a control plane share, in one encrypted file.

mod apply;
mod create;
mod file;
mod open;
mod secrets;
mod show;
mod verified;

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
    Create(Box<create::Args>),
    Show(show::Args),
    Apply(apply::Args),
}

impl Args {
    /// How a failure is told.
    pub(crate) fn output(&self) -> Format {
        match &self.command {
            Command::Create(args) => args.output.output,
            Command::Show(args) => args.output.output,
            Command::Apply(args) => args.output.output,
        }
    }
}

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    match args.command {
        Command::Create(args) => create::run(&args, env),
        Command::Show(args) => show::run(&args, env),
        Command::Apply(args) => apply::run(args, env),
    }
}
