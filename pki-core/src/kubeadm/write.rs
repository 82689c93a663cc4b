//! kubeadm's configuration as it is written for each host: the user's own
//! documents, with what is decided about the cluster and the host over them.

mod another_host;
mod base;
mod cluster;
mod error;
mod join;
mod node;

pub(crate) use error::KubeadmWriteError;
pub(crate) use node::{both_addresses, has_both_families};

use self::base::Base;
use super::KubeadmDocuments;
use super::schema::{API_VERSIONS, ApiVersion};
use crate::cluster::{Cluster, EtcdClientFiles, Host, KubernetesVersion};
use crate::copy::ClusterId;
use crate::name::SubjectAltName;
use crate::yaml::{self, Value};

/// What is decided, and what the user wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KubeadmWriter<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) documents: &'a KubeadmDocuments,
    pub(crate) certificates_dir: &'a str,
    /// Further names of the API servers, as they stand in every certificate.
    pub(crate) cert_sans: &'a [SubjectAltName],
    /// The connection to an external etcd.
    pub(crate) etcd: Option<&'a EtcdConnection>,
    pub(crate) ca_hashes: &'a [ClusterId],
}

/// How the API servers reach an external etcd.
#[derive(Debug, Clone)]
pub(crate) struct EtcdConnection {
    pub(crate) endpoints: Vec<String>,
    pub(crate) files: EtcdClientFiles,
}

/// A file for kubeadm.
#[derive(Debug)]
pub(crate) struct KubeadmText {
    pub(crate) text: String,
    /// Whether a token or a certificate key of the user's is in it.
    pub(crate) is_secret: bool,
}

/// In the place of a bootstrap token, which lives a day: kubeadm refuses it.
pub(crate) const TOKEN: &str = "TOKEN";
/// In the place of the pin of a CA that does not exist yet: kubeadm refuses it.
pub(crate) const CA_HASH: &str = "CA-HASH";

/// Whether further hosts of the control plane join, each with a member of a
/// stacked etcd of its own, rather than run `kubeadm init`: since 1.13, with the
/// files in place (kubernetes#69486, kubeadm#1251).
pub(crate) fn control_planes_join(version: KubernetesVersion) -> bool {
    version.is_at_least(13)
}

impl<'a> KubeadmWriter<'a> {
    /// The version that the files are written in, and fields of the user's
    /// that kept it from being the newest.
    pub(crate) fn api_version(&self) -> Result<(&'static str, Vec<String>), KubeadmWriteError> {
        let base = Base::of(self)?;
        Ok((base.version.name, base.kept_for))
    }

    /// What `kubeadm init` reads on a host.
    pub(crate) fn init(&self, host: &Host) -> Result<KubeadmText, KubeadmWriteError> {
        let base = Base::of(self)?;
        let version = base.version;
        let mut cluster = base.document(version.cluster)?;
        cluster::set(self, version, &mut cluster)?;
        let mut documents = Vec::new();
        match version.init == version.cluster {
            true => node::set_init(version, self.cluster, host, &mut cluster),
            false => {
                let mut init = base.document(version.init)?;
                node::set_init(version, self.cluster, host, &mut init);
                documents.push(init);
            }
        }
        documents.push(cluster);
        documents.extend(base.handed_on()?);
        finish(&documents)
    }

    /// What `kubeadm join` reads on a host.
    pub(crate) fn join(&self, host: &Host) -> Result<KubeadmText, KubeadmWriteError> {
        let base = Base::of(self)?;
        finish(&[join::document(self, &base, host)?])
    }
}

/// The version of the configuration that kubeadm of this version reads best.
pub(super) fn best(version: KubernetesVersion) -> &'static ApiVersion {
    let mut versions = API_VERSIONS.into_iter().rev();
    let [oldest, ..] = API_VERSIONS;
    let best = versions.find(|known| version.is_at_least(known.first_reader));
    best.unwrap_or(oldest)
}

fn finish(documents: &[Value]) -> Result<KubeadmText, KubeadmWriteError> {
    let text = yaml::write(documents).map_err(|error| KubeadmWriteError::Yaml {
        why: error.to_string(),
    })?;
    Ok(KubeadmText {
        text,
        is_secret: documents.iter().any(has_secret),
    })
}

/// Whether a token or certificate key stands in it that is no word of ours.
fn has_secret(document: &Value) -> bool {
    const SECRETS: [&str; 6] = [
        "token",
        "bootstrapTokens",
        "certificateKey",
        "tlsBootstrapToken",
        "discoveryToken",
        "discoveryFile",
    ];
    match document {
        Value::Map(entries) => entries.iter().any(|(key, value)| {
            let placeholder = *value == Value::text(TOKEN);
            SECRETS.contains(&key.as_str()) && !placeholder || has_secret(value)
        }),
        Value::List(items) => items.iter().any(has_secret),
        Value::Null | Value::Flag(_) | Value::Number(_) | Value::Text(_) => false,
    }
}

#[cfg(test)]
mod tests;
