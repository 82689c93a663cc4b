use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::lock::Holder;

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
    },
    /// The directory itself is a symbolic link, which somebody may point elsewhere later.
    RootIsSymlink {
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
    /// Part of the tree is on another file system, where neither link nor rename reaches.
    OtherFileSystem { path: PathBuf },
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
            } => {
                write!(f, "cannot {action} {}: {}", quote(path), errno_text(source))
            }
            Self::RootIsSymlink {
                path,
                target: Some(target),
            } => {
                write!(f, "{} is a symbolic link to {}", quote(path), quote(target))
            }
            Self::RootIsSymlink { path, target: None } => {
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
            Self::OtherFileSystem { path } => {
                write!(
                    f,
                    "{} is on another file system than its parent",
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
    pub(super) fn io(action: &'static str, path: PathBuf, source: impl Into<io::Error>) -> Self {
        Self::Io {
            action,
            path,
            source: source.into(),
        }
    }

    /// Whether links lead in a circle.
    pub(crate) fn is_loop(&self) -> bool {
        let Self::Io { source, .. } = self else {
            return false;
        };
        Errno::from_io_error(source) == Some(Errno::LOOP)
    }

    /// What to do or to type next.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io { path, source, .. } => return io_hint(path, source),
            Self::RootIsSymlink {
                target: Some(target),
                ..
            } => {
                format!("give the real path: {}", shell_word(target))
            }
            Self::RootIsSymlink { path, target: None } => {
                format!(
                    "remove the link or make its target: ls -l {}",
                    shell_word(path)
                )
            }
            Self::NotADirectory { path, .. } | Self::NotAFile { path, .. } => {
                format!("look at it and move it away: ls -ld {}", shell_word(path))
            }
            Self::ForeignOwner { path, .. } => {
                format!("sudo chown root:root {}", shell_word(path))
            }
            Self::WritableByOthers { path, .. } => format!("chmod go-w {}", shell_word(path)),
            Self::Exists { path } => {
                format!(
                    "nothing was written; look at it first: ls -l {}",
                    shell_word(path)
                )
            }
            Self::HardLinked { path, .. } => {
                let parent = path.parent().unwrap_or(path);
                format!(
                    "find the other names and remove them: find {} -xdev -samefile {}",
                    shell_word(parent),
                    shell_word(path)
                )
            }
            Self::OtherFileSystem { path } => {
                format!(
                    "write it in a run of its own: give {} as the directory",
                    shell_word(path)
                )
            }
            Self::Missing { .. } | Self::Changed { .. } => {
                "run the command again once nothing else writes there".into()
            }
            Self::Locked { holder, .. } => match holder.pid {
                Some(pid) => format!("wait for it to end, or look at it: ps -fp {pid}"),
                None => "wait for it to end and run the command again".into(),
            },
            Self::Unfinished { .. } => "run the command again: it finishes or undoes it".into(),
            Self::BadJournal { path, .. } => {
                let stage = path.parent().unwrap_or(path);
                format!(
                    "to give the unfinished run up, move {} away",
                    shell_word(stage)
                )
            }
            Self::NotUndone { undo, stage, .. } => {
                let again = format!(
                    "run the command again: it first undoes or finishes what {} records",
                    quote(stage)
                );
                match undo.hint() {
                    Some(hint) => format!("{hint}; then {again}"),
                    None => again,
                }
            }
            Self::HalfReplaced { undo, left, .. } => {
                let back = left.iter().filter_map(|NotPutBack { path, old }| {
                    let old = shell_word(old.as_ref()?);
                    Some(format!("mv {old} {}", shell_word(path)))
                });
                let steps: Vec<_> = undo.hint().into_iter().chain(back).collect();
                match steps.is_empty() {
                    true => return None,
                    // The next run takes them for leftovers.
                    false => format!("before you run it again: {}", steps.join("; then ")),
                }
            }
            Self::InPlace { cause } | Self::NotCleaned { cause, .. } => return cause.hint(),
            Self::BadPath { .. } | Self::Claimed { .. } | Self::TooMany { .. } => return None,
        })
    }
}

fn io_hint(path: &Path, source: &io::Error) -> Option<String> {
    let place = match path.parent() {
        None if path.as_os_str().is_empty() => Path::new("."),
        None => path,
        Some(here) if here.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
    };
    let place = shell_word(place);
    Some(match Errno::from_io_error(source)? {
        Errno::NOSPC | Errno::DQUOT => {
            format!("make room, then run the command again: df -h {place}; df -i {place}")
        }
        Errno::ROFS => format!("the file system is read-only: findmnt -T {place}"),
        Errno::ACCESS => {
            format!("run it as the owner of the directory, or with sudo: ls -ld {place}")
        }
        Errno::PERM => {
            format!("run it with sudo, and look for the immutable flag: lsattr -d {place}")
        }
        Errno::IO => "the disk reports an error: see dmesg".into(),
        Errno::MFILE | Errno::NFILE => "too many open files: see ulimit -n".into(),
        _ => return None,
    })
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

/// A path for people: in single quotes, with nothing in it that could move the cursor or hide.
pub(crate) fn quote(path: &Path) -> String {
    let mut text = String::from("'");
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '"' {
                text.push(c);
            } else {
                text.extend(c.escape_debug());
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text.push('\'');
    text
}

/// A path to paste into a shell: as it is where no shell would read it otherwise.
pub(super) fn shell_word(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"/._-+,@%:".contains(b);
    if !bytes.is_empty() && bytes[0] != b'-' && bytes.iter().all(plain) {
        return String::from_utf8_lossy(bytes).into();
    }
    let harmless = |b: u8| matches!(b, b' '..=b'~') && b != b'\'' && b != b'\\';
    if bytes.iter().all(|&b| harmless(b)) {
        return format!("'{}'", String::from_utf8_lossy(bytes));
    }
    let mut word = String::from("$'");
    for &b in bytes {
        if harmless(b) {
            word.push(char::from(b));
        } else {
            word.push_str(&format!("\\x{b:02x}"));
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn quotes_what_a_terminal_would_obey() {
        let path = Path::new(OsStr::from_bytes(b"a\x1b[2J\n\xff\"\xe2\x80\xaeb"));
        assert_eq!(quote(path), "'a\\u{1b}[2J\\n\\xff\"\\u{202e}b'");
    }

    #[test]
    fn shell_words_are_safe_to_paste() {
        assert_eq!(shell_word(Path::new("/etc/kubernetes")), "/etc/kubernetes");
        assert_eq!(shell_word(Path::new("/a b")), "'/a b'");
        assert_eq!(shell_word(Path::new("/a'b;$(x)")), "$'/a\\x27b;$(x)'");
        assert_eq!(shell_word(Path::new("-rf")), "'-rf'");
    }

    #[test]
    fn io_errors_say_what_where_and_why() {
        let error = StoreError::io("write", "/x/ca.key".into(), Errno::NOSPC);
        assert_eq!(
            error.to_string(),
            "cannot write '/x/ca.key': no space left on device"
        );
        assert!(error.hint().is_some_and(|hint| hint.contains("df -i /x")));
        let error = StoreError::io("write", "/x/ca.key".into(), Errno::IO);
        assert_eq!(
            error.to_string(),
            "cannot write '/x/ca.key': input/output error"
        );
    }
}
