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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_has_two_digits() {
        assert_eq!(lower(&[0, 0x0a, 0xff]), "000aff");
        assert_eq!(upper(&[0, 0x0a, 0xff]), "000AFF");
        assert_eq!(with_colons(&[0, 0x0a, 0xff]), "00:0A:FF");
        assert_eq!(with_colons(&[]), "");
    }
}
