//! `kpki completion`: the shell completion script.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
EXAMPLES
  kpki completion bash > /etc/bash_completion.d/kpki
  source <(kpki completion zsh)")]
pub(crate) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kpki", &mut script);
    output::bytes(&script)
}
