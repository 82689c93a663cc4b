//! What kubeadm's configuration of a host says that has to fit other hosts.

use super::{FILES, describes_cluster, etcd, join, pin_nodes, pins, read};
use crate::copy::ClusterId;
use crate::verify::command::FileLine;
use crate::verify::tree::Tree;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct KubeadmFacts {
    /// What makes a cluster, and its file.
    pub(in super::super) cluster: Option<(ClusterTerms, &'static str)>,
    /// Where a host that joins looks for the cluster, and its file.
    pub(in super::super) join: Option<(Vec<String>, &'static str)>,
    /// The line of the first of these servers.
    pub(in super::super) join_line: Option<FileLine>,
    /// The CAs that it knows the cluster by, and its file.
    pub(in super::super) pins: Option<(Vec<ClusterId>, &'static str)>,
    /// The only pin as it is written, and its line.
    pub(in super::super) pin_line: Option<(String, FileLine)>,
}

/// The same on all hosts that make one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct ClusterTerms {
    /// Sorted; `None` for one in kubeadm's pods.
    pub(in super::super) etcd: Option<Vec<String>>,
    pub(in super::super) service_subnet: String,
    pub(in super::super) pod_subnet: String,
}

impl KubeadmFacts {
    pub(in super::super) fn of(tree: &Tree) -> Self {
        let join = join::told(tree);
        let line = join.as_ref().map(|it| (it.1, it.2));
        let mut facts = Self {
            join_line: line.and_then(|(path, line)| FileLine::of(tree, path, line)),
            join: join.map(|(servers, path, _)| (servers, path)),
            ..Self::default()
        };
        for path in FILES {
            let Some((file, parsed)) = read(tree, path) else {
                continue;
            };
            let documents = file.text().and_then(|text| text.documents());
            let documents = documents.unwrap_or_default();
            let found: Vec<ClusterId> = documents
                .iter()
                .flat_map(pins)
                .map(|(_, pin)| pin)
                .collect();
            if facts.pins.is_none() && !found.is_empty() {
                let nodes: Vec<_> = documents.iter().flat_map(pin_nodes).collect();
                if let [only] = nodes[..] {
                    let line = FileLine::of(tree, path, only.position.line);
                    facts.pin_line = only.text().map(ToOwned::to_owned).zip(line);
                }
                facts.pins = Some((found, path));
            }
            let Some(parsed) = parsed.ok().filter(|_| describes_cluster(documents)) else {
                continue;
            };
            let endpoints = etcd::endpoints(&parsed).map(|endpoints| {
                let mut endpoints = endpoints.to_vec();
                endpoints.sort_unstable();
                endpoints
            });
            let pods = parsed.cluster.pod_subnet.as_ref();
            let terms = ClusterTerms {
                etcd: endpoints,
                service_subnet: parsed.cluster.service_subnet.to_string(),
                pod_subnet: pods.map(ToString::to_string).unwrap_or_default(),
            };
            facts.cluster.get_or_insert((terms, path));
        }
        facts
    }
}
