//! Names as a document or another program wrote them: the GeneralName of RFC
//! 5280 section 4.2.1.6, checked for nothing but that it can be encoded.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use der::{AnyRef, Decode, Reader, SliceReader, Tag, Tagged};

use super::problem::{NameError, NameProblem};
use super::subject_alt_name::SubjectAltName;

/// One name of a subjectAltName extension, whatever its text is: what cfssl
/// writes and reads. A name that is known to be good is a [`SubjectAltName`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GeneralName {
    /// A dNSName.
    Dns(Ia5Text),
    /// An rfc822Name.
    Email(Ia5Text),
    /// An iPAddress.
    Ip(IpAddr),
    /// A uniformResourceIdentifier.
    Uri(Ia5Text),
}

/// A text in ASCII that is not empty and has no NUL, at which C programs
/// would end it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ia5Text(String);

impl Ia5Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Ia5Text {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refuse = |problem| NameError {
            input: text.to_owned(),
            problem,
        };
        if text.is_empty() {
            return Err(refuse(NameProblem::Empty));
        }
        if text.contains('\0') {
            return Err(refuse(NameProblem::Character('\0')));
        }
        if !text.is_ascii() {
            return Err(refuse(NameProblem::NonAscii(
                idna::domain_to_ascii_strict(text).ok(),
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl GeneralName {
    /// The names in the value of a subjectAltName extension, in their order,
    /// and how many are of other kinds; `None` if it is malformed.
    #[must_use]
    pub fn read_extension(value: &[u8]) -> Option<(Vec<Self>, usize)> {
        let sequence = AnyRef::from_der(value).ok()?;
        if sequence.tag() != Tag::Sequence {
            return None;
        }
        let mut reader = SliceReader::new(sequence.value()).ok()?;
        let (mut names, mut others) = (Vec::new(), 0);
        while !reader.is_finished() {
            let name = AnyRef::decode(&mut reader).ok()?;
            let text = || std::str::from_utf8(name.value()).ok()?.parse().ok();
            let kind = match name.tag() {
                Tag::ContextSpecific { number, .. } => number.value(),
                _ => return None,
            };
            match kind {
                1 => names.push(Self::Email(text()?)),
                2 => names.push(Self::Dns(text()?)),
                6 => names.push(Self::Uri(text()?)),
                7 => names.push(Self::Ip(ip_address(name.value())?)),
                _ => others += 1,
            }
        }
        Some((names, others))
    }
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = || <[u8; 4]>::try_from(octets).ok().map(IpAddr::from);
    v4().or_else(|| <[u8; 16]>::try_from(octets).ok().map(IpAddr::from))
}

impl From<SubjectAltName> for GeneralName {
    fn from(name: SubjectAltName) -> Self {
        // Every one of these is ASCII, not empty and without NUL.
        match name {
            SubjectAltName::Dns(name) => Self::Dns(Ia5Text(name.as_str().to_owned())),
            SubjectAltName::Email(address) => Self::Email(Ia5Text(address.as_str().to_owned())),
            SubjectAltName::Ip(address) => Self::Ip(address),
            SubjectAltName::Uri(uri) => Self::Uri(Ia5Text(uri.as_str().to_owned())),
        }
    }
}

impl fmt::Display for GeneralName {
    /// The form that OpenSSL and Go show: `DNS:master-1`, `IP:10.0.0.11`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{}", name.0.escape_debug()),
            Self::Email(address) => write!(f, "email:{}", address.0.escape_debug()),
            Self::Ip(address) => write!(f, "IP:{address}"),
            Self::Uri(uri) => write!(f, "URI:{}", uri.0.escape_debug()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extension::Extension;

    #[test]
    fn reads_what_is_written() {
        let names = [
            GeneralName::Dns("a b".parse().unwrap()),
            GeneralName::Email("e@f.g".parse().unwrap()),
            GeneralName::Ip([10, 0, 0, 1].into()),
            GeneralName::Uri("spiffe://td/x".parse().unwrap()),
        ];
        let written = Extension::subject_alt_name(&names, false);
        let read = GeneralName::read_extension(written.value());
        assert_eq!(read, Some((names.to_vec(), 0)));
    }

    #[test]
    fn counts_other_kinds_and_refuses_the_malformed() {
        // registeredID 1.2.3
        let read = GeneralName::read_extension(&[0x30, 4, 0x88, 2, 0x2a, 3]);
        assert_eq!(read, Some((Vec::new(), 1)));
        for bad in [
            &[0x30, 3, 0x87, 1, 9][..],
            &[0x30, 2, 0x82, 0],
            &[0x31, 0],
            &[],
        ] {
            assert_eq!(GeneralName::read_extension(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn refuses_what_no_certificate_may_hold() {
        for text in ["", "a\0b", "bücher"] {
            assert!(text.parse::<Ia5Text>().is_err(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
            let _ = GeneralName::read_extension(&bytes);
        }
    }
}
