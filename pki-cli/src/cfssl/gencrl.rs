//! `cfssl gencrl`: a certificate revocation list.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "gencrl",
    about: "make a certificate revocation list",
    usage: "        cfssl gencrl INPUTFILE CERT KEY [TIME]

Arguments:
        INPUTFILE:  serial numbers, one a line, decimal; - is stdin
        CERT:       the certificate of the CA
        KEY:        the private key of the CA
        TIME:       the seconds until the list expires; without it, 7 days
",
    flags: &[Flag::Loglevel],
    run,
};

fn run(_: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    Err(CfsslFailure::new("not built yet"))
}
