//! One cause that many files show alike: a clock, a year that went by, a user
//! who may not read.

mod directory;
mod endpoint;
mod identity;

use std::collections::{BTreeMap, BTreeSet};

use super::fix::Fix;
use super::material::{Material, OUT_OF_REACH};
use super::others::path_of;
use super::record::AS_ROOT;
use super::stray::{LARGE_COPY, UNREAD_COPY};
use super::{Examined, Finding, NotChecked, Record, Rule, command};
use crate::catalog::{CatalogEntry, EntryKind};
use crate::time::{Span, Timestamp};

/// So many files that are alike have one cause.
pub(super) const ENOUGH: usize = 3;

const KUBELETS: &str = "kubelet.conf";

/// Puts what is alike into one finding.
pub(super) fn gather(examined: &Examined<'_>, record: &mut Record) {
    gather_unreadable(examined, record);
    for why in [OUT_OF_REACH, UNREAD_COPY, LARGE_COPY] {
        gather_not_checked(why, record);
    }
    gather_not_yet_valid(examined, record);
    for rule in [Rule::Expired, Rule::ExpiresSoon] {
        gather_ending(examined, rule, record);
    }
    endpoint::gather(examined, record);
    identity::gather(examined, record);
    directory::gather(examined, record);
}

/// One finding about the directory that all of these are in; they follow from
/// it. `None` if there are none.
pub(super) fn together(parts: Vec<Finding>, message: String, fix: Fix) -> Option<Finding> {
    let worst = parts.iter().min_by_key(|part| (part.severity, part.rule))?;
    let files: BTreeSet<String> = parts.iter().map(|part| part.file.clone()).collect();
    let directory = directory_of(&files);
    let mut finding =
        Finding::new(worst.rule, directory, message, fix).with_severity(worst.severity);
    let consequences = parts.into_iter().flat_map(Finding::into_consequences);
    finding.consequences = consequences
        .filter(|one| one.rule.is_some() || !files.contains(&one.file))
        .collect();
    Some(finding)
}

/// The deepest directory that all of the files are in or are.
fn directory_of(files: &BTreeSet<String>) -> String {
    let mut files = files.iter().map(|file| match file.rsplit_once('/') {
        Some((directory, _)) => directory,
        None if matches!(file.as_str(), "pki" | "manifests") => file,
        None => "",
    });
    let first = files.next().unwrap_or_default();
    let mut common: Vec<&str> = first.split('/').collect();
    for file in files {
        let same = common.iter().zip(file.split('/'));
        let same = same.take_while(|(one, other)| *one == other).count();
        common.truncate(same);
    }
    match common.join("/") {
        none if none.is_empty() => ".".to_owned(),
        directory => directory,
    }
}

/// On another host there is no kpki to run.
const WITH_SUDO: &str =
    "run the check with --sudo, or as a user of that host who may read the files";

fn is_denied(found: &Finding) -> bool {
    found.rule == Rule::Unreadable && found.fix.to_string() == AS_ROOT
}

fn gather_unreadable(examined: &Examined<'_>, record: &mut Record) {
    if !examined.tree.location.machine.is_empty() {
        let denied = record.findings.iter_mut().filter(|found| is_denied(found));
        denied.for_each(|found| found.fix = Fix::say(WITH_SUDO));
    }
    let mut alike: BTreeMap<(String, String), usize> = BTreeMap::new();
    let key = |found: &Finding| (found.message.clone(), found.fix.to_string());
    let is_unreadable = |found: &Finding| found.rule == Rule::Unreadable;
    for found in record.findings.iter().filter(|found| is_unreadable(found)) {
        *alike.entry(key(found)).or_default() += 1;
    }
    let directory = &examined.tree.location.directory;
    for (shared, count) in alike {
        if count < ENOUGH {
            continue;
        }
        let parts = record
            .findings
            .extract_if(.., |found| is_unreadable(found) && key(found) == shared);
        let parts: Vec<_> = parts.collect();
        let mut fix = parts.first().map(|part| part.fix.clone());
        if shared.1 == AS_ROOT && !directory.is_empty() {
            let again = format!("sudo kpki verify {}", command::argument(directory));
            fix =
                Some(Fix::say("run the check as root, with the flags that it had").and_run(again));
        }
        let why = shared.0.strip_prefix("cannot be read: ");
        let message = format!(
            "holds {count} files and directories that cannot be read: {}",
            why.unwrap_or(&shared.0)
        );
        let finding = together(parts, message, fix.unwrap_or_default());
        record.findings.extend(finding);
    }
}

/// Files that are not checked for one reason.
fn gather_not_checked(why: &str, record: &mut Record) {
    let is_it = |one: &NotChecked| one.why == why;
    let count = record.not_checked.iter().filter(|one| is_it(one)).count();
    if count < ENOUGH {
        return;
    }
    let mut all = record.not_checked.extract_if(.., |one| is_it(one));
    let first = all.next();
    all.for_each(drop);
    record.not_checked.extend(first.map(|first| NotChecked {
        what: format!("{} and {} files more", first.what, count - 1),
        ..first
    }));
}

fn gather_not_yet_valid(examined: &Examined<'_>, record: &mut Record) {
    let is_it = |found: &Finding| found.rule == Rule::NotYetValid;
    if record.findings.iter().filter(|found| is_it(found)).count() < ENOUGH {
        return;
    }
    let certificates = examined.materials.iter().flat_map(Material::certificates);
    let starts: Vec<_> = certificates
        .map(|certificate| certificate.validity().not_before())
        .collect();
    let now = examined.now;
    let late = starts.iter().copied().filter(|start| *start > now);
    let (Some(first), Some(last)) = (late.clone().min(), late.max()) else {
        return;
    };
    let parts: Vec<_> = record
        .findings
        .extract_if(.., |found| is_it(found))
        .collect();
    let count = parts.len();
    let (message, fix) = match starts.iter().all(|start| *start > now) {
        true => (
            format!(
                "holds {count} certificates, and every one starts in the future, the first at {first}: it was {now} by the clock of this check, which is behind"
            ),
            Fix::say("see what this host's clock says")
                .and_run("timedatectl")
                .and_say("set it if it is wrong, and check again; if it is right, the clock of the host that issued them is ahead: they are valid once the time has come"),
        ),
        false => (
            format!(
                "holds {count} certificates that are not valid yet: the last starts in {}, at {last}",
                Span::new(last.since(now)).in_short()
            ),
            parts.first().map(|part| part.fix.clone()).unwrap_or_default(),
        ),
    };
    record.findings.extend(together(parts, message, fix));
}

/// Leaves and kubeconfigs that expired, or soon will: mostly they were issued
/// on one day, and they are issued again by one command.
fn gather_ending(examined: &Examined<'_>, rule: Rule, record: &mut Record) {
    let is_alone = |path: &str| {
        let findings = record.findings.iter();
        let its = findings.filter(|found| found.rule == rule && found.file == path);
        its.count() == 1
    };
    let leaves = examined.materials.iter().filter_map(|material| {
        let entry = material.row.entry;
        let path = path_of(material);
        let end = material.certificates().first()?.validity().not_after();
        let is_leaf = matches!(entry.kind, EntryKind::Leaf(_) | EntryKind::Kubeconfig(_));
        // Two are those of the leaf and of an intermediate behind it.
        let is_past = (end < examined.now) == (rule == Rule::Expired);
        (is_leaf && is_past && is_alone(path)).then_some((path, entry, end))
    });
    let leaves: Vec<(&str, &CatalogEntry, Timestamp)> = leaves.collect();
    if leaves.len() < ENOUGH {
        return;
    }
    let ends = || leaves.iter().map(|(_, _, end)| *end);
    let (Some(first), Some(last)) = (ends().min(), ends().max()) else {
        return;
    };
    let is_it = |found: &mut Finding| {
        found.rule == rule && leaves.iter().any(|(path, ..)| *path == found.file)
    };
    let parts: Vec<_> = record.findings.extract_if(.., is_it).collect();
    let mut fix = Fix::default();
    let is_authoritys = |found: &Finding| {
        let mut materials = examined.materials.iter();
        found.rule == rule
            && materials.any(|material| {
                matches!(material.row.entry.kind, EntryKind::Authority(_))
                    && path_of(material) == found.file
            })
    };
    if record.findings.iter().any(is_authoritys) {
        fix = Fix::say("after the CAs, which have findings of their own");
    }
    // The kubelet renews its certificate itself, and kubelet.conf is to lead to that one.
    let entries = leaves.iter().map(|(_, entry, _)| *entry);
    let entries: Vec<_> = entries
        .filter(|entry| entry.base_name != KUBELETS)
        .collect();
    let kubelets = parts.iter().find(|part| part.file == KUBELETS);
    let kubelets = kubelets.map(|part| part.fix.clone()).unwrap_or_default();
    let message = format!(
        "holds {} certificates that {}",
        leaves.len(),
        in_words(rule, first, last, examined.now)
    );
    let fix = fix
        .and(command::reissue_all(examined, &entries))
        .and(kubelets);
    record.findings.extend(together(parts, message, fix));
}

fn in_words(rule: Rule, first: Timestamp, last: Timestamp, now: Timestamp) -> String {
    const DAY: i64 = 86_400;
    let span = |end: Timestamp| Span::new(end.since(now).abs()).in_short();
    let is_one_day = last.since(first) < DAY;
    match (rule, is_one_day) {
        (Rule::Expired, true) => format!("expired {} ago, at {first}", span(first)),
        (Rule::Expired, false) => format!("expired, the first {} ago, at {first}", span(first)),
        (_, true) => format!("expire in {}, at {first}", span(first)),
        (_, false) => format!("expire soon, the first in {}, at {first}", span(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_about_the_directory_of_all() {
        for (files, directory) in [
            (&["pki/ca.crt", "pki/etcd/ca.crt"][..], "pki"),
            (&["pki", "pki/etcd"], "pki"),
            (&["pki/etcd/ca.key", "pki/etcd/peer.key"], "pki/etcd"),
            (&["pki/ca.key", "admin.conf"], "."),
            (&[".", "pki"], "."),
            (&["/var/lib/kubelet/pki/a", "pki/ca.key"], "."),
            (
                &["/var/lib/kubelet/a", "/var/lib/kubelet/b"],
                "/var/lib/kubelet",
            ),
            (&[], "."),
        ] {
            let files = files.iter().map(|file| (*file).to_owned()).collect();
            assert_eq!(directory_of(&files), directory, "{files:?}");
        }
    }
}
