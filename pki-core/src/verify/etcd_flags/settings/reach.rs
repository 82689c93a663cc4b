//! Whether others reach this member: it listens where it says that it is.

use super::super::{Door, listed, urls};
use super::{CLIENTS, LIST, PEERS, absent, flag, mended, outside, rewritten, with_flags, wrong};
use crate::severity::Severity;
use crate::static_pod::Component::ApiServer;
use crate::static_pod::Url;
use crate::verify::etcd_flags::Entry;
use crate::verify::etcd_unit::EtcdUnit;
use crate::verify::fix::Fix;
use crate::verify::manifests::Told;
use crate::verify::{Examined, Record};

/// Whether etcd listens where it says that it is.
pub(super) fn check_reach(examined: &Examined<'_>, door: &Door, record: &mut Record) {
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
        wrong(at, message, why, fix)
    });
}

/// Listens at the URLs that are given out as well.
fn opened(examined: &Examined<'_>, (listen, outside): (&Told<'_>, &[Url<'_>])) -> Fix {
    let name = &listen.flag.name;
    let say = format!(
        "let {} have {} as well",
        listen.beside(name),
        listed(outside)
    );
    let first = format!("{},", listed(outside).replace(", ", ","));
    match listen.flag.variable_in {
        Some(_) => {
            let value = listen.flag.value.as_str();
            rewritten(examined, listen, say, (value, &format!("{first}{value}")))
        }
        // The unit may have it from variables.
        None => {
            let texts = ["", &first].map(|first| format!("{name}={first}"));
            mended(examined, listen, say, (&texts[0], &texts[1]))
        }
    }
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
    let say = format!("write port {right} into {}", told.beside(&told.flag.name));
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
pub(super) fn check_clients(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
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
                let texts = [given, reached].map(ToString::to_string);
                rewritten(examined, &told, say, (&texts[0], &texts[1]))
            }
            _ => Fix::say(say),
        };
        wrong(&told, message, why, fix).with_severity(Severity::Warning)
    });
}
