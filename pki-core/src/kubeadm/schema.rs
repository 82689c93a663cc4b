//! Which fields each version of kubeadm's configuration has, and the check of
//! a document against them.

mod hosts;
mod v1alpha;
mod v1beta;

use super::yaml::{Content, Entry, Node, push_key};
use crate::document::{DocumentError, nearest};
use crate::name::Quoted;

pub(super) use hosts::HOSTS;

/// Every version of `kubeadm.k8s.io`, the oldest first.
pub(super) const API_VERSIONS: [&ApiVersion; 7] = [
    &v1alpha::V1ALPHA1,
    &v1alpha::V1ALPHA2,
    &v1alpha::V1ALPHA3,
    &v1beta::V1BETA1,
    &v1beta::V1BETA2,
    &v1beta::V1BETA3,
    &v1beta::V1BETA4,
];

/// A version of kubeadm's configuration: who reads it, what it may hold, and
/// where the facts stand that certificates are made of.
pub(super) struct ApiVersion {
    /// The part behind `kubeadm.k8s.io/`.
    pub(super) name: &'static str,
    /// The minor number of the first Kubernetes whose kubeadm reads it.
    pub(super) first_reader: u16,
    /// The minor number of the last one that does, as far as is known.
    pub(super) last_reader: u16,
    /// The kinds of documents.
    pub(super) kinds: &'static [Kind],
    /// The kind that describes the cluster.
    pub(super) cluster: &'static str,
    /// The kind that describes the first host.
    pub(super) init: &'static str,
    /// Where in `cluster` the shared address stands.
    pub(super) control_plane_endpoint: &'static str,
    /// Where in `cluster` the further names of the API servers stand.
    pub(super) cert_sans: &'static str,
    /// Whether `etcd` has the parts `local` and `external`.
    pub(super) etcd_is_split: bool,
    /// Where in `init` and `JoinConfiguration` the node name stands.
    pub(super) node_name: &'static str,
    /// Where in `init` the address and the port of the API server stand.
    pub(super) init_endpoint: &'static str,
    /// Where in `JoinConfiguration` they stand; empty for at its top.
    pub(super) join_endpoint: &'static str,
}

/// A kind of document.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Its fields; `None` for a kind that no certificate depends on.
    pub(super) fields: Option<&'static [Field]>,
}

/// A field of a map.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
}

/// What may stand in a field. Nothing at all may stand in every one: Go leaves
/// the default then.
pub(super) enum Shape {
    /// A text that YAML reads as one.
    Text,
    /// A text that may look like a number, such as `1.20`.
    Version,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// A map of names to `true` and `false`.
    Flags,
    /// A map of anything.
    Map,
    /// A list of anything.
    List,
    /// Nothing that certificates depend on, or something secret: not looked at.
    Anything,
    /// A map of these fields.
    Object(&'static [Field]),
    /// A list of such maps.
    Objects(&'static [Field]),
}

pub(super) const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, shape }
}

impl Kind {
    pub(super) const fn read(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            fields: Some(fields),
        }
    }

    pub(super) const fn ignored(name: &'static str) -> Self {
        Self { name, fields: None }
    }

    /// Refuses unknown fields and values of the wrong type; `api_version` is
    /// the one that the document is of, if it is kubeadm's.
    pub(super) fn check(
        &self,
        document: &Node,
        api_version: Option<&ApiVersion>,
    ) -> Result<(), DocumentError> {
        let Some(fields) = self.fields else {
            return Ok(());
        };
        let check = Check {
            kind: self,
            siblings: api_version
                .map_or_else(|| std::slice::from_ref(self), |version| version.kinds),
            api_version: api_version.map(|version| version.name),
        };
        check.object(document, fields, &mut String::new())
    }
}

struct Check<'a> {
    kind: &'a Kind,
    siblings: &'a [Kind],
    api_version: Option<&'static str>,
}

impl Check<'_> {
    fn object(
        &self,
        node: &Node,
        fields: &[Field],
        path: &mut String,
    ) -> Result<(), DocumentError> {
        let entries = match &node.content {
            Content::Null => return Ok(()),
            Content::Map(entries) => entries,
            _ => return Err(wrong_type(node, path, "a map of fields", None)),
        };
        let length = path.len();
        for entry in entries {
            let top_level = length == 0 && ["apiVersion", "kind"].contains(&entry.key.as_str());
            push_key(path, &entry.key);
            match fields.iter().find(|field| field.name == entry.key) {
                Some(field) => self.value(&entry.value, &field.shape, path)?,
                None if top_level => {}
                None => return Err(self.unknown(entry, fields, path)),
            }
            path.truncate(length);
        }
        Ok(())
    }

    fn value(&self, node: &Node, shape: &Shape, path: &mut String) -> Result<(), DocumentError> {
        if matches!(node.content, Content::Null) {
            return Ok(());
        }
        match shape {
            Shape::Anything => Ok(()),
            Shape::Text => text(node, path),
            Shape::Version => match node.content {
                Content::Scalar { .. } => Ok(()),
                _ => Err(wrong_type(node, path, "a version", None)),
            },
            Shape::Number => match &node.content {
                Content::Scalar {
                    text,
                    is_text: false,
                } if text.parse::<i64>().is_ok() => Ok(()),
                _ => Err(wrong_type(node, path, "a whole number", None)),
            },
            Shape::Flag => flag(node, path),
            Shape::Texts => self.list(node, path, "a list of texts", |item, path| text(item, path)),
            Shape::Flags => self.map(node, path, |entry, path| flag(&entry.value, path)),
            Shape::Map => self.map(node, path, |_, _| Ok(())),
            Shape::List => self.list(node, path, "a list", |_, _| Ok(())),
            Shape::Object(fields) => self.object(node, fields, path),
            Shape::Objects(fields) => {
                let names: Vec<_> = fields.iter().map(|field| field.name).collect();
                let wanted = format!("a list of maps with {}", names.join(", "));
                self.list(node, path, &wanted, |item, path| {
                    self.object(item, fields, path)
                })
            }
        }
    }

    fn list(
        &self,
        node: &Node,
        path: &mut String,
        wanted: &str,
        each: impl Fn(&Node, &mut String) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        let Content::List(items) = &node.content else {
            let spelled = match &node.content {
                Content::Scalar { text, .. } => Some(format!("[{text}]")),
                _ => None,
            };
            return Err(wrong_type(node, path, wanted, spelled));
        };
        let length = path.len();
        for (index, item) in items.iter().enumerate() {
            path.push_str(&format!("[{index}]"));
            if matches!(item.content, Content::Null) {
                return Err(wrong_type(item, path, "a value", None));
            }
            each(item, path)?;
            path.truncate(length);
        }
        Ok(())
    }

    fn map(
        &self,
        node: &Node,
        path: &mut String,
        each: impl Fn(&Entry, &mut String) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        let Content::Map(entries) = &node.content else {
            return Err(wrong_type(node, path, "a map of names to values", None));
        };
        let length = path.len();
        for entry in entries {
            push_key(path, &entry.key);
            each(entry, path)?;
            path.truncate(length);
        }
        Ok(())
    }

    fn unknown(&self, entry: &Entry, fields: &[Field], path: &str) -> DocumentError {
        let name = entry.key.as_str();
        let parent = path.strip_suffix(name).unwrap_or_default();
        let here = |word: &str| format!("{parent}{word}");
        let local = || fields.iter().map(|field| field.name);
        let same_letters = local().find(|known| known.eq_ignore_ascii_case(name));
        let suggestion = same_letters
            .map(here)
            .or_else(|| self.other_spelling(|spelling| spelling == path))
            .or_else(|| self.elsewhere(|known| known == name))
            .or_else(|| self.other_spelling(|spelling| last_key(spelling) == name))
            .or_else(|| self.later_version(path))
            .or_else(|| nearest(name, local()).map(here))
            .or_else(|| {
                let names = self.all_paths();
                let names = names.iter().map(|(_, path)| last_key(path));
                let meant = nearest(name, names)?;
                self.elsewhere(|known| known == meant)
            });
        DocumentError {
            position: Some(entry.key_position),
            path: path.to_owned(),
            message: format!("unknown field {} of {}", Quoted(name), self.kind.name),
            suggestion,
        }
    }

    /// What this version calls a fact that others spell so.
    fn other_spelling(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let row = SPELLINGS
            .iter()
            .find(|row| row.iter().any(|spelling| is_meant(spelling)))?;
        row.iter()
            .find_map(|spelling| self.elsewhere_path(|known| known == *spelling))
    }

    /// The first later version whose documents of this kind have the field.
    fn later_version(&self, path: &str) -> Option<String> {
        let current = API_VERSIONS
            .iter()
            .position(|version| Some(version.name) == self.api_version)?;
        let later = API_VERSIONS.iter().skip(current + 1).find(|version| {
            let mut paths = Vec::new();
            for kind in version.kinds.iter().filter(|k| k.name == self.kind.name) {
                collect_paths(kind.name, kind.fields.unwrap_or_default(), "", &mut paths);
            }
            paths.iter().any(|(_, known)| known == path)
        })?;
        Some(format!("apiVersion kubeadm.k8s.io/{}", later.name))
    }

    /// A field of this name in another place.
    fn elsewhere(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        self.elsewhere_path(|path| is_meant(last_key(path)))
    }

    fn elsewhere_path(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let paths = self.all_paths();
        let found: Vec<_> = paths.iter().filter(|(_, path)| is_meant(path)).collect();
        let own = found.iter().find(|(kind, _)| *kind == self.kind.name);
        let (kind, path) = own.or_else(|| found.first())?;
        Some(match *kind == self.kind.name {
            true => path.clone(),
            false => format!("{path} of {kind}"),
        })
    }

    fn all_paths(&self) -> Vec<(&'static str, String)> {
        let mut paths = Vec::new();
        for kind in self.siblings {
            collect_paths(kind.name, kind.fields.unwrap_or_default(), "", &mut paths);
        }
        paths
    }
}

fn last_key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn collect_paths(
    kind: &'static str,
    fields: &'static [Field],
    parent: &str,
    paths: &mut Vec<(&'static str, String)>,
) {
    for field in fields {
        let path = match parent {
            "" => field.name.to_owned(),
            parent => format!("{parent}.{}", field.name),
        };
        if let Shape::Object(inner) = &field.shape {
            collect_paths(kind, inner, &path, paths);
        }
        paths.push((kind, path));
    }
}

fn text(node: &Node, path: &str) -> Result<(), DocumentError> {
    match &node.content {
        Content::Scalar { is_text: true, .. } => Ok(()),
        Content::Scalar { text, .. } => Err(wrong_type(
            node,
            path,
            "a text",
            Some(format!("\"{text}\"")),
        )),
        _ => Err(wrong_type(node, path, "a text", None)),
    }
}

fn flag(node: &Node, path: &str) -> Result<(), DocumentError> {
    let Content::Scalar { text, is_text } = &node.content else {
        return Err(wrong_type(node, path, "true or false", None));
    };
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "true" | "false" if !is_text => Ok(()),
        "true" | "yes" | "on" | "y" => Err(wrong_type(
            node,
            path,
            "true or false",
            Some("true".to_owned()),
        )),
        "false" | "no" | "off" | "n" => Err(wrong_type(
            node,
            path,
            "true or false",
            Some("false".to_owned()),
        )),
        _ => Err(wrong_type(node, path, "true or false", None)),
    }
}

fn wrong_type(node: &Node, path: &str, wanted: &str, suggestion: Option<String>) -> DocumentError {
    let found = match &node.content {
        Content::Scalar { text, .. } => format!("{} is {}", Quoted(text), node.kind()),
        _ => format!("this is {}", node.kind()),
    };
    DocumentError {
        position: Some(node.position),
        path: path.to_owned(),
        message: format!("{found}, and {wanted} belongs here"),
        suggestion,
    }
}

/// The paths under which one fact stood in the course of the versions.
const SPELLINGS: &[&[&str]] = &[
    &["api", "apiEndpoint", "localAPIEndpoint"],
    &["nodeName", "nodeRegistration.name", "nodeRegistration"],
    &["criSocket", "nodeRegistration.criSocket"],
    &["apiServerCertSANs", "apiServer.certSANs"],
    &["apiServer", "apiServerCertSANs"],
    &["apiServerExtraArgs", "apiServer.extraArgs"],
    &["apiServerExtraVolumes", "apiServer.extraVolumes"],
    &["controllerManagerExtraArgs", "controllerManager.extraArgs"],
    &[
        "controllerManagerExtraVolumes",
        "controllerManager.extraVolumes",
    ],
    &["schedulerExtraArgs", "scheduler.extraArgs"],
    &["schedulerExtraVolumes", "scheduler.extraVolumes"],
    &["api.controlPlaneEndpoint", "controlPlaneEndpoint"],
    &["etcd.endpoints", "etcd.external.endpoints"],
    &["etcd.caFile", "etcd.external.caFile"],
    &["etcd.certFile", "etcd.external.certFile"],
    &["etcd.keyFile", "etcd.external.keyFile"],
    &["etcd.serverCertSANs", "etcd.local.serverCertSANs"],
    &["etcd.peerCertSANs", "etcd.local.peerCertSANs"],
    &["etcd.dataDir", "etcd.local.dataDir"],
    &["etcd.image", "etcd.local.image", "etcd.local.imageTag"],
    &["apiServer.timeoutForControlPlane", "timeouts"],
    &["token", "bootstrapTokens"],
    &[
        "advertiseAddress",
        "api.advertiseAddress",
        "apiEndpoint.advertiseAddress",
        "localAPIEndpoint.advertiseAddress",
    ],
];
