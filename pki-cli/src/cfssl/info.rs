//! `cfssl info`: what a remote signer says of itself.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "info",
    about: "ask a remote signer for its certificate",
    usage: "        cfssl info -remote remote_host [-label label] [-profile profile]
        cfssl info -config config [-profile profile]
",
    flags: &[
        Flag::Remote,
        Flag::Label,
        Flag::Profile,
        Flag::Config,
        Flag::TlsRemoteCa,
        Flag::Loglevel,
    ],
    run,
};

fn run(_: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    Err(CfsslFailure::new("not built yet"))
}
