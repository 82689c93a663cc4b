//! The way back from a description to the flags that say it.

use pki_core::{Assumed, Cluster, EtcdPeers, SubjectAltName};

use super::{ClusterArgs, EtcdArg, HostArg, from_file, noted};

impl ClusterArgs {
    /// What describes one host of a cluster that came from these arguments,
    /// without the parts that nobody gave.
    pub(crate) fn of_host(
        &self,
        cluster: &Cluster,
        index: usize,
        assumed: Assumed,
    ) -> Option<Self> {
        let host = cluster.hosts.get(index)?;
        if self.file.is_some() {
            let mut of_host = self.clone();
            of_host.hosts.retain(|arg| arg.name.value == host.name);
            if of_host.hosts.is_empty() && cluster.hosts.len() > 1 {
                of_host.hosts.push(from_file(&host.name));
            }
            return Some(of_host);
        }
        let address = noted(host.advertise_address);
        let (address, addresses) = match host.cert_sans.is_empty() {
            true => (None, vec![address]),
            false => (Some(address), Vec::new()),
        };
        let all = |names: &[SubjectAltName]| names.iter().cloned().map(noted).collect();
        Some(Self {
            hosts: vec![HostArg {
                name: noted(host.name.clone()),
                address,
                cert_sans: all(&host.cert_sans),
            }],
            addresses,
            file: None,
            control_plane_endpoint: cluster.control_plane_endpoint.clone(),
            apiserver_cert_extra_sans: all(&cluster.apiserver_cert_sans),
            service_cidr: (!assumed.service_subnet).then(|| cluster.service_subnet.clone()),
            service_dns_domain: (!assumed.dns_domain).then(|| cluster.dns_domain.clone()),
            kubernetes_version: (!assumed.version).then_some(cluster.kubernetes_version),
            etcd: cluster.has_external_etcd().then_some(EtcdArg::External),
            etcd_peers: Some(cluster.etcd_peers()).filter(|peers| *peers != EtcdPeers::AnyClient),
        })
    }

    /// The words that are parsed to this again; `None` if the file can be read
    /// only once.
    pub(crate) fn to_flags(&self) -> Option<Vec<String>> {
        let mut flags = Vec::new();
        let mut add = |flag: &str, value: String| flags.extend([flag.to_owned(), value]);
        if let Some(file) = &self.file {
            let file = file.to_str()?;
            match file {
                "-" => return None,
                // A pipe of the shell's: <(...)
                _ if file.starts_with("/dev/") => return None,
                _ if file.starts_with('-') => add("-f", format!("./{file}")),
                _ => add("-f", file.to_owned()),
            }
        }
        for host in &self.hosts {
            let address = host.address.iter().map(|address| address.value.to_string());
            let names = host.cert_sans.iter().filter_map(|name| text(&name.value));
            let list: Vec<_> = address.chain(names).collect();
            let name = &host.name.value;
            add(
                "--host",
                match list.is_empty() {
                    true => name.to_string(),
                    false => format!("{name}={}", list.join(",")),
                },
            );
        }
        for address in &self.addresses {
            add("--ip", address.value.to_string());
        }
        if let Some(endpoint) = &self.control_plane_endpoint {
            add("--control-plane-endpoint", endpoint.to_string());
        }
        if let Some(subnet) = &self.service_cidr {
            add("--service-cidr", subnet.to_string());
        }
        if let Some(domain) = &self.service_dns_domain {
            add("--service-dns-domain", domain.to_string());
        }
        if let Some(version) = &self.kubernetes_version {
            add("--kubernetes-version", version.to_string());
        }
        let names = self.apiserver_cert_extra_sans.iter();
        let names: Vec<_> = names.filter_map(|name| text(&name.value)).collect();
        if !names.is_empty() {
            add("--apiserver-cert-extra-sans", names.join(","));
        }
        if let Some(etcd) = self.etcd {
            let name = match etcd {
                EtcdArg::Stacked => "stacked",
                EtcdArg::External => "external",
            };
            add("--etcd", name.to_owned());
        }
        if let Some(peers) = self.etcd_peers {
            add("--etcd-peers", peers.to_string());
        }
        Some(flags)
    }
}

/// A host's name or address as a flag has it, which has no other kinds.
fn text(name: &SubjectAltName) -> Option<String> {
    match name {
        SubjectAltName::Dns(name) => Some(name.as_str().to_owned()),
        SubjectAltName::Ip(address) => Some(address.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        cluster: ClusterArgs,
    }

    fn parse(words: &[String]) -> ClusterArgs {
        let program = "kpki".to_owned();
        let line = Line::try_parse_from(std::iter::once(&program).chain(words));
        line.expect("arguments").cluster
    }

    fn cluster(args: &ClusterArgs) -> Cluster {
        args.clone().describe().expect("a cluster").cluster
    }

    const GIVEN: Assumed = Assumed {
        host_name: false,
        address: false,
        version: false,
        endpoint: false,
        service_subnet: false,
        dns_domain: false,
        etcd: false,
        role: false,
    };

    #[test]
    fn every_name_of_a_host_is_said_again() {
        for (line, flags) in [
            (
                "--host m0=10.0.0.10,extra.example.org,fd00::1",
                Some("--host m0=10.0.0.10,extra.example.org,fd00::1"),
            ),
            (
                "--host m0 --ip 10.0.0.10 --ip 10.0.0.11",
                Some("--host m0=10.0.0.10,10.0.0.11"),
            ),
            (
                "--host m0=10.0.0.10 --etcd external",
                Some("--host m0 --ip 10.0.0.10 --etcd external"),
            ),
        ] {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            let args = parse(&words);
            let of_host = args.of_host(&cluster(&args), 0, Assumed::EVERYTHING);
            let found = of_host.and_then(|args| args.to_flags());
            assert_eq!(found.map(|words| words.join(" ")).as_deref(), flags);
        }
    }

    #[test]
    fn files_are_named_as_far_as_they_can_be_read_again() {
        for (file, flags) in [
            ("my cluster.yaml", Some("-f my cluster.yaml --host m1")),
            ("-f.yaml", Some("-f ./-f.yaml --host m1")),
            ("-", None),
            ("/dev/fd/63", None),
        ] {
            let args = ClusterArgs {
                file: Some(file.into()),
                ..ClusterArgs::default()
            };
            let hosts = ["m0=10.0.0.1", "m1=10.0.0.2"].map(|host| format!("--host={host}"));
            let two = cluster(&parse(&hosts));
            let of_host = args.of_host(&two, 1, Assumed::EVERYTHING);
            let found = of_host.and_then(|args| args.to_flags());
            assert_eq!(found.map(|words| words.join(" ")).as_deref(), flags);
        }
    }

    proptest! {
        #[test]
        fn flags_say_the_same_again(
            hosts in prop::collection::btree_map("[a-z]{1,6}", (any::<[u8; 3]>(), names()), 1..4),
            one: bool,
            endpoint in prop::option::of("[a-z]{1,6}\\.example\\.org(:6443)?"),
            sans in names(),
            subnet in prop::option::of("10\\.96\\.0\\.0/12(,fd00:96::/112)?"),
            domain in prop::option::of("[a-z]{1,6}\\.local"),
            version in prop::option::of("v1\\.3[0-6]"),
            etcd in prop::option::of("stacked|external"),
            file in prop::option::of("[a-z][ -~]{0,6}"),
        ) {
            let mut words = Vec::new();
            for (name, ([a, b, c], more)) in hosts.iter().take(if one { 1 } else { 4 }) {
                let more: String = more.iter().map(|name| format!(",{name}")).collect();
                words.push(format!("--host={name}=10.{a}.{b}.{c}{more}"));
            }
            let mut add = |flag: &str, value: Option<String>| {
                words.extend(value.map(|value| format!("--{flag}={value}")));
            };
            add("control-plane-endpoint", endpoint);
            add("apiserver-cert-extra-sans", Some(sans.join(",")).filter(|list| !list.is_empty()));
            add("service-cidr", subnet);
            add("service-dns-domain", domain);
            add("kubernetes-version", version);
            add("etcd", etcd);
            let described = parse(&words);
            let file = file.map(|file| format!("--config={file}"));
            words.extend(file);
            let args = parse(&words);
            let flags = args.to_flags().expect("flags");
            prop_assert_eq!(format!("{:?}", parse(&flags)), format!("{args:?}"));

            let Ok(told) = described.clone().describe() else {
                return Ok(());
            };
            let mut whole = told.cluster;
            for index in 0..whole.hosts.len() {
                let of_host = described.of_host(&whole, index, GIVEN).expect("a host");
                let flags = of_host.to_flags().expect("flags");
                let again = cluster(&parse(&flags));
                prop_assert_eq!(&again.hosts[..], &whole.hosts[index..=index]);
                let all = std::mem::take(&mut whole.hosts);
                prop_assert_eq!(Cluster { hosts: Vec::new(), ..again }, whole.clone());
                whole.hosts = all;
            }
        }
    }

    fn names() -> impl Strategy<Value = Vec<String>> {
        let name =
            "[a-z]{1,5}\\.example\\.org|\\*\\.[a-z]{1,5}\\.org|192\\.0\\.2\\.[1-9]|fd00::[1-9]";
        prop::collection::vec(name, 0..4)
    }
}
