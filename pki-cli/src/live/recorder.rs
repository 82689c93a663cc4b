//! A client that takes whatever certificate it is shown and writes it down: the
//! core judges it. That the server has the key of what it shows is checked here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::p521;

/// What was seen so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    /// In DER, as the server sent them.
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) asks_for_client: bool,
    /// Whether the client certificate was of a kind that the server takes.
    pub(super) is_shown: bool,
}

/// One for each handshake.
#[derive(Debug)]
pub(super) struct Recorder {
    record: Mutex<Record>,
    client: Option<Arc<CertifiedKey>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Recorder {
    /// A client that shows this certificate if it is asked for one.
    pub(super) fn new(client: Option<Arc<CertifiedKey>>) -> Arc<Self> {
        Arc::new(Self {
            record: Mutex::default(),
            client,
            algorithms: ring::default_provider().signature_verification_algorithms,
        })
    }

    pub(super) fn record(&self) -> Record {
        self.lock().clone()
    }

    /// Nothing is resumed, and no name of a protocol behind TLS is sent.
    pub(super) fn config(self: &Arc<Self>) -> Result<ClientConfig, Error> {
        let provider = Arc::new(ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(self.clone())
            .with_client_cert_resolver(self.clone());
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }

    fn algorithms(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        match scheme {
            p521::SCHEME => &p521::VERIFICATION,
            _ => &self.algorithms,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        self.lock().chain = all.map(|one| one.to_vec()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, self.algorithms(signed.scheme))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, self.algorithms(signed.scheme))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        schemes.push(p521::SCHEME);
        schemes
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let mut record = self.lock();
        record.asks_for_client = true;
        let client = self.client.clone();
        let client = client.filter(|client| client.key.choose_scheme(schemes).is_some());
        record.is_shown = client.is_some();
        client
    }

    /// Without one as well: only who is asked knows that the server asks.
    fn has_certs(&self) -> bool {
        true
    }
}
