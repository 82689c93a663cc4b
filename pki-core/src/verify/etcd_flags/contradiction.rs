//! A flag of etcd with an address that no other flag has: it is the flag that is
//! wrong, and not the certificate.

use std::net::IpAddr;

use super::super::fix::Fix;
use super::super::manifests::{Manifests, Told, is_manifest};
use super::super::{Examined, Finding, Rule, etcd_unit};
use super::{DOORS, at, urls};
use crate::static_pod::Component::{ApiServer, Etcd};
use crate::static_pod::Url;

const ADVERTISED: &str = "advertise-address";

/// The addresses of one flag.
struct Voice<'a> {
    told: Told<'a>,
    addresses: Vec<IpAddr>,
}

impl Voice<'_> {
    fn says(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }
}

/// What the flags of this host say of its address.
fn voices(manifests: &Manifests) -> Vec<Voice<'_>> {
    let flags = DOORS.iter().flat_map(|door| [door.listen, door.advertise]);
    let of_etcd = flags.filter_map(|flag| {
        let told = manifests.flag(Etcd, flag)?;
        let urls = urls(&told).into_iter();
        let outside = urls.filter(|url| !url.is_loopback() && !url.is_unspecified());
        let addresses = outside.filter_map(|url| url.address()).collect();
        Some(Voice { told, addresses })
    });
    let of_api_server = manifests.flag(ApiServer, ADVERTISED);
    let of_api_server = of_api_server.and_then(|told| {
        let addresses = vec![told.flag.value.parse().ok()?];
        Some(Voice { told, addresses })
    });
    of_etcd.chain(of_api_server).collect()
}

/// The address that a flag should have instead of this one, which it alone has,
/// and the flags that have that.
fn instead<'a>(
    manifests: &'a Manifests,
    told: &Told<'_>,
    address: IpAddr,
) -> Option<(IpAddr, Vec<Told<'a>>)> {
    let (its, others): (Vec<_>, Vec<_>) = voices(manifests)
        .into_iter()
        .partition(|voice| voice.told.flag.name == told.flag.name);
    let its = its.first()?;
    // A second address beside another one is no slip.
    let is_only = its.says(address) && its.addresses.iter().all(|it| *it == address);
    if !is_only || others.iter().any(|voice| voice.says(address)) {
        return None;
    }
    let count = |address: &IpAddr| others.iter().filter(|voice| voice.says(*address)).count();
    let known = others.iter().flat_map(|voice| &voice.addresses);
    let best = known.copied().max_by_key(count)?;
    let agreeing = others.into_iter().filter(|voice| voice.says(best));
    let agreeing: Vec<_> = agreeing.map(|voice| voice.told).collect();
    (agreeing.len() > 1).then_some((best, agreeing))
}

/// Whether a flag has an address that the others contradict.
pub(super) fn is_contradicted(manifests: &Manifests, told: &Told<'_>, url: &Url<'_>) -> bool {
    let address = url.address();
    address.is_some_and(|address| instead(manifests, told, address).is_some())
}

/// What is wrong with a flag whose address the certificate at a path does not
/// name, if that names the address which the other flags have.
pub(super) fn check(
    examined: &Examined<'_>,
    url: &Url<'_>,
    told: &Told<'_>,
    (path, names): (&str, &[String]),
) -> Option<Finding> {
    let address = url.address()?;
    let (right, agreeing) = instead(examined.manifests, told, address)?;
    if !names.contains(&format!("IP:{right}")) {
        return None;
    }
    let message = format!(
        "--{} has {address}, and {} have {right}, which {path} names",
        told.flag.name,
        listed(&agreeing)
    );
    let fix = edit(examined, told, url.host, right);
    Some(Finding::new(Rule::EtcdAddress, told.path, message, fix).at(at(told)))
}

/// `--listen-client-urls and the API server's --advertise-address`.
pub(super) fn listed(flags: &[Told<'_>]) -> String {
    let names = flags.iter().map(|told| match told.flag.name.as_str() {
        ADVERTISED => format!("the API server's --{ADVERTISED}"),
        name => format!("--{name}"),
    });
    let names: Vec<_> = names.collect();
    match names.split_last() {
        Some((last, rest @ [_, ..])) => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn edit(examined: &Examined<'_>, told: &Told<'_>, wrong: &str, right: IpAddr) -> Fix {
    let right = right.to_string();
    let line = told.flag.value_line;
    let command = etcd_unit::edit(examined, told.path, line, (wrong, &right));
    let fix = Fix::say(match is_manifest(told.path) {
        true => "write the address that the others have; the kubelet restarts etcd with it",
        false => "write the address that the others have",
    });
    let fix = command.into_iter().fold(fix, Fix::and_run);
    fix.and(etcd_unit::restart(told.path))
}
