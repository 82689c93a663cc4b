//! An address that etcd's own flags agree on and that is not this host's: mostly a
//! variable of its environment that was written wrong. The certificates, made from
//! what the others know of the host, are right.

use std::net::IpAddr;

use super::super::fix::Fix;
use super::super::manifests::Manifests;
use super::super::tree::Tree;
use super::super::{
    Examined, Expectation, Finding, Record, Rule, derived, etcd_unit, kubeadm_configuration, place,
};
use super::{DOORS, Entry, at, contradiction, urls};
use crate::cluster::Host;
use crate::name::{Quoted, SubjectAltName};
use crate::static_pod::Component::{ApiServer, Etcd};
use crate::static_pod::Url;

/// The address of the flags, and the one that the host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Mistaken {
    pub(in super::super) wrong: IpAddr,
    pub(in super::super) right: IpAddr,
    by: Witness,
}

/// Who knows the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Witness {
    Description,
    /// The member's entry in its own `--initial-cluster`.
    List,
    /// The one entry there whose address etcd's certificates have: the flags, the
    /// name among them, are those of another member.
    Certificates,
    /// kubeadm's configuration, before a control plane runs.
    Kubeadm,
}

impl Mistaken {
    /// What the tree alone tells.
    pub(in super::super) fn in_tree(tree: &Tree, manifests: &Manifests) -> Option<Self> {
        Self::of(tree, manifests, None)
    }

    /// The same with what somebody said of the host.
    pub(in super::super) fn of_host(
        tree: &Tree,
        manifests: &Manifests,
        host: Option<&Host>,
    ) -> Option<Self> {
        let has = |wrong: IpAddr| {
            let name = SubjectAltName::Ip(wrong);
            host.is_some_and(|host| host.cert_sans.contains(&name))
        };
        let address = host.map(|host| host.advertise_address);
        Self::of(tree, manifests, address).filter(|it| !has(it.wrong))
    }

    pub(super) fn find(examined: &Examined<'_>) -> Option<Self> {
        let expectation = examined.expectation;
        Self::of_host(examined.tree, examined.manifests, said_of(expectation))
    }

    fn of(tree: &Tree, manifests: &Manifests, described: Option<IpAddr>) -> Option<Self> {
        let named = derived::etcd_addresses(tree, manifests);
        let wrong = agreed(manifests).filter(|wrong| !named.contains(wrong))?;
        let listed = listed(manifests);
        let of_list = || match &listed[..] {
            // A host that got another address has it in the list as well.
            addresses if addresses.contains(&wrong) => None,
            [only] => Some((*only, Witness::List)),
            _ => None,
        };
        let of_certificates = || {
            let members = manifests.flag(Etcd, "initial-cluster")?;
            let mut addresses: Vec<_> = Entry::all(&members.flag.value)
                .filter_map(|entry| entry.url.address())
                .collect();
            let is_listed = addresses.contains(&wrong);
            addresses.retain(|address| named.contains(address));
            addresses.dedup();
            match addresses[..] {
                [only] if is_listed => Some((only, Witness::Certificates)),
                _ => None,
            }
        };
        // Of a host that runs it may be older than its address.
        let of_kubeadm = || {
            let is_to_be_read = manifests.of(ApiServer).is_none();
            let address = kubeadm_configuration::address(tree).filter(|_| is_to_be_read);
            address.map(|address| (address, Witness::Kubeadm))
        };
        let described = described.map(|address| (address, Witness::Description));
        let of_tree = || of_list().or_else(of_certificates).or_else(of_kubeadm);
        let (right, by) = described.or_else(of_tree)?;
        (right != wrong && named.contains(&right)).then_some(Self { wrong, right, by })
    }

    /// What the list calls the member at the right address, where the name is that
    /// of the one at the wrong address: the file is another member's.
    pub(super) fn right_name<'a>(&self, manifests: &'a Manifests) -> Option<&'a str> {
        let own = &manifests.flag(Etcd, "name")?.flag.value;
        let members = manifests.flag(Etcd, "initial-cluster")?;
        let at = |address: IpAddr| {
            let mut found = Entry::all(&members.flag.value)
                .filter(move |entry| entry.url.address() == Some(address));
            let only = found.next()?;
            found.next().is_none().then_some(only.name)
        };
        (at(self.wrong)? == own).then_some(at(self.right)?)
    }

    /// Whether a URL has the address that is not this host's.
    pub(super) fn is_of(&self, url: &Url<'_>) -> bool {
        url.address() == Some(self.wrong)
    }
}

/// The host as somebody described it: what the tree itself tells is no other
/// witness.
pub(in super::super) fn said_of(expectation: &Expectation) -> Option<&Host> {
    let (_, host) = expectation.addressed()?;
    let name = format!("IP:{}", host.advertise_address);
    let is_told = expectation.sources.iter().any(|(known, _)| *known == name);
    (!expectation.assumed.role || !is_told).then_some(host)
}

/// The address that all of etcd's own flags with one have: one of them alone is
/// the flag's fault.
fn agreed(manifests: &Manifests) -> Option<IpAddr> {
    let flags = DOORS.iter().flat_map(|door| [door.listen, door.advertise]);
    let mut found = None;
    let mut count = 0;
    for told in flags.filter_map(|flag| manifests.flag(Etcd, flag)) {
        let urls = urls(&told).into_iter();
        let outside = urls.filter(|url| !url.is_loopback() && !url.is_unspecified());
        let mut addresses: Vec<IpAddr> = outside.filter_map(|url| url.address()).collect();
        addresses.dedup();
        match addresses[..] {
            [] => continue,
            [one] if found.is_none_or(|known| known == one) => found = Some(one),
            _ => return None,
        }
        count += 1;
    }
    found.filter(|_| count > 1)
}

/// The addresses of this member in the list of members.
fn listed(manifests: &Manifests) -> Vec<IpAddr> {
    let flag = |name| manifests.flag(Etcd, name);
    let (Some(name), Some(cluster)) = (flag("name"), flag("initial-cluster")) else {
        return Vec::new();
    };
    let entries = cluster.flag.value.split(',');
    let entries = entries.filter_map(|entry| entry.trim().split_once('='));
    let own = entries.filter(|(member, _)| *member == name.flag.value);
    let mut addresses: Vec<_> = own
        .filter_map(|(_, url)| Url::parse(url)?.address())
        .collect();
    addresses.dedup();
    addresses
}

/// Calls this member otherwise, where its name stands.
pub(super) fn rename(examined: &Examined<'_>, (own, right): (&str, &str)) -> Fix {
    let manifests = examined.manifests;
    let variable = manifests.unit();
    let variable = variable.and_then(|unit| unit.variable(|value| value == own));
    let edit = match variable {
        Some((_, file, line)) => etcd_unit::edit(examined, &file, line, (own, right)),
        None => manifests.flag(Etcd, "name").and_then(|told| {
            let [own, right] = [own, right].map(|name| told.assigned(name));
            let line = told.flag.value_line;
            etcd_unit::edit(examined, told.path, line, (&own, &right))
        }),
    };
    let say = format!("call it {} in --name", Quoted(right));
    edit.into_iter().fold(Fix::say(say), Fix::and_run)
}

/// Says it once for all flags: of the variable that they have it from, or of the
/// first of them.
pub(super) fn check(examined: &Examined<'_>, mistaken: Mistaken, record: &mut Record) {
    let Mistaken { wrong, right, by } = mistaken;
    let manifests = examined.manifests;
    let flags = DOORS.iter().flat_map(|door| [door.listen, door.advertise]);
    let flags = flags.filter_map(|flag| manifests.flag(Etcd, flag));
    let flags: Vec<_> = flags
        .filter(|told| urls(told).iter().any(|url| mistaken.is_of(url)))
        .collect();
    let Some(first) = flags.first() else { return };
    let witness = match by {
        Witness::Description => "the description".to_owned(),
        Witness::List => "this member's entry in --initial-cluster".to_owned(),
        Witness::Certificates => "a member in --initial-cluster".to_owned(),
        Witness::Kubeadm => "kubeadm's configuration".to_owned(),
    };
    let know = format!("this host is {right} by {witness} and by etcd's certificates");
    let listed = contradiction::listed(&flags);
    let plain = |value: &str| value.trim_matches(['[', ']']).parse() == Ok(wrong);
    let variable = manifests.unit().and_then(|unit| unit.variable(plain));
    let other = mistaken.right_name(manifests).and_then(|right| {
        let told = manifests.flag(Etcd, "name")?;
        Some((told.flag.value.as_str(), right))
    });
    let fix = |edits: Vec<String>| {
        let fix = edits
            .into_iter()
            .fold(Fix::say(format!("write {right} there")), Fix::and_run);
        let fix = match other {
            Some(names) => fix.and(rename(examined, names)),
            None => fix,
        };
        fix.and(etcd_unit::restart(first.path))
    };
    record.checked += 1;
    let theirs = other.map(|(wrong, right)| {
        format!(
            "; --name is {} as well, and this member is {}: these are the settings of another host",
            Quoted(wrong),
            Quoted(right)
        )
    });
    let theirs = theirs.unwrap_or_default();
    let finding = match variable {
        Some((name, file, line)) => {
            let message = format!(
                "{} is {wrong}, which {listed} have, and {know}{theirs}",
                Quoted(name)
            );
            let texts = (wrong.to_string(), right.to_string());
            let edit = etcd_unit::edit(examined, &file, line, (&texts.0, &texts.1));
            Finding::new(
                Rule::EtcdAddress,
                file,
                message,
                fix(edit.into_iter().collect()),
            )
            .at(place::of_line(Some(line)))
        }
        None => {
            let message = format!("{listed} have {wrong}, and {know}{theirs}");
            let edits = flags.iter().map(|told| {
                let texts = (wrong.to_string(), right.to_string());
                let line = told.flag.value_line;
                etcd_unit::edit(examined, told.path, line, (&texts.0, &texts.1))
            });
            // Half of them alone would be of no use.
            let edits: Option<Vec<String>> = edits.collect();
            Finding::new(
                Rule::EtcdAddress,
                first.path,
                message,
                fix(edits.unwrap_or_default()),
            )
            .at(at(first))
        }
    };
    record.add(finding);
}
