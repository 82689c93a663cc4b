//! The whole of a kubeconfig as it is shown: every context, cluster and user,
//! and of secrets no more than that they are there.

use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::decode;
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
pub(crate) struct Embedded {
    /// `cluster` or `user`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) field: &'static str,
    pub(crate) text: Result<Zeroizing<Vec<u8>>, Error>,
}

/// As many contexts, clusters and users are shown at most, of each.
const MOST: usize = 100;

/// Reads a kubeconfig; `None` if the text is something else in YAML.
pub(crate) fn read(text: &str) -> Option<(KubeconfigContents, Vec<Embedded>)> {
    let file: File = serde_saphyr::from_str(text).ok()?;
    let is_config = file.kind.as_deref().is_none_or(|kind| kind == "Config");
    let says_something = file.contexts.is_some() || file.clusters.is_some() || file.users.is_some();
    if !is_config || !says_something {
        return None;
    }
    let mut more = 0;
    let mut bounded = |list: Option<Vec<Named>>| {
        let mut list = list.unwrap_or_default();
        more += list.len().saturating_sub(MOST);
        list.truncate(MOST);
        list
    };
    let contexts = bounded(file.contexts);
    let clusters = bounded(file.clusters);
    let users = bounded(file.users);
    let mut embedded = Vec::new();
    let contents = KubeconfigContents {
        current_context: file.current_context.filter(|name| !name.is_empty()),
        contexts: contexts.into_iter().map(context).collect(),
        clusters: clusters
            .into_iter()
            .map(|named| cluster(named, &mut embedded))
            .collect(),
        users: users
            .into_iter()
            .map(|named| user(named, &mut embedded))
            .collect(),
        more,
    };
    Some((contents, embedded))
}

fn context(named: Named) -> KubeconfigContext {
    let fields = named.context.unwrap_or_default();
    KubeconfigContext {
        name: named.name,
        cluster: fields.cluster,
        user: fields.user,
        namespace: fields.namespace,
    }
}

fn cluster(named: Named, embedded: &mut Vec<Embedded>) -> KubeconfigCluster {
    let fields = named.cluster.unwrap_or_default();
    let data = fields.certificate_authority_data.map(Zeroizing::new);
    let authority = source(data, fields.certificate_authority, |text| Embedded {
        kind: "cluster",
        name: named.name.clone(),
        field: "certificate-authority-data",
        text,
    });
    KubeconfigCluster {
        server: fields.server,
        authority: authority.into_source(embedded),
        skips_verification: fields.insecure_skip_tls_verify == Some(true),
        name: named.name,
    }
}

fn user(named: Named, embedded: &mut Vec<Embedded>) -> KubeconfigUser {
    let fields = named.user.unwrap_or_default();
    let of = |field| {
        let name = named.name.clone();
        move |text| Embedded {
            kind: "user",
            name,
            field,
            text,
        }
    };
    let data = fields.client_certificate_data.map(Zeroizing::new);
    let certificate = source(
        data,
        fields.client_certificate,
        of("client-certificate-data"),
    );
    let key = source(
        fields.client_key_data,
        fields.client_key,
        of("client-key-data"),
    );
    KubeconfigUser {
        certificate: certificate.into_source(embedded),
        key: key.into_source(embedded),
        has_token: fields.token.is_some(),
        token_file: fields.token_file,
        has_password: fields.password.is_some(),
        exec: fields.exec.map(|exec| exec.command.unwrap_or_default()),
        auth_provider: fields
            .auth_provider
            .map(|provider| provider.name.unwrap_or_default()),
        name: named.name,
    }
}

/// A source on the way to the list of what is embedded.
enum Found {
    Source(KubeconfigSource),
    Data(Embedded),
}

/// Data wins over a path, and what is empty counts as nothing, as client-go has it.
fn source(
    data: Option<Zeroizing<String>>,
    path: Option<String>,
    embedded: impl FnOnce(Result<Zeroizing<Vec<u8>>, Error>) -> Embedded,
) -> Found {
    match (data, path) {
        (Some(data), _) if !data.trim().is_empty() => Found::Data(embedded(decode(&data))),
        (_, Some(path)) if !path.is_empty() => Found::Source(KubeconfigSource::Path(path)),
        _ => Found::Source(KubeconfigSource::None),
    }
}

impl Found {
    fn into_source(self, list: &mut Vec<Embedded>) -> KubeconfigSource {
        match self {
            Self::Source(source) => source,
            Self::Data(embedded) => {
                list.push(embedded);
                KubeconfigSource::Embedded
            }
        }
    }
}

#[derive(Deserialize)]
struct File {
    kind: Option<String>,
    #[serde(rename = "current-context")]
    current_context: Option<String>,
    clusters: Option<Vec<Named>>,
    contexts: Option<Vec<Named>>,
    users: Option<Vec<Named>>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    cluster: Option<Fields>,
    context: Option<Fields>,
    user: Option<Fields>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Fields {
    server: Option<String>,
    certificate_authority: Option<String>,
    certificate_authority_data: Option<String>,
    insecure_skip_tls_verify: Option<bool>,
    cluster: Option<String>,
    user: Option<String>,
    namespace: Option<String>,
    client_certificate: Option<String>,
    client_certificate_data: Option<String>,
    client_key: Option<String>,
    client_key_data: Option<Zeroizing<String>>,
    token: Option<IgnoredAny>,
    #[serde(rename = "tokenFile")]
    token_file: Option<String>,
    password: Option<IgnoredAny>,
    exec: Option<Exec>,
    auth_provider: Option<Provider>,
}

#[derive(Deserialize)]
struct Exec {
    command: Option<String>,
}

#[derive(Deserialize)]
struct Provider {
    name: Option<String>,
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
  cluster: {server: 'https://c:6443', insecure-skip-tls-verify: true}
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
        let (contents, embedded) = read(text).unwrap();
        let shown = format!("{contents:?}");
        assert!(!shown.contains("SECRET"), "{shown}");
        assert_eq!(contents.current_context.as_deref(), Some("a"));
        assert_eq!(contents.contexts[0].namespace.as_deref(), Some("n"));
        assert!(contents.clusters[0].skips_verification);
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
            assert!(read(text).is_none(), "{text}");
        }
        assert!(read("{\"kind\": \"Config\", \"users\": null, \"clusters\": []}").is_some());
    }
}
