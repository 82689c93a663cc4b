//! Host names and node names.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::dns::{Labels, check_labels, classify};
use super::problem::{NameError, NameNote, NameProblem, Noted};

/// The name of a host or node: an RFC 1123 subdomain in lower case, safe as a
/// file name (`[a-z0-9.-]`, no empty label, at most 253 characters).
///
/// ```
/// use pki_core::HostName;
/// assert_eq!("Master-1".parse::<HostName>()?.as_str(), "master-1");
/// assert!("../master-1".parse::<HostName>().is_err());
/// assert!("10.0.0.11".parse::<HostName>().is_err());
/// # Ok::<(), pki_core::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl HostName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a host name and tells what was changed.
    ///
    /// # Errors
    /// [`NameError`] with what the text is instead.
    pub fn parse(text: &str) -> Result<Noted<Self>, NameError> {
        Self::checked(text, false)
    }

    /// Parses a node name as Kubernetes does: like a host name, but an IPv4
    /// address is a valid one too (kubelets on some clouds register so).
    ///
    /// # Errors
    /// [`NameError`] with what the text is instead.
    pub fn parse_node(text: &str) -> Result<Noted<Self>, NameError> {
        Self::checked(text, true)
    }

    pub(crate) fn cluster_local() -> Self {
        Self("cluster.local".to_owned())
    }

    /// A name that no host has (RFC 2606 section 2).
    pub(crate) fn stand_in() -> Self {
        Self("host.invalid".to_owned())
    }

    fn checked(text: &str, address_allowed: bool) -> Result<Noted<Self>, NameError> {
        let refuse = |problem| NameError {
            input: text.to_owned(),
            problem,
        };
        classify(text).map_err(refuse)?;
        match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) if address_allowed => {
                let notes = vec![NameNote::AddressAsName(text.to_owned())];
                return Ok(Noted {
                    value: Self(text.to_owned()),
                    notes,
                });
            }
            Ok(_) => return Err(refuse(NameProblem::AddressForName)),
            Err(_) => {}
        }
        let name = check_labels(text, Labels::Strict).map_err(|problem| match problem {
            NameProblem::Wildcard => refuse(NameProblem::WildcardForHost),
            other => refuse(other),
        })?;
        let notes = match name == text {
            true => Vec::new(),
            false => vec![NameNote::Lowercased(text.to_owned())],
        };
        Ok(Noted {
            value: Self(name),
            notes,
        })
    }
}

impl FromStr for HostName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text).map(|noted| noted.value)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowers_and_refuses_as_kubeadm_does() {
        assert_eq!(
            HostName::parse("Master1").unwrap().value.as_str(),
            "master1"
        );
        for text in [
            "master_1", "a..b", "*.a", "10.0.0.1", "..", ".", "-", "shared/",
        ] {
            assert!(HostName::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            HostName::parse_node("10.1.2.3").unwrap().value.as_str(),
            "10.1.2.3"
        );
        assert!(HostName::parse_node("fd00::1").is_err());
    }

    proptest::proptest! {
        #[test]
        fn is_safe_as_a_file_name(text in "\\PC{0,40}|[-a-zA-Z0-9._]{0,60}") {
            if let Ok(noted) = HostName::parse_node(&text) {
                let name = noted.value.as_str();
                proptest::prop_assert!(!name.is_empty() && !name.starts_with(['.', '-']) && !name.contains(".."));
                proptest::prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-'));
            }
        }
    }
}
