//! Whether this member finds the others: the list of members, its state and its token.

use std::net::IpAddr;

use super::super::members::{described, is_new};
use super::{LIST, PEERS, STATE, TOKEN, absent, flag, outside, rewritten, with_flags, wrong};
use crate::document::nearest;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::etcd_flags::Entry;
use crate::verify::etcd_unit::EtcdUnit;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Record, etcd_unit};

/// The URL that other members are told of.
pub(super) fn check_peers(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    const DEFAULT: &str = "http://localhost:2380";
    let (Some(name), Some(list), false) = (
        flag(examined, "name"),
        flag(examined, LIST),
        unit.pod.flags.has(PEERS),
    ) else {
        return;
    };
    let mut own = Entry::all(&list.flag.value).filter(|entry| entry.name == name.flag.value);
    let Some(url) = own.next().map(|entry| entry.url.to_string()) else {
        return;
    };
    record.expect(url == DEFAULT, || {
        let finding = absent(
            unit,
            format!("has no --{PEERS}, and --{LIST} has {url} for this member"),
            format!("a member without data does not start: '--{LIST} has {url} but missing from --{PEERS}={DEFAULT}'"),
            with_flags(examined, unit, format!("add --{PEERS}={url}"), &[format!("--{PEERS}={url}")]),
        );
        match is_new(examined.manifests) {
            true => finding,
            false => finding.with_severity(Severity::Note),
        }
    });
}

/// The list of members, without which a member is alone.
pub(super) fn check_list(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let flags = &unit.pod.flags;
    let is_elsewhere =
        flags.has(LIST) || flags.names().iter().any(|it| it.starts_with("discovery"));
    if is_elsewhere || !is_new(examined.manifests) {
        return;
    }
    let others = described(examined);
    let is_reached = flag(examined, PEERS).is_some_and(|told| !outside(&told).is_empty());
    record.expect(others.is_none() && !is_reached, || {
        let (words, severity) = match &others {
            Some(all) => (
                format!(", and the description has {} members", all.len()),
                Severity::Error,
            ),
            None => (String::new(), Severity::Warning),
        };
        let say = format!("add --{LIST} with every member, as the other members have it");
        let all = others.iter().flatten().map(|host| {
            let address = match host.advertise_address {
                IpAddr::V4(v4) => v4.to_string(),
                IpAddr::V6(v6) => format!("[{v6}]"),
            };
            format!("{}=https://{address}:2380", host.name)
        });
        let all: Vec<_> = all.collect();
        let fix = match all.is_empty() {
            true => Fix::say(say),
            false => with_flags(
                examined,
                unit,
                say,
                &[format!("--{LIST}={}", all.join(","))],
            ),
        };
        absent(
            unit,
            format!("has no --{LIST}: this member makes a cluster of its own{words}"),
            "the others refuse it: 'request cluster ID mismatch'".to_owned(),
            fix,
        )
        .with_severity(severity)
    });
}

pub(super) fn check_state(examined: &Examined<'_>, record: &mut Record) {
    let Some(told) = flag(examined, STATE) else {
        return;
    };
    let value = told.flag.value.as_str();
    record.expect(matches!(value, "new" | "existing"), || {
        let message = format!("--{STATE} is {}, and new or existing is one", Quoted(value));
        let why = format!(
            "etcd does not start: 'invalid value \"{}\" for flag -{STATE}: invalid value'",
            value.escape_debug()
        );
        let say = "write new, or existing for a member that was added to a cluster which runs";
        let is_cut = value.len() > 2 && "existing".starts_with(value);
        let meant = match is_cut {
            true => Some("existing"),
            false => nearest(value, ["new", "existing"]),
        };
        let fix = match meant {
            Some(meant) => {
                let say = format!("write {meant}");
                rewritten(examined, &told, say, (value, meant))
            }
            None => Fix::say(say),
        };
        wrong(&told, message, &why, fix)
    });
}

/// The token that was described: with another one a member makes another cluster.
pub(super) fn check_token(examined: &Examined<'_>, record: &mut Record) {
    let setup = examined.expectation.setup.as_ref();
    let Some(service) = setup.and_then(|setup| setup.etcd.as_ref()) else {
        return;
    };
    let (Some(told), true) = (flag(examined, TOKEN), is_new(examined.manifests)) else {
        return;
    };
    let (value, right) = (told.flag.value.as_str(), service.token.as_str());
    record.expect(value == right, || {
        let message = format!("--{TOKEN} is {}, and the description has {}", Quoted(value), Quoted(right));
        let why = "members with another token make another cluster while they start: 'request cluster ID mismatch'";
        let say = "write it there as well".to_owned();
        let fix = rewritten(examined, &told, say, (value, right));
        wrong(&told, message, why, fix).with_severity(Severity::Warning)
    });
}

/// A blank before a member in the list, which etcd takes for a part of its name.
pub(super) fn check_blanks(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let (Some(name), Some(list)) = (flag(examined, "name"), flag(examined, LIST)) else {
        return;
    };
    let own = name.flag.value.as_str();
    let mut entries = list.flag.value.split(',');
    let blank = entries.find_map(|entry| {
        let (called, _) = entry.split_once('=')?;
        (called != own && called.trim() == own).then_some(called)
    });
    record.expect(blank.is_none() || !is_new(examined.manifests), || {
        let called = blank.unwrap_or_default();
        let message = format!(
            "--{LIST} has a blank beside the name of this member: {}",
            Quoted(called)
        );
        let why = format!(
            "a member without data does not start: 'couldn't find local name \"{}\" in the initial cluster configuration'",
            own.escape_debug()
        );
        let variable = unit.variable(|value| value == list.flag.value);
        let (file, line) = match variable {
            Some((_, file, line)) => (file, line),
            None => (list.path.to_owned(), list.flag.value_line),
        };
        let texts = [format!("{called}="), format!("{own}=")];
        let edit = etcd_unit::edit(examined, &file, line, (&texts[0], &texts[1]));
        let say = "write the list without blanks";
        let fix = edit.into_iter().fold(Fix::say(say), Fix::and_run);
        wrong(&list, message, &why, fix)
    });
}
