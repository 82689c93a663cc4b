//! kubeadm's own configuration, read as kubeadm reads it.
//!
//! ```text
//! bytes --yaml--> trees --documents, schema--> checked documents --facts, etcd,
//! local_host, hosts--> ClusterFile
//! ```

mod carried;
mod documents;
mod draft;
mod etcd;
mod facts;
mod hosts;
mod local_host;
mod note;
mod schema;
mod setup;
mod value;
mod write;

use std::net::IpAddr;

use zeroize::Zeroizing;

pub use carried::KubeadmDocuments;
pub(crate) use etcd::{endpoint_host, endpoint_port};
pub use note::{ClusterNote, ClusterRemark};
pub(crate) use write::{
    EtcdConnection, KubeadmText, KubeadmWriteError, KubeadmWriter, both_addresses,
    control_planes_join, has_both_families,
};

use self::documents::Documents;
use self::local_host::LocalHost;
use crate::cluster::{Cluster, Etcd};
use crate::document::DocumentError;
use crate::name::{HostName, SubjectAltName};
use crate::setup::SetupDescription;
use crate::yaml;

/// What a file of kubeadm's configuration says about a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterFile {
    /// The cluster. Its hosts are those of our document of the kind `Hosts`,
    /// else the file's own host if its name and address are there, else none.
    pub cluster: Cluster,
    /// kubeadm's `certificatesDir`, an absolute path on the hosts.
    pub certificates_dir: Option<String>,
    /// The name of the host that the file is written for.
    pub local_host_name: Option<HostName>,
    /// The address of that host.
    pub local_address: Option<IpAddr>,
    /// The port of its API server, where the file names one.
    pub local_bind_port: Option<u16>,
    /// What our document of the kind `Setup` says, and our list of hosts about
    /// their part in it; `None` if neither says anything.
    pub setup: Option<SetupDescription>,
    /// kubeadm's documents as they were written.
    pub documents: KubeadmDocuments,
    /// What there is to say about the file, in the order it came up.
    pub notes: Vec<ClusterNote>,
}

impl ClusterFile {
    /// The text of a cluster file, with comments, that says all this: in the
    /// version of kubeadm's configuration that the cluster's kubeadm reads best.
    /// Key algorithms and validity are left to kubeadm's defaults.
    #[must_use]
    pub fn draft(cluster: &Cluster, setup: &SetupDescription) -> Zeroizing<String> {
        Zeroizing::new(draft::write(cluster, setup))
    }

    /// The JSON Schema of our documents: of every document of a cluster file,
    /// where others than ours pass, or of one kind, `Hosts` or `Setup`.
    #[must_use]
    pub fn json_schema(kind: Option<OwnKind>) -> String {
        schema::json_schema(kind.map(OwnKind::word))
    }

    /// The fields of kubeadm's configuration whose values are read, wherever they
    /// stand: what a view of one that stays on its host has to show.
    #[must_use]
    pub fn read_fields() -> Vec<&'static str> {
        schema::read_fields().into_iter().collect()
    }

    /// Reads one or several YAML documents (JSON is YAML): kubeadm's of one
    /// `apiVersion` from `v1alpha1` to `v1beta4`, and ours (`apiVersion:
    /// kpki.dev/v1alpha1`, `kind: Hosts` and `kind: Setup`), which kubeadm ignores.
    /// What no certificate depends on is accepted and not looked at.
    ///
    /// # Errors
    /// [`DocumentError`] with the place, the path and what to write instead;
    /// what kubeadm refuses about names and addresses is refused here too.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let documents = Documents::sort(yaml::parse(bytes)?)?;
        let mut notes = Vec::new();
        let mut certificates_dir = None;
        let mut cluster = Cluster::new(Vec::new());
        if let Some(version) = documents.api_version {
            let document = documents.kubeadm(version.cluster);
            cluster = facts::read(document.as_ref(), version, &mut notes)?;
            if let Some(path) = document.and_then(|document| document.at("certificatesDir")) {
                etcd::absolute_path(&path)?;
                certificates_dir = Some(path.text().to_owned());
            }
        }
        let local = LocalHost::read(&documents, &mut notes)?;
        let hosts = documents.own("Hosts");
        cluster.hosts = hosts::read(hosts.as_ref(), &local, &cluster.etcd, &mut notes)?;
        let setup = setup::read(documents.own("Setup").as_ref(), hosts.as_ref())?;
        if let (Etcd::External(external), Some(setup)) = (&mut cluster.etcd, &setup) {
            external.peers = setup.etcd_peers();
        }
        if let Some(virtual_ip) = setup.as_ref().and_then(|it| it.load_balancer.virtual_ip) {
            add_virtual_ip(&mut cluster, virtual_ip.address());
        }
        Ok(Self {
            cluster,
            certificates_dir,
            local_host_name: local.name,
            local_address: local.address,
            local_bind_port: local.bind_port,
            setup,
            documents: KubeadmDocuments::new(documents.carried),
            notes,
        })
    }
}

/// Clients may come by the address though the endpoint is a name.
fn add_virtual_ip(cluster: &mut Cluster, address: IpAddr) {
    let name = SubjectAltName::Ip(address);
    let endpoint = cluster.control_plane_endpoint.iter().map(|it| it.host());
    if !endpoint
        .chain(&cluster.apiserver_cert_sans)
        .any(|known| *known == name)
    {
        cluster.apiserver_cert_sans.push(name);
    }
}

/// A kind of our own documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnKind {
    /// The list of hosts.
    Hosts,
    /// What a set-up needs besides certificates.
    Setup,
}

impl OwnKind {
    /// What `kind` says.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hosts => "Hosts",
            Self::Setup => "Setup",
        }
    }
}

#[cfg(test)]
mod tests;
