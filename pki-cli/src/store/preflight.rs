use std::collections::BTreeSet;

use super::dir::Dir;
use super::journal::is_backup_name;
use super::path::BACKUP;
use super::root::check_inside;
use super::status::Status;
use super::{NewFile, RelPath, Result, Root, StoreError};

/// What publishing will meet, looked up before anything is written.
#[derive(Debug)]
pub(super) struct Preflight {
    /// The directories to make, parents first.
    pub(super) missing: Vec<RelPath>,
    /// For each file the inode that it replaces.
    pub(super) replaced: Vec<Option<u64>>,
}

impl Preflight {
    /// Refuses whatever could stop the run half-way or would be lost by it.
    pub(super) fn new(root: &Root, files: &[NewFile]) -> Result<Self> {
        check_paths(root, files)?;
        let device = root.dir().status()?.device;
        let mut missing = BTreeSet::new();
        let mut replaced = Vec::with_capacity(files.len());
        for file in files {
            let status = match open_parent(root, &file.path, device)? {
                Ok(dir) => {
                    let name = file.path.split().1;
                    if file.replaces && dir.is_mount(name) {
                        return Err(StoreError::Mounted {
                            path: dir.path().join(name),
                        });
                    }
                    if file.replaces && dir.is_immutable(name) {
                        return Err(StoreError::Immutable {
                            path: dir.path().join(name),
                        });
                    }
                    dir.look(name)?
                }
                Err(directories) => {
                    missing.extend(directories);
                    None
                }
            };
            replaced.push(check_target(root, file, status)?);
        }
        Ok(Self {
            missing: missing.into_iter().collect(),
            replaced,
        })
    }
}

fn check_paths(root: &Root, files: &[NewFile]) -> Result<()> {
    let mut targets = BTreeSet::new();
    for file in files {
        // A path that was found on disk may have a name that the journal would not take.
        RelPath::new(file.path.as_str())?;
        if !targets.insert(&file.path) {
            return Err(StoreError::Claimed {
                path: root.path().join(file.path.as_str()),
            });
        }
    }
    for parent in files.iter().flat_map(|file| file.path.parents()) {
        if targets.contains(&parent) {
            return Err(StoreError::Claimed {
                path: root.path().join(parent.as_str()),
            });
        }
    }
    Ok(())
}

/// The directory of a file, or else those that are missing on the way to it.
fn open_parent(root: &Root, path: &RelPath, device: u64) -> Result<Result<Dir, Vec<RelPath>>> {
    let mut dir = root.dir().open_dir(".")?;
    let parents: Vec<_> = path.parents().collect();
    for (at, parent) in parents.iter().enumerate() {
        let Some(next) = dir.open_dir_if_there(parent.split().1)? else {
            return Ok(Err(parents[at..].to_vec()));
        };
        let status = next.status()?;
        check_inside(&status, next.path())?;
        if status.device != device || next.is_mount(".") {
            return Err(StoreError::Mounted {
                path: next.path().into(),
            });
        }
        dir = next;
    }
    Ok(Ok(dir))
}

fn check_target(root: &Root, file: &NewFile, status: Option<Status>) -> Result<Option<u64>> {
    let path = root.path().join(file.path.as_str());
    match status {
        None if file.replaces => Err(StoreError::Missing { path }),
        None => Ok(None),
        Some(status) if !status.is_file() => Err(StoreError::NotAFile {
            path,
            kind: status.kind_name(),
        }),
        Some(_) if !file.replaces => Err(StoreError::Exists { path }),
        Some(status) if status.links > 1 => Err(StoreError::HardLinked {
            path,
            links: status.links,
        }),
        Some(status) => Ok(Some(status.inode)),
    }
}

/// A name for the directory of the replaced files that no earlier run has used.
pub(super) fn free_backup_name(root: &Root, stamp: &str) -> Result<String> {
    let first = format!("{BACKUP}{stamp}");
    if !is_backup_name(&first) {
        let reason = "the time stamp of a backup has only letters, digits and '-'";
        return Err(StoreError::BadPath {
            text: first,
            reason,
        });
    }
    let mut name = first.clone();
    for number in 2..1000 {
        if root.dir().look(&name)?.is_none() {
            return Ok(name);
        }
        name = format!("{first}-{number}");
    }
    Err(StoreError::Exists {
        path: root.path().join(first),
    })
}
