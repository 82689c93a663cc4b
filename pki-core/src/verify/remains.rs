//! What kpki itself left in a tree: the stage of a run that did not end, and the
//! keys of replaced CAs in backups.

use super::command;
use super::fix::Fix;
use super::material::Material;
use super::mode::holds_private_key;
use super::tree::{Remains, RemainsKind, TreeContent, TreeFile};
use super::{Examined, Finding, Generation, Record, Rule, Tree, TreeLocation};
use crate::catalog::{CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole};
use crate::name::Quoted;

/// Stages are told whatever else lies there: of a first copy that was killed
/// there may be nothing else.
pub(super) fn check_stages(tree: &Tree, generation: &Generation, record: &mut Record) {
    for remains in &tree.remains {
        let fix = match remains.kind {
            RemainsKind::Backup => continue,
            RemainsKind::Stage => of_stage(tree, remains, generation),
            RemainsKind::Copy => of_copy(tree, remains),
        };
        if remains.may_be_in_use {
            let why = "whether a run of kpki is at work there is not known to this user";
            record.not_checked(&remains.directory, why, None);
            continue;
        }
        let keys = remains.files.values().filter(|file| has_key(file)).count();
        let files = remains.files.len();
        let holds = match (&remains.unread, files) {
            (Some(why), _) => format!("what lies in it is not known: {why}"),
            (None, 0) => "it is empty".to_owned(),
            (None, _) => format!(
                "it holds {files} {}, {keys} of them with a private key",
                if files == 1 { "file" } else { "files" }
            ),
        };
        let message = format!("was left by a run of kpki that did not end, and {holds}");
        let directory = &remains.directory;
        record.fail(Finding::new(Rule::InterruptedRun, directory, message, fix));
    }
}

fn has_key(file: &TreeFile) -> bool {
    file.bytes().is_some_and(holds_private_key)
}

const FIRST: &str =
    "every run of kpki that writes there begins by finishing what was left, or by taking it back";
const AGAIN: &str = "run again what was interrupted, with the flags that it had";
const SOURCE: &str = "FROM is the directory with the files that hosts share";

fn of_stage(tree: &Tree, remains: &Remains, generation: &Generation) -> Fix {
    let made = generation.all().filter(|_| remains.above() == ".");
    match (made, destination(tree, remains)) {
        (Some(command), _) => Fix::say(FIRST).and_run(command),
        (None, Some(to)) => {
            let there = TreeLocation {
                machine: String::new(),
                ..tree.location.clone()
            };
            Fix::say(format!("{FIRST}; {SOURCE}")).and_run(copied(&there, &to))
        }
        (None, None) => Fix::say(format!("{FIRST}: {AGAIN}")),
    }
}

fn of_copy(tree: &Tree, remains: &Remains) -> Fix {
    const NEXT: &str = "the next copy there takes it away, and sends what is missing";
    match destination(tree, remains) {
        Some(to) => {
            let from = match tree.location.machine.is_empty() {
                true => "",
                false => "from here, ",
            };
            Fix::say(format!("{from}{NEXT}; {SOURCE}")).and_run(copied(&tree.location, &to))
        }
        None => Fix::say(format!("{NEXT}: {AGAIN}")),
    }
}

/// The certificates directory whose copy has its stage there: in the directory
/// above if that is `pki`, and for kubeconfigs as well.
struct Destination {
    directory: String,
    with_kubeconfigs: bool,
}

fn destination(tree: &Tree, remains: &Remains) -> Option<Destination> {
    let directory = tree.location.path("pki");
    let is_pki = directory == "pki" || directory.ends_with("/pki");
    match remains.above() {
        "." => Some(Destination {
            directory,
            with_kubeconfigs: !is_pki,
        }),
        "pki" if !is_pki => Some(Destination {
            directory,
            with_kubeconfigs: false,
        }),
        _ => None,
    }
}

fn copied(location: &TreeLocation, to: &Destination) -> String {
    let Destination { directory, .. } = to;
    let to_there = command::target(location, directory);
    let own = match to.with_kubeconfigs {
        true => " --with-host-certs",
        false => "",
    };
    let reach = command::reach(location);
    format!("kpki copy --from FROM --to {to_there}{own}{reach}")
}

/// The keys of CAs, and those that sign tokens, in backups.
pub(super) fn check_backups(examined: &Examined<'_>, record: &mut Record) {
    let backups = examined.tree.remains.iter();
    for backup in backups.filter(|it| it.kind == RemainsKind::Backup) {
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
