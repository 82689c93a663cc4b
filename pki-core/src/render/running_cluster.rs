//! What a cluster that runs keeps, and which release of Kubernetes it can be brought to.

use std::fmt;

use super::RenderedNode;
use crate::cluster::{Cluster, KubernetesVersion};

/// What a cluster that runs is not brought to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterRefusal {
    /// Other addresses of services or pods, or another domain.
    Network {
        /// The field of kubeadm's configuration.
        field: &'static str,
        /// What was rendered before.
        was: String,
        /// What is described now.
        is: String,
    },
    /// Another port of an API server whose address stays.
    Port {
        /// The host.
        host: String,
        /// What was rendered before.
        was: u16,
        /// What is described now.
        is: u16,
    },
    /// An older release.
    Older {
        /// What was rendered before.
        was: KubernetesVersion,
        /// What is described now.
        is: KubernetesVersion,
    },
    /// A minor release is left out.
    Skips {
        /// What was rendered before.
        was: KubernetesVersion,
        /// What is described now.
        is: KubernetesVersion,
    },
    /// Another release, while hosts get another address.
    Moves {
        /// What is described now.
        is: KubernetesVersion,
        /// The hosts.
        hosts: Vec<String>,
    },
}

impl ClusterRefusal {
    /// Compares a cluster with the same one as it was rendered before; these hosts have
    /// another address now.
    ///
    /// # Errors
    /// The first thing that no steps lead to.
    pub fn check(before: &Cluster, now: &Cluster, moved: &[String]) -> Result<(), Self> {
        let network = |cluster: &Cluster| {
            let pods = cluster.pod_subnet.as_ref();
            [
                (
                    "networking.serviceSubnet",
                    cluster.service_subnet.to_string(),
                ),
                (
                    "networking.podSubnet",
                    pods.map_or_else(|| NONE.to_owned(), ToString::to_string),
                ),
                ("networking.dnsDomain", cluster.dns_domain.to_string()),
            ]
        };
        for ((field, was), (_, is)) in network(before).into_iter().zip(network(now)) {
            if was != is {
                return Err(Self::Network { field, was, is });
            }
        }
        let [was, is] = [before, now].map(|cluster| cluster.kubernetes_version);
        match (was.minor(), is.minor()) {
            (old, new) if new < old => Err(Self::Older { was, is }),
            (old, new) if new - old > 1 => Err(Self::Skips { was, is }),
            // A version without a third number is any of its release.
            _ if is < was && is.has_patch() => Err(Self::Older { was, is }),
            _ if is != was && !moved.is_empty() => Err(Self::Moves {
                is,
                hosts: moved.to_vec(),
            }),
            _ => Ok(()),
        }
    }

    /// Compares where the API server of a host listens with where it was rendered before.
    ///
    /// # Errors
    /// Another port at the same address: a host with another address joins anew.
    pub fn check_host(host: &str, before: &RenderedNode, now: &RenderedNode) -> Result<(), Self> {
        match (before.port, now.port) {
            (Some(was), Some(is)) if was != is && before.advertised == now.advertised => {
                let host = host.to_owned();
                Err(Self::Port { host, was, is })
            }
            _ => Ok(()),
        }
    }

    /// What to write instead, where the cluster runs.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Network { field, was, .. } => {
                let back = match was.as_str() {
                    NONE => format!("take {field} out of the description again"),
                    _ => format!("write {field}: {was} in the description again"),
                };
                format!(
                    "{back}, or set the cluster up anew with another --out; where it has the new value by now, write that in the file as well"
                )
            }
            Self::Port { host, was, .. } => format!(
                "write bindPort: {was} for {host} in the description again, or take the host out, carry out what CHANGES.md says, and add it with the other port"
            ),
            Self::Older { was, .. } => {
                format!("write kubernetesVersion: {was} in the description again")
            }
            Self::Skips { was, .. } => format!(
                "write kubernetesVersion: v1.{} in the description, with a third number, run this and carry out what CHANGES.md says, then the next",
                was.minor().saturating_add(1)
            ),
            Self::Moves { .. } => "make one change in the description, run this and carry out what CHANGES.md says, then the other".to_owned(),
        }
    }
}

const NONE: &str = "none";

impl fmt::Display for ClusterRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network { field, was, is } => write!(
                f,
                "{field}: {was} was rendered, and {is} is described: a cluster that runs keeps its addresses of services and pods and its domain, which its pods and manifests have"
            ),
            Self::Port { host, was, is } => write!(
                f,
                "bindPort of {host}: {was} was rendered, and {is} is described: the API server there goes by its manifest, which kubeadm wrote when the host joined"
            ),
            Self::Older { was, is } => write!(
                f,
                "kubernetesVersion: {was} was rendered, and {is} is older: a cluster that runs goes no way back"
            ),
            Self::Skips { was, is } => write!(
                f,
                "kubernetesVersion: {was} was rendered, and {is} leaves a minor release out: kubeadm upgrades by one at a time"
            ),
            Self::Moves { is, hosts } => write!(
                f,
                "kubernetesVersion: {is} and another address of {} are two changes: kubeadm upgrades hosts that are where the cluster knows them",
                hosts.join(", ")
            ),
        }
    }
}

impl std::error::Error for ClusterRefusal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(version: &str) -> Cluster {
        let mut cluster = Cluster::new(Vec::new());
        cluster.kubernetes_version = version.parse().unwrap();
        cluster
    }

    #[test]
    fn releases_follow_one_another() {
        let m1 = ["m1".to_owned()];
        for (was, is, moved, wanted) in [
            ("1.30.2", "1.30.2", &m1[..], ""),
            ("1.30.2", "1.30.5", &[], ""),
            ("1.30.2", "1.31.0", &[], ""),
            ("1.30", "1.31", &[], ""),
            ("1.30.2", "1.30", &[], ""),
            ("1.30.2", "1.30.1", &[], "v1.30.1 is older"),
            ("1.30.2", "1.29.9", &[], "v1.29.9 is older"),
            ("1.30.2", "1.32.0", &[], "leaves a minor release out"),
            (
                "1.30.2",
                "1.31.0",
                &m1,
                "another address of m1 are two changes",
            ),
        ] {
            let found = ClusterRefusal::check(&cluster(was), &cluster(is), moved);
            let said = found.err().map(|refusal| refusal.to_string());
            let said = said.unwrap_or_default();
            assert!(said.contains(wanted), "{was} {is}: {said}");
            assert_eq!(said.is_empty(), wanted.is_empty(), "{was} {is}: {said}");
        }
    }

    #[test]
    fn a_port_stays_with_its_address() {
        let node = |address: &str, port: u16| {
            RenderedNode::read(&format!(
                "  advertiseAddress: {address}\n  bindPort: {port}\n"
            ))
        };
        let before = node("10.0.0.1", 6443);
        let check = |now: &RenderedNode| ClusterRefusal::check_host("m1", &before, now);
        let refusal = check(&node("10.0.0.1", 7443)).unwrap_err();
        let said = refusal.to_string();
        assert!(said.starts_with("bindPort of m1: 6443 was"), "{said}");
        let advice = refusal.advice();
        assert!(
            advice.starts_with("write bindPort: 6443 for m1"),
            "{advice}"
        );
        check(&node("10.0.0.1", 6443)).unwrap();
        check(&node("10.0.0.2", 7443)).unwrap();
        check(&RenderedNode::read("kind: JoinConfiguration\n")).unwrap();
    }

    #[test]
    fn addresses_and_the_domain_stay() {
        let was = cluster("1.30.2");
        let refusal = |change: fn(&mut Cluster)| {
            let mut now = was.clone();
            change(&mut now);
            let refusal = ClusterRefusal::check(&was, &now, &[]).unwrap_err();
            (refusal.to_string(), refusal.advice())
        };
        let (services, advice) = refusal(|it| it.service_subnet = "10.97.0.0/16".parse().unwrap());
        assert!(
            services.starts_with(
                "networking.serviceSubnet: 10.96.0.0/12 was rendered, and 10.97.0.0/16 is described"
            ),
            "{services}"
        );
        assert!(
            advice.starts_with("write networking.serviceSubnet: 10.96.0.0/12 in"),
            "{advice}"
        );
        let (pods, advice) = refusal(|it| it.pod_subnet = Some("10.244.0.0/16".parse().unwrap()));
        assert!(pods.contains("podSubnet: none was rendered"), "{pods}");
        assert!(
            advice.starts_with("take networking.podSubnet out"),
            "{advice}"
        );
        let (domain, _) = refusal(|it| it.dns_domain = "other.local".parse().unwrap());
        assert!(domain.contains("dnsDomain: cluster.local was"), "{domain}");
    }
}
