//! kubeconfigs as kubeadm writes them, and as kubeadm, kubelet and people have
//! left them.

mod contents;
mod embedded;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_saphyr::Spanned;
use zeroize::Zeroizing;

use crate::Error;
use crate::certificate::Certificate;
use crate::cluster::KubernetesVersion;
use crate::key::KeyPair;
pub use embedded::EmbeddedKind;
pub(crate) use embedded::{Source, embedded};

pub(crate) use contents::{Embedded, read};
pub use contents::{
    KubeconfigCluster, KubeconfigContents, KubeconfigContext, KubeconfigSource, KubeconfigUser,
};

/// What a new kubeconfig says.
pub(crate) struct Kubeconfig<'a> {
    pub(crate) version: KubernetesVersion,
    pub(crate) cluster: &'a str,
    pub(crate) user: &'a str,
    pub(crate) server: &'a str,
    pub(crate) authority: &'a Certificate,
    pub(crate) certificate: &'a Certificate,
    pub(crate) key: &'a KeyPair,
}

impl Kubeconfig<'_> {
    /// The YAML text, keys in alphabetical order and all data embedded.
    pub(crate) fn to_yaml(&self) -> Zeroizing<String> {
        let cluster = scalar(self.cluster);
        let user = scalar(self.user);
        let context = scalar(&format!("{}@{}", self.user, self.cluster));
        // kubeadm writes the empty map until 1.33.
        let preferences = match self.version.is_at_least(34) {
            true => "",
            false => "preferences: {}\n",
        };
        let key = Zeroizing::new(BASE64_STANDARD.encode(self.key.to_pem().as_bytes()));
        let text = format!(
            "apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: {server}
  name: {cluster}
contexts:
- context:
    cluster: {cluster}
    user: {user}
  name: {context}
current-context: {context}
kind: Config
{preferences}users:
- name: {user}
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
",
            authority = BASE64_STANDARD.encode(self.authority.to_pem()),
            server = scalar(self.server),
            certificate = BASE64_STANDARD.encode(self.certificate.to_pem()),
            key = key.as_str(),
        );
        Zeroizing::new(text)
    }
}

/// A YAML scalar: plain where no reader can take it for anything but a string,
/// else in JSON's quotes, which YAML 1.2 reads.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._@/".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let reserved = word.contains(&text.to_ascii_lowercase().as_str());
    // A colon inside is plain as long as no space follows.
    let colons = !text.ends_with(':')
        && text
            .chars()
            .all(|c| plain(c) || c == ':' || c == '[' || c == ']');
    match starts && colons && !reserved {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}

/// The parts of an existing kubeconfig that decide whether it works, taken from
/// its current context.
pub(crate) struct ExistingKubeconfig {
    pub(crate) server: Option<String>,
    pub(crate) authority: Option<Certificate>,
    /// All of the CAs that it trusts, the one above first: several while a CA
    /// is rotated.
    pub(crate) authorities: Vec<Certificate>,
    /// The file with its CAs, if they are not embedded.
    pub(crate) authority_path: Option<String>,
    pub(crate) client: Client,
    /// Whether it believes any server.
    pub(crate) skips_verification: bool,
    /// How many contexts there are beside the current one.
    pub(crate) other_contexts: usize,
    /// The name of its user, for `kubectl config set-credentials`.
    pub(crate) user: String,
    pub(crate) lines: KubeconfigLines,
}

/// The lines of a kubeconfig that say what is looked at, counted from one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KubeconfigLines {
    pub(crate) server: Option<usize>,
    pub(crate) authority: Option<usize>,
    pub(crate) skips_verification: Option<usize>,
    pub(crate) client_certificate: Option<usize>,
}

/// What [`ExistingKubeconfig::parse`] says of a current context that leads
/// nowhere.
pub(crate) const UNRESOLVED: [&str; 4] = [
    "it has no current context",
    "its current context does not exist",
    "its current cluster does not exist",
    "its current user does not exist",
];

/// How an existing kubeconfig proves who it is.
pub(crate) enum Client {
    /// A certificate and key inside the file.
    Embedded {
        certificate: Box<Certificate>,
        key: Box<KeyPair>,
    },
    /// Files beside it, such as the kubelet's rotated certificate.
    Paths {
        certificate: String,
        /// Empty if it is not named.
        key: String,
    },
    /// A token, a plugin, or nothing.
    Other,
}

#[derive(Deserialize)]
struct File {
    #[serde(default, rename = "current-context")]
    current_context: Option<String>,
    #[serde(default)]
    clusters: Vec<Named>,
    #[serde(default)]
    contexts: Vec<Named>,
    #[serde(default)]
    users: Vec<Named>,
}

impl File {
    fn parse(text: &[u8]) -> Result<Self, Error> {
        let refuse = |why| Error::Kubeconfig { why };
        let text = std::str::from_utf8(text).map_err(|_| refuse("it is not UTF-8 text"))?;
        serde_saphyr::from_str(text).map_err(|_| refuse("it is not a kubeconfig in YAML"))
    }
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    cluster: Option<Fields>,
    #[serde(default)]
    context: Option<Fields>,
    #[serde(default)]
    user: Option<Fields>,
}

/// All that kpki looks at in a cluster, a context or a user.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Fields {
    server: Option<Spanned<String>>,
    certificate_authority_data: Option<Spanned<String>>,
    certificate_authority: Option<Spanned<String>>,
    insecure_skip_tls_verify: Option<Spanned<bool>>,
    cluster: Option<String>,
    user: Option<String>,
    client_certificate_data: Option<Spanned<String>>,
    client_key_data: Option<Zeroizing<String>>,
    client_certificate: Option<Spanned<String>>,
    client_key: Option<String>,
}

impl ExistingKubeconfig {
    /// Reads a kubeconfig.
    ///
    /// # Errors
    /// [`Error::Kubeconfig`], and those of the certificates and keys inside.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Error> {
        let refuse = |why| Error::Kubeconfig { why };
        let file = File::parse(text)?;
        let current = file.current_context.ok_or_else(|| refuse(UNRESOLVED[0]))?;
        let other_contexts = file.contexts.len().saturating_sub(1);
        let context = named(file.contexts, &current).and_then(|named| named.context);
        let context = context.ok_or_else(|| refuse(UNRESOLVED[1]))?;
        let cluster = context
            .cluster
            .and_then(|name| named(file.clusters, &name)?.cluster);
        let cluster = cluster.ok_or_else(|| refuse(UNRESOLVED[2]))?;
        let user_name = context.user.unwrap_or_default();
        let user = named(file.users, &user_name).and_then(|named| named.user);
        let user = user.ok_or_else(|| refuse(UNRESOLVED[3]))?;
        let client_field = user.client_certificate_data.as_ref();
        let authority_field = cluster.certificate_authority_data.as_ref();
        let lines = KubeconfigLines {
            server: line(cluster.server.as_ref()),
            authority: line(authority_field.or(cluster.certificate_authority.as_ref())),
            skips_verification: line(cluster.insecure_skip_tls_verify.as_ref()),
            client_certificate: line(client_field.or(user.client_certificate.as_ref())),
        };
        let authority = authority_field.map(|data| decode(&data.value));
        let authority = authority
            .transpose()?
            .map(|pem| Certificate::bundle_from_pem(&pem));
        let authorities = authority.transpose()?.unwrap_or_default();
        let client_path = user.client_certificate.map(|path| path.value);
        let client = match (
            user.client_certificate_data,
            user.client_key_data,
            client_path,
        ) {
            (Some(certificate), Some(key), _) => Client::Embedded {
                certificate: Box::new(Certificate::from_pem(&decode(&certificate.value)?)?),
                key: Box::new(KeyPair::from_pem(&decode(&key)?)?),
            },
            (None, None, Some(certificate)) => Client::Paths {
                certificate,
                key: user.client_key.unwrap_or_default(),
            },
            _ => Client::Other,
        };
        Ok(Self {
            server: cluster.server.map(|server| server.value),
            authority: authorities.first().cloned(),
            authorities,
            authority_path: cluster.certificate_authority.map(|path| path.value),
            client,
            skips_verification: cluster
                .insecure_skip_tls_verify
                .is_some_and(|skips| skips.value),
            other_contexts,
            user: user_name,
            lines,
        })
    }
}

fn line<T>(field: Option<&Spanned<T>>) -> Option<usize> {
    let line = usize::try_from(field?.referenced.line()).ok()?;
    (line > 0).then_some(line)
}

fn named(list: Vec<Named>, name: &str) -> Option<Named> {
    list.into_iter().find(|named| named.name == name)
}

fn decode(base64: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let decoded = BASE64_STANDARD.decode(base64.trim());
    decoded.map(Zeroizing::new).map_err(|_| Error::Kubeconfig {
        why: "its base64 is broken",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_stay_strings() {
        for plain in [
            "kubernetes",
            "https://10.0.0.1:6443",
            "https://[fd00::1]:6443",
            "a@b",
            "system:node:m1",
        ] {
            assert_eq!(scalar(plain), plain);
        }
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("1e3"), "\"1e3\"");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(scalar("a\nb"), "\"a\\nb\"");
        assert_eq!(scalar(""), "\"\"");
    }

    proptest::proptest! {
        #[test]
        fn any_text_reads_back(text in "\\PC{0,20}|[a-z0-9:#'\" -]{0,12}") {
            #[derive(Deserialize)]
            struct One { key: String }
            let yaml = format!("key: {}\n", scalar(&text));
            proptest::prop_assert_eq!(serde_saphyr::from_str::<One>(&yaml).unwrap().key, text);
        }

        #[test]
        fn reading_never_panics(bytes: Vec<u8>, text in "(current-context|clusters|users|: |- |\\n| |a){0,30}") {
            let _ = ExistingKubeconfig::parse(&bytes);
            let _ = ExistingKubeconfig::parse(text.as_bytes());
        }
    }
}
