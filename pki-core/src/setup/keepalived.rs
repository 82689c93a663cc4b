//! keepalived's part: who has the virtual IP.

use std::fmt;
use std::str::FromStr;

use super::auth_pass::AuthPass;
use super::interface::InterfaceName;
use super::virtual_ip::VirtualIp;
use crate::Error;

/// One virtual router of VRRP over the control plane hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keepalived {
    /// The address that moves.
    pub virtual_ip: VirtualIp,
    /// The number of the virtual router, which no other one in the same network
    /// may have.
    pub router_id: VirtualRouterId,
    /// What the routers show each other; `None` for nothing.
    pub auth_pass: Option<AuthPass>,
    /// Whether the routers write to each other rather than to a multicast group.
    pub unicast: bool,
    /// The control plane hosts, in their order; the priorities are distinct.
    pub members: Vec<KeepalivedMember>,
    /// What the priority of a host changes by while its API server does not
    /// answer: below zero, and by more than the priorities lie apart, so that
    /// any host that works has more than any that does not.
    pub weight: i16,
}

/// A host of a virtual router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepalivedMember {
    /// Its place in `Cluster.hosts`.
    pub host: usize,
    /// The interface that gets the virtual IP.
    pub interface: InterfaceName,
    /// How it starts.
    pub state: VrrpState,
    /// The highest one of those that work has the virtual IP.
    pub priority: Priority,
}

/// How a router starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VrrpState {
    /// With the virtual IP.
    Master,
    /// Without it, until it hears nobody with a higher priority.
    Backup,
}

impl VrrpState {
    /// keepalived's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Master => "MASTER",
            Self::Backup => "BACKUP",
        }
    }
}

impl fmt::Display for VrrpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The number of a virtual router: 1 to 255 (RFC 5798 section 5.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VirtualRouterId(u8);

impl VirtualRouterId {
    /// 51, the number of keepalived's own example and of most guides.
    pub const DEFAULT: Self = Self(51);

    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

impl FromStr for VirtualRouterId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        number(text).map(Self).ok_or_else(|| Error::SetupValue {
            what: "the number of a virtual router",
            text: text.to_owned(),
            why: "it is a number from 1 to 255",
        })
    }
}

impl fmt::Display for VirtualRouterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The priority of a router: 1 to 254, since 0 and 255 mean something else
/// (RFC 5798 section 5.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// That of the first host unless somebody says otherwise.
    pub const FIRST: Self = Self(150);
    /// What lies between two hosts.
    pub const STEP: u8 = 10;

    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// The priority of this number; `None` for 0 and 255.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=254).contains(&number).then_some(Self(number))
    }
}

impl FromStr for Priority {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let priority = number(text).and_then(Self::new);
        priority.ok_or_else(|| Error::SetupValue {
            what: "a priority",
            text: text.to_owned(),
            why: "it is a number from 1 to 254",
        })
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number from 1 to 255 in plain digits.
fn number(text: &str) -> Option<u8> {
    let plain = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_ranges() {
        let id = |text: &str| text.parse::<VirtualRouterId>().map(VirtualRouterId::number);
        let priority = |text: &str| text.parse::<Priority>().map(Priority::number);
        for text in ["1", "51", "254"] {
            assert_eq!(id(text).unwrap().to_string(), text);
            assert_eq!(priority(text).unwrap().to_string(), text);
        }
        assert_eq!(id("255"), Ok(255));
        assert!(priority("255").is_err());
        for text in ["", "0", "256", "-1", "+1", "051", "1.0", "x"] {
            assert!(id(text).is_err() && priority(text).is_err(), "{text}");
        }
    }
}
