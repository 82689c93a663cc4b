//! The network of the pods.

use std::net::IpAddr;

use crate::cluster::{Cluster, Host};
use crate::setup::description::SetupDescription;
use crate::setup::note::SetupNote;
use crate::setup::pod_network::PodNetwork;
use crate::setup::question::SetupError;

const FIELD: &str = "podNetwork.plugin";
const RANGE: &str = "networking.podSubnet";

/// Decides it, or asks: a plugin that has a release for this Kubernetes, and
/// ranges in which it works.
pub(super) fn resolve(
    cluster: &Cluster,
    description: &SetupDescription,
    notes: &mut Vec<SetupNote>,
) -> Result<PodNetwork, SetupError> {
    let plugin = description.pod_network.unwrap_or_else(|| usual(cluster));
    is_known(cluster, plugin)?;
    ranges(cluster, plugin)?;
    match plugin {
        PodNetwork::Weave => notes.push(SetupNote::Archived(plugin)),
        PodNetwork::Calico if cluster.pod_subnet.is_none() => {
            notes.push(SetupNote::NoPodSubnet(plugin));
        }
        _ => {}
    }
    Ok(plugin)
}

/// Calico where it has a release; before that flannel, and weave for the oldest
/// where no range is given, which flannel needs.
fn usual(cluster: &Cluster) -> PodNetwork {
    let has_release = |plugin: &PodNetwork| plugin.release(cluster.kubernetes_version).is_some();
    let preferred = match cluster.pod_subnet {
        Some(_) => [PodNetwork::Calico, PodNetwork::Flannel],
        None => [PodNetwork::Calico, PodNetwork::Weave],
    };
    let found = preferred.into_iter().find(has_release);
    found.unwrap_or(PodNetwork::Flannel)
}

fn is_known(cluster: &Cluster, plugin: PodNetwork) -> Result<(), SetupError> {
    let version = cluster.kubernetes_version;
    if plugin == PodNetwork::None || plugin.release(version).is_some() {
        return Ok(());
    }
    let known: Vec<_> = PodNetwork::known_for(version)
        .map(PodNetwork::word)
        .collect();
    let why = match plugin {
        PodNetwork::Weave => {
            "the project of weave is archived, and kpki knows it for Kubernetes 1.10 alone: this is"
                .to_owned()
        }
        plugin => format!("kpki knows no release of {plugin} for Kubernetes"),
    };
    Err(SetupError::new(
        FIELD,
        format!("{why} {version}"),
        format!(
            "plugin: {}, or plugin: none for one of your own",
            known.join(" or ")
        ),
    ))
}

/// What the plugin needs of the ranges, and where no pod can be.
fn ranges(cluster: &Cluster, plugin: PodNetwork) -> Result<(), SetupError> {
    let Some(pods) = &cluster.pod_subnet else {
        return match plugin {
            PodNetwork::Flannel | PodNetwork::Cilium => Err(SetupError::new(
                RANGE,
                format!("which addresses do the pods have? {plugin} cannot do without a range"),
                "podSubnet: 10.244.0.0/16",
            )),
            PodNetwork::Calico => match cluster.hosts.iter().find(|host| in_calicos(host)) {
                None => Ok(()),
                Some(host) => Err(SetupError::new(
                    RANGE,
                    format!(
                        "which addresses do the pods have? without a range calico takes 192.168.0.0/16, where {} has its own, {}",
                        host.name, host.advertise_address
                    ),
                    "podSubnet: 10.244.0.0/16",
                )),
            },
            PodNetwork::Weave | PodNetwork::None => Ok(()),
        };
    };
    if let Some(host) = cluster
        .hosts
        .iter()
        .find(|host| pods.contains(host.advertise_address))
    {
        return Err(SetupError::new(
            RANGE,
            format!(
                "{}, the address of {}, lies in {pods}: a pod could have it too",
                host.advertise_address, host.name
            ),
            "podSubnet: a range that no network of the hosts touches",
        ));
    }
    let first = cluster.hosts.iter().find(|host| host.roles.control_plane);
    if let Some(host) = first
        && !(if host.advertise_address.is_ipv4() {
            pods.has_ipv4()
        } else {
            pods.has_ipv6()
        })
    {
        return Err(SetupError::new(
            RANGE,
            format!(
                "{pods} has no range of the family of {}, the address of {}, which its nodes get their pods' addresses from",
                host.advertise_address, host.name
            ),
            "podSubnet: fd00:10:244::/56, or 10.244.0.0/16 for IPv4, or both with a comma between them",
        ));
    }
    let knows_ipv6 = match plugin {
        PodNetwork::Weave => false,
        PodNetwork::Flannel => cluster.kubernetes_version.is_at_least(17),
        PodNetwork::Calico | PodNetwork::Cilium | PodNetwork::None => true,
    };
    match pods.has_ipv6() && !knows_ipv6 {
        false => Ok(()),
        true => Err(SetupError::new(
            FIELD,
            format!(
                "{plugin} of the time of this Kubernetes knows IPv4 alone, and pods shall have {pods}"
            ),
            "plugin: none, and install one that knows IPv6",
        )),
    }
}

/// Whether a host lies in the range that Calico takes if nobody gives one.
fn in_calicos(host: &Host) -> bool {
    match host.advertise_address {
        IpAddr::V4(address) => address.octets().starts_with(&[192, 168]),
        IpAddr::V6(_) => false,
    }
}
