//! The documents of a file, sorted by what they are.

use super::carried::KubeadmDocument;
use super::schema::{API_VERSIONS, ApiVersion, Kind, OWN_API_VERSION, OWN_KINDS};
use super::value::{Value, meant};
use crate::document::DocumentError;
use crate::name::Quoted;
use crate::yaml::{Content, Node};

/// The documents that certificates depend on, checked against their fields.
pub(super) struct Documents {
    /// The version of kubeadm's configuration; `None` if only ours is there.
    pub(super) api_version: Option<&'static ApiVersion>,
    /// kubeadm's documents, in the order of the file.
    pub(super) kubeadm: Vec<(&'static Kind, Node)>,
    /// The same and what kubeadm hands on, as they were written.
    pub(super) carried: Vec<KubeadmDocument>,
    /// Ours.
    own: Vec<(&'static Kind, Node)>,
}

impl Documents {
    /// Sorts documents by `apiVersion` and `kind`.
    pub(super) fn sort(nodes: Vec<Node>) -> Result<Self, DocumentError> {
        let mut sorted = Self {
            api_version: None,
            kubeadm: Vec::new(),
            carried: Vec::new(),
            own: Vec::new(),
        };
        let mut seen: Vec<String> = Vec::new();
        for node in nodes {
            let document = Value::document(&node);
            if !matches!(node.content, Content::Map(_)) {
                return Err(document.error(
                    format!("a document is a map of fields, and this is {}", node.kind()),
                    None,
                ));
            }
            let api_version = header(&document, "apiVersion")?;
            let kind = header(&document, "kind")?;
            let identity = format!("{}/{}", group(api_version.text()), kind.text());
            if seen.contains(&identity) {
                return Err(kind.error(
                    format!(
                        "there are two documents of the kind {}",
                        Quoted(kind.text())
                    ),
                    None,
                ));
            }
            seen.push(identity);
            let known = known(&api_version, &kind)?;
            if !matches!(known, Known::Own(_)) {
                sorted.carried.push(KubeadmDocument {
                    api_version: api_version.text().to_owned(),
                    kind: kind.text().to_owned(),
                    tree: node.clone(),
                });
            }
            match known {
                Known::Ignored => {}
                Known::Own(kind) => {
                    kind.check(&node, None)?;
                    sorted.own.push((kind, node));
                }
                Known::Kubeadm(version, kind) => {
                    if let Some(first) = sorted.api_version.replace(version)
                        && first.name != version.name
                    {
                        return Err(api_version.error(
                            format!(
                                "{} and {} are mixed in one file",
                                Quoted(first.name),
                                Quoted(version.name)
                            ),
                            Some(format!("kubeadm.k8s.io/{}", first.name)),
                        ));
                    }
                    kind.check(&node, Some(version))?;
                    sorted.kubeadm.push((kind, node));
                }
            }
        }
        if sorted.kubeadm.is_empty() && sorted.own.is_empty() {
            let message = "no document of kubeadm.k8s.io or kpki.dev is in the file";
            return Err(DocumentError::of_whole(message));
        }
        Ok(sorted)
    }

    /// kubeadm's document of this kind.
    pub(super) fn kubeadm(&self, kind: &str) -> Option<Value<'_>> {
        of_kind(&self.kubeadm, kind)
    }

    /// Our document of this kind.
    pub(super) fn own(&self, kind: &str) -> Option<Value<'_>> {
        of_kind(&self.own, kind)
    }
}

fn of_kind<'a>(documents: &'a [(&'static Kind, Node)], kind: &str) -> Option<Value<'a>> {
    let found = documents.iter().find(|(known, _)| known.name == kind);
    found.map(|(_, node)| Value::document(node))
}

enum Known {
    Kubeadm(&'static ApiVersion, &'static Kind),
    Own(&'static Kind),
    Ignored,
}

const KUBEADM_GROUP: &str = "kubeadm.k8s.io";
/// Documents that kubeadm hands on, and no certificate depends on.
const HANDED_ON: [(&str, &str); 2] = [
    ("kubelet.config.k8s.io", "KubeletConfiguration"),
    ("kubeproxy.config.k8s.io", "KubeProxyConfiguration"),
];

fn known(api_version: &Value<'_>, kind: &Value<'_>) -> Result<Known, DocumentError> {
    let name = api_version.text();
    let handed_on = HANDED_ON.iter().find(|(known, _)| *known == group(name));
    if let Some((_, known)) = handed_on {
        return match kind.text() == *known {
            true => Ok(Known::Ignored),
            false => Err(unknown_kind(kind, &[known])),
        };
    }
    if name == OWN_API_VERSION {
        let found = OWN_KINDS.iter().find(|known| known.name == kind.text());
        let names: Vec<_> = OWN_KINDS.iter().map(|known| known.name).collect();
        return found
            .map(Known::Own)
            .ok_or_else(|| unknown_kind(kind, &names));
    }
    let version = name
        .strip_prefix(KUBEADM_GROUP)
        .and_then(|rest| rest.strip_prefix('/'));
    let found = API_VERSIONS
        .into_iter()
        .find(|known| Some(known.name) == version);
    let Some(version) = found else {
        return Err(unknown_api_version(api_version, kind));
    };
    match version.kinds.iter().find(|known| known.name == kind.text()) {
        Some(known) => Ok(Known::Kubeadm(version, known)),
        None => {
            let names: Vec<_> = version.kinds.iter().map(|known| known.name).collect();
            let mut error = unknown_kind(kind, &names);
            let elsewhere = API_VERSIONS
                .into_iter()
                .find(|version| version.kinds.iter().any(|known| known.name == kind.text()));
            if let Some(version) = elsewhere {
                error.suggestion = Some(format!("apiVersion {KUBEADM_GROUP}/{}", version.name));
            }
            Err(error)
        }
    }
}

fn header<'a>(document: &Value<'a>, key: &str) -> Result<Value<'a>, DocumentError> {
    let value = document
        .at(key)
        .ok_or_else(|| document.error(format!("the document has no {key}"), None))?;
    match value.is_text() {
        true => Ok(value),
        false => Err(value.error(format!("{key} is a text"), None)),
    }
}

fn group(api_version: &str) -> &str {
    api_version.split('/').next().unwrap_or(api_version)
}

fn unknown_kind(kind: &Value<'_>, known: &[&str]) -> DocumentError {
    kind.error(
        format!(
            "unknown kind {}: known here are {}",
            Quoted(kind.text()),
            known.join(", ")
        ),
        meant(kind.text(), known.iter().copied()).map(str::to_owned),
    )
}

fn unknown_api_version(api_version: &Value<'_>, kind: &Value<'_>) -> DocumentError {
    let text = api_version.text();
    let mut known: Vec<_> = API_VERSIONS
        .iter()
        .map(|version| format!("{KUBEADM_GROUP}/{}", version.name))
        .collect();
    known.push(OWN_API_VERSION.to_owned());
    let suggestion = match (text, kind.text()) {
        // What `kubectl get configmap kubeadm-config -o yaml` prints.
        ("v1", "ConfigMap") => Some("the text under data.ClusterConfiguration alone".to_owned()),
        // A version that is newer than this program.
        _ if text.starts_with("kubeadm.k8s.io/v1beta") => {
            let newest = API_VERSIONS.last();
            newest.map(|version| format!("{KUBEADM_GROUP}/{}", version.name))
        }
        _ => meant(text, known.iter().map(String::as_str)).map(str::to_owned),
    };
    api_version.error(
        format!(
            "unknown apiVersion {}: known are {}",
            Quoted(text),
            known.join(", ")
        ),
        suggestion,
    )
}
