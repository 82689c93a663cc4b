//! What `bundle` says about the chain that it found.

use pki_core::{Certificate, KeyKind, Timestamp, hexadecimal};

use super::chain::Chain;

const SHA2: &str = "The bundle contains certificates signed with advanced hash functions such as SHA2, which are problematic for certain operating systems, e.g. Windows XP SP2.";
const ECDSA: &str = "The bundle contains ECDSA signatures, which are problematic for certain operating systems, e.g. Windows XP, Android 2.2 and Android 2.3.";
const UBIQUITY: &str = "Unable to measure bundle ubiquity: No platform metadata present.";

/// Bits of the code.
const EXPIRING: u32 = 1;
const NOT_UBIQUITOUS: u32 = 2;

/// Signatures with SHA-1: of RSA, ECDSA, and DSA.
const SHA1: [&str; 3] = [
    "1.2.840.113549.1.1.5",
    "1.2.840.10045.4.1",
    "1.2.840.10040.4.3",
];

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: u32,
    pub(super) messages: Vec<String>,
    /// Whether the bundle differs from the file.
    pub(super) rebundled: bool,
    /// The subject key identifiers of what ends soon.
    pub(super) expiring: Vec<String>,
}

impl Status {
    /// `file` is what was given.
    pub(super) fn of(chain: &Chain<'_>, file: &[Certificate], now: Timestamp) -> Self {
        let mut code = 0;
        let mut messages = Vec::new();
        let expiring: Vec<usize> = (1..)
            .zip(&chain.whole)
            .filter(|(_, certificate)| ends_soon(certificate, now))
            .map(|(number, _)| number)
            .collect();
        if !expiring.is_empty() {
            code |= EXPIRING;
            messages.push(expiry(&expiring));
        }
        let mut not_ubiquitous = |so: bool, text: &str| {
            if so {
                code |= NOT_UBIQUITOUS;
                messages.push(text.to_owned());
            }
        };
        let any = |of: fn(&Certificate) -> bool| chain.whole.iter().any(|c| of(c));
        not_ubiquitous(any(|c| !SHA1.contains(&c.signature_algorithm())), SHA2);
        not_ubiquitous(any(|c| !has_rsa_key(c)), ECDSA);
        not_ubiquitous(chain.root.is_some(), UBIQUITY);
        Self {
            code,
            messages,
            rebundled: !chain.sent().iter().copied().eq(file),
            expiring: chain
                .whole
                .iter()
                .filter(|certificate| ends_soon(certificate, now))
                .map(|certificate| {
                    hexadecimal::upper(certificate.subject_key_identifier().unwrap_or_default())
                })
                .collect(),
        }
    }
}

fn ends_soon(certificate: &Certificate, now: Timestamp) -> bool {
    const DAYS_30: i64 = 30 * 86_400;
    certificate.validity().not_after().since(now) < DAYS_30
}

/// cfssl puts no blank between its two sentences.
fn expiry(numbers: &[usize]) -> String {
    let certs = match numbers.len() {
        1 => "cert is",
        _ => "certs are",
    };
    let numbers: String = numbers.iter().map(|number| format!(" #{number}")).collect();
    format!("The bundle is expiring within 30 days.The expiring {certs}{numbers} in the chain.")
}

fn has_rsa_key(certificate: &Certificate) -> bool {
    certificate
        .public_key()
        .is_ok_and(|key| matches!(key.kind(), KeyKind::Rsa { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_what_ends_soon() {
        assert_eq!(
            expiry(&[1]),
            "The bundle is expiring within 30 days.The expiring cert is #1 in the chain."
        );
        assert_eq!(
            expiry(&[1, 3]),
            "The bundle is expiring within 30 days.The expiring certs are #1 #3 in the chain."
        );
    }
}
