//! The address that the API server gives out as its own, against all else that
//! knows the host's.

use std::net::IpAddr;

use super::fix::Fix;
use super::manifests::Manifests;
use super::tree::Tree;
use super::{Examined, Finding, Record, Rule, command, derived, misnamed, place};
use crate::static_pod::Component::{ApiServer, Etcd};
use crate::static_pod::Url;

const FLAG: &str = "advertise-address";

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let Some(told) = examined.manifests.flag(ApiServer, FLAG) else {
        return;
    };
    let Ok(address) = told.flag.value.parse::<IpAddr>() else {
        return;
    };
    let (tree, manifests) = (examined.tree, examined.manifests);
    let own = match examined.expectation.addressed() {
        Some((_, host)) => Some(host.advertise_address),
        None => outvoting(tree, manifests, address).map(|(own, _)| own),
    };
    record.checked += 1;
    let Some(own) = own.filter(|own| *own != address) else {
        return;
    };
    // Where etcd has the flag's address, it is not the flag alone that is of another
    // host. A certificate that names it was made for it, or for both.
    let is_etcds = of_etcds_urls(manifests).any(|(other, _)| other == address);
    if is_etcds || !is_named_alone(tree, manifests, own, address) {
        return;
    }
    let right = own.to_string();
    let edit = misnamed::rewritten(examined, ApiServer, &told, &right, "give out the right one");
    let in_words = || {
        let manifest = command::path(tree, told.path);
        Fix::say(format!("write {right} in --{FLAG} of {manifest}"))
    };
    let apiserver = derived::served(manifests, "apiserver");
    let message =
        format!("--{FLAG} is {address}, and this host is {own}: {apiserver} names that one alone");
    let fix = edit.unwrap_or_else(in_words);
    let finding = Finding::new(Rule::AdvertiseAddress, told.path, message, fix);
    record.add(finding.at(place::of_line(Some(told.flag.position.line))));
}

/// Whether the API server's certificate names one address and not the other.
fn is_named_alone(tree: &Tree, manifests: &Manifests, own: IpAddr, other: IpAddr) -> bool {
    let certificate = derived::certificate(tree, &derived::served(manifests, "apiserver"));
    certificate.is_some_and(|it| {
        let named: Vec<IpAddr> = derived::addresses(it.subject_alt_names()).collect();
        named.contains(&own) && !named.contains(&other)
    })
}

/// The address that every URL of etcd and all server certificates of the host agree
/// on, against the one that a flag alone knows; and where it stands.
pub(super) fn outvoting(
    tree: &Tree,
    manifests: &Manifests,
    flag: IpAddr,
) -> Option<(IpAddr, String)> {
    let mut found: Option<(IpAddr, String)> = None;
    for (address, place) in of_etcds_urls(manifests) {
        match &found {
            Some((known, _)) if *known != address => return None,
            Some(_) => {}
            None => found = Some((address, place)),
        }
    }
    let (own, place) = found.filter(|(own, _)| *own != flag)?;
    let of_etcd = derived::etcd_addresses(tree, manifests);
    let agree = of_etcd.contains(&own)
        && !of_etcd.contains(&flag)
        && is_named_alone(tree, manifests, own, flag);
    agree.then_some((own, place))
}

/// The addresses of this host in etcd's URLs, and where they stand.
fn of_etcds_urls(manifests: &Manifests) -> impl Iterator<Item = (IpAddr, String)> {
    let flags = [
        "advertise-client-urls",
        "initial-advertise-peer-urls",
        "listen-client-urls",
        "listen-peer-urls",
    ];
    let told = flags
        .into_iter()
        .filter_map(|name| manifests.flag(Etcd, name));
    told.flat_map(|told| {
        let urls = told.flag.value.split(',').filter_map(Url::parse);
        let addresses = urls.filter_map(|url| url.address());
        let usable = addresses.filter(|it| !it.is_unspecified() && !it.is_loopback());
        usable.map(move |address| (address, told.place()))
    })
}
