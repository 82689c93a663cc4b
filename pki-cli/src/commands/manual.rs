//! `kpki man`: the manual pages.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Print the manual page of kpki or of one of its commands
#[derive(Debug, clap::Args)]
#[command(after_help = "\
EXAMPLES
  kpki man | man -l -
  kpki man gen > /usr/local/share/man/man1/kpki-gen.1")]
pub(crate) struct Args {
    /// The command; without it, the page of kpki itself
    command: Option<String>,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let mut root = Cli::command();
    root.build();
    let command = match &args.command {
        None => root,
        Some(name) => match root.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let names: Vec<_> = root.get_subcommands().map(|c| c.get_name()).collect();
                let known = format!("the commands are {}", names.join(", "));
                return Err(
                    Failure::new(format!("there is no command '{}'", name.escape_debug()))
                        .hint(known),
                );
            }
        },
    };
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    rendered.map_err(|error| Failure::new(format!("the page cannot be rendered: {error}")))?;
    output::bytes(&page)
}
