//! Why nothing could be rendered.

use std::error::Error as _;
use std::fmt;

use super::format::Inexpressible;
use crate::kubeadm::KubeadmWriteError;
use crate::name::Quoted;
use crate::setup::EtcdVersion;

/// Why the files of a set-up could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderError {
    /// A value that the format of a file has no way to hold.
    Inexpressible {
        /// The file.
        file: &'static str,
        /// What is wrong, with the value.
        why: String,
    },
    /// An endpoint of etcd without TLS.
    PlainEndpoint {
        /// Its URL.
        url: String,
    },
    /// An endpoint of etcd at an address that is none of the hosts'.
    UnknownMember {
        /// Its URL.
        url: String,
    },
    /// An external etcd that nobody says anything about.
    NoEndpoints,
    /// This etcd cannot ask its peers for a common name.
    PeerNames {
        /// Its version.
        version: EtcdVersion,
    },
    /// A row of the catalog that has no file in the naming of the cluster.
    NoFile {
        /// The row.
        row: String,
    },
    /// What the user wrote for kubeadm cannot be carried over.
    Kubeadm {
        /// What is wrong.
        why: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// A template or document that could not be written: a fault of kpki.
    Template {
        /// The file.
        file: &'static str,
        /// The engine's words.
        why: String,
    },
}

impl From<KubeadmWriteError> for RenderError {
    fn from(error: KubeadmWriteError) -> Self {
        let why = error.to_string();
        let hint = match error {
            KubeadmWriteError::Lost { .. } => {
                "'kubeadm config migrate' translates the file, but for our own documents"
            }
            KubeadmWriteError::Spelling { .. } => "put it in quotes",
            KubeadmWriteError::Yaml { .. } => {
                return Self::Template {
                    file: "kubeadm-config.yaml",
                    why,
                };
            }
        };
        Self::Kubeadm { why, hint }
    }
}

impl RenderError {
    pub(super) fn of_template(file: &'static str, error: &minijinja::Error) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(what) = cause.downcast_ref::<Inexpressible>() {
                return Self::Inexpressible {
                    file,
                    why: what.to_string(),
                };
            }
            source = cause.source();
        }
        Self::Template {
            file,
            why: error.to_string(),
        }
    }
}

impl RenderError {
    /// What to write instead, where that can be told.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::PlainEndpoint { .. } => Some("write https:// there"),
            Self::UnknownMember { .. } => {
                Some("list the member among the hosts with its address and the role etcd")
            }
            Self::NoEndpoints => Some("write endpoints: [\"https://HOST:2379\"]"),
            Self::PeerNames { .. } => Some("write 'peers: own-ca', or a later version of etcd"),
            Self::Kubeadm { hint, .. } => Some(hint),
            Self::Inexpressible { .. } => Some("write a value without special characters"),
            Self::NoFile { .. } | Self::Template { .. } => None,
        }
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inexpressible { file, why } | Self::Template { file, why } => {
                write!(f, "{file}: {why}")
            }
            Self::Kubeadm { why, .. } => f.write_str(why),
            Self::PlainEndpoint { url } => write!(
                f,
                "etcd.external.endpoints: {} has no TLS, and etcd is rendered with it",
                Quoted(url)
            ),
            Self::UnknownMember { url } => write!(
                f,
                "etcd.external.endpoints: none of the hosts has the address in {}",
                Quoted(url)
            ),
            Self::NoEndpoints => f.write_str(
                "etcd.external.endpoints: where is etcd? No host is a member, and none is named",
            ),
            Self::PeerNames { version } => write!(
                f,
                "etcd.peers: etcd {version} does not look at the names of its peers, which 3.3 does"
            ),
            Self::NoFile { row } => write!(f, "'{row}' has no file with this naming"),
        }
    }
}

impl std::error::Error for RenderError {}
