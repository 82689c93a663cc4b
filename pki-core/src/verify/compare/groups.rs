//! Hosts that have the same, and which of them are the odd ones.

/// Hosts by what they have, the largest group first; equal ones as they came.
pub(super) struct Groups<V>(Vec<Group<V>>);

/// What hosts have, and which hosts.
pub(super) type Group<V> = (V, Vec<usize>);

impl<V: Ord> Groups<V> {
    pub(super) fn of(values: impl IntoIterator<Item = (usize, V)>) -> Self {
        let mut sorted = std::collections::BTreeMap::<V, Vec<usize>>::new();
        for (host, value) in values {
            sorted.entry(value).or_default().push(host);
        }
        let mut groups: Vec<_> = sorted.into_iter().collect();
        groups.sort_by_key(|(_, hosts)| (std::cmp::Reverse(hosts.len()), hosts.first().copied()));
        Self(groups)
    }

    pub(super) fn all(&self) -> &[Group<V>] {
        &self.0
    }

    pub(super) fn are_equal(&self) -> bool {
        self.0.len() < 2
    }

    /// Every host in its order.
    pub(super) fn hosts(&self) -> Vec<usize> {
        let mut hosts: Vec<_> = self.0.iter().flat_map(|(_, hosts)| hosts.clone()).collect();
        hosts.sort_unstable();
        hosts
    }

    /// The hosts that have not what more than half of them have; all where no such
    /// half is.
    pub(super) fn odd(&self) -> Vec<usize> {
        match self.majority() {
            Some((_, others)) => others.iter().flat_map(|(_, hosts)| hosts.clone()).collect(),
            None => self.hosts(),
        }
    }

    /// The group that more than half of the hosts are in, and the others.
    pub(super) fn majority(&self) -> Option<(&Group<V>, &[Group<V>])> {
        let (first, others) = self.0.split_first()?;
        let others_count: usize = others.iter().map(|(_, hosts)| hosts.len()).sum();
        (first.1.len() > others_count).then_some((first, others))
    }
}
