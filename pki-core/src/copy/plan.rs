//! Source + what lies at a destination -> what is done there, and why.

mod row;

use std::collections::BTreeMap;

use super::conflict::Conflict;
use super::copied_file::CopiedFile;
use super::present::{Present, PresentFile};
use super::source::Source;
use super::stranger::Stranger;
use crate::catalog::{Authority, CatalogEntry, EntryKind, FileRole, HostRule, PlacedFile};
use crate::name::HostName;
use crate::time::Timestamp;

use super::conflict::Difference;
use row::Row;

/// Why something is replaced that nobody has to be asked about.
const ANOTHER: &str = "it was another one";

/// Why a host keeps its own certificate.
const LATER: &str = "a later one of the same CA is there";

/// Why a host keeps the kubeconfig of its kubelet.
pub(super) const RENEWED: &str = "the kubelet there renews its own";

/// The same where that helps nobody.
pub(super) const USELESS: &str = "it is of another CA, and no longer works";

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct CopyOptions {
    /// Whose place the destination is, if that is known.
    pub host: Option<HostName>,
    /// Send the host its own leaves and kubeconfigs as well.
    pub with_host_certs: bool,
    /// Put the source's CAs and service account keys in the place of others.
    pub replace_ca: bool,
    /// Put the source's kubeconfigs in the place of others.
    pub replace_kubeconfigs: bool,
}

/// A file that has to be looked at before a plan can be made.
#[derive(Debug)]
pub struct Question<'a> {
    /// What it should hold, and where: below the certificates directory, or
    /// for a kubeconfig below the directory of these.
    pub file: PlacedFile,
    /// What should be in it; `None` if it is looked at for another reason.
    pub expected: Option<&'a [u8]>,
}

/// What lies at a destination.
#[derive(Debug, Default)]
pub struct Survey {
    files: BTreeMap<PlacedFile, PresentFile>,
    user: Option<u32>,
}

/// What is done with the files of a destination.
#[derive(Debug)]
pub struct Plan<'a> {
    items: Vec<PlanItem<'a>>,
    conflicts: Vec<Conflict>,
    strangers: Vec<Stranger>,
    notes: Vec<String>,
}

/// What is done with a file.
#[derive(Debug)]
pub struct PlanItem<'a> {
    /// The file of the source.
    pub copied: &'a CopiedFile,
    /// What is done with that of the destination.
    pub action: Action,
    /// Whether the file may be another user's than root's and that of whoever writes
    /// there: the user that etcd runs as has its keys. No key of a CA may.
    pub keeps_owner: bool,
}

/// What is done with a file of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It is there.
    Equal,
    /// It is there with this mode, which lets others read or write it.
    Mode {
        /// The mode.
        found: u32,
    },
    /// It is there, and belongs to another user than root and whoever writes there.
    Owner {
        /// The number of the user.
        found: u32,
    },
    /// It is made.
    New,
    /// It takes the place of another, and why it may.
    Replace(&'static str),
    /// Another one is there and stays, and why.
    Keep(&'static str),
    /// Another one is there that is not replaced without being asked to.
    Conflict(Difference),
    /// Something is in its place that is not replaced at all.
    InTheWay(String),
}

impl PlanItem<'_> {
    /// Whether the host keeps its own because that ends later.
    pub(super) fn is_later_there(&self) -> bool {
        self.action == Action::Keep(LATER)
    }

    /// Whether the host keeps a kubeconfig that no longer works, for its CA is another one.
    #[must_use]
    pub fn is_kept_in_vain(&self) -> bool {
        self.action == Action::Keep(USELESS)
    }
}

impl Action {
    /// Whether the file is written.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(self, Self::New) || self.replaces()
    }

    /// Whether it takes the place of a file.
    #[must_use]
    pub fn replaces(&self) -> bool {
        matches!(
            self,
            Self::Mode { .. } | Self::Owner { .. } | Self::Replace(_)
        )
    }
}

impl Survey {
    /// Of a destination at which this user writes, as far as that is known.
    #[must_use]
    pub fn by(user: Option<u32>) -> Self {
        Self {
            files: BTreeMap::new(),
            user,
        }
    }

    /// Adds what was found of a file.
    pub fn insert(&mut self, file: PlacedFile, found: PresentFile) {
        self.files.insert(file, found);
    }

    pub(super) fn get(&self, file: &PlacedFile) -> Option<&PresentFile> {
        self.files.get(file)
    }

    pub(super) fn content(&self, file: &PlacedFile) -> Option<&Present> {
        self.get(file).map(|found| &found.content)
    }

    /// Whose a file is, if that is neither root nor whoever writes there.
    fn foreign_owner(&self, found: &PresentFile) -> Option<u32> {
        let is_trusted = |uid: &u32| *uid == 0 || self.user.is_none_or(|user| user == *uid);
        found.uid.filter(|uid| !is_trusted(uid))
    }
}

impl<'a> Plan<'a> {
    /// Every file that [`Plan::new`] looks at, and so the caller asks about.
    #[must_use]
    pub fn questions(source: &'a Source, options: &CopyOptions) -> Vec<Question<'a>> {
        let expected = files_for(source, options).into_iter();
        let mut questions: Vec<_> = expected
            .map(|copied| Question {
                file: copied.file.clone(),
                expected: Some(copied.bytes.as_slice()),
            })
            .collect();
        let others = source.kind().own().map(|(_, file)| file);
        // Keys that are nothing to us are left alone, and of kubeconfigs it is the
        // certificates that are asked for.
        let is_asked = |role| matches!(role, FileRole::Certificate | FileRole::Kubeconfig);
        let others = others.filter(|file| is_asked(file.role));
        let lacking = source.lacks().into_iter().map(|lacking| lacking.file);
        let needless = source.kind().needless_keys();
        for file in others.chain(lacking).chain(needless) {
            if questions.iter().all(|question| question.file != file) {
                questions.push(Question {
                    file,
                    expected: None,
                });
            }
        }
        questions
    }

    /// Decides what to do at the time `now`.
    #[must_use]
    pub fn new(source: &'a Source, survey: &Survey, options: &CopyOptions, now: Timestamp) -> Self {
        let mut plan = Self {
            items: Vec::new(),
            conflicts: Vec::new(),
            strangers: Vec::new(),
            notes: Vec::new(),
        };
        let files = files_for(source, options);
        for files in files.chunk_by(|one, other| one.entry == other.entry) {
            let Some(first) = files.first() else { continue };
            let row = Row {
                entry: first.entry,
                files,
                source,
                survey,
                now,
            };
            let mut actions = row.actions();
            let mut conflict = row.conflict(&actions);
            if let Some(conflict) = &mut conflict
                && options.replace_ca
                && conflict.can_be_replaced
            {
                conflict.is_overruled = true;
                for action in &mut actions {
                    if matches!(action, Action::Conflict(_)) {
                        *action = Action::Replace("it was asked for");
                    }
                }
            }
            plan.notes.extend(row.note());
            plan.conflicts.extend(conflict);
            let items = files.iter().zip(actions);
            plan.items.extend(items.map(|(copied, action)| PlanItem {
                copied,
                action,
                keeps_owner: source.kind().may_be_of_etcds_user(copied.entry),
            }));
        }
        plan.settle_kubeconfigs(options);
        if !plan.is_blocked() {
            plan.settle_kubelet(source, survey, options);
            plan.settle_dependents();
        }
        let is_written = |file: &PlacedFile| {
            let mut items = plan.items.iter();
            items.any(|item| item.action.writes() && item.copied.file == *file)
        };
        plan.strangers = Stranger::all(source, survey, options, is_written);
        plan
    }

    /// Another kubeconfig than ours is not told from a newer one, for nobody fetches
    /// it. It stays, unless the CA that it trusts goes or somebody asked for ours.
    fn settle_kubeconfigs(&mut self, options: &CopyOptions) {
        let mut conflicts = self.conflicts.iter();
        let is_ca_replaced = conflicts.any(|conflict| {
            conflict.is_overruled && conflict.entry.kind == EntryKind::Authority(Authority::Cluster)
        });
        if is_ca_replaced || options.replace_kubeconfigs {
            return;
        }
        for item in &mut self.items {
            if item.copied.file.role == FileRole::Kubeconfig
                && item.action == Action::Replace(ANOTHER)
            {
                item.action = Action::Keep("another one is there, and may be newer");
            }
        }
    }

    /// The kubelet renews its own, unless that is of a CA which goes or is gone: it trusts none
    /// of those that are copied, or was signed by the one that goes.
    fn settle_kubelet(&mut self, source: &Source, survey: &Survey, options: &CopyOptions) {
        let Self {
            items, conflicts, ..
        } = self;
        let ours = source.keys_of(Authority::Cluster);
        let is_useless = |file: &PlacedFile| {
            let mut goes = conflicts.iter().filter(|conflict| conflict.is_overruled);
            let depends = goes.any(|it| it.dependents.kubeconfigs.contains(&file.path));
            depends
                || match survey.content(file) {
                    Some(Present::OtherKubeconfig(found)) => found.trusts_none_of(&ours),
                    _ => false,
                }
        };
        let mut kept = items
            .iter_mut()
            .filter(|item| item.action == Action::Keep(RENEWED));
        if let Some(item) = kept.find(|item| is_useless(&item.copied.file)) {
            item.action = match options.replace_kubeconfigs {
                true => Action::Replace("it was of another CA"),
                false => Action::Keep(USELESS),
            };
        }
    }

    /// What the same run replaces does not depend on the CA that goes.
    fn settle_dependents(&mut self) {
        let written = self.items.iter().filter(|item| item.action.writes());
        let written: Vec<_> = written.map(|item| item.copied.file.path.as_str()).collect();
        for conflict in &mut self.conflicts {
            conflict.dependents.retain(|path| !written.contains(&path));
        }
    }

    /// Puts the source's certificates in the place of later ones that the host would
    /// keep.
    #[must_use]
    pub fn going_back(mut self) -> Self {
        for item in &mut self.items {
            if item.is_later_there() {
                item.action = Action::Replace("it was a later one");
            }
        }
        self
    }

    /// The files, in the catalog's order, shared ones first.
    #[must_use]
    pub fn items(&self) -> &[PlanItem<'a>] {
        &self.items
    }

    /// CAs and service account keys that are others there.
    #[must_use]
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// Files that should not be there.
    #[must_use]
    pub fn strangers(&self) -> &[Stranger] {
        &self.strangers
    }

    /// Remarks about what lies there.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether something stands in the way, so that nothing may be written.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        let mut conflicts = self.conflicts.iter();
        let mut items = self.items.iter();
        conflicts.any(|conflict| !conflict.is_overruled)
            || items.any(|item| matches!(item.action, Action::Conflict(_) | Action::InTheWay(_)))
    }

    /// Whether carrying it out changes anything.
    #[must_use]
    pub fn changes_anything(&self) -> bool {
        self.writes().next().is_some()
    }

    /// The files that are written, all or none.
    pub fn writes(&self) -> impl Iterator<Item = &PlanItem<'a>> {
        self.items.iter().filter(|item| item.action.writes())
    }

    /// The files that lie there as in the source once the plan is carried out: those
    /// to read back for the [`Proof`](super::Proof).
    pub fn settled(&self) -> impl Iterator<Item = &PlanItem<'a>> {
        let items = self.items.iter();
        items.filter(|item| item.action.writes() || item.action == Action::Equal)
    }
}

/// The files that a host should have: what all have, and with its own leaves in
/// their place where it has such.
pub(super) fn files_for<'a>(source: &'a Source, options: &CopyOptions) -> Vec<&'a CopiedFile> {
    let own = options.host.as_ref().filter(|_| options.with_host_certs);
    let own = own.and_then(|host| source.own(host)).unwrap_or_default();
    let has_own = |entry: &CatalogEntry| own.iter().any(|copied| copied.entry == entry);
    let shared = source.shared().iter();
    // The CA of etcd's peers is for those that have a peer's certificate.
    let is_member = own.iter().any(|it| it.entry.hosts == HostRule::EtcdMember);
    let has_use = |entry: &CatalogEntry| entry.hosts != HostRule::SharedEtcdPeers || is_member;
    let shared = shared.filter(|copied| !has_own(copied.entry) && has_use(copied.entry));
    shared.chain(own).collect()
}

/// Whether a mode lets others read a secret, or change anything.
fn lets_others(role: FileRole, mode: u32) -> bool {
    role.is_secret() && mode & 0o044 != 0 || mode & 0o022 != 0
}

/// Whether the row is one that is never replaced without being asked to.
fn is_guarded(entry: &CatalogEntry) -> bool {
    matches!(
        entry.kind,
        EntryKind::Authority(_) | EntryKind::ServiceAccount
    )
}
