//! Flags that not every release of etcd knows.

use super::EtcdVersion;

/// A flag and the releases that know it.
struct FlagReleases {
    name: &'static str,
    /// The first release that knows it: of every minor number that got it with a patch,
    /// and of the last one of these for all later ones. Empty where the oldest does.
    since: &'static [(u8, u16)],
    /// The minor number of the first that does not know it any more.
    gone: Option<u8>,
}

const fn came(name: &'static str, since: &'static [(u8, u16)]) -> FlagReleases {
    let gone = None;
    FlagReleases { name, since, gone }
}

const fn went(name: &'static str, gone: u8) -> FlagReleases {
    let (since, gone) = (&[], Some(gone));
    FlagReleases { name, since, gone }
}

/// Sorted by name; a flag that is not here is known to all, or nobody looked when it
/// came.
const FLAGS: [FlagReleases; 26] = [
    went("ca-file", 4),
    came("client-cert-file", &[(5, 0)]),
    came("client-key-file", &[(5, 0)]),
    came("enable-log-rotation", &[(5, 0)]),
    went("enable-v2", 6),
    went("experimental-enable-v2v3", 6),
    came("feature-gates", &[(6, 0)]),
    came("log-outputs", &[(4, 0)]),
    came("log-rotation-config-json", &[(5, 0)]),
    came("logger", &[(4, 0)]),
    came("max-learners", &[(6, 0)]),
    went("peer-ca-file", 4),
    came("peer-client-cert-file", &[(5, 0)]),
    came("peer-client-key-file", &[(5, 0)]),
    came("peer-skip-client-san-verification", &[(6, 0)]),
    went("proxy", 6),
    went("proxy-dial-timeout", 6),
    went("proxy-failure-wait", 6),
    went("proxy-read-timeout", 6),
    went("proxy-refresh-interval", 6),
    went("proxy-write-timeout", 6),
    came("self-signed-cert-validity", &[(5, 0)]),
    came("socket-reuse-address", &[(5, 0)]),
    came("socket-reuse-port", &[(5, 0)]),
    came("tls-max-version", &[(4, 25), (5, 8)]),
    came("tls-min-version", &[(4, 25), (5, 8)]),
];

impl FlagReleases {
    fn find(name: &str) -> Option<&'static Self> {
        let at = FLAGS.binary_search_by_key(&name, |flag| flag.name);
        FLAGS.get(at.ok()?)
    }
}

impl EtcdVersion {
    /// Whether it surely knows a flag, by its name without dashes: without its third
    /// number it is taken for the first of its kind.
    pub(crate) fn knows(self, flag: &str) -> bool {
        let Some(FlagReleases { since, gone, .. }) = FlagReleases::find(flag) else {
            return true;
        };
        let (minor, patch) = (self.minor, self.patch.unwrap_or(0));
        let has_come = since
            .iter()
            .any(|(of, first)| *of == minor && patch >= *first);
        let is_later = since.last().is_none_or(|(last, _)| minor > *last);
        (has_come || is_later) && gone.is_none_or(|gone| minor < gone)
    }

    /// Whether it may know a flag: without its third number it is taken for the last of
    /// its kind.
    pub(crate) fn may_know(self, flag: &str) -> bool {
        let patch = self.patch.or(Some(u16::MAX));
        Self { patch, ..self }.knows(flag)
    }

    /// Whether older releases knew a flag.
    pub(crate) fn has_lost(self, flag: &str) -> bool {
        let gone = FlagReleases::find(flag).and_then(|flag| flag.gone);
        gone.is_some_and(|gone| self.minor >= gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_know_their_flags() {
        assert!(FLAGS.is_sorted_by_key(|flag| flag.name));
        // With a version, whether it surely and whether it may know the flag.
        for (version, flag, knows, may_know) in [
            ("3.5.16", "enable-v2", true, true),
            ("3.6", "enable-v2", false, false),
            ("3.3.10", "logger", false, false),
            ("3.4", "logger", true, true),
            ("3.4", "tls-min-version", false, true),
            ("3.4.24", "tls-min-version", false, false),
            ("3.4.25", "tls-min-version", true, true),
            ("3.5.7", "tls-min-version", false, false),
            ("3.6.0", "tls-min-version", true, true),
            ("3.3", "tls-min-version", false, false),
            ("3.2", "name", true, true),
        ] {
            let release: EtcdVersion = version.parse().unwrap();
            let found = (release.knows(flag), release.may_know(flag));
            assert_eq!(found, (knows, may_know), "{version} {flag}");
        }
        let newest: EtcdVersion = "3.6".parse().unwrap();
        assert!(newest.has_lost("proxy") && !newest.has_lost("logger"));
    }
}
