//! Subjects and names, as they changed over kubeadm's versions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{CatalogEntry, SanRule};
use crate::cluster::{Cluster, Etcd, Host, KubernetesVersion};
use crate::name::{DistinguishedName, DnsName, HostName, SubjectAltName};

/// How a subject's common name follows from host and version.
#[derive(Debug, Clone, Copy)]
pub(super) enum CommonName {
    Fixed(&'static str),
    /// Another name in the versions before `before`.
    Renamed {
        before: u16,
        old: &'static str,
        new: &'static str,
    },
    /// The node's name from version `since` on.
    NodeSince {
        since: u16,
        old: &'static str,
    },
    /// `system:node:` and the node's name.
    SystemNode,
}

/// How a subject's organization, Kubernetes' group, follows from the version.
#[derive(Debug, Clone, Copy)]
pub(super) enum Organization {
    None,
    Fixed(&'static str),
    /// system:masters before 1.29, from then on the group that an RBAC binding
    /// makes administrators, and that can be revoked (kubernetes#120521).
    Administrators,
    /// system:masters before 1.29 and nothing since: etcd does not read it.
    MastersBefore29,
}

/// The subject of a certificate: one organization at most, and a common name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The group.
    pub organization: Option<&'static str>,
    /// The user, or the name of a CA.
    pub common_name: String,
}

impl Subject {
    /// The distinguished name, organization first.
    #[must_use]
    pub fn to_name(&self) -> DistinguishedName {
        DistinguishedName::kubernetes(self.organization, &self.common_name)
    }
}

impl CatalogEntry {
    /// The subject on this node for this version of kubeadm.
    #[must_use]
    pub fn subject(&self, version: KubernetesVersion, node: &HostName) -> Subject {
        let common_name = match self.common_name {
            CommonName::Fixed(name) => name.to_owned(),
            CommonName::Renamed { before, old, new } => if version.is_at_least(before) {
                new
            } else {
                old
            }
            .to_owned(),
            CommonName::NodeSince { since, old } => match version.is_at_least(since) {
                true => node.to_string(),
                false => old.to_owned(),
            },
            CommonName::SystemNode => format!("system:node:{node}"),
        };
        let since_29 = version.is_at_least(29);
        let organization = match self.organization {
            Organization::None => None,
            Organization::Fixed(group) => Some(group),
            Organization::Administrators if since_29 => Some("kubeadm:cluster-admins"),
            Organization::MastersBefore29 if since_29 => None,
            Organization::Administrators | Organization::MastersBefore29 => Some("system:masters"),
        };
        Subject {
            organization,
            common_name,
        }
    }

    /// The version that this row is shaped for: nothing that an old kubeadm did
    /// holds for an etcd that kubeadm does not run.
    pub(crate) fn version(&self, cluster: &Cluster) -> KubernetesVersion {
        match self.is_etcds() && cluster.has_external_etcd() {
            true => KubernetesVersion::NEWEST,
            false => cluster.kubernetes_version,
        }
    }

    /// Every organization that some version of kubeadm gives this row.
    pub(crate) fn organizations_of_all_versions(&self) -> &'static [Option<&'static str>] {
        match self.organization {
            Organization::None => &[None],
            Organization::Fixed("system:masters") => &[Some("system:masters")],
            Organization::Fixed(_) => &[Some("system:nodes")],
            Organization::Administrators => {
                &[Some("system:masters"), Some("kubeadm:cluster-admins")]
            }
            Organization::MastersBefore29 => &[Some("system:masters"), None],
        }
    }

    /// The names of the certificate: DNS names sorted and unique, then
    /// addresses in the order of the configuration, without duplicates.
    #[must_use]
    pub fn subject_alt_names(&self, cluster: &Cluster, host: &Host) -> Vec<SubjectAltName> {
        let version = self.version(cluster);
        let named = match self.san_rule() {
            SanRule::None => Vec::new(),
            SanRule::Authority if version.is_at_least(22) => {
                let name = self.subject(version, &host.name).common_name;
                vec![SubjectAltName::Dns(DnsName::checked(name))]
            }
            SanRule::Authority => Vec::new(),
            SanRule::ApiServer => apiserver(cluster, host),
            SanRule::EtcdServer => etcd_server(cluster, host),
            SanRule::EtcdPeer => etcd_peer(cluster, host),
        };
        ordered(named)
    }
}

fn apiserver(cluster: &Cluster, host: &Host) -> Vec<SubjectAltName> {
    let service = |suffix: &str| dns(format!("kubernetes{suffix}"));
    let mut names = vec![
        dns(host.name.to_string()),
        service(""),
        service(".default"),
        service(".default.svc"),
        service(&format!(".default.svc.{}", cluster.dns_domain)),
        SubjectAltName::Ip(cluster.service_subnet.first_address()),
        SubjectAltName::Ip(host.advertise_address),
    ];
    names.extend(
        cluster
            .control_plane_endpoint
            .iter()
            .map(|endpoint| endpoint.host().clone()),
    );
    names.extend(cluster.apiserver_cert_sans.iter().cloned());
    names.extend(host.cert_sans.iter().cloned());
    names
}

fn etcd_server(cluster: &Cluster, host: &Host) -> Vec<SubjectAltName> {
    let version = cluster.kubernetes_version;
    let (full, more): (_, &[_]) = match &cluster.etcd {
        // Nothing that kubeadm ever did holds for an etcd it does not run.
        Etcd::External(_) => (true, &[]),
        Etcd::Stacked {
            server_cert_sans, ..
        } => (version.is_at_least(14), server_cert_sans),
    };
    let mut names = vec![dns("localhost".to_owned())];
    if full || version.is_at_least(11) {
        names.push(dns(host.name.to_string()));
    }
    if full {
        names.push(SubjectAltName::Ip(host.advertise_address));
    }
    names.push(SubjectAltName::Ip(Ipv4Addr::LOCALHOST.into()));
    if full || version.is_at_least(11) {
        names.push(SubjectAltName::Ip(Ipv6Addr::LOCALHOST.into()));
    }
    names.extend(more.iter().chain(&host.cert_sans).cloned());
    names
}

fn etcd_peer(cluster: &Cluster, host: &Host) -> Vec<SubjectAltName> {
    let (full, more): (_, &[_]) = match &cluster.etcd {
        Etcd::External(_) => (true, &[]),
        Etcd::Stacked { peer_cert_sans, .. } => {
            (cluster.kubernetes_version.is_at_least(12), peer_cert_sans)
        }
    };
    let mut names = vec![
        dns(host.name.to_string()),
        SubjectAltName::Ip(host.advertise_address),
    ];
    if full {
        names.push(dns("localhost".to_owned()));
        names.push(SubjectAltName::Ip(Ipv4Addr::LOCALHOST.into()));
        names.push(SubjectAltName::Ip(Ipv6Addr::LOCALHOST.into()));
    }
    names.extend(more.iter().chain(&host.cert_sans).cloned());
    names
}

fn dns(name: String) -> SubjectAltName {
    SubjectAltName::Dns(DnsName::checked(name))
}

/// kubeadm sorts and unites since 1.20 (kubernetes#92753); kpki does so for
/// every version.
fn ordered(names: Vec<SubjectAltName>) -> Vec<SubjectAltName> {
    let is_dns = |name: &SubjectAltName| matches!(name, SubjectAltName::Dns(_));
    let (mut dns, others): (Vec<_>, Vec<_>) = names.into_iter().partition(is_dns);
    dns.sort();
    dns.dedup();
    let mut seen: Vec<IpAddr> = Vec::new();
    let unseen = others.into_iter().filter(|name| match name {
        SubjectAltName::Ip(address) if seen.contains(address) => false,
        SubjectAltName::Ip(address) => {
            seen.push(*address);
            true
        }
        _ => true,
    });
    dns.into_iter().chain(unseen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CATALOG;

    fn shown(base_name: &str, cluster: &Cluster) -> Vec<String> {
        let entry = CatalogEntry::find(base_name).unwrap();
        let names = entry.subject_alt_names(cluster, &cluster.hosts[0]);
        names.iter().map(ToString::to_string).collect()
    }

    fn cluster(version: &str) -> Cluster {
        let host = Host::control_plane("master1".parse().unwrap(), [192, 168, 10, 11].into());
        Cluster {
            kubernetes_version: version.parse().unwrap(),
            ..Cluster::new(vec![host])
        }
    }

    #[test]
    fn names_follow_the_version() {
        assert_eq!(
            shown("apiserver", &cluster("1.20")),
            [
                "DNS:kubernetes",
                "DNS:kubernetes.default",
                "DNS:kubernetes.default.svc",
                "DNS:kubernetes.default.svc.cluster.local",
                "DNS:master1",
                "IP:10.96.0.1",
                "IP:192.168.10.11"
            ]
        );
        let full = [
            "DNS:localhost",
            "DNS:master1",
            "IP:192.168.10.11",
            "IP:127.0.0.1",
            "IP:::1",
        ];
        assert_eq!(shown("etcd/server", &cluster("1.36")), full);
        assert_eq!(shown("etcd/peer", &cluster("1.12")), full);
        assert_eq!(
            shown("etcd/server", &cluster("1.12")),
            ["DNS:localhost", "DNS:master1", "IP:127.0.0.1", "IP:::1"]
        );
        assert_eq!(
            shown("etcd/server", &cluster("1.10")),
            ["DNS:localhost", "IP:127.0.0.1"]
        );
        assert_eq!(
            shown("etcd/peer", &cluster("1.10")),
            ["DNS:master1", "IP:192.168.10.11"]
        );
        assert_eq!(shown("ca", &cluster("1.22")), ["DNS:kubernetes"]);
        assert!(shown("ca", &cluster("1.21")).is_empty());
        let external = Cluster {
            etcd: Etcd::External(Default::default()),
            ..cluster("1.10")
        };
        assert_eq!(shown("etcd/server", &external), full);
        assert_eq!(shown("etcd/ca", &external), ["DNS:etcd-ca"]);
    }

    #[test]
    fn subjects_follow_the_version() {
        let node = "m1".parse().unwrap();
        let subject = |name: &str, version: &str| {
            let entry = CatalogEntry::find(name).unwrap();
            entry
                .subject(version.parse().unwrap(), &node)
                .to_name()
                .to_string()
        };
        assert_eq!(
            subject("admin.conf", "1.28"),
            "O=system:masters,CN=kubernetes-admin"
        );
        assert_eq!(
            subject("admin.conf", "1.29"),
            "O=kubeadm:cluster-admins,CN=kubernetes-admin"
        );
        assert_eq!(
            subject("apiserver-etcd-client", "1.29"),
            "CN=kube-apiserver-etcd-client"
        );
        assert_eq!(subject("front-proxy-ca", "1.11"), "CN=kubernetes");
        assert_eq!(subject("etcd/ca", "1.12"), "CN=etcd-ca");
        assert_eq!(subject("etcd/server", "1.10"), "CN=kube-etcd");
        assert_eq!(subject("etcd/peer", "1.12"), "CN=m1");
        assert_eq!(
            subject("kubelet.conf", "1.20"),
            "O=system:nodes,CN=system:node:m1"
        );
        for (entry, version) in CATALOG.iter().flat_map(|e| [(e, "1.10"), (e, "1.36")]) {
            let organization = entry.subject(version.parse().unwrap(), &node).organization;
            assert!(
                entry
                    .organizations_of_all_versions()
                    .contains(&organization)
            );
        }
    }
}
