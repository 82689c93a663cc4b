//! Every certificate of a kubeconfig, whichever context it is for. Keys are not
//! looked at: a certificate ends on its day with or without one.

use super::document::Document;
use super::field::Field;
use super::source::Source;
use crate::Error;
use crate::certificate::Certificate;

/// The certificates of a cluster or a user of a kubeconfig.
pub(crate) struct EmbeddedCertificates {
    pub(crate) kind: EmbeddedKind,
    /// The name of the cluster or user.
    pub(crate) key: String,
    /// Whether it belongs to the current context.
    pub(crate) is_current: bool,
    /// Never absent.
    pub(crate) certificates: Field<Vec<Certificate>>,
}

/// What a kubeconfig says about certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmbeddedKind {
    /// The CA that a cluster's server is trusted by.
    Cluster,
    /// A user's client certificate.
    User,
}

impl EmbeddedKind {
    /// `cluster` or `user`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::User => "user",
        }
    }
}

/// Reads them all, those of users first.
///
/// # Errors
/// [`Error::Kubeconfig`] if it is no kubeconfig.
pub(crate) fn embedded(text: &[u8]) -> Result<Vec<EmbeddedCertificates>, Error> {
    let document = Document::parse(text)?;
    let context = document.context();
    let user = context.and_then(|context| context.user.as_ref());
    let cluster = context.and_then(|context| context.cluster.as_ref());
    let users = document.users().iter().filter_map(|named| {
        Some(EmbeddedCertificates {
            kind: EmbeddedKind::User,
            key: named.name.clone(),
            is_current: user == Some(&named.name),
            certificates: certificates(named.user.as_ref()?.certificate())?,
        })
    });
    let clusters = document.clusters().iter().filter_map(|named| {
        Some(EmbeddedCertificates {
            kind: EmbeddedKind::Cluster,
            key: named.name.clone(),
            is_current: cluster == Some(&named.name),
            certificates: certificates(named.cluster.as_ref()?.authority())?,
        })
    });
    Ok(users.chain(clusters).collect())
}

fn certificates(source: Source<'_>) -> Option<Field<Vec<Certificate>>> {
    let field = Field::read(source, Certificate::bundle_from_pem);
    (!field.is_absent()).then_some(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_and_cluster_is_read() {
        let text = b"
current-context: b
contexts:
- {name: a, context: {cluster: one, user: u1}}
- {name: b, context: {cluster: two, user: u2}}
clusters:
- {name: one, cluster: {server: x, certificate-authority: ca.crt}}
- {name: two, cluster: {certificate-authority-data: '%%%'}}
users:
- {name: u1, user: {token: t}}
- {name: u2, user: {client-certificate: /a/b.pem, client-certificate-data: ''}}
- {name: u3, user: {client-certificate-data: aGVsbG8=}}
- {name: u4}
";
        let found = embedded(text).unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|embedded| {
                let field = &embedded.certificates;
                let error = || field.error().map(ToString::to_string);
                let source = field.path().map(str::to_owned).or_else(error).unwrap();
                (embedded.key.as_str(), embedded.is_current, source)
            })
            .collect();
        let no_block = Certificate::from_pem(b"hello").unwrap_err().to_string();
        assert_eq!(shown[0], ("u2", true, "/a/b.pem".to_owned()));
        assert_eq!(shown[1], ("u3", false, no_block));
        assert_eq!(shown[2], ("one", false, "ca.crt".to_owned()));
        assert!(shown[3].1 && shown[3].2.contains("base64"), "{shown:?}");
        assert_eq!(shown.len(), 4);
        assert!(embedded(b"- a\n").is_err());
    }
}
