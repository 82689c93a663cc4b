//! Versions of etcd.

mod flags;

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::release::Release;

/// A release of etcd from 3.2 to 3.6, whose flags kpki knows.
///
/// ```
/// use pki_core::setup::EtcdVersion;
/// let version: EtcdVersion = "v3.5.16".parse()?;
/// assert!(version.is_at_least(4, 0) && !version.is_at_least(5, 17));
/// assert!("3.1.12".parse::<EtcdVersion>().is_err());
/// # Ok::<(), pki_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EtcdVersion {
    minor: u8,
    patch: Option<u16>,
}

impl EtcdVersion {
    /// The minor number of the oldest release: the first one that reads its
    /// certificates again without a restart.
    pub const OLDEST_MINOR: u8 = 2;
    /// The minor number of the newest one.
    pub const NEWEST_MINOR: u8 = 6;

    /// What a cluster gets that checks the names of its peers and would have an
    /// older one otherwise.
    pub(super) const FIRST_WITH_PEER_NAMES: Self = Self::release(3, 10);

    pub(super) const fn release(minor: u8, patch: u16) -> Self {
        Self {
            minor,
            patch: Some(patch),
        }
    }

    /// The second number: 5 in 3.5.16.
    #[must_use]
    pub fn minor(self) -> u8 {
        self.minor
    }

    /// The third number, if one was given.
    #[must_use]
    pub fn patch(self) -> Option<u16> {
        self.patch
    }

    /// Whether it knows `--peer-cert-allowed-cn` (etcd#8616).
    #[must_use]
    pub fn checks_peer_names(self) -> bool {
        self.minor >= 3
    }

    /// Whether this is 3.`minor`.`patch` or later. A version without its third
    /// number is taken for the first of its kind, so that no flag is used that
    /// the installed one may not know.
    #[must_use]
    pub fn is_at_least(self, minor: u8, patch: u16) -> bool {
        (self.minor, self.patch.unwrap_or(0)) >= (minor, patch)
    }
}

impl FromStr for EtcdVersion {
    type Err = Error;

    /// `3.5`, `3.5.16`, `v3.5.16`, and `3.5.16-0` as images are tagged.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = || Error::SetupValue {
            what: "a version of etcd from 3.2 to 3.6",
            text: text.to_owned(),
            why: "write it as 3.5.16",
        };
        let release = Release::parse(text).filter(|release| release.major == 3);
        let Release { minor, patch, .. } = release.ok_or_else(refuse)?;
        let minor = u8::try_from(minor).map_err(|_| refuse())?;
        match (Self::OLDEST_MINOR..=Self::NEWEST_MINOR).contains(&minor) {
            true => Ok(Self { minor, patch }),
            false => Err(refuse()),
        }
    }
}

impl fmt::Display for EtcdVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.patch {
            Some(patch) => write!(f, "3.{}.{patch}", self.minor),
            None => write!(f, "3.{}", self.minor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let of = |text: &str| {
            text.parse::<EtcdVersion>()
                .map(|version| version.to_string())
        };
        for (text, version) in [
            ("3.5", "3.5"),
            ("v3.5.16", "3.5.16"),
            ("3.5.16-0", "3.5.16"),
            ("3.2.18", "3.2.18"),
            ("3.6.0-rc.1", "3.6.0"),
        ] {
            assert_eq!(of(text).unwrap(), version);
        }
        for text in [
            "", "3", "3.1.12", "3.7.0", "2.3", "3.5.1.1", "3.x", "latest", "3.5.", "3.261",
        ] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn without_its_third_number_it_is_the_first() {
        let version: EtcdVersion = "3.5".parse().unwrap();
        assert!(version.is_at_least(4, 25) && version.is_at_least(5, 0));
        assert!(!version.is_at_least(5, 8) && !version.is_at_least(6, 0));
    }

    proptest::proptest! {
        #[test]
        fn reads_back_what_it_writes(text in "\\PC{0,12}|v?3\\.[0-9]{1,2}(\\.[0-9]{1,6})?(-[0-9a-z.]{0,4})?") {
            if let Ok(version) = text.parse::<EtcdVersion>() {
                proptest::prop_assert_eq!(version.to_string().parse::<EtcdVersion>().unwrap(), version);
            }
        }
    }
}
