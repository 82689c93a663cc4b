//! `cfssl gencert`: a new key and its certificate, or a CA.

use super::{CfsslFailure, Command, Flag, Output, Run, material};

pub(super) const COMMAND: Command = Command {
    name: "gencert",
    about: "make a key and a certificate",
    usage: "    From a request, a new key and its certificate:
        cfssl gencert -initca CSRJSON
        cfssl gencert -ca cert -ca-key key [-config config] [-profile profile] [-hostname hostname] CSRJSON
        cfssl gencert -remote remote_host [-config config] [-profile profile] [-label label] [-hostname hostname] CSRJSON

    From a request and the CA's key, the CA's new certificate:
        cfssl gencert -initca -ca-key key CSRJSON

    From the CA's key and certificate, the CA's new certificate:
        cfssl gencert -renewca -ca cert -ca-key key

Arguments:
        CSRJSON:    the request, a JSON file; - is stdin
",
    flags: &[
        Flag::Initca,
        Flag::Remote,
        Flag::Ca,
        Flag::CaKey,
        Flag::Config,
        Flag::Cn,
        Flag::Hostname,
        Flag::Profile,
        Flag::Label,
        Flag::Loglevel,
    ],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let path = run.only_argument()?;
    let _json = material::document(path).map_err(CfsslFailure::new)?;
    Err(CfsslFailure::new("not built yet"))
}
