//! `cfssl bundle`: a certificate with its chain.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "bundle",
    about: "put a certificate and its chain together",
    usage: "        cfssl bundle -cert file [-ca-bundle file] [-int-bundle file] [-int-dir dir] [-key keyfile] [-flavor optimal|ubiquitous|force]
",
    flags: &[
        Flag::Cert,
        Flag::Key,
        Flag::CaBundle,
        Flag::IntBundle,
        Flag::Flavor,
        Flag::IntDir,
        Flag::Metadata,
        Flag::Domain,
        Flag::Ip,
        Flag::Password,
        Flag::Loglevel,
    ],
    run,
};

fn run(_: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    Err(CfsslFailure::new("not built yet"))
}
