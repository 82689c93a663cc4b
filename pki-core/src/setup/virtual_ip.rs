//! The address that moves between the control plane hosts.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::Error;
use crate::cluster::{AddressRange, prefix_bits};
use crate::name::parse_ip_address;

/// `10.0.0.100` or `10.0.0.100/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VirtualIp {
    address: IpAddr,
    prefix: Option<u8>,
}

impl VirtualIp {
    /// This address with keepalived's own prefix, that of a single host.
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self {
            address,
            prefix: None,
        }
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// The bits of the network's part, where they are given.
    #[must_use]
    pub fn network_bits(&self) -> Option<u8> {
        self.prefix
    }

    /// Whether an address lies in the same network, as far as it is known.
    #[must_use]
    pub fn reaches(&self, address: IpAddr) -> bool {
        AddressRange::new(self.address, self.prefix()).contains(address)
    }

    /// The bits of the network's part, 32 or 128 if none were given.
    #[must_use]
    pub fn prefix(&self) -> u8 {
        self.prefix.unwrap_or(match self.address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        })
    }
}

impl FromStr for VirtualIp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why| Error::SetupValue {
            what: "a virtual IP",
            text: text.to_owned(),
            why,
        };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = parse_ip_address(address)?.value;
        let link_local = match address {
            IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        };
        if address.is_unspecified() || address.is_loopback() || address.is_multicast() || link_local
        {
            return Err(refuse("other hosts do not reach such an address"));
        }
        let prefix = match bits {
            Some(bits) => Some(
                prefix_bits(bits, address)
                    .filter(|bits| *bits > 0)
                    .ok_or_else(|| refuse("write it like 10.0.0.100/24"))?,
            ),
            None => None,
        };
        if let (IpAddr::V4(v4), Some(bits @ 1..=30)) = (address, prefix) {
            let of_hosts = u32::MAX >> bits;
            let own = v4.to_bits() & of_hosts;
            if own == 0 || own == of_hosts {
                return Err(refuse(
                    "no host has the first or the last address of its network",
                ));
            }
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for VirtualIp {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            Some(prefix) => write!(f, "{}/{prefix}", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_address_with_or_without_a_prefix() {
        let of = |text: &str| {
            text.parse::<VirtualIp>()
                .map(|ip| (ip.to_string(), ip.prefix()))
        };
        assert_eq!(of("10.0.0.100").unwrap(), ("10.0.0.100".to_owned(), 32));
        assert_eq!(
            of("10.0.0.100/24").unwrap(),
            ("10.0.0.100/24".to_owned(), 24)
        );
        assert_eq!(of("fd00::100").unwrap(), ("fd00::100".to_owned(), 128));
        assert_eq!(of("fd00::100/64").unwrap(), ("fd00::100/64".to_owned(), 64));
        for text in [
            "",
            "/24",
            "10.0.0.100/",
            "10.0.0.100/33",
            "10.0.0.100/0",
            "10.0.0.100/024",
            "127.0.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "fe80::1",
            "10.0.0.100/24/24",
            "vip",
            "10.0.0.0100",
            "255.255.255.255",
        ] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_host_has_the_address_of_a_network() {
        for text in ["10.0.0.255/24", "10.0.0.0/24", "10.0.0.103/29"] {
            let error = text.parse::<VirtualIp>().unwrap_err().to_string();
            assert!(error.contains("first or the last address"), "{error}");
        }
        for text in ["10.0.0.255", "10.0.0.255/16", "10.0.0.1/31", "fd00::/64"] {
            assert!(text.parse::<VirtualIp>().is_ok(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reads_back_what_it_writes(text in "\\PC{0,20}|[0-9a-f.:/]{0,24}", bits in 1u8..=32, address: std::net::Ipv4Addr) {
            for text in [text, format!("{address}/{bits}")] {
                if let Ok(ip) = text.parse::<VirtualIp>() {
                    proptest::prop_assert_eq!(ip.to_string().parse::<VirtualIp>().unwrap(), ip);
                }
            }
        }
    }
}
