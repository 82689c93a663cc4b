//! Why a script on another host gave up, in the words that the store has for
//! the same on this one.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use zeroize::Zeroizing;

use super::records::strange;
use crate::failure::Failure;
use crate::output::harmless;
use crate::remote::{Answer, permissions};
use crate::store::{StoreError, quote, writers};

/// Goes before the names of files that a script has replaced and could not put back.
const NOT_UNDONE: &str = "kpki-not-undone\t";

/// Whether a script gave up because something is there that was not there before.
pub(super) fn was_overtaken(answer: &Answer) -> bool {
    answer.stderr.contains("kpki-failed\tchanged\t")
}

/// What a script that succeeded wrote.
pub(super) fn answered(answer: Answer) -> Result<Zeroizing<Vec<u8>>, Failure> {
    answered_among(answer, &[])
}

/// The same of one that makes directories, which go where it gives up: `found` were there before.
pub(super) fn answered_among(
    answer: Answer,
    found: &[&str],
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if answer.status == 0 {
        return Ok(answer.stdout);
    }
    let said = answer.stderr.as_str();
    let failure = match said.split_once("kpki-failed\t") {
        Some((_, rest)) => failure(rest, found),
        None => {
            let last = said.lines().rev().find(|line| !line.trim().is_empty());
            let status = answer.status;
            let last = last.map_or_else(|| format!("it ended with status {status}"), harmless);
            Failure::new(format!("the shell there could not go on: {last}"))
        }
    };
    match said.split_once(NOT_UNDONE) {
        None => Err(failure),
        Some((_, paths)) => {
            let paths = harmless(paths.lines().next().unwrap_or_default().trim());
            let message = failure.message();
            Err(Failure::new(format!(
                "{message}; and these could not be put back: {paths}"
            ))
            .hint("what they were is in the newest kpki-backup-* there"))
        }
    }
}

/// `KIND<TAB>PATH<TAB>DETAIL`, where the detail of a command is all that it said.
fn failure(text: &str, found: &[&str]) -> Failure {
    let mut fields = text.splitn(3, '\t');
    let (Some(kind), Some(path), Some(detail)) = (fields.next(), fields.next(), fields.next())
    else {
        return strange();
    };
    let detail = detail.split(NOT_UNDONE).next().unwrap_or_default();
    let path = PathBuf::from(path);
    over_there(match kind {
        "no program" => {
            return Failure::new(format!("it has no {}", harmless(&path.to_string_lossy())))
                .hint("a host needs the usual programs of POSIX, and cksum or sha256sum");
        }
        "missing" => StoreError::Missing { path },
        "changed" => StoreError::Changed { path },
        "mounted" => StoreError::Mounted { path },
        "immutable" => StoreError::Immutable { path },
        "unfinished" => StoreError::Unfinished { stage: path },
        "not a directory" if detail.trim().is_empty() => {
            StoreError::NotADirectory { path, kind: "file" }
        }
        "not a directory" => StoreError::NotADirectory {
            path,
            kind: found_instead(detail),
        },
        "not a file" => StoreError::NotAFile {
            path,
            kind: found_instead(detail),
        },
        "open" => match permissions(detail.trim()) {
            Some((_, mode)) => StoreError::WritableByOthers {
                path,
                mode,
                by: writers(mode),
            },
            None => return strange(),
        },
        "hard links" => {
            let links = detail.trim().parse().unwrap_or_default();
            StoreError::HardLinked { path, links }
        }
        "foreign" => {
            let uid = detail.trim().parse().unwrap_or_default();
            let mode = 0o700;
            StoreError::ForeignOwner { path, uid, mode }
        }
        "lost" => {
            // No file of ours has a space in its name.
            let detail = detail.lines().next().unwrap_or_default();
            let at = path.parent().unwrap_or(&path).to_owned();
            let (backup, lost) = detail.split_once(" ./").unwrap_or((detail, ""));
            StoreError::NotTakenBack {
                backup: PathBuf::from(backup),
                lost: lost.split(" ./").map(|below| at.join(below)).collect(),
                stage: path,
            }
        }
        "locked" => return locked(&path, detail.trim()),
        "cut" => return of(&path, "did not arrive as a whole", "run the command again"),
        "other" => {
            return of(
                &path,
                "has another key than it should",
                "somebody else writes there: look at it, then run the command again",
            );
        }
        "damaged" => return of(&path, "arrived damaged", "run the command again"),
        action => return failed(action, &path, detail, found),
    })
}

/// What is there in the place of something else.
fn found_instead(detail: &str) -> &'static str {
    let kinds = ["symbolic link", "directory", "regular file"];
    let kind = kinds.into_iter().find(|kind| detail.trim() == *kind);
    kind.unwrap_or("device, pipe or socket")
}

fn locked(path: &Path, pid: &str) -> Failure {
    let is_number = !pid.is_empty() && pid.chars().all(|c| c.is_ascii_digit());
    let (who, hint) = match is_number {
        true => (
            format!("process {pid}"),
            format!("wait for it to end, or look at it there: ps -fp {pid}"),
        ),
        false => (
            "another".to_owned(),
            "run the command again in a moment".to_owned(),
        ),
    };
    Failure::new(format!(
        "another kpki writes there: {} is of {who}",
        quote(path)
    ))
    .hint(hint)
}

fn of(path: &Path, what: &str, hint: &str) -> Failure {
    Failure::new(format!("{} {what}", quote(path))).hint(hint)
}

/// What the system says in its own words, which are those of this one too.
const ERRORS: [(&str, Errno); 8] = [
    ("No space left on device", Errno::NOSPC),
    ("Disk quota exceeded", Errno::DQUOT),
    ("Read-only file system", Errno::ROFS),
    ("Permission denied", Errno::ACCESS),
    ("Operation not permitted", Errno::PERM),
    ("Input/output error", Errno::IO),
    ("File exists", Errno::EXIST),
    ("Not a directory", Errno::NOTDIR),
];

/// A command that failed. A full disk, say, has a hint of its own.
fn failed(action: &str, path: &Path, detail: &str, found: &[&str]) -> Failure {
    let known = ERRORS.iter().find(|(words, _)| detail.contains(words));
    if let Some((_, errno)) = known {
        let action = action.strip_prefix("cannot ").unwrap_or(action);
        // The store's actions are words of ours, and so are these.
        const ACTIONS: [&str; 9] = [
            "write",
            "replace",
            "keep",
            "make",
            "remove",
            "enter",
            "look at",
            "set the mode of",
            "set the owner of",
        ];
        if let Some(action) = ACTIONS.into_iter().find(|known| *known == action) {
            let lasting = found.iter().map(Path::new);
            let lasting = lasting.filter(|found| path.starts_with(found));
            // What is above one is shorter than that.
            let above = lasting.max_by_key(|found| found.as_os_str().len());
            let parent = path.parent().unwrap_or(path);
            return over_there(StoreError::Io {
                action,
                path: path.into(),
                source: io::Error::from(*errno),
                above: Some(above.unwrap_or(parent).to_owned()),
            });
        }
    }
    let words = detail.lines().find(|line| line.contains(": "));
    let words = words.and_then(|line| line.rsplit(": ").next());
    let action = harmless(action);
    Failure::new(match words {
        Some(words) => format!("{action} {}: {}", quote(path), harmless(words.trim())),
        None => format!("{action} {}", quote(path)),
    })
}

/// What the store says, of another host.
pub(super) fn over_there(error: StoreError) -> Failure {
    let is_refused = matches!(&error, StoreError::Io { source, .. }
        if Errno::from_io_error(source) == Some(Errno::ACCESS));
    let failure = Failure::new(error.to_string());
    match error.hint() {
        _ if error.is_left_by_root() => {
            failure.hint("root's run left it: add --sudo, and it goes on there")
        }
        _ if is_refused => failure.hint("log in as the owner of the directory, or add --sudo"),
        Some(hint) => failure.hint(format!("on that host: {hint}")),
        None => failure,
    }
}
