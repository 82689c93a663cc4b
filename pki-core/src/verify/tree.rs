//! A directory as it was found, read into memory beforehand.

mod remains;
mod text;

use std::collections::BTreeMap;
use std::fmt;

pub use remains::{Remains, RemainsKind};
pub use text::FileText;

use super::TreeLocation;
use crate::certificate::Certificate;
use crate::keepalived::PasswordSeal;
use crate::key::{KeyHalf, PrivateKeys};
use crate::kubeconfig::ExistingKubeconfig;

/// The files of one host's kubernetes directory, or of a directory with CAs,
/// and those elsewhere on the host that belong to them.
#[derive(Debug, Default)]
pub struct Tree {
    /// Where it was found.
    pub location: TreeLocation,
    /// The files by their path: `pki/apiserver.crt`, `admin.conf`,
    /// `manifests/etcd.yaml`; those outside of the kubernetes directory by
    /// their absolute path on the host, such as
    /// `/var/lib/kubelet/pki/kubelet.crt`. The certificates directory is `pki`
    /// here, whatever it is called.
    pub files: BTreeMap<String, TreeFile>,
    /// The directories: `pki`, `pki/etcd`.
    pub directories: BTreeMap<String, TreeDirectory>,
    /// Directories and names that could not be looked at.
    pub unlisted: Vec<Unlisted>,
    /// What kpki itself left there, but for what a run that is at work has.
    pub remains: Vec<Remains>,
    /// Whether kubeconfigs could be looked for at all.
    pub has_kubeconfig_directory: bool,
    /// Whether files by their absolute paths could be looked for at all.
    pub has_host_root: bool,
    /// By which passwords of VRRP are told apart where some stay on their hosts: the
    /// same for all trees that are compared.
    pub password_seal: Option<PasswordSeal>,
}

/// A directory or a name that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// Where it is in the tree.
    pub path: String,
    /// What kept the reader from it.
    pub obstacle: Obstacle,
    /// The same in words: `Permission denied`.
    pub why: String,
}

/// What keeps a reader from a directory or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The system refuses it, to this user at least.
    Denied,
    /// Its name is no text, or not one that can be shown.
    OddName,
    /// Links that lead in a circle.
    Loop,
    /// There is more than is looked at, and some of it may be in use.
    TooMany,
    /// There is more than is looked at of what no component uses.
    TooManyOthers,
}

/// A directory of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeDirectory {
    /// The permission bits.
    pub mode: u32,
    /// Whose it is, where that is known.
    pub owner: Option<Owner>,
}

/// To whom a file belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

/// A file of a tree.
#[derive(Debug)]
pub struct TreeFile {
    /// What is in it.
    pub content: TreeContent,
    /// The permission bits; those of the target if it is a symbolic link. Of a
    /// copy beside the certificates directory those that the directories above
    /// it let through.
    pub mode: u32,
    /// Whose it is, where that is known; the target's if it is a link.
    pub owner: Option<Owner>,
    /// How many names the file has: more than one are hard links.
    pub links: u64,
    /// The numbers of its device and of itself there, which are the same by
    /// whatever path it is reached; `None` where nobody knows.
    pub inode: Option<(u64, u64)>,
    /// Where it leads if it is a symbolic link.
    pub link: Option<String>,
}

/// What is in a file.
#[non_exhaustive]
pub enum TreeContent {
    /// These bytes.
    Bytes(FileText),
    /// Its public view: the text that it has on its host, with the public half
    /// of each private key in the place of the key, and without what else is
    /// secret or nobody asked for.
    PublicView(FileText),
    /// It stays on its host, because something in it may be secret, and why.
    Withheld(String),
    /// It could not be read, and why.
    Unreadable(String),
    /// A directory above it cannot be entered, which is reported itself:
    /// whether it is there at all is not known.
    Hidden,
    /// It has so many bytes that nobody read it.
    TooLarge(u64),
    /// It is something else: `directory`, `named pipe`, `link that leads nowhere`.
    NotAFile(&'static str),
}

/// Where the kubelet keeps what it makes and asks for itself.
pub(super) const KUBELET_DIRECTORY: &str = "/var/lib/kubelet/pki/";
/// Where the kubelet keeps its client certificate with its key.
pub(super) const KUBELET_CLIENT: &str = "/var/lib/kubelet/pki/kubelet-client-current.pem";
/// The kubelet's configuration.
pub(super) const KUBELET_CONFIG: &str = "/var/lib/kubelet/config.yaml";

impl Tree {
    /// The file at a path below the certificates directory.
    pub(super) fn get(&self, path: &str) -> Option<&TreeFile> {
        self.files.get(path)
    }

    /// Whether the file is there, as far as is known.
    pub(crate) fn has(&self, path: &str) -> bool {
        let file = self.files.get(path);
        file.is_some_and(|file| !matches!(file.content, TreeContent::Hidden))
    }

    /// The path of a file that a kubeconfig of the tree names, which may call it as
    /// it was found here.
    pub(super) fn named_by(&self, kubeconfig: &str, named: &str) -> Option<String> {
        let here = || {
            let mut paths = self.files.keys();
            paths.find(|path| self.location.path(path) == named)
        };
        let path = self.location.named_by_kubeconfig(kubeconfig, named)?;
        match path.starts_with('/') && !self.files.contains_key(&path) {
            true => Some(here().cloned().unwrap_or(path)),
            false => Some(path),
        }
    }

    /// The files that can be seen, whether they can be read or not.
    pub(crate) fn visible(&self) -> impl Iterator<Item = (&String, &TreeFile)> {
        let files = self.files.iter();
        files.filter(|(_, file)| !matches!(file.content, TreeContent::Hidden))
    }

    /// Whether a file could be looked for, wherever it lies on its host.
    pub(crate) fn is_in_reach(&self, path: &str) -> bool {
        let elsewhere = self.location.is_outside() && path.starts_with("pki/");
        self.has_host_root || !elsewhere && !path.starts_with('/')
    }

    /// Whether the file is known not to be there.
    pub(crate) fn lacks(&self, path: &str) -> bool {
        !self.files.contains_key(path)
    }
}

impl TreeFile {
    /// Its text, whole or as its public view.
    pub(crate) fn text(&self) -> Option<&FileText> {
        match &self.content {
            TreeContent::Bytes(text) | TreeContent::PublicView(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of its text.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        self.text().map(|text| &**text)
    }

    /// How private keys stand in its text.
    pub(crate) fn private_keys(&self) -> PrivateKeys {
        match self.content {
            TreeContent::PublicView(_) => PrivateKeys::Halves,
            _ => PrivateKeys::Whole,
        }
    }

    /// The first private key of its text.
    pub(crate) fn key_half(&self) -> Option<&KeyHalf> {
        self.text()?.key(self.private_keys()).ok()
    }

    /// The kubeconfig that its text is.
    pub(crate) fn kubeconfig(&self) -> Option<&ExistingKubeconfig> {
        let read = self.text()?.kubeconfig(self.private_keys()).ok()?;
        Some(read)
    }

    /// Every certificate of its text, if all can be read.
    pub(crate) fn certificates(&self) -> Option<&[Certificate]> {
        self.text()?.certificates().ok()
    }
}

impl fmt::Debug for TreeContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes, [elided])", bytes.len()),
            Self::PublicView(text) => write!(f, "PublicView({} bytes)", text.len()),
            Self::Withheld(why) => write!(f, "Withheld({why})"),
            Self::Hidden => f.write_str("Hidden"),
            Self::Unreadable(why) => write!(f, "Unreadable({why})"),
            Self::TooLarge(size) => write!(f, "TooLarge({size})"),
            Self::NotAFile(kind) => write!(f, "NotAFile({kind})"),
        }
    }
}
