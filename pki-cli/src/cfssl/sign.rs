//! `cfssl sign`: a certificate for a signing request.

use pki_core::cfssl::{CfsslSubject, Reading, split_cfssl_hostname};
use pki_core::{CertificateSigningRequest, Error};

use super::document::{PIPE_TO_CFSSLJSON, accepted, is_output};
use super::signer::{Asked, Signer};
use super::{COMMAND_LINE, CfsslFailure, Command, Flag, Output, Run, material};

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

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let (csr, subject) = arguments(run)?;
    let text = material::document(&csr).map_err(CfsslFailure::new)?;
    let csr = CertificateSigningRequest::from_pem(&text).map_err(|error| {
        let failure = match error {
            Error::Pem { .. } if text.windows(5).any(|window| window == b"-----") => {
                CfsslFailure::coded(9300, "not a csr")
            }
            Error::Pem { .. } => CfsslFailure::coded(9002, "CSR Decode failed"),
            Error::RequestSignature => CfsslFailure::coded(9300, "crypto/rsa: verification error"),
            _ => CfsslFailure::coded(9003, "CSR Parsing failed"),
        };
        match is_output(&text) {
            true => failure.advise(PIPE_TO_CFSSLJSON),
            false => failure.advise(format!("{csr}: {error}")),
        }
    })?;
    let document = subject.as_deref().map(material::document).transpose();
    let document = document.map_err(CfsslFailure::new)?;
    let subject = match (&subject, &document) {
        (Some(path), Some(document)) => Some(read_subject(path, document, run)?),
        _ => None,
    };
    let hosts = split_cfssl_hostname(run.flags.text(Flag::Hostname)).map_err(|error| {
        CfsslFailure::new("a host cannot stand in a certificate").advise_in(COMMAND_LINE, &error)
    })?;
    run.warnings.warn_in(COMMAND_LINE, &hosts.warnings);
    let signer = Signer::choose(run, "CA")?;
    let asked = Asked {
        csr: &csr,
        hosts: &hosts.value,
        subject: subject.as_ref(),
        subject_document: document.as_ref().map(|document| document.as_slice()),
    };
    let certificate = signer.sign(&asked, run)?;
    Ok(Output::object(&[
        ("cert", &certificate),
        ("csr", &csr.to_pem()),
    ]))
}

/// The CSR, given by `-csr` or first, and the subject after it.
fn arguments(run: &Run<'_>) -> Result<(String, Option<String>), CfsslFailure> {
    let mut words = run.arguments.iter().cloned();
    let csr = match run.flags.text(Flag::Csr) {
        "" => words.next().ok_or_else(|| run.no_argument())?,
        csr => csr.to_owned(),
    };
    let subject = words.next();
    match words.next() {
        None => Ok((csr, subject)),
        Some(_) => Err(CfsslFailure::new(
            "too many arguments are provided, please check with usage",
        )),
    }
}

fn read_subject(path: &str, bytes: &[u8], run: &mut Run<'_>) -> Result<CfsslSubject, CfsslFailure> {
    let read = accepted(
        path,
        CfsslSubject::parse(bytes, Reading::Lenient),
        CfsslSubject::refusal_of_cfssl(bytes),
        "kpki refuses the subject",
    )?;
    run.warnings.warn_in(path, &read.warnings);
    Ok(read.value)
}
