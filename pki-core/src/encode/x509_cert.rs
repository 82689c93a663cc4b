//! The second encoder: x509-cert, for names that rcgen cannot express, such as
//! cfssl's multi-valued relative names and CAs named by several DC attributes.

use std::time::Duration;

use der::asn1::BitString;
use der::{Decode, Encode};
use spki::{AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey};
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::name::{Name, RdnSequence};
use x509_cert::time::Time;

use crate::Error;
use crate::certificate::CertificateParams;
use crate::key::{SignatureAlgorithm, SigningKey, SubjectPublicKeyInfo};
use crate::time::Timestamp;

pub(super) fn encode(
    params: &CertificateParams,
    issuer: &[u8],
    key: &dyn SigningKey,
) -> Result<Vec<u8>, Error> {
    let refuse = |_: der::Error| Error::Encoding;
    let profile = Exact {
        issuer: name(issuer)?,
        subject: name(&params.subject.to_der())?,
        extensions: params
            .extensions
            .iter()
            .map(extension)
            .collect::<Result<_, _>>()?,
    };
    let serial_number =
        x509_cert::serial_number::SerialNumber::new(params.serial_number.as_bytes());
    let validity = x509_cert::time::Validity::new(
        time(params.validity.not_before())?,
        time(params.validity.not_after())?,
    );
    let public_key = spki::SubjectPublicKeyInfoOwned::from_der(params.public_key.to_der());
    let builder = CertificateBuilder::new(
        profile,
        serial_number.map_err(refuse)?,
        validity,
        public_key.map_err(refuse)?,
    );
    let mut builder = builder.map_err(|_| Error::Encoding)?;
    let signer = Adapter {
        algorithm: params.signature_algorithm,
        key,
    };
    let signed_part = builder.finalize(&signer).map_err(|_| Error::Encoding)?;
    let signature = key.sign(params.signature_algorithm, &signed_part)?;
    let signature = BitString::from_bytes(&signature).map_err(refuse)?;
    let certificate = builder
        .assemble(signature, &signer)
        .map_err(|_| Error::Encoding)?;
    certificate.to_der().map_err(refuse)
}

fn name(der: &[u8]) -> Result<Name, Error> {
    let sequence = RdnSequence::from_der(der).map_err(|_| Error::Encoding)?;
    Ok(Name::hazmat_from_rdn_sequence(sequence))
}

fn extension(extension: &crate::Extension) -> Result<x509_cert::ext::Extension, Error> {
    Ok(x509_cert::ext::Extension {
        extn_id: extension.oid,
        critical: extension.critical,
        extn_value: der::asn1::OctetString::new(extension.value.clone())
            .map_err(|_| Error::Encoding)?,
    })
}

/// UTCTime until 2049 (RFC 5280 section 4.1.2.5); the builder sees to that.
fn time(at: Timestamp) -> Result<Time, Error> {
    let seconds = u64::try_from(at.unix()).map_err(|_| Error::Encoding)?;
    let time = der::asn1::GeneralizedTime::from_unix_duration(Duration::from_secs(seconds));
    time.map(Time::GeneralTime).map_err(|_| Error::Encoding)
}

/// A profile that adds nothing.
struct Exact {
    issuer: Name,
    subject: Name,
    extensions: Vec<x509_cert::ext::Extension>,
}

impl BuilderProfile for Exact {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _: spki::SubjectPublicKeyInfoRef<'_>,
        _: spki::SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<x509_cert::ext::Extension>> {
        Ok(self.extensions.clone())
    }
}

/// A key as the builder sees it.
struct Adapter<'a> {
    algorithm: SignatureAlgorithm,
    key: &'a dyn SigningKey,
}

/// The issuer's public key, which the builder asks for and does not write.
#[derive(Clone)]
struct IssuerKey(SubjectPublicKeyInfo);

impl EncodePublicKey for IssuerKey {
    fn to_public_key_der(&self) -> spki::Result<der::Document> {
        Ok(der::Document::from_der(self.0.to_der())?)
    }
}

impl signature::Keypair for Adapter<'_> {
    type VerifyingKey = IssuerKey;

    fn verifying_key(&self) -> IssuerKey {
        IssuerKey(self.key.public_key().clone())
    }
}

impl DynSignatureAlgorithmIdentifier for Adapter<'_> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifierOwned::from_der(
            &self.algorithm.to_der(),
        )?)
    }
}
