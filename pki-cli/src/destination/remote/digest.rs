//! What files on another host are compared by without fetching them.

use pki_core::hexadecimal;
use ring::digest::{Context, SHA256};

/// The programs that print a SHA-256, as `files.sh` tries them.
const SHA: [&str; 3] = ["sha256sum", "shasum -a 256", "openssl dgst -sha256 -r"];

/// What makes digests over there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// SHA-256, by one of the programs.
    Sha,
    /// The checksum of POSIX, which tells damage and proves nothing.
    Checksum,
}

impl Tool {
    pub(super) fn named(name: &str) -> Option<Self> {
        match SHA.contains(&name) {
            true => Some(Self::Sha),
            false => (name == "cksum").then_some(Self::Checksum),
        }
    }

    /// Whether equal digests mean equal files.
    pub(super) fn is_proof(self) -> bool {
        self != Self::Checksum
    }

    /// As `each` of `keys.sh` has it: with a word before that nobody over there could know.
    pub(super) fn digest(self, nonce: &str, bytes: &[u8]) -> String {
        match self {
            Self::Sha => sha(&[nonce.as_bytes(), bytes]),
            Self::Checksum => checksum_and_size(bytes),
        }
    }
}

/// What either tool says of a file alone: which of them the host has is not asked before.
#[derive(Debug, Clone)]
pub(super) struct Digests {
    sha: String,
    checksum: String,
}

impl Digests {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            sha: sha(&[bytes]),
            checksum: checksum_and_size(bytes),
        }
    }

    /// Those of several files, as two words of a call of `have`.
    pub(super) fn words<'a>(digests: impl IntoIterator<Item = &'a Self>) -> String {
        let (mut shas, mut checksums) = (String::new(), String::new());
        for digests in digests {
            shas.push_str(&format!("{},", digests.sha));
            checksums.push_str(&format!("{},", digests.checksum));
        }
        format!("'{shas}' '{checksums}'")
    }
}

/// The SHA-256 of these, one after the other.
pub(super) fn sha(parts: &[&[u8]]) -> String {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    hexadecimal::lower(context.finish().as_ref())
}

fn checksum_and_size(bytes: &[u8]) -> String {
    format!("{} {}", checksum(bytes), bytes.len())
}

/// The CRC of cksum (POSIX.1-2017, Utilities, cksum): the octets, then those of their number.
fn checksum(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x04c1_1db7;
    let mut length = bytes.len();
    let mut octets_of_length = Vec::new();
    while length > 0 {
        octets_of_length.push(u8::try_from(length & 0xff).unwrap_or_default());
        length >>= 8;
    }
    let mut crc: u32 = 0;
    for octet in bytes.iter().chain(&octets_of_length) {
        crc ^= u32::from(*octet) << 24;
        for _ in 0..8 {
            crc = match crc & 0x8000_0000 {
                0 => crc << 1,
                _ => crc << 1 ^ POLYNOMIAL,
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_that_of_the_programs() {
        // printf '' | cksum; printf 'kpki\n' | cksum
        assert_eq!(checksum(b""), 4_294_967_295);
        assert_eq!(checksum(b"kpki\n"), 3_896_911_432);
        let tool = Tool::named("sha256sum").expect("known");
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(tool.digest("", b""), of_nothing);
        assert_ne!(tool.digest("a", b"b"), tool.digest("b", b"b"));
        assert_eq!(Tool::named("rm -rf"), None);
        let words = Digests::words(&[Digests::of(b""), Digests::of(b"")]);
        assert_eq!(
            words,
            format!("'{of_nothing},{of_nothing},' '4294967295 0,4294967295 0,'")
        );
    }
}
