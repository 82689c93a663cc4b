//! The rows of a tree: every file that is known or seen to hold certificates.

use std::collections::{BTreeMap, BTreeSet};

use super::file_name::{self, KUBELET};
use super::{Embedding, ExpiryRow, ExpiryState, FoundCertificate};
use crate::Error;
use crate::catalog::{CATALOG, CatalogEntry, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::kubeconfig::{EmbeddedKind, Field, embedded};
use crate::verify::role::{self, Need};
use crate::verify::{Obstacle, Tree, TreeContent, TreeFile, TreeLocation, TreeRole, Unlisted};

pub(super) fn rows(tree: &Tree, role: Option<TreeRole>) -> Vec<ExpiryRow> {
    let catalog = file_name::of_catalog();
    let mut reading = Reading {
        location: tree.location.clone(),
        ..Reading::default()
    };
    // A file in use is no backup, whatever its directory is called.
    let in_use: BTreeSet<String> = tree.named_files().into_iter().collect();
    let is_backup = |path: &String| file_name::is_backup(path) && !in_use.contains(path);
    // Kubeconfigs first: they name files of others.
    for (path, file) in tree.visible() {
        match catalog.get(path) {
            Some((entry, FileRole::Kubeconfig)) => reading.kubeconfig(path, file, Some(entry)),
            None if !is_backup(path) && is_kubeconfig(file) => {
                reading.kubeconfig(path, file, None);
            }
            _ => {}
        }
    }
    for (path, file) in tree.visible() {
        match catalog.get(path) {
            Some((entry, FileRole::Certificate)) => {
                reading.certificates(entry.phase_name, Some(entry), path, file);
            }
            Some(_) => {}
            None if is_backup(path) && !reading.named.contains_key(path) => {}
            None => reading.other(path, file),
        }
    }
    reading.named_and_absent(tree, |path| catalog.contains_key(path));
    reading.missing(tree, role);
    for unlisted in &tree.unlisted {
        let Unlisted { path, why, .. } = unlisted;
        let (name, state) = match unlisted.obstacle {
            // What nobody uses may be as much as it likes.
            Obstacle::TooManyOthers => (format!("{path} ({why})"), ExpiryState::Elsewhere),
            _ => (path.clone(), ExpiryState::Unreadable(why.clone())),
        };
        reading.row(&name, None, path, state);
    }
    reading.sorted()
}

#[derive(Default)]
struct Reading {
    location: TreeLocation,
    rows: Vec<ExpiryRow>,
    /// Files that kubeconfigs name, and the row of the kubeconfig's user.
    named: BTreeMap<String, (String, Option<&'static CatalogEntry>)>,
    /// Files that were read as kubeconfigs.
    kubeconfigs: BTreeSet<String>,
}

impl Reading {
    fn row(
        &mut self,
        name: &str,
        entry: Option<&'static CatalogEntry>,
        file: &str,
        state: ExpiryState,
    ) {
        self.rows.push(ExpiryRow {
            name: name.to_owned(),
            entry,
            file: file.to_owned(),
            embedded: None,
            position: 1,
            state,
        });
    }

    fn kubeconfig(&mut self, path: &str, file: &TreeFile, entry: Option<&'static CatalogEntry>) {
        self.kubeconfigs.insert(path.to_owned());
        let read = bytes(file).and_then(|bytes| embedded(bytes).map_err(|error| reason(&error)));
        let found = match read {
            Ok(found) => found,
            Err(why) => return self.row(path, entry, path, ExpiryState::Unreadable(why)),
        };
        for part in found {
            let embedding = Embedding {
                kind: part.kind,
                key: part.key,
                is_current: part.is_current,
            };
            let is_main = part.kind == EmbeddedKind::User && part.is_current;
            let name = match is_main {
                true => path.to_owned(),
                false => format!("{path} ({} {})", embedding.kind.id(), embedding.key),
            };
            let entry = entry.filter(|_| is_main);
            match part.certificates {
                Field::Absent => {}
                Field::Path(named) => match self.location.named_by_kubeconfig(path, &named) {
                    Some(named) => {
                        self.named.entry(named).or_insert((name, entry));
                    }
                    None => self.row(&name, entry, &named, ExpiryState::Elsewhere),
                },
                Field::Data(Ok(certificates)) => {
                    self.found(&name, entry, path, Some(&embedding), certificates);
                }
                Field::Data(Err(error)) => self.rows.push(ExpiryRow {
                    name,
                    entry,
                    file: path.to_owned(),
                    embedded: Some(embedding),
                    position: 1,
                    state: ExpiryState::Unreadable(reason(&error)),
                }),
            }
        }
    }

    fn certificates(
        &mut self,
        name: &str,
        entry: Option<&'static CatalogEntry>,
        path: &str,
        file: &TreeFile,
    ) {
        let read = bytes(file)
            .and_then(|bytes| Certificate::bundle_from_pem(bytes).map_err(|error| reason(&error)));
        match read {
            Ok(certificates) => self.found(name, entry, path, None, certificates),
            Err(why) => self.row(name, entry, path, ExpiryState::Unreadable(why)),
        }
    }

    /// A file of no fixed name, if it holds certificates.
    fn other(&mut self, path: &str, file: &TreeFile) {
        if self.kubeconfigs.contains(path) {
            return;
        }
        let kubelets = KUBELET.iter().find(|(file, _)| *file == path);
        let (name, entry) = match (self.named.get(path), kubelets) {
            (Some((name, entry)), _) => (name.clone(), *entry),
            (None, Some((_, name))) => ((*name).to_owned(), None),
            (None, None) => (path.to_owned(), None),
        };
        let is_named = self.named.contains_key(path) || kubelets.is_some();
        let is_expected = match (&file.content, file.bytes()) {
            (_, Some(text)) => match Certificate::from_der(text) {
                Ok(certificate) if !is_named => {
                    return self.found(&name, entry, path, None, vec![certificate]);
                }
                _ => {
                    file_name::is_certificates(path) || holds(text, b"-----BEGIN CERTIFICATE-----")
                }
            },
            (TreeContent::NotAFile("directory"), _) => false,
            _ => file_name::may_hold_certificates(path),
        };
        if is_named || is_expected {
            self.certificates(&name, entry, path, file);
        }
    }

    fn found(
        &mut self,
        name: &str,
        entry: Option<&'static CatalogEntry>,
        path: &str,
        embedding: Option<&Embedding>,
        certificates: Vec<Certificate>,
    ) {
        for (index, certificate) in certificates.into_iter().enumerate() {
            self.rows.push(ExpiryRow {
                name: match index {
                    0 => name.to_owned(),
                    _ => format!("{name} #{}", index + 1),
                },
                entry,
                file: path.to_owned(),
                embedded: embedding.cloned(),
                position: index + 1,
                state: ExpiryState::Found(Box::new(FoundCertificate {
                    certificate,
                    authority: None,
                    is_externally_managed: true,
                    copy_of: None,
                })),
            });
        }
    }

    /// Files that kubeconfigs name and that are not there; those of the catalog
    /// are missed by the role of the tree.
    fn named_and_absent(&mut self, tree: &Tree, is_of_catalog: impl Fn(&str) -> bool) {
        for (path, (name, entry)) in std::mem::take(&mut self.named) {
            if !tree.has(&path) && !is_of_catalog(&path) {
                let state = match path.starts_with('/') {
                    true => ExpiryState::Elsewhere,
                    false => ExpiryState::Missing,
                };
                self.row(&name, entry, &path, state);
            }
        }
    }

    /// Rows of the catalog that a tree of this role should have.
    fn missing(&mut self, tree: &Tree, role: Option<TreeRole>) {
        let Some(role) = role else {
            return;
        };
        for row in role::rows_of(tree, role) {
            let file = row
                .files
                .iter()
                .find(|file| matches!(file.role, FileRole::Certificate | FileRole::Kubeconfig));
            let Some(file) = file else {
                continue;
            };
            if row.need != Need::Optional && tree.lacks(&file.path) {
                let name = match row.entry.kind {
                    EntryKind::Kubeconfig(_) => row.entry.base_name,
                    _ => row.entry.phase_name,
                };
                self.row(name, Some(row.entry), &file.path, ExpiryState::Missing);
            }
        }
    }

    fn sorted(mut self) -> Vec<ExpiryRow> {
        let place = |row: &ExpiryRow| {
            CATALOG
                .iter()
                .position(|entry| Some(entry) == row.entry)
                .unwrap_or(CATALOG.len())
        };
        self.rows.sort_by_key(place);
        self.rows
    }
}

fn is_kubeconfig(file: &TreeFile) -> bool {
    const FIELDS: [&[u8]; 4] = [
        b"client-certificate-data:",
        b"client-certificate:",
        b"certificate-authority-data:",
        b"certificate-authority:",
    ];
    let bytes = file.bytes().unwrap_or_default();
    FIELDS.iter().any(|field| holds(bytes, field)) && holds(bytes, b"clusters:")
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn bytes(file: &TreeFile) -> Result<&[u8], String> {
    match &file.content {
        TreeContent::Bytes(bytes) => Ok(bytes),
        TreeContent::PublicView(text) => Ok(text),
        TreeContent::Withheld(why) => Err(why.clone()),
        TreeContent::Unreadable(why) => Err(why.clone()),
        TreeContent::Hidden => Err("its directory cannot be entered".to_owned()),
        TreeContent::TooLarge(size) => Err(format!("it has {size} bytes, too many to look at")),
        TreeContent::NotAFile(kind) => Err(format!("it is a {kind}")),
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::Pem { why } | Error::Kubeconfig { why } => (*why).to_owned(),
        other => other.to_string(),
    }
}
