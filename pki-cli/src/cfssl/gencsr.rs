//! `cfssl gencsr`: a signing request for a key that exists.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "gencsr",
    about: "make a signing request for a key",
    usage: "        cfssl gencsr -key key [-hostname hostname] CSRJSON
        cfssl gencsr -key key [-hostname hostname] -cert cert

Arguments:
        CSRJSON:    the request, a JSON file; - is stdin
",
    flags: &[
        Flag::Key,
        Flag::Cert,
        Flag::Hostname,
        Flag::Cn,
        Flag::Config,
        Flag::Loglevel,
    ],
    run,
};

fn run(_: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    Err(CfsslFailure::new("not built yet"))
}
