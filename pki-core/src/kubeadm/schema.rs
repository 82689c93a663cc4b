//! Which fields each version of kubeadm's configuration has, and the check of
//! a document against them.

mod check;
mod json;
mod own;
mod spelling;
mod v1alpha;
mod v1beta;

use std::collections::BTreeSet;

pub(super) use json::schema as json_schema;
pub(super) use own::{OWN_API_VERSION, OWN_KINDS, ROLES};

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
    /// What `kind` says.
    pub(super) name: &'static str,
    /// What it is, in a sentence; empty for kubeadm's.
    pub(super) description: &'static str,
    /// Its fields; `None` for a kind that no certificate depends on.
    pub(super) fields: Option<&'static [Field]>,
}

/// A field of a map.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// What it means, in a sentence; empty for kubeadm's fields, which its own
    /// documentation describes.
    pub(super) description: &'static str,
    /// What stands in for it, in the words of the documentation.
    pub(super) default: Option<&'static str>,
    /// Whether nothing stands in for it.
    pub(super) is_required: bool,
    /// What an editor checks besides; whoever reads the value parses it.
    limit: Limit,
}

/// Which values of a shape a field takes.
#[derive(Clone, Copy)]
enum Limit {
    Any,
    /// Numbers from the first to the last.
    Between(i64, i64),
    /// Texts that match a regular expression of ECMA-262.
    Matching(&'static str),
}

/// What may stand in a field. Nothing at all may stand in every one: Go leaves
/// the default then.
pub(super) enum Shape {
    /// A text that YAML reads as one.
    Text,
    /// A text that may look like a number, such as `1.20`.
    Version,
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A text that no message may show.
    Secret,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// A list of some of these words.
    Words(fn() -> Vec<&'static str>),
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

/// The fields of kubeadm's documents in which a check reads a text, a number or a
/// list of texts, whatever version has them; none of these is secret.
pub(super) fn read_fields() -> BTreeSet<&'static str> {
    // Of a host that joins nothing but these is looked at, in whatever is around them.
    let mut names = BTreeSet::from([
        "apiVersion",
        "kind",
        "apiServerEndpoint",
        "caCertHashes",
        "discoveryTokenAPIServers",
        "discoveryTokenCACertHashes",
        "discoveryTokenUnsafeSkipCAVerification",
        "unsafeSkipCAVerification",
    ]);
    let kinds = API_VERSIONS.iter().flat_map(|version| version.kinds);
    for fields in kinds.filter_map(|kind| kind.fields) {
        add_read(fields, &mut names);
    }
    names
}

fn add_read(fields: &'static [Field], names: &mut BTreeSet<&'static str>) {
    for field in fields {
        match field.shape {
            Shape::Object(fields) | Shape::Objects(fields) => add_read(fields, names),
            Shape::Text
            | Shape::Version
            | Shape::Word(_)
            | Shape::Number
            | Shape::Flag
            | Shape::Texts
            | Shape::Words(_) => {
                names.insert(field.name);
            }
            Shape::Secret | Shape::Flags | Shape::Map | Shape::List | Shape::Anything => {}
        }
    }
}

pub(super) const fn field(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        description: "",
        default: None,
        is_required: false,
        limit: Limit::Any,
    }
}

impl Field {
    /// The same where it must be given.
    const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    /// The same for some numbers alone.
    const fn between(self, first: i64, last: i64) -> Self {
        Self {
            limit: Limit::Between(first, last),
            ..self
        }
    }

    /// The same for some texts alone.
    const fn matching(self, pattern: &'static str) -> Self {
        Self {
            limit: Limit::Matching(pattern),
            ..self
        }
    }

    /// The same with what it means.
    const fn means(self, description: &'static str) -> Self {
        Self {
            description,
            ..self
        }
    }

    /// The same with its default.
    const fn defaults_to(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }
}

impl Kind {
    pub(super) const fn read(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            description: "",
            fields: Some(fields),
        }
    }

    pub(super) const fn ignored(name: &'static str) -> Self {
        Self {
            name,
            description: "",
            fields: None,
        }
    }
}
