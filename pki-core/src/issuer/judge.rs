//! The second opinion on every certificate before it leaves: it was read back
//! by x509-parser, and here it is compared with what was asked for and its
//! chain is verified by webpki.

use crate::Error;
use crate::certificate::{Certificate, CertificateParams, SerialNumber};

/// Go reads no TLS handshake message over 64 KiB, and webpki no signed data;
/// the certificates of a chain share one message.
const LONGEST: usize = 60_000;

pub(super) fn self_signed(
    certificate: &Certificate,
    params: &CertificateParams,
) -> Result<(), Error> {
    as_asked(certificate, params)?;
    expect(certificate.is_self_issued(), "issuer and subject differ")?;
    expect(
        certificate.is_signed_by(&params.public_key),
        "its signature does not verify",
    )
}

pub(super) fn issued(
    certificate: &Certificate,
    params: &CertificateParams,
    issuer: &Certificate,
) -> Result<(), Error> {
    as_asked(certificate, params)?;
    expect(
        certificate.issuer_der() == issuer.subject_der(),
        "its issuer is not the CA's name",
    )?;
    if let (Some(authority), Some(subject)) = (
        certificate.authority_key_identifier(),
        issuer.subject_key_identifier(),
    ) {
        expect(
            authority == subject,
            "its authority key identifier is not the CA's",
        )?;
    }
    if certificate.to_der().len() > LONGEST {
        return Err(Error::TooLong {
            octets: certificate.to_der().len(),
        });
    }
    // webpki takes no CA certificate for the end of a chain, none that is
    // self-issued, and no time before 1970. For all others it verifies the
    // signature, too.
    let too_old = params.validity.not_before().unix() < 0;
    match certificate.is_ca() || certificate.is_self_issued() || too_old {
        true => expect(
            certificate.is_signed_by(issuer.public_key()?),
            "its signature does not verify",
        ),
        false => certificate.verify_path(&[], issuer, params.validity.not_before()),
    }
}

fn as_asked(certificate: &Certificate, params: &CertificateParams) -> Result<(), Error> {
    expect(certificate.version() == 3, "it is not of version 3")?;
    expect(
        certificate.public_key()? == &params.public_key,
        "it holds another key",
    )?;
    expect(
        certificate.subject_der() == params.subject.to_der(),
        "it names another subject",
    )?;
    expect(
        certificate.validity() == params.validity,
        "it has another validity",
    )?;
    expect(
        certificate.extensions()? == params.extensions,
        "it has other extensions",
    )?;
    let serial = SerialNumber::from_bytes(certificate.serial_number())?;
    expect(
        serial == params.serial_number,
        "it has another serial number",
    )
}

fn expect(holds: bool, otherwise: &str) -> Result<(), Error> {
    match holds {
        true => Ok(()),
        false => Err(Error::Judgement {
            what: otherwise.to_owned(),
        }),
    }
}
