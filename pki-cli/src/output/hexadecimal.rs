//! Octets in hexadecimal, in the two ways that people compare them in.

/// `0A:FF`, as OpenSSL prints key identifiers.
pub(crate) fn with_colons(octets: &[u8]) -> String {
    let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    pairs.join(":")
}

/// `0aff`, as `sha256sum` and kubeadm print hashes.
pub(crate) fn hash(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
