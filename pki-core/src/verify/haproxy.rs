//! haproxy before the API servers: only its backends are read, and compared with the
//! hosts.

use super::tree::Tree;
use super::{Examined, Record, etcd_unit};
use crate::haproxy::{Backend, backends};

/// Its configuration on a host.
pub(super) const PATH: &str = "/etc/haproxy/haproxy.cfg";

/// Its backends, if they could be read.
pub(super) fn read(tree: &Tree) -> Option<Vec<Backend>> {
    Some(backends(tree.get(PATH)?.bytes()?))
}

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    if let (Some(file), None) = (examined.tree.get(PATH), read(examined.tree)) {
        record.not_checked(PATH, etcd_unit::why_not(&file.content), None);
    }
}
