//! `cfssl version`.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "version",
    about: "print the version",
    usage: "        cfssl version\n",
    flags: &[Flag::Loglevel],
    run: |_: &mut Run<'_>| -> Result<Output, CfsslFailure> { Ok(Output::text(version())) },
};

/// In cfssl's form, but nobody shall take kpki for cfssl.
pub(crate) fn version() -> String {
    format!(
        "Version: kpki {}\nRuntime: {} {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}
