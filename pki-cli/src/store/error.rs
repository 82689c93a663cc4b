//! Why the store refused or failed.

mod hint;

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::lock::Holder;
use super::quote;

/// Why the store refused or failed. After any of these except `NotUndone`, `HalfReplaced` and
/// `InPlace` the tree is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum StoreError {
    /// A system call failed.
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
        /// A directory above that is there when the run is over, where somebody knows that:
        /// one that the run has made goes with it.
        above: Option<PathBuf>,
    },
    /// The directory itself is a symbolic link, which somebody may point elsewhere later.
    RootIsSymlink {
        path: PathBuf,
        target: Option<PathBuf>,
    },
    /// So is one in it, which no other directory can be given for.
    BelowIsSymlink {
        path: PathBuf,
        target: Option<PathBuf>,
    },
    /// A directory is needed and something else is there.
    NotADirectory { path: PathBuf, kind: &'static str },
    /// The owner can replace whatever is written below it.
    ForeignOwner { path: PathBuf, uid: u32, mode: u32 },
    /// Others than the owner can replace whatever is written below it.
    WritableByOthers {
        path: PathBuf,
        mode: u32,
        by: &'static str,
    },
    /// A path that is not a plain relative path.
    BadPath { text: String, reason: &'static str },
    /// Two of the files to write claim the same path.
    Claimed { path: PathBuf },
    /// A new file is already there.
    Exists { path: PathBuf },
    /// The file to replace is not there.
    Missing { path: PathBuf },
    /// The file to replace is not a regular file.
    NotAFile { path: PathBuf, kind: &'static str },
    /// The file to replace has other names, which would keep the old content.
    HardLinked { path: PathBuf, links: u64 },
    /// A directory or file of the tree is a mount of its own, where neither link nor rename
    /// reaches, were it one of the same file system.
    Mounted { path: PathBuf },
    /// `chattr` keeps the file as it is.
    Immutable { path: PathBuf },
    /// Another program changed a file between our look and our write.
    Changed { path: PathBuf },
    /// Another run holds the lock.
    Locked { path: PathBuf, holder: Holder },
    /// An earlier run is neither finished nor undone.
    Unfinished { stage: PathBuf },
    /// The journal of an earlier run cannot be trusted.
    BadJournal { path: PathBuf, reason: String },
    /// More files than a PKI can have.
    TooMany { path: PathBuf, limit: usize },
    /// Some of several files were replaced, the next could not be, and these could not be put back.
    HalfReplaced {
        cause: Box<Self>,
        undo: Box<Self>,
        left: Vec<NotPutBack>,
    },
    /// Replacing failed, and so did removing what it had written for that.
    NotCleaned { cause: Box<Self>, clean: Box<Self> },
    /// All files were replaced, and what comes after failed.
    InPlace { cause: Box<Self> },
    /// An earlier run has to be taken back, and what these files were is not in its backup any
    /// more. It is left as it is.
    NotTakenBack {
        stage: PathBuf,
        backup: PathBuf,
        lost: Vec<PathBuf>,
    },
    /// Publishing failed, and so did taking it back.
    NotUndone {
        cause: Box<Self>,
        undo: Box<Self>,
        stage: PathBuf,
    },
}

/// A file that was replaced in vain.
#[derive(Debug)]
pub(crate) struct NotPutBack {
    pub(super) path: PathBuf,
    /// Where the file is that was there before, if there was one.
    pub(super) old: Option<PathBuf>,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io {
                action,
                path,
                source,
                ..
            } => {
                write!(f, "cannot {action} {}: {}", quote(path), errno_text(source))
            }
            Self::RootIsSymlink {
                path,
                target: Some(target),
            }
            | Self::BelowIsSymlink {
                path,
                target: Some(target),
            } => {
                write!(f, "{} is a symbolic link to {}", quote(path), quote(target))
            }
            Self::RootIsSymlink { path, target: None }
            | Self::BelowIsSymlink { path, target: None } => {
                write!(f, "{} is a symbolic link that leads nowhere", quote(path))
            }
            Self::NotADirectory { path, kind } => {
                write!(f, "{} is a {kind}, not a directory", quote(path))
            }
            Self::ForeignOwner { path, uid, mode } => write!(
                f,
                "{} belongs to user {uid} (mode {mode:04o}), who could replace the keys below it",
                quote(path)
            ),
            Self::WritableByOthers { path, mode, by } => write!(
                f,
                "{} can be written by {by} (mode {mode:04o}), who could replace the keys below it",
                quote(path)
            ),
            Self::BadPath { text, reason } => {
                write!(
                    f,
                    "{} cannot be a file name here: {reason}",
                    quote(Path::new(text))
                )
            }
            Self::Claimed { path } => {
                write!(
                    f,
                    "{} is wanted twice, as a file or as a directory",
                    quote(path)
                )
            }
            Self::Exists { path } => write!(f, "{} already exists", quote(path)),
            Self::Missing { path } => write!(f, "{} should be replaced but is gone", quote(path)),
            Self::NotAFile { path, kind } => {
                write!(f, "{} is a {kind}, not a regular file", quote(path))
            }
            Self::HardLinked { path, links } => write!(
                f,
                "{} has {links} names (hard links): the others would keep the old content",
                quote(path)
            ),
            Self::Immutable { path } => {
                write!(
                    f,
                    "{} is immutable or can only grow (chattr +i, +a): nobody can replace it",
                    quote(path)
                )
            }
            Self::Mounted { path } => {
                write!(
                    f,
                    "{} is a mount of its own, and nothing can be moved there from the directory above",
                    quote(path)
                )
            }
            Self::Changed { path } => {
                write!(
                    f,
                    "{} was changed by another program meanwhile",
                    quote(path)
                )
            }
            Self::Locked { path, holder } => {
                write!(f, "{} is in use by {holder}", quote(path))
            }
            Self::Unfinished { stage } => {
                write!(f, "{} holds the files of an unfinished run", quote(stage))
            }
            Self::BadJournal { path, reason } => {
                write!(f, "{} is not a journal of this tool: {reason}", quote(path))
            }
            Self::TooMany { path, limit } => {
                write!(f, "more than {limit} files in {}", quote(path))
            }
            Self::HalfReplaced { cause, undo, left } => {
                write!(
                    f,
                    "{cause}; taking back what was done so far failed too: {undo}"
                )?;
                for NotPutBack { path, old } in left {
                    match old {
                        Some(old) => {
                            let (path, old) = (quote(path), quote(old));
                            write!(f, "; {path} is new, and what it was is in {old}")?;
                        }
                        None => write!(f, "; {} is new", quote(path))?,
                    }
                }
                Ok(())
            }
            Self::NotCleaned { cause, clean } => {
                write!(f, "{cause}; cleaning up failed too: {clean}")
            }
            Self::InPlace { cause } => write!(f, "the new files are in place, but {cause}"),
            Self::NotTakenBack { backup, lost, .. } => {
                let lost: Vec<_> = lost.iter().map(|path| quote(path)).collect();
                write!(
                    f,
                    "an earlier run was interrupted and is not taken back: what it has replaced is not in {} any more: {}",
                    quote(backup),
                    lost.join(", ")
                )
            }
            Self::NotUndone { cause, undo, .. } => {
                write!(
                    f,
                    "{cause}; taking back what was done so far failed too: {undo}"
                )
            }
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::NotUndone { cause, .. }
            | Self::HalfReplaced { cause, .. }
            | Self::NotCleaned { cause, .. }
            | Self::InPlace { cause } => Some(cause),
            _ => None,
        }
    }
}

impl StoreError {
    /// A directory for certificates that is a symbolic link: etcd's lies where it has to.
    pub(crate) fn link(path: PathBuf, target: Option<PathBuf>) -> Self {
        match path.ends_with("etcd") {
            true => Self::BelowIsSymlink { path, target },
            false => Self::RootIsSymlink { path, target },
        }
    }

    pub(crate) fn io(action: &'static str, path: PathBuf, source: impl Into<io::Error>) -> Self {
        Self::Io {
            action,
            path,
            source: source.into(),
            above: None,
        }
    }

    /// The same after a run that has made this directory, and takes it away.
    pub(super) fn without(mut self, made: &Path) -> Self {
        if let Self::Io { path, above, .. } = &mut self
            && path.starts_with(made)
        {
            *above = made.parent().map(Path::to_owned);
        }
        self
    }

    /// Whether links lead in a circle.
    pub(crate) fn is_loop(&self) -> bool {
        let Self::Io { source, .. } = self else {
            return false;
        };
        Errno::from_io_error(source) == Some(Errno::LOOP)
    }
}

/// The system's own words, without the "(os error 28)" that `io::Error` adds.
pub(crate) fn errno_text(error: &io::Error) -> String {
    let text = error.to_string();
    let bare = text.split(" (os error").next().unwrap_or(&text);
    // A sentence of ours goes on: "cannot write 'x': no space left on device".
    let mut chars = bare.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            let rest = &bare[first.len_utf8()..];
            format!("{}{rest}", first.to_lowercase())
        }
        _ => bare.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_say_what_where_and_why() {
        let error = StoreError::io("write", "/etc/no/ca.key".into(), Errno::NOSPC);
        assert_eq!(
            error.to_string(),
            "cannot write '/etc/no/ca.key': no space left on device"
        );
        // What is not there, or goes, is of no use to whoever looks.
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.ends_with("df -i /etc"))
        );
        let error = error.without(Path::new("/etc"));
        assert!(error.hint().is_some_and(|hint| hint.ends_with("df -i /")));
        let error = StoreError::io("write", "/x/ca.key".into(), Errno::IO);
        assert_eq!(
            error.to_string(),
            "cannot write '/x/ca.key': input/output error"
        );
    }
}
