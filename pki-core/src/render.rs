//! The files of a set-up, from one description: what lies on each host besides
//! certificates, and the runbook for whoever sets the cluster up.
//!
//! ```text
//! Cluster, Setup, KubeadmDocuments -> RenderInput
//!   -> render                         pure: the same input, the same texts
//!   -> Rendering                      paths, kinds, contents; the caller writes them
//! ```
//!
//! What is YAML is written from trees; everything else is a template in
//! `render/templates`, in which each value is written as the program that reads
//! the file wants it.

mod changes;
mod cluster_change;
mod control_plane;
mod error;
mod etcd;
mod etcd_change;
mod etcd_flags;
mod format;
mod haproxy;
mod host_change;
mod keepalived;
mod kube_vip;
mod kubeadm;
mod member;
mod note;
mod rendering;
mod runbook;
mod stage;
mod step;
mod template;

pub use changes::{changes, changes_etcd, is_changes_file};
pub use cluster_change::another_configuration;
pub use error::RenderError;
pub use etcd_change::{EtcdChange, EtcdFiles, EtcdRefusal, EtcdTexts};
pub use host_change::{HostChanges, RenderedNode, there};
pub use kube_vip::kube_vip_after_init;
pub use note::RenderNote;
pub use rendering::{Activation, RenderPlace, RenderedFile, RenderedKind, Rendering};
pub use stage::{Stage, StagedSteps};
pub use step::{Reached, Step};

use crate::catalog::EtcdNaming;
use crate::cluster::Cluster;
use crate::copy::ClusterId;
use crate::kubeadm::KubeadmDocuments;
use crate::setup::{HostPath, LoadBalancer, Setup};

/// What files are rendered from.
#[derive(Debug, Clone, Copy)]
pub struct RenderInput<'a> {
    /// The cluster and its hosts.
    pub cluster: &'a Cluster,
    /// Everything that is decided besides.
    pub setup: &'a Setup,
    /// kubeadm's documents as somebody wrote them; what kpki does not know in
    /// them is carried over.
    pub documents: &'a KubeadmDocuments,
    /// How the files of an external etcd are called.
    pub naming: &'a EtcdNaming,
    /// The certificates directory on the hosts.
    pub cert_dir: &'a HostPath,
    /// The pins of the cluster's CAs, once there are any.
    pub ca_hashes: &'a [ClusterId],
    /// The file of the description, as it is reached from where RUNBOOK.md lies.
    pub description: Option<&'a str>,
}

/// Renders every file of every host.
///
/// # Errors
/// [`RenderError`] if a file cannot hold what it would have to, or the
/// description has no answer to what a file needs.
pub fn render(input: &RenderInput<'_>) -> Result<Rendering, RenderError> {
    let mut rendering = Rendering::default();
    let members = member::members(input, &mut rendering)?;
    etcd::render(input, &members, &mut rendering)?;
    match &input.setup.load_balancer {
        LoadBalancer::Keepalived(keepalived) => {
            keepalived::render(input, keepalived, None, &mut rendering)?;
        }
        LoadBalancer::KeepalivedHaproxy { keepalived, port } => {
            keepalived::render(input, keepalived, Some(*port), &mut rendering)?;
            haproxy::render(input, *port, &mut rendering)?;
        }
        LoadBalancer::KubeVip {
            virtual_ip,
            interfaces,
        } => kube_vip::render(input, *virtual_ip, interfaces, &mut rendering)?,
        LoadBalancer::None | LoadBalancer::External => {}
    }
    kubeadm::render(input, &members, &mut rendering)?;
    runbook::render(input, &members, &mut rendering)?;
    rendering.sort();
    Ok(rendering)
}

#[cfg(test)]
mod tests;
