//! What a cluster that runs has to be told of its own configuration.

use pki_core::render::{HostChanges, RenderPlace, Stage, StagedSteps, another_configuration};
use pki_core::{Cluster, ClusterFile};

use super::files::RenderedFiles;

/// What the cluster keeps of its configuration, and did keep otherwise.
#[derive(Default)]
pub(super) struct ClusterSteps {
    pub(super) steps: StagedSteps,
    /// Whether it gets what kubeadm reads of it.
    pub(super) has_configuration: bool,
    /// Whether it learns another shared address.
    pub(super) has_endpoint: bool,
}

impl ClusterSteps {
    /// Asks as `changes` does; hosts that join are told when they do.
    pub(super) fn new(
        cluster: &Cluster,
        files: &RenderedFiles,
        changes: Option<&HostChanges<'_>>,
        joining: &[String],
    ) -> Self {
        let mut this = Self::default();
        let (Some(changes), Some((before, now))) = (changes, files.kubeadm_init()) else {
            return this;
        };
        let RenderPlace::Host(index) = now.place else {
            return this;
        };
        if let Some(first) = cluster.hosts.get(index)
            && another_configuration(before, now.content())
        {
            this.has_configuration = true;
            this.steps
                .add(Stage::Configuration, [changes.configuration(first)]);
        }
        let was = ClusterFile::parse(before.as_bytes());
        let was = was.map(|file| file.cluster.control_plane_endpoint);
        if was.is_ok_and(|was| was != cluster.control_plane_endpoint)
            && let Some(step) = changes.endpoint(&|_| None, joining)
        {
            this.has_endpoint = true;
            this.steps.add(Stage::Endpoint, [step]);
        }
        this
    }
}
