//! This member in the list: its name, and the entry with its URL.

use super::super::own_address::{self, Mistaken};
use super::super::{at, contradiction, listed, urls};
use super::{Entry, Wrong, agree, is_new, mend, refused, same};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::Component::Etcd;
use crate::static_pod::Url;
use crate::verify::manifests::{Manifests, Told};
use crate::verify::tree::Tree;
use crate::verify::{Examined, Finding, Record, Rule, derived, etcd_unit};

/// Whether the member finds itself.
pub(super) fn check_name(
    examined: &Examined<'_>,
    cluster: &Told<'_>,
    (own, members): (&str, &[Entry<'_>]),
    record: &mut Record,
) -> bool {
    let entries = cluster.flag.value.split(',');
    let mut names = entries.filter_map(|entry| Some(entry.trim().split_once('=')?.0));
    let is_member = names.any(|member| member == own);
    record.expect(is_member, || {
        let is_unit = examined.manifests.unit().is_some();
        let at_own = at_own_url(examined.manifests, members).filter(|_| is_unit);
        if let Some(entry) = at_own {
            let finding = other_name(examined, cluster, own, entry);
            // Nobody reads the list once the member has data.
            return match is_new(examined.manifests) {
                true => finding.with_severity(Severity::Error),
                false => finding,
            };
        }
        let message = format!(
            "--initial-cluster has no member {}, which --name calls this one",
            Quoted(own)
        );
        Finding {
            why: format!(
                "a member without data does not start: 'couldn't find local name \"{}\" in the initial cluster configuration'",
                own.escape_debug()
            ),
            ..Finding::new(
                Rule::EtcdInitialCluster,
                cluster.path,
                message,
                agree(examined, cluster),
            )
            .at(at(cluster))
        }
    });
    is_member
}

/// Of a pod, whose list kubeadm wrote while the host joined.
pub(super) fn check_own_urls(
    examined: &Examined<'_>,
    cluster: &Told<'_>,
    (own, members): (&str, &[Entry<'_>]),
    record: &mut Record,
) {
    let Some(told) = examined.manifests.flag(Etcd, "initial-advertise-peer-urls") else {
        return;
    };
    let is_wrong = |url: &Url<'_>| contradiction::is_contradicted(examined.manifests, &told, url);
    let advertised = urls(&told);
    // The list is right, and the flag has a finding.
    if record.has(Rule::EtcdAddress, told.path) && advertised.iter().any(is_wrong) {
        return;
    }
    let own = members.iter().filter(|entry| entry.name == own);
    let own: Vec<Url<'_>> = own.map(|entry| entry.url).collect();
    // Names may stand for addresses.
    let are_addresses = |urls: &[Url<'_>]| {
        let is_address = |url: &Url<'_>| url.address().is_some();
        !urls.is_empty() && urls.iter().all(is_address)
    };
    if are_addresses(&own) && are_addresses(&advertised) {
        let is_listed = |url: &Url<'_>| own.iter().any(|one| same(one, url));
        record.expect(advertised.iter().all(is_listed), || {
            let message = format!(
                "--initial-cluster has {} for this member, and --initial-advertise-peer-urls {}",
                listed(&own),
                listed(&advertised)
            );
            let fix = agree(examined, cluster);
            Finding {
                why: refused(&listed(&own), &listed(&advertised)),
                ..Finding::new(Rule::EtcdInitialCluster, cluster.path, message, fix)
                    .with_severity(Severity::Note)
                    .at(at(cluster))
            }
        });
    }
}

/// The one entry of the list with the one URL that this member gives out.
pub(super) fn at_own_url<'a>(manifests: &Manifests, members: &[Entry<'a>]) -> Option<Entry<'a>> {
    let told = manifests.flag(Etcd, "initial-advertise-peer-urls")?;
    let advertised = urls(&told);
    let [only] = &advertised[..] else {
        return None;
    };
    let mut at_own = members.iter().filter(|entry| same(&entry.url, only));
    let found = at_own.next().filter(|_| at_own.next().is_none())?;
    Some(*found)
}

/// Whether etcd's certificates of this host have a name: the member is called so.
pub(super) fn is_certified(tree: &Tree, manifests: &Manifests, name: &str) -> bool {
    let name = format!("DNS:{name}");
    ["etcd/server", "etcd/peer"].iter().any(|row| {
        let certificate = derived::certificate(tree, &derived::served(manifests, row));
        certificate.is_some_and(|it| it.subject_alt_names().contains(&name))
    })
}

/// What this member is called where everything else of it says so: its name may be
/// a slip.
pub(in crate::verify) fn meant_name<'a>(
    tree: &Tree,
    manifests: &'a Manifests,
    mistaken: Option<Mistaken>,
) -> Option<&'a str> {
    let own = manifests.flag(Etcd, "name")?.flag.value.as_str();
    if let Some(mistaken) = mistaken {
        return Some(mistaken.right_name(manifests).unwrap_or(own));
    }
    let members = manifests.flag(Etcd, "initial-cluster");
    let members = members.map(|told| Entry::all(&told.flag.value).collect::<Vec<_>>());
    let called = at_own_url(manifests, &members.unwrap_or_default());
    Some(match called {
        Some(entry) if !is_certified(tree, manifests, own) => entry.name,
        _ => own,
    })
}

/// The list has this member's URL under another name: one of both is a slip, the
/// list's if a certificate has the name.
pub(super) fn other_name(
    examined: &Examined<'_>,
    cluster: &Told<'_>,
    own: &str,
    entry: Entry<'_>,
) -> Finding {
    let called = entry.name;
    let is_certified = is_certified(examined.tree, examined.manifests, own);
    let message = format!(
        "--name calls this member {}, and --initial-cluster has its URL for {}",
        Quoted(own),
        Quoted(called)
    );
    let fix = match is_certified {
        true => {
            let texts = [own, called].map(|name| format!("{name}={}", entry.url));
            let wrong = Wrong {
                words: String::new(),
                edit: Some((texts[1].clone(), texts[0].clone())),
            };
            mend(examined, cluster, &[wrong])
        }
        false => own_address::rename(examined, (own, called)),
    };
    let fix = fix.and(etcd_unit::restart(cluster.path));
    Finding {
        why: format!(
            "a member without data does not start: 'couldn't find local name \"{}\" in the initial cluster configuration'",
            own.escape_debug()
        ),
        ..Finding::new(Rule::EtcdInitialCluster, cluster.path, message, fix).at(at(cluster))
    }
}
