//! kubeadm's configuration: for init on the first host, for the others.

use super::etcd_flags::file;
use super::member::Member;
use super::note::RenderNote;
use super::{RenderError, RenderInput, RenderPlace, RenderedKind, Rendering};
use crate::catalog::{CatalogEntry, FileRole};
use crate::cluster::{Etcd, EtcdClientFiles};
use crate::kubeadm::{
    EtcdConnection, KubeadmText, KubeadmWriter, both_addresses, control_planes_join,
    has_both_families,
};
use crate::name::SubjectAltName;

/// The files of every host of the control plane and of every worker.
pub(super) fn render(
    input: &RenderInput<'_>,
    members: &[Member<'_>],
    rendering: &mut Rendering,
) -> Result<(), RenderError> {
    let etcd = connection(input, members)?;
    let cert_sans = cert_sans(input, rendering);
    let writer = KubeadmWriter {
        cluster: input.cluster,
        documents: input.documents,
        certificates_dir: input.cert_dir.as_str(),
        cert_sans: &cert_sans,
        etcd: etcd.as_ref(),
        ca_hashes: input.ca_hashes,
    };
    let (version, fields) = writer.api_version()?;
    if !fields.is_empty() {
        rendering.note(RenderNote::OlderVersion { version, fields });
    }
    if has_both_families(input.cluster) {
        let nodes = input.cluster.hosts.iter();
        let nodes = nodes.filter(|host| host.roles.control_plane || !host.roles.etcd);
        let lacking = nodes.filter(|host| both_addresses(input.cluster, host).is_none());
        let lacking: Vec<_> = lacking.map(|host| host.name.clone()).collect();
        if !lacking.is_empty() {
            rendering.note(RenderNote::OneFamily(lacking));
        }
    }
    let first = input.control_plane().map(|(index, _)| index).next();
    for (index, host) in input.cluster.hosts.iter().enumerate() {
        let is_worker = !host.roles.control_plane && !host.roles.etcd;
        let place = RenderPlace::Host(index);
        let inits = Some(index) == first || !control_planes_join(input.cluster.kubernetes_version);
        let (kind, written) = match (host.roles.control_plane, is_worker) {
            (true, _) if inits => (RenderedKind::KubeadmInit, writer.init(host)?),
            (true, _) | (_, true) => {
                if input.ca_hashes.is_empty() {
                    rendering.note(RenderNote::NoCaHash);
                }
                (RenderedKind::KubeadmJoin, writer.join(host)?)
            }
            // A member of etcd alone is no node.
            _ => continue,
        };
        let KubeadmText { text, is_secret } = written;
        let text = format!("# Rendered by kpki from the description of the cluster.\n{text}");
        match is_secret {
            true => rendering.add_secret(place, kind, text),
            false => rendering.add(place, kind, text),
        }
    }
    Ok(())
}

/// Further names that the API servers' certificates have on every host: kubeadm
/// refuses to join one whose certificate lacks a name in its configuration.
fn cert_sans(input: &RenderInput<'_>, rendering: &mut Rendering) -> Vec<SubjectAltName> {
    let cluster = input.cluster;
    let row = CatalogEntry::find("apiserver");
    let of_hosts: Vec<_> = input
        .control_plane()
        .filter_map(|(_, host)| row.map(|row| row.subject_alt_names(cluster, host)))
        .collect();
    let virtual_ip = input.setup.load_balancer.virtual_ip();
    let endpoint = cluster.control_plane_endpoint.as_ref();
    let mut wanted: Vec<SubjectAltName> = Vec::new();
    wanted.extend(endpoint.map(|endpoint| endpoint.host().clone()));
    wanted.extend(virtual_ip.map(SubjectAltName::Ip));
    wanted.extend(cluster.apiserver_cert_sans.iter().cloned());
    let mut names: Vec<SubjectAltName> = Vec::new();
    for name in wanted {
        let is_everywhere = of_hosts.iter().all(|names| names.contains(&name));
        match is_everywhere {
            true if !names.contains(&name) => names.push(name),
            true => {}
            false => {
                if let (SubjectAltName::Ip(address), Some(_)) = (&name, virtual_ip) {
                    rendering.note(RenderNote::VirtualIpNotNamed(*address));
                }
            }
        }
    }
    names
}

/// How the API servers reach an external etcd: the user's words where there
/// are any, else the members and files of the catalog.
fn connection(
    input: &RenderInput<'_>,
    members: &[Member<'_>],
) -> Result<Option<EtcdConnection>, RenderError> {
    let Etcd::External(external) = &input.cluster.etcd else {
        return Ok(None);
    };
    let endpoints: Vec<_> = match external.endpoints.is_empty() {
        true => members.iter().map(Member::client_url).collect(),
        false => external.endpoints.clone(),
    };
    if endpoints.is_empty() {
        return Err(RenderError::NoEndpoints);
    }
    let files = match &external.client_files {
        Some(files) => files.clone(),
        None => EtcdClientFiles {
            ca_file: file(input, "etcd/ca", FileRole::Certificate)?,
            cert_file: file(input, "apiserver-etcd-client", FileRole::Certificate)?,
            key_file: file(input, "apiserver-etcd-client", FileRole::PrivateKey)?,
        },
    };
    Ok(Some(EtcdConnection { endpoints, files }))
}
