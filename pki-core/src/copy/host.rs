//! Whether a host is the one that it should be.

/// Whether both are one host's name, of which one may be without its domain.
#[must_use]
pub fn is_same_host(name: &str, says: &str) -> bool {
    let short = |name: &str| match name.split_once('.') {
        Some((short, _)) => short.to_ascii_lowercase(),
        None => name.to_ascii_lowercase(),
    };
    name.eq_ignore_ascii_case(says)
        || (!name.contains('.') || !says.contains('.')) && short(name) == short(says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_leave_its_domain_out() {
        for (name, says, same) in [
            ("m1", "m1", true),
            ("m1", "M1.example.com", true),
            ("m1.example.com", "m1", true),
            ("m1.example.com", "m1.example.org", false),
            ("m1", "m2", false),
            ("m1", "", false),
        ] {
            assert_eq!(is_same_host(name, says), same, "{name} {says}");
        }
    }
}
