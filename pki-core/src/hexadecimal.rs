//! Octets in hexadecimal, in the ways that people compare them in.

use std::fmt::Write as _;

/// `0aff`, as `sha256sum` and kubeadm print hashes.
#[must_use]
pub fn lower(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// `0AFF`, as OpenSSL prints serial numbers.
#[must_use]
pub fn upper(octets: &[u8]) -> String {
    lower(octets).to_ascii_uppercase()
}

/// `0A:FF`, as OpenSSL prints key identifiers.
#[must_use]
pub fn with_colons(octets: &[u8]) -> String {
    let pairs: Vec<String> = octets.iter().map(|octet| upper(&[*octet])).collect();
    pairs.join(":")
}

/// The octets that pairs of digits stand for, in either case.
#[must_use]
pub fn octets(text: &str) -> Option<Vec<u8>> {
    let digit = |c: &u8| {
        char::from(*c)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let digits: Vec<u8> = text.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let octets = pairs.iter().map(|[high, low]| high << 4 | low);
    rest.is_empty().then(|| octets.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let octets_of = [0, 0x0a, 0xff];
        assert_eq!(octets(&lower(&octets_of)).as_deref(), Some(&octets_of[..]));
        assert_eq!(octets(&upper(&octets_of)).as_deref(), Some(&octets_of[..]));
        for text in ["0", "0g", "0 ", "+1", "é"] {
            assert_eq!(octets(text), None, "{text}");
        }
    }

    #[test]
    fn every_octet_has_two_digits() {
        assert_eq!(lower(&[0, 0x0a, 0xff]), "000aff");
        assert_eq!(upper(&[0, 0x0a, 0xff]), "000AFF");
        assert_eq!(with_colons(&[0, 0x0a, 0xff]), "00:0A:FF");
        assert_eq!(with_colons(&[]), "");
    }
}
