//! `cfssl certinfo`: a certificate or signing request as JSON.

mod certificate;
mod name;
mod request;

use std::process::ExitCode;

use pki_core::CertificateSigningRequest;

use super::{CfsslFailure, Command, Flag, Output, Run, Warnings, material, only_certificate};
use crate::env::Env;

pub(super) const COMMAND: Command = Command {
    name: "certinfo",
    about: "print a certificate or signing request as JSON",
    usage: "        cfssl certinfo -cert file
        cfssl certinfo -csr file
        cfssl-certinfo -cert file

    The file is PEM with one certificate or request; - is stdin.
",
    flags: &[
        Flag::Cert,
        Flag::Csr,
        Flag::Domain,
        Flag::Serial,
        Flag::Aki,
        Flag::DbConfig,
        Flag::Loglevel,
    ],
    run,
};

/// Runs `cfssl-certinfo WORDS`. cfssl's ends with status 0 even where it fails.
pub(crate) fn run_alone(words: &[String], env: &mut Env) -> ExitCode {
    COMMAND.call(words, env)
}

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let text = |flag| Some(run.flags.text(flag)).filter(|text| !text.is_empty());
    if let Some(path) = text(Flag::Cert) {
        let pem = material::document(path).map_err(CfsslFailure::new)?;
        let certificate = only_certificate::read(&pem, path)?;
        return Ok(Output::text(certificate::json(&certificate)));
    }
    if let Some(path) = text(Flag::Csr) {
        let pem = material::document(path).map_err(CfsslFailure::new)?;
        let request = CertificateSigningRequest::from_pem(&pem).map_err(|error| {
            CfsslFailure::coded(9002, "CSR Decode failed").advise(format!("{path}: {error}"))
        })?;
        return Ok(shown(&request, path, &mut run.warnings));
    }
    if let Some(domain) = text(Flag::Domain) {
        let host = match domain.contains(':') {
            true => domain.to_owned(),
            false => format!("{domain}:443"),
        };
        return Err(CfsslFailure::new(format!(
            "kpki asks no server: use openssl s_client -connect {host} </dev/null | \
             cfssl certinfo -cert -"
        )));
    }
    if text(Flag::Serial).is_some() && text(Flag::Aki).is_some() {
        return Err(CfsslFailure::new(
            "kpki keeps no database of certificates: give the file with -cert",
        ));
    }
    Err(CfsslFailure::new(
        "Must specify certinfo target through -cert, -csr, -domain or -serial + -aki",
    ))
}

/// A request as JSON; what it asks for and nobody would get is a warning.
fn shown(request: &CertificateSigningRequest, path: &str, warnings: &mut Warnings) -> Output {
    let names = request.general_names();
    match &names {
        None => warnings.warn(format!(
            "{path}: the alternative names cannot be read, and 'sign' refuses them"
        )),
        Some((_, others)) if *others > 0 => warnings.warn(format!(
            "{path}: {others} of the alternative names are of a kind that cfssl does not know, and 'sign' leaves them out"
        )),
        Some(_) => {}
    }
    let (names, _) = names.unwrap_or_default();
    Output::text(request::json(request, &names))
}

#[cfg(test)]
mod tests {
    use pki_core::{
        DistinguishedName, Extension, KeyAlgorithm, KeyPair, SignatureAlgorithm, SigningKey,
    };

    use super::*;

    #[test]
    fn names_that_sign_would_not_take_are_warned_of() {
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).expect("a key");
        let subject = DistinguishedName::kubernetes(None, "x");
        let algorithm = SignatureAlgorithm::cfssl(key.public_key().kind());
        // DNS:a; the same and registeredID 1.2.3; an empty DNS name.
        for (names, warned) in [
            (&[0x30, 3, 0x82, 1, b'a'][..], false),
            (&[0x30, 7, 0x82, 1, b'a', 0x88, 2, 0x2a, 3], true),
            (&[0x30, 2, 0x82, 0], true),
        ] {
            let names = Extension::from_parts("2.5.29.17", false, names.to_vec());
            let names = [names.expect("an extension")];
            let request = CertificateSigningRequest::new(&subject, &names, &key, algorithm);
            let mut warnings = Warnings::default();
            let output = shown(&request.expect("a request"), "x.csr", &mut warnings);
            assert_eq!(warnings.any(), warned, "{names:?}");
            let text = String::from_utf8_lossy(output.bytes()).into_owned();
            let readable = names[0].value().contains(&b'a');
            assert_eq!(text.contains("\"sans\""), readable, "{text}");
        }
    }
}
