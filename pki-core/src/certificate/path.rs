//! The path from a leaf to a CA as webpki judges it: a second opinion when a
//! certificate is issued and when an existing one is verified.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, anchor_from_trusted_cert,
};

use super::Certificate;
use crate::Error;
use crate::key::backend::VERIFIERS;
use crate::time::Timestamp;

impl Certificate {
    /// Whether webpki finds a path from this leaf to `anchor` at the time `at`.
    ///
    /// # Errors
    /// [`Error::Judgement`] with webpki's word.
    pub(crate) fn verify_path(
        &self,
        intermediates: &[Self],
        anchor: &Self,
        at: Timestamp,
    ) -> Result<(), Error> {
        // The anchor's name and key are all that webpki takes from it.
        let root = CertificateDer::from(anchor.to_der());
        let anchor = anchor_from_trusted_cert(&root).map_err(judgement)?;
        let leaf = CertificateDer::from(self.to_der());
        let leaf = EndEntityCert::try_from(&leaf).map_err(judgement)?;
        let intermediates: Vec<_> = intermediates
            .iter()
            .map(|certificate| CertificateDer::from(certificate.to_der()))
            .collect();
        let seconds = u64::try_from(at.unix()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let anchors = [anchor];
        let verified = leaf.verify_for_usage(
            &VERIFIERS,
            &anchors,
            &intermediates,
            time,
            AnyPurpose,
            None,
            None,
        );
        verified.map(drop).map_err(judgement)
    }
}

/// Purposes are compared with the catalog's, which knows what etcd and
/// Kubernetes ask for.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

fn judgement(error: webpki::Error) -> Error {
    Error::Judgement {
        what: format!("webpki: {error:?}"),
    }
}
