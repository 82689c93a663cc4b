//! Reading below a host's root as that host itself would: an absolute link in
//! a tree that was copied from another machine leads to a file of that tree,
//! and no link and no `..` leads out of it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};

use super::dir::Dir;
use super::entry::{Entry, open_and_read};
use super::listing::{Listing, list};
use super::status::Status;
use super::{Result, StoreError};

/// A directory below a host's root, and the way that led there.
#[derive(Clone, Debug)]
pub(crate) struct HostDir {
    /// From the root to the directory itself; never empty.
    way: Vec<Rc<Dir>>,
}

/// What lies under a name.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    /// This directory cannot be entered, so nobody can tell.
    Hidden {
        directory: PathBuf,
        reason: String,
    },
    Something(FoundFile),
}

/// A file, or what is there in its place.
#[derive(Debug)]
pub(crate) struct FoundFile {
    pub(crate) entry: Entry,
    /// `None` where a link leads nowhere.
    pub(crate) about: Option<About>,
    /// Where the name itself leads if it is a symbolic link.
    pub(crate) link: Option<PathBuf>,
}

/// What the file system says about a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// How many names it has.
    pub(crate) links: u64,
    /// The device and the file's number on it.
    pub(crate) inode: (u64, u64),
}

impl From<Status> for About {
    fn from(status: Status) -> Self {
        Self {
            mode: status.mode,
            uid: status.uid,
            gid: status.gid,
            links: status.links,
            inode: (status.device, status.inode),
        }
    }
}

/// The end of a walk.
enum End {
    Directory,
    /// Something else, in the last directory of the way.
    Other {
        name: OsString,
        status: Status,
    },
}

/// Where and why a walk stopped.
struct Stopped {
    directory: PathBuf,
    errno: Errno,
}

/// As many links as Linux follows in one path.
const MOST_LINKS: usize = 40;

impl HostDir {
    /// The root of a host: `/`, or a directory that holds a copy of one.
    pub(crate) fn root(path: &Path) -> Result<Option<Self>> {
        match retry_on_intr(|| openat(CWD, path, THROUGH, Mode::empty())) {
            Ok(fd) => Ok(Some(Self {
                way: vec![Rc::new(Dir::new(fd, path.into()))],
            })),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(e) => Err(StoreError::io("open", path.into(), e)),
        }
    }

    /// The directory under a path; `None` if there is none.
    pub(crate) fn enter(&self, path: impl AsRef<Path>) -> Result<Option<Self>> {
        let mut way = self.way.clone();
        match walk(&mut way, path.as_ref(), &mut None) {
            Ok(End::Directory) => Ok(Some(Self { way })),
            Ok(End::Other { .. }) => Ok(None),
            Err(Stopped { errno, .. }) if is_absence(errno) => Ok(None),
            Err(Stopped { directory, errno }) => Err(StoreError::io("enter", directory, errno)),
        }
    }

    /// Whether something lies under the path, as far as can be told.
    pub(crate) fn has(&self, path: impl AsRef<Path>) -> bool {
        walk(&mut self.way.clone(), path.as_ref(), &mut None).is_ok()
    }

    /// Whether the name at the end of the path is that of a symbolic link.
    pub(crate) fn is_link(&self, path: impl AsRef<Path>) -> bool {
        let mut link = None;
        drop(walk(&mut self.way.clone(), path.as_ref(), &mut link));
        link.is_some()
    }

    /// Whether both are the same directory.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let place = |this: &Self| {
            let status = this.dir().status().ok()?;
            Some((status.device, status.inode))
        };
        place(self).is_some_and(|here| place(other) == Some(here))
    }

    /// Reads a file, whatever links lead to it.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> Found {
        let mut way = self.way.clone();
        let mut link = None;
        let walked = walk(&mut way, path.as_ref(), &mut link);
        let last = way.last().unwrap_or(&self.way[0]);
        let (entry, about) = match walked {
            Ok(End::Directory) => (Entry::Other { kind: "directory" }, last.status().ok()),
            Ok(End::Other { name, status }) if status.is_file() => {
                let open = || last.open_raw(Path::new(&name), READ).map(Into::into);
                let (entry, opened) = open_and_read(open);
                (entry, opened.or(Some(status)))
            }
            Ok(End::Other { status, .. }) => {
                let kind = status.kind_name();
                (Entry::Other { kind }, Some(status))
            }
            Err(Stopped { errno, .. }) if is_absence(errno) => (Entry::Absent, None),
            Err(Stopped { errno, .. }) if errno == Errno::LOOP => {
                let kind = "link that leads in a circle";
                (Entry::Other { kind }, None)
            }
            Err(Stopped { directory, errno }) => {
                let reason = super::errno_text(&errno.into());
                if link.is_none() {
                    return Found::Hidden { directory, reason };
                }
                (Entry::Unreadable { reason }, None)
            }
        };
        match (&entry, &link) {
            (Entry::Absent, None) => Found::Nothing,
            _ => Found::Something(FoundFile {
                entry,
                about: about.map(About::from),
                link,
            }),
        }
    }

    /// Every file below the directory; links are listed, not followed.
    pub(crate) fn list(&self) -> Result<Listing> {
        list(&self.opened()?)
    }

    /// The names in the directory, in order, if there are no more than `most`.
    pub(crate) fn names(&self, most: usize) -> Result<Vec<OsString>> {
        self.opened()?.names(most)
    }

    pub(crate) fn about(&self) -> Result<About> {
        self.dir().status().map(About::from)
    }

    /// Where it was found, for messages.
    pub(crate) fn path(&self) -> &Path {
        self.dir().path()
    }

    /// The same directory, to look at names in it.
    pub(super) fn opened(&self) -> Result<Dir> {
        self.dir().open_dir(".")
    }

    fn dir(&self) -> &Dir {
        // Not empty by construction: a walk never leaves the root.
        &self.way[self.way.len() - 1]
    }
}

/// To pass through a directory it need not be readable.
const THROUGH: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A file is never opened through a link, and never waited for.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

fn is_absence(errno: Errno) -> bool {
    matches!(errno, Errno::NOENT | Errno::NOTDIR)
}

/// Lengthens the way by the components of a path, one by one, and notes where
/// its last name leads if that is a link.
fn walk(way: &mut Vec<Rc<Dir>>, path: &Path, link: &mut Option<PathBuf>) -> Result<End, Stopped> {
    let mut links = 0;
    let mut left: VecDeque<Step> = steps(path);
    if path.is_absolute() {
        way.truncate(1);
    }
    while let Some(step) = left.pop_front() {
        let Step::Into(name) = step else {
            if way.len() > 1 {
                way.pop();
            }
            continue;
        };
        let here = Rc::clone(&way[way.len() - 1]);
        let stopped = |errno| Stopped {
            directory: here.path().to_owned(),
            errno,
        };
        let status = here.look_raw(Path::new(&name)).map_err(stopped)?;
        if status.is_symlink() {
            links += 1;
            let target = here.read_link_raw(Path::new(&name)).map_err(stopped)?;
            if links > MOST_LINKS {
                link.get_or_insert(target);
                return Err(stopped(Errno::LOOP));
            }
            if left.is_empty() {
                link.get_or_insert_with(|| target.clone());
            }
            let root = way[0].path();
            let inside = target.strip_prefix(root).unwrap_or(&target);
            if target.is_absolute() {
                way.truncate(1);
            }
            let mut more = steps(inside);
            more.append(&mut left);
            left = more;
        } else if status.is_dir() {
            let flags = THROUGH | OFlags::NOFOLLOW;
            let fd = here.open_raw(Path::new(&name), flags).map_err(stopped)?;
            way.push(Rc::new(Dir::new(fd, here.path().join(&name))));
        } else if left.is_empty() {
            return Ok(End::Other { name, status });
        } else {
            return Err(stopped(Errno::NOTDIR));
        }
    }
    Ok(End::Directory)
}

enum Step {
    Up,
    Into(OsString),
}

fn steps(path: &Path) -> VecDeque<Step> {
    let step = |component: Component<'_>| match component {
        Component::Normal(name) => Some(Step::Into(name.to_owned())),
        Component::ParentDir => Some(Step::Up),
        _ => None,
    };
    path.components().filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn text(found: &Found) -> Option<&[u8]> {
        match found {
            Found::Something(FoundFile {
                entry: Entry::File { bytes, .. },
                ..
            }) => Some(bytes),
            _ => None,
        }
    }

    #[test]
    fn links_stay_below_the_root() {
        let temp = tempfile::tempdir().expect("tempdir");
        let at = |name: &str| temp.path().join(name);
        fs::create_dir_all(at("host/etc/ssl")).expect("mkdir");
        fs::create_dir_all(at("host/var")).expect("mkdir");
        fs::write(at("outside"), "outside").expect("write");
        fs::write(at("host/var/outside"), "inside").expect("write");
        fs::write(at("host/outside"), "clamped").expect("write");
        symlink("/var/outside", at("host/etc/absolute")).expect("symlink");
        symlink(at("host/var/outside"), at("host/etc/full")).expect("symlink");
        symlink("../../../../outside", at("host/etc/up")).expect("symlink");
        symlink("absolute", at("host/etc/twice")).expect("symlink");
        symlink("/var", at("host/etc/dir")).expect("symlink");
        symlink("loop", at("host/etc/loop")).expect("symlink");
        symlink("nowhere", at("host/etc/dangling")).expect("symlink");
        let root = HostDir::root(&at("host")).expect("open").expect("there");
        let etc = root.enter("etc").expect("enter").expect("there");
        for (name, wanted) in [
            ("absolute", "inside"),
            ("full", "inside"),
            ("up", "clamped"),
            ("twice", "inside"),
            ("dir/outside", "inside"),
            ("../var/outside", "inside"),
            ("../../../var/outside", "inside"),
            ("/var/outside", "inside"),
        ] {
            assert_eq!(text(&etc.read(name)), Some(wanted.as_bytes()), "{name}");
        }
        let Found::Something(file) = etc.read("twice") else {
            panic!("there");
        };
        assert_eq!(file.link, Some("absolute".into()));
        let Found::Something(round) = etc.read("loop") else {
            panic!("there");
        };
        let kind = "link that leads in a circle";
        assert_eq!(round.entry, Entry::Other { kind });
        let nowhere = |name: &str| match etc.read(name) {
            Found::Something(file) => file.link.is_some() && file.about.is_none(),
            _ => false,
        };
        assert!(nowhere("loop") && nowhere("dangling"));
        assert!(matches!(etc.read("none"), Found::Nothing));
        assert!(matches!(etc.read("absolute/below"), Found::Nothing));
        assert!(etc.enter("absolute").expect("look").is_none());
        assert!(
            etc.enter("dir")
                .expect("look")
                .is_some_and(|dir| dir.is(&root.enter("var").expect("enter").expect("there")))
        );
        assert!(HostDir::root(&at("none")).expect("look").is_none());
    }

    #[test]
    fn nothing_is_waited_for() {
        let temp = tempfile::tempdir().expect("tempdir");
        let fifo = temp.path().join("fifo");
        rustix::fs::mkfifoat(CWD, &fifo, Mode::RUSR).expect("mkfifo");
        symlink("fifo", temp.path().join("link")).expect("symlink");
        let root = HostDir::root(temp.path()).expect("open").expect("there");
        for name in ["fifo", "link"] {
            let Found::Something(file) = root.read(name) else {
                panic!("there");
            };
            assert_eq!(file.entry, Entry::Other { kind: "named pipe" });
        }
    }
}
