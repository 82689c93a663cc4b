//! Serial numbers.

use pki_core::hexadecimal;

/// As `openssl x509 -serial` prints it.
pub(super) fn serial(octets: &[u8]) -> String {
    let is_negative = octets.first().is_some_and(|first| *first >= 0x80);
    let mut magnitude = octets.to_vec();
    if is_negative {
        // The two's complement.
        let mut carry = true;
        for octet in magnitude.iter_mut().rev() {
            (*octet, carry) = (!*octet).overflowing_add(u8::from(carry));
        }
    }
    let zeros = magnitude.iter().take_while(|octet| **octet == 0).count();
    let significant = magnitude.get(zeros..).unwrap_or_default();
    let digits = hexadecimal::upper(significant);
    match (digits.is_empty(), is_negative) {
        (true, _) => "00".to_owned(),
        (false, true) => format!("-{digits}"),
        (false, false) => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_openssls() {
        for (octets, shown) in [
            (&[0][..], "00"),
            (&[1], "01"),
            (&[0, 0x80], "80"),
            (&[0x0a, 0xbc], "0ABC"),
            (&[0xff], "-01"),
            (&[0x80, 0], "-8000"),
            (&[], "00"),
        ] {
            assert_eq!(serial(octets), shown, "{octets:?}");
        }
    }
}
