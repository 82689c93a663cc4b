//! What a tree is checked against: the file, the flags, and what the tree says
//! itself, in this order.

use std::path::Path;

use pki_core::{Cluster, Expectation, Tree, TreeRole};

use crate::cluster_args::ClusterArgs;
use crate::failure::Failure;
use crate::store::quote;

/// The expectation and what there is to say about the description.
pub(super) struct Expected {
    pub(super) expectation: Expectation,
    pub(super) notes: Vec<String>,
}

impl Expected {
    pub(super) fn describe(
        args: &ClusterArgs,
        directory: &Path,
        tree: &Tree,
    ) -> Result<Self, Failure> {
        let derived = Expectation::from_tree(tree);
        let Some((told, _)) = &derived.cluster else {
            return Ok(Self {
                expectation: derived,
                notes: Vec::new(),
            });
        };
        let mut filled = args.clone();
        filled.fill(told);
        let assumed = args.assumed(derived.assumed);
        let described = filled.describe()?;
        let mut cluster = described.cluster;
        if let [host] = &mut cluster.hosts[..]
            && args.file().is_none()
            && !args.says_where_etcd_runs()
        {
            // What no flag can say as precisely.
            cluster.etcd = told.etcd.clone();
            if let Some(known) = told.hosts.first() {
                host.bind_port = known.bind_port;
                host.roles = known.roles;
            }
        }
        let name = told.hosts.first().filter(|_| !derived.assumed.host_name);
        let name = name.map(|host| host.name.as_str());
        let Some(index) = position(&cluster, directory, name) else {
            let nobody = Expectation::default();
            // What all hosts share needs no host.
            if tree_role(tree) == Some(TreeRole::Authorities) {
                return Ok(Self {
                    expectation: nobody,
                    notes: described.notes,
                });
            }
            return Err(Failure::new(format!(
                "the file describes {} hosts, and nothing says which of them this is",
                cluster.hosts.len()
            ))
            .hint(format!(
                "write --host {} or another of them",
                cluster.hosts[0].name
            )));
        };
        let mut expectation = Expectation {
            cluster: Some((cluster, index)),
            assumed,
            ..derived
        };
        expectation.gen_flags = gen_flags(args, &expectation);
        Ok(Self {
            expectation,
            notes: described.notes,
        })
    }
}

/// Which of the hosts it is: the only one, the one that the directory is
/// called after, or the one that the tree says.
fn position(cluster: &Cluster, directory: &Path, name: Option<&str>) -> Option<usize> {
    let find = |is: &dyn Fn(&str) -> bool| {
        let mut hosts = cluster.hosts.iter();
        hosts.position(|host| is(host.name.as_str()))
    };
    match &cluster.hosts[..] {
        [_] => Some(0),
        // `kpki gen --out` names directories after hosts.
        _ => find(&|host| directory.components().any(|part| part.as_os_str() == host))
            .or_else(|| find(&|host| name == Some(host))),
    }
}

fn tree_role(tree: &Tree) -> Option<TreeRole> {
    pki_core::tree_role(tree, &Expectation::default())
}

/// The flags with which `kpki gen` makes what belongs to this host; `None` if
/// too little is known for that.
fn gen_flags(args: &ClusterArgs, expectation: &Expectation) -> Option<String> {
    let (cluster, index) = expectation.cluster.as_ref()?;
    let host = cluster.hosts.get(*index)?;
    if let Some(file) = args.file() {
        let which = match cluster.hosts.len() {
            1 => String::new(),
            _ => format!(" --host {}", host.name),
        };
        return Some(format!("-f {}{which}", quote(file)));
    }
    let assumed = expectation.assumed;
    let complete = match args.host_count() {
        0 => !assumed.service_subnet,
        _ => true,
    };
    if !complete || assumed.host_name || assumed.address {
        return None;
    }
    let mut flags = format!("--host {} --ip {}", host.name, host.advertise_address);
    let mut add = |flag: &str, value: String| flags.push_str(&format!(" {flag} {value}"));
    if let Some(endpoint) = &cluster.control_plane_endpoint {
        add("--control-plane-endpoint", endpoint.to_string());
    }
    if !assumed.service_subnet {
        add("--service-cidr", cluster.service_subnet.to_string());
    }
    if !assumed.dns_domain {
        add("--service-dns-domain", cluster.dns_domain.to_string());
    }
    if !assumed.version {
        add(
            "--kubernetes-version",
            cluster.kubernetes_version.to_string(),
        );
    }
    if !cluster.apiserver_cert_sans.is_empty() {
        let names = cluster.apiserver_cert_sans.iter().map(ToString::to_string);
        let plain = |name: String| match name.split_once(':') {
            Some((_, value)) => value.to_owned(),
            None => name,
        };
        let list = names.map(plain).collect::<Vec<_>>().join(",");
        // A wildcard would be the shell's.
        let list = if list.contains('*') {
            format!("'{list}'")
        } else {
            list
        };
        add("--apiserver-cert-extra-sans", list);
    }
    if cluster.has_external_etcd() {
        add("--etcd", "external".to_owned());
    }
    Some(flags)
}
