//! Paths on the hosts.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// An absolute path on a host, such as `/var/lib/etcd`: no control character,
/// no `..`, no slash at its end. It may hold white space and signs, which a
/// file that names it must quote.
///
/// ```
/// use pki_core::setup::HostPath;
/// assert_eq!("/var/lib/etcd/".parse::<HostPath>()?.as_str(), "/var/lib/etcd");
/// assert!("var/lib/etcd".parse::<HostPath>().is_err());
/// # Ok::<(), pki_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPath(String);

/// `PATH_MAX` of Linux without the zero at the end.
const LONGEST: usize = 4095;

impl HostPath {
    /// Where etcd keeps its data unless somebody says otherwise.
    pub(super) fn etcd_data() -> Self {
        Self("/var/lib/etcd".to_owned())
    }

    /// Where the guides install etcd.
    pub(super) fn etcd_binary() -> Self {
        Self("/usr/local/bin/etcd".to_owned())
    }

    /// kubeadm's default of `certificatesDir`.
    #[must_use]
    pub fn kubernetes_pki() -> Self {
        Self("/etc/kubernetes/pki".to_owned())
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let why = match text {
            _ if !text.starts_with('/') => "it is not absolute",
            _ if text.len() > LONGEST => "it is longer than a path can be",
            _ if text.chars().any(char::is_control) => "it has a control character",
            _ if text.split('/').any(|part| part == "..") => "it has '..' in it",
            _ => {
                let trimmed = text.trim_end_matches('/');
                match trimmed {
                    "" => "it is the root directory",
                    _ => return Ok(Self(trimmed.to_owned())),
                }
            }
        };
        Err(Error::SetupValue {
            what: "a path on a host",
            text: text.to_owned(),
            why,
        })
    }
}

impl fmt::Display for HostPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_absolute_and_plain() {
        for (text, path) in [
            ("/var/lib/etcd", "/var/lib/etcd"),
            ("/var/lib/etcd//", "/var/lib/etcd"),
            ("/srv/my etcd/..data", "/srv/my etcd/..data"),
        ] {
            assert_eq!(text.parse::<HostPath>().unwrap().as_str(), path);
        }
        for text in ["", "/", "//", "etcd", "/a/../b", "/..", "/a\nb", "~/etcd"] {
            assert!(text.parse::<HostPath>().is_err(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_leaves_where_it_is(text in "\\PC{0,40}|/[a-z./ \n]{0,40}") {
            if let Ok(parsed) = text.parse::<HostPath>() {
                let path = parsed.as_str();
                proptest::prop_assert!(path.starts_with('/') && path.len() > 1 && !path.ends_with('/'));
                proptest::prop_assert!(path.split('/').all(|part| part != ".."));
                proptest::prop_assert!(!path.chars().any(char::is_control));
                proptest::prop_assert_eq!(path.parse::<HostPath>().unwrap(), parsed);
            }
        }
    }
}
