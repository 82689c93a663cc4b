//! What a unit has to tell etcd beside its certificates, so that it starts, is
//! reached and finds the others: what kubeadm writes into its manifests by itself.

use std::net::IpAddr;

use super::members::{Entry, described, is_new};
use super::{DOORS, Door, at, listed, urls};
use crate::document::nearest;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::Component::{ApiServer, Etcd};
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
        check_reach(examined, unit, door, record);
        check_demand(examined, unit, door, record);
    }
    check_clients(examined, unit, record);
    check_peers(examined, unit, record);
    check_list(examined, unit, record);
    check_state(examined, unit, record);
    check_token(examined, unit, record);
    check_words(examined, unit, record);
    check_blanks(examined, unit, record);
}

/// Flags that take one of few words, and what etcd says of others.
const WORDS: [(&str, &[&str], &str); 3] = [
    ("logger", &["zap", "capnslog"], "unknown logger option"),
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

fn check_words(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    for (name, words, refuses) in WORDS {
        let Some(told) = flag(examined, name) else {
            continue;
        };
        let value = told.flag.value.as_str();
        let is_known = value.is_empty() || value.contains('$') || words.contains(&value);
        record.expect(is_known, || {
            let message = format!(
                "--{name} is {}, and {} is one",
                Quoted(value),
                words.join(" or ")
            );
            let why = format!(
                "etcd does not start: '{refuses} \"{}\"'",
                value.escape_debug()
            );
            // `1.2` for `TLS1.2`.
            let mut meant = words.iter().filter(|word| word.ends_with(value));
            let meant = meant.next().copied();
            let fix = match meant.or_else(|| nearest(value, words.iter().copied())) {
                Some(meant) => {
                    let texts = [value, meant].map(|it| format!("{name}={it}"));
                    let say = format!("write {meant}");
                    mended(examined, &told, say, (&texts[0], &texts[1]))
                }
                None => Fix::say(format!("write {}", words.join(" or "))),
            };
            wrong(unit, &told, message, &why, fix)
        });
    }
}

/// A blank before a member in the list, which etcd takes for a part of its name.
fn check_blanks(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
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
        wrong(unit, &list, message, &why, fix)
    });
}

fn flag<'a>(examined: &'a Examined<'_>, name: &str) -> Option<Told<'a>> {
    examined.manifests.flag(Etcd, name)
}

/// A finding at the command, where a flag is not there.
fn absent(unit: &EtcdUnit, message: String, why: String, fix: impl Into<Fix>) -> Finding {
    let fix = fix.into().and(etcd_unit::restart(&unit.path));
    let file = unit.command_file();
    Finding {
        why,
        ..Finding::new(Rule::EtcdUnitSetting, file, message, fix)
    }
    .at(place::of_line(Some(unit.command_line())))
}

fn wrong(
    unit: &EtcdUnit,
    told: &Told<'_>,
    message: String,
    why: &str,
    fix: impl Into<Fix>,
) -> Finding {
    absent(unit, message, why.to_owned(), fix).at(at(told))
}

/// Words, and one text for another where a flag stands, if a program can put it there.
fn mended(examined: &Examined<'_>, told: &Told<'_>, say: String, texts: (&str, &str)) -> Fix {
    let edit = etcd_unit::edit(examined, told.path, told.flag.value_line, texts);
    edit.into_iter().fold(Fix::say(say), Fix::and_run)
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
            wrong(unit, &told, message, &why, fix)
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
    let say = format!("write --{} without a value", door.demand);
    let [is, right] = [
        format!("--{}={}", door.demand, told.flag.value),
        format!("--{}", door.demand),
    ];
    let fix = mended(examined, &told, say, (&is, &right));
    record.checked += 1;
    record.add(wrong(unit, &told, message, &why, fix).with_severity(Severity::Warning));
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
        let why = "others do not reach it: 'dial tcp ...: connect: connection refused'";
        let told = (&listen, &listens[..], &advertise, &outside[..]);
        let (at, fix) = match is_here_alone {
            true => (&listen, opened(examined, (&listen, &outside))),
            false => ported(examined, door, told),
        };
        wrong(unit, at, message, why, fix)
    });
}

/// Listens at the URLs that are given out as well.
fn opened(examined: &Examined<'_>, (listen, outside): (&Told<'_>, &[Url<'_>])) -> Fix {
    let name = &listen.flag.name;
    let say = format!("let --{name} have {} as well", listed(outside));
    let right = format!("{name}={},", listed(outside).replace(", ", ","));
    mended(examined, listen, say, (&format!("{name}="), &right))
}

/// The flag whose port is not the one by which others know this member, and how it is
/// mended.
fn ported<'a, 'b>(
    examined: &Examined<'_>,
    door: &Door,
    (listen, listens, advertise, outside): (&'b Told<'a>, &[Url<'_>], &'b Told<'a>, &[Url<'_>]),
) -> (&'b Told<'a>, Fix) {
    let right = known_port(examined, door, outside);
    let has = |urls: &[Url<'_>]| urls.iter().any(|url| url.port == Some(right.as_str()));
    let (told, urls) = match (has(listens), has(outside)) {
        (true, false) => (advertise, outside),
        (false, true) => (listen, listens),
        _ => {
            let say = format!(
                "let --{} and --{} have one port",
                door.listen, door.advertise
            );
            return (listen, Fix::say(say));
        }
    };
    let mut ports: Vec<&str> = urls.iter().filter_map(|url| url.port).collect();
    ports.dedup();
    let say = format!("write port {right} into --{}", told.flag.name);
    let fix = match ports[..] {
        [only] => mended(
            examined,
            told,
            say,
            (&format!(":{only}"), &format!(":{right}")),
        ),
        _ => Fix::say(say),
    };
    (told, fix)
}

/// The port by which others know this member: of the list of members, of the endpoints
/// that API servers are told, else etcd's own.
fn known_port(examined: &Examined<'_>, door: &Door, outside: &[Url<'_>]) -> String {
    let is_own = |url: &Url<'_>| outside.iter().any(|own| own.host == url.host);
    let of = |told: Option<Told<'_>>| {
        let told = told?;
        let mut urls = told.flag.value.split(',').filter_map(|it| {
            let url = it.trim().split_once('=').map_or(it, |(_, url)| url);
            Url::parse(url).filter(is_own)
        });
        Some(urls.next()?.port?.to_owned())
    };
    let is_peers = door.advertise == PEERS;
    let (known, usual) = match is_peers {
        true => (of(flag(examined, LIST)), "2380"),
        false => (
            of(examined.manifests.flag(ApiServer, "etcd-servers")),
            "2379",
        ),
    };
    known
        .or_else(|| described_port(examined).filter(|_| !is_peers))
        .unwrap_or_else(|| usual.to_owned())
}

/// The one port of the endpoints that a description has.
fn described_port(examined: &Examined<'_>) -> Option<String> {
    let (cluster, _) = examined.expectation.described()?;
    let crate::cluster::Etcd::External(external) = &cluster.etcd else {
        return None;
    };
    let ports = external.endpoints.iter();
    let mut ports: Vec<&str> = ports.filter_map(|it| Url::parse(it)?.port).collect();
    ports.dedup();
    match ports[..] {
        [only] => Some(only.to_owned()),
        _ => None,
    }
}

/// The URLs that clients are told of.
fn check_clients(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let Some(listen) = flag(examined, "listen-client-urls") else {
        return;
    };
    let Some(told) = flag(examined, CLIENTS) else {
        let urls = listed(&outside(&listen));
        let say = format!("add --{CLIENTS} with the URL by which others reach this member: {urls}");
        let flag = format!("--{CLIENTS}={}", urls.replace(", ", ","));
        record.fail(absent(
            unit,
            format!("has --listen-client-urls and no --{CLIENTS}"),
            format!("etcd does not start: 'error verifying flags, --{CLIENTS} is required when --listen-client-urls is set explicitly'"),
            match urls.is_empty() {
                true => Fix::say(say),
                false => with_flags(examined, unit, say, &[flag]),
            },
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
        let reached = outside(&listen);
        let say = format!("write {} there", listed(&reached));
        let fix = match (&given[..], &reached[..]) {
            ([given], [reached]) => {
                let texts = [given, reached].map(|url| format!("{CLIENTS}={url}"));
                mended(examined, &told, say, (&texts[0], &texts[1]))
            }
            _ => Fix::say(say),
        };
        wrong(unit, &told, message, why, fix).with_severity(Severity::Warning)
    });
}

fn outside<'a>(told: &Told<'a>) -> Vec<Url<'a>> {
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
            with_flags(examined, unit, format!("add --{PEERS}={url}"), &[format!("--{PEERS}={url}")]),
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
        let is_cut = value.len() > 2 && "existing".starts_with(value);
        let meant = match is_cut {
            true => Some("existing"),
            false => nearest(value, ["new", "existing"]),
        };
        let fix = match meant {
            Some(meant) => {
                let texts = [value, meant].map(|it| format!("{STATE}={it}"));
                mended(
                    examined,
                    &told,
                    format!("write {meant}"),
                    (&texts[0], &texts[1]),
                )
            }
            None => Fix::say(say),
        };
        wrong(unit, &told, message, &why, fix)
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
        let texts = [value, right].map(|it| format!("{TOKEN}={it}"));
        let say = "write it there as well".to_owned();
        let fix = mended(examined, &told, say, (&texts[0], &texts[1]));
        wrong(unit, &told, message, why, fix).with_severity(Severity::Warning)
    });
}
