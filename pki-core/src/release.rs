//! Numbers of releases: `v1.20.2`, `3.5`.

/// The numbers of a release; the third one is often left out.
pub(crate) struct Release {
    pub(crate) major: u16,
    pub(crate) minor: u16,
    pub(crate) patch: Option<u16>,
}

impl Release {
    /// `v1.20.2`, `1.20`, `v1.36.0-rc.1+build`, `3.5.16-0`: what follows the
    /// numbers says nothing that kpki asks for.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = text.strip_prefix('v').unwrap_or(text);
        let numbers = plain.split(['-', '+']).next().unwrap_or(plain);
        let mut numbers = numbers.split('.').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        });
        let (major, minor) = (numbers.next()??, numbers.next()??);
        let patch = match numbers.next() {
            Some(patch) => Some(patch?),
            None => None,
        };
        numbers.next().is_none().then_some(Self {
            major,
            minor,
            patch,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_two_or_three_numbers() {
        let of = |text| Release::parse(text).map(|it| (it.major, it.minor, it.patch));
        for text in ["v1.20.2", "1.20.2", "1.20.2-rc.1+build", "1.20.2+k3s1"] {
            assert_eq!(of(text), Some((1, 20, Some(2))), "{text}");
        }
        assert_eq!(of("3.5"), Some((3, 5, None)));
        for text in [
            "", "1", "1.", "1.20.", "1.20.2.3", "1.-20", "1.+2", "vv1.2", "1.70000", "1. 2",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
