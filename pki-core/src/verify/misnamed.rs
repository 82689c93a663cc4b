//! Flags that name another file than they should, of two that are both in
//! order. Told by what the files are, not by what they are called: a flag is
//! wrong only if the file does not do what it is named for, and another one of
//! the tree does.

mod authority;
mod client;
mod pair;
mod search;
mod usual;

use std::collections::BTreeSet;

use super::fix::Fix;
use super::manifests::{Manifests, Told, is_manifest};
use super::tree::Tree;
use super::uses::Use;
use super::{Examined, Finding, Record, Rule, command, etcd_unit, place};
use crate::catalog::FileRole;
use crate::severity::Severity;
use crate::static_pod::Component;
use search::{Fault, Search};

/// A flag that names the wrong file.
#[derive(Debug)]
pub(super) struct Misnamed {
    pub(super) of: &'static Use,
    fault: Fault,
}

impl Misnamed {
    /// The file that it should name.
    pub(super) fn wanted(&self) -> &str {
        &self.fault.wanted
    }
}

/// Every such flag, and how many could be judged.
pub(super) fn find(manifests: &Manifests, tree: &Tree) -> (Vec<Misnamed>, usize) {
    Search::new(manifests, tree).all()
}

/// etcd's servers may have been signed by any CA as long as their certificates
/// are not here.
fn list_not_checked(examined: &Examined<'_>, record: &mut Record) {
    let named = examined.manifests.flag(Component::ApiServer, "etcd-cafile");
    let mut materials = examined.materials.iter();
    let server = materials.find(|material| material.row.entry.base_name == "etcd/server");
    let is_here = server.is_some_and(|material| !material.is_absent());
    if let Some(told) = named.filter(|_| !is_here) {
        record.not_checked(
            format!(
                "whether etcd's servers are of the CA that --etcd-cafile names ({})",
                told.place()
            ),
            "their certificates are on other hosts",
            Some(LIVE),
        );
    }
}

/// Asks the running servers.
pub(super) const LIVE: &str = "--live";

/// Says of every such flag what it names and what it should.
pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    list_not_checked(examined, record);
    record.checked += examined.manifests.judged;
    let mut folded = BTreeSet::new();
    for (index, misnamed) in examined.manifests.misnamed.iter().enumerate() {
        let Some(told) = examined
            .manifests
            .flag(misnamed.of.component, misnamed.of.flag)
        else {
            continue;
        };
        let message = format!("--{} names {}", misnamed.of.flag, misnamed.fault.words);
        if folded.contains(&index) {
            continue;
        }
        let mut fix = mend(examined, misnamed);
        let mut consequences = Vec::new();
        // The key goes with its certificate: one slip in two lines.
        for (other, key) in examined
            .manifests
            .misnamed
            .iter()
            .enumerate()
            .skip(index + 1)
        {
            let is_pair = key.of.component == misnamed.of.component
                && key.of.row == misnamed.of.row
                && key.of.role == FileRole::PrivateKey
                && misnamed.of.role == FileRole::Certificate;
            if is_pair {
                folded.insert(other);
                fix = fix.and(mend(examined, key));
                consequences.push(format!("--{} names {}", key.of.flag, key.fault.words));
            }
        }
        let finding = Finding {
            why: misnamed.of.otherwise.to_owned(),
            ..Finding::new(Rule::FlagWrongFile, told.path, message, fix)
        };
        let finding = match misnamed.fault.is_certain {
            true => finding,
            false => finding.with_severity(Severity::Warning),
        };
        let cause = record.add(finding.at(place::of_line(Some(told.flag.position.line))));
        for consequence in consequences {
            record.follows(cause, told.path, &consequence);
        }
    }
}

fn mend(examined: &Examined<'_>, misnamed: &Misnamed) -> Fix {
    let of = misnamed.of;
    let Some(told) = examined.manifests.flag(of.component, of.flag) else {
        return Fix::default();
    };
    let right = examined.tree.location.on_host(&misnamed.fault.wanted);
    let edit = rewritten(examined, of.component, &told, &right, "name the right file");
    let in_words = || {
        let flag = told.beside(of.flag);
        Fix::say(format!("name {} in {flag}", command::quoted(&right)))
    };
    edit.unwrap_or_else(in_words)
}

/// Another value for a flag, if a program can put it there.
pub(super) fn rewritten(
    examined: &Examined<'_>,
    component: Component,
    told: &Told<'_>,
    right: &str,
    what: &str,
) -> Option<Fix> {
    let (value, line) = (told.flag.value.as_str(), told.flag.value_line);
    let [from, to] = [value, right].map(|value| told.assigned(value));
    let replace = |from: &str, to: &str| etcd_unit::edit(examined, told.path, line, (from, to));
    // Other flags may stand in the same line.
    let command = replace(&from, &to).or_else(|| replace(value, right))?;
    let component = component.name();
    let edit = Fix::say(match is_manifest(told.path) {
        true => format!("{what}; the kubelet restarts {component} with it"),
        false => what.to_owned(),
    });
    Some(edit.and_run(command).and(etcd_unit::restart(told.path)))
}
