//! What changes are called.

use super::{Change, Changed};
use crate::render::step::Reached;

impl Changed<'_> {
    pub(super) fn hosts(&self) -> String {
        let names: Vec<_> = self.running.iter().map(|host| host.name.as_str()).collect();
        names.join(", ")
    }

    /// The hosts whose certificates come with a step of this change.
    pub(super) fn certified(&self, change: &Change) -> Vec<String> {
        match change {
            Change::Added(name, _) => vec![name.clone()],
            Change::Moved(members) => members.iter().map(|(name, _)| name.clone()).collect(),
            Change::Peers(..) => {
                let names = self.running.iter().map(|host: &Reached| host.name.clone());
                names.collect()
            }
            Change::Removed(_)
            | Change::Version(..)
            | Change::Data(..)
            | Change::User(_)
            | Change::Clients(_)
            | Change::Start => Vec::new(),
        }
    }
}

impl Change {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Added(name, _) => format!("the new member {name}"),
            Self::Removed(names) => format!("the removed {}", names.join(", ")),
            Self::Moved(members) => {
                let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
                format!("the new address of {}", names.join(", "))
            }
            Self::Version(_, is) => format!("etcd {is}"),
            Self::Peers(_, is) => format!("peers: {is}"),
            Self::Data(_, is) => format!("dataDir: {is}"),
            Self::User(user) => format!("user: {user}"),
            Self::Clients(names) => format!("the address for clients of {}", names.join(", ")),
            Self::Start => "what is read at the first start".to_owned(),
        }
    }
}
