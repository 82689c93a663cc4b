//! Files that have changed places: two pairs, two certificates, two keys, two
//! kubeconfigs, or a certificate and its own key.
//!
//! Whether it is so is tried out: the host is checked again with the files in
//! each other's place, and what is wrong then is what remains to be mended.

use std::collections::BTreeSet;

use super::authority::Known;
use super::chain::path_to;
use super::fix::Fix;
use super::material::{Material, Part};
use super::mode::holds_private_key;
use super::role::PlacedRow;
use super::tree::Tree;
use super::{Examined, Finding, Record, Rule, check, command, wanted};
use crate::catalog::{Authority, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::key::SubjectPublicKeyInfo;
use crate::plan::Difference;
use crate::plan::difference;
use crate::severity::Severity;

/// Files of two rows, or of one, that may stand in each other's place.
struct Exchange {
    /// Places in the catalog.
    rows: (usize, usize),
    /// Which files of the one are which of the other.
    files: Vec<(FileRole, FileRole)>,
}

/// The host as it would be without what was exchanged, with a finding for each
/// exchange; the same as before if nothing was.
pub(super) fn undo<'a>(mut examined: Examined<'a>, mut record: Record) -> (Examined<'a>, Record) {
    /// Who exchanges more has not made one mistake.
    const MOST: usize = 4;
    let mut undone: Vec<Finding> = Vec::new();
    while undone.len() < MOST {
        let tried = candidates(&examined, &record).into_iter();
        let tried = tried.filter_map(|exchange| {
            let (without, found) = exchange.without(&examined)?;
            Some((exchange, without, found))
        });
        let best = tried.min_by_key(|(_, _, found)| found.errors());
        let Some((exchange, without, mut found)) =
            best.filter(|(_, _, found)| found.errors() < record.errors())
        else {
            break;
        };
        undone.push(exchange.finding(&examined, record, &mut found));
        (examined, record) = (without, found);
    }
    for finding in undone {
        record.fail(finding);
    }
    (examined, record)
}

/// What is worth a try: each of the two is at fault, and is what the other
/// should be.
fn candidates(examined: &Examined<'_>, record: &Record) -> Vec<Exchange> {
    /// Each takes as long as the checks of the whole host.
    const MOST: usize = 12;
    let blamed: BTreeSet<&str> = record.blamed().collect();
    let is_blamed = |material: &Material| {
        let mut files = material.row.files.iter();
        files.any(|file| blamed.contains(file.path.as_str()))
    };
    // What is wrong with a CA may show in what it should have signed.
    let is_below = |material: &Material| match material.row.entry.kind {
        EntryKind::Authority(authority) => {
            let mut leaves = examined.materials.iter();
            leaves.any(|leaf| leaf.row.entry.issuer() == Some(authority) && is_blamed(leaf))
        }
        _ => false,
    };
    let materials = examined.materials.iter().enumerate();
    let materials: Vec<_> = materials
        .filter(|(_, material)| is_blamed(material) || is_below(material))
        .collect();
    let mut found = Vec::new();
    for (index, (one, first)) in materials.iter().enumerate() {
        if let Some(files) = within(examined.tree, first) {
            found.push(Exchange {
                rows: (*one, *one),
                files,
            });
        }
        for (other, second) in materials.iter().skip(index + 1) {
            for roles in between(examined, first, second) {
                found.push(Exchange {
                    rows: (*one, *other),
                    files: roles.iter().map(|role| (*role, *role)).collect(),
                });
            }
        }
    }
    found.truncate(MOST);
    found
}

/// A key where the certificate or the public key should be, and the other way
/// round.
fn within(tree: &Tree, material: &Material) -> Option<Vec<(FileRole, FileRole)>> {
    let public = [FileRole::Certificate, FileRole::PublicKey];
    let public = public
        .into_iter()
        .find(|role| !material.path(*role).is_empty())?;
    let text = |role| tree.get(material.path(role))?.bytes();
    let (shown, secret) = (text(public)?, text(FileRole::PrivateKey)?);
    let is_swapped = matches!(material.key, Part::Broken)
        && holds_private_key(shown)
        && !holds_private_key(secret);
    is_swapped.then(|| {
        vec![
            (public, FileRole::PrivateKey),
            (FileRole::PrivateKey, public),
        ]
    })
}

/// Which files of two rows may have changed places.
fn between(examined: &Examined<'_>, one: &Material, other: &Material) -> Vec<&'static [FileRole]> {
    use FileRole::{Certificate, Kubeconfig, PrivateKey};
    let fits =
        || fits(examined, one, other.certificates()) && fits(examined, other, one.certificates());
    match (one.kubeconfig.read(), other.kubeconfig.read()) {
        (Some(_), Some(_)) if fits() => return vec![&[Kubeconfig]],
        (None, None) => {}
        _ => return Vec::new(),
    }
    let private = |material: &'_ Material| material.key.read().map(|key| key.public.clone());
    let (Some(first), Some(second)) = (private(one), private(other)) else {
        let no_keys = matches!((&one.key, &other.key), (Part::Absent, Part::Absent));
        return match no_keys && fits() {
            true => vec![&[Certificate]],
            false => Vec::new(),
        };
    };
    let own = |material, key: &SubjectPublicKeyInfo| public(material) == Some(key);
    match () {
        () if own(one, &first) && own(other, &second) && fits() => {
            vec![&[Certificate, PrivateKey]]
        }
        () if own(one, &second) && own(other, &first) => {
            // Where nothing else tells, the certificates are in their place.
            vec![&[PrivateKey], &[Certificate]]
        }
        () => Vec::new(),
    }
}

fn public(material: &Material) -> Option<&SubjectPublicKeyInfo> {
    let certified = material.certificates().first();
    let certified = certified.and_then(|certificate| certificate.public_key().ok());
    certified.or_else(|| material.public_key.read())
}

/// Whether certificates could be those of a row, by what stands in them.
fn fits(examined: &Examined<'_>, material: &Material, certificates: &[Certificate]) -> bool {
    let Some(first) = certificates.first() else {
        return false;
    };
    let entry = material.row.entry;
    if let EntryKind::Authority(authority) = entry.kind {
        return first.is_ca() && has_signed(examined, authority, certificates);
    }
    let Some(expected) = wanted::of(examined, entry, first) else {
        return false;
    };
    let differences = difference::of_leaf(&expected, first, None, None, examined.now);
    let is_about_dates = |found: &Difference| {
        matches!(
            found,
            Difference::Expired { .. }
                | Difference::ExpiresSoon { .. }
                | Difference::NotYetValid { .. }
        )
    };
    differences.iter().all(is_about_dates)
}

/// Whether these CAs signed something that this one should have signed.
fn has_signed(examined: &Examined<'_>, authority: Authority, by: &[Certificate]) -> bool {
    let known = Known {
        path: "",
        certificates: by,
        breaks: None,
        explains: None,
    };
    let mut materials = examined.materials.iter();
    materials.any(|material| {
        material.row.entry.issuer() == Some(authority)
            && path_to(material.certificates(), &known).is_some()
    })
}

impl Exchange {
    /// The host with the files in each other's place, and what is wrong then.
    fn without<'a>(&self, examined: &Examined<'a>) -> Option<(Examined<'a>, Record)> {
        let materials = examined.materials.iter();
        let mut rows: Vec<PlacedRow> = materials.map(|material| material.row.clone()).collect();
        let moved = self.paths(&rows)?;
        for (row, role, _, now) in moved {
            let files = rows.get_mut(row).map(|row| row.files.iter_mut());
            for file in files.into_iter().flatten() {
                if file.role == role {
                    file.path.clone_from(&now);
                }
            }
        }
        let mut record = Record::of(examined.tree);
        let examined = Examined::read(examined.given, rows, &mut record);
        check(&examined, &mut record);
        Some((examined, record))
    }

    /// Row, role, where the file should be, and where it is; `None` if one of
    /// them has no place.
    fn paths(&self, rows: &[PlacedRow]) -> Option<Vec<(usize, FileRole, String, String)>> {
        let (one, other) = self.rows;
        let path = |row: usize, role| {
            let mut files = rows.get(row)?.files.iter();
            let file = files.find(|file| file.role == role)?;
            Some(file.path.clone())
        };
        let mut paths = Vec::new();
        for (role, counterpart) in &self.files {
            let (here, there) = (path(one, *role)?, path(other, *counterpart)?);
            paths.push((one, *role, here.clone(), there.clone()));
            if one != other {
                paths.push((other, *counterpart, there, here));
            }
        }
        Some(paths)
    }

    /// What is said of it. What was found before and is not found without it
    /// follows from it.
    fn finding(&self, examined: &Examined<'_>, before: Record, after: &mut Record) -> Finding {
        let rows: Vec<_> = examined.materials.iter().map(|it| it.row.clone()).collect();
        let paths = self.paths(&rows).unwrap_or_default();
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for (_, _, here, there) in &paths {
            if !pairs.contains(&(there.as_str(), here.as_str())) {
                pairs.push((here, there));
            }
        }
        let (first, rest) = match pairs.split_first() {
            Some((first, rest)) => (*first, rest),
            None => (("", ""), &[][..]),
        };
        let more = rest.iter();
        let more = more.map(|(here, there)| format!(", and {here} with {there}"));
        let message = format!(
            "has changed places with {}{}",
            first.1,
            more.collect::<String>()
        );
        let is_within = self.rows.0 == self.rows.1;
        let fix = self.fix(examined, &pairs, is_within);
        let mut finding = Finding::new(Rule::Exchanged, first.0, message, fix);
        let is_file = |file: &str| file == first.0 || file == first.1;
        // The modes are those of the places, and are mended with them; who could
        // read the key meanwhile may have it.
        let is_mode =
            |found: &Finding, rule| is_within && is_file(&found.file) && found.rule == rule;
        let exposed = after.findings.iter_mut();
        for found in exposed.filter(|found| is_mode(found, Rule::ReadableByOthers)) {
            found.message.push_str(", and holds a private key");
            found.fix = Fix::say(
                "its mode is right once both are in their places; issue it again with a new key if others could read it",
            );
        }
        let modes = after
            .findings
            .extract_if(.., |found| is_mode(found, Rule::WritableByOthers));
        let modes: Vec<_> = modes.collect();
        let remains = |found: &Finding| {
            let mut after = after.findings.iter();
            after.any(|other| other.rule == found.rule && other.file == found.file)
        };
        let gone = before.findings.into_iter().filter(|found| !remains(found));
        let gone = gone.chain(modes);
        finding.consequences = gone.flat_map(Finding::into_consequences).collect();
        finding
    }

    fn fix(&self, examined: &Examined<'_>, pairs: &[(&str, &str)], is_within: bool) -> Fix {
        let tree = examined.tree;
        let mut fix = Fix::default();
        for (here, there) in pairs {
            let is_link = |path: &str| tree.get(path).is_some_and(|file| file.link.is_some());
            if is_link(here) || is_link(there) {
                let say = format!("exchange what the links {here} and {there} lead to");
                fix = fix.and_say(say);
                continue;
            }
            let aside = command::path(tree, &format!("{here}.exchanged"));
            let (here, there) = (command::path(tree, here), command::path(tree, there));
            fix = fix.and_run(format!(
                "mv {here} {aside} && mv {there} {here} && mv {aside} {there}"
            ));
        }
        let rows = match is_within {
            true => vec![self.rows.0],
            false => vec![self.rows.0, self.rows.1],
        };
        let mut after: Vec<Fix> = Vec::new();
        for material in rows.iter().filter_map(|row| examined.materials.get(*row)) {
            // What moves takes its mode along.
            for file in material.row.files.iter().filter(|_| is_within) {
                let path = command::path(tree, &file.path);
                after.push(Fix::run(format!("chmod {:o} {path}", file.role.mode())));
            }
            let restart = command::restart(examined, material.row.entry);
            if !after.contains(&restart) {
                after.push(restart);
            }
        }
        after.into_iter().fold(fix, Fix::and)
    }
}

impl Record {
    fn errors(&self) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|found| found.severity == Severity::Error)
            .count()
    }

    /// The files that something is wrong with.
    fn blamed(&self) -> impl Iterator<Item = &str> {
        self.findings.iter().flat_map(|found| {
            let consequences = found.consequences.iter().map(|it| it.file.as_str());
            std::iter::once(found.file.as_str()).chain(consequences)
        })
    }
}
