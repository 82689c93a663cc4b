//! Reading revocation lists, strictly DER and whole.

use der::Decode;
use der::asn1::{BitStringRef, IntRef, ObjectIdentifier};
use x509_cert::time::Time;

use super::{RevocationList, RevokedCertificate};
use crate::certificate::name_of;
use crate::extension::Extension;
use crate::time::Timestamp;
use crate::{Error, asn1};

/// A few hundred thousand entries; nothing longer is read.
const LONGEST: usize = 1 << 24;
/// As many extensions of a list are read at most.
const MOST_EXTENSIONS: usize = 100;

impl RevocationList {
    /// Reads the DER form.
    ///
    /// # Errors
    /// [`Error::RevocationList`] with what is malformed.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > LONGEST {
            return Err(refuse("it is longer than 16 MiB"));
        }
        read(der).unwrap_or_else(|| Err(refuse("it is not a certificate revocation list in DER")))
    }
}

fn refuse(why: &'static str) -> Error {
    Error::RevocationList { why }
}

/// Nothing if it is not a list at all.
fn read(der: &[u8]) -> Option<Result<RevocationList, Error>> {
    let parts = asn1::children(asn1::SEQUENCE, der)?;
    let [list, algorithm, signature] = *parts.as_slice() else {
        return None;
    };
    let mut fields = Fields(asn1::children(asn1::SEQUENCE, list)?.into_iter().peekable());
    let version = match fields.optional(&[asn1::INTEGER]) {
        None => 1,
        Some([_, 1, 1]) => 2,
        Some(_) => return Some(Err(refuse("it is not of version 1 or 2"))),
    };
    if fields.0.next()? != algorithm {
        return Some(Err(refuse("its two signature algorithms differ")));
    }
    let issuer = fields.0.next()?;
    let this_update = time(fields.0.next()?)?;
    let next_update = match fields.optional(&[asn1::UTC_TIME, asn1::GENERALIZED_TIME]) {
        Some(field) => Some(time(field)?),
        None => None,
    };
    let revoked = fields.optional(&[asn1::SEQUENCE]).map_or_else(
        || Some(Vec::new()),
        |field| {
            let entries = asn1::children(asn1::SEQUENCE, field)?;
            entries.into_iter().map(entry).collect()
        },
    )?;
    let extensions = fields
        .optional(&[0xa0])
        .map_or_else(|| Some(Vec::new()), extensions)?;
    if fields.0.next().is_some() {
        return None;
    }
    let algorithm = asn1::children(asn1::SEQUENCE, algorithm)?;
    let algorithm: ObjectIdentifier = ObjectIdentifier::from_der(algorithm.first()?).ok()?;
    Some(Ok(RevocationList {
        signed_part: list.to_vec(),
        signature_algorithm: algorithm.to_string(),
        signature: BitStringRef::from_der(signature).ok()?.as_bytes()?.to_vec(),
        version,
        issuer_text: name_of(issuer)?,
        issuer: issuer.to_vec(),
        this_update,
        next_update,
        revoked,
        extensions,
        der: der.to_vec(),
    }))
}

/// The fields that are still to be read.
struct Fields<'a>(std::iter::Peekable<std::vec::IntoIter<&'a [u8]>>);

impl<'a> Fields<'a> {
    /// The next field, if it has one of these tags.
    fn optional(&mut self, tags: &[u8]) -> Option<&'a [u8]> {
        let wanted = |field: &&[u8]| field.first().is_some_and(|tag| tags.contains(tag));
        self.0.next_if(wanted)
    }
}

fn time(der: &[u8]) -> Option<Timestamp> {
    let seconds = Time::from_der(der).ok()?.to_unix_duration().as_secs();
    Timestamp::from_unix(i64::try_from(seconds).ok()?).ok()
}

/// `SEQUENCE { userCertificate, revocationDate, crlEntryExtensions OPTIONAL }`:
/// reasons are passed over.
fn entry(der: &[u8]) -> Option<RevokedCertificate> {
    let parts = asn1::children(asn1::SEQUENCE, der)?;
    let (serial_number, date) = match *parts.as_slice() {
        [serial_number, date] => (serial_number, date),
        [serial_number, date, [asn1::SEQUENCE, ..]] => (serial_number, date),
        _ => return None,
    };
    // In its shortest form.
    IntRef::from_der(serial_number).ok()?;
    Some(RevokedCertificate {
        serial_number: asn1::content(asn1::INTEGER, serial_number)?.to_vec(),
        revocation_date: time(date)?,
    })
}

fn extensions(der: &[u8]) -> Option<Vec<Extension>> {
    let encoded = asn1::children(asn1::SEQUENCE, asn1::content(0xa0, der)?)?;
    if encoded.len() > MOST_EXTENSIONS {
        return None;
    }
    encoded.into_iter().map(Extension::from_der).collect()
}
