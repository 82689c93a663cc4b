//! A directory as it was found, read into memory beforehand.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

/// The files of one host's kubernetes directory, or of a directory with CAs.
#[derive(Debug, Default)]
pub struct Tree {
    /// The files by their path: `pki/apiserver.crt`, `admin.conf`. The
    /// certificates directory is `pki` here, whatever it is called.
    pub files: BTreeMap<String, TreeFile>,
    /// The permission bits of directories: `pki`, `pki/etcd`.
    pub directories: BTreeMap<String, u32>,
    /// Directories and names that could not be looked at, and why.
    pub unlisted: Vec<(String, String)>,
    /// Whether kubeconfigs could be looked for at all.
    pub has_kubeconfig_directory: bool,
}

/// A file of a tree.
#[derive(Debug)]
pub struct TreeFile {
    /// What is in it.
    pub content: TreeContent,
    /// The permission bits; those of the target if it is a symbolic link.
    pub mode: u32,
    /// Where it leads if it is a symbolic link.
    pub link: Option<String>,
}

/// What is in a file.
#[non_exhaustive]
pub enum TreeContent {
    /// These bytes.
    Bytes(Zeroizing<Vec<u8>>),
    /// It could not be read, and why.
    Unreadable(String),
    /// It has so many bytes that nobody read it.
    TooLarge(u64),
    /// It is something else: `directory`, `named pipe`, `link that leads nowhere`.
    NotAFile(&'static str),
}

impl Tree {
    /// The file at a path below the certificates directory.
    pub(super) fn get(&self, path: &str) -> Option<&TreeFile> {
        self.files.get(path)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

impl TreeFile {
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            TreeContent::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl fmt::Debug for TreeContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes, [elided])", bytes.len()),
            Self::Unreadable(why) => write!(f, "Unreadable({why})"),
            Self::TooLarge(size) => write!(f, "TooLarge({size})"),
            Self::NotAFile(kind) => write!(f, "NotAFile({kind})"),
        }
    }
}
