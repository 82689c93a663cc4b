//! `cfssl gencrl`: a certificate revocation list.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pki_core::{
    Error, KeyUsage, RevocationList, SerialNumber, SignatureAlgorithm, SigningKey, Validity,
};

use super::{CfsslFailure, Command, Flag, Output, Run, issuer, material};

pub(super) const COMMAND: Command = Command {
    name: "gencrl",
    about: "make a certificate revocation list",
    usage: "        cfssl gencrl INPUTFILE CERT KEY [TIME]

Arguments:
        INPUTFILE:  serial numbers, one a line, decimal; - is stdin
        CERT:       the certificate of the CA
        KEY:        the private key of the CA
        TIME:       the seconds until the list expires; without it, 7 days
",
    flags: &[Flag::Loglevel],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let mut words = run.arguments.iter();
    let mut next = || words.next().cloned().ok_or_else(|| run.no_argument());
    let (list, ca, ca_key) = (next()?, next()?, next()?);
    let seconds = words.next().map(String::as_str).map(lifetime).transpose()?;
    let text = material::document(&list).map_err(CfsslFailure::new)?;
    let certificate = issuer::certificate(&ca, run)?;
    let key = issuer::private_key(&ca_key, false, run)?;
    let serials = serials(&text, &list)?;
    if !certificate.is_ca() {
        return Err(CfsslFailure::new("input certificate is not a CA cert").advise(format!(
            "{ca} is no CA's (basicConstraints): readers would refuse a list that it signs, give the CA that signed the certificates"
        )));
    }
    let authority = certificate.validity();
    if !authority.contains(run.env.now) {
        run.warnings.warn(format!(
            "{ca} is valid from {} to {}, not now: no reader will trust the list",
            authority.not_before(),
            authority.not_after()
        ));
    }
    if certificate
        .key_usage()
        .is_some_and(|usage| !usage.contains(KeyUsage::CRL_SIGN))
    {
        run.warnings.warn(format!(
            "{ca} may not sign revocation lists (keyUsage has no cRLSign): readers will refuse the list"
        ));
    }
    let end = run.env.now.plus(seconds.unwrap_or(SEVEN_DAYS));
    let period = end.and_then(|end| Validity::new(run.env.now, end));
    let period = period.map_err(|error| CfsslFailure::new(error.to_string()))?;
    let algorithm = SignatureAlgorithm::kubeadm(key.public_key().kind());
    let made = RevocationList::new(&serials, period, &certificate, &key, algorithm);
    let made = made.map_err(|error| match error {
        Error::KeyMismatch { .. } => {
            CfsslFailure::coded(2300, "Private key does not match public key")
                .advise(format!("{ca_key} is not the key of {ca}"))
        }
        error => CfsslFailure::new(error.to_string()),
    })?;
    Ok(Output::text(STANDARD.encode(made.to_der()) + "\n"))
}

const SEVEN_DAYS: i64 = 7 * 86_400;

fn lifetime(text: &str) -> Result<i64, CfsslFailure> {
    let seconds = text.parse::<i64>().ok().filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| CfsslFailure::new(format!("{text:?} is not a number of seconds")))
}

/// The serial numbers, one a line. cfssl would revoke the number 0 for a line that is none.
fn serials(text: &[u8], file: &str) -> Result<Vec<SerialNumber>, CfsslFailure> {
    let text = String::from_utf8_lossy(text);
    let mut serials = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let serial = line.parse::<SerialNumber>().map_err(|_| {
            CfsslFailure::new(format!("{file}:{}: not a serial number in decimal of at most 20 octets", index + 1))
                .advise("the decimal number stands in the log line of cfssl; 'cfssl certinfo -cert FILE' shows it as serial_number")
        })?;
        serials.push(serial);
    }
    Ok(serials)
}
