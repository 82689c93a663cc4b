//! `cfssl sign`: a certificate for a signing request.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "sign",
    about: "sign a signing request",
    usage: "        cfssl sign -ca cert -ca-key key [-config config] [-profile profile] [-hostname hostname] CSR [SUBJECT]
        cfssl sign -remote remote_host [-config config] [-profile profile] [-label label] [-hostname hostname] CSR [SUBJECT]

Arguments:
        CSR:        the signing request, a PEM file; - is stdin; -csr comes before it
        SUBJECT:    a JSON file with the subject to use in place of the request's
",
    flags: &[
        Flag::Hostname,
        Flag::Csr,
        Flag::Ca,
        Flag::CaKey,
        Flag::Config,
        Flag::Profile,
        Flag::Label,
        Flag::Remote,
        Flag::MutualTlsClientCert,
        Flag::MutualTlsClientKey,
        Flag::TlsRemoteCa,
        Flag::Loglevel,
    ],
    run,
};

fn run(_: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    Err(CfsslFailure::new("not built yet"))
}
