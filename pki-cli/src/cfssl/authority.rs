//! CAs: a new one, a new certificate for an old key, and the renewal of one.

use pki_core::cfssl::{CfsslSignError, cfssl_renewed_authority};
use pki_core::{Error, SigningKey};

use super::failure::CfsslFailure;
use super::flags::Flag;
use super::request::Request;
use super::signer::{finished, refused};
use super::{Output, Run, issuer};

/// `-initca`: a new key, or with `-ca-key` a new certificate for it.
pub(super) fn make(request: &Request, run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    for (flag, name) in [
        (Flag::Config, "-config"),
        (Flag::Profile, "-profile"),
        (Flag::Ca, "-ca"),
        (Flag::Remote, "-remote"),
    ] {
        if !run.flags.text(flag).is_empty() {
            run.warnings.warn(format!(
                "{name} has no effect with -initca: a CA is what the request alone says, and lives as long as its 'ca': {{\"expiry\": …}}, or 5 years"
            ));
        }
    }
    let named = run.flags.text(Flag::CaKey).to_owned();
    if named.is_empty() {
        run.log
            .info("generating a new CA key and certificate from CSR");
        return generate(request, run);
    }
    run.log
        .info("re-generate a CA certificate from CSR and CA key");
    let key = issuer::private_key(&named, false, run)
        .inspect_err(|failure| run.log.error(failure.words()))?;
    let csr = request.csr(&key, run)?;
    let certificate = sign(request, &key, false, run)?;
    Ok(Output::object(&[
        ("cert", &certificate),
        ("csr", &csr.to_pem()),
    ]))
}

/// `genkey -initca`, and `gencert -initca` below its first line.
pub(super) fn generate(request: &Request, run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    run.log.info("generate received request");
    if let Err(error) = request.json.check_authority_subject() {
        let failure = refused(&error, run);
        run.log
            .warning(&format!("invalid request: {}", failure.words()));
        run.log
            .error(&format!("failed to process request: {}", failure.words()));
        return Err(failure);
    }
    let made = request.generate(run)?;
    let certificate = sign(request, &made.key, true, run)?;
    Ok(Output::object(&[
        ("cert", &certificate),
        ("csr", &made.csr.to_pem()),
        ("key", &made.key.to_pem()),
    ]))
}

fn sign(
    request: &Request,
    key: &dyn SigningKey,
    key_is_new: bool,
    run: &mut Run<'_>,
) -> Result<String, CfsslFailure> {
    let (now, random) = (run.env.now, &mut run.env.random);
    let signed = request
        .json
        .authority(&request.hosts, key, key_is_new, now, random);
    Ok(finished(signed, run)?.to_pem())
}

/// `-renewca`: the CA's certificate once more.
pub(super) fn renew(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    run.log
        .info("re-generate a CA certificate from CA cert and key");
    let renewed = renewed(run).inspect_err(|failure| run.log.error(failure.words()))?;
    Ok(Output::object(&[("cert", &renewed)]))
}

fn renewed(run: &mut Run<'_>) -> Result<String, CfsslFailure> {
    let old = issuer::certificate(run.flags.text(Flag::Ca), run)?;
    let key = issuer::private_key(run.flags.text(Flag::CaKey), false, run)?;
    if !old.is_ca() {
        return Err(CfsslFailure::new("input certificate is not a CA cert"));
    }
    let (now, random) = (run.env.now, &mut run.env.random);
    let renewed = cfssl_renewed_authority(&old, &key, now, random);
    let renewed = renewed.map_err(|error| match error {
        CfsslSignError::Core(Error::KeyMismatch { .. }) => {
            CfsslFailure::coded(2300, "Private key does not match public key")
        }
        error => refused(&error, run),
    })?;
    run.log.info("encoded CSR");
    Ok(finished(Ok(renewed), run)?.to_pem())
}
