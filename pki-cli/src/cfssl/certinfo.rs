//! `cfssl certinfo`: a certificate or signing request as JSON.

mod certificate;
mod name;
mod request;

use std::process::ExitCode;

use pki_core::{Certificate, CertificateSigningRequest};

use super::{CfsslFailure, Command, Flag, Output, Run, material};
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
        let certificate = only_certificate(&pem, path)?;
        return Ok(Output::text(certificate::json(&certificate)));
    }
    if let Some(path) = text(Flag::Csr) {
        let pem = material::document(path).map_err(CfsslFailure::new)?;
        let request = CertificateSigningRequest::from_pem(&pem).map_err(|error| {
            CfsslFailure::coded(9002, "CSR Decode failed").advise(format!("{path}: {error}"))
        })?;
        return Ok(Output::text(request::json(&request)));
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

/// The certificate of a file that holds nothing else; text in front of it is no harm.
fn only_certificate(pem: &[u8], path: &str) -> Result<Certificate, CfsslFailure> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const END: &[u8] = b"-----END ";
    let count = |mark: &[u8]| pem.windows(mark.len()).filter(|w| *w == mark).count();
    let begins = count(BEGIN);
    if begins == 0 || count(END) == 0 {
        return Err(CfsslFailure::coded(1002, "Failed to decode certificate"));
    }
    // cfssl stops at whatever follows the block, even words.
    let last = pem.windows(END.len()).rposition(|window| window == END);
    let after = pem.get(last.unwrap_or_default()..).unwrap_or_default();
    let tail = after.iter().position(|byte| *byte == b'\n');
    let tail = tail.and_then(|at| after.get(at..)).unwrap_or_default();
    if begins > 1 || !tail.trim_ascii().is_empty() {
        let failure = CfsslFailure::coded(1003, "the PEM file should contain only one object");
        return Err(match begins {
            1 => failure.advise("there is text behind the certificate: remove it"),
            _ => failure.advise(format!(
                "there are {begins} PEM blocks: openssl storeutl -noout -text -certs {path} \
                 shows every certificate"
            )),
        });
    }
    Certificate::from_pem(pem).map_err(|error| {
        CfsslFailure::coded(1003, "Failed to parse certificate").advise(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wants_one_block_and_nothing_behind_it() {
        let refusal = |text: &str| {
            format!(
                "{:?}",
                only_certificate(text.as_bytes(), "x.pem").expect_err("refused")
            )
        };
        let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(refusal("").contains("1002"));
        assert!(refusal("-----BEGIN CERTIFICATE-----\nAAAA\n").contains("1002"));
        assert!(refusal(block).contains("Failed to parse"));
        let two = refusal(&format!("{block}{block}"));
        assert!(
            two.contains("only one object") && two.contains("2 PEM blocks"),
            "{two}"
        );
        assert!(refusal(&format!("{block}behind\n")).contains("text behind"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(-----BEGIN X-----|-----END X-----|\n|[a-z]){0,8}") {
            let _ = only_certificate(text.as_bytes(), "x");
        }
    }
}
