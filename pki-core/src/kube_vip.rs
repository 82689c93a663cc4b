//! kube-vip's manifest: which virtual IP it moves, and whether it does. It takes its
//! settings from the flags of its container, and from the environment, which counts
//! more.

mod fault;

use std::net::IpAddr;

pub(crate) use fault::{KUBECONFIG, PodFault, PodFaultKind};

use crate::document::DocumentError;
use crate::static_pod::{header_fault, image_tag, is_nearly_pod};
use crate::yaml::{self, Content, Node};

/// A pod that runs kube-vip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KubeVip {
    /// The line of the container.
    pub(crate) line: usize,
    /// `address`, or `vip_address` of old versions, as it is written.
    pub(crate) address: Option<Setting>,
    pub(crate) port: Option<Setting>,
    pub(crate) interface: Option<Setting>,
    /// Whether it moves the control plane's address.
    pub(crate) control_plane: Option<Setting>,
    /// Whether it announces addresses of services.
    pub(crate) services: Option<Setting>,
    pub(crate) leader_election: Option<Setting>,
    /// Whether it announces the address by ARP, and not by BGP or a table of routes.
    pub(crate) arp: Option<Setting>,
    pub(crate) lease: Option<Setting>,
    pub(crate) bgp: Option<Setting>,
    pub(crate) routing_table: Option<Setting>,
    /// The namespace of its lease.
    pub(crate) namespace: Option<Setting>,
    pub(crate) lease_duration: Option<Setting>,
    pub(crate) renew_deadline: Option<Setting>,
    /// What it is told to do: `manager`.
    pub(crate) command: Option<Setting>,
    /// Whether it asks the API server of its own host for its lease, at its own port.
    pub(crate) asks_own_port: bool,
    /// Whether it is told something that its host does not show.
    pub(crate) has_withheld: bool,
    /// The file of the host with which it asks the API server.
    pub(crate) kubeconfig: Option<Setting>,
    /// What keeps the pod from its work, whatever it is told.
    pub(crate) faults: Vec<PodFault>,
}

/// A value and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) line: usize,
}

impl Setting {
    /// As Go's `strconv.ParseBool` takes it.
    pub(crate) fn is_true(&self) -> bool {
        matches!(
            self.value.as_str(),
            "1" | "t" | "T" | "true" | "TRUE" | "True"
        )
    }
}

impl KubeVip {
    /// Reads a manifest; `None` if it runs something else.
    ///
    /// # Errors
    /// [`DocumentError`] for what the kubelet would not read either.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>, DocumentError> {
        let documents = yaml::parse(bytes)?;
        let mut found = documents
            .iter()
            .filter_map(|it| Some((it, Self::of_pod(it)?)));
        let found = found.find(|(document, _)| is_nearly_pod(document));
        match found.map(|(document, pod)| (header_fault(document), pod)) {
            Some((Some(fault), _)) => Err(fault),
            other => Ok(other.map(|(_, pod)| pod)),
        }
    }

    fn of_pod(pod: &Node) -> Option<Self> {
        let spec = pod.get("spec")?;
        let containers = spec.get("containers").map(Node::items).unwrap_or_default();
        let container = containers.iter().find(|it| is_kube_vip(it))?;
        let environment = container.get("env").map(Node::items).unwrap_or_default();
        let words = words(container);
        let setting = |name: &str, flags: &[&str]| {
            let is_it = |entry: &&Node| entry.get("name").and_then(Node::text) == Some(name);
            // Of two the last one counts.
            let entry = environment.iter().rev().find(is_it);
            let value = entry.and_then(|entry| entry.get("value"));
            value
                .and_then(Setting::of)
                .or_else(|| flags.iter().find_map(|flag| flag_of(&words, flag)))
        };
        // Of its own accord it asks kubernetes:PORT, up to 0.9; later ones go where the
        // kubeconfig leads.
        let image = container.get("image").and_then(Node::text);
        let is_early = image.and_then(image_tag).is_some_and(|it| {
            let version = it.strip_prefix('v').unwrap_or(it);
            version.starts_with("0.")
        });
        let is_led = setting("kubernetes_addr", &[]).is_some_and(|it| !it.value.is_empty())
            || setting("cp_detect", &["autodetectcp"]).is_some_and(|it| it.is_true())
            || flag_of(&words, "leaderElectionType").is_some_and(|it| it.value == "etcd");
        let is_withheld = |word: &&Setting| word.value.starts_with("--withheld");
        let mut commands = words.iter().filter(|it| !it.value.starts_with('-'));
        Some(Self {
            line: container.position.line,
            address: setting("address", &["address", "vip"])
                .or_else(|| setting("vip_address", &[])),
            port: setting("port", &["port"]),
            interface: setting("vip_interface", &["interface"]),
            control_plane: setting("cp_enable", &["controlplane"]),
            services: setting("svc_enable", &["services"]),
            leader_election: setting("vip_leaderelection", &["leaderElection"]),
            arp: setting("vip_arp", &["arp"]),
            lease: setting("vip_leasename", &["leaseName"]),
            bgp: setting("bgp_enable", &["bgp"]),
            routing_table: setting("vip_routingtable", &["table"]),
            namespace: setting("cp_namespace", &["namespace"]),
            lease_duration: setting("vip_leaseduration", &["leaseDuration"]),
            renew_deadline: setting("vip_renewdeadline", &["leaseRenewDuration"]),
            command: commands
                .find(|it| !it.value.starts_with('/') && it.value != "kube-vip")
                .cloned(),
            asks_own_port: is_early && !is_led,
            has_withheld: words.iter().any(|it| is_withheld(&it)),
            kubeconfig: kubeconfig(spec, container),
            faults: fault::find(spec, container),
        })
    }

    /// The virtual IP, if it is an address.
    pub(crate) fn virtual_ip(&self) -> Option<IpAddr> {
        self.address.as_ref()?.value.parse().ok()
    }
}

impl Setting {
    fn of(node: &Node) -> Option<Self> {
        Some(Self {
            value: node.text()?.to_owned(),
            line: node.position.line,
        })
    }
}

/// What the program is told; `command` may have its flags as well.
fn words(container: &Node) -> Vec<Setting> {
    let lists = ["command", "args"].into_iter();
    let lists = lists.filter_map(|key| container.get(key));
    let items = lists.flat_map(Node::items);
    items.filter_map(Setting::of).collect()
}

/// `--interface=eth0`, `--interface eth0`, or `--arp`, which is true by itself.
fn flag_of(words: &[Setting], name: &str) -> Option<Setting> {
    let mut found = None;
    for (index, word) in words.iter().enumerate() {
        let flag = word.value.strip_prefix("--");
        let (flag, value) = match flag.map(|it| it.split_once('=').unwrap_or((it, ""))) {
            Some((flag, value)) if flag == name => (flag, value),
            _ => continue,
        };
        let is_whole = word.value.len() == "--".len() + flag.len();
        let next = words.get(index + 1);
        let next = next.filter(|it| is_whole && !it.value.starts_with('-'));
        found = Some(match (is_whole, next) {
            (true, Some(next)) => next.clone(),
            (true, None) => Setting {
                value: "true".to_owned(),
                line: word.line,
            },
            (false, _) => Setting {
                value: value.to_owned(),
                line: word.line,
            },
        });
    }
    found
}

fn is_kube_vip(container: &Node) -> bool {
    let text = |key| container.get(key).and_then(Node::text).unwrap_or_default();
    // `ghcr.io/kube-vip/kube-vip:v0.9.2`, `plndr/kube-vip@sha256:…`.
    let image = text("image").rsplit('/').next().unwrap_or_default();
    let image = image.split([':', '@']).next().unwrap_or_default();
    text("name") == "kube-vip" || image == "kube-vip"
}

/// The host's file behind the volume that is mounted as a kubeconfig.
fn kubeconfig(spec: &Node, container: &Node) -> Option<Setting> {
    let mounts = container
        .get("volumeMounts")
        .map(Node::items)
        .unwrap_or_default();
    let volumes = spec.get("volumes").map(Node::items).unwrap_or_default();
    mounts.iter().find_map(|mount| {
        let place = mount.get("mountPath")?.text()?;
        let name = mount.get("name")?.text()?;
        let is_it = |volume: &&Node| volume.get("name").and_then(Node::text) == Some(name);
        let path = volumes.iter().find(is_it)?.get("hostPath")?.get("path")?;
        (place == KUBECONFIG).then(|| Setting::of(path))?
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: other\n  - name: vip\n    image: ghcr.io/kube-vip/kube-vip:v0.9.2\n    \
        env:\n    - {name: address, value: 10.0.0.1}\n    - name: address\n      value: 10.0.0.100\n    - {name: port, value: \"6443\"}\n    \
        - {name: cp_enable, value: \"true\"}\n    - {name: vip_nodename, valueFrom: {}}\n    volumeMounts:\n    - {name: k, mountPath: /etc/kubernetes/admin.conf}\n  \
        volumes:\n  - name: k\n    hostPath:\n      path: /etc/kubernetes/super-admin.conf\n";

    #[test]
    fn the_settings_are_those_of_the_environment() {
        let found = KubeVip::parse(TEXT.as_bytes()).unwrap().unwrap();
        assert_eq!(found.line, 6);
        assert_eq!(found.virtual_ip(), Some([10, 0, 0, 100].into()));
        assert_eq!(found.address.as_ref().map(|it| it.line), Some(11));
        assert_eq!(found.port.map(|it| it.value), Some("6443".to_owned()));
        assert!(found.control_plane.as_ref().is_some_and(Setting::is_true));
        let kubeconfig = found.kubeconfig.unwrap();
        assert_eq!(
            (kubeconfig.value.as_str(), kubeconfig.line),
            ("/etc/kubernetes/super-admin.conf", 20)
        );
        assert_eq!(found.interface, None);
        let other = TEXT.replace("kube-vip/kube-vip:", "kube-vip/other:");
        assert_eq!(KubeVip::parse(other.as_bytes()), Ok(None));
        assert!(KubeVip::parse(b"a: [").is_err());
    }

    #[test]
    fn flags_tell_the_same_and_the_environment_counts_more() {
        let text = "kind: Pod\nspec:\n  containers:\n  - name: kube-vip\n    args: [manager, --controlplane, --arp=true, --interface, eth0, --address=10.0.0.100]\n    \
            env:\n    - {name: vip_arp, value: \"false\"}\n";
        let found = KubeVip::parse(text.as_bytes()).unwrap().unwrap();
        assert!(found.control_plane.is_some_and(|it| it.is_true()));
        assert!(found.arp.is_some_and(|it| !it.is_true()));
        assert_eq!(found.interface.map(|it| it.value), Some("eth0".to_owned()));
        assert_eq!(found.command.map(|it| it.value), Some("manager".to_owned()));
        assert_eq!(found.address.map(|it| it.line), Some(5));
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes: Vec<u8>, at in 0..TEXT.len(), with in "[a-z: {}\n-]{0,4}") {
            let _ = KubeVip::parse(&bytes);
            let mut text = TEXT.to_owned();
            if text.is_char_boundary(at) {
                text.insert_str(at, &with);
            }
            let _ = KubeVip::parse(text.as_bytes());
        }
    }
}
