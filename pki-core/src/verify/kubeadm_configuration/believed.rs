//! What kubeadm's configuration of a host says of the host and its cluster, as far as
//! the API server's certificate bears it out: the file may be another host's.

use std::net::IpAddr;

use super::{FILES, describes_cluster, document, host, read};
use crate::certificate::Certificate;
use crate::cluster::ServiceSubnet;
use crate::name::HostName;
use crate::verify::load_balancer;
use crate::verify::tree::Tree;

/// A fact, and the words for where it stands.
type Fact<T> = Option<(T, String)>;

/// What is told and borne out.
#[derive(Debug, Default)]
pub(in super::super) struct Believed {
    pub(in super::super) name: Fact<HostName>,
    pub(in super::super) address: Fact<IpAddr>,
    /// Where the API server of that address is to listen.
    pub(in super::super) port: Option<u16>,
    pub(in super::super) service_subnet: Fact<ServiceSubnet>,
    pub(in super::super) dns_domain: Fact<HostName>,
}

impl Believed {
    pub(in super::super) fn of(tree: &Tree, certificate: Option<&Certificate>) -> Self {
        let mut believed = Self::default();
        let Some(certificate) = certificate else {
            return believed;
        };
        let names = certificate.subject_alt_names();
        let has = |name: String| names.contains(&name);
        for path in FILES {
            let Some((file, Ok(parsed))) = read(tree, path) else {
                continue;
            };
            let documents = file.text().and_then(|text| text.documents());
            let documents = documents.unwrap_or_default();
            if let Some((node, place)) = document::first_of(documents, &host::NAMES)
                && let Some(name) = node.text().and_then(|text| text.parse::<HostName>().ok())
                && has(format!("DNS:{name}"))
            {
                let from = format!("{place} of {path}");
                believed.name.get_or_insert((name, from));
            }
            let address = parsed.local_address.filter(|it| !it.is_unspecified());
            // One that moves between hosts is none's own.
            let address = address.filter(|it| !load_balancer::is_virtual_ip(tree, *it));
            if let Some(address) = address.filter(|it| has(format!("IP:{it}")))
                && believed.address.is_none()
            {
                believed.address = Some((address, format!("advertiseAddress of {path}")));
                believed.port = parsed.local_bind_port;
            }
            if !describes_cluster(documents) {
                continue;
            }
            let subnet = parsed.cluster.service_subnet;
            if has(format!("IP:{}", subnet.first_address())) {
                let from = format!("the first service address, serviceSubnet of {path}");
                believed.service_subnet.get_or_insert((subnet, from));
            }
            let domain = parsed.cluster.dns_domain;
            if has(format!("DNS:kubernetes.default.svc.{domain}")) {
                let from = format!("dnsDomain of {path}");
                believed.dns_domain.get_or_insert((domain, from));
            }
        }
        believed
    }
}
