//! The few DER forms that kpki writes itself (X.690). Whole certificates are
//! written by rcgen and x509-cert; these are names, keys, extension values,
//! requests and revocation lists, where every octet matters. And taking such
//! forms apart where the octets of a part are needed as they stand.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader};

use crate::time::Timestamp;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// One value: tag, length, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = content.len().to_be_bytes();
            let significant = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
            // A length has at most eight octets, so this never wraps.
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend_from_slice(significant);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A constructed value of parts that are DER already.
pub(crate) fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

/// A SEQUENCE of parts that are DER already.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    constructed(SEQUENCE, parts)
}

/// A SET OF, in the order that DER demands (X.690 section 11.6).
pub(crate) fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    tlv(SET, &parts.concat())
}

pub(crate) fn object_identifier(oid: ObjectIdentifier) -> Vec<u8> {
    tlv(OBJECT_IDENTIFIER, oid.as_bytes())
}

/// An unsigned INTEGER in its shortest form.
pub(crate) fn unsigned(value: &[u8]) -> Vec<u8> {
    let zeros = value.iter().take_while(|b| **b == 0).count();
    let mut content = value[zeros..].to_vec();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    tlv(INTEGER, &content)
}

/// A BIT STRING of whole octets.
pub(crate) fn bit_string(octets: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], octets].concat())
}

/// A Time: UTCTime from 1950 to 2049, GeneralizedTime outside (RFC 5280 section
/// 4.1.2.5).
pub(crate) fn time(at: Timestamp) -> Vec<u8> {
    let text = at.compact().replace('T', "");
    let short = text.strip_prefix("19").filter(|short| *short >= "50");
    let short = short.or_else(|| text.strip_prefix("20").filter(|short| *short < "50"));
    match short {
        Some(short) => tlv(UTC_TIME, short.as_bytes()),
        None => tlv(GENERALIZED_TIME, text.as_bytes()),
    }
}

/// A named-bit BIT STRING: bit `n` of `bits` is named bit `n`, and trailing
/// zero bits are left out (X.690 section 11.2.2).
pub(crate) fn named_bits(bits: u16) -> Vec<u8> {
    let reversed = bits.reverse_bits().to_be_bytes();
    let used = usize::from(reversed[0] != 0 || reversed[1] != 0) + usize::from(reversed[1] != 0);
    let content = &reversed[..used];
    let unused = content.last().map_or(0, |last| last.trailing_zeros());
    // At most seven bits of an octet that is not zero are unused.
    let unused = u8::try_from(unused).unwrap_or(0);
    tlv(BIT_STRING, &[&[unused], content].concat())
}

/// The content of a value; nothing unless `der` is exactly one value of this
/// tag, with its length in its shortest form.
pub(crate) fn content(tag: u8, der: &[u8]) -> Option<&[u8]> {
    let value = AnyRef::from_der(der).ok()?;
    (der.first() == Some(&tag)).then(|| value.value())
}

/// The values inside a constructed value, each with its own tag and length.
pub(crate) fn children(tag: u8, der: &[u8]) -> Option<Vec<&[u8]>> {
    let mut reader = SliceReader::new(content(tag, der)?).ok()?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        parts.push(reader.tlv_bytes().ok()?);
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_apart_what_it_wrote() {
        let parts = [unsigned(&[7]), tlv(0xa0, &[NULL, 0])];
        let whole = sequence(&[&parts[0], &parts[1]]);
        assert_eq!(
            children(SEQUENCE, &whole).unwrap(),
            [&*parts[0], &*parts[1]]
        );
        assert_eq!(content(INTEGER, &parts[0]).unwrap(), [7]);
        assert_eq!(content(BOOLEAN, &parts[0]), None);
        assert!(children(SEQUENCE, &sequence(&[])).unwrap().is_empty());
        let long_length = [SEQUENCE, 0x81, 2, NULL, 0];
        let indefinite = [SEQUENCE, 0x80, NULL, 0, 0, 0];
        for wrong in [
            &whole[1..],
            &[&*whole, &[0]].concat(),
            &long_length,
            &indefinite,
        ] {
            assert_eq!(children(SEQUENCE, wrong), None);
        }
        assert_eq!(children(SEQUENCE, &[SEQUENCE, 2, INTEGER, 1]), None);
    }

    #[test]
    fn writes_what_x690_shows() {
        assert_eq!(named_bits(0b0101), [0x03, 0x02, 0x05, 0xa0]);
        assert_eq!(named_bits(0b10_0101), [0x03, 0x02, 0x02, 0xa4]);
        assert_eq!(named_bits(0), [0x03, 0x01, 0x00]);
        assert_eq!(named_bits(1 << 8), [0x03, 0x03, 0x07, 0x00, 0x80]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        let at = |text| time(Timestamp::parse_rfc3339(text).unwrap());
        assert_eq!(at("1950-01-01T00:00:00Z"), tlv(UTC_TIME, b"500101000000Z"));
        assert_eq!(at("2049-12-31T23:59:59Z"), tlv(UTC_TIME, b"491231235959Z"));
        let general = |text| tlv(GENERALIZED_TIME, text);
        assert_eq!(at("1949-12-31T23:59:59Z"), general(b"19491231235959Z"));
        assert_eq!(at("2050-01-01T00:00:00Z"), general(b"20500101000000Z"));
        assert_eq!(at("0020-01-01T00:00:00Z"), general(b"00200101000000Z"));
        assert_eq!(tlv(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[7; 300])[..4], [4, 0x82, 1, 44]);
    }
}
