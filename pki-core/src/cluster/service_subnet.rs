//! The range of service addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use super::address_range::AddressRange;
use crate::Error;

/// One range of service addresses, or two of different families (dual stack).
/// Only the first one's first address stands in certificates, in every version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSubnet {
    text: String,
    first: AddressRange,
    second: Option<AddressRange>,
}

impl ServiceSubnet {
    /// The address of the service `kubernetes.default`: the first one after
    /// the network's own.
    #[must_use]
    pub fn first_address(&self) -> IpAddr {
        self.first.first_address()
    }

    /// Whether this could be a service's address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let mut ranges = std::iter::once(&self.first).chain(&self.second);
        ranges.any(|own| own.contains(address))
    }

    /// Whether an address of this range could be a service's.
    pub(super) fn overlaps(&self, range: &AddressRange) -> bool {
        let mut ranges = std::iter::once(&self.first).chain(&self.second);
        ranges.any(|own| own.overlaps(range))
    }
}

impl Default for ServiceSubnet {
    /// kubeadm's 10.96.0.0/12.
    fn default() -> Self {
        Self {
            text: "10.96.0.0/12".to_owned(),
            first: AddressRange::new(Ipv4Addr::new(10, 96, 0, 0), 12),
            second: None,
        }
    }
}

impl FromStr for ServiceSubnet {
    type Err = Error;

    /// `10.96.0.0/12` or `10.96.0.0/16,fd00:10:96::/112`. Host bits are masked
    /// off as kubeadm does; a range must hold at least ten addresses, and a
    /// first one of IPv4 at most 2^20.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why| Error::ServiceSubnet {
            text: text.to_owned(),
            why,
        };
        let mut ranges = Vec::new();
        for part in text.split(',') {
            ranges.push(range(part).map_err(refuse)?);
        }
        let (first, second) = match ranges[..] {
            [first] => (first, None),
            [first, second] if first.is_ipv4() != second.is_ipv4() => (first, Some(second)),
            _ => return Err(refuse("give one range, or two of different families")),
        };
        Ok(Self {
            text: text.to_owned(),
            first,
            second,
        })
    }
}

impl fmt::Display for ServiceSubnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn range(text: &str) -> Result<AddressRange, &'static str> {
    let range = AddressRange::parse(text).ok_or("write ADDRESS/BITS, such as 10.96.0.0/12")?;
    match range.host_bits() {
        0..=3 => Err("the range is too small: Kubernetes needs ten addresses or more"),
        4..=20 => Ok(range),
        _ => Err("the range is too large: the mask must keep 20 host bits or fewer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_limits_as_kubeadm() {
        let first = |text: &str| {
            text.parse::<ServiceSubnet>()
                .map(|s| s.first_address().to_string())
        };
        assert_eq!(first("10.96.0.0/12").unwrap(), "10.96.0.1");
        assert_eq!(first("172.30.7.9/20").unwrap(), "172.30.0.1");
        assert_eq!(first("10.96.0.0/16,fd00:10:96::/112").unwrap(), "10.96.0.1");
        assert_eq!(first("fd00:10:96::/112").unwrap(), "fd00:10:96::1");
        for text in [
            "10.96.0.0/29",
            "10.0.0.0/8",
            "10.96.0.0",
            "x/12",
            "10.96.0.0/33",
            "10.96.0.0/12,10.97.0.0/16",
            "",
            "10.96.0.0/",
            "fd00::/64",
            "10.96.0.0/12,fd00::/112,fd01::/112",
        ] {
            assert!(first(text).is_err(), "{text}");
        }
    }
}
