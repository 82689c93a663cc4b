use std::fmt;
use std::fs::File;
use std::io::Write;

use rustix::process::geteuid;
use zeroize::Zeroizing;

use super::dir::Dir;
use super::journal::{BACK, DRAFT, FORWARD};
use super::path::STAGE;
use super::root::check_inside;
use super::status::Status;
use super::{RelPath, Result, Root, StoreError};

/// With an `fsync` for each of them, the 30 files of a host take twice the time of everything else,
/// and the 3200 of a hundred masters take seconds. From about
/// this many on it is faster to have the whole file system saved at once, which also saves what
/// others wrote to it, but that would be saved soon anyway.
pub(super) const SYNC_EACH: usize = 16;

/// A file to publish.
pub(crate) struct NewFile {
    pub(crate) path: RelPath,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// Permission bits, whatever the umask.
    pub(crate) mode: u32,
    /// Whether a file is there that this one takes the place of.
    pub(crate) replaces: bool,
}

impl fmt::Debug for NewFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewFile")
            .field("path", &self.path)
            .field(
                "bytes",
                &format_args!("[{} bytes elided]", self.bytes.len()),
            )
            .field("mode", &format_args!("{:04o}", self.mode))
            .field("replaces", &self.replaces)
            .finish()
    }
}

/// Makes the stage and puts every file there, complete and durable. Returns their inodes.
/// On failure the stage is left for the caller to remove.
pub(super) fn fill(root: &Root, files: &[NewFile]) -> Result<(Dir, Vec<u64>)> {
    if !root.dir().create_dir(STAGE, 0o700)? {
        return Err(StoreError::Unfinished {
            stage: root.path().join(STAGE),
        });
    }
    let stage = root.dir().open_dir(STAGE)?;
    let each = files.len() <= SYNC_EACH;
    let mut inodes = Vec::with_capacity(files.len());
    for (number, file) in files.iter().enumerate() {
        inodes.push(write(&stage, &number.to_string(), file, each)?);
    }
    if !each {
        stage.sync_all()?;
    }
    // The stage itself must be found after a power cut.
    root.dir().sync()?;
    Ok((stage, inodes))
}

fn write(stage: &Dir, name: &str, file: &NewFile, sync: bool) -> Result<u64> {
    let mut staged: File = stage.create_file(name, file.mode & 0o777)?;
    staged
        .write_all(&file.bytes)
        .map_err(|e| StoreError::io("write", stage.path().join(name), e))?;
    if sync {
        staged
            .sync_all()
            .map_err(|e| StoreError::io("save", stage.path().join(name), e))?;
    }
    let status = rustix::fs::fstat(&staged).map_err(|e| stage.failed("look at", name, e))?;
    Ok(Status::from(status).inode)
}

/// The stage of an earlier run, if there is one and it can only be ours.
pub(super) fn open(root: &Root) -> Result<Option<Dir>> {
    open_ours(root, STAGE)
}

/// A directory below the root that only we can have made.
pub(super) fn open_ours(root: &Root, name: &str) -> Result<Option<Dir>> {
    let Some(stage) = root.dir().open_dir_if_there(name)? else {
        return Ok(None);
    };
    let status = stage.status()?;
    check_inside(&status, stage.path())?;
    if status.uid != geteuid().as_raw() {
        let path = stage.path().into();
        return Err(StoreError::ForeignOwner {
            path,
            uid: status.uid,
            mode: status.mode,
        });
    }
    Ok(Some(stage))
}

/// Removes the stage. Returns how many of its files had no other name, so were never published.
///
/// A journal must be gone before, for without the files it would not be the truth any more.
pub(super) fn remove(root: &Root, stage: &Dir) -> Result<usize> {
    let mut unpublished = 0;
    for name in stage.names(usize::MAX)? {
        // What we did not put there stays, and makes the removal of the directory fail.
        let Some(name) = name.to_str().filter(|name| is_staged(name)) else {
            continue;
        };
        let alone = stage.look(name)?.is_some_and(|status| status.links == 1);
        unpublished += usize::from(alone && name != DRAFT);
        stage.remove_file(name)?;
    }
    root.dir().remove_dir(STAGE)?;
    root.dir().sync()?;
    Ok(unpublished)
}

fn is_staged(name: &str) -> bool {
    ![FORWARD, BACK].contains(&name) && (name == DRAFT || name.parse::<u32>().is_ok())
}
