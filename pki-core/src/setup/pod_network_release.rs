//! Which release of a pod network fits a version of Kubernetes.

use super::pod_network::PodNetwork;
use crate::cluster::KubernetesVersion;

/// A release of a pod network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodNetworkRelease {
    /// Its name, such as `v3.31.5`.
    pub version: &'static str,
    /// Where it comes from: the file that is applied; for Cilium the directory of
    /// the program that installs it.
    pub source: &'static str,
    plugin: PodNetwork,
    /// The second numbers of the first and last Kubernetes that it is for.
    first: u16,
    last: u16,
}

const NEWEST: u16 = u16::MAX;

macro_rules! calico {
    ($version:literal, $first:literal, $last:expr) => {
        PodNetworkRelease {
            version: $version,
            source: concat!(
                "https://raw.githubusercontent.com/projectcalico/calico/",
                $version,
                "/manifests/calico.yaml"
            ),
            plugin: PodNetwork::Calico,
            first: $first,
            last: $last,
        }
    };
}

macro_rules! cilium {
    ($version:literal, $program:literal, $first:literal, $last:expr) => {
        PodNetworkRelease {
            version: $version,
            source: concat!("https://github.com/cilium/cilium-cli/releases/", $program),
            plugin: PodNetwork::Cilium,
            first: $first,
            last: $last,
        }
    };
}

macro_rules! flannel {
    ($version:literal, $source:literal, $first:literal, $last:expr) => {
        PodNetworkRelease {
            version: $version,
            source: $source,
            plugin: PodNetwork::Flannel,
            first: $first,
            last: $last,
        }
    };
}

/// What each project tests its releases with: Calico and Cilium in their lists of
/// requirements, flannel in its README ("For Kubernetes v1.17+"), older flannels in
/// the guides of kubeadm of that time, which had these commits. Calico's files for
/// Kubernetes before 1.21 were never in its repository as they are applied.
const RELEASES: [PodNetworkRelease; 13] = [
    calico!("v3.32.2", 34, NEWEST),
    calico!("v3.31.5", 32, 33),
    calico!("v3.29.1", 29, 31),
    calico!("v3.28.2", 27, 28),
    calico!("v3.25.0", 23, 26),
    calico!("v3.23.2", 21, 22),
    flannel!(
        "v0.27.4",
        "https://github.com/flannel-io/flannel/releases/download/v0.27.4/kube-flannel.yml",
        17,
        NEWEST
    ),
    flannel!(
        "v0.11.0",
        "https://raw.githubusercontent.com/flannel-io/flannel/2140ac876ef134e0ed5af15c65e414cf26827915/Documentation/kube-flannel.yml",
        16,
        16
    ),
    flannel!(
        "v0.10.0",
        "https://raw.githubusercontent.com/flannel-io/flannel/bc79dd1505b0c8681ece4de4c0d86c5cd2643275/Documentation/kube-flannel.yml",
        10,
        15
    ),
    cilium!("1.19.6", "latest/download", 34, NEWEST),
    cilium!("1.18.0", "latest/download", 30, 33),
    cilium!("1.15.7", "download/v0.16.10", 26, 29),
    PodNetworkRelease {
        version: "v2.8.1",
        source: "https://github.com/weaveworks/weave/releases/download/v2.8.1/weave-daemonset-k8s.yaml",
        plugin: PodNetwork::Weave,
        first: 10,
        last: 10,
    },
];

impl PodNetwork {
    /// The release for this version, if there is one that kpki knows.
    #[must_use]
    pub fn release(self, version: KubernetesVersion) -> Option<&'static PodNetworkRelease> {
        RELEASES.iter().find(|release| {
            release.plugin == self && (release.first..=release.last).contains(&version.minor())
        })
    }

    /// The plugins that have a release for this version.
    pub(super) fn known_for(version: KubernetesVersion) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |plugin| plugin.release(version).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(plugin: PodNetwork, minor: u16) -> Option<&'static str> {
        let version = format!("1.{minor}").parse().unwrap();
        plugin.release(version).map(|release| release.version)
    }

    #[test]
    fn follow_the_version() {
        use PodNetwork::{Calico, Cilium, Flannel, None as No, Weave};
        for (minor, expected) in [
            (10, [None, Some("v0.10.0"), None, Some("v2.8.1"), None]),
            (11, [None, Some("v0.10.0"), None, None, None]),
            (16, [None, Some("v0.11.0"), None, None, None]),
            (20, [None, Some("v0.27.4"), None, None, None]),
            (21, [Some("v3.23.2"), Some("v0.27.4"), None, None, None]),
            (
                28,
                [Some("v3.28.2"), Some("v0.27.4"), Some("1.15.7"), None, None],
            ),
            (
                33,
                [Some("v3.31.5"), Some("v0.27.4"), Some("1.18.0"), None, None],
            ),
            (
                36,
                [Some("v3.32.2"), Some("v0.27.4"), Some("1.19.6"), None, None],
            ),
        ] {
            let found = [Calico, Flannel, Cilium, Weave, No].map(|it| release(it, minor));
            assert_eq!(found, expected, "1.{minor}");
        }
    }

    #[test]
    fn leave_no_gap_and_do_not_overlap() {
        for plugin in PodNetwork::ALL {
            let mut own: Vec<_> = RELEASES.iter().filter(|it| it.plugin == plugin).collect();
            own.sort_by_key(|release| release.first);
            for pair in own.windows(2) {
                assert_eq!(pair[0].last + 1, pair[1].first, "{plugin}");
            }
        }
    }

    #[test]
    fn every_version_has_one() {
        for minor in 10..=40 {
            let version = format!("1.{minor}").parse().unwrap();
            assert!(PodNetwork::known_for(version).count() > 0, "1.{minor}");
        }
    }
}
