//! Profiles: what a certificate is for, and the exact shape it gets. kubeadm's
//! shapes of every version and cfssl's are values of one type, so that one
//! path issues them all.

use crate::Error;
use crate::certificate::{Certificate, CertificateParams, RandomSource, SerialNumber};
use crate::cluster::KubernetesVersion;
use crate::extension::{
    BasicConstraints, ExtendedKeyUsage, Extension, KeyIdentifierMethod, KeyUsage,
};
use crate::issuer::Issuer;
use crate::key::{KeyKind, SignatureAlgorithm, SubjectPublicKeyInfo};
use crate::name::{DistinguishedName, GeneralName};
use crate::time::Validity;

/// What a certificate is for. The extensions are written in the order of Go's
/// x509 package: keyUsage, extKeyUsage, basicConstraints, subjectKeyIdentifier,
/// authorityKeyIdentifier, `access`, subjectAltName, `others`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// keyUsage; left out if empty.
    pub key_usage: KeyUsage,
    /// extKeyUsage in this order; left out if empty.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
    /// basicConstraints; `None` leaves them out.
    pub basic_constraints: Option<BasicConstraints>,
    /// How the subjectKeyIdentifier is made; `None` leaves it out.
    pub subject_key_identifier: Option<KeyIdentifierMethod>,
    /// authorityInfoAccess, before the names.
    pub access: Option<Extension>,
    /// Extensions behind the names.
    pub others: Vec<Extension>,
    /// Which hash the issuer signs with.
    pub signature_rule: SignatureRule,
    /// How its serial numbers are drawn.
    pub serial_rule: SerialRule,
}

/// How the signature algorithm follows from the issuer's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureRule {
    /// SHA-256 with RSA of any size.
    Kubeadm,
    /// A hash that grows with the RSA key.
    Cfssl,
}

/// How serial numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SerialRule {
    /// Zero, as kubeadm before 1.28 numbered its CAs.
    Zero,
    /// 63 random bits, as kubeadm.
    Random63Bits,
    /// 159 random bits, as cfssl.
    Random159Bits,
}

/// What a certificate is asked to say: the same for every profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Whom it names.
    pub subject: DistinguishedName,
    /// The names and addresses of its holder.
    pub subject_alt_names: Vec<GeneralName>,
    /// The key it speaks for.
    pub public_key: SubjectPublicKeyInfo,
}

const TLS: KeyUsage = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::KEY_ENCIPHERMENT);

impl Profile {
    /// A CA as kubeadm of this version makes it. The key identifier is written
    /// for every version, though kubeadm before 1.19 left it out.
    #[must_use]
    pub fn certificate_authority(version: KubernetesVersion) -> Self {
        let method = match version.is_at_least(35) {
            true => KeyIdentifierMethod::Sha256,
            false => KeyIdentifierMethod::Sha1,
        };
        Self {
            key_usage: TLS.and(KeyUsage::KEY_CERT_SIGN),
            extended_key_usage: Vec::new(),
            basic_constraints: Some(BasicConstraints::CertificateAuthority {
                path_len_constraint: None,
            }),
            subject_key_identifier: Some(method),
            access: None,
            others: Vec::new(),
            signature_rule: SignatureRule::Kubeadm,
            serial_rule: match version.is_at_least(28) {
                true => SerialRule::Random63Bits,
                false => SerialRule::Zero,
            },
        }
    }

    /// A leaf for these purposes as kubeadm of this version makes it.
    #[must_use]
    pub fn leaf(version: KubernetesVersion, purposes: &[ExtendedKeyUsage]) -> Self {
        Self {
            key_usage: TLS,
            extended_key_usage: purposes.to_vec(),
            basic_constraints: version
                .is_at_least(21)
                .then_some(BasicConstraints::EndEntity),
            subject_key_identifier: None,
            access: None,
            others: Vec::new(),
            signature_rule: SignatureRule::Kubeadm,
            serial_rule: SerialRule::Random63Bits,
        }
    }

    /// A TLS server's certificate in the newest shape.
    #[must_use]
    pub fn server() -> Self {
        Self::leaf(KubernetesVersion::NEWEST, &[ExtendedKeyUsage::ServerAuth])
    }

    /// A TLS client's certificate in the newest shape.
    #[must_use]
    pub fn client() -> Self {
        Self::leaf(KubernetesVersion::NEWEST, &[ExtendedKeyUsage::ClientAuth])
    }

    /// A certificate of an etcd member, which is a server and a client at once,
    /// in the newest shape.
    #[must_use]
    pub fn peer() -> Self {
        let purposes = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
        Self::leaf(KubernetesVersion::NEWEST, &purposes)
    }

    /// The whole content of a certificate that `issuer` will sign, or of a
    /// self-signed one.
    ///
    /// # Errors
    /// [`Error::NotAnObjectIdentifier`] for a purpose that is none.
    pub fn params(
        &self,
        request: &CertificateRequest,
        issuer: Option<&Issuer>,
        validity: Validity,
        serial_number: SerialNumber,
    ) -> Result<CertificateParams, Error> {
        let signer = issuer.map_or(Ok(&request.public_key), |issuer| {
            issuer.certificate().public_key()
        })?;
        let mut extensions = Vec::new();
        if !self.key_usage.is_empty() {
            extensions.push(Extension::key_usage(self.key_usage));
        }
        if !self.extended_key_usage.is_empty() {
            extensions.push(Extension::extended_key_usage(&self.extended_key_usage)?);
        }
        extensions.extend(self.basic_constraints.map(Extension::basic_constraints));
        extensions.extend(self.subject_key_identifier.map(|method| {
            Extension::subject_key_identifier(&request.public_key.key_identifier(method))
        }));
        // Also below a CA of the same name, where Go leaves it out: there it is
        // the only thing that tells the two apart.
        let authority = issuer.map(Issuer::certificate);
        let identifier = authority.and_then(Certificate::subject_key_identifier);
        extensions.extend(identifier.map(Extension::authority_key_identifier));
        extensions.extend(self.access.clone());
        if !request.subject_alt_names.is_empty() {
            let critical = request.subject.is_empty();
            extensions.push(Extension::subject_alt_name(
                &request.subject_alt_names,
                critical,
            ));
        }
        extensions.extend(self.others.iter().cloned());
        Ok(CertificateParams {
            serial_number,
            signature_algorithm: self.signature_rule.algorithm(signer.kind()),
            validity,
            subject: request.subject.clone(),
            public_key: request.public_key.clone(),
            extensions,
        })
    }
}

impl SerialRule {
    /// Draws a serial number.
    ///
    /// # Errors
    /// [`Error::Randomness`].
    pub fn draw(self, random: &mut dyn RandomSource) -> Result<SerialNumber, Error> {
        match self {
            Self::Zero => Ok(SerialNumber::zero()),
            Self::Random63Bits => SerialNumber::random_63_bits(random),
            Self::Random159Bits => SerialNumber::random_159_bits(random),
        }
    }
}

impl SignatureRule {
    fn algorithm(self, key: KeyKind) -> SignatureAlgorithm {
        match self {
            Self::Kubeadm => SignatureAlgorithm::kubeadm(key),
            Self::Cfssl => SignatureAlgorithm::cfssl(key),
        }
    }
}
