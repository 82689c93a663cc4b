//! Why kubeadm's configuration could not be written.

use std::fmt;

/// Why kubeadm's configuration could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KubeadmWriteError {
    /// Fields of the user's that the version for this kubeadm lacks or has
    /// elsewhere.
    Lost {
        /// The `apiVersion` of the file.
        from: String,
        /// The one that would be written.
        to: &'static str,
        /// Their paths.
        fields: Vec<String>,
    },
    /// A number that is written in a way that only some parsers read.
    Spelling {
        /// Its path.
        path: String,
        /// As it stands there.
        text: String,
    },
    /// The writer's own words.
    Yaml { why: String },
}

impl fmt::Display for KubeadmWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { from, to, fields } => write!(
                f,
                "the file is of {from}, and kubeadm.k8s.io/{to} has another place for {}",
                fields.join(", ")
            ),
            Self::Spelling { path, text } => {
                write!(f, "{path}: what '{text}' means depends on who reads it")
            }
            Self::Yaml { why } => f.write_str(why),
        }
    }
}
