//! Certificates.

use serde_json::{Value, json};
use x509_parser::asn1_rs::{Any, Class};
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use super::extension::Context;
use super::{algorithm, extension, key, name};
use crate::common::describe::der;

pub(super) fn describe(certificate: &[u8], issuer: Option<&[u8]>) -> Result<Value, String> {
    let outer = der::children(der::content(certificate)?)?;
    let [tbs, signature_algorithm, _signature] = outer.as_slice() else {
        return Err("a certificate is three fields".to_owned());
    };
    let fields = Fields::of(tbs.data)?;
    let serial = fields.serial.data;
    let negative = serial.first().is_some_and(|byte| byte & 0x80 != 0);
    let positive = !negative && !der::significant(serial).is_empty();
    let (issuer_name, subject) = (
        name::describe(fields.issuer.data)?,
        name::describe(fields.subject.data)?,
    );
    let mut description = json!({
        "kind": "certificate",
        "version": fields.version,
        "serial": {
            "positive": positive,
            "octets_le_20": serial.len() <= 20,
            "octets_ge_16": serial.len() >= 16,
        },
        "sigalg": algorithm(signature_algorithm.data)?,
        "sigalg_inner_equal": signature_algorithm.data == fields.signature.data,
        "issuer": name::in_one_line(&issuer_name),
        "subject": name::in_one_line(&subject),
        "subject_rdns": subject,
        "self_issued": fields.issuer.data == fields.subject.data,
        "key": key::describe_public(fields.spki.data),
        "validity": validity(fields.validity.data)?,
    });
    let mut context = Context {
        public_key: Some(public_key_bits(fields.spki.data)?),
        own_key_id: fields.key_id()?,
        issuer_key_id: None,
    };
    if let Some(issuer) = issuer {
        context.issuer_key_id = key_id(issuer)?;
        let outer = der::children(der::content(issuer)?)?;
        let issuer = Fields::of(outer.first().ok_or("an empty issuer")?.data)?;
        let equal = issuer.subject.data == fields.issuer.data;
        description["issuer_equals_ca_subject_der"] = json!(equal);
    }
    let extensions = fields.extensions.as_deref().unwrap_or_default();
    description["extensions"] = json!(extension::describe(extensions, &context)?);
    Ok(description)
}

/// The key identifier of a certificate.
pub(super) fn key_id(certificate: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let outer = der::children(der::content(certificate)?)?;
    Fields::of(outer.first().ok_or("an empty certificate")?.data)?.key_id()
}

/// The bits of the key in a SubjectPublicKeyInfo, by its content.
pub(super) fn public_key_bits(content: &[u8]) -> Result<Vec<u8>, String> {
    let fields = der::children(content)?;
    let bits = fields.get(1).and_then(|bits| bits.data.get(1..));
    Ok(bits.ok_or("no public key")?.to_vec())
}

/// Seconds since 1970, and the ASN.1 type.
pub(super) fn time(element: &Any<'_>) -> Result<(ASN1Time, &'static str), String> {
    let whole = der::element(
        if element.tag().0 == 23 { 0x17 } else { 0x18 },
        &[element.data],
    );
    let (_, time) = ASN1Time::from_der(&whole).map_err(|error| error.to_string())?;
    let kind = if time.is_utctime() {
        "UTCTime"
    } else {
        "GeneralizedTime"
    };
    Ok((time, kind))
}

fn validity(content: &[u8]) -> Result<Value, String> {
    let times = der::children(content)?;
    let [not_before, not_after] = times.as_slice() else {
        return Err("a validity is two times".to_owned());
    };
    let ((not_before, before_type), (not_after, after_type)) =
        (time(not_before)?, time(not_after)?);
    Ok(json!({
        "seconds": not_after.timestamp() - not_before.timestamp(),
        "not_before": before_type,
        "not_after": after_type,
        "not_before_seconds_field": not_before.timestamp().rem_euclid(60),
        "not_before_utc": utc(&not_before),
        "not_after_utc": utc(&not_after),
        "not_before_timestamp": not_before.timestamp(),
    }))
}

fn utc(time: &ASN1Time) -> String {
    let time = time.to_datetime();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The fields of a TBSCertificate.
struct Fields<'a> {
    version: u8,
    serial: Any<'a>,
    signature: Any<'a>,
    issuer: Any<'a>,
    validity: Any<'a>,
    subject: Any<'a>,
    spki: Any<'a>,
    /// The content of the Extensions.
    extensions: Option<Vec<u8>>,
}

impl<'a> Fields<'a> {
    fn of(content: &'a [u8]) -> Result<Self, String> {
        let tagged =
            |any: &Any<'_>, number| any.class() == Class::ContextSpecific && any.tag().0 == number;
        let mut fields = der::children(content)?.into_iter().peekable();
        let mut version = 1;
        if let Some(field) = fields.next_if(|field| tagged(field, 0)) {
            version = der::content(field.data)?
                .first()
                .ok_or("an empty version")?
                + 1;
        }
        let mut next = || fields.next().ok_or("a certificate with too few fields");
        let (serial, signature, issuer) = (next()?, next()?, next()?);
        let (validity, subject, spki) = (next()?, next()?, next()?);
        let extensions = fields.find(|field| tagged(field, 3));
        let extensions = extensions.map(|field| der::content(field.data).map(<[u8]>::to_vec));
        Ok(Self {
            version,
            serial,
            signature,
            issuer,
            validity,
            subject,
            spki,
            extensions: extensions.transpose()?,
        })
    }

    fn key_id(&self) -> Result<Option<Vec<u8>>, String> {
        extension::key_id(self.extensions.as_deref().unwrap_or_default())
    }
}
