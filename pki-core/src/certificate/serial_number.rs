//! Serial numbers (RFC 5280 section 4.1.2.2).

use std::fmt;

use crate::Error;

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

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
