//! A cluster file for people to go on with: every field of ours has its
//! comment, from the same table that files are checked by.

use super::schema::{OWN_API_VERSION, OWN_KINDS, Shape};
use super::write::best;
use crate::cluster::{Cluster, Etcd, ExternalEtcd, Host};
use crate::name::SubjectAltName;
use crate::setup::{HostDescription, HostPath, SetupDescription};

/// The text of a cluster file that says all this.
pub(super) fn write(cluster: &Cluster, setup: &SetupDescription) -> String {
    let mut text = String::from(HEAD);
    text.push_str(&kubeadms(cluster));
    text.push_str(&head("Hosts"));
    text.push_str("hosts:\n");
    for host in &cluster.hosts {
        text.push_str(&host_entry(host, setup.hosts.get(&host.name)));
    }
    text.push_str(&head("Setup"));
    text.push_str(&setups(cluster, setup));
    text
}

const HEAD: &str = "\
# One description of a cluster: kubeadm reads its own part, and kpki all of it.
#   kpki gen -f THIS-FILE --render --out DIR    every file of every host, and a runbook
#   kpki schema >kpki.schema.json               for editors: the comments below name it
";

/// What begins a document of ours; editors look for the comment in each.
fn head(kind: &str) -> String {
    format!(
        "---\n# yaml-language-server: $schema=kpki.schema.json\napiVersion: {OWN_API_VERSION}\nkind: {kind}\n"
    )
}

/// kubeadm's document, in the version that the cluster's kubeadm reads best.
fn kubeadms(cluster: &Cluster) -> String {
    let version = best(cluster.kubernetes_version);
    let mut tree = Tree::default();
    tree.add("apiVersion", &format!("kubeadm.k8s.io/{}", version.name));
    tree.add("kind", version.cluster);
    tree.add("clusterName", &cluster.name);
    tree.add(
        "kubernetesVersion",
        &cluster.kubernetes_version.for_kubeadm(),
    );
    if let Some(endpoint) = &cluster.control_plane_endpoint {
        tree.add(version.control_plane_endpoint, &endpoint.to_string());
    }
    tree.add(
        "networking.serviceSubnet",
        &cluster.service_subnet.to_string(),
    );
    if let Some(pods) = &cluster.pod_subnet {
        tree.add("networking.podSubnet", &pods.to_string());
    }
    tree.add("networking.dnsDomain", cluster.dns_domain.as_str());
    let names: Vec<_> = cluster
        .apiserver_cert_sans
        .iter()
        .filter_map(plain)
        .collect();
    if !names.is_empty() {
        tree.add_list(version.cert_sans, &names);
    }
    if let Etcd::External(external) = &cluster.etcd {
        let parent = match version.etcd_is_split {
            true => "etcd.external",
            false => "etcd",
        };
        let member = |host: &&Host| host.roles.etcd;
        let url = |host: &Host| format!("https://{}", with_port(host));
        let endpoints = match external.endpoints.is_empty() {
            true => cluster.hosts.iter().filter(member).map(url).collect(),
            false => external.endpoints.clone(),
        };
        tree.add_list(&format!("{parent}.endpoints"), &endpoints);
        let pki = HostPath::kubernetes_pki();
        for (key, file) in [
            ("caFile", "etcd/ca.crt"),
            ("certFile", "apiserver-etcd-client.crt"),
            ("keyFile", "apiserver-etcd-client.key"),
        ] {
            tree.add(&format!("{parent}.{key}"), &format!("{pki}/{file}"));
        }
    }
    tree.0
}

fn with_port(host: &Host) -> String {
    std::net::SocketAddr::new(host.advertise_address, ExternalEtcd::CLIENT_PORT).to_string()
}

fn plain(name: &SubjectAltName) -> Option<String> {
    match name {
        SubjectAltName::Dns(name) => Some(name.as_str().to_owned()),
        SubjectAltName::Ip(address) => Some(address.to_string()),
        SubjectAltName::Email(_) | SubjectAltName::Uri(_) => None,
    }
}

fn host_entry(host: &Host, description: Option<&HostDescription>) -> String {
    let mut text = format!("  - name: {}\n", scalar(host.name.as_str()));
    let mut line = |key: &str, value: &str| text.push_str(&format!("    {key}: {value}\n"));
    let is_address = |name: &&SubjectAltName| matches!(name, SubjectAltName::Ip(_));
    let (addresses, names): (Vec<_>, Vec<_>) = host.cert_sans.iter().partition(is_address);
    line("address", &scalar(&host.advertise_address.to_string()));
    for (key, values) in [("addresses", addresses), ("names", names)] {
        let values: Vec<_> = values.into_iter().filter_map(plain).collect();
        if !values.is_empty() {
            line(key, &list(&values));
        }
    }
    let roles = [
        (host.roles.control_plane, "control-plane"),
        (host.roles.etcd, "etcd"),
    ];
    let mut roles: Vec<_> = roles
        .iter()
        .filter(|it| it.0)
        .map(|it| it.1.to_owned())
        .collect();
    if roles.is_empty() {
        roles.push("worker".to_owned());
    }
    line("roles", &list(&roles));
    if host.bind_port != Host::DEFAULT_BIND_PORT {
        line("bindPort", &host.bind_port.to_string());
    }
    if let Some(interface) = description.and_then(|it| it.interface.as_ref()) {
        line("interface", &scalar(interface.as_str()));
    }
    if let Some(priority) = description.and_then(|it| it.priority) {
        line("priority", &priority.to_string());
    }
    text
}

/// Our own document: what is said, and as a comment what may be said.
fn setups(cluster: &Cluster, setup: &SetupDescription) -> String {
    let balancer = &setup.load_balancer;
    let etcd = &setup.etcd;
    let said = |path: &str| -> Option<String> {
        match path {
            "loadBalancer.type" => balancer.kind.map(|it| scalar(it.word())),
            "loadBalancer.virtualIP" => balancer.virtual_ip.map(|it| scalar(&it.to_string())),
            "loadBalancer.interface" => balancer.interface.as_ref().map(|it| scalar(it.as_str())),
            "loadBalancer.routerID" => balancer.router_id.map(|it| it.to_string()),
            "loadBalancer.authPass" => balancer.auth_pass.as_ref().map(|it| quoted(it.secret())),
            "loadBalancer.unicast" => balancer.unicast.map(|it| it.to_string()),
            "etcd.version" => etcd.version.map(|it| quoted(&it.to_string())),
            "etcd.peers" => etcd.peers.map(|it| scalar(it.word())),
            "etcd.token" => etcd.token.as_ref().map(|it| scalar(it.as_str())),
            "etcd.state" => etcd.state.map(|it| scalar(it.word())),
            "etcd.dataDir" => etcd.data_dir.as_ref().map(|it| scalar(it.as_str())),
            "etcd.binary" => etcd.binary.as_ref().map(|it| scalar(it.as_str())),
            "etcd.user" => etcd.user.as_ref().map(|it| scalar(it.as_str())),
            "podNetwork.plugin" => setup.pod_network.map(|it| scalar(it.word())),
            _ => None,
        }
    };
    let kind = OWN_KINDS.iter().find(|kind| kind.name == "Setup");
    let mut text = String::new();
    for section in kind.and_then(|kind| kind.fields).unwrap_or_default() {
        let Shape::Object(fields) = &section.shape else {
            continue;
        };
        if section.name == "etcd" && !cluster.has_external_etcd() {
            continue;
        }
        text.push_str(&format!("# {}\n{}:\n", section.description, section.name));
        for field in *fields {
            let value = said(&format!("{}.{}", section.name, field.name));
            let default = field.default.filter(|_| value.is_none());
            let default = default.map(|default| format!(". Default: {default}"));
            let comment = format!("{}{}", field.description, default.unwrap_or_default());
            text.push_str(&wrapped(&comment));
            let words = match &field.shape {
                Shape::Word(words) => words().join(" | "),
                _ => String::new(),
            };
            let line = match value {
                Some(value) => format!("  {}: {value}", field.name),
                None => format!("  # {}: {words}", field.name),
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// A comment in lines that fit a terminal.
fn wrapped(comment: &str) -> String {
    const WIDTH: usize = 96;
    let mut text = String::new();
    let mut width = 0;
    for word in comment.split(' ') {
        match width {
            0 => text.push_str("  #"),
            _ if width + word.len() >= WIDTH => {
                text.push_str("\n  #");
                width = 0;
            }
            _ => {}
        }
        text.push(' ');
        text.push_str(word);
        width += word.len() + 1;
    }
    text + "\n"
}

/// Nested maps, each path after those that share its beginning.
#[derive(Default)]
struct Tree(String, Vec<String>);

impl Tree {
    fn add(&mut self, path: &str, value: &str) {
        let indent = self.enter(path);
        self.0.push_str(&format!("{indent}: {}\n", scalar(value)));
    }

    fn add_list(&mut self, path: &str, values: &[String]) {
        let indent = self.enter(path);
        self.0.push_str(&format!("{indent}: {}\n", list(values)));
    }

    /// Opens the maps above a path; gives its last key with the space before it.
    fn enter(&mut self, path: &str) -> String {
        let mut keys: Vec<_> = path.split('.').map(str::to_owned).collect();
        let last = keys.pop().unwrap_or_default();
        let common = keys
            .iter()
            .zip(&self.1)
            .take_while(|(new, open)| new == open);
        let common = common.count();
        for (depth, key) in keys.iter().enumerate().skip(common) {
            self.0.push_str(&format!("{}{key}:\n", "  ".repeat(depth)));
        }
        let depth = keys.len();
        self.1 = keys;
        format!("{}{last}", "  ".repeat(depth))
    }
}

fn list(values: &[String]) -> String {
    let values: Vec<_> = values.iter().map(|value| scalar(value)).collect();
    format!("[{}]", values.join(", "))
}

/// A text as YAML reads it back: bare where nothing else could be meant.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._/+-".contains(&b);
    let (address, bits) = text.split_once('/').unwrap_or((text, "0"));
    let is_address = address.parse::<std::net::Ipv4Addr>().is_ok() && bits.parse::<u8>().is_ok();
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_word = WORDS.contains(&text.to_ascii_lowercase().as_str());
    let is_url = text.strip_prefix("https://").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| fits(b) || b == b':') && !rest.ends_with(':')
    });
    let is_plain = starts_well && !is_word && text.bytes().all(fits);
    match is_plain || is_address || is_url {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// In the double quotes of JSON, which are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::EtcdNaming;
    use crate::kubeadm::{ClusterFile, KubeadmDocuments};
    use crate::render::{RenderInput, render};
    use crate::setup::{HostPath, Setup};

    fn rendered(cluster: &Cluster, description: &SetupDescription) -> Result<usize, String> {
        let setup = Setup::resolve(cluster, description).map_err(|error| format!("{error:?}"))?;
        let input = RenderInput {
            cluster,
            setup: &setup,
            documents: &KubeadmDocuments::default(),
            naming: &EtcdNaming::Kubeadm,
            cert_dir: &HostPath::kubernetes_pki(),
            ca_hashes: &[],
            description: None,
        };
        let rendering = render(&input).map_err(|error| format!("{error:?}"))?;
        Ok(rendering.files.len())
    }

    proptest! {
        #[test]
        fn texts_are_read_back(text in "\\PC{1,20}|[a-z0-9.:/_+-]{1,12}|0x[0-9]{1,3}|[yno]{1,3}") {
            let document = format!("key: {}\nlist: {}\n", scalar(&text), list(&[text.clone(), text.clone()]));
            let nodes = crate::yaml::parse(document.as_bytes()).unwrap();
            let document = super::super::value::Value::document(&nodes[0]);
            let key = document.at("key").unwrap();
            prop_assert!(key.is_text());
            prop_assert_eq!(key.text(), text.as_str());
            for item in document.items("list") {
                prop_assert!(item.is_text());
                prop_assert_eq!(item.text(), text.as_str());
            }
        }

        /// Every version of kubeadm's configuration, any small cluster.
        #[test]
        fn what_is_written_says_the_same(
            minor in 10u16..=36,
            patch in prop::option::of(0u16..9),
            hosts in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 1..=5),
            is_external: bool,
            peers in prop::sample::select(crate::EtcdPeers::ALL.to_vec()),
            name in "[a-z]{1,8}|[a-z \"'#:]{1,8}|no|1\\.2",
            endpoint in prop::option::of(prop::sample::select(vec!["10.0.0.100:6443", "vip.k8s", "[fd00::1]:8443"])),
            virtual_ip in prop::option::of(prop::sample::select(vec!["10.0.0.100", "10.0.0.100/24"])),
            interface in prop::option::of(prop::sample::select(vec!["eth0", "on", "0x1", "br-1:2"])),
            priority in prop::option::of(2u8..250),
            pass in prop::option::of("[0-9a-z.+_-]{1,8}"),
        ) {
            let version = match patch {
                Some(patch) => format!("1.{minor}.{patch}"),
                None => format!("1.{minor}"),
            };
            let hosts = hosts.into_iter().zip(0u8..).map(|((control_plane, etcd, more), number)| {
                let mut host = Host::control_plane(format!("m{number}").parse().unwrap(), [10, 0, 0, number + 1].into());
                host.roles = crate::Roles { control_plane: control_plane || number == 0, etcd: is_external && (etcd || number == 0) };
                if more {
                    host.bind_port = 7443;
                    host.cert_sans = vec![SubjectAltName::parse_host("m.example.org").unwrap().value, SubjectAltName::Ip([192, 168, 0, number + 1].into())];
                }
                host
            });
            let mut cluster = Cluster::new(hosts.collect());
            cluster.name = name;
            cluster.kubernetes_version = version.parse().unwrap();
            cluster.control_plane_endpoint = endpoint.map(|it| it.parse().unwrap());
            cluster.pod_subnet = Some("10.244.0.0/16".parse().unwrap());
            let mut setup = SetupDescription::default();
            setup.load_balancer.virtual_ip = virtual_ip.map(|it| it.parse().unwrap());
            setup.load_balancer.interface = interface.map(|it| it.parse().unwrap());
            setup.load_balancer.auth_pass = pass.map(|it| it.parse().unwrap());
            setup.load_balancer.unicast = Some(true);
            setup.pod_network = Some(crate::setup::PodNetwork::Cilium);
            if let Some(priority) = priority {
                let description = HostDescription { interface: setup.load_balancer.interface.clone(), priority: crate::setup::Priority::new(priority) };
                setup.hosts.insert("m0".parse().unwrap(), description);
            }
            if is_external {
                setup.etcd.peers = Some(peers);
                setup.etcd.version = Some("3.5".parse().unwrap());
                cluster.etcd = Etcd::External(ExternalEtcd { peers, ..ExternalEtcd::default() });
            }
            let text = write(&cluster, &setup);
            let read = ClusterFile::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
            prop_assert_eq!(read.setup.as_ref(), Some(&setup));
            prop_assert_eq!(&read.cluster.hosts, &cluster.hosts);
            prop_assert_eq!(&read.cluster.name, &cluster.name);
            prop_assert_eq!(read.cluster.kubernetes_version, cluster.kubernetes_version);
            prop_assert_eq!(&read.cluster.control_plane_endpoint, &cluster.control_plane_endpoint);
            prop_assert_eq!(&read.cluster.pod_subnet, &cluster.pod_subnet);
            prop_assert_eq!(read.cluster.etcd_peers(), cluster.etcd_peers());
            prop_assert_eq!(read.cluster.has_external_etcd(), is_external);
            // Whatever can be rendered of what was told can be of what is written.
            if let Ok(files) = rendered(&cluster, &setup) {
                prop_assert_eq!(rendered(&read.cluster, &setup), Ok(files));
            }
        }
    }
}
