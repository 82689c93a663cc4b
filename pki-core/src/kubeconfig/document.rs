//! The one reading of a kubeconfig's text, YAML or JSON, on which every view of
//! it rests.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::{Options, Spanned};
use zeroize::Zeroizing;

use super::source::{Source, beside_data};
use crate::Error;

/// A text that may be a secret, whether it should be or not, and its line.
pub(super) type Text = Spanned<Zeroizing<String>>;

/// What a kubeconfig says, as far as kpki looks at it. What is not in it is
/// `None`; the names lead nowhere where they are wrong.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document {
    pub(super) kind: Option<String>,
    pub(super) current_context: Option<String>,
    pub(super) contexts: Option<Vec<NamedContext>>,
    pub(super) clusters: Option<Vec<NamedCluster>>,
    pub(super) users: Option<Vec<NamedUser>>,
}

#[derive(Deserialize)]
pub(super) struct NamedContext {
    pub(super) name: String,
    pub(super) context: Option<Context>,
}

#[derive(Deserialize)]
pub(super) struct NamedCluster {
    pub(super) name: String,
    pub(super) cluster: Option<Cluster>,
}

#[derive(Deserialize)]
pub(super) struct NamedUser {
    pub(super) name: String,
    pub(super) user: Option<User>,
}

#[derive(Default, Deserialize)]
pub(super) struct Context {
    pub(super) cluster: Option<String>,
    pub(super) user: Option<String>,
    pub(super) namespace: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Cluster {
    pub(super) server: Option<Spanned<String>>,
    certificate_authority: Option<Text>,
    certificate_authority_data: Option<Text>,
    pub(super) insecure_skip_tls_verify: Option<Spanned<bool>>,
    pub(super) tls_server_name: Option<Spanned<String>>,
}

/// Of tokens and passwords no more is kept than that they are there.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct User {
    client_certificate: Option<Text>,
    client_certificate_data: Option<Text>,
    client_key: Option<Text>,
    client_key_data: Option<Text>,
    pub(super) token: Option<IgnoredAny>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<String>,
    pub(super) password: Option<IgnoredAny>,
    pub(super) exec: Option<Exec>,
    pub(super) auth_provider: Option<AuthProvider>,
}

#[derive(Deserialize)]
pub(super) struct Exec {
    pub(super) command: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct AuthProvider {
    pub(super) name: Option<String>,
}

/// 1 MiB: a hundred times what a kubeconfig needs.
const LONGEST: usize = 1 << 20;

impl Document {
    /// Reads it.
    ///
    /// # Errors
    /// [`Error::Kubeconfig`] if it is none.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Error> {
        let refuse = |why| Error::Kubeconfig { why };
        if text.len() > LONGEST {
            return Err(refuse("it is longer than 1 MiB"));
        }
        let text = std::str::from_utf8(text).map_err(|_| refuse("it is not UTF-8 text"))?;
        serde_saphyr::from_str_with_options(text, options())
            .map_err(|_| refuse("it is not a kubeconfig in YAML"))
    }

    pub(super) fn contexts(&self) -> &[NamedContext] {
        self.contexts.as_deref().unwrap_or_default()
    }

    pub(super) fn clusters(&self) -> &[NamedCluster] {
        self.clusters.as_deref().unwrap_or_default()
    }

    pub(super) fn users(&self) -> &[NamedUser] {
        self.users.as_deref().unwrap_or_default()
    }

    /// The context that is used, if its name leads to one.
    pub(super) fn context(&self) -> Option<&Context> {
        let current = self.current_context.as_ref()?;
        let named = self.contexts().iter().find(|named| named.name == *current);
        named?.context.as_ref()
    }

    pub(super) fn cluster(&self, name: &str) -> Option<&Cluster> {
        let named = self.clusters().iter().find(|named| named.name == name);
        named?.cluster.as_ref()
    }

    pub(super) fn user(&self, name: &str) -> Option<&User> {
        let named = self.users().iter().find(|named| named.name == name);
        named?.user.as_ref()
    }
}

impl Cluster {
    pub(super) fn authority(&self) -> Source<'_> {
        Source::of(
            self.certificate_authority_data.as_ref(),
            self.certificate_authority.as_ref(),
        )
    }

    /// The path of the CA where there are data as well.
    pub(super) fn authority_beside_data(&self) -> Option<&Text> {
        beside_data(
            self.certificate_authority_data.as_ref(),
            self.certificate_authority.as_ref(),
        )
    }

    pub(super) fn skips_verification(&self) -> bool {
        let field = self.insecure_skip_tls_verify.as_ref();
        field.is_some_and(|skips| skips.value)
    }
}

impl User {
    pub(super) fn certificate(&self) -> Source<'_> {
        Source::of(
            self.client_certificate_data.as_ref(),
            self.client_certificate.as_ref(),
        )
    }

    pub(super) fn key(&self) -> Source<'_> {
        Source::of(self.client_key_data.as_ref(), self.client_key.as_ref())
    }

    /// The path of the certificate where there are data as well.
    pub(super) fn certificate_beside_data(&self) -> Option<&Text> {
        beside_data(
            self.client_certificate_data.as_ref(),
            self.client_certificate.as_ref(),
        )
    }

    /// The path of the key where there are data as well: client-go looks at them
    /// only where there is a certificate.
    pub(super) fn key_beside_data(&self) -> Option<&Text> {
        match self.certificate() {
            Source::Nowhere => None,
            _ => beside_data(self.client_key_data.as_ref(), self.client_key.as_ref()),
        }
    }
}

/// The parser's own bounds for aliases and sizes, and a depth that its stack
/// bears. Its errors quote nothing of the text, which may be a key.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 64,
            flow_nesting_limit: 64,
        },
        with_snippet: false,
    }
}

/// The line of a field, counted from one.
pub(super) fn line<T>(field: Option<&Spanned<T>>) -> Option<usize> {
    let line = usize::try_from(field?.referenced.line()).ok()?;
    (line > 0).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &[u8]) -> Option<String> {
        let error = Document::parse(text).err()?;
        Some(error.to_string())
    }

    #[test]
    fn hostile_texts_are_refused() {
        let deep = format!("extensions: {}{}", "[".repeat(100_000), "]".repeat(100_000));
        let block = "- ".repeat(50_000);
        let mut aliases = "extensions:\n- &a0 [x]\n".to_owned();
        for level in 1..40 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            aliases.push_str(&format!("- &a{level} [{below}]\n"));
        }
        let long = vec![b'#'; LONGEST + 1];
        for text in [deep.as_bytes(), block.as_bytes(), aliases.as_bytes(), &long] {
            assert!(refused(text).is_some());
        }
        assert!(refused(b"\xff").is_some_and(|why| why.contains("UTF-8")));
        assert!(refused(b"users: [{name: a}, {user: {}}]").is_some());
    }

    #[test]
    fn what_kubectl_writes_for_nothing_is_read() {
        let text = b"apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: \"\"\nkind: Config\npreferences: {}\nusers: null\n";
        let document = Document::parse(text).expect("a kubeconfig");
        assert!(document.context().is_none() && document.users().is_empty());
    }
}
