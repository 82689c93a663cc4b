//! The range of pod addresses.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::address_range::AddressRange;
use super::service_subnet::ServiceSubnet;
use crate::Error;

/// One range of pod addresses, or two of different families (dual stack),
/// kubeadm's `networking.podSubnet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodSubnet {
    text: String,
    ranges: Vec<AddressRange>,
}

impl PodSubnet {
    /// Whether an address could be both a pod's and a service's.
    #[must_use]
    pub fn overlaps(&self, services: &ServiceSubnet) -> bool {
        let overlaps = |range: &AddressRange| services.overlaps(range);
        self.ranges.iter().any(overlaps)
    }

    /// Whether this could be a pod's address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.ranges.iter().any(|range| range.contains(address))
    }

    /// Its ranges one by one, the first family first.
    #[must_use]
    pub fn ranges(&self) -> Vec<&str> {
        self.text.split(',').collect()
    }

    /// Whether pods get an IPv4 address.
    #[must_use]
    pub fn has_ipv4(&self) -> bool {
        self.ranges.iter().any(AddressRange::is_ipv4)
    }

    /// Whether pods get an IPv6 address.
    #[must_use]
    pub fn has_ipv6(&self) -> bool {
        self.ranges.iter().any(|range| !range.is_ipv4())
    }
}

impl FromStr for PodSubnet {
    type Err = Error;

    /// `10.244.0.0/16` or `10.244.0.0/16,fd00:10:244::/56`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why| Error::PodSubnet {
            text: text.to_owned(),
            why,
        };
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let range = AddressRange::parse(part)
                .ok_or_else(|| refuse("write ADDRESS/BITS, such as 10.244.0.0/16"))?;
            ranges.push(range);
        }
        let families: Vec<_> = ranges.iter().map(AddressRange::is_ipv4).collect();
        match families[..] {
            [_] => {}
            [first, second] if first != second => {}
            _ => return Err(refuse("give one range, or two of different families")),
        }
        Ok(Self {
            text: text.to_owned(),
            ranges,
        })
    }
}

impl fmt::Display for PodSubnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_range_or_two_of_different_families() {
        let of = |text: &str| text.parse::<PodSubnet>();
        for text in [
            "10.244.0.0/16",
            "10.244.0.0/16,fd00:10:244::/56",
            "192.168.0.0/16",
            "10.32.0.0/24",
        ] {
            assert_eq!(of(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "10.244.0.0",
            "10.244.0.0/33",
            "10.244.0.0/16,10.245.0.0/16",
            "10.244.0.0/16,",
            "10.244.0.0/16, fd00::/56",
            "pods/16",
        ] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn may_overlap_the_services() {
        let services = ServiceSubnet::default();
        let overlaps = |text: &str| text.parse::<PodSubnet>().unwrap().overlaps(&services);
        assert!(!overlaps("10.244.0.0/16"));
        assert!(overlaps("10.100.0.0/16") && overlaps("fd00::/56,10.0.0.0/8"));
    }

    #[test]
    fn knows_its_addresses_and_families() {
        let of = |text: &str| text.parse::<PodSubnet>().unwrap();
        let both = of("10.244.0.0/16,fd00:10:244::/56");
        assert!(both.contains([10, 244, 3, 4].into()) && !both.contains([10, 0, 0, 1].into()));
        assert!(both.contains("fd00:10:244::1".parse().unwrap()));
        assert_eq!(both.ranges(), ["10.244.0.0/16", "fd00:10:244::/56"]);
        assert!(both.has_ipv4() && both.has_ipv6());
        assert!(!of("10.244.0.0/16").has_ipv6() && !of("fd00::/56").has_ipv4());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}|[0-9a-f.:,/]{0,40}") {
            if let Ok(subnet) = text.parse::<PodSubnet>() {
                proptest::prop_assert_eq!(subnet.to_string(), text);
            }
        }
    }
}
