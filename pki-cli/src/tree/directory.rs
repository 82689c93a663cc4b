//! A directory of this host, or of another: the same questions to both.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use pki_core::{ServiceFileKind, TreeContent};

use super::far::{FarDir, FarHost};
use crate::store::{About, Activity, Entry, Found, HostDir, RelPath, StoreError};

/// Where directories are.
pub(super) enum Machine {
    Here,
    There(Rc<FarHost>),
}

impl Machine {
    /// The root of a host: `/`, or a directory that holds a copy of one.
    pub(super) fn root(&self, path: &Path) -> Result<Option<Directory>, StoreError> {
        match self {
            Self::Here => Ok(HostDir::root(path)?.map(Directory::Here)),
            Self::There(host) => Ok(host.root(path)?.map(Directory::There)),
        }
    }
}

pub(super) enum Directory {
    Here(HostDir),
    There(FarDir),
}

/// What lies under a name.
pub(super) enum Looked {
    Nothing,
    /// This directory cannot be entered, so nobody can tell.
    Hidden {
        directory: PathBuf,
        reason: String,
    },
    Something {
        content: TreeContent,
        /// `None` where a link leads nowhere.
        about: Option<About>,
        /// Whether the numbers of its device and of itself are known.
        has_inode: bool,
        /// Where the name itself leads if it is a symbolic link.
        link: Option<String>,
    },
}

/// Everything below a directory that is none itself.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) files: Vec<String>,
    /// Names that no text can hold.
    pub(super) odd: Vec<PathBuf>,
    /// Directories that cannot be entered, or lie too deep.
    pub(super) closed: Vec<PathBuf>,
}

impl Directory {
    /// Reads a file, whatever links lead to it.
    pub(super) fn look(&self, name: &str) -> Looked {
        let directory = match self {
            Self::Here(directory) => directory,
            Self::There(directory) => return directory.look(name),
        };
        match directory.read(name) {
            Found::Nothing => Looked::Nothing,
            Found::Hidden { directory, reason } => Looked::Hidden { directory, reason },
            Found::Something(found) => Looked::Something {
                content: content(found.entry),
                about: found.about,
                has_inode: true,
                link: found.link.map(|link| link.to_string_lossy().into_owned()),
            },
        }
    }

    /// Names that will be read one by one, which one journey may bring.
    pub(super) fn foresee(&self, names: &[&str]) {
        if let Self::There(directory) = self {
            directory.foresee(names);
        }
    }

    /// The same of files that those of services name.
    pub(super) fn foresee_services(&self, files: &[(&str, &ServiceFileKind)]) {
        if let Self::There(directory) = self {
            directory.foresee_services(files);
        }
    }

    /// The same of all below it.
    pub(super) fn foresee_all(&self) {
        if let Self::There(directory) = self {
            directory.foresee_all();
        }
    }

    /// The directory under a path; `None` if there is none.
    pub(super) fn enter(&self, path: impl AsRef<Path>) -> Result<Option<Self>, StoreError> {
        Ok(match self {
            Self::Here(directory) => directory.enter(path)?.map(Self::Here),
            Self::There(directory) => directory.enter(path)?.map(Self::There),
        })
    }

    /// Whether something lies under the path, as far as can be told.
    pub(super) fn has(&self, path: impl AsRef<Path>) -> bool {
        match self {
            Self::Here(directory) => directory.has(path),
            Self::There(directory) => directory.has(path),
        }
    }

    /// Whether the name at the end of the path is that of a symbolic link.
    pub(super) fn is_link(&self, path: impl AsRef<Path>) -> bool {
        match self {
            Self::Here(directory) => directory.is_link(path),
            Self::There(directory) => directory.is_link(path),
        }
    }

    /// Whether both are the same directory.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Here(one), Self::Here(other)) => one.is(other),
            (Self::There(one), Self::There(other)) => one.is(other),
            _ => false,
        }
    }

    pub(super) fn names(&self, most: usize) -> Result<Vec<OsString>, StoreError> {
        match self {
            Self::Here(directory) => directory.names(most),
            Self::There(directory) => directory.names(most),
        }
    }

    /// Every file below it; links are listed, not followed.
    pub(super) fn list(&self) -> Result<Listed, StoreError> {
        match self {
            Self::Here(directory) => {
                let listing = directory.list()?;
                let text = |path: &RelPath| path.as_str().to_owned();
                Ok(Listed {
                    files: listing.files.iter().map(text).collect(),
                    odd: listing.odd,
                    closed: listing.closed,
                })
            }
            Self::There(directory) => directory.list(),
        }
    }

    /// Whether a run of kpki is at work here, of which this is the stage.
    pub(super) fn activity(&self, stage: &str) -> Activity {
        match self {
            Self::Here(directory) => directory.activity(),
            Self::There(directory) => directory.activity(stage),
        }
    }

    pub(super) fn about(&self) -> Option<About> {
        match self {
            Self::Here(directory) => directory.about().ok(),
            Self::There(directory) => directory.about(),
        }
    }

    /// Where it was found, for messages.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Here(directory) => directory.path(),
            Self::There(directory) => directory.path(),
        }
    }
}

fn content(entry: Entry) -> TreeContent {
    match entry {
        Entry::File { bytes, .. } => TreeContent::Bytes(bytes.into()),
        Entry::Absent => TreeContent::NotAFile("link that leads nowhere"),
        Entry::TooLarge { size } => TreeContent::TooLarge(size),
        Entry::Other { kind } => TreeContent::NotAFile(kind),
        Entry::Unreadable { reason } => TreeContent::Unreadable(reason),
    }
}
