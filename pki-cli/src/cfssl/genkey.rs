//! `cfssl genkey`: a new key and its signing request.

use super::{CfsslFailure, Command, Flag, Output, Run, material};

pub(super) const COMMAND: Command = Command {
    name: "genkey",
    about: "make a key and a signing request",
    usage: "        cfssl genkey CSRJSON
        cfssl genkey -initca CSRJSON

Arguments:
        CSRJSON:    the request, a JSON file; - is stdin
",
    flags: &[Flag::Initca, Flag::Config, Flag::Loglevel],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let path = run.only_argument()?;
    let _json = material::document(path).map_err(CfsslFailure::new)?;
    Err(CfsslFailure::new("not built yet"))
}
