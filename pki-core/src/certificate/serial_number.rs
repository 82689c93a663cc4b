//! Serial numbers (RFC 5280 section 4.1.2.2).

use std::fmt;
use std::str::FromStr;

use crate::{Error, hexadecimal};

/// Where random octets come from: an argument, so that the core is free of the
/// operating system and a test can repeat itself.
pub trait RandomSource {
    /// Fills the whole buffer.
    ///
    /// # Errors
    /// [`Error::Randomness`] if the source has none.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error>;
}

/// A function that fills the whole buffer is a source.
impl<F: FnMut(&mut [u8]) -> Result<(), Error>> RandomSource for F {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self(buffer)
    }
}

/// A serial number of at most 20 octets, not negative.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SerialNumber(Vec<u8>);

impl SerialNumber {
    /// The serial number that kubeadm before 1.28 gives to CAs, though RFC 5280
    /// wants a positive one.
    #[must_use]
    pub fn zero() -> Self {
        Self(vec![0])
    }

    /// From big-endian octets without a sign.
    ///
    /// # Errors
    /// [`Error::SerialNumber`] if it needs more than 20 octets in DER.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let significant = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
        let sign = usize::from(significant.first().is_some_and(|first| *first >= 0x80));
        match significant.len() + sign {
            0 => Ok(Self::zero()),
            1..=20 => Ok(Self(significant.to_vec())),
            _ => Err(Error::SerialNumber),
        }
    }

    /// A random number from 1 to 2^63 - 1, as kubeadm draws them.
    ///
    /// # Errors
    /// [`Error::Randomness`].
    pub fn random_63_bits(source: &mut dyn RandomSource) -> Result<Self, Error> {
        Self::random::<8>(source)
    }

    /// A random number from 1 to 2^159 - 1, as cfssl draws them.
    ///
    /// # Errors
    /// [`Error::Randomness`].
    pub fn random_159_bits(source: &mut dyn RandomSource) -> Result<Self, Error> {
        Self::random::<20>(source)
    }

    /// The significant octets, big-endian; one zero octet for zero.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn random<const OCTETS: usize>(source: &mut dyn RandomSource) -> Result<Self, Error> {
        let mut octets = [0; OCTETS];
        // A source that only gives zeros must not hang the caller.
        for _ in 0..8 {
            source.fill(&mut octets)?;
            octets[0] &= 0x7f;
            if octets.iter().any(|octet| *octet != 0) {
                return Self::from_bytes(&octets);
            }
        }
        Err(Error::Randomness)
    }
}

impl fmt::Display for SerialNumber {
    /// In decimal, as Go and cfssl show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Groups of nine digits, the lowest first.
        let mut groups: Vec<u32> = vec![0];
        for octet in &self.0 {
            let mut carry = u64::from(*octet);
            for group in &mut groups {
                let value = u64::from(*group) * 256 + carry;
                *group = u32::try_from(value % GROUP).unwrap_or_default();
                carry = value / GROUP;
            }
            if carry > 0 {
                groups.push(u32::try_from(carry).unwrap_or_default());
            }
        }
        let mut groups = groups.iter().rev();
        let highest = groups.next().map_or_else(String::new, u32::to_string);
        let others: String = groups.map(|group| format!("{group:09}")).collect();
        f.write_str(&(highest + &others))
    }
}

const GROUP: u64 = 1_000_000_000;

impl FromStr for SerialNumber {
    type Err = Error;

    /// From decimal digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        // 20 octets have 49 digits.
        if text.is_empty() || text.len() > 60 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::SerialNumber);
        }
        let mut octets = [0u8; 26];
        for digit in text.bytes() {
            let mut carry = u16::from(digit - b'0');
            for octet in octets.iter_mut().rev() {
                let value = u16::from(*octet) * 10 + carry;
                [_, *octet] = value.to_be_bytes();
                carry = value >> 8;
            }
        }
        Self::from_bytes(&octets)
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal::lower(&self.0))
    }
}

/// The octets of a certificate as text: in decimal, or in hexadecimal if they
/// are no serial number.
pub(super) fn text(octets: &[u8]) -> String {
    let negative = octets.first().is_some_and(|first| *first >= 0x80);
    match SerialNumber::from_bytes(octets) {
        Ok(number) if !negative => number.to_string(),
        _ => hexadecimal::with_colons(octets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_serial_numbers_are_shown_as_they_are() {
        assert_eq!(text(&[0, 0x80]), "128");
        assert_eq!(text(&[0x80]), "80");
        assert_eq!(text(&[1; 21]).len(), 21 * 3 - 1);
        assert_eq!(text(&[]), "0");
    }

    struct Fixed(u8);

    impl RandomSource for Fixed {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            buffer.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn are_positive_and_short() {
        let drawn = SerialNumber::random_63_bits(&mut Fixed(0xff)).unwrap();
        assert_eq!(drawn.as_bytes(), [0x7f, 255, 255, 255, 255, 255, 255, 255]);
        assert_eq!(
            SerialNumber::random_159_bits(&mut Fixed(0xff))
                .unwrap()
                .as_bytes()
                .len(),
            20
        );
        assert_eq!(
            SerialNumber::random_63_bits(&mut Fixed(0)),
            Err(Error::Randomness)
        );
        assert_eq!(
            SerialNumber::from_bytes(&[0x80; 20]),
            Err(Error::SerialNumber)
        );
        assert_eq!(
            SerialNumber::from_bytes(&[0; 30]).unwrap(),
            SerialNumber::zero()
        );
    }

    #[test]
    fn decimal_is_what_others_show() {
        for (octets, decimal) in [
            (&[0][..], "0"),
            (&[0x04, 0xd2], "1234"),
            (&[0x3b, 0x9a, 0xca, 0x00], "1000000000"),
            (
                &[0x7f; 20],
                "727885129180488904360266563744972327436484050815",
            ),
        ] {
            let serial = SerialNumber::from_bytes(octets).unwrap();
            assert_eq!(serial.to_string(), decimal);
            assert_eq!(decimal.parse::<SerialNumber>().unwrap(), serial);
        }
        for bad in ["", "-1", "0x1", "1 ", &"9".repeat(49), &"9".repeat(100)] {
            assert!(bad.parse::<SerialNumber>().is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn decimal_and_back(octets in proptest::array::uniform19(proptest::prelude::any::<u8>())) {
            let serial = SerialNumber::from_bytes(&octets).unwrap();
            proptest::prop_assert_eq!(serial.to_string().parse::<SerialNumber>().unwrap(), serial);
        }
    }
}
