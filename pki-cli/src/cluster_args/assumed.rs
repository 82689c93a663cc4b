//! What the flags leave open: what is only assumed then, and what a cluster of
//! one host that was found fills in.

use pki_core::{Assumed, Cluster};

use super::{ClusterArgs, from_file, noted};

impl ClusterArgs {
    /// What is still only assumed once the flags are given; `else_assumed` is
    /// what is assumed without them. A file is taken for the whole truth.
    pub(crate) fn assumed(&self, else_assumed: Assumed) -> Assumed {
        let no_file = self.file.is_none();
        let one = |assumed: bool, is_given: bool| no_file && assumed && !is_given;
        let has_address = !self.addresses.is_empty()
            || self
                .hosts
                .first()
                .is_some_and(|host| host.address.is_some());
        Assumed {
            host_name: one(else_assumed.host_name, !self.hosts.is_empty()),
            address: one(else_assumed.address, has_address),
            version: one(else_assumed.version, self.kubernetes_version.is_some()),
            endpoint: one(else_assumed.endpoint, self.control_plane_endpoint.is_some()),
            service_subnet: one(else_assumed.service_subnet, self.service_cidr.is_some()),
            dns_domain: one(else_assumed.dns_domain, self.service_dns_domain.is_some()),
            etcd: one(else_assumed.etcd, self.etcd.is_some()),
            // A flag names a host and says not what it is for.
            role: one(else_assumed.role, false),
        }
    }

    /// Takes from a cluster of one host what no flag says; a file has to say
    /// all of it.
    pub(crate) fn fill(&mut self, cluster: &Cluster) {
        if self.file.is_some() || self.hosts.len() > 1 {
            return;
        }
        let Some(known) = cluster.hosts.first() else {
            return;
        };
        let has_address = self
            .hosts
            .first()
            .is_some_and(|host| host.address.is_some());
        if self.addresses.is_empty() && !has_address {
            self.addresses.push(noted(known.advertise_address));
        }
        if self.hosts.is_empty() {
            self.hosts.push(from_file(&known.name));
        }
        self.control_plane_endpoint = self
            .control_plane_endpoint
            .take()
            .or_else(|| cluster.control_plane_endpoint.clone());
        let subnet = self.service_cidr.take();
        self.service_cidr = Some(subnet.unwrap_or_else(|| cluster.service_subnet.clone()));
        let domain = self.service_dns_domain.take();
        self.service_dns_domain = Some(domain.unwrap_or_else(|| cluster.dns_domain.clone()));
        let version = self.kubernetes_version;
        self.kubernetes_version = Some(version.unwrap_or(cluster.kubernetes_version));
        if self.apiserver_cert_extra_sans.is_empty() {
            let names = cluster.apiserver_cert_sans.iter().cloned();
            self.apiserver_cert_extra_sans = names.map(noted).collect();
        }
    }
}
