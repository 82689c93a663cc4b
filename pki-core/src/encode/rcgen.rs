//! The engine: rcgen, given every extension as it is to be written, and never
//! asked for a default.

use rcgen::{CustomExtension, DnType, DnValue, IsCa, Issuer, PublicKeyData};

use crate::Error;
use crate::certificate::CertificateParams;
use crate::key::{SignatureAlgorithm, SigningKey, SubjectPublicKeyInfo};
use crate::name::{Attribute, AttributeType, DistinguishedName, StringType};

pub(super) fn encode(
    params: &CertificateParams,
    issuer: &DistinguishedName,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, Error> {
    let mut certificate = rcgen::CertificateParams::default();
    certificate.not_before = params.validity.not_before().to_offset_date_time();
    certificate.not_after = params.validity.not_after().to_offset_date_time();
    certificate.serial_number = Some(rcgen::SerialNumber::from_slice(
        params.serial_number.as_bytes(),
    ));
    certificate.distinguished_name = name(&params.subject)?;
    certificate.is_ca = IsCa::NoCa;
    certificate.custom_extensions = params.extensions.iter().map(custom_extension).collect();

    let mut issuer_params = rcgen::CertificateParams::default();
    issuer_params.distinguished_name = name(issuer)?;
    let signer = Adapter {
        algorithm: params.signature_algorithm,
        public: key.public_key(),
        key: Some(key),
    };
    let issuer = Issuer::from_params(&issuer_params, signer);
    // rcgen writes the subject's key under the identifier of its signature
    // algorithm, so the key's own kind chooses it.
    let algorithm = SignatureAlgorithm::kubeadm(params.public_key.kind());
    let subject = Adapter {
        algorithm,
        public: &params.public_key,
        key: None,
    };
    let signed = certificate
        .signed_by(&subject, &issuer)
        .map_err(|_| Error::Signing)?;
    Ok(signed.der().to_vec())
}

fn custom_extension(extension: &crate::Extension) -> CustomExtension {
    let arcs: Vec<u64> = extension.oid.arcs().map(u64::from).collect();
    let mut custom = CustomExtension::from_oid_content(&arcs, extension.value.clone());
    custom.set_criticality(extension.critical);
    custom
}

fn name(name: &DistinguishedName) -> Result<rcgen::DistinguishedName, Error> {
    let mut converted = rcgen::DistinguishedName::new();
    for attribute in name
        .relative_names()
        .iter()
        .flat_map(|relative| relative.attributes())
    {
        converted.push(kind(attribute.kind())?, value(attribute)?);
    }
    Ok(converted)
}

fn kind(kind: &AttributeType) -> Result<DnType, Error> {
    let text = kind.oid();
    let oid = der::asn1::ObjectIdentifier::new(&text)
        .map_err(|_| Error::NotAnObjectIdentifier { text })?;
    Ok(DnType::from_oid(
        &oid.arcs().map(u64::from).collect::<Vec<_>>(),
    ))
}

fn value(attribute: &Attribute) -> Result<DnValue, Error> {
    let text = attribute.value().to_owned();
    let unfit = |_| Error::StringType {
        text: attribute.value().to_owned(),
    };
    Ok(match attribute.string_type() {
        StringType::Printable => DnValue::PrintableString(text.try_into().map_err(unfit)?),
        StringType::Ia5 => DnValue::Ia5String(text.try_into().map_err(unfit)?),
        StringType::Utf8 => DnValue::Utf8String(text),
    })
}

/// A key as rcgen sees it.
struct Adapter<'a> {
    algorithm: SignatureAlgorithm,
    public: &'a SubjectPublicKeyInfo,
    key: Option<&'a dyn SigningKey>,
}

impl PublicKeyData for Adapter<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.public.key_bits()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.algorithm {
            SignatureAlgorithm::RsaSha256 => &rcgen::PKCS_RSA_SHA256,
            SignatureAlgorithm::RsaSha384 => &rcgen::PKCS_RSA_SHA384,
            SignatureAlgorithm::RsaSha512 => &rcgen::PKCS_RSA_SHA512,
            SignatureAlgorithm::EcdsaSha256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            SignatureAlgorithm::EcdsaSha384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            SignatureAlgorithm::EcdsaSha512 => &rcgen::PKCS_ECDSA_P521_SHA512,
            SignatureAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
        }
    }
}

impl rcgen::SigningKey for Adapter<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signed = self.key.map(|key| key.sign(self.algorithm, message));
        signed
            .and_then(Result::ok)
            .ok_or(rcgen::Error::RemoteKeyError)
    }
}
