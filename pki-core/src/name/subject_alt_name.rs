//! Subject alternative names (RFC 5280 section 4.2.1.6).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::dns::{DnsName, classify};
use super::problem::{NameError, NameNote, NameProblem, Noted};

/// One name of a certificate's subjectAltName extension.
///
/// ```
/// use pki_core::SubjectAltName;
/// let name = |text| SubjectAltName::parse_host(text).map(|noted| noted.value.to_string());
/// assert_eq!(name("master-1")?, "DNS:master-1");
/// assert_eq!(name("10.0.0.11")?, "IP:10.0.0.11");
/// assert!(name("https://10.0.0.11:6443").is_err());
/// # Ok::<(), pki_core::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubjectAltName {
    /// A dNSName.
    Dns(DnsName),
    /// An rfc822Name.
    Email(EmailAddress),
    /// An iPAddress.
    Ip(IpAddr),
    /// A uniformResourceIdentifier.
    Uri(Uri),
}

impl SubjectAltName {
    /// Parses a name or address of a server, with remarks about the result.
    ///
    /// # Errors
    /// [`NameError`] with what the text is instead; an e-mail address or a URI
    /// is an error here.
    pub fn parse_host(text: &str) -> Result<Noted<Self>, NameError> {
        let refuse = |problem| NameError {
            input: text.to_owned(),
            problem,
        };
        classify(text).map_err(refuse)?;
        match text.parse::<IpAddr>() {
            Ok(address) => {
                let (address, notes) = usable(text, address).map_err(refuse)?;
                Ok(Noted {
                    value: Self::Ip(address),
                    notes,
                })
            }
            Err(_) => DnsName::parse(text).map(|noted| Noted {
                value: Self::Dns(noted.value),
                notes: noted.notes,
            }),
        }
    }

    /// Parses any kind of name: address, e-mail address, URI or DNS name.
    ///
    /// # Errors
    /// [`NameError`] with what is wrong.
    pub fn parse(text: &str) -> Result<Noted<Self>, NameError> {
        let quiet = |value| Noted {
            value,
            notes: Vec::new(),
        };
        match Self::parse_host(text) {
            Err(NameError {
                problem: NameProblem::NotAHost(_),
                ..
            }) => text.parse().map(|email| quiet(Self::Email(email))),
            Err(NameError {
                problem: NameProblem::Url(_),
                ..
            }) => text.parse().map(|uri| quiet(Self::Uri(uri))),
            other => other,
        }
    }
}

impl fmt::Display for SubjectAltName {
    /// The form that OpenSSL and Go show: `DNS:master-1`, `IP:10.0.0.11`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Email(address) => write!(f, "email:{}", address.0),
            Self::Ip(address) => write!(f, "IP:{address}"),
            Self::Uri(uri) => write!(f, "URI:{}", uri.0),
        }
    }
}

/// Parses an IP address of a host: no zone, no leading zeros, no range, and
/// nothing that cannot be a host's own address.
///
/// # Errors
/// [`NameError`] with what the text is instead.
pub fn parse_ip_address(text: &str) -> Result<Noted<IpAddr>, NameError> {
    match SubjectAltName::parse_host(text)? {
        Noted {
            value: SubjectAltName::Ip(value),
            notes,
        } => Ok(Noted { value, notes }),
        _ => Err(NameError {
            input: text.to_owned(),
            problem: NameProblem::NameForAddress,
        }),
    }
}

fn usable(text: &str, address: IpAddr) -> Result<(IpAddr, Vec<NameNote>), NameProblem> {
    let canonical = address.to_canonical();
    let notes = match canonical == address {
        true => Vec::new(),
        false => vec![NameNote::Ipv4Mapped(text.to_owned())],
    };
    let broadcast = matches!(canonical, IpAddr::V4(v4) if v4.is_broadcast());
    if canonical.is_unspecified() {
        Err(NameProblem::UnusableAddress("the unspecified address"))
    } else if canonical.is_multicast() {
        Err(NameProblem::UnusableAddress("a multicast address"))
    } else if broadcast {
        Err(NameProblem::UnusableAddress("the broadcast address"))
    } else {
        Ok((canonical, notes))
    }
}

/// An e-mail address in ASCII: `local@domain`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refuse = |problem| NameError {
            input: text.to_owned(),
            problem,
        };
        // atext of RFC 5322 section 3.2.3: no quoting, no comment, no display name.
        let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
        let Some((local, domain)) = text.rsplit_once('@') else {
            return Err(refuse(NameProblem::Character(' ')));
        };
        if local.is_empty() {
            return Err(refuse(NameProblem::Empty));
        }
        if let Some(other) = local.chars().find(|c| !atext(*c)) {
            return Err(refuse(NameProblem::Character(other)));
        }
        DnsName::parse(domain).map_err(|error| refuse(error.problem))?;
        Ok(Self(text.to_owned()))
    }
}

/// An absolute URI in ASCII (RFC 3986), such as `spiffe://cluster/ns/x`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri(String);

impl Uri {
    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uri {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refuse = |problem| NameError {
            input: text.to_owned(),
            problem,
        };
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(refuse(NameProblem::Character(':')));
        };
        let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let in_rest = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
        if scheme.is_empty() || rest.is_empty() {
            return Err(refuse(NameProblem::Empty));
        }
        let wrong = scheme.chars().find(|c| !in_scheme(*c));
        match wrong.or_else(|| rest.chars().find(|c| !in_rest(*c))) {
            Some(other) => Err(refuse(NameProblem::Character(other))),
            None => Ok(Self(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_kinds_apart() {
        let shown = |text: &str| SubjectAltName::parse(text).map(|noted| noted.value.to_string());
        assert_eq!(shown("10.0.0.11").unwrap(), "IP:10.0.0.11");
        assert_eq!(shown("2001:0db8:0::7").unwrap(), "IP:2001:db8::7");
        assert_eq!(shown("ops@k8s.internal").unwrap(), "email:ops@k8s.internal");
        assert_eq!(shown("spiffe://c/ns/x").unwrap(), "URI:spiffe://c/ns/x");
        assert_eq!(shown("m1").unwrap(), "DNS:m1");
        assert!(SubjectAltName::parse_host("spiffe://c/ns/x").is_err());
        assert!(SubjectAltName::parse_host("a@b.internal").is_err());
    }

    #[test]
    fn maps_and_refuses_addresses() {
        let mapped = parse_ip_address("::ffff:10.0.0.1").unwrap();
        assert_eq!(mapped.value.to_string(), "10.0.0.1");
        assert_eq!(
            mapped.notes,
            [NameNote::Ipv4Mapped("::ffff:10.0.0.1".into())]
        );
        for text in [
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "m1",
            "fe80::1%2",
        ] {
            assert!(parse_ip_address(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let _ = SubjectAltName::parse(&text);
        }

        #[test]
        fn every_unicast_address_is_kept(octets in proptest::array::uniform4(1u8..=223)) {
            let text = std::net::Ipv4Addr::from(octets).to_string();
            if text != "1.2.3.4" {
                proptest::prop_assert_eq!(parse_ip_address(&text).unwrap().value.to_string(), text);
            }
        }
    }
}
