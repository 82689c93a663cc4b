//! What a unit has to tell etcd beside its certificates, so that it starts, is
//! reached and finds the others: what kubeadm writes into its manifests by itself.

use super::members::{Entry, described, is_new};
use super::{DOORS, Door, at, listed, urls};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::Component::Etcd;
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
        check_reach(examined, unit, door, record);
    }
    check_clients(examined, unit, record);
    check_peers(examined, unit, record);
    check_list(examined, unit, record);
    check_state(examined, unit, record);
    check_token(examined, unit, record);
}

fn flag<'a>(examined: &'a Examined<'_>, name: &str) -> Option<Told<'a>> {
    examined.manifests.flag(Etcd, name)
}

/// A finding at the command, where a flag is not there.
fn absent(unit: &EtcdUnit, message: String, why: String, say: String) -> Finding {
    let fix = Fix::say(say).and(etcd_unit::restart(&unit.path));
    let file = unit.command_file();
    Finding {
        why,
        ..Finding::new(Rule::EtcdUnitSetting, file, message, fix)
    }
    .at(place::of_line(Some(unit.command_line())))
}

fn wrong(unit: &EtcdUnit, told: &Told<'_>, message: String, why: &str, say: String) -> Finding {
    absent(unit, message, why.to_owned(), say).at(at(told))
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
            let say = format!(
                "add --{}={file}.crt and --{}={file}.key",
                door.certificate, door.key
            );
            let why = format!("etcd does not start: '{}'", door.refuses);
            wrong(unit, &told, message, &why, say)
        },
    );
}

/// Whether etcd listens where it says that it is.
fn check_reach(examined: &Examined<'_>, unit: &EtcdUnit, door: &Door, record: &mut Record) {
    let (Some(listen), Some(advertise)) =
        (flag(examined, door.listen), flag(examined, door.advertise))
    else {
        return;
    };
    let listens = urls(&listen);
    let mut outside = urls(&advertise);
    outside.retain(|url| !url.is_loopback() && !url.is_unspecified());
    if listens.is_empty() || outside.is_empty() {
        return;
    }
    let is_here_alone = listens.iter().all(|url| url.is_loopback());
    let is_open = listens
        .iter()
        .any(|url| outside.iter().any(|given| given.port == url.port));
    record.expect(!is_here_alone && is_open, || {
        let what = match is_here_alone {
            true => "which this host alone reaches",
            false => "which is another port",
        };
        let message = format!(
            "--{} gives out {}, and --{} has {}, {what}",
            door.advertise,
            listed(&outside),
            door.listen,
            listed(&listens)
        );
        let say = format!(
            "let --{} have the address and the port of --{}",
            door.listen, door.advertise
        );
        let why = "others do not reach it: 'dial tcp ...: connect: connection refused'";
        wrong(unit, &listen, message, why, say)
    });
}

/// The URLs that clients are told of.
fn check_clients(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let Some(listen) = flag(examined, "listen-client-urls") else {
        return;
    };
    let Some(told) = flag(examined, CLIENTS) else {
        record.fail(absent(
            unit,
            format!("has --listen-client-urls and no --{CLIENTS}"),
            format!("etcd does not start: 'error verifying flags, --{CLIENTS} is required when --listen-client-urls is set explicitly'"),
            format!("add --{CLIENTS} with the URL by which others reach this member: {}", listed(&outside(&listen))),
        ));
        return;
    };
    let given = urls(&told);
    let members = flag(examined, LIST);
    let count = members.map_or(0, |it| Entry::all(&it.flag.value).count());
    let is_here_alone = !given.is_empty() && given.iter().all(|url| url.is_loopback());
    record.expect(!is_here_alone || count < 2, || {
        let message = format!(
            "--{CLIENTS} gives out {} alone, which is another host to whoever asks from there",
            listed(&given)
        );
        let why = "clients that ask a member for all endpoints go to themselves: 'connect: connection refused'";
        let say = format!("write {} there", listed(&outside(&listen)));
        wrong(unit, &told, message, why, say).with_severity(Severity::Warning)
    });
}

fn outside<'a>(told: &Told<'a>) -> Vec<crate::static_pod::Url<'a>> {
    let mut found = urls(told);
    found.retain(|url| !url.is_loopback());
    found
}

/// The URL that other members are told of.
fn check_peers(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
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
            format!("add --{PEERS}={url}"),
        );
        match is_new(examined.manifests) {
            true => finding,
            false => finding.with_severity(Severity::Note),
        }
    });
}

/// The list of members, without which a member is alone.
fn check_list(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
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
        absent(
            unit,
            format!("has no --{LIST}: this member makes a cluster of its own{words}"),
            "the others refuse it: 'request cluster ID mismatch'".to_owned(),
            format!("add --{LIST} with every member, as the other members have it"),
        )
        .with_severity(severity)
    });
}

fn check_state(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
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
        wrong(unit, &told, message, &why, say.to_owned())
    });
}

/// The token that was described: with another one a member makes another cluster.
fn check_token(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
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
        let edit = etcd_unit::edit(
            examined,
            told.path,
            told.flag.value_line,
            (&format!("{TOKEN}={value}"), &format!("{TOKEN}={right}")),
        );
        let mut finding = wrong(unit, &told, message, why, "write it there as well".to_owned());
        let fix = edit.into_iter().fold(Fix::say("write it there as well"), Fix::and_run);
        finding.fix = fix.and(etcd_unit::restart(&unit.path));
        finding.with_severity(Severity::Warning)
    });
}
