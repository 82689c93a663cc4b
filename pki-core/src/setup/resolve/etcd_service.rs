//! The service of an external etcd.

use crate::cluster::{Cluster, Etcd, EtcdPeers, ExternalEtcd, KubernetesVersion};
use crate::kubeadm::endpoint_host;
use crate::name::{HostName, Quoted, SubjectAltName};
use crate::setup::description::{EtcdServiceDescription, SetupDescription};
use crate::setup::etcd_service::{EtcdService, UserName};
use crate::setup::etcd_version::EtcdVersion;
use crate::setup::host_path::HostPath;
use crate::setup::note::SetupNote;
use crate::setup::question::SetupError;

/// What is not said about the service; `None` for an etcd in kubeadm's pods.
pub(super) fn resolve(
    cluster: &Cluster,
    description: &SetupDescription,
    notes: &mut Vec<SetupNote>,
) -> Result<Option<EtcdService>, SetupError> {
    let described = &description.etcd;
    let is_member = |roles: crate::Roles| match cluster.has_external_etcd() {
        true => roles.etcd,
        false => roles.control_plane,
    };
    let hosts = cluster.hosts.iter();
    let members = hosts.filter(|host| is_member(host.roles)).count();
    if members > 0 && members % 2 == 0 {
        notes.push(SetupNote::EvenMembers(members));
    }
    let Etcd::External(external) = &cluster.etcd else {
        if *described != EtcdServiceDescription::default() {
            notes.push(SetupNote::NotUsed {
                field: "etcd",
                why: "etcd runs in kubeadm's pods",
            });
        }
        return Ok(None);
    };
    if external.peers == EtcdPeers::AnyClient {
        notes.push(SetupNote::AnyClientPeers);
    }
    notes.extend(not_named(cluster, external).map(SetupNote::MemberNotNamed));
    let token = match &described.token {
        Some(token) => token.clone(),
        None => cluster.name.parse().map_err(|_| {
            SetupError::new(
                "etcd.token",
                format!(
                    "the name of the cluster, {}, cannot be the token of its etcd: which one is it?",
                    Quoted(&cluster.name)
                ),
                "token: kubernetes",
            )
        })?,
    };
    Ok(Some(EtcdService {
        version: version(cluster, described.version, external.peers, notes)?,
        token,
        state: described.state.unwrap_or_default(),
        data_dir: described
            .data_dir
            .clone()
            .unwrap_or_else(HostPath::etcd_data),
        binary: described
            .binary
            .clone()
            .unwrap_or_else(HostPath::etcd_binary),
        user: described.user.clone().unwrap_or_else(UserName::root),
    }))
}

/// Members that no endpoint leads to, where there are endpoints.
fn not_named(cluster: &Cluster, external: &ExternalEtcd) -> impl Iterator<Item = HostName> {
    let endpoints = external.endpoints.iter();
    let named: Vec<_> = endpoints
        .filter_map(|url| SubjectAltName::parse_host(endpoint_host(url)).ok())
        .map(|name| name.value)
        .collect();
    // A name that no host has may lead to any of them.
    let is_told = |name: &SubjectAltName| cluster.hosts.iter().any(|host| host.has(name));
    let is_complete = !named.is_empty() && named.iter().all(is_told);
    let members = cluster.hosts.iter().filter(|host| host.roles.etcd);
    let missing = members.filter(move |host| is_complete && !named.iter().any(|it| host.has(it)));
    missing.map(|host| host.name.clone())
}

fn version(
    cluster: &Cluster,
    described: Option<EtcdVersion>,
    peers: EtcdPeers,
    notes: &mut Vec<SetupNote>,
) -> Result<EtcdVersion, SetupError> {
    let usual = usual(cluster.kubernetes_version);
    let by_name = peers == EtcdPeers::CommonName;
    let Some(version) = described else {
        return Ok(match by_name && !usual.checks_peer_names() {
            true => EtcdVersion::FIRST_WITH_PEER_NAMES,
            false => usual,
        });
    };
    if by_name && !version.checks_peer_names() {
        return Err(SetupError::new(
            "etcd.peers",
            format!(
                "etcd {version} does not look at the common name of a peer, which came with 3.3: how does it tell members from clients?"
            ),
            "peers: own-ca",
        ));
    }
    if version.minor() < usual.minor() {
        notes.push(SetupNote::OldEtcd {
            version,
            usual,
            kubernetes_version: cluster.kubernetes_version,
        });
    }
    Ok(version)
}

/// What kubeadm of the last release of a version runs in its own pods
/// (`SupportedEtcdVersion` in its constants), but none before 3.2: kubeadm 1.10
/// itself ran 3.1.12.
fn usual(version: KubernetesVersion) -> EtcdVersion {
    let (minor, patch) = match version.minor() {
        ..=11 => (2, 18),
        12 | 13 => (2, 24),
        14 | 15 => (3, 10),
        16 => (3, 17),
        17 | 18 => (4, 3),
        19..=21 => (4, 13),
        22..=25 => (5, 6),
        26..=28 => (5, 12),
        29..=33 => (5, 24),
        _ => (6, 9),
    };
    EtcdVersion::release(minor, patch)
}
