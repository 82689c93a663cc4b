//! TLS to a signing server: whom to trust, and what to show.

use std::sync::Arc;

use pki_core::{Certificate, KeyPair};
use rustls::InconsistentKeys;
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{self, ClientCert, PrivateKey, RootCerts, TlsConfig};

use super::super::failure::CfsslFailure;
use super::super::{Flag, Run, material};

/// What `-tls-remote-ca`, `-mutual-tls-client-cert` and `-mutual-tls-client-key` say; the CAs of
/// the system without the first. The server's name is always checked.
pub(super) fn configure(run: &Run<'_>) -> Result<TlsConfig, CfsslFailure> {
    let roots = match run.flags.text(Flag::TlsRemoteCa) {
        "" => system_roots()?,
        named => named_roots(named, run)?,
    };
    let client = client_certificate(run)?;
    Ok(TlsConfig::builder()
        .root_certs(roots)
        .client_cert(client)
        .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
        .build())
}

/// Where OpenSSL looks, with `SSL_CERT_FILE` and `SSL_CERT_DIR`, as Go does.
fn system_roots() -> Result<RootCerts, CfsslFailure> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map(ToString::to_string);
        let failure = CfsslFailure::coded(7400, "x509: failed to load system roots");
        return Err(failure.advise(match why {
            Some(why) => format!("{why}; name the server's CA with -tls-remote-ca"),
            None => "this system has no CAs: name the server's with -tls-remote-ca".into(),
        }));
    }
    let roots = found.certs.iter();
    Ok(RootCerts::new_with_certs(
        &roots
            .map(|root| tls::Certificate::from_der(root).to_owned())
            .collect::<Vec<_>>(),
    ))
}

fn named_roots(named: &str, run: &Run<'_>) -> Result<RootCerts, CfsslFailure> {
    let text = material::material(named, run.env).map_err(CfsslFailure::new)?;
    // A whole store of trusted CAs, as systems have it.
    let roots = Certificate::all_from_pem(&text).map_err(|error| {
        CfsslFailure::new("failed to load cert pool").advise(format!("{named}: {error}"))
    })?;
    let roots = roots.iter();
    Ok(RootCerts::new_with_certs(
        &roots
            .map(|root| tls::Certificate::from_der(root.to_der()).to_owned())
            .collect::<Vec<_>>(),
    ))
}

fn client_certificate(run: &Run<'_>) -> Result<Option<ClientCert>, CfsslFailure> {
    let certificate = run.flags.text(Flag::MutualTlsClientCert);
    let key = run.flags.text(Flag::MutualTlsClientKey);
    match (certificate, key) {
        ("", "") => return Ok(None),
        // cfssl would go on without the other one.
        ("", _) | (_, "") => {
            return Err(CfsslFailure::new(
                "-mutual-tls-client-cert and -mutual-tls-client-key belong together: give both",
            ));
        }
        _ => {}
    }
    let text = material::document(certificate).map_err(CfsslFailure::new)?;
    let chain = Certificate::bundle_from_pem(&text).map_err(|error| {
        CfsslFailure::new("tls: failed to find any PEM data in certificate input")
            .advise(format!("{certificate}: {error}"))
    })?;
    let text = material::document(key).map_err(CfsslFailure::new)?;
    let unusable = |why: String| {
        CfsslFailure::new("tls: failed to parse private key").advise(format!("{key}: {why}"))
    };
    // In one of the forms that rustls reads too.
    let pem = KeyPair::from_pem(&text)
        .map_err(|error| unusable(error.to_string()))?
        .to_pem();
    // Copies that are not wiped: this one, which ureq keeps as long as its agent lives; what the
    // PEM reader behind it had in its buffer; and what ring signs with. rustls wipes the DER form
    // that it gets for each connection.
    let shown =
        PrivateKey::from_pem(pem.as_bytes()).map_err(|error| unusable(error.to_string()))?;
    // Borrowed, so that there is no other.
    let der = PrivateKeyDer::try_from(shown.der())
        .map_err(|_| unusable("its form is unknown to rustls".into()))?;
    let signing = any_supported_type(&der).map_err(|error| unusable(error.to_string()))?;
    let ders = chain.iter().map(|one| CertificateDer::from(one.to_der()));
    let ders = ders.map(CertificateDer::into_owned).collect();
    // ureq takes for granted that they fit.
    match CertifiedKey::new(ders, signing).keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
        Err(rustls::Error::InconsistentKeys(_)) => {
            return Err(
                CfsslFailure::new("tls: private key does not match public key")
                    .advise(format!("{key} is not the key of {certificate}")),
            );
        }
        Err(error) => return Err(unusable(error.to_string())),
    }
    let chain: Vec<_> = chain
        .iter()
        .map(|one| tls::Certificate::from_der(one.to_der()).to_owned())
        .collect();
    Ok(Some(ClientCert::new_with_certs(&chain, shown)))
}
