//! What is done with a row of the catalog: a pair of files, or a kubeconfig.

use super::{ANOTHER, Action, LATER, RENEWED, Survey, is_guarded, lets_others};
use crate::catalog::{CatalogEntry, EntryKind, FileRole, PlacedFile};
use crate::certificate::Certificate;
use crate::copy::conflict::{Conflict, Difference, Picture};
use crate::copy::copied_file::{
    CopiedFile, certificates, is_blank, only_public_key, public_half, public_keys,
};
use crate::copy::dependents::Dependents;
use crate::copy::present::{Present, PresentFile};
use crate::copy::source::Source;
use crate::key::SubjectPublicKeyInfo;
use crate::time::Timestamp;

/// A row, and what lies in the place of its files.
pub(super) struct Row<'a> {
    pub(super) entry: &'static CatalogEntry,
    pub(super) files: &'a [&'a CopiedFile],
    pub(super) source: &'a Source,
    pub(super) survey: &'a Survey,
    pub(super) now: Timestamp,
}

impl Row<'_> {
    /// One for each file.
    pub(super) fn actions(&self) -> Vec<Action> {
        let stays = self.stays();
        let action = |copied: &&CopiedFile| {
            let Some(found) = self.survey.get(&copied.file) else {
                return Action::InTheWay("nobody looked what is there".to_owned());
            };
            match (&found.content, stays) {
                (found, Some(why)) if is_another(found) => Action::Keep(why),
                _ => self.action(copied, found),
            }
        };
        self.files.iter().map(action).collect()
    }

    fn action(&self, copied: &CopiedFile, found: &PresentFile) -> Action {
        match &found.content {
            Present::Nothing => Action::New,
            Present::Equal => self.equal(copied, found),
            Present::Unreadable(why) => Action::InTheWay(format!("it cannot be read: {why}")),
            Present::NotAFile(kind) => Action::InTheWay(format!("it is a {kind}, not a file")),
            Present::Content(bytes) if is_blank(bytes) => Action::Replace("it was empty"),
            found if is_another(found) && !is_guarded(self.entry) => Action::Replace(ANOTHER),
            Present::Content(bytes) => match copied.file.role {
                FileRole::Certificate => self.other_certificate(copied, bytes),
                FileRole::PublicKey => other_public_key(copied, bytes),
                FileRole::PrivateKey | FileRole::Kubeconfig => {
                    Action::Conflict(Difference::Unreadable)
                }
            },
            Present::OtherSecret(key) => match (copied.file.role, key) {
                (FileRole::PrivateKey, Some(key)) => {
                    match public_half(&copied.bytes).as_ref() == Some(key) {
                        true => Action::Replace("it was the same key in another form"),
                        false => Action::Conflict(Difference::OtherKey),
                    }
                }
                (FileRole::PrivateKey, None) => Action::Conflict(Difference::UnknownKey),
                _ => Action::Conflict(Difference::Unreadable),
            },
            Present::OtherKubeconfig(_) => Action::Conflict(Difference::Unreadable),
        }
    }

    /// The same bytes: whoever owns the file can change it, and can read it.
    fn equal(&self, copied: &CopiedFile, found: &PresentFile) -> Action {
        let may_be_foreign = self.source.kind().is_external_client(self.entry);
        match self.survey.foreign_owner(found) {
            Some(found) if !may_be_foreign => Action::Owner { found },
            _ if lets_others(copied.file.role, found.mode) => Action::Mode { found: found.mode },
            _ => Action::Equal,
        }
    }

    /// Another certificate in the place of a CA's: told apart by their keys, whatever
    /// the names say.
    fn other_certificate(&self, copied: &CopiedFile, bytes: &[u8]) -> Action {
        let (ours, theirs) = (certificates(&copied.bytes), certificates(bytes));
        if theirs.is_empty() {
            return Action::Conflict(Difference::Unreadable);
        }
        let (our_keys, their_keys) = (public_keys(&ours), public_keys(&theirs));
        if their_keys.len() != theirs.len() || !their_keys.iter().any(|key| our_keys.contains(key))
        {
            return Action::Conflict(Difference::OtherKey);
        }
        if !their_keys.iter().all(|key| our_keys.contains(key)) {
            return Action::Conflict(Difference::MoreAuthorities);
        }
        match theirs.iter().any(|it| is_valid_longer(it, &ours)) {
            true => Action::Conflict(Difference::ValidLonger),
            false => Action::Replace("it was an older certificate of the same key"),
        }
    }

    /// Why the destination keeps the pair that it has, though it is another one.
    fn stays(&self) -> Option<&'static str> {
        if self.entry.base_name == "kubelet.conf" {
            return Some(RENEWED);
        }
        let authority = self.source.issuer_of(self.entry)?;
        let present = |role| {
            let mut files = self.files.iter();
            let copied = files.find(|copied| copied.file.role == role)?;
            Some((*copied, self.survey.content(&copied.file)?))
        };
        let (copied, Present::Content(bytes)) = present(FileRole::Certificate)? else {
            return None;
        };
        let (ours, there) = present(FileRole::PrivateKey)?;
        let key = match there {
            Present::OtherSecret(Some(key)) => key.clone(),
            // It was signed again with the same key.
            Present::Equal => public_half(&ours.bytes)?,
            _ => return None,
        };
        let theirs = certificates(bytes).into_iter().next()?;
        let mut issuers = self.source.keys_of(authority).into_iter();
        let is_pair = theirs.public_key().ok() == Some(&key);
        let works = is_pair
            && theirs.validity().contains(self.now)
            && issuers.any(|issuer| theirs.is_signed_by(&issuer));
        let ours = certificates(&copied.bytes).into_iter().next()?;
        let is_newer = ends_later(&theirs, &ours);
        match works {
            true if self.source.kind().is_shared(self.entry) => {
                Some("the host has its own, of the same CA")
            }
            true if is_newer => Some(LATER),
            _ => None,
        }
    }

    /// What is in conflict, if anything is.
    pub(super) fn conflict(&self, actions: &[Action]) -> Option<Conflict> {
        let files = self.files.iter().zip(actions);
        let mut differences: Vec<(PlacedFile, Difference)> = files
            .filter_map(|(copied, action)| match action {
                Action::Conflict(difference) => Some((copied.file.clone(), *difference)),
                _ => None,
            })
            .collect();
        let foreign = self.foreign_key();
        let can_be_replaced = foreign.is_none();
        differences.extend(foreign.map(|file| (file, Difference::ForeignKey)));
        if differences.is_empty() {
            return None;
        }
        Some(Conflict {
            entry: self.entry,
            differences,
            ours: Picture::of_source(self.files),
            theirs: Picture::of_destination(self.entry, self.files, self.source, self.survey),
            dependents: Dependents::of(self.entry, self.source, self.survey),
            can_be_replaced,
            is_overruled: false,
        })
    }

    /// The key of a CA whose key the source has not, and what is in its place.
    fn key_beyond(&self) -> Option<(PlacedFile, &Present)> {
        if !matches!(self.entry.kind, EntryKind::Authority(_)) {
            return None;
        }
        let is_key = |copied: &&CopiedFile| copied.file.role == FileRole::PrivateKey;
        if self.files.iter().any(is_key) {
            return None;
        }
        let files = self.entry.files(self.source.kind().naming());
        let key = files
            .into_iter()
            .find(|file| file.role == FileRole::PrivateKey)?;
        let found = self.survey.content(&key)?;
        Some((key, found))
    }

    /// The same if it is of another CA, so that the pair would not be one.
    fn foreign_key(&self) -> Option<PlacedFile> {
        let (file, Present::OtherSecret(Some(key))) = self.key_beyond()? else {
            return None;
        };
        (!self.is_needless(&file) && !self.our_keys().contains(key)).then_some(file)
    }

    /// Whether no host should have the file, which is said elsewhere.
    fn is_needless(&self, file: &PlacedFile) -> bool {
        self.source.kind().needless_keys().contains(file)
    }

    /// What is to be said of such a key.
    pub(super) fn note(&self) -> Option<String> {
        let (file, found) = self.key_beyond()?;
        if self.is_needless(&file) {
            return None;
        }
        match found {
            Present::OtherSecret(Some(key)) if self.our_keys().contains(key) => Some(format!(
                "{} is there and not in the source: it stays",
                file.path
            )),
            Present::OtherSecret(Some(_)) | Present::Nothing => None,
            _ => Some(format!(
                "{} is there, and nobody could tell whose key it is: it stays",
                file.path
            )),
        }
    }

    fn our_keys(&self) -> Vec<SubjectPublicKeyInfo> {
        match self.entry.kind {
            EntryKind::Authority(authority) => self.source.keys_of(authority),
            _ => Vec::new(),
        }
    }
}

/// Whether it is a file, and not the expected one.
fn is_another(found: &Present) -> bool {
    matches!(
        found,
        Present::Content(_) | Present::OtherSecret(_) | Present::OtherKubeconfig(_)
    )
}

fn other_public_key(copied: &CopiedFile, bytes: &[u8]) -> Action {
    match (only_public_key(&copied.bytes), only_public_key(bytes)) {
        (ours, theirs) if theirs.is_some() && ours == theirs => {
            Action::Replace("it was the same key in another form")
        }
        (_, Some(_)) => Action::Conflict(Difference::OtherKey),
        (_, None) => Action::Conflict(Difference::Unreadable),
    }
}

/// Whether none of ours of the same key is valid as long.
fn is_valid_longer(theirs: &Certificate, ours: &[Certificate]) -> bool {
    let key = theirs.public_key().ok();
    let mut same = ours.iter().filter(|it| it.public_key().ok() == key);
    same.all(|ours| ends_later(theirs, ours))
}

fn ends_later(one: &Certificate, other: &Certificate) -> bool {
    one.validity().not_after() > other.validity().not_after()
}
