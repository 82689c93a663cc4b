//! What the current context of a kubeconfig leads to, which is all that counts
//! for a program that uses the file.

use super::document::{Document, User, line};
use super::field::Field;
use crate::Error;
use crate::certificate::Certificate;
use crate::key::{KeyHalf, PrivateKeys};

/// The parts of an existing kubeconfig that decide whether it works, taken from
/// its current context.
pub(crate) struct ExistingKubeconfig {
    pub(crate) server: Option<String>,
    /// The name that the server has to prove instead of that in its URL.
    pub(crate) tls_server_name: Option<String>,
    /// The CAs that it trusts: several while a CA is rotated.
    pub(crate) authorities: Field<Vec<Certificate>>,
    /// The client certificate and the intermediates behind it.
    pub(crate) certificate: Field<Vec<Certificate>>,
    pub(crate) key: Field<KeyHalf>,
    /// How it proves who it is besides.
    pub(crate) other_proof: Option<OtherProof>,
    /// Fields that have both data and a path, which clients refuse, with the line
    /// of the path.
    pub(crate) given_twice: Vec<(&'static str, Option<usize>)>,
    /// Whether it believes any server.
    pub(crate) skips_verification: bool,
    /// How many contexts there are beside the current one.
    pub(crate) other_contexts: usize,
    /// The name of its cluster, for `kubectl config set-cluster`.
    pub(crate) cluster: String,
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
    pub(crate) client_key: Option<usize>,
    pub(crate) tls_server_name: Option<usize>,
}

/// What [`ExistingKubeconfig::parse`] says of a current context that leads
/// nowhere.
pub(crate) const UNRESOLVED: [&str; 4] = [
    "it has no current context",
    "its current context does not exist",
    "its current cluster does not exist",
    "its current user does not exist",
];

/// How a user proves who it is without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OtherProof {
    Token,
    Plugin,
    Password,
}

impl OtherProof {
    fn of(user: &User) -> Option<Self> {
        if user.token.is_some() || user.token_file.as_ref().is_some_and(|it| !it.is_empty()) {
            return Some(Self::Token);
        }
        if user.exec.is_some() || user.auth_provider.is_some() {
            return Some(Self::Plugin);
        }
        user.password.as_ref().map(|_| Self::Password)
    }
}

impl ExistingKubeconfig {
    /// Reads a kubeconfig.
    ///
    /// # Errors
    /// [`Error::Kubeconfig`]; those of the certificates and keys inside are their
    /// fields' own.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Error> {
        Self::parse_with(text, PrivateKeys::Whole)
    }

    /// The same of a text in which keys may stand by their public halves.
    ///
    /// # Errors
    /// Those of [`ExistingKubeconfig::parse`].
    pub(crate) fn parse_with(text: &[u8], keys: PrivateKeys) -> Result<Self, Error> {
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
        let cluster_name = context.cluster.clone().unwrap_or_default();
        let user_name = context.user.clone().unwrap_or_default();
        let user = document.user(&user_name).ok_or_else(|| refuse(3))?;
        let tls_server_name = cluster.tls_server_name.as_ref();
        let twice = [
            ("certificate-authority", cluster.authority_beside_data()),
            ("client-certificate", user.certificate_beside_data()),
            ("client-key", user.key_beside_data()),
        ];
        let twice = twice.into_iter().filter(|(_, path)| path.is_some());
        Ok(Self {
            server: cluster.server.as_ref().map(|server| server.value.clone()),
            tls_server_name: tls_server_name
                .map(|name| name.value.clone())
                .filter(|name| !name.is_empty()),
            authorities: Field::read(cluster.authority(), Certificate::bundle_from_pem),
            certificate: Field::read(user.certificate(), Certificate::bundle_from_pem),
            key: Field::read(user.key(), |text| KeyHalf::read(text, keys)),
            other_proof: OtherProof::of(user),
            given_twice: twice.map(|(field, path)| (field, line(path))).collect(),
            skips_verification: cluster.skips_verification(),
            other_contexts: document.contexts().len().saturating_sub(1),
            cluster: cluster_name,
            user: user_name,
            lines: KubeconfigLines {
                server: line(cluster.server.as_ref()),
                authority: cluster.authority().line(),
                skips_verification: line(cluster.insecure_skip_tls_verify.as_ref()),
                client_certificate: user.certificate().line(),
                client_key: user.key().line(),
                tls_server_name: line(tls_server_name),
            },
        })
    }

    /// The CAs inside.
    pub(crate) fn trusted(&self) -> &[Certificate] {
        self.authorities
            .data()
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The client certificate inside, and the intermediates behind it.
    pub(crate) fn chain(&self) -> &[Certificate] {
        self.certificate
            .data()
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Why one of the parts inside cannot be read.
    pub(crate) fn broken(&self) -> Option<&Error> {
        let certificates = [&self.authorities, &self.certificate];
        let mut broken = certificates.into_iter().filter_map(Field::error);
        broken.next().or_else(|| self.key.error())
    }

    /// Whether its client certificate, or the key of the one inside it, is in
    /// another file, where whoever keeps that file renews it.
    pub(crate) fn is_renewed_elsewhere(&self) -> bool {
        let has_key_elsewhere = !self.chain().is_empty() && self.key.path().is_some();
        self.certificate.path().is_some() || has_key_elsewhere
    }

    /// The files that it names.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let certificates = [self.authorities.path(), self.certificate.path()];
        certificates.into_iter().chain([self.key.path()]).flatten()
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
        assert!(found.trusted().is_empty() && found.given_twice.is_empty());
        assert_eq!(found.authorities.path(), Some("ca.crt"));
        assert_eq!(found.lines.authority, Some(9));
        assert_eq!(found.lines.client_certificate, Some(14));
        assert_eq!(found.certificate.path(), Some("a.pem"));
        assert!(found.key.is_absent());
        assert_eq!(found.other_contexts, 1);
    }

    #[test]
    fn data_win_over_a_path() {
        use base64::Engine;
        let data = base64::prelude::BASE64_STANDARD.encode(CA);
        let found = read(
            &format!(
                "    certificate-authority: ca.crt\n    certificate-authority-data: {data}\n    insecure-skip-tls-verify: true\n    server: https://a:6443\n    tls-server-name: b\n"
            ),
            "    client-certificate-data: e30=\n    client-key: a.key\n",
        );
        assert_eq!(found.authorities.path(), None);
        assert_eq!(
            found.trusted().first(),
            Certificate::from_pem(CA).ok().as_ref()
        );
        assert_eq!(found.given_twice, [("certificate-authority", Some(8))]);
        // Each field is read by itself: the certificate is none, the key is elsewhere.
        assert!(found.certificate.error().is_some() && found.broken().is_some());
        assert_eq!(found.key.path(), Some("a.key"));
        assert_eq!(found.paths().collect::<Vec<_>>(), ["a.key"]);
        assert_eq!(found.tls_server_name.as_deref(), Some("b"));
        assert!(found.skips_verification);
        let lines = KubeconfigLines {
            server: Some(11),
            authority: Some(9),
            skips_verification: Some(10),
            client_certificate: Some(16),
            client_key: Some(17),
            tls_server_name: Some(12),
        };
        assert_eq!(found.lines, lines);
    }

    #[test]
    fn a_user_may_have_no_certificate() {
        for (user, proof) in [
            ("token: abc", Some(OtherProof::Token)),
            ("tokenFile: /run/token", Some(OtherProof::Token)),
            ("exec: {command: aws}", Some(OtherProof::Plugin)),
            ("auth-provider: {name: oidc}", Some(OtherProof::Plugin)),
            ("password: abc", Some(OtherProof::Password)),
            ("tokenFile: ''", None),
        ] {
            let found = read("    server: a\n", &format!("    {user}\n"));
            assert!(found.certificate.is_absent() && found.broken().is_none());
            assert_eq!(found.other_proof, proof, "{user}");
        }
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
