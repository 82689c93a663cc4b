//! Ranges of addresses, `ADDRESS/BITS`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// All addresses that begin with the same bits (RFC 4632 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressRange {
    /// The address with the host bits masked off.
    network: IpAddr,
    bits: u8,
}

impl AddressRange {
    /// Reads `10.96.0.0/12`; host bits are masked off as kubeadm does.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let address = address.parse().ok()?;
        let bits = prefix_bits(bits, address)?;
        Some(Self::new(address, bits))
    }

    /// The range of these bits of an address.
    pub(crate) fn new(address: impl Into<IpAddr>, bits: u8) -> Self {
        Self {
            network: masked(address.into(), bits),
            bits,
        }
    }

    pub(super) fn is_ipv4(&self) -> bool {
        self.network.is_ipv4()
    }

    /// How many bits tell its addresses apart.
    pub(super) fn host_bits(&self) -> u8 {
        width(self.network).saturating_sub(self.bits)
    }

    /// The address after the network's own.
    pub(super) fn first_address(&self) -> IpAddr {
        match self.network {
            IpAddr::V4(v4) => Ipv4Addr::from(u32::from(v4).saturating_add(1)).into(),
            IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6).saturating_add(1)).into(),
        }
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.is_ipv4() && masked(address, self.bits) == self.network
    }

    /// Two ranges have an address in common if one holds the other's first.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.contains(other.network) || other.contains(self.network)
    }
}

/// The bits behind the slash of an address, in plain digits.
pub(crate) fn prefix_bits(digits: &str, address: IpAddr) -> Option<u8> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let has_zero_before = digits.len() > 1 && digits.starts_with('0');
    let bits = digits.parse().ok().filter(|_| plain && !has_zero_before)?;
    (bits <= width(address)).then_some(bits)
}

fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32u32.saturating_sub(bits.into()));
            Ipv4Addr::from(u32::from(v4) & mask.unwrap_or(0)).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128u32.saturating_sub(bits.into()));
            Ipv6Addr::from(u128::from(v6) & mask.unwrap_or(0)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        AddressRange::parse(text).expect("a range")
    }

    #[test]
    fn overlaps_as_sets_do() {
        for (one, other, overlap) in [
            ("10.96.0.0/12", "10.244.0.0/16", false),
            ("10.96.0.0/12", "10.100.0.0/16", true),
            ("10.100.0.0/16", "10.96.0.0/12", true),
            ("0.0.0.0/0", "10.0.0.0/8", true),
            ("0.0.0.0/0", "fd00::/64", false),
            ("fd00::/8", "fd12::/112", true),
            ("10.0.0.1/32", "10.0.0.1/32", true),
        ] {
            assert_eq!(range(one).overlaps(&range(other)), overlap, "{one} {other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_range_contains_its_addresses(address: u32, bits in 0u8..=32, other: u32) {
            let range = range(&format!("{}/{bits}", Ipv4Addr::from(address)));
            proptest::prop_assert!(range.contains(Ipv4Addr::from(address).into()));
            let same = bits == 0 || (address ^ other) >> (32 - u32::from(bits)) == 0;
            proptest::prop_assert_eq!(range.contains(Ipv4Addr::from(other).into()), same);
        }
    }
}
