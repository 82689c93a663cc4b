//! Versions of Kubernetes.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::release::Release;

/// A release of Kubernetes 1.x, of which only the minor number matters here.
///
/// ```
/// use pki_core::KubernetesVersion;
/// let version: KubernetesVersion = "v1.20.2".parse()?;
/// assert!(version.is_at_least(20) && !version.is_at_least(21));
/// assert!("latest".parse::<KubernetesVersion>().is_err());
/// # Ok::<(), pki_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KubernetesVersion {
    minor: u16,
    patch: Option<u16>,
}

impl KubernetesVersion {
    /// The first version with TLS in etcd, the oldest that kpki makes trees for.
    pub const OLDEST: Self = Self {
        minor: 10,
        patch: None,
    };
    /// The newest version that kpki knows, and its default.
    pub const NEWEST: Self = Self {
        minor: 36,
        patch: None,
    };

    /// The second number: 20 in v1.20.2.
    #[must_use]
    pub fn minor(self) -> u16 {
        self.minor
    }

    /// Whether it is one release, and not any of 1.`minor`.
    #[must_use]
    pub fn has_patch(self) -> bool {
        self.patch.is_some()
    }

    /// As kubeadm takes it: a whole version, or else the label of the newest one, which
    /// it looks up.
    #[must_use]
    pub fn for_kubeadm(self) -> String {
        match self.patch {
            Some(_) => self.to_string(),
            None => format!("stable-1.{}", self.minor),
        }
    }

    /// Whether this is 1.`minor` or later.
    #[must_use]
    pub fn is_at_least(self, minor: u16) -> bool {
        self.minor >= minor
    }
}

impl FromStr for KubernetesVersion {
    type Err = Error;

    /// `v1.20.2`, `1.20.2`, `1.20`, `v1.36.0-rc.1+build`; and kubeadm's labels
    /// `stable-1.20`. `stable` and `latest` need a network and are refused.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = || Error::KubernetesVersion {
            text: text.to_owned(),
        };
        let plain = text.strip_prefix("stable-").unwrap_or(text);
        match Release::parse(plain).ok_or_else(refuse)? {
            Release {
                major: 1,
                minor,
                patch,
            } if minor >= Self::OLDEST.minor => Ok(Self { minor, patch }),
            _ => Err(refuse()),
        }
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.patch {
            Some(patch) => write!(f, "v1.{}.{patch}", self.minor),
            None => write!(f, "v1.{}", self.minor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_kubeadms_spellings() {
        let minor = |text: &str| {
            text.parse::<KubernetesVersion>()
                .map(KubernetesVersion::minor)
        };
        for text in [
            "v1.20.2",
            "1.20",
            "stable-1.20",
            "v1.20.2-rc.1",
            "1.20.2+k3s1",
        ] {
            assert_eq!(minor(text), Ok(20), "{text}");
        }
        for text in [
            "", "v2.1", "1.9.0", "stable", "latest", "1", "1.x", "1.20.1.1", "1.99999",
        ] {
            assert!(minor(text).is_err(), "{text}");
        }
        let label = |text: &str| text.parse::<KubernetesVersion>().unwrap().for_kubeadm();
        assert_eq!(label("1.20"), "stable-1.20");
        assert_eq!(label("1.20.2"), "v1.20.2");
        assert_eq!(
            "v1.20.2".parse::<KubernetesVersion>().unwrap().to_string(),
            "v1.20.2"
        );
    }
}
