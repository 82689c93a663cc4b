//! `cfssl gencert`: a new key and its certificate, or a CA.

use super::request::Request;
use super::signer::{Asked, Signer};
use super::{CfsslFailure, Command, Flag, Output, Run, authority};

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
        Flag::MutualTlsClientCert,
        Flag::MutualTlsClientKey,
        Flag::TlsRemoteCa,
        Flag::Loglevel,
    ],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    if run.flags.is_on(Flag::Renewca) {
        return authority::renew(run);
    }
    let path = run.only_argument()?.to_owned();
    let obeyed: &[Flag] = match run.flags.is_on(Flag::Initca) {
        true => &[Flag::Cn],
        false => &[Flag::Cn, Flag::Hostname],
    };
    let request = Request::read(&path, obeyed, run)?;
    if run.flags.is_on(Flag::Initca) {
        return authority::make(&request, run);
    }
    request.refuse_ca()?;
    let signer = Signer::choose(run, "a CA")?;
    run.log.info("generate received request");
    let made = request.generate(run)?;
    // Without -hostname the CSR has the hosts already.
    let asked = Asked {
        csr: &made.csr,
        hosts: &[],
        subject: None,
        subject_document: None,
    };
    let certificate = signer.sign(&asked, run)?;
    if request.json.host_texts().next().is_none() {
        run.log.warning_of_lines(NO_HOSTS);
    }
    Ok(Output::object(&[
        ("cert", &certificate),
        ("csr", &made.csr.to_pem()),
        ("key", &made.key.to_pem()),
    ]))
}

/// What cfssl says of every certificate without hosts, a client's too; scripts have got used to it.
const NO_HOSTS: &str = r#"This certificate lacks a "hosts" field. This makes it unsuitable for
websites. For more information see the Baseline Requirements for the Issuance and Management
of Publicly-Trusted Certificates, v.1.1.6, from the CA/Browser Forum (https://cabforum.org);
specifically, section 10.2.3 ("Information Requirements")."#;
