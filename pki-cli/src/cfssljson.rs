//! `kpki cfssljson`: cfssl's output into files.

use std::process::ExitCode;

use crate::env::Env;
use crate::output;

/// Runs `cfssljson WORDS`.
pub(crate) fn run(_words: &[String], _env: &mut Env) -> ExitCode {
    output::bare("not built yet\n");
    ExitCode::from(1)
}
