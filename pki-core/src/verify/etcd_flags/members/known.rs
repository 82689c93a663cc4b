//! What a description that has every member says of them.

use std::net::IpAddr;

use super::{Entry, Wrong};
use crate::cluster::{Etcd, Host};
use crate::kubeadm::endpoint_host;
use crate::name::SubjectAltName;
use crate::verify::Examined;

/// What a description that has every member says of them.
pub(super) struct Known<'a> {
    hosts: Vec<&'a Host>,
    endpoints: &'a [String],
    /// Whether the list has no more members than the description.
    is_whole: bool,
}

impl<'a> Known<'a> {
    pub(super) fn of(examined: &'a Examined<'_>, members: &[Entry<'_>]) -> Option<Self> {
        let hosts = described(examined)?;
        let (cluster, _) = examined.expectation.described()?;
        let Etcd::External(external) = &cluster.etcd else {
            return None;
        };
        Some(Self {
            is_whole: members.len() <= hosts.len(),
            hosts,
            endpoints: &external.endpoints,
        })
    }

    /// Another member's entry.
    pub(super) fn of_other(&self, entry: Entry<'_>) -> Option<Wrong> {
        let address = entry.url.address()?;
        let is_endpoint = |url: &String| endpoint_host(url).parse() == Ok(address);
        let is_at = |host: &&&Host| has(host, address);
        if let Some(host) = self
            .hosts
            .iter()
            .find(|host| host.name.as_str() == entry.name)
        {
            let right = host.advertise_address;
            return (!has(host, address)).then(|| {
                let words = format!("and the description has {right} for it");
                let text = entry.url.to_string();
                let right = text.replacen(entry.url.host, &right.to_string(), 1);
                Wrong::entry(entry, &words, Some(right))
            });
        }
        let is_known =
            self.hosts.iter().any(|host| is_at(&host)) || self.endpoints.iter().any(is_endpoint);
        (self.is_whole && !is_known).then(|| {
            let words = "which is no host of the description";
            Wrong::entry(entry, words, None)
        })
    }

    /// Members that the list does not have, by name or by address.
    pub(super) fn left_out(&self, own: &str, members: &[Entry<'_>]) -> Vec<&'a Host> {
        let is_listed = |host: &&&Host| {
            members.iter().any(|entry| {
                let address = entry.url.address();
                entry.name == host.name.as_str()
                    || address.is_some_and(|address| has(host, address))
                    || address.is_none()
            })
        };
        let is_own = |host: &&&Host| host.name.as_str() == own;
        let missing = self
            .hosts
            .iter()
            .filter(|host| !is_listed(host) && !is_own(host));
        missing.copied().collect()
    }
}

/// The members that a file describes, if there are several.
pub(in crate::verify) fn described<'a>(examined: &'a Examined<'_>) -> Option<Vec<&'a Host>> {
    let (cluster, _) = examined.expectation.described()?;
    if examined.expectation.assumed.role || !cluster.has_external_etcd() {
        return None;
    }
    let hosts = cluster.hosts.iter().filter(|host| host.roles.etcd);
    let hosts: Vec<_> = hosts.collect();
    (hosts.len() > 1).then_some(hosts)
}

fn has(host: &Host, address: IpAddr) -> bool {
    let name = SubjectAltName::Ip(address);
    host.advertise_address == address || host.cert_sans.contains(&name)
}
