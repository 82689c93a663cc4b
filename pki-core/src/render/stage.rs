//! The order of what is done on a cluster that runs: this is the one list of it, and
//! docs/render.md says the same.

use super::step::Step;

/// A part of a change. Each needs those above it, or is worse before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// They would hold the virtual IP, too.
    Departed,
    /// Nothing else reaches these hosts before they have their address. Members of
    /// etcd move with it.
    Moved,
    /// Two of them would hold one virtual IP.
    Retired,
    /// Right behind, for in between nobody reaches the API servers: kubeconfigs that
    /// name what is in front come later, and so does whatever asks with them.
    Fronts,
    /// Whoever is started again finds them.
    Certificates,
    /// The API servers are to find its members.
    Etcd,
    /// Their certificates came with etcd's.
    MovedMembers,
    /// Here a virtual IP that changed is up.
    Services,
    /// The API servers show the names that the next stages connect to.
    Restarts,
    /// Whoever joins is told the shared address by the cluster.
    Endpoint,
    /// It stood in front as long as somebody knew its address.
    NotAskedAnyMore,
    /// By `kubeadm upgrade`, before newer hosts join.
    Upgrade,
    /// For the new kubeadm, which may write another version of it.
    Configuration,
    /// `kubectl` and `kubeadm token` ask the shared address for them.
    Left,
    /// kubeadm lets nobody join whom the cluster has no shared address for.
    Joined,
    /// Its members were removed before.
    EtcdEnd,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 16] = [
        Self::Departed,
        Self::Moved,
        Self::Retired,
        Self::Fronts,
        Self::Certificates,
        Self::Etcd,
        Self::MovedMembers,
        Self::Services,
        Self::Restarts,
        Self::Endpoint,
        Self::NotAskedAnyMore,
        Self::Upgrade,
        Self::Configuration,
        Self::Left,
        Self::Joined,
        Self::EtcdEnd,
    ];

    /// What is done in it, for people.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Departed => "keepalived, haproxy and kube-vip end on hosts that left",
            Self::Moved => {
                "hosts of the control plane beside an external etcd get their new address"
            }
            Self::Retired => "a front end ends that another one takes the place of",
            Self::Fronts => "a new front end starts",
            Self::Certificates => "certificates and kubeconfigs come to their hosts",
            Self::Etcd => "etcd changes",
            Self::MovedMembers => "members of etcd that moved have their API servers know it",
            Self::Services => "keepalived, haproxy and kube-vip take their new files",
            Self::Restarts => "what read replaced certificates and kubeconfigs is restarted",
            Self::Endpoint => "the cluster and its kubelets learn another shared address",
            Self::NotAskedAnyMore => "a front end ends that nothing takes the place of",
            Self::Upgrade => "Kubernetes is upgraded",
            Self::Configuration => "the cluster keeps the new configuration of kubeadm",
            Self::Left => "hosts leave, and those that have to join again do so",
            Self::Joined => "new hosts join",
            Self::EtcdEnd => "an etcd ends whose members were removed",
        }
    }
}

/// Steps of a change, as they come up.
#[derive(Debug, Default)]
pub struct StagedSteps(Vec<(Stage, Step)>);

impl StagedSteps {
    /// Adds steps behind those of the same stage.
    pub fn add(&mut self, stage: Stage, steps: impl IntoIterator<Item = Step>) {
        self.0.extend(steps.into_iter().map(|step| (stage, step)));
    }

    /// Adds the steps of another list.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Stage by stage.
    #[must_use]
    pub fn in_order(self) -> Vec<Step> {
        let mut steps = self.0;
        steps.sort_by_key(|(stage, _)| *stage);
        steps.into_iter().map(|(_, step)| step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_stage_by_stage() {
        let mut steps = StagedSteps::default();
        steps.add(Stage::Joined, [Step::say("c")]);
        steps.add(Stage::Etcd, [Step::say("a"), Step::say("b")]);
        let words: Vec<_> = steps.in_order().into_iter().map(|step| step.what).collect();
        assert_eq!(words, ["a", "b", "c"]);
        assert!(Stage::ALL.is_sorted());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads the guide")]
    fn the_guide_has_the_same_order() {
        let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/render.md");
        let guide = std::fs::read_to_string(guide).unwrap();
        let list: Vec<_> = (1..)
            .zip(Stage::ALL)
            .map(|(number, stage)| format!("{number}. {}\n", stage.what()))
            .collect();
        assert!(guide.contains(&list.concat()), "{}", list.concat());
    }
}
