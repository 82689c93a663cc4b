//! Rules about the hosts of a request.

use super::request::View;
use super::role::Role;
use super::{Findings, LintRule, add};
use crate::cfssl::certificate_request::instead;
use crate::cfssl::entry::Placed;
use crate::cfssl::host::general_names;
use crate::document::DocumentError;
use crate::name::{GeneralName, NameNote, NameProblem, SubjectAltName};

pub(super) fn check(view: &View<'_>, findings: &mut Findings) {
    let hosts = &view.request.hosts;
    let mut seen = Vec::new();
    // More than can be listed need not be looked at.
    for host in hosts.iter().take(1000) {
        if seen.contains(&host.text.as_str()) {
            let error = host.refuse("this host stands here twice");
            let error = error.suggesting("leave one of the two out");
            add(findings, LintRule::HostTwice, error);
            continue;
        }
        seen.push(host.text.as_str());
        one(host, findings);
    }
    loopback(view, findings);
}

fn one(host: &Placed, findings: &mut Findings) {
    let error = match SubjectAltName::parse(&host.text) {
        Ok(noted) => {
            let notes = noted.notes.iter();
            // Neither case nor the form of an address matters to a client.
            for note in
                notes.filter(|note| matches!(note, NameNote::Wildcard(_) | NameNote::Underscore(_)))
            {
                let error = host.refuse(note.to_string());
                add(findings, LintRule::HostQuestionable, error);
            }
            return;
        }
        Err(error) => error,
    };
    let told = DocumentError {
        suggestion: instead(&error.problem),
        ..host.refuse(error.to_string())
    };
    match error.problem {
        NameProblem::Empty if host.text.is_empty() => {
            let error = host.refuse("an empty host");
            let error = error.suggesting("leave 'hosts' out if there are none, as for a client");
            add(findings, LintRule::HostEmpty, error);
        }
        // `Name <local@domain>`, which cfssl takes for an address.
        NameProblem::Placeholder if is_email(host) => {}
        NameProblem::Placeholder => {
            let error = told.suggesting("name the host, or its address");
            add(findings, LintRule::Placeholder, error);
        }
        _ => add(findings, LintRule::HostOdd, told),
    }
}

fn is_email(host: &Placed) -> bool {
    let read = general_names(std::slice::from_ref(host));
    read.is_ok_and(|read| matches!(read.value.as_slice(), [GeneralName::Email(_)]))
}

/// etcd's own tools on the host use 127.0.0.1, whatever etcd is told to advertise.
fn loopback(view: &View<'_>, findings: &mut Findings) {
    let is_server = view.role == Role::EtcdServer && view.has_hosts();
    let mut hosts = view.request.host_texts();
    if is_server && !hosts.any(|host| ["127.0.0.1", "localhost", "::1"].contains(&host)) {
        let error = view.root.key("hosts");
        let error = error.refuse("neither 127.0.0.1 nor localhost is among the hosts");
        add(
            findings,
            LintRule::LoopbackMissing,
            error.suggesting("127.0.0.1"),
        );
    }
}
