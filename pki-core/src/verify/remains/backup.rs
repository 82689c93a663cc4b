//! The keys of replaced CAs in backups.

use super::super::command;
use super::super::fix::Fix;
use super::super::material::Material;
use super::super::tree::{Remains, RemainsKind, TreeContent, TreeFile};
use super::super::{Examined, Finding, Record, Rule};
use super::has_key;
use crate::catalog::{CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole};
use crate::name::Quoted;

/// The keys of CAs, and those that sign tokens, in backups.
pub(in crate::verify) fn check_backups(examined: &Examined<'_>, record: &mut Record) {
    let remains = &examined.tree.remains;
    for backup in remains.iter().filter(|it| it.kind == RemainsKind::Backup) {
        // What has to be taken back may be there alone, however old the backup looks.
        let is_stage = |it: &&Remains| it.kind != RemainsKind::Backup;
        let mut stages = remains.iter().filter(is_stage);
        if let Some(stage) = stages.find(|it| it.above() == backup.above()) {
            let why = format!(
                "the run that left {} may need it to be taken back: nothing of it is to be removed before",
                stage.directory
            );
            record.not_checked(&backup.directory, &why, None);
            continue;
        }
        if let Some(why) = &backup.unread {
            record.not_checked(&backup.directory, why, None);
        }
        let keys: Vec<_> = backup
            .files
            .iter()
            .filter_map(|(path, file)| OldKey::of(examined, backup, path, file, record))
            .collect();
        if keys.is_empty() {
            record.checked += 1;
            continue;
        }
        let told: Vec<_> = keys.iter().map(|key| key.told(examined)).collect();
        let message = format!("still holds {}", told.join(", and "));
        let paths: Vec<_> = keys.iter().map(|key| key.path).collect();
        let fix = Fix::say(
            "keep it as long as somebody may want to go back to it; once nothing trusts or uses what it was the key of",
        )
        .and(command::remove(examined.tree, &paths));
        let directory = &backup.directory;
        record.fail(Finding::new(Rule::KeyInBackup, directory, message, fix));
    }
}

/// The key of a CA or of the service accounts in a backup.
struct OldKey<'a> {
    path: &'a str,
    below: &'a str,
    /// Whose key the file had when it was replaced.
    row: &'static CatalogEntry,
    kept: Kept<'a>,
}

/// What became of a key that is in a backup.
enum Kept<'a> {
    /// It cannot be told, since one of both is not read.
    Unknown,
    /// It is in use still.
    Same,
    /// Another took its place.
    Another,
    /// Another took its place, and this file trusts both.
    Trusted(&'a str),
}

impl<'a> OldKey<'a> {
    fn of(
        examined: &'a Examined<'_>,
        backup: &'a Remains,
        path: &'a str,
        file: &TreeFile,
        record: &mut Record,
    ) -> Option<Self> {
        let below = path.strip_prefix(backup.directory.as_str())?;
        let below = below.trim_start_matches('/');
        let row = row_of(examined, backup, below)?;
        if let TreeContent::Unreadable(why) | TreeContent::Withheld(why) = &file.content {
            record.not_checked(Quoted(path).to_string(), why, None);
            return None;
        }
        if !has_key(file) {
            return None;
        }
        let material = examined.material(row);
        Some(Self {
            path,
            below,
            row,
            kept: Kept::of(material, file),
        })
    }

    fn told(&self, examined: &Examined<'_>) -> String {
        let Self { below, row, .. } = self;
        let of = match row.kind {
            EntryKind::ServiceAccount => "the key that signed the tokens of service accounts",
            _ => "the key of a CA",
        };
        let now = examined.material(row).map_or(row.base_name, |material| {
            material.path(FileRole::PrivateKey)
        });
        match &self.kept {
            Kept::Unknown => format!("{below}, {of}"),
            Kept::Same => format!("{below}, {of}, the same as {now}"),
            Kept::Another => format!("{below}, {of}, another one than {now}"),
            Kept::Trusted(file) => {
                format!("{below}, {of}, another one than {now}, and {file} trusts it still")
            }
        }
    }
}

impl<'a> Kept<'a> {
    fn of(material: Option<&'a Material>, file: &TreeFile) -> Self {
        let (Some(material), Some(half)) = (material, file.key_half()) else {
            return Self::Unknown;
        };
        let certified = material.certificates();
        let of_certificates = certified.iter().filter_map(|it| it.public_key().ok());
        let mut known = of_certificates.chain(material.public_key.read());
        let private = material.key.read().map(|key| &key.public);
        let current = private.or_else(|| known.next());
        match current {
            None => Self::Unknown,
            Some(current) if *current == half.public => Self::Same,
            Some(_) if known.any(|other| *other == half.public) => {
                Self::Trusted(material.path(FileRole::Certificate))
            }
            Some(_) => Self::Another,
        }
    }
}

/// The CA or the pair of the service accounts of which a file of a backup was the
/// private key.
fn row_of(examined: &Examined<'_>, backup: &Remains, below: &str) -> Option<&'static CatalogEntry> {
    let path = match backup.above() {
        "." => below.to_owned(),
        above => format!("{above}/{below}"),
    };
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let is_private = |role| role == FileRole::PrivateKey;
    let mut signers = CATALOG.iter().filter(|row| {
        matches!(
            row.kind,
            EntryKind::Authority(_) | EntryKind::ServiceAccount
        )
    });
    signers.find(|row| {
        let placed = examined.material(row);
        let here = placed.is_some_and(|it| it.path(FileRole::PrivateKey) == path);
        let files = namings.iter().flat_map(|naming| row.files(naming));
        let mut usual = files.filter(|file| is_private(file.role));
        here || usual.any(|file| path == format!("pki/{}", file.path))
    })
}
