//! What the user wrote, as far as it can be carried over.

use super::error::KubeadmWriteError;
use super::{KubeadmWriter, best};
use crate::kubeadm::carried::KubeadmDocument;
use crate::kubeadm::schema::{API_VERSIONS, ApiVersion};
use crate::yaml::{Content, Node, Value, is_truth_value, push_key};

/// The user's documents and the version that is written.
pub(super) struct Base<'a> {
    pub(super) version: &'static ApiVersion,
    /// The fields because of which the file's own version stays.
    pub(super) kept_for: Vec<String>,
    documents: Vec<&'a KubeadmDocument>,
    /// Whether kubeadm's own documents are carried over.
    carries: bool,
}

const GROUP: &str = "kubeadm.k8s.io/";

impl<'a> Base<'a> {
    /// Of the version that kubeadm reads best, unless fields would be lost and
    /// kubeadm reads the file's own version as well.
    pub(super) fn of(writer: &KubeadmWriter<'a>) -> Result<Self, KubeadmWriteError> {
        let kubernetes = writer.cluster.kubernetes_version;
        let documents: Vec<_> = writer.documents.iter().collect();
        let mut base = Self {
            version: best(kubernetes),
            kept_for: Vec::new(),
            documents,
            carries: false,
        };
        let Some(from) = base.own_version() else {
            return Ok(base);
        };
        if from.name == base.version.name {
            base.carries = true;
            return Ok(base);
        }
        let lost = base.lost(from);
        if lost.is_empty() {
            return Ok(base);
        }
        match (from.first_reader..=from.last_reader).contains(&kubernetes.minor()) {
            true => Ok(Self {
                version: from,
                kept_for: lost,
                carries: true,
                ..base
            }),
            false => Err(KubeadmWriteError::Lost {
                from: format!("{GROUP}{}", from.name),
                to: base.version.name,
                fields: lost,
            }),
        }
    }

    /// The user's document of a kind, or an empty one.
    pub(super) fn document(&self, kind: &str) -> Result<Value, KubeadmWriteError> {
        let mut document = Value::map([
            (
                "apiVersion",
                Value::text(format!("{GROUP}{}", self.version.name)),
            ),
            ("kind", Value::text(kind)),
        ]);
        if let (Some(own), Value::Map(entries)) = (self.own(kind), &mut document)
            && let Value::Map(carried) = carry(&own.tree, &mut String::new())?
        {
            let header = |key: &str| ["apiVersion", "kind"].contains(&key);
            entries.extend(carried.into_iter().filter(|(key, _)| !header(key)));
        }
        Ok(document)
    }

    /// Whether the user wrote a document of this kind.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.own(kind).is_some()
    }

    fn own(&self, kind: &str) -> Option<&'a KubeadmDocument> {
        let mut own = self.documents.iter().filter(|_| self.carries);
        let of_kubeadm = |own: &&&KubeadmDocument| own.api_version.starts_with(GROUP);
        own.find(|own| of_kubeadm(own) && own.kind == kind).copied()
    }

    /// What kubeadm hands on to kubelets and kube-proxy.
    pub(super) fn handed_on(&self) -> Result<Vec<Value>, KubeadmWriteError> {
        let others = self.documents.iter();
        let others = others.filter(|own| !own.api_version.starts_with(GROUP));
        others
            .map(|own| carry(&own.tree, &mut String::new()))
            .collect()
    }

    fn own_version(&self) -> Option<&'static ApiVersion> {
        let mut names = self.documents.iter();
        let name = names.find_map(|own| own.api_version.strip_prefix(GROUP))?;
        API_VERSIONS.into_iter().find(|known| known.name == name)
    }

    /// The fields that no fact about the cluster or a host is made of.
    fn lost(&self, from: &ApiVersion) -> Vec<String> {
        let facts = facts(from);
        let mut lost = Vec::new();
        let own = self.documents.iter();
        for document in own.filter(|own| own.api_version.starts_with(GROUP)) {
            let mut path = String::new();
            leaves(&document.tree, &mut path, &facts, &mut lost);
        }
        lost
    }
}

/// Where facts stand that are written anew in every version.
fn facts(version: &ApiVersion) -> Vec<String> {
    let mut facts: Vec<String> = [
        "apiVersion",
        "kind",
        "clusterName",
        "kubernetesVersion",
        "certificatesDir",
        "networking.serviceSubnet",
        "networking.podSubnet",
        "networking.dnsDomain",
        version.control_plane_endpoint,
        version.cert_sans,
        version.node_name,
        // They rule certificates that kubeadm would make, and these are made.
        "encryptionAlgorithm",
        "certificateValidityPeriod",
        "caCertificateValidityPeriod",
        // A token of its own for every host that joins.
        "discovery.bootstrapToken",
    ]
    .map(str::to_owned)
    .into();
    let etcd: &[&str] = match version.etcd_is_split {
        true => &[
            "etcd.external",
            "etcd.local.serverCertSANs",
            "etcd.local.peerCertSANs",
        ],
        false => &[
            "etcd.endpoints",
            "etcd.caFile",
            "etcd.certFile",
            "etcd.keyFile",
            "etcd.serverCertSANs",
            "etcd.peerCertSANs",
        ],
    };
    facts.extend(etcd.iter().map(|path| (*path).to_owned()));
    for endpoint in [version.init_endpoint, version.join_endpoint] {
        for field in ["advertiseAddress", "bindPort"] {
            facts.push(match endpoint {
                "" => field.to_owned(),
                endpoint => format!("{endpoint}.{field}"),
            });
        }
    }
    facts
}

/// The paths of values that are no facts.
fn leaves(node: &Node, path: &mut String, facts: &[String], lost: &mut Vec<String>) {
    if facts.contains(path) {
        return;
    }
    match &node.content {
        Content::Null => {}
        Content::Map(entries) => {
            let length = path.len();
            for entry in entries {
                push_key(path, &entry.key);
                leaves(&entry.value, path, facts, lost);
                path.truncate(length);
            }
        }
        Content::Scalar { .. } | Content::List(_) => lost.push(path.clone()),
    }
}

/// A value as kubeadm's YAML 1.1 reads it.
fn carry(node: &Node, path: &mut String) -> Result<Value, KubeadmWriteError> {
    let length = path.len();
    Ok(match &node.content {
        Content::Null => Value::Null,
        Content::Scalar {
            text,
            is_text: true,
        } => Value::text(text),
        Content::Scalar { text, .. } => scalar(text, path)?,
        Content::List(items) => {
            let mut list = Vec::new();
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                list.push(carry(item, path)?);
                path.truncate(length);
            }
            Value::List(list)
        }
        Content::Map(entries) => {
            let mut map = Vec::new();
            for entry in entries {
                push_key(path, &entry.key);
                map.push((entry.key.clone(), carry(&entry.value, path)?));
                path.truncate(length);
            }
            Value::Map(map)
        }
    })
}

fn scalar(text: &str, path: &str) -> Result<Value, KubeadmWriteError> {
    if is_truth_value(text) {
        let lower = text.to_ascii_lowercase();
        let is_true = ["y", "yes", "on", "true"].contains(&lower.as_str());
        return Ok(Value::Flag(is_true));
    }
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => Ok(Value::Number(number)),
        // 012, 1_000, 0x1F, 1e3, 1.20; the version is written anew.
        _ if path == "kubernetesVersion" => Ok(Value::text(text)),
        _ => Err(KubeadmWriteError::Spelling {
            path: path.to_owned(),
            text: text.to_owned(),
        }),
    }
}
