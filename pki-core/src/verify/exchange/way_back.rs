//! How files that have changed places come back: every one along its circle, so
//! that the commands can be run in their order, whatever was exchanged with
//! what.

use std::collections::BTreeSet;

use super::super::fix::Fix;
use super::super::role::PlacedRow;
use super::super::{Examined, Finding, Record, Rule, command};
use super::Undone;
use crate::catalog::FileRole;

/// A file's place, and where the file lies.
#[derive(Clone)]
struct Moved {
    role: FileRole,
    place: String,
    lies_in: String,
}

/// The files of some exchanges that are not in their places.
pub(super) struct WayBack {
    /// In each the file of every place lies in the next one's, and that of the
    /// last in the first's.
    circles: Vec<Vec<Moved>>,
}

impl WayBack {
    /// The way to the places in `rows` from where the files were found to
    /// belong together; `None` if all of these are in their place.
    pub(super) fn of(
        rows: &[PlacedRow],
        examined: &Examined<'_>,
        paths: &BTreeSet<String>,
    ) -> Option<Self> {
        let places = rows.iter().flat_map(|row| &row.files);
        let found = examined.materials.iter().flat_map(|it| &it.row.files);
        let moved = places.zip(found).map(|(place, found)| Moved {
            role: place.role,
            place: place.path.clone(),
            lies_in: found.path.clone(),
        });
        let moved = moved.filter(|it| it.place != it.lies_in && paths.contains(&it.place));
        let circles = circles(moved.collect());
        (!circles.is_empty()).then_some(Self { circles })
    }

    /// What is said of it. What was found before and is not found without it
    /// follows from it.
    pub(super) fn finding(
        &self,
        examined: &Examined<'_>,
        undone: Undone,
        record: &mut Record,
    ) -> Option<Finding> {
        let mut circles = self.circles.iter().filter_map(|circle| in_words(circle));
        let (first, words) = circles.next()?;
        let more = circles.map(|(place, words)| format!(", and {place} {words}"));
        let message = format!("has changed places {words}{}", more.collect::<String>());
        let fix = self.fix(examined, &undone.rows);
        let mut finding = Finding::new(Rule::Exchanged, first, message, fix);
        // The modes are those of the places, and are mended with them; who could
        // read the key meanwhile may have it.
        let is_mode = |found: &Finding, rule| {
            self.changes_modes() && found.rule == rule && undone.paths.contains(&found.file)
        };
        let exposed = record.findings.iter_mut();
        for found in exposed.filter(|found| is_mode(found, Rule::ReadableByOthers)) {
            found.message.push_str(", and holds a private key");
            found.fix = Fix::say(
                "its mode is right once both are in their places; issue it again with a new key if others could read it",
            );
        }
        let modes = record
            .findings
            .extract_if(.., |found| is_mode(found, Rule::WritableByOthers));
        let modes: Vec<_> = modes.collect();
        let gone = undone.gone.into_iter().chain(modes);
        finding.consequences = gone.flat_map(Finding::into_consequences).collect();
        Some(finding)
    }

    /// Whether a key lies where another file belongs.
    fn changes_modes(&self) -> bool {
        let mut circles = self.circles.iter();
        circles.any(|circle| {
            let modes: BTreeSet<_> = circle.iter().map(|it| it.role.mode()).collect();
            modes.len() > 1
        })
    }

    fn fix(&self, examined: &Examined<'_>, rows: &BTreeSet<usize>) -> Fix {
        let circles = self.circles.iter();
        let mut fix = circles.fold(Fix::default(), |fix, circle| {
            fix.and(turn_back(examined, circle))
        });
        // What moves takes its mode along.
        let modes = self.circles.iter().flatten();
        for moved in modes.filter(|_| self.changes_modes()) {
            let path = command::path(examined.tree, &moved.place);
            fix = fix.and_run(format!("chmod {:o} {path}", moved.role.mode()));
        }
        let mut restarts: Vec<Fix> = Vec::new();
        for material in rows.iter().filter_map(|row| examined.materials.get(*row)) {
            let restart = command::restart(examined, material.row.entry);
            if !restarts.contains(&restart) {
                restarts.push(restart);
            }
        }
        restarts.into_iter().fold(fix, Fix::and)
    }
}

/// A permutation falls apart into circles; the first place of each is the first
/// in the order of the catalog.
fn circles(mut moved: Vec<Moved>) -> Vec<Vec<Moved>> {
    let mut circles = Vec::new();
    while !moved.is_empty() {
        let mut circle = vec![moved.remove(0)];
        while let Some(next) = circle.last().and_then(|last| {
            let position = moved.iter().position(|it| it.place == last.lies_in);
            position.map(|position| moved.remove(position))
        }) {
            circle.push(next);
        }
        circles.push(circle);
    }
    circles
}

/// The first place and with what it has changed: `with pki/ca.key`.
fn in_words(circle: &[Moved]) -> Option<(&str, String)> {
    let (first, rest) = circle.split_first()?;
    let words = match rest {
        [second] => format!("with {}", second.place),
        _ => {
            let rest = rest.iter();
            let rest = rest.map(|it| format!(", that of {} in {}", it.place, it.lies_in));
            let rest: String = rest.collect();
            format!("in a circle: the file is in {}{rest}", first.lies_in)
        }
    };
    Some((&first.place, words))
}

/// One command that puts every file of a circle back.
fn turn_back(examined: &Examined<'_>, circle: &[Moved]) -> Fix {
    let tree = examined.tree;
    let Some((first, last)) = circle.first().zip(circle.last()) else {
        return Fix::default();
    };
    let is_link = |it: &Moved| tree.get(&it.place).is_some_and(|file| file.link.is_some());
    if circle.iter().any(is_link) {
        let places: Vec<_> = circle.iter().map(|it| it.place.as_str()).collect();
        let (_, words) = in_words(circle).unwrap_or_default();
        let places = places.join(" and ");
        return Fix::say(match circle.len() {
            2 => format!("exchange what the links {places} lead to"),
            _ => format!("put back what the links {places} lead to: it is {words}"),
        });
    }
    let aside = command::path(tree, &format!("{}.exchanged", first.place));
    let path = |path: &str| command::path(tree, path);
    let mut moves = vec![format!("mv {} {aside}", path(&first.place))];
    for moved in circle.iter().filter(|it| it.place != last.place) {
        moves.push(format!(
            "mv {} {}",
            path(&moved.lies_in),
            path(&moved.place)
        ));
    }
    moves.push(format!("mv {aside} {}", path(&last.place)));
    Fix::run(moves.join(" && "))
}
