//! `cfssl genkey`: a new key and its signing request.

use super::request::Request;
use super::{CfsslFailure, Command, Flag, Output, Run, authority};

pub(super) const COMMAND: Command = Command {
    name: "genkey",
    about: "make a key and a signing request",
    usage: "        cfssl genkey CSRJSON
        cfssl genkey -initca CSRJSON

Arguments:
        CSRJSON:    the request, a JSON file; - is stdin
",
    flags: &[Flag::Initca, Flag::Config, Flag::Loglevel],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let path = run.only_argument()?.to_owned();
    let request = Request::read(&path, &[], run)?;
    if run.flags.is_on(Flag::Initca) {
        return authority::generate(&request, run);
    }
    request.refuse_ca()?;
    run.log.info("generate received request");
    let made = request.generate(run)?;
    Ok(Output::object(&[
        ("csr", &made.csr.to_pem()),
        ("key", &made.key.to_pem()),
    ]))
}
