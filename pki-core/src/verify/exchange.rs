//! Files that have changed places: two pairs, two certificates, two keys, two
//! kubeconfigs, or a certificate and its own key.
//!
//! Whether it is so is tried out: the host is checked again with the files in
//! each other's place, and what is wrong then is what remains to be mended.
//! Exchanges that touch one file are one, as the way back is.

mod candidates;
mod way_back;

use std::collections::BTreeSet;

use super::finding::Finding;
use super::material::{Material, Part};
use super::role::PlacedRow;
use super::tree::TreeFile;
use super::{Examined, Record, Rule, check};
use crate::catalog::FileRole;
use crate::severity::Severity;
use candidates::candidates;
use way_back::WayBack;

/// Files of two rows, or of one, that may stand in each other's place.
struct Exchange {
    /// Places in the catalog.
    rows: (usize, usize),
    /// Which files of the one are which of the other.
    files: Vec<(FileRole, FileRole)>,
}

/// Exchanges that touch the same files.
struct Undone {
    rows: BTreeSet<usize>,
    paths: BTreeSet<String>,
    /// What was found before and is not found without them.
    gone: Vec<Finding>,
}

/// The host as it would be without what was exchanged, with a finding for what
/// has one way back; the same as before if nothing was.
pub(super) fn undo<'a>(mut examined: Examined<'a>, mut record: Record) -> (Examined<'a>, Record) {
    /// Who exchanges more has not made one mistake.
    const MOST: usize = 4;
    let rows = rows(&examined);
    let found: BTreeSet<_> = record.findings.iter().map(Finding::key).collect();
    let mut undone: Vec<Undone> = Vec::new();
    let mut tries = tries(&examined);
    for _ in 0..MOST {
        let tried = candidates(&examined, &record).into_iter().take(tries);
        let tried = tried.filter_map(|exchange| {
            tries = tries.saturating_sub(1);
            let (without, found) = exchange.without(&examined)?;
            // What can be read now may show what else is wrong with it.
            let errors = match exchange.makes_readable(&without) {
                true => 0,
                false => found.errors(),
            };
            Some((errors, exchange, without, found))
        });
        let best = tried.min_by_key(|(errors, ..)| *errors);
        let Some((_, exchange, without, after)) =
            best.filter(|(errors, ..)| *errors < record.errors())
        else {
            break;
        };
        let remaining: BTreeSet<_> = after.findings.iter().map(Finding::key).collect();
        let mut gone = record.findings;
        // What was said of files that were moved in thought only is not.
        gone.retain(|one| found.contains(&one.key()) && !remaining.contains(&one.key()));
        Undone::add(&mut undone, exchange.undone(&examined, gone));
        (examined, record) = (without, after);
    }
    for one in undone {
        let finding = WayBack::of(&rows, &examined, &one.paths)
            .and_then(|way| way.finding(&examined, one, &mut record));
        if let Some(finding) = finding {
            record.fail(finding);
        }
    }
    (examined, record)
}

fn rows(examined: &Examined<'_>) -> Vec<PlacedRow> {
    let materials = examined.materials.iter();
    materials.map(|material| material.row.clone()).collect()
}

/// How often the whole host may be checked again: less where there is more to
/// read and to verify. An ordinary host has about 64 KiB of certificates, keys
/// and kubeconfigs. The other files are looked through for keys alone.
fn tries(examined: &Examined<'_>) -> usize {
    const MOST: usize = 48;
    const BYTES: usize = 8 << 20;
    let size = |file: &TreeFile| file.bytes().map_or(0, <[u8]>::len);
    let files = examined.materials.iter().flat_map(|it| &it.row.files);
    let files = files.filter_map(|file| examined.tree.get(&file.path));
    let read: usize = files.map(size).sum();
    let all: usize = examined.tree.files.values().map(size).sum();
    MOST.min(BYTES / (read + all / 8).max(1))
}

impl Exchange {
    /// The host with the files in each other's place, and what is wrong then.
    fn without<'a>(&self, examined: &Examined<'a>) -> Option<(Examined<'a>, Record)> {
        let mut rows = rows(examined);
        for (row, role, path) in self.moved(&rows)? {
            let files = rows.get_mut(row).map(|row| row.files.iter_mut());
            for file in files.into_iter().flatten() {
                if file.role == role {
                    file.path.clone_from(&path);
                }
            }
        }
        let mut record = Record::of(examined.tree);
        let examined = examined.with_rows(rows, &mut record);
        check(&examined, &mut record);
        Some((examined, record))
    }

    /// Row and role with the file that they have without it; `None` if one of
    /// them has no place.
    fn moved(&self, rows: &[PlacedRow]) -> Option<Vec<(usize, FileRole, String)>> {
        let (one, other) = self.rows;
        let path = |row: usize, role| {
            let mut files = rows.get(row)?.files.iter();
            let file = files.find(|file| file.role == role)?;
            Some(file.path.clone())
        };
        let mut moved = Vec::new();
        for (role, counterpart) in &self.files {
            moved.push((one, *role, path(other, *counterpart)?));
            if one != other {
                moved.push((other, *counterpart, path(one, *role)?));
            }
        }
        Some(moved)
    }

    /// Whether a certificate and its own key were in each other's place, which
    /// what stands in the files proves.
    fn makes_readable(&self, without: &Examined<'_>) -> bool {
        let material = without.materials.get(self.rows.0);
        let is_readable = |material: &Material| {
            let is_public = matches!(material.public_key, Part::Read(_));
            material.key.read().is_some() && (is_public || !material.certificates().is_empty())
        };
        self.rows.0 == self.rows.1 && material.is_some_and(is_readable)
    }

    fn undone(&self, examined: &Examined<'_>, gone: Vec<Finding>) -> Undone {
        let moved = self.moved(&rows(examined)).unwrap_or_default();
        Undone {
            rows: BTreeSet::from([self.rows.0, self.rows.1]),
            paths: moved.into_iter().map(|(_, _, path)| path).collect(),
            gone,
        }
    }
}

impl Undone {
    /// Joins it with those before that touch one of its files.
    fn add(all: &mut Vec<Self>, one: Self) {
        let mut parts: Vec<_> = all
            .extract_if(.., |before| !before.paths.is_disjoint(&one.paths))
            .collect();
        parts.push(one);
        let nothing = Self {
            rows: BTreeSet::new(),
            paths: BTreeSet::new(),
            gone: Vec::new(),
        };
        all.push(parts.into_iter().fold(nothing, |mut joined, part| {
            joined.rows.extend(part.rows);
            joined.paths.extend(part.paths);
            joined.gone.extend(part.gone);
            joined
        }));
    }
}

impl Finding {
    /// What it is about.
    fn key(&self) -> (Rule, String) {
        (self.rule, self.file.clone())
    }

    /// Whether it is about the permissions of a place, which what lies there
    /// takes along.
    fn is_about_mode(&self) -> bool {
        matches!(self.rule, Rule::ReadableByOthers | Rule::WritableByOthers)
    }
}

impl Record {
    fn errors(&self) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|found| found.severity == Severity::Error && !found.is_about_mode())
            .count()
    }
}
