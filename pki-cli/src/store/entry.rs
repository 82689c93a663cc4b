use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{self, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};
use zeroize::Zeroizing;

use super::dir::CAREFUL;
use super::status::Status;
use super::{RelPath, Root};

/// No certificate, key or kubeconfig comes near this size.
const LIMIT: u64 = 1 << 20;

/// What is found under a name. Only a regular file is ever opened, so that nothing read here
/// can block or have effects of its own, as a pipe or a device would.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Entry {
    Absent,
    File {
        bytes: Zeroizing<Vec<u8>>,
        mode: u32,
    },
    TooLarge {
        size: u64,
    },
    /// Neither file nor link: "directory", "named pipe"
    Other {
        kind: &'static str,
    },
    /// The system's reason: "Permission denied"
    Unreadable {
        reason: String,
    },
}

/// A file as a reader sees it that trusts links, and the link if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Followed {
    pub(crate) entry: Entry,
    pub(crate) link: Option<Link>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) target: PathBuf,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
}

impl Root {
    /// When a file was last written, in seconds since 1970; `None` if there is none.
    pub(crate) fn modified(&self, path: &RelPath) -> Option<i64> {
        let status = self.dir().look(path.as_str()).ok()?;
        status.map(|status| status.modified)
    }

    /// The number of the user whose a file is; `None` if there is none.
    pub(crate) fn owner(&self, path: &RelPath) -> Option<u32> {
        let status = self.dir().look(path.as_str()).ok()?;
        status.map(|status| status.uid)
    }

    /// Reads one file through whatever links lead to it, as the program that uses it does.
    pub(crate) fn read_following(&self, path: &RelPath) -> Followed {
        let name = path.as_str();
        let link = match self.dir().look(name) {
            Ok(Some(status)) if status.is_symlink() => {
                self.dir().read_link(name).ok().map(|target| Link {
                    target,
                    mode: status.mode,
                    uid: status.uid,
                })
            }
            _ => None,
        };
        let looked = self.dir().look_following(name);
        let entry = look_and_read(looked, LIMIT, || self.dir().open_following(name));
        Followed { entry, link }
    }
}

impl Entry {
    /// Reads a file that the user names, wherever it is and through whatever links lead to it.
    pub(crate) fn named(path: &Path) -> Self {
        Self::limited(path, LIMIT)
    }

    /// The same for a file that may be longer than those of a PKI.
    pub(crate) fn named_up_to(path: &Path, longest: usize) -> Self {
        Self::limited(path, u64::try_from(longest).unwrap_or(u64::MAX))
    }

    fn limited(path: &Path, limit: u64) -> Self {
        let looked = retry_on_intr(|| fs::stat(path)).map(Status::from);
        look_and_read(looked, limit, || {
            let flags = CAREFUL.difference(OFlags::NOFOLLOW) | OFlags::RDONLY;
            retry_on_intr(|| fs::open(path, flags, Mode::empty())).map(File::from)
        })
    }
}

fn look_and_read(
    looked: rustix::io::Result<Status>,
    limit: u64,
    open: impl FnOnce() -> rustix::io::Result<File>,
) -> Entry {
    match looked {
        Err(Errno::NOENT | Errno::NOTDIR) => Entry::Absent,
        Err(e) => Entry::Unreadable {
            reason: reason(&e.into()),
        },
        Ok(status) if status.is_file() => open_and_read_up_to(limit, open).0,
        Ok(status) => Entry::Other {
            kind: status.kind_name(),
        },
    }
}

/// What was read, and what the system says about the very file that was opened: another may have
/// taken its name since somebody looked.
pub(super) fn open_and_read(
    open: impl FnOnce() -> rustix::io::Result<File>,
) -> (Entry, Option<Status>) {
    open_and_read_up_to(LIMIT, open)
}

fn open_and_read_up_to(
    limit: u64,
    open: impl FnOnce() -> rustix::io::Result<File>,
) -> (Entry, Option<Status>) {
    let opened = open().and_then(|file| Ok((fs::fstat(&file)?, file)));
    match opened {
        Ok((stat, file)) => {
            let status = Status::from(stat);
            (read_file(file, status, limit), Some(status))
        }
        // Gone or turned into a link since we looked; either way there is no file to read.
        Err(Errno::NOENT) => (Entry::Absent, None),
        Err(e) => {
            let reason = reason(&e.into());
            (Entry::Unreadable { reason }, None)
        }
    }
}

fn read_file(file: File, status: Status, limit: u64) -> Entry {
    if !status.is_file() {
        return Entry::Other {
            kind: status.kind_name(),
        };
    }
    if status.size > limit {
        return Entry::TooLarge { size: status.size };
    }
    match read_bounded(file, status.size) {
        Ok(bytes) => Entry::File {
            bytes,
            mode: status.mode,
        },
        Err(e) => Entry::Unreadable { reason: reason(&e) },
    }
}

/// Reads a file that says how long it is, into one buffer: a buffer that grows would leave copies
/// of a key behind.
pub(super) fn read_bounded(mut file: File, size: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let size = usize::try_from(size).map_err(|_| io::Error::from(Errno::FBIG))?;
    let mut bytes = Zeroizing::new(vec![0; size + 1]);
    let mut filled = 0;
    while filled <= size {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    if filled != size {
        return Err(io::Error::other("it changed while it was read"));
    }
    bytes.truncate(size);
    Ok(bytes)
}

fn reason(error: &io::Error) -> String {
    super::error::errno_text(error)
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::File { bytes, mode } => f
                .debug_struct("File")
                .field("bytes", &format_args!("[{} bytes elided]", bytes.len()))
                .field("mode", &format_args!("{mode:04o}"))
                .finish(),
            Self::TooLarge { size } => write!(f, "TooLarge({size})"),
            Self::Other { kind } => write!(f, "Other({kind})"),
            Self::Unreadable { reason } => write!(f, "Unreadable({reason})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::new(text).expect("valid")
    }

    #[test]
    fn tells_apart_everything_a_name_can_be() {
        let temp = tempfile::tempdir().expect("tempdir");
        let at = |name: &str| temp.path().join(name);
        fs::create_dir(at("dir")).expect("mkdir");
        fs::write(at("dir/file"), "text").expect("write");
        fs::write(at("empty"), "").expect("write");
        fs::hard_link(at("dir/file"), at("second")).expect("link");
        symlink("dir/file", at("link")).expect("symlink");
        symlink("dir", at("dirlink")).expect("symlink");
        symlink("loop", at("loop")).expect("symlink");
        symlink("nowhere", at("dangling")).expect("symlink");
        let _socket = UnixListener::bind(at("socket")).expect("bind");
        let fifo = Mode::RUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), fifo).expect("mkfifo");
        File::create(at("large"))
            .and_then(|f| f.set_len(LIMIT + 1))
            .expect("write");
        File::create(at("limit"))
            .and_then(|f| f.set_len(LIMIT))
            .expect("write");

        let root = Root::open(temp.path()).expect("open").expect("there");
        let follow = |name| root.read_following(&path(name));
        let read = |name| follow(name).entry;
        assert!(matches!(read("dir/file"), Entry::File { bytes, .. } if *bytes == b"text"));
        assert!(matches!(read("empty"), Entry::File { bytes, .. } if bytes.is_empty()));
        assert!(matches!(read("limit"), Entry::File { .. }));
        assert_eq!(read("large"), Entry::TooLarge { size: LIMIT + 1 });
        for absent in ["none", "none/none", "empty/below"] {
            assert_eq!(read(absent), Entry::Absent, "{absent}");
        }
        for (name, kind) in [
            ("dir", "directory"),
            ("fifo", "named pipe"),
            ("socket", "socket"),
        ] {
            assert_eq!(read(name), Entry::Other { kind });
        }
        assert!(matches!(
            follow("link"),
            Followed {
                entry: Entry::File { .. },
                link: Some(_)
            }
        ));
        assert!(matches!(follow("dirlink/file").entry, Entry::File { .. }));
        assert!(matches!(follow("loop").entry, Entry::Unreadable { .. }));
        assert_eq!(follow("dangling").entry, Entry::Absent);
        assert!(follow("dangling").link.is_some());
    }

    #[test]
    fn tells_of_the_file_that_was_opened() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().expect("tempdir");
        let name = temp.path().join("key");
        fs::write(&name, "old").expect("write");
        let (entry, status) = open_and_read(|| {
            // Another file takes the name between the look and the open.
            let new = temp.path().join("new");
            fs::write(&new, "new").expect("write");
            let open = fs::Permissions::from_mode(0o644);
            fs::set_permissions(&new, open).expect("chmod");
            fs::rename(&new, &name).expect("rename");
            Ok(File::open(&name).expect("open"))
        });
        assert!(matches!(entry, Entry::File { bytes, .. } if *bytes == b"new"));
        assert_eq!(status.map(|status| status.mode), Some(0o644));
        let (_, nothing) = open_and_read(|| Err(Errno::NOENT));
        assert!(nothing.is_none());
    }

    #[test]
    fn never_prints_contents() {
        let bytes = Zeroizing::new(b"secret".to_vec());
        let entry = Entry::File { bytes, mode: 0o600 };
        assert_eq!(
            format!("{entry:?}"),
            "File { bytes: [6 bytes elided], mode: 0600 }"
        );
    }
}
