//! What the kubeconfigs say of the cluster: its CA and its server.

use super::{path, quoted, restart_all};
use crate::catalog::CatalogEntry;
use crate::verify::Examined;
use crate::verify::fix::Fix;

/// The cluster of a kubeconfig's current context.
#[derive(Clone, Copy)]
pub(in crate::verify) struct KubeconfigCluster<'a> {
    pub(in crate::verify) entry: &'static CatalogEntry,
    pub(in crate::verify) file: &'a str,
    pub(in crate::verify) name: &'a str,
}

/// Puts the CA into kubeconfigs, and nothing else: their users stay who they are.
pub(in crate::verify) fn embed_authority(
    examined: &Examined<'_>,
    authority: &str,
    clusters: &[KubeconfigCluster<'_>],
) -> Fix {
    let authority = path(examined.tree, authority);
    let flags = format!("--certificate-authority={authority} --embed-certs=true");
    set_cluster(examined, clusters, &flags)
}

/// Sets something of the cluster in each of these kubeconfigs.
pub(in crate::verify) fn set_cluster(
    examined: &Examined<'_>,
    clusters: &[KubeconfigCluster<'_>],
    flags: &str,
) -> Fix {
    let commands = clusters.iter().map(|cluster| {
        format!(
            "kubectl config --kubeconfig {} set-cluster {flags} -- {}",
            path(examined.tree, cluster.file),
            quoted(cluster.name)
        )
    });
    let entries: Vec<_> = clusters.iter().map(|cluster| cluster.entry).collect();
    let fix = commands.fold(Fix::default(), Fix::and_run);
    fix.and(restart_all(examined, &entries))
}
