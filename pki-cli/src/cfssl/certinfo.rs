//! `cfssl certinfo`: a certificate as JSON.

use std::process::ExitCode;

use super::{CfsslFailure, Command, Flag, Output, Run};
use crate::env::Env;

pub(super) const COMMAND: Command = Command {
    name: "certinfo",
    about: "print a certificate or signing request as JSON",
    usage: "        cfssl certinfo -cert file
        cfssl certinfo -csr file
",
    flags: &[
        Flag::Cert,
        Flag::Csr,
        Flag::Domain,
        Flag::Serial,
        Flag::Aki,
        Flag::DbConfig,
        Flag::Loglevel,
    ],
    run,
};

/// Runs `cfssl-certinfo WORDS`.
pub(crate) fn run_alone(words: &[String], env: &mut Env) -> ExitCode {
    COMMAND.call(words, env)
}

fn run(_: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    Err(CfsslFailure::new(
        "Must specify certinfo target through -cert, -csr, -domain or -serial + -aki",
    ))
}
