//! What an etcd that may run cannot become, said before anything is written.

use pki_core::render::{EtcdChange, EtcdRefusal, RenderedKind, changes_etcd};
use pki_core::{Cluster, ClusterFile, Etcd, shell};

use super::changes_file::Found;
use super::files::RenderedItem;
use super::leftover::Leftover;
use crate::failure::Failure;
use crate::store::Root;

/// Everything that refuses, in the order in which it counts.
pub(super) fn refused(
    cluster: &Cluster,
    items: &[RenderedItem],
    leftovers: &[Leftover],
    change: Result<EtcdChange, EtcdRefusal>,
    changes: &Found,
) -> Result<EtcdChange, EtcdRefusal> {
    let is_stacked = matches!(cluster.etcd, Etcd::Stacked { .. });
    if is_stacked && leftovers.iter().any(Leftover::is_etcds) {
        return Err(EtcdRefusal::ToStacked);
    }
    if !is_stacked && items.iter().any(was_stacked) {
        return Err(EtcdRefusal::ToExternal);
    }
    let change = change?;
    match changes {
        Found::Text(text) if change.is_another && changes_etcd(text) => {
            Err(EtcdRefusal::Unfinished)
        }
        _ => Ok(change),
    }
}

/// kubeadm's configuration, as it was rendered before.
fn was_stacked(item: &RenderedItem) -> bool {
    let before = (item.kind == RenderedKind::KubeadmInit).then(|| item.before());
    let file = before.flatten().map(ClusterFile::parse);
    file.is_some_and(|file| {
        file.is_ok_and(|file| matches!(file.cluster.etcd, Etcd::Stacked { .. }))
    })
}

/// With the way out of whoever has set nothing up yet: what is not there is not
/// compared.
pub(super) fn failure(refusal: &EtcdRefusal, root: &Root) -> Failure {
    let root = shell::path(root.path().as_os_str().as_encoded_bytes());
    let [environment, unit, init, changes] = [
        RenderedKind::EtcdEnvironment,
        RenderedKind::EtcdUnit,
        RenderedKind::KubeadmInit,
        RenderedKind::Changes,
    ]
    .map(RenderedKind::path);
    let files = format!("{root}/*/{environment} {root}/*/{unit}");
    let way_out = match refusal {
        EtcdRefusal::ToExternal => format!(
            "if no host was set up with these files yet, run this again after: rm {root}/*/{init}"
        ),
        EtcdRefusal::Unfinished => format!(
            "if no host was set up with these files yet, or etcd runs there as the description says by now, run this again after: rm {files} {root}/{changes}"
        ),
        _ => {
            format!("if no host was set up with these files yet, run this again after: rm {files}")
        }
    };
    Failure::new(refusal.to_string()).hint(format!("{}; {way_out}", refusal.advice()))
}
