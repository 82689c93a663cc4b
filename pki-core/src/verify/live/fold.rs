//! One server, one cause.

use super::endpoint::LiveServer;
use super::served::Served;
use crate::verify::{Consequence, Finding, Record, Rule};

/// What was said of a server before, by its kind and what it showed.
pub(super) struct Told<'a> {
    server: LiveServer,
    shown: &'a [Vec<u8>],
    /// Its place in the record.
    finding: usize,
}

/// Adds what was found of a server: the first of it, from which the rest
/// follows, and of a server that is asked by several names only once.
pub(super) fn add<'a>(
    served: &'a Served,
    found: Vec<Finding>,
    told: &mut Vec<Told<'a>>,
    record: &mut Record,
) {
    // A door that stands open has nothing to do with the certificate behind it.
    let (own, folded): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|finding| matches!(finding.rule, Rule::LiveNoClientAuth | Rule::LiveClock));
    let mut folded = folded.into_iter();
    let cause = folded.next().map(|cause| Finding {
        consequences: folded.flat_map(Finding::into_consequences).collect(),
        ..cause
    });
    for finding in own.into_iter().chain(cause) {
        add_one(served, finding, told, record);
    }
}

fn add_one<'a>(
    served: &'a Served,
    finding: Finding,
    told: &mut Vec<Told<'a>>,
    record: &mut Record,
) {
    let server = served.endpoint.server;
    let is_same = |before: &&Told<'_>| {
        let other = record.findings.get(before.finding);
        before.server == server
            && before.shown == served.chain
            && !served.chain.is_empty()
            && other
                .is_some_and(|other| other.rule == finding.rule && other.message == finding.message)
    };
    let known = told.iter().find(is_same).map(|before| before.finding);
    if let Some(known) = known.and_then(|known| record.findings.get_mut(known)) {
        known.consequences.push(Consequence {
            file: finding.file,
            message: finding.message,
            rule: Some(finding.rule),
        });
        return;
    }
    told.push(Told {
        server,
        shown: &served.chain,
        finding: record.findings.len(),
    });
    record.findings.push(finding);
}
