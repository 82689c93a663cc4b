//! Every certificate of a kubeconfig, whichever context it is for. Keys are not
//! looked at: a certificate ends on its day with or without one.

use super::{File, decode};
use crate::Error;
use crate::certificate::Certificate;
use serde_saphyr::Spanned;

/// The certificates of a cluster or a user of a kubeconfig.
pub(crate) struct Embedded {
    pub(crate) kind: EmbeddedKind,
    /// The name of the cluster or user.
    pub(crate) key: String,
    /// Whether it belongs to the current context.
    pub(crate) is_current: bool,
    pub(crate) source: Source,
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

/// Where the certificates are.
pub(crate) enum Source {
    /// In the kubeconfig.
    Data(Result<Vec<Certificate>, Error>),
    /// In this file, relative to the kubeconfig's directory.
    Path(String),
}

/// Reads them all. Of data and path that are both there, the data count, as for
/// kubectl.
///
/// # Errors
/// [`Error::Kubeconfig`] if it is no kubeconfig.
pub(crate) fn embedded(text: &[u8]) -> Result<Vec<Embedded>, Error> {
    let file = File::parse(text)?;
    let current = file.current_context.as_deref();
    let context = file
        .contexts
        .iter()
        .find(|context| Some(context.name.as_str()) == current)
        .and_then(|named| named.context.as_ref());
    let user = context.and_then(|context| context.user.as_deref());
    let cluster = context.and_then(|context| context.cluster.as_deref());
    let mut found = Vec::new();
    for named in &file.users {
        let fields = named.user.as_ref();
        let data = fields.and_then(|user| value(user.client_certificate_data.as_ref()));
        let path = fields.and_then(|user| value(user.client_certificate.as_ref()));
        found.extend(source(data, path).map(|source| Embedded {
            kind: EmbeddedKind::User,
            key: named.name.clone(),
            is_current: user == Some(&named.name),
            source,
        }));
    }
    for named in &file.clusters {
        let fields = named.cluster.as_ref();
        let data = fields.and_then(|cluster| value(cluster.certificate_authority_data.as_ref()));
        let path = fields.and_then(|cluster| value(cluster.certificate_authority.as_ref()));
        found.extend(source(data, path).map(|source| Embedded {
            kind: EmbeddedKind::Cluster,
            key: named.name.clone(),
            is_current: cluster == Some(&named.name),
            source,
        }));
    }
    Ok(found)
}

fn value(field: Option<&Spanned<String>>) -> Option<&str> {
    field.map(|field| field.value.as_str())
}

fn source(data: Option<&str>, path: Option<&str>) -> Option<Source> {
    let data = data.filter(|data| !data.is_empty());
    let path = path.filter(|path| !path.is_empty());
    match (data, path) {
        (Some(data), _) => {
            let certificates = decode(data).and_then(|pem| Certificate::bundle_from_pem(&pem));
            Some(Source::Data(certificates))
        }
        (None, Some(path)) => Some(Source::Path(path.to_owned())),
        (None, None) => None,
    }
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
                let source = match &embedded.source {
                    Source::Path(path) => path.clone(),
                    Source::Data(data) => data.as_ref().unwrap_err().to_string(),
                };
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
