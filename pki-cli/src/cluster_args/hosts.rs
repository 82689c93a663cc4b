//! The hosts that flags and file name together.

use std::net::IpAddr;

use pki_core::{Cluster, Host, HostName, Noted, Roles, SubjectAltName};

use super::host_flag::{HostArg, from_file};
use super::plain;
use crate::failure::Failure;

/// What the file says of the host it is on: name, address and port.
pub(super) type Local = (Option<HostName>, Option<IpAddr>, Option<u16>);

/// Gives the cluster the hosts of the flags; without one it keeps the file's.
pub(super) fn add(
    cluster: &mut Cluster,
    hosts: Vec<HostArg>,
    addresses: Vec<Noted<IpAddr>>,
    (local_name, local_address, local_port): Local,
    notes: &mut Vec<String>,
) -> Result<(), Failure> {
    let mut addresses = addresses.into_iter().map(|address| {
        notes.extend(address.notes.iter().map(|note| format!("--ip: {note}")));
        address.value
    });
    let ips: Vec<IpAddr> = addresses.by_ref().collect();
    drop(addresses);
    if !ips.is_empty() && hosts.len() > 1 {
        return Err(Failure::new("--ip fits one --host only")
            .hint("with several hosts write --host NAME=ADDRESS for each"));
    }
    let mut chosen = Vec::new();
    let external = cluster.has_external_etcd();
    let listed = std::mem::take(&mut cluster.hosts);
    let single = hosts.len() <= 1;
    let wanted: Vec<_> = match hosts.is_empty() {
        true if !ips.is_empty() => match (local_name.as_ref(), &listed[..]) {
            (Some(name), _) => vec![from_file(name)],
            (None, [only]) => vec![from_file(&only.name)],
            _ => {
                return Err(
                    Failure::new("--ip says no host's name").hint("write --host NAME --ip ADDRESS")
                );
            }
        },
        _ => hosts,
    };
    for arg in wanted {
        notes.extend(arg.name.notes.iter().map(|note| format!("--host: {note}")));
        let name = arg.name.value;
        let known = listed.iter().find(|host| host.name == name).cloned();
        let given = arg.address.map(|address| {
            notes.extend(
                address
                    .notes
                    .iter()
                    .map(|note| format!("--host {name}: {note}")),
            );
            address.value
        });
        let by_flag = given.or_else(|| ips.first().copied().filter(|_| single));
        let by_file = known.as_ref().map(|host| host.advertise_address);
        let by_file = by_file.or_else(|| local_address.filter(|_| single));
        let Some(advertise_address) = by_flag.or(by_file) else {
            return Err(
                Failure::new(format!("--host {name} has no address")).hint(match single {
                    true => format!("write --host {name} --ip ADDRESS"),
                    false => format!("write --host {name}=ADDRESS"),
                }),
            );
        };
        let mut host = known.unwrap_or_else(|| Host {
            roles: Roles {
                control_plane: true,
                etcd: external,
            },
            bind_port: local_port.unwrap_or(Host::DEFAULT_BIND_PORT),
            ..Host::control_plane(name.clone(), advertise_address)
        });
        host.advertise_address = advertise_address;
        for san in arg.cert_sans {
            host.cert_sans
                .push(plain(san, &format!("--host {name}"), notes)?);
        }
        host.cert_sans
            .extend(ips.iter().skip(1).copied().map(SubjectAltName::Ip));
        chosen.push(host);
    }
    cluster.hosts = match chosen.is_empty() {
        true => listed,
        false => chosen,
    };
    if cluster.hosts.is_empty() {
        let failure = match (local_name, local_address) {
            (Some(name), None) => {
                Failure::new("the file names no address of this host (advertiseAddress)")
                    .hint(format!("add it, or write --host {name} --ip ADDRESS"))
            }
            (None, Some(address)) => {
                Failure::new("the file does not name this host (nodeRegistration.name)")
                    .hint(format!("add it, or write --host NAME --ip {address}"))
            }
            _ => Failure::new("no host is given")
                .hint("write --host NAME --ip ADDRESS, or -f FILE; --help has examples"),
        };
        return Err(failure);
    }
    Ok(())
}
