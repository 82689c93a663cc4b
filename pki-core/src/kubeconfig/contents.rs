//! The whole of a kubeconfig as it is shown: every context, cluster and user,
//! and of secrets no more than that they are there.

use zeroize::Zeroizing;

use super::EmbeddedKind;
use super::document::{Cluster, Context, Document, NamedCluster, NamedContext, NamedUser, User};
use super::source::{Source, decode};
use crate::Error;

/// What a kubeconfig says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeconfigContents {
    /// The name of the context that is used.
    pub current_context: Option<String>,
    /// The contexts, in their order.
    pub contexts: Vec<KubeconfigContext>,
    /// The clusters, in their order.
    pub clusters: Vec<KubeconfigCluster>,
    /// The users, in their order.
    pub users: Vec<KubeconfigUser>,
    /// How many contexts, clusters and users there are beyond those.
    pub more: usize,
}

/// One context: which user of which cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeconfigContext {
    /// Its name.
    pub name: String,
    /// The name of a cluster.
    pub cluster: Option<String>,
    /// The name of a user.
    pub user: Option<String>,
    /// The namespace that is meant where none is said.
    pub namespace: Option<String>,
}

/// One cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeconfigCluster {
    /// Its name.
    pub name: String,
    /// The address of the API server.
    pub server: Option<String>,
    /// The name that the server has to prove instead of that in its address.
    pub tls_server_name: Option<String>,
    /// The CAs that the server is checked with.
    pub authority: KubeconfigSource,
    /// Whether the server is not checked at all.
    pub skips_verification: bool,
}

/// One user, and every way in which it proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeconfigUser {
    /// Its name.
    pub name: String,
    /// The client certificate.
    pub certificate: KubeconfigSource,
    /// Its key.
    pub key: KubeconfigSource,
    /// Whether there is a token; it is not shown.
    pub has_token: bool,
    /// The file of a token.
    pub token_file: Option<String>,
    /// Whether there is a password; it is not shown.
    pub has_password: bool,
    /// The program that gets credentials.
    pub exec: Option<String>,
    /// The name of an authentication provider, which kubectl had until 1.26.
    pub auth_provider: Option<String>,
}

/// Where a kubeconfig has a certificate or key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KubeconfigSource {
    /// Nowhere.
    None,
    /// In the kubeconfig itself, which wins over a path.
    Embedded,
    /// In another file.
    Path(String),
}

/// What is embedded: where, and its text.
pub(crate) struct EmbeddedText {
    pub(crate) kind: EmbeddedKind,
    /// The name of the cluster or user.
    pub(crate) name: String,
    pub(crate) field: &'static str,
    pub(crate) text: Result<Zeroizing<Vec<u8>>, Error>,
}

/// As many contexts, clusters and users are shown at most, of each.
const MOST: usize = 100;

/// Reads a kubeconfig; `None` if the text is something else in YAML.
pub(crate) fn read(text: &[u8]) -> Option<(KubeconfigContents, Vec<EmbeddedText>)> {
    let document = Document::parse(text).ok()?;
    let is_config = document.kind.as_deref().is_none_or(|kind| kind == "Config");
    let says_something =
        document.contexts.is_some() || document.clusters.is_some() || document.users.is_some();
    if !is_config || !says_something {
        return None;
    }
    let (contexts, more_contexts) = bounded(document.contexts());
    let (clusters, more_clusters) = bounded(document.clusters());
    let (users, more_users) = bounded(document.users());
    let mut embedded = Vec::new();
    let contents = KubeconfigContents {
        current_context: document
            .current_context
            .clone()
            .filter(|name| !name.is_empty()),
        contexts: contexts.iter().map(context).collect(),
        clusters: clusters
            .iter()
            .map(|named| cluster(named, &mut embedded))
            .collect(),
        users: users
            .iter()
            .map(|named| user(named, &mut embedded))
            .collect(),
        more: more_contexts + more_clusters + more_users,
    };
    Some((contents, embedded))
}

/// The first of a list, and how many more there are.
fn bounded<T>(list: &[T]) -> (&[T], usize) {
    let (shown, more) = list.split_at(list.len().min(MOST));
    (shown, more.len())
}

fn context(named: &NamedContext) -> KubeconfigContext {
    let nothing = Context::default();
    let fields = named.context.as_ref().unwrap_or(&nothing);
    KubeconfigContext {
        name: named.name.clone(),
        cluster: fields.cluster.clone(),
        user: fields.user.clone(),
        namespace: fields.namespace.clone(),
    }
}

fn cluster(named: &NamedCluster, embedded: &mut Vec<EmbeddedText>) -> KubeconfigCluster {
    let nothing = Cluster::default();
    let fields = named.cluster.as_ref().unwrap_or(&nothing);
    KubeconfigCluster {
        name: named.name.clone(),
        server: fields.server.as_ref().map(|server| server.value.clone()),
        tls_server_name: fields
            .tls_server_name
            .as_ref()
            .map(|name| name.value.clone())
            .filter(|name| !name.is_empty()),
        authority: shown(fields.authority(), embedded, |text| EmbeddedText {
            kind: EmbeddedKind::Cluster,
            name: named.name.clone(),
            field: "certificate-authority-data",
            text,
        }),
        skips_verification: fields.skips_verification(),
    }
}

fn user(named: &NamedUser, embedded: &mut Vec<EmbeddedText>) -> KubeconfigUser {
    let of = |field| {
        move |text| EmbeddedText {
            kind: EmbeddedKind::User,
            name: named.name.clone(),
            field,
            text,
        }
    };
    let nothing = User::default();
    let fields = named.user.as_ref().unwrap_or(&nothing);
    KubeconfigUser {
        name: named.name.clone(),
        certificate: shown(
            fields.certificate(),
            embedded,
            of("client-certificate-data"),
        ),
        key: shown(fields.key(), embedded, of("client-key-data")),
        has_token: fields.token.is_some(),
        token_file: fields.token_file.clone(),
        has_password: fields.password.is_some(),
        exec: fields
            .exec
            .as_ref()
            .map(|exec| exec.command.clone().unwrap_or_default()),
        auth_provider: fields
            .auth_provider
            .as_ref()
            .map(|provider| provider.name.clone().unwrap_or_default()),
    }
}

/// Where something is; what is embedded goes to the list.
fn shown(
    source: Source<'_>,
    list: &mut Vec<EmbeddedText>,
    embedded: impl FnOnce(Result<Zeroizing<Vec<u8>>, Error>) -> EmbeddedText,
) -> KubeconfigSource {
    match source {
        Source::Nowhere => KubeconfigSource::None,
        Source::Path(path) => KubeconfigSource::Path(path.value.to_string()),
        Source::Data(data) => {
            list.push(embedded(decode(data)));
            KubeconfigSource::Embedded
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_a_user_is_told_and_no_secret() {
        let text = "
kind: Config
current-context: a
contexts:
- name: a
  context: {cluster: c, user: token, namespace: n}
clusters:
- name: c
  cluster: {server: 'https://c:6443', insecure-skip-tls-verify: true, tls-server-name: t}
- name: d
  cluster: {certificate-authority: /etc/ca.crt}
users:
- name: token
  user: {token: SECRET, tokenFile: /run/token, username: u, password: SECRET}
- name: exec
  user: {exec: {command: aws, args: [SECRET]}}
- name: provider
  user: {auth-provider: {name: oidc, config: {id-token: SECRET}}}
- name: paths
  user: {client-certificate: /c.pem, client-key: /k.pem}
- name: broken
  user: {client-key-data: 'SECRET!'}
- name: nothing
";
        let (contents, embedded) = read(text.as_bytes()).unwrap();
        let shown = format!("{contents:?}");
        assert!(!shown.contains("SECRET"), "{shown}");
        assert_eq!(contents.current_context.as_deref(), Some("a"));
        assert_eq!(contents.contexts[0].namespace.as_deref(), Some("n"));
        assert!(contents.clusters[0].skips_verification);
        assert_eq!(contents.clusters[0].tls_server_name.as_deref(), Some("t"));
        let path = |path: &str| KubeconfigSource::Path(path.to_owned());
        assert_eq!(contents.clusters[1].authority, path("/etc/ca.crt"));
        let users = &contents.users;
        assert!(users[0].has_token && users[0].has_password);
        assert_eq!(users[0].token_file.as_deref(), Some("/run/token"));
        assert_eq!(users[1].exec.as_deref(), Some("aws"));
        assert_eq!(users[2].auth_provider.as_deref(), Some("oidc"));
        assert_eq!(
            (&users[3].certificate, &users[3].key),
            (&path("/c.pem"), &path("/k.pem"))
        );
        assert_eq!(users[4].key, KubeconfigSource::Embedded);
        assert_eq!(users[5].key, KubeconfigSource::None);
        assert_eq!(embedded.len(), 1);
        assert!(embedded[0].text.is_err());
    }

    #[test]
    fn other_yaml_is_none() {
        for text in ["", "a: b", "kind: Secret\nusers: []", "kind: Config", "- a"] {
            assert!(read(text.as_bytes()).is_none(), "{text}");
        }
        assert!(read(b"{\"kind\": \"Config\", \"users\": null, \"clusters\": []}").is_some());
    }
}
