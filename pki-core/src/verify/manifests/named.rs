//! Which files of the tree the flags name, whatever the flags are for.

use std::collections::BTreeSet;

use super::Manifests;
use crate::static_pod::StaticPod;

/// Flags with a file of settings, in which further files are named.
const SETTINGS: [&str; 8] = [
    "admission-control-config-file",
    "audit-webhook-config-file",
    "authentication-token-webhook-config-file",
    "authorization-config",
    "authorization-webhook-config-file",
    "config",
    "config-file",
    "egress-selector-config-file",
];

impl Manifests {
    /// Whether a flag of any pod names this file of the tree.
    pub(in crate::verify) fn name(&self, path: &str) -> bool {
        self.named.contains(path)
    }

    /// A flag of any pod with a file of settings, which may name any file.
    pub(in crate::verify) fn settings(&self) -> Option<&'static str> {
        let has = |flag: &str| self.static_pods().any(|pod| pod.flags.has(flag));
        SETTINGS.into_iter().find(|flag| has(flag))
    }

    pub(super) fn named(&self) -> BTreeSet<String> {
        let values = self.static_pods().flat_map(|pod| pod.flags.values());
        values.filter_map(|value| self.path_of(value)).collect()
    }

    fn static_pods(&self) -> impl Iterator<Item = &StaticPod> {
        self.pods.iter().map(|(_, pod)| pod)
    }
}
