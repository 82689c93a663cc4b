//! Who signs: the CA of `-ca` and `-ca-key` on this host, or a server.

use pki_core::cfssl::{
    CfsslSignError, CfsslSignRequest, CfsslSigned, CfsslSubject, EffectiveProfile,
};
use pki_core::{Certificate, CertificateSigningRequest, GeneralName, Issuer, SerialNumber};

use super::failure::CfsslFailure;
use super::flags::Flag;
use super::remote::Remote;
use super::{Run, issuer};

/// A signer that is ready: its files are read and its profile is chosen.
pub(super) enum Signer {
    Local {
        issuer: Box<Issuer>,
        profile: Box<EffectiveProfile>,
    },
    Remote(Box<Remote>),
}

/// What is to be signed.
pub(super) struct Asked<'a> {
    pub(super) csr: &'a CertificateSigningRequest,
    /// The names of `-hostname`.
    pub(super) hosts: &'a [GeneralName],
    pub(super) subject: Option<&'a CfsslSubject>,
    /// The document of the subject.
    pub(super) subject_document: Option<&'a [u8]>,
}

impl Signer {
    /// The signer that the flags and the configuration choose. `need` is the command's spelling
    /// of what it needs: "a CA" or "CA".
    pub(super) fn choose(run: &mut Run<'_>, need: &str) -> Result<Self, CfsslFailure> {
        if let Some(remote) = Remote::choose(run)? {
            return Ok(Self::Remote(Box::new(remote)));
        }
        let (ca, ca_key) = (run.flags.text(Flag::Ca), run.flags.text(Flag::CaKey));
        if run.config.is_none() {
            let needs = |what, flag| {
                let text = format!("need {need} {what} (provide one with {flag})");
                Err(CfsslFailure::new(text).logged())
            };
            match (ca, ca_key) {
                ("", _) => return needs("certificate", "-ca"),
                (_, "") => return needs("key", "-ca-key"),
                _ => {}
            }
        }
        let profile = match &run.config {
            None => EffectiveProfile::built_in(),
            Some(config) => config.profile(run.flags.text(Flag::Profile))?,
        };
        if let Some(refusal) = profile.settings.signing_refusal_of_cfssl() {
            return Err(CfsslFailure::new(refusal.to_string()));
        }
        if ca_key.is_empty() {
            return Err(CfsslFailure::coded(2000, "Unknown private key error")
                .advise("no key to sign with: give -ca and -ca-key"));
        }
        Ok(Self::Local {
            issuer: Box::new(issuer::load(ca, ca_key, run)?),
            profile: Box::new(profile),
        })
    }

    /// The certificate, in PEM.
    pub(super) fn sign(
        &self,
        asked: &Asked<'_>,
        run: &mut Run<'_>,
    ) -> Result<String, CfsslFailure> {
        match self {
            Self::Local { issuer, profile } => {
                let crl_url = run.flags.text(Flag::Crl).to_owned();
                let request = CfsslSignRequest {
                    csr: asked.csr,
                    hosts: asked.hosts,
                    subject: asked.subject,
                    crl_url: (!crl_url.is_empty()).then_some(crl_url.as_str()),
                };
                let signed = profile.sign(issuer, &request, run.env.now, &mut run.env.random);
                Ok(finished(signed, run)?.to_pem())
            }
            Self::Remote(remote) => remote.sign(asked, run),
        }
    }
}

/// Logs what cfssl logs of a signature, and keeps what it does not.
pub(super) fn finished(
    signed: Result<CfsslSigned, CfsslSignError>,
    run: &mut Run<'_>,
) -> Result<Certificate, CfsslFailure> {
    let signed = signed.map_err(|error| refused(&error, run))?;
    log_serial(&signed.certificate, run);
    for warning in signed.warnings {
        run.warnings.warn(warning);
    }
    Ok(signed.certificate)
}

/// The line whose ninth word scripts take.
fn log_serial(certificate: &Certificate, run: &Run<'_>) {
    let serial = SerialNumber::from_bytes(certificate.serial_number());
    let serial = serial.map(|serial| serial.to_string()).unwrap_or_default();
    run.log
        .info(&format!("signed certificate with serial number {serial}"));
}

/// A refusal in cfssl's words, if it has some, and in ours.
pub(super) fn refused(error: &CfsslSignError, run: &Run<'_>) -> CfsslFailure {
    if let Some(line) = error.cfssl_log() {
        run.log.error(line);
    }
    match (error.code(), error.cfssl_message()) {
        (Some(code), Some(message)) => CfsslFailure::coded(code, message).advise(error.to_string()),
        _ => CfsslFailure::new(error.to_string()),
    }
}
