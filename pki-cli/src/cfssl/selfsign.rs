//! `cfssl selfsign`: a new key and a certificate that it signs itself.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "selfsign",
    about: "make a key and a self-signed certificate, for tests only",
    usage: "        cfssl selfsign HOSTNAME CSRJSON

Arguments:
        HOSTNAME:   ignored, as by cfssl: the names are the hosts of the request
        CSRJSON:    the request, a JSON file; - is stdin
",
    flags: &[Flag::Config, Flag::Loglevel],
    run,
};

fn run(_: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    Err(CfsslFailure::new("not built yet"))
}
