//! `cfssl install-links`: links by which scripts find kpki under cfssl's names.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "install-links",
    about: "let scripts find kpki as cfssl, cfssljson and cfssl-certinfo",
    usage: "        cfssl install-links DIR

Arguments:
        DIR:        a directory of the PATH, such as /usr/local/bin
",
    flags: &[Flag::Loglevel],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let directory = run.only_argument()?;
    Err(CfsslFailure::new(format!("not built yet: {directory}")))
}
