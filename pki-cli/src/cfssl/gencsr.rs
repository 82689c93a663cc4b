//! `cfssl gencsr`: a signing request for a key that exists.

use super::request::Request;
use super::{CfsslFailure, Command, Flag, Output, Run, issuer, material};

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

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let named = run.flags.text(Flag::Key).to_owned();
    if named.is_empty() {
        return Err(CfsslFailure::new(
            "need a private key (provide one with -key)",
        ));
    }
    let key = issuer::private_key(&named, false, run)?;
    let certificate = run.flags.text(Flag::Cert).to_owned();
    let csr = match certificate.as_str() {
        "" => {
            let path = run.only_argument()?.to_owned();
            let request = Request::read(&path, run)?;
            request.refuse_ca()?;
            request.csr(&key, run)?
        }
        named => Request::of_certificate(named, run)?.csr(&key, run)?,
    };
    // As it was read, as cfssl does: whoever gave it in one form wants it so.
    let text = material::material(&named, run.env).map_err(CfsslFailure::new)?;
    let text = std::str::from_utf8(&text).map_err(|_| CfsslFailure::new("the key is not text"))?;
    Ok(Output::object(&[("csr", &csr.to_pem()), ("key", text)]))
}
