//! What to do, or to type, after an error of the store.

use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::{NotPutBack, StoreError};
use crate::store::quote::{quote, shell_word};

/// Where everybody writes and nobody removes what is another's.
const STICKY: u32 = 0o1000;

impl StoreError {
    /// Whether it is what a run of root has left, and another user meets.
    pub(crate) fn is_left_by_root(&self) -> bool {
        matches!(self, Self::ForeignOwner { path, uid: 0, .. } if is_of_kpki(path))
    }

    /// What to do or to type next.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io {
                path,
                source,
                above,
                ..
            } => return io_hint(path, above.as_deref(), source),
            Self::RootIsSymlink {
                path,
                target: Some(target),
            } => {
                // What was given may be a directory in it.
                format!(
                    "give the real path: {} in the place of {}",
                    shell_word(target),
                    shell_word(path)
                )
            }
            Self::BelowIsSymlink {
                path,
                target: Some(target),
            } => {
                let (path, target) = (shell_word(path), shell_word(target));
                // Whoever laid the link may have something that reads the files where they are.
                format!(
                    "put a directory in the place of the link: rm {path} && cp -a {target} {path}"
                )
            }
            Self::RootIsSymlink { path, target: None }
            | Self::BelowIsSymlink { path, target: None } => {
                format!(
                    "remove the link or make its target: ls -l {}",
                    shell_word(path)
                )
            }
            Self::NotADirectory { path, .. } | Self::NotAFile { path, .. } => {
                format!("look at it and move it away: ls -ld {}", shell_word(path))
            }
            Self::ForeignOwner { path, .. } if self.is_left_by_root() => format!(
                "root's run left it: run it as root, who goes on there, or remove it as root: rm -r {}",
                shell_word(path)
            ),
            Self::ForeignOwner { path, uid, .. } if is_of_kpki(path) => format!(
                "user {uid}'s run left it: let them run it again, or remove it once that run is over: sudo rm -r {}",
                shell_word(path)
            ),
            Self::ForeignOwner { path, .. } if is_of_pki(path) => {
                format!("sudo chown root:root {}", shell_word(path))
            }
            // The home of somebody should not become root's.
            Self::ForeignOwner { .. } => {
                "choose a directory that nobody but root and whoever writes there can change"
                    .to_owned()
            }
            // Everybody's, as /tmp.
            Self::WritableByOthers { mode, .. } if mode & STICKY != 0 => {
                "choose another directory".to_owned()
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
            Self::Immutable { path } => {
                format!(
                    "see why somebody wants it so, then: chattr -i -a {}",
                    shell_word(path)
                )
            }
            Self::Mounted { path } => {
                let above = path.parent().unwrap_or(path);
                let (above, path) = (quote(above), shell_word(path));
                format!("mount {above} as a whole in its place, or unmount it: findmnt -M {path}")
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
            Self::NotTakenBack { stage, backup, .. } => {
                let (stage, backup) = (shell_word(stage), shell_word(backup));
                format!(
                    "put these files back into {backup}, with the same names below it, before the next run; or, if what lies there now is right, give the interrupted run up: rm -r {stage}"
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

/// Whether a directory is called as those that kubeadm's files are in. An `etcd` anywhere else has
/// the data of etcd, which no longer starts if they are another's.
fn is_of_pki(path: &Path) -> bool {
    match name(path) {
        Some("kubernetes" | "pki") => true,
        Some("etcd") => path.parent().and_then(name) == Some("pki"),
        _ => false,
    }
}

/// Whether it is what kpki itself leaves.
fn is_of_kpki(path: &Path) -> bool {
    name(path).is_some_and(|name| name.starts_with(".kpki"))
}

fn name(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

/// The nearest of these that is there.
fn nearest<'a>(mut directories: impl Iterator<Item = &'a Path>) -> Option<&'a Path> {
    directories.find(|directory| directory.as_os_str().is_empty() || directory.is_dir())
}

fn io_hint(path: &Path, above: Option<&Path>, source: &io::Error) -> Option<String> {
    let errno = Errno::from_io_error(source)?;
    let is_of_file_system = matches!(errno, Errno::NOSPC | Errno::DQUOT | Errno::ROFS);
    let place = above.or_else(|| match is_of_file_system {
        true => nearest(path.ancestors()),
        false => nearest(path.ancestors().skip(1)),
    });
    let place = match place.unwrap_or(path) {
        here if here.as_os_str().is_empty() => Path::new("."),
        place => place,
    };
    let place = shell_word(place);
    Some(match errno {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_to_take_away_what_is_anothers() {
        for (path, uid, advised) in [
            ("/etc/kubernetes", 7, "chown root:root"),
            ("/etc/kubernetes/pki/etcd", 7, "chown root:root"),
            ("/var/lib/etcd", 102, "choose a directory"),
            ("/var/lib/etcd/member", 102, "choose a directory"),
            ("/etc/kubernetes/.kpki-copy", 0, "run it as root"),
            (
                "/etc/kubernetes/.kpki-stage",
                7,
                "remove it once that run is over",
            ),
        ] {
            let path = path.into();
            let error = StoreError::ForeignOwner {
                path,
                uid,
                mode: 0o700,
            };
            let hint = error.hint().unwrap_or_default();
            assert!(hint.contains(advised), "{error}: {hint}");
        }
    }
}
