//! Which instances of several hosts are one virtual router.

use crate::name::Quoted;
use crate::verify::compare::Fleet;
use crate::verify::service_facts::VirtualRouter;

/// An instance on each of several hosts.
#[derive(Debug, Clone)]
pub(super) struct RouterSet {
    /// With their hosts.
    pub(super) routers: Vec<(usize, VirtualRouter)>,
    /// Its name, where the hosts have several.
    name: Option<String>,
}

impl RouterSet {
    /// What a message has behind the thing that differs.
    pub(super) fn of(&self) -> String {
        let name = self.name.as_ref();
        name.map_or_else(String::new, |name| format!(" of {}", Quoted(name)))
    }

    /// Those that fit.
    pub(super) fn only(&self, fits: impl Fn(&VirtualRouter) -> bool) -> Self {
        let mut set = self.clone();
        set.routers.retain(|(_, router)| fits(router));
        set
    }

    fn has_address_of(&self, other: &VirtualRouter) -> bool {
        let mut addresses = self.routers.iter().flat_map(|(_, it)| &it.addresses);
        addresses.any(|address| other.addresses.contains(address))
    }
}

/// Those of one name, and with them the only one of a host, however it is called.
pub(super) fn of(fleet: &Fleet<'_>) -> Vec<RouterSet> {
    let hosts = fleet.hosts.iter().enumerate();
    let hosts: Vec<(usize, &[VirtualRouter])> = hosts
        .map(|(host, report)| (host, report.report.services.routers.as_slice()))
        .filter(|(_, routers)| !routers.is_empty())
        .collect();
    let mut sets: Vec<RouterSet> = Vec::new();
    for router in hosts.iter().flat_map(|(_, routers)| *routers) {
        let is_known = |set: &RouterSet| set.name.as_ref() == Some(&router.name);
        if sets.iter().any(is_known) {
            continue;
        }
        let named = hosts.iter().filter_map(|(host, routers)| {
            let named = routers.iter().find(|it| it.name == router.name);
            Some((*host, named?.clone()))
        });
        let routers: Vec<_> = named.collect();
        if routers.len() > 1 {
            let name = Some(router.name.clone());
            sets.push(RouterSet { routers, name });
        }
    }
    if sets.is_empty() {
        let first = hosts
            .first()
            .and_then(|(host, it)| Some((*host, it.first()?)));
        sets.extend(first.map(|(host, router)| RouterSet {
            routers: vec![(host, router.clone())],
            name: None,
        }));
    }
    for (host, routers) in &hosts {
        let is_in = |set: &RouterSet| set.routers.iter().any(|(it, _)| it == host);
        let ([only], false) = (*routers, sets.iter().any(is_in)) else {
            continue;
        };
        let meant = sets.iter().position(|set| set.has_address_of(only));
        if let Some(set) = sets.get_mut(meant.unwrap_or(0)) {
            set.routers.push((*host, only.clone()));
            set.routers.sort_by_key(|(host, _)| *host);
        }
    }
    sets.retain(|set| set.routers.len() > 1);
    // Of the only one a name says nothing.
    if let [only] = sets.as_mut_slice() {
        only.name = None;
    }
    sets
}
