//! The CA of a call: `-ca` and `-ca-key`, read and checked before any key is made.

use pki_core::{Certificate, Error, Issuer, KeyPair};

use super::failure::CfsslFailure;
use super::{Run, material, only_certificate};

/// The CA of these two names, whatever its dates.
pub(super) fn load(ca: &str, ca_key: &str, run: &Run<'_>) -> Result<Issuer, CfsslFailure> {
    let certificate = certificate(ca, run)?;
    let key = private_key(ca_key, true, run)?;
    Issuer::regardless_of_dates(certificate, Box::new(key)).map_err(|error| match error {
        Error::KeyMismatch { .. } => CfsslFailure::coded(
            1000,
            "x509: provided PrivateKey doesn't match parent's PublicKey",
        )
        .advise(format!("{ca_key} is not the key of {ca}")),
        error => {
            CfsslFailure::coded(5300, "Policy violation request").advise(format!("{ca}: {error}"))
        }
    })
}

/// The one certificate of a file.
pub(super) fn certificate(named: &str, run: &Run<'_>) -> Result<Certificate, CfsslFailure> {
    let text = material::material(named, run.env).map_err(CfsslFailure::new)?;
    only_certificate::read(&text, named)
}

/// A private key; an encrypted one is read with the pass phrase of `CFSSL_CA_PK_PASSWORD`.
/// cfssl's number stands before the system's words only for the key of a signing CA.
pub(super) fn private_key(
    named: &str,
    signing: bool,
    run: &Run<'_>,
) -> Result<KeyPair, CfsslFailure> {
    let text = material::material(named, run.env).map_err(|error| match signing {
        true => CfsslFailure::coded(1001, &error),
        false => CfsslFailure::new(error),
    })?;
    private_key_of(named, &text, run)
}

/// The private key in a text that was read from `named`.
pub(super) fn private_key_of(
    named: &str,
    text: &[u8],
    run: &Run<'_>,
) -> Result<KeyPair, CfsslFailure> {
    let password = run.env.variable("CFSSL_CA_PK_PASSWORD");
    let read = match password.is_empty() {
        true => KeyPair::from_pem(text),
        false => KeyPair::from_encrypted_pem(text, &password),
    };
    read.map_err(|error| {
        let words = match error {
            Error::Pem { .. } => CfsslFailure::coded(2002, "Failed to decode private key"),
            Error::EncryptedPrivateKey => CfsslFailure::coded(2100, "Private key is encrypted."),
            Error::WrongPassword => CfsslFailure::new("x509: decryption password incorrect"),
            _ => CfsslFailure::coded(2003, "Failed to parse private key"),
        };
        words.advise(match error {
            Error::EncryptedPrivateKey => format!(
                "{named} is encrypted: give its pass phrase in the variable CFSSL_CA_PK_PASSWORD"
            ),
            error => format!("{named}: {error}"),
        })
    })
}
