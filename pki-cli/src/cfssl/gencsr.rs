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
        Flag::Config,
        Flag::Loglevel,
    ],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let named = run.flags.text(Flag::Key).to_owned();
    if named.is_empty() {
        return Err(CfsslFailure::new(
            "private key file is required through '-key', please check with usage",
        ));
    }
    // Read once: a pipe, as in `-key <(...)`, has nothing to give the second time.
    let text = material::material(&named, run.env).map_err(CfsslFailure::new)?;
    let key = issuer::private_key_of(&named, &text, run)?;
    let certificate = run.flags.text(Flag::Cert).to_owned();
    let request = match certificate.as_str() {
        "" => {
            let path = run.only_argument()?.to_owned();
            let request = Request::read(&path, &[Flag::Hostname], run)?;
            request.refuse_ca()?;
            request
        }
        _ if !run.arguments.is_empty() => {
            return Err(CfsslFailure::new(
                "no argument is accepted with '-cert', please check with usage",
            ));
        }
        named => Request::of_certificate(named, run)?,
    };
    let csr = request.csr(&key, run)?;
    // As it was read, as cfssl does: whoever gave it in one form wants it so.
    let text = std::str::from_utf8(&text).map_err(|_| CfsslFailure::new("the key is not text"))?;
    Ok(Output::object(&[("csr", &csr.to_pem()), ("key", text)]))
}
