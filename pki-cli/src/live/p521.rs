//! Keys on P-521, which kpki makes and ring does not know: with them rustls
//! could neither believe a server nor sign for a client.

use std::sync::Arc;

use pki_core::{KeyPair, SigningKey as _};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

pub(super) const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP521_SHA512;

/// What verifies signatures of [`SCHEME`].
pub(super) static VERIFICATION: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[webpki::aws_lc_rs::ECDSA_P521_SHA512],
    mapping: &[(SCHEME, &[webpki::aws_lc_rs::ECDSA_P521_SHA512])],
};

/// A client's key.
#[derive(Debug, Clone)]
pub(super) struct P521Key(Arc<KeyPair>);

impl P521Key {
    pub(super) fn new(pair: KeyPair) -> Self {
        Self(Arc::new(pair))
    }
}

impl SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer: Box<dyn Signer> = Box::new(self.clone());
        offered.contains(&SCHEME).then_some(signer)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signed = self
            .0
            .sign(pki_core::SignatureAlgorithm::EcdsaSha512, message);
        signed.map_err(|error| Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SCHEME
    }
}
