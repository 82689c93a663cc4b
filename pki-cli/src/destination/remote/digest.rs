//! What files on another host are compared by without fetching them.

use std::fmt;

use pki_core::hexadecimal;
use ring::digest::{Context, SHA256};

/// The programs that print a SHA-256, as `files.sh` tries them.
const SHA: [&str; 3] = ["sha256sum", "shasum -a 256", "openssl dgst -sha256 -r"];

/// What makes digests over there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// SHA-256, by this program.
    Sha(&'static str),
    /// The checksum of POSIX, which tells damage and proves nothing.
    Checksum,
}

impl Tool {
    pub(super) fn named(name: &str) -> Option<Self> {
        match SHA.iter().find(|known| **known == name) {
            Some(program) => Some(Self::Sha(program)),
            None => (name == "cksum").then_some(Self::Checksum),
        }
    }

    /// Whether equal digests mean equal files.
    pub(super) fn is_proof(self) -> bool {
        self != Self::Checksum
    }

    /// As `digest` of `files.sh` has it: with a word before that nobody over there could know, or
    /// an empty one.
    pub(super) fn digest(self, nonce: &str, bytes: &[u8]) -> String {
        match self {
            Self::Sha(_) => {
                let mut context = Context::new(&SHA256);
                context.update(nonce.as_bytes());
                context.update(bytes);
                hexadecimal::lower(context.finish().as_ref())
            }
            Self::Checksum => format!("{} {}", checksum(bytes), bytes.len()),
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha(program) => program,
            Self::Checksum => "cksum",
        })
    }
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
        assert_eq!(
            tool.digest("", b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_ne!(tool.digest("a", b"b"), tool.digest("b", b"b"));
        assert_eq!(Tool::named("rm -rf"), None);
    }
}
