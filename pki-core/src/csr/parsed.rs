//! Reading requests, strictly DER and whole. The type of the key is taken from
//! the key itself: the signature algorithm says nothing about the curve.

use der::Decode;
use der::asn1::{BitStringRef, ObjectIdentifier};

use super::{CertificateSigningRequest, UnverifiedRequest};
use crate::certificate::name_of;
use crate::extension::{BasicConstraints, Extension};
use crate::key::{KeyKind, SubjectPublicKeyInfo, verifiers, verify_signature};
use crate::{Error, asn1, oid};

/// A request is a few kilobytes; nothing longer is read.
const LONGEST: usize = 1 << 20;
/// As many attributes, and as many extensions, are read at most.
const MOST: usize = 100;

impl CertificateSigningRequest {
    /// Reads the DER form and verifies that the request was signed by the key
    /// it holds (proof of possession).
    ///
    /// # Errors
    /// [`Error::Request`] with what is malformed, [`Error::UnknownPublicKey`],
    /// [`Error::UnknownSignatureAlgorithm`], [`Error::RequestSignature`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let parts = Parts::of(der)?;
        let public_key = known_key(parts.public_key)?;
        parts.verify(&public_key)?;
        parts.read(public_key)
    }
}

impl UnverifiedRequest {
    /// Reads the DER form, whoever signed it and with whatever key.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Error> {
        let parts = Parts::of(der)?;
        let public_key = SubjectPublicKeyInfo::from_der(parts.public_key)?;
        let signature = known_key(parts.public_key).and_then(|key| parts.verify(&key));
        Ok(Self {
            request: parts.read(public_key)?,
            signature,
        })
    }
}

/// `CertificationRequest ::= SEQUENCE { certificationRequestInfo { version,
/// subject, subjectPKInfo, attributes [0] }, signatureAlgorithm, signature }`
/// (RFC 2986 section 4.2).
struct Parts<'a> {
    der: &'a [u8],
    information: &'a [u8],
    subject: &'a [u8],
    subject_text: String,
    public_key: &'a [u8],
    attributes: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Result<Self, Error> {
        if der.len() > LONGEST {
            return Err(refuse("it is longer than 1 MiB"));
        }
        let malformed = || refuse("it is not a PKCS#10 request in DER");
        let parts = asn1::children(asn1::SEQUENCE, der).ok_or_else(malformed)?;
        let [information, algorithm, signature] = *parts.as_slice() else {
            return Err(malformed());
        };
        let fields = asn1::children(asn1::SEQUENCE, information).ok_or_else(malformed)?;
        let [version, subject, public_key, attributes] = *fields.as_slice() else {
            return Err(malformed());
        };
        if version != [asn1::INTEGER, 1, 0] {
            return Err(refuse("it is not of version 1"));
        }
        let subject_text = name_of(subject).ok_or_else(|| refuse("its subject is malformed"))?;
        Ok(Self {
            der,
            information,
            subject,
            subject_text,
            public_key,
            attributes,
            algorithm,
            signature,
        })
    }

    fn verify(&self, key: &SubjectPublicKeyInfo) -> Result<(), Error> {
        verify(key, self.information, self.algorithm, self.signature)
    }

    fn read(self, public_key: SubjectPublicKeyInfo) -> Result<CertificateSigningRequest, Error> {
        let extensions = requested(self.attributes)?;
        Ok(CertificateSigningRequest {
            basic_constraints: basic_constraints(&extensions)?,
            der: self.der.to_vec(),
            subject: self.subject.to_vec(),
            subject_text: self.subject_text,
            public_key,
            extensions,
        })
    }
}

fn refuse(why: &'static str) -> Error {
    Error::Request { why }
}

fn known_key(der: &[u8]) -> Result<SubjectPublicKeyInfo, Error> {
    let key = SubjectPublicKeyInfo::from_der(der)?;
    match key.kind() {
        // The verifiers know no others.
        KeyKind::Rsa { bits } if !(2048..=8192).contains(&bits) => Err(Error::UnknownPublicKey {
            why: "an RSA key of a request has from 2048 to 8192 bits",
        }),
        _ => Ok(key),
    }
}

fn verify(
    key: &SubjectPublicKeyInfo,
    signed: &[u8],
    algorithm: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let malformed = || refuse("its signature is malformed");
    let parts = asn1::children(asn1::SEQUENCE, algorithm).ok_or_else(malformed)?;
    // RSA has NULL for parameters, the others have none.
    let ([id] | [id, [asn1::NULL, 0]]) = *parts.as_slice() else {
        return Err(malformed());
    };
    let id: ObjectIdentifier = ObjectIdentifier::from_der(id).map_err(|_| malformed())?;
    let signature = BitStringRef::from_der(signature).map_err(|_| malformed())?;
    let signature = signature.as_bytes().ok_or_else(malformed)?;
    let id = id.to_string();
    if verifiers(key, &id).next().is_none() {
        let key = key.kind();
        return Err(Error::UnknownSignatureAlgorithm { oid: id, key });
    }
    match verify_signature(key, &id, signed, signature) {
        true => Ok(()),
        false => Err(Error::RequestSignature),
    }
}

/// The extensions of the extensionRequest attribute (RFC 2985 section 5.4.2),
/// which has one value and stands there once at most. Other attributes, such as
/// a challenge password, are passed over.
fn requested(attributes: &[u8]) -> Result<Vec<Extension>, Error> {
    let malformed = || refuse("its attributes are malformed");
    let attributes = asn1::children(0xa0, attributes).ok_or_else(malformed)?;
    if attributes.len() > MOST {
        return Err(refuse("it has more than 100 attributes"));
    }
    let wanted = asn1::object_identifier(oid::EXTENSION_REQUEST);
    let mut found = None;
    for attribute in attributes {
        let parts = asn1::children(asn1::SEQUENCE, attribute).ok_or_else(malformed)?;
        let [kind, values] = *parts.as_slice() else {
            return Err(malformed());
        };
        asn1::content(asn1::OBJECT_IDENTIFIER, kind).ok_or_else(malformed)?;
        let values = asn1::children(asn1::SET, values).ok_or_else(malformed)?;
        if kind != wanted {
            continue;
        }
        match *values.as_slice() {
            [value] if found.is_none() => found = Some(value),
            _ => return Err(refuse("it asks for extensions more than once")),
        }
    }
    found.map_or_else(|| Ok(Vec::new()), extensions)
}

fn extensions(der: &[u8]) -> Result<Vec<Extension>, Error> {
    let malformed = || refuse("the extensions it asks for are malformed");
    let encoded = asn1::children(asn1::SEQUENCE, der).ok_or_else(malformed)?;
    if encoded.len() > MOST {
        return Err(refuse("it asks for more than 100 extensions"));
    }
    let mut extensions: Vec<Extension> = Vec::with_capacity(encoded.len());
    for extension in encoded {
        let extension = Extension::from_der(extension).ok_or_else(malformed)?;
        if extensions.iter().any(|other| other.oid == extension.oid) {
            return Err(refuse("it asks for the same extension twice"));
        }
        extensions.push(extension);
    }
    Ok(extensions)
}

fn basic_constraints(extensions: &[Extension]) -> Result<Option<BasicConstraints>, Error> {
    let found = extensions
        .iter()
        .find(|extension| extension.oid == oid::BASIC_CONSTRAINTS);
    let Some(extension) = found else {
        return Ok(None);
    };
    let read = x509_cert::ext::pkix::BasicConstraints::from_der(&extension.value)
        .map_err(|_| refuse("its basicConstraints are malformed"))?;
    Ok(Some(match read.ca {
        true => BasicConstraints::CertificateAuthority {
            path_len_constraint: read.path_len_constraint,
        },
        false => BasicConstraints::EndEntity,
    }))
}
