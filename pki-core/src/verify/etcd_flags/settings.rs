//! What a unit has to tell etcd beside its certificates, so that it starts, is
//! reached and finds the others: what kubeadm writes into its manifests by itself.

mod list;
mod reach;

use super::{DOORS, Door, at, listed, urls};
use crate::document::nearest;
use crate::name::Quoted;
use crate::setup::EtcdVersion;
use crate::severity::Severity;
use crate::static_pod::Component::Etcd;
use crate::static_pod::Url;
use crate::verify::etcd_unit::EtcdUnit;
use crate::verify::fix::Fix;
use crate::verify::manifests::Told;
use crate::verify::{Examined, Finding, Record, Rule, etcd_unit, place};

const LIST: &str = "initial-cluster";
const PEERS: &str = "initial-advertise-peer-urls";
const CLIENTS: &str = "advertise-client-urls";
const STATE: &str = "initial-cluster-state";
const TOKEN: &str = "initial-cluster-token";

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let Some(unit) = examined.manifests.unit() else {
        return;
    };
    // What is not among the flags may be said elsewhere.
    if unit.pod.has_environment {
        return;
    }
    for door in &DOORS {
        check_certificate(examined, unit, door, record);
        reach::check_reach(examined, door, record);
        check_demand(examined, unit, door, record);
    }
    reach::check_clients(examined, unit, record);
    list::check_peers(examined, unit, record);
    list::check_list(examined, unit, record);
    list::check_state(examined, record);
    list::check_token(examined, record);
    check_words(examined, record);
    list::check_blanks(examined, unit, record);
}

/// The logger of 3.4 and before.
const CAPNSLOG: &str = "capnslog";

/// Flags that take one of few words, and what etcd says of others.
const WORDS: [(&str, &[&str], &str); 3] = [
    ("logger", &["zap", CAPNSLOG], "unknown logger option"),
    (
        "tls-min-version",
        &["TLS1.2", "TLS1.3"],
        "unexpected TLS version",
    ),
    (
        "tls-max-version",
        &["TLS1.2", "TLS1.3"],
        "unexpected TLS version",
    ),
];

fn check_words(examined: &Examined<'_>, record: &mut Record) {
    for (name, words, refuses) in WORDS {
        let Some(told) = flag(examined, name) else {
            continue;
        };
        let value = told.flag.value.as_str();
        let words = words_of(name, words, examined.expectation.etcd_version());
        let is_known = value.is_empty() || value.contains('$') || words.contains(&value);
        record.expect(is_known, || {
            let message = format!(
                "--{name} is {}, and {} is one",
                Quoted(value),
                words.join(" or ")
            );
            let was_known = value == CAPNSLOG;
            let why = match was_known {
                true => format!("etcd does not start: '--{name}={value} is removed in v3.5'"),
                false => format!(
                    "etcd does not start: '{refuses} \"{}\"'",
                    value.escape_debug()
                ),
            };
            // `1.2` for `TLS1.2`.
            let mut meant = words.iter().filter(|word| word.ends_with(value));
            let meant = meant.next().copied();
            let meant = meant.or_else(|| nearest(value, words.iter().copied()));
            let only = words.first().copied().filter(|_| was_known);
            let fix = match meant.or(only) {
                Some(meant) => {
                    let say = format!("write {meant}");
                    rewritten(examined, &told, say, (value, meant))
                }
                None => Fix::say(format!("write {}", words.join(" or "))),
            };
            let finding = wrong(&told, message, &why, fix);
            match was_known {
                // Nobody looked which version is installed.
                true => finding.with_severity(Severity::Warning),
                false => finding,
            }
        });
    }
}

/// Of the words of a flag those that a version of etcd takes.
fn words_of<'a>(name: &str, words: &'a [&'a str], version: Option<EtcdVersion>) -> &'a [&'a str] {
    let is_late = version.is_some_and(|version| version.minor() >= 5);
    match words {
        [first, CAPNSLOG] if is_late && name == "logger" => std::slice::from_ref(first),
        words => words,
    }
}

fn flag<'a>(examined: &'a Examined<'_>, name: &str) -> Option<Told<'a>> {
    examined.manifests.flag(Etcd, name)
}

/// A finding at the command, where a flag is not there.
fn absent(unit: &EtcdUnit, message: String, why: String, fix: Fix) -> Finding {
    found(unit.command_file(), message, why, fix).at(place::of_line(Some(unit.command_line())))
}

/// A finding where a flag stands, or the variable in its place.
fn wrong(told: &Told<'_>, message: String, why: &str, fix: Fix) -> Finding {
    found(told.path, message, why.to_owned(), fix).at(at(told))
}

fn found(file: &str, message: String, why: String, fix: Fix) -> Finding {
    let fix = fix.and(etcd_unit::restart(file));
    Finding {
        why,
        ..Finding::new(Rule::EtcdUnitSetting, file, message, fix)
    }
}

/// Words, and one text for another where a flag stands, if a program can put it there.
fn mended(examined: &Examined<'_>, told: &Told<'_>, say: String, texts: (&str, &str)) -> Fix {
    let edit = etcd_unit::edit(examined, told.path, told.flag.value_line, texts);
    edit.into_iter().fold(Fix::say(say), Fix::and_run)
}

/// Words, and another value for a flag, or for the variable in its place.
pub(super) fn rewritten(
    examined: &Examined<'_>,
    told: &Told<'_>,
    say: String,
    (value, right): (&str, &str),
) -> Fix {
    let [from, to] = [value, right].map(|it| told.assigned(it));
    // One dash does as well as two.
    let [from, to] = [&from, &to].map(|it| it.trim_start_matches('-'));
    let fix = mended(examined, told, say, (from, to));
    match told.flag.variable_in {
        // Its value may stand between quotation marks.
        Some(_) if fix.commands().next().is_none() => {
            let edit = etcd_unit::edit(examined, told.path, told.flag.value_line, (value, right));
            edit.into_iter().fold(fix, Fix::and_run)
        }
        _ => fix,
    }
}

/// Words, and flags at the end of the first line of the command.
pub(super) fn with_flags(
    examined: &Examined<'_>,
    unit: &EtcdUnit,
    say: String,
    flags: &[String],
) -> Fix {
    let edit = etcd_unit::add_flags(examined, unit, flags);
    edit.into_iter().fold(Fix::say(say), Fix::and_run)
}

/// TLS without a certificate.
fn check_certificate(examined: &Examined<'_>, unit: &EtcdUnit, door: &Door, record: &mut Record) {
    let Some(told) = flag(examined, door.listen) else {
        return;
    };
    let flags = &unit.pod.flags;
    let has_any = flags.has(door.certificate) || flags.has(door.key);
    let has_tls = urls(&told).iter().any(|url| url.has_tls);
    record.expect(
        !has_tls || has_any || flags.may_be_true(door.automatic),
        || {
            let message = format!(
                "--{} has {}, and neither --{} nor --{} is there",
                door.listen,
                listed(&urls(&told)),
                door.certificate,
                door.key
            );
            let file = examined.tree.location.on_host(&format!("pki/{}", door.row));
            let pair = [
                format!("--{}={file}.crt", door.certificate),
                format!("--{}={file}.key", door.key),
            ];
            let fix = with_flags(examined, unit, format!("add {}", pair.join(" and ")), &pair);
            let why = format!("etcd does not start: '{}'", door.refuses);
            wrong(&told, message, &why, fix)
        },
    );
}

/// Whether it is told to ask for certificates. With a CA for them it does all the
/// same; without one that is a finding of its own.
fn check_demand(examined: &Examined<'_>, unit: &EtcdUnit, door: &Door, record: &mut Record) {
    let flags = &unit.pod.flags;
    let is_off = |_: &Told<'_>| flags.has(door.authority) && !flags.may_be_true(door.demand);
    let Some(told) = flag(examined, door.demand).filter(is_off) else {
        return;
    };
    let message = format!(
        "--{} is {}: that etcd asks for certificates hangs on --{} alone",
        door.demand, told.flag.value, door.authority
    );
    let why = format!(
        "without --{} whoever reaches the port {}",
        door.authority, door.clients
    );
    let value = told.flag.value.as_str();
    let fix = match told.flag.variable_in {
        Some(_) => {
            let say = format!("write {}", told.assigned("true"));
            rewritten(examined, &told, say, (value, "true"))
        }
        None => {
            let say = format!("write --{} without a value", door.demand);
            let [is, right] = [told.assigned(value), told.beside(door.demand)];
            mended(examined, &told, say, (&is, &right))
        }
    };
    record.checked += 1;
    record.add(wrong(&told, message, &why, fix).with_severity(Severity::Warning));
}

fn outside<'a>(told: &Told<'a>) -> Vec<Url<'a>> {
    let mut found = urls(told);
    found.retain(|url| !url.is_loopback());
    found
}
