//! Who is in a virtual router, on which interface, and in which order.

use std::collections::BTreeMap;

use crate::cluster::{Cluster, Host};
use crate::setup::description::{HostDescription, SetupDescription};
use crate::setup::interface::InterfaceName;
use crate::setup::keepalived::{KeepalivedMember, Priority, VrrpState};
use crate::setup::question::SetupError;

/// The hosts that share the virtual IP, with their places in `Cluster.hosts`.
pub(super) fn control_planes(cluster: &Cluster) -> Vec<(usize, &Host)> {
    let hosts = cluster.hosts.iter().enumerate();
    hosts.filter(|(_, host)| host.roles.control_plane).collect()
}

/// The interface of every control plane host.
pub(super) fn interfaces(
    hosts: &[(usize, &Host)],
    description: &SetupDescription,
) -> Result<Vec<InterfaceName>, SetupError> {
    let own = |host: &Host| description.hosts.get(&host.name)?.interface.clone();
    let shared = &description.load_balancer.interface;
    let found = hosts
        .iter()
        .map(|(_, host)| own(host).or_else(|| shared.clone()).ok_or(*host));
    let (known, open): (Vec<_>, Vec<_>) = found.partition(Result::is_ok);
    let open: Vec<_> = open.into_iter().filter_map(Result::err).collect();
    match &open[..] {
        [] => Ok(known.into_iter().flatten().collect()),
        open => {
            let places: Vec<_> = open
                .iter()
                .map(|host| format!("{} have {}", host.name, host.advertise_address))
                .collect();
            Err(SetupError::new(
                "loadBalancer.interface",
                format!(
                    "on which network interface does {}? 'ip -brief address' shows it there",
                    places.join(", ")
                ),
                "interface: eth0",
            ))
        }
    }
}

/// The members of a virtual router, and the weight of its health check.
pub(super) fn keepalived(
    hosts: &[(usize, &Host)],
    description: &SetupDescription,
) -> Result<(Vec<KeepalivedMember>, i16), SetupError> {
    let interfaces = interfaces(hosts, description)?;
    let priorities = priorities(hosts, &description.hosts)?;
    let highest = priorities.iter().max().copied();
    let lowest = priorities.iter().min().copied();
    let number = |priority: Option<Priority>| priority.map_or(0, |it| i16::from(it.number()));
    let spread = number(highest) - number(lowest);
    if spread >= LARGEST_WEIGHT {
        return Err(SetupError::new(
            "hosts.priority",
            format!(
                "the priorities lie {spread} apart, and a host whose API server fails can lose {LARGEST_WEIGHT} at most"
            ),
            "priority: 150",
        ));
    }
    if hosts.len() > 1 && number(lowest) == 1 {
        return Err(SetupError::new(
            "hosts.priority",
            "1 is what remains for a host whose API server fails: one that works needs more",
            "priority: 100",
        ));
    }
    let members = hosts.iter().zip(interfaces).zip(&priorities);
    let members = members.map(|(((host, _), interface), priority)| KeepalivedMember {
        host: *host,
        interface,
        state: match Some(*priority) == highest {
            true => VrrpState::Master,
            false => VrrpState::Backup,
        },
        priority: *priority,
    });
    let weight = LARGEST_WEIGHT.min(spread + i16::from(Priority::STEP));
    Ok((members.collect(), -weight))
}

/// The most that keepalived takes away.
const LARGEST_WEIGHT: i16 = 253;

/// A distinct priority for every host: its own, else the next lower one that
/// nobody has.
fn priorities(
    hosts: &[(usize, &Host)],
    described: &BTreeMap<crate::HostName, HostDescription>,
) -> Result<Vec<Priority>, SetupError> {
    let own = |host: &Host| described.get(&host.name)?.priority;
    let mut taken: BTreeMap<Priority, &Host> = BTreeMap::new();
    for (_, host) in hosts {
        if let Some(priority) = own(host)
            && let Some(first) = taken.insert(priority, host)
        {
            return Err(SetupError::new(
                "hosts.priority",
                format!(
                    "{} and {} have the priority {priority} both, and either would take the virtual IP",
                    first.name, host.name
                ),
                "priority: 140",
            ));
        }
    }
    let mut next = Priority::FIRST.number();
    let mut priorities = Vec::new();
    for (_, host) in hosts {
        let priority = match own(host) {
            Some(priority) => priority,
            None => {
                let below = |highest: u8| (2..=highest).rev().filter_map(Priority::new);
                let candidates = below(next).chain(below(Priority::FIRST.number()));
                let mut candidates = candidates.chain(below(u8::MAX));
                let free = candidates.find(|it| !taken.contains_key(it));
                free.ok_or_else(|| {
                    SetupError::new(
                        "loadBalancer.type",
                        format!(
                            "a virtual router has no room for {} hosts: what stands in front of them?",
                            hosts.len()
                        ),
                        "type: external",
                    )
                })?
            }
        };
        taken.insert(priority, host);
        next = next.saturating_sub(Priority::STEP);
        priorities.push(priority);
    }
    Ok(priorities)
}
