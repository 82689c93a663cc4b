//! What the current context of a kubeconfig leads to, which is all that counts
//! for a program that uses the file.

use super::document::{Document, line};
use super::source::{Source, decode};
use crate::Error;
use crate::certificate::Certificate;
use crate::key::KeyPair;

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

impl ExistingKubeconfig {
    /// Reads a kubeconfig.
    ///
    /// # Errors
    /// [`Error::Kubeconfig`], and those of the certificates and keys inside.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Error> {
        let refuse = |index: usize| Error::Kubeconfig {
            why: UNRESOLVED.get(index).copied().unwrap_or_default(),
        };
        let document = Document::parse(text)?;
        if document.current_context.is_none() {
            return Err(refuse(0));
        }
        let context = document.context().ok_or_else(|| refuse(1))?;
        let cluster = context.cluster.as_deref();
        let cluster = cluster.and_then(|name| document.cluster(name));
        let cluster = cluster.ok_or_else(|| refuse(2))?;
        let user_name = context.user.as_deref().unwrap_or_default();
        let user = document.user(user_name).ok_or_else(|| refuse(3))?;
        let authority = cluster.authority();
        let authorities = match authority {
            Source::Data(data) => Certificate::bundle_from_pem(&decode(data)?)?,
            Source::Path(_) | Source::Nowhere => Vec::new(),
        };
        let client = match (user.certificate(), user.key()) {
            (Source::Data(certificate), Source::Data(key)) => Client::Embedded {
                certificate: Box::new(Certificate::from_pem(&decode(certificate)?)?),
                key: Box::new(KeyPair::from_pem(&decode(key)?)?),
            },
            (Source::Path(certificate), key @ (Source::Path(_) | Source::Nowhere)) => {
                Client::Paths {
                    certificate: certificate.value.to_string(),
                    key: key.path().unwrap_or_default().to_owned(),
                }
            }
            _ => Client::Other,
        };
        Ok(Self {
            server: cluster.server.as_ref().map(|server| server.value.clone()),
            authority: authorities.first().cloned(),
            authorities,
            authority_path: authority.path().map(str::to_owned),
            client,
            skips_verification: cluster.skips_verification(),
            other_contexts: document.contexts().len().saturating_sub(1),
            user: user_name.to_owned(),
            lines: KubeconfigLines {
                server: line(cluster.server.as_ref()),
                authority: authority.line(),
                skips_verification: line(cluster.insecure_skip_tls_verify.as_ref()),
                client_certificate: user.certificate().line(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CA: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/pki/ca.crt");

    fn read(cluster: &str, user: &str) -> ExistingKubeconfig {
        let text = format!(
            "current-context: c\ncontexts:\n- {{name: c, context: {{cluster: k, user: u}}}}\n- {{name: d}}\nclusters:\n- name: k\n  cluster:\n{cluster}users:\n- name: u\n  user:\n{user}"
        );
        ExistingKubeconfig::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn what_is_empty_is_not_there() {
        let found = read(
            "    certificate-authority-data: ''\n    certificate-authority: ca.crt\n",
            "    client-certificate-data: ''\n    client-certificate: a.pem\n    client-key-data: ''\n",
        );
        assert!(found.authorities.is_empty());
        assert_eq!(found.authority_path.as_deref(), Some("ca.crt"));
        assert_eq!(found.lines.authority, Some(9));
        assert_eq!(found.lines.client_certificate, Some(14));
        let Client::Paths { certificate, key } = found.client else {
            panic!("it names files");
        };
        assert_eq!((certificate.as_str(), key.as_str()), ("a.pem", ""));
        assert_eq!(found.other_contexts, 1);
    }

    #[test]
    fn data_win_over_a_path() {
        use base64::Engine;
        let data = base64::prelude::BASE64_STANDARD.encode(CA);
        let found = read(
            &format!(
                "    certificate-authority: ca.crt\n    certificate-authority-data: {data}\n    insecure-skip-tls-verify: true\n    server: https://a:6443\n"
            ),
            "    client-certificate-data: e30=\n    client-key: a.key\n",
        );
        assert_eq!(found.authority_path, None);
        assert_eq!(found.authority, Certificate::from_pem(CA).ok());
        // A certificate inside and a key outside is nothing that kubeadm makes.
        assert!(matches!(found.client, Client::Other));
        assert!(found.skips_verification);
        let lines = KubeconfigLines {
            server: Some(11),
            authority: Some(9),
            skips_verification: Some(10),
            client_certificate: Some(15),
        };
        assert_eq!(found.lines, lines);
    }

    #[test]
    fn a_context_that_leads_nowhere_is_told() {
        let start = "clusters: [{name: k, cluster: {}}]\nusers: [{name: u}]\n";
        for (rest, why) in UNRESOLVED.iter().enumerate().map(|(index, why)| {
            let contexts = [
                "",
                "current-context: c",
                "current-context: c\ncontexts: [{name: c, context: {cluster: x}}]",
                "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]",
            ];
            (contexts[index], why)
        }) {
            let text = format!("{start}{rest}");
            let error = ExistingKubeconfig::parse(text.as_bytes()).err();
            assert_eq!(error, Some(Error::Kubeconfig { why }), "{text}");
        }
    }
}
