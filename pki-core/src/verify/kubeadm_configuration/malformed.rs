//! A file that kubeadm cannot read, or not all of it.

use crate::document::DocumentError;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Rule, etcd_unit, place};
use crate::yaml::Node;

/// kubeadm passes over such a field with a warning, and is strict with
/// `kubeadm config validate` alone; without all else it ends.
const FIELD: &str = "unknown field ";

/// What a newer kubeadm may know.
const NEWER: [&str; 3] = [FIELD, "unknown kind ", "unknown apiVersion "];

pub(super) fn finding(examined: &Examined<'_>, path: &str, error: DocumentError) -> Finding {
    let position = error.position;
    let meant = error.suggestion.clone();
    let is_unknown = NEWER.iter().any(|it| error.message.starts_with(it));
    let is_newer = is_unknown && meant.is_none() && says_something(examined, path);
    let slip = meant.and_then(|meant| {
        let key = error.path.rsplit('.').next()?.to_owned();
        error.message.starts_with(FIELD).then_some((key, meant))
    });
    let message = match &slip {
        Some((key, meant)) => format!(
            "has the field {}, which kubeadm passes over: {meant} is meant",
            Quoted(key)
        ),
        None => {
            let error = DocumentError {
                position: None,
                ..error
            };
            format!("is refused by kubeadm: {error}")
        }
    };
    let fix = match slip {
        Some((key, meant)) => {
            let texts = [&key, &meant].map(|it| format!("{it}:"));
            let line = position
                .map(|it| it.line)
                .filter(|_| !meant.contains([' ', '.']));
            let edit =
                line.and_then(|line| etcd_unit::edit(examined, path, line, (&texts[0], &texts[1])));
            let say = Fix::say(format!(
                "write {meant}, or have kpki render write the file anew"
            ));
            edit.into_iter().fold(say, Fix::and_run)
        }
        None => Fix::say(
            "mend it: kpki gen -f FILE --dry-run says the same, and kpki render writes it anew",
        ),
    };
    let finding = Finding::new(Rule::KubeadmConfigMalformed, path, message, fix)
        .at(place::of_line(position.map(|it| it.line)));
    match is_newer {
        true => finding,
        false => finding.with_severity(Severity::Error),
    }
}

/// Whether a document of the file is one that kubeadm asks for: without it kubeadm ends
/// whatever else is there.
fn says_something(examined: &Examined<'_>, path: &str) -> bool {
    let documents = examined
        .tree
        .get(path)
        .and_then(|file| file.text()?.documents());
    let mut documents = documents.unwrap_or_default().iter();
    documents.any(|document| {
        let kind = document.get("kind").and_then(Node::text);
        kind.is_some_and(|kind| KINDS.contains(&kind))
    })
}

const KINDS: [&str; 5] = [
    "InitConfiguration",
    "ClusterConfiguration",
    "JoinConfiguration",
    "MasterConfiguration",
    "NodeConfiguration",
];
