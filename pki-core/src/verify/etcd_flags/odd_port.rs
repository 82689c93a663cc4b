//! A member whose peer port is another than the one that the list of members has for it
//! and for every other: it is the member's own settings that are wrong.

use super::members::{Entry, refused};
use super::{at, is_new, urls};
use crate::static_pod::Component::Etcd;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule, etcd_unit};

const PEERS: &str = "initial-advertise-peer-urls";
const LISTENS: &str = "listen-peer-urls";
const WORDS: &str = "which --initial-cluster has for every member";

/// Whether a finding is of such a port.
pub(in super::super) fn is_told(own: &Finding) -> bool {
    own.rule == Rule::EtcdUnitSetting && own.message.ends_with(WORDS)
}

pub(super) fn check(
    examined: &Examined<'_>,
    (own, members): (&str, &[Entry<'_>]),
    record: &mut Record,
) -> bool {
    let flag = |name| examined.manifests.flag(Etcd, name);
    let (Some(peers), Some(listens)) = (flag(PEERS), flag(LISTENS)) else {
        return false;
    };
    let (advertised, listened) = (urls(&peers), urls(&listens));
    let mut named = members.iter().filter(|entry| entry.name == own);
    let (Some(entry), None, [only]) = (named.next(), named.next(), &advertised[..]) else {
        return false;
    };
    let (Some(port), Some(right)) = (only.port, entry.url.port) else {
        return false;
    };
    let is_alone = listened.iter().all(|url| url.port == Some(port));
    let is_of_all = members.len() > 2 && members.iter().all(|it| it.url.port == Some(right));
    // A member at etcd's own port is not the odd one, but the list.
    let is_usual = port == "2380";
    if port == right || is_usual || only.host != entry.url.host || !is_alone || !is_of_all {
        return false;
    }
    let message = format!("--{PEERS} and --{LISTENS} have port {port}, and not {right}, {WORDS}");
    let edits = [&peers, &listens].map(|told| {
        let texts = [port, right].map(|port| format!(":{port}"));
        let line = told.flag.value_line;
        etcd_unit::edit(examined, told.path, line, (&texts[0], &texts[1]))
    });
    // Half of them alone would be of no use.
    let edits: Option<Vec<String>> = edits.into_iter().collect();
    let fix = Fix::say(format!("write port {right} there"));
    let fix = edits
        .unwrap_or_default()
        .into_iter()
        .fold(fix, Fix::and_run);
    let finding = Finding {
        why: refused(&entry.url.to_string(), &only.to_string()),
        ..Finding::new(
            Rule::EtcdUnitSetting,
            peers.path,
            message,
            fix.and(etcd_unit::restart(peers.path)),
        )
    };
    let finding = finding.at(at(&peers));
    record.add(match is_new(examined.manifests) {
        true => finding,
        false => finding.with_severity(crate::severity::Severity::Note),
    });
    true
}
