//! The PKI directory: the only code that touches the file system.
//!
//! A tree of files is published in one transaction. What a crash, a full disk or a power cut
//! leaves behind is the old tree, the new tree, or a state that the next run turns into one of
//! them. The steps, each durable before the next begins:
//!
//! ```text
//! lock     .kpki.lock            one run at a time; the kernel frees the lock of a killed run
//! recover  .kpki-stage           what an earlier run left is finished or undone first; undone
//!                                is also what was to replace files that this run may not
//! stage    .kpki-stage/<n>       every file, with its final mode and all its bytes
//! commit   .kpki-stage/journal   appears by rename: from here on the new tree wins
//! apply    kpki-backup-<stamp>/  keeps the old file under a second name (a hard link), then
//!          <target>              takes the staged inode, by link if new, by rename if replaced
//! finish   journal, stage, lock  go, in this order; a finished tree has no file of ours
//!
//! undo     .kpki-stage/rollback  is the journal renamed: from here on the old tree wins
//! ```
//!
//! A file is known to be applied by its inode number, which the journal keeps: applying and
//! undoing can therefore both be repeated from any point.
//!
//! Names below the root are opened one component at a time from a directory descriptor, and a
//! symbolic link is never followed: a name that changes between two steps leads to an error, not
//! to a file elsewhere.

mod activity;
mod dir;
mod entry;
mod error;
mod foresight;
mod host_root;
mod input;
mod journal;
mod links;
mod listing;
mod lock;
mod path;
mod preflight;
mod publish;
mod quote;
mod recover;
mod replace;
mod root;
mod scratch;
mod shell_copy;
mod stage;
mod status;
mod stream;
mod undo;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod full_disk_tests;

pub(crate) use activity::Activity;
pub(crate) use entry::{Entry, Followed};
pub(crate) use error::{StoreError, errno_text};
pub(crate) use host_root::{About, Found, HostDir};
pub(crate) use input::{is_for_all_to_read, is_stdin, read_input, read_input_if_there, resolve};
pub(crate) use links::{LinkFound, Links};
pub(crate) use lock::{Holder, Locked};
pub(crate) use path::{RelPath, is_ours};
pub(crate) use publish::Published;
pub(crate) use quote::{quote, shell_word};
pub(crate) use recover::Recovery;
pub(crate) use replace::{Replacement, ReplacementMode, TargetDirectory};
pub(crate) use root::{Ownership, Root, User, writers};
pub(crate) use scratch::Scratch;
#[cfg(test)]
pub(crate) use shell_copy::dead_copy::{self, DeadCopy};
pub(crate) use stage::NewFile;
pub(crate) use stream::{StreamError, is_open_pipe, read_open_pipe, read_stdin, read_stream};

type Result<T, E = StoreError> = std::result::Result<T, E>;
