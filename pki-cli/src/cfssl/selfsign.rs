//! `cfssl selfsign`: a new key and a certificate that it signs itself.

use pki_core::cfssl::CfsslSignError;

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
    flags: &[Flag::Config, Flag::Profile, Flag::Loglevel],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let path = path(run)?.to_owned();
    let request = Request::read(&path, &[], run)?;
    request.refuse_ca()?;
    // Without -profile cfssl takes its own, whatever the default of the configuration is.
    let profile = match (&run.config, run.flags.text(Flag::Profile)) {
        (None, _) | (_, "") => None,
        (Some(config), name) => Some(config.profile(name)?),
    };
    if profile.as_ref().is_some_and(|p| p.settings.is_remote()) {
        return Err(refused(&CfsslSignError::NoUsages, run));
    }
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

/// The request behind HOSTNAME, which does not stand there with `-hostname` or `-initca`.
fn path<'a>(run: &'a Run<'_>) -> Result<&'a str, CfsslFailure> {
    let without = !run.flags.text(Flag::Hostname).is_empty() || run.flags.is_on(Flag::Initca);
    let at = usize::from(!without);
    let path = run.arguments.get(at).map(String::as_str);
    path.ok_or_else(|| run.no_argument())
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
