//! `cfssl selfsign`: a new key and a certificate that it signs itself.

use super::request::Request;
use super::signer::refused;
use super::{CfsslFailure, Command, Flag, Output, Run};
use crate::output;

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

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    run.first_argument()?;
    let Some(path) = run.arguments.get(1) else {
        return Err(run.no_argument());
    };
    let request = Request::read(path, run)?;
    request.refuse_ca()?;
    let profile = match &run.config {
        None => None,
        Some(config) => Some(config.profile(run.flags.text(Flag::Profile))?),
    };
    run.log.info("generate received request");
    let made = request.generate(run)?;
    let (now, random) = (run.env.now, &mut run.env.random);
    let signed = request
        .json
        .self_signed(&request.hosts, &made.key, profile.as_ref(), now, random);
    let signed = signed.map_err(|error| refused(&error, run))?;
    output::bare(WARNING);
    for warning in signed.warnings {
        run.warnings.warn(warning);
    }
    Ok(Output::object(&[
        ("cert", &signed.certificate.to_pem()),
        ("csr", &made.csr.to_pem()),
        ("key", &made.key.to_pem()),
    ]))
}

/// What cfssl prints whatever the log level.
const WARNING: &str = "\
*** WARNING ***

Self-signed certificates are dangerous. Use this self-signed
certificate at your own risk.

It is strongly recommended that these certificates NOT be used
in production.

*** WARNING ***

";
