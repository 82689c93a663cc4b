//! kube-vip: the virtual IP from a static pod on every control plane host.

use std::net::IpAddr;

use super::{RenderError, RenderInput, RenderPlace, RenderedKind, Rendering};
use crate::cluster::KubernetesVersion;
use crate::setup::InterfaceName;
use crate::yaml::{self, Value};

const IMAGE: &str = "ghcr.io/kube-vip/kube-vip:v0.9.2";

/// The first Kubernetes whose admin.conf may do nothing until the first host is
/// set up (kubeadm#2414, kube-vip#684).
const SUPER_ADMIN: u16 = 29;

/// The manifest of every host of the control plane. Its port is that of the host's own
/// API server, which kube-vip asks for its lease.
pub(super) fn render(
    input: &RenderInput<'_>,
    virtual_ip: IpAddr,
    interfaces: &[InterfaceName],
    rendering: &mut Rendering,
) -> Result<(), RenderError> {
    let hosts = input.control_plane().zip(interfaces).enumerate();
    for (position, ((index, host), interface)) in hosts {
        let manifest = manifest(
            virtual_ip,
            interface,
            host.bind_port,
            kubeconfig(input.cluster.kubernetes_version, position == 0),
        );
        let text = yaml::write(&[manifest]).map_err(|error| RenderError::Template {
            file: "kube-vip.yaml",
            why: error.to_string(),
        })?;
        let text = format!("# Rendered by kpki from the description of the cluster.\n{text}");
        rendering.add(RenderPlace::Host(index), RenderedKind::KubeVip, text);
    }
    Ok(())
}

/// With what it may ask the API server for its lease.
pub(super) fn kubeconfig(version: KubernetesVersion, first: bool) -> &'static str {
    match first && version.is_at_least(SUPER_ADMIN) {
        true => "/etc/kubernetes/super-admin.conf",
        false => "/etc/kubernetes/admin.conf",
    }
}

/// The manifest as it is where `kubeadm init` is done: from then on `admin.conf`
/// has the rights, and a file with all of them is not needed.
#[must_use]
pub fn kube_vip_after_init(manifest: &str) -> String {
    manifest.replace("super-admin.conf", "admin.conf")
}

fn manifest(virtual_ip: IpAddr, interface: &InterfaceName, port: u16, kubeconfig: &str) -> Value {
    let bits = if virtual_ip.is_ipv4() { "32" } else { "128" };
    let variable = |(name, value): (&str, String)| {
        Value::map([("name", Value::text(name)), ("value", Value::Text(value))])
    };
    let mut environment: Vec<_> = [
        ("vip_arp", "true".to_owned()),
        ("port", port.to_string()),
        ("vip_interface", interface.to_string()),
        ("vip_subnet", bits.to_owned()),
        ("cp_enable", "true".to_owned()),
        ("cp_namespace", "kube-system".to_owned()),
        ("vip_leaderelection", "true".to_owned()),
        ("vip_leaseduration", "5".to_owned()),
        ("vip_renewdeadline", "3".to_owned()),
        ("vip_retryperiod", "1".to_owned()),
        ("address", virtual_ip.to_string()),
    ]
    .into_iter()
    .map(variable)
    .collect();
    let node_name = Value::map([("fieldPath", Value::text("spec.nodeName"))]);
    environment.push(Value::map([
        ("name", Value::text("vip_nodename")),
        ("valueFrom", Value::map([("fieldRef", node_name)])),
    ]));
    let capabilities = Value::map([
        ("add", Value::texts(["NET_ADMIN", "NET_RAW"])),
        ("drop", Value::texts(["ALL"])),
    ]);
    let container = Value::map([
        ("name", Value::text("kube-vip")),
        ("image", Value::text(IMAGE)),
        ("args", Value::texts(["manager"])),
        ("env", Value::List(environment)),
        (
            "securityContext",
            Value::map([("capabilities", capabilities)]),
        ),
        (
            "volumeMounts",
            Value::List(vec![Value::map([
                ("name", Value::text("kubeconfig")),
                ("mountPath", Value::text("/etc/kubernetes/admin.conf")),
            ])]),
        ),
    ]);
    // It asks the API server of its own host, by a name in its certificate.
    let alias = Value::map([
        ("ip", Value::text("127.0.0.1")),
        ("hostnames", Value::texts(["kubernetes"])),
    ]);
    let host_path = Value::map([
        ("path", Value::text(kubeconfig)),
        ("type", Value::text("File")),
    ]);
    let volume = Value::map([("name", Value::text("kubeconfig")), ("hostPath", host_path)]);
    Value::map([
        ("apiVersion", Value::text("v1")),
        ("kind", Value::text("Pod")),
        (
            "metadata",
            Value::map([
                ("name", Value::text("kube-vip")),
                ("namespace", Value::text("kube-system")),
            ]),
        ),
        (
            "spec",
            Value::map([
                ("hostNetwork", Value::Flag(true)),
                ("hostAliases", Value::List(vec![alias])),
                ("containers", Value::List(vec![container])),
                ("volumes", Value::List(vec![volume])),
            ]),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Content, Node};

    fn at<'a>(node: &'a Node, path: &str) -> &'a Node {
        path.split('.').fold(node, |node, key| match &node.content {
            Content::Map(entries) => {
                let found = entries.iter().find(|entry| entry.key == key);
                &found.unwrap_or_else(|| panic!("no {key}")).value
            }
            Content::List(items) => &items[key.parse::<usize>().unwrap()],
            _ => panic!("nothing below {key}"),
        })
    }

    /// The text, and whether YAML takes it for one.
    fn text(node: &Node) -> (&str, bool) {
        match &node.content {
            Content::Scalar { text, is_text } => (text, *is_text),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reader_of_yaml_finds_what_kube_vip_needs() {
        let interface = "bond0.7".parse().unwrap();
        for (address, bits) in [("10.0.0.100", "32"), ("fd00::100", "128")] {
            let manifest = manifest(address.parse().unwrap(), &interface, 8443, "/x/y.conf");
            let written = yaml::write(&[manifest]).unwrap();
            let read = yaml::parse(written.as_bytes()).unwrap();
            let [pod] = &read[..] else {
                panic!("{written}")
            };
            for (path, value) in [
                ("kind", ("Pod", true)),
                ("metadata.namespace", ("kube-system", true)),
                ("spec.hostNetwork", ("true", false)),
                ("spec.hostAliases.0.ip", ("127.0.0.1", true)),
                ("spec.containers.0.image", (IMAGE, true)),
                ("spec.containers.0.args.0", ("manager", true)),
                (
                    "spec.containers.0.volumeMounts.0.mountPath",
                    ("/etc/kubernetes/admin.conf", true),
                ),
                ("spec.volumes.0.hostPath.path", ("/x/y.conf", true)),
            ] {
                assert_eq!(text(at(pod, path)), value, "{path}");
            }
            let Content::List(variables) = &at(pod, "spec.containers.0.env").content else {
                panic!("{written}")
            };
            for (name, value) in [
                ("address", address),
                ("vip_subnet", bits),
                ("vip_interface", "bond0.7"),
                ("port", "8443"),
                ("cp_enable", "true"),
            ] {
                let mut named = variables.iter().filter(|it| text(at(it, "name")).0 == name);
                let variable = named.next().unwrap();
                // A pod whose variable is no text is refused.
                assert_eq!(text(at(variable, "value")), (value, true), "{name}");
            }
        }
    }

    #[test]
    fn only_the_first_host_starts_with_more_rights() {
        let of = |version: &str, first| kubeconfig(version.parse().unwrap(), first);
        assert_eq!(of("1.29", true), "/etc/kubernetes/super-admin.conf");
        for (version, first) in [("1.28", true), ("1.29", false)] {
            assert_eq!(of(version, first), "/etc/kubernetes/admin.conf");
        }
    }
}
