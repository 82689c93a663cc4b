//! The list of members with which an etcd starts: whether the member finds itself
//! there, and every other one where it is.

mod known;
mod own;

pub(in super::super) use known::described;
pub(in super::super) use own::meant_name;

use super::own_address::Mistaken;
use super::{at, contradiction, odd_port, urls};
use crate::severity::Severity;
use crate::static_pod::Component::Etcd;
use crate::static_pod::Url;
use crate::verify::fix::Fix;
use crate::verify::manifests::{Manifests, Told};
use crate::verify::{Examined, Finding, Record, Rule, command, etcd_unit};
use known::Known;
use own::{at_own_url, check_name, check_own_urls, is_certified, other_name};

/// A member in the list.
#[derive(Clone, Copy)]
pub(in super::super) struct Entry<'a> {
    pub(in super::super) name: &'a str,
    pub(in super::super) url: Url<'a>,
}

impl<'a> Entry<'a> {
    /// Those of a list that can be read.
    pub(in super::super) fn all(list: &'a str) -> impl Iterator<Item = Self> {
        list.split(',').filter_map(|entry| {
            let (name, url) = entry.trim().split_once('=')?;
            let url = Url::parse(url)?;
            Some(Self { name, url })
        })
    }
}

/// Whether this member makes its cluster: of one that exists etcd passes over the
/// list, or has an old one.
pub(in super::super) fn is_new(manifests: &Manifests) -> bool {
    let state = manifests.flag(Etcd, "initial-cluster-state");
    state.is_none_or(|told| told.flag.value == "new")
}

pub(super) fn check(examined: &Examined<'_>, mistaken: Option<Mistaken>, record: &mut Record) {
    let flag = |name| examined.manifests.flag(Etcd, name);
    let (Some(name), Some(cluster)) = (flag("name"), flag("initial-cluster")) else {
        return;
    };
    let told = name.flag.value.as_str();
    // Where all settings are another member's, the name goes with the address.
    let right = mistaken.and_then(|it| it.right_name(examined.manifests));
    let own = right.unwrap_or(told);
    let members: Vec<Entry<'_>> = Entry::all(&cluster.flag.value).collect();
    let is_member = check_name(examined, &cluster, (own, &members), record);
    if examined.manifests.unit().is_some() {
        check_entries(examined, &cluster, (own, &members), mistaken, record);
    } else if is_member && mistaken.is_none() {
        check_own_urls(examined, &cluster, (own, &members), record);
    }
}

fn agree(examined: &Examined<'_>, cluster: &Told<'_>) -> Fix {
    Fix::say(format!(
        "make --name, --initial-advertise-peer-urls and the member's entry in --initial-cluster of {} agree",
        command::path(examined.tree, cluster.path)
    ))
}

pub(super) fn refused(listed: &str, advertised: &str) -> String {
    format!(
        "a member without data does not start: '--initial-cluster has {listed} but missing from --initial-advertise-peer-urls={advertised}'"
    )
}

fn same(one: &Url<'_>, other: &Url<'_>) -> bool {
    let is_same_host = match (one.address(), other.address()) {
        (Some(one), Some(other)) => one == other,
        _ => one.host == other.host,
    };
    is_same_host && one.port == other.port
}

/// Something wrong with the list: in words, and what to put in the place of what.
struct Wrong {
    words: String,
    edit: Option<(String, String)>,
}

impl Wrong {
    /// An entry, and the URL that it should have.
    fn entry(entry: Entry<'_>, words: &str, right: Option<String>) -> Self {
        let text = format!("{}={}", entry.name, entry.url);
        Self {
            words: format!("has {text}, {words}"),
            edit: right.map(|right| (text, format!("{}={right}", entry.name))),
        }
    }
}

/// Every entry of a unit's list against what is known of the member: one finding.
fn check_entries(
    examined: &Examined<'_>,
    cluster: &Told<'_>,
    (own, members): (&str, &[Entry<'_>]),
    mistaken: Option<Mistaken>,
    record: &mut Record,
) {
    record.checked += members.len();
    // An address that is not this host's leads to another member's entry.
    let called = at_own_url(examined.manifests, members);
    let called = called.filter(|_| mistaken.is_none());
    let is_listed = members.iter().any(|entry| entry.name == own);
    let called = called.filter(|entry| is_listed && entry.name != own);
    let exchanged = called.filter(|_| is_certified(examined.tree, examined.manifests, own));
    if let (Some(called), None) = (called, exchanged) {
        let finding = other_name(examined, cluster, own, called);
        record.add(match is_new(examined.manifests) {
            true => finding.with_severity(Severity::Error),
            false => finding,
        });
        return;
    }
    let known = Known::of(examined, members);
    let has_odd_port = mistaken.is_none() && odd_port::check(examined, (own, members), record);
    let mut wrong: Vec<Wrong> = Vec::new();
    for entry in members {
        let found = match entry.name == own {
            true if has_odd_port => None,
            true => of_own(examined, *entry, mistaken),
            false => known.as_ref().and_then(|known| known.of_other(*entry)),
        };
        // One that has this member's URL has its own at this member's name.
        let found = found.or_else(|| {
            exchanged.filter(|other| other.name == entry.name)?;
            let own = members.iter().find(|entry| entry.name == own)?;
            let right = own.url.to_string();
            Some(Wrong::entry(*entry, "which is this member's", Some(right)))
        });
        wrong.extend(of_plain(examined, *entry).or(found));
    }
    let left_out = known.as_ref().map(|known| known.left_out(own, members));
    for host in left_out.into_iter().flatten() {
        wrong.push(Wrong {
            words: format!("leaves out {} ({})", host.name, host.advertise_address),
            edit: None,
        });
    }
    if wrong.is_empty() {
        return;
    }
    let words: Vec<_> = wrong.iter().map(|it| it.words.as_str()).collect();
    let message = format!("--initial-cluster {}", words.join("; it "));
    let fix = mend(examined, cluster, &wrong).and(etcd_unit::restart(cluster.path));
    let finding = Finding::new(Rule::EtcdMemberUrl, cluster.path, message, fix).at(at(cluster));
    record.add(match is_new(examined.manifests) {
        true => finding,
        false => finding.with_severity(Severity::Note),
    });
}

/// An entry without TLS where the members have certificates.
fn of_plain(examined: &Examined<'_>, entry: Entry<'_>) -> Option<Wrong> {
    let listens = examined.manifests.flag(Etcd, "listen-peer-urls");
    let listens = listens.is_some_and(|told| urls(&told).iter().any(|url| url.has_tls));
    let has_certificates = listens && examined.manifests.has(Etcd, "peer-cert-file");
    if entry.url.has_tls || !has_certificates {
        return None;
    }
    let text = entry.url.to_string();
    let right = text.replacen("http://", "https://", 1);
    let words = "which is without TLS, and members listen with it";
    Some(Wrong::entry(entry, words, Some(right)))
}

/// This member's entry, against what it gives out and its certificate.
fn of_own(examined: &Examined<'_>, entry: Entry<'_>, mistaken: Option<Mistaken>) -> Option<Wrong> {
    if let Some(mistaken) = mistaken {
        // The flags have a finding of their own, and the entry goes the same way.
        let right = mistaken.right.to_string();
        let text = entry.url.to_string();
        return mistaken.is_of(&entry.url).then(|| {
            let words = format!("and this member is {right}");
            Wrong::entry(
                entry,
                &words,
                Some(text.replacen(entry.url.host, &right, 1)),
            )
        });
    }
    let told = examined
        .manifests
        .flag(Etcd, "initial-advertise-peer-urls")?;
    let advertised = urls(&told);
    let [only] = &advertised[..] else {
        return None;
    };
    // Names may stand for addresses.
    let is_known = entry.url.address().is_some() == only.address().is_some();
    let is_wrong = contradiction::is_contradicted(examined.manifests, &told, only);
    if same(&entry.url, only) || !is_known || is_wrong {
        return None;
    }
    let words = format!("and this member gives out {only}");
    Some(Wrong::entry(entry, &words, Some(only.to_string())))
}

fn mend(examined: &Examined<'_>, cluster: &Told<'_>, wrong: &[Wrong]) -> Fix {
    const SAY: &str = "write the list as the members are, the same on every host";
    let unit = examined.manifests.unit();
    let edits = wrong.iter().map(|it| {
        let (from, to) = it.edit.as_ref()?;
        let variable = unit?.variable(|value| value.split(',').any(|entry| entry.trim() == from));
        let (file, line) = match variable {
            Some((_, file, line)) => (file, line),
            None => (cluster.path.to_owned(), cluster.flag.value_line),
        };
        etcd_unit::edit(examined, &file, line, (from, to))
    });
    let edits: Option<Vec<String>> = edits.collect();
    let edits = edits.unwrap_or_default().into_iter();
    edits.fold(Fix::say(SAY), Fix::and_run)
}
