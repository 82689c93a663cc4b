use std::collections::BTreeSet;
use std::io::Write;

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::dir::Dir;
use super::entry::read_bounded;
use super::path::BACKUP;
use super::status::Status;
use super::{RelPath, Result, StoreError};

/// In the stage: the record that the run is to be finished, or, renamed, to be undone.
pub(super) const FORWARD: &str = "journal";
pub(super) const BACK: &str = "rollback";
pub(super) const DRAFT: &str = "journal.new";

const VERSION: u32 = 1;
const LIMIT: u64 = 64 << 20;

/// All that is needed to finish a run or to undo it. Read back after a crash, it is input like
/// any other: it can only name paths below the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    version: u32,
    /// The directory that keeps the replaced files.
    pub(super) backup: Option<String>,
    /// The directories that were missing, parents first.
    pub(super) directories: Vec<RelPath>,
    pub(super) files: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The name of the file in the stage.
    pub(super) stage: u32,
    pub(super) target: RelPath,
    pub(super) inode: u64,
    /// The inode of the file that is replaced, if one is.
    pub(super) replaces: Option<u64>,
}

impl Journal {
    pub(super) fn new(
        backup: Option<String>,
        directories: Vec<RelPath>,
        files: Vec<Record>,
    ) -> Self {
        Self {
            version: VERSION,
            backup,
            directories,
            files,
        }
    }

    /// Puts the journal in the stage, complete or not at all. This is the commit.
    pub(super) fn write(&self, stage: &Dir) -> Result<()> {
        let path = stage.path().join(DRAFT);
        let failed = |e| StoreError::io("write", path.clone(), e);
        let text = serde_json::to_vec(self).map_err(|e| failed(e.into()))?;
        if text.len() as u64 > LIMIT {
            return Err(StoreError::TooMany {
                path,
                limit: self.files.len(),
            });
        }
        let mut file = stage.create_file(DRAFT, 0o600)?;
        file.write_all(&text).map_err(failed)?;
        file.sync_all()
            .map_err(|e| StoreError::io("save", path.clone(), e))?;
        // The staged files must be found wherever the journal is.
        stage.sync()?;
        stage.rename(DRAFT, stage, FORWARD)
    }

    /// Reads the journal if it is there under this name.
    pub(super) fn read(stage: &Dir, name: &str) -> Result<Option<Self>> {
        let file = match stage.open_file(name) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(e) => return Err(stage.failed("read", name, e)),
        };
        let path = stage.path().join(name);
        let bad = |reason: &str| StoreError::BadJournal {
            path: path.clone(),
            reason: reason.into(),
        };
        let status: Status = rustix::fs::fstat(&file)
            .map_err(|e| stage.failed("look at", name, e))?
            .into();
        if !status.is_file() {
            return Err(bad(&format!("it is a {}", status.kind_name())));
        }
        if status.size > LIMIT {
            return Err(bad(&format!("it has {} bytes", status.size)));
        }
        let text =
            read_bounded(file, status.size).map_err(|e| StoreError::io("read", path.clone(), e))?;
        let journal: Self = serde_json::from_slice(&text).map_err(|e| bad(&e.to_string()))?;
        journal.check().map_err(bad)?;
        Ok(Some(journal))
    }

    /// Where the backup keeps the files of a directory.
    pub(super) fn backup_of(&self, below: &str) -> String {
        let backup = self.backup.as_deref().unwrap_or_default();
        if below.is_empty() {
            backup.into()
        } else {
            format!("{backup}/{below}")
        }
    }

    /// All directories of the backup, parents first.
    pub(super) fn backup_directories(&self) -> Vec<String> {
        let replaced = self.files.iter().filter(|record| record.replaces.is_some());
        let below: BTreeSet<_> = replaced
            .flat_map(|record| record.target.parents())
            .collect();
        let below = below.iter().map(|path| self.backup_of(path.as_str()));
        self.backup.iter().cloned().chain(below).collect()
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.version != VERSION {
            return Err("it is of another version of this tool");
        }
        let replaces = self.files.iter().any(|record| record.replaces.is_some());
        match &self.backup {
            Some(name) if !is_backup_name(name) => return Err("the backup directory is misnamed"),
            None if replaces => return Err("the backup directory is missing"),
            _ => {}
        }
        let targets: BTreeSet<_> = self.files.iter().map(|record| &record.target).collect();
        let stages: BTreeSet<_> = self.files.iter().map(|record| record.stage).collect();
        if targets.len() != self.files.len() || stages.len() != self.files.len() {
            return Err("it names a file twice");
        }
        Ok(())
    }
}

/// One component, and not one that could name anything else.
pub(super) fn is_backup_name(name: &str) -> bool {
    name.len() <= 200
        && name.strip_prefix(BACKUP).is_some_and(|stamp| {
            !stamp.is_empty() && stamp.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::store::Root;

    fn read(text: &str) -> Result<Option<Journal>> {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::write(temp.path().join(FORWARD), text).expect("write");
        let root = Root::open(temp.path()).expect("open").expect("there");
        Journal::read(root.dir(), FORWARD)
    }

    fn with(backup: &str, target: &str, extra: &str) -> String {
        format!(
            r#"{{"version":1,"backup":{backup},"directories":[],
                "files":[{{"stage":0,"target":"{target}","inode":1,"replaces":7}}{extra}]}}"#
        )
    }

    #[test]
    fn is_read_as_written() {
        let temp = tempfile::tempdir().expect("tempdir");
        let root = Root::open(temp.path()).expect("open").expect("there");
        let path = |text| RelPath::new(text).expect("valid");
        let record = Record {
            stage: 0,
            target: path("a/b"),
            inode: u64::MAX,
            replaces: None,
        };
        let journal = Journal::new(Some("kpki-backup-1".into()), vec![path("a")], vec![record]);
        assert_eq!(Journal::read(root.dir(), FORWARD).expect("read"), None);
        journal.write(root.dir()).expect("write");
        assert_eq!(
            Journal::read(root.dir(), FORWARD).expect("read"),
            Some(journal)
        );
    }

    #[test]
    fn is_not_believed() {
        let good = with(r#""kpki-backup-1""#, "a", "");
        read(&good).expect("good");
        let twice = r#",{"stage":0,"target":"b","inode":1,"replaces":null}"#;
        for bad in [
            String::new(),
            "{}".into(),
            good.replace("\"version\":1", "\"version\":2"),
            good.replace("\"version\":1", "\"version\":1,\"more\":1"),
            good.replace("\"stage\":0", "\"stage\":-1"),
            with("null", "a", ""),
            with(r#""kpki-backup-1/..""#, "a", ""),
            with(r#""..""#, "a", ""),
            with(r#""kpki-backup-""#, "a", ""),
            with(r#""kpki-backup-1""#, "../a", ""),
            with(r#""kpki-backup-1""#, "/etc/shadow", ""),
            with(r#""kpki-backup-1""#, ".kpki-stage/journal", ""),
            with(r#""kpki-backup-1""#, "a", twice),
            "[".repeat(100_000),
        ] {
            let error = read(&bad).expect_err(&bad);
            assert!(matches!(error, StoreError::BadJournal { .. }), "{error}");
        }
    }

    #[test]
    fn is_not_followed() {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::write(temp.path().join("real"), with("null", "a", "")).expect("write");
        symlink("real", temp.path().join(FORWARD)).expect("symlink");
        let root = Root::open(temp.path()).expect("open").expect("there");
        Journal::read(root.dir(), FORWARD).expect_err("a link");
    }
}
