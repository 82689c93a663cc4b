use proptest::prelude::*;

use super::*;

fn pod(containers: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{containers}")
}

fn read(text: &str) -> StaticPod {
    StaticPod::parse(text.as_bytes()).unwrap().unwrap()
}

fn value<'a>(pod: &'a StaticPod, name: &str) -> Option<&'a str> {
    pod.flags.get(name).map(|flag| flag.value.as_str())
}

#[test]
fn flags_in_all_spellings() {
    let text = pod(r#"  - image: registry.k8s.io/kube-apiserver:v1.20.2
    command:
    - /usr/local/bin/kube-apiserver
    - --advertise-address=10.0.0.11
    - "--secure-port"
    - "6443"
    - '--service_cluster_ip_range=10.96.0.0/12,fd00::/108'
    - --allow-privileged
    - --etcd-servers=https://a:2379
    args: [--etcd-servers, "https://b:2379,https://c:2379", --tls-cert-file=/old, --tls-cert-file=/new]
  - name: other
    command: [kube-vip]
"#);
    let pod = read(&text);
    assert_eq!(pod.component, Component::ApiServer);
    assert_eq!(pod.image_tag(), Some("v1.20.2"));
    assert_eq!(value(&pod, "advertise-address"), Some("10.0.0.11"));
    assert_eq!(value(&pod, "secure-port"), Some("6443"));
    assert_eq!(value(&pod, "tls-cert-file"), Some("/new"));
    assert_eq!(value(&pod, "allow-privileged"), None);
    assert_eq!(
        pod.flags.list("service-cluster-ip-range"),
        ["10.96.0.0/12", "fd00::/108"]
    );
    assert_eq!(
        pod.flags.list("etcd-servers"),
        ["https://a:2379", "https://b:2379", "https://c:2379"]
    );
    let position = pod.flags.get("advertise-address").unwrap().position;
    assert_eq!((position.line, position.column), (8, 7));
}

#[test]
fn only_components_with_certificates_are_read() {
    for other in [
        "",
        "[]",
        "kind: Pod\n",
        "kind: Pod\nspec: 7\n",
        "kind: Pod\nspec: {containers: {a: b}}\n",
        "kind: ConfigMap\nspec: {containers: [{name: etcd}]}\n",
        &pod("  - name: kube-vip\n    args: [manager, --etcd=1]\n"),
        &pod("  - name: haproxy\n    command: [haproxy, -f, kube-apiserver]\n"),
    ] {
        let parsed = StaticPod::parse(other.as_bytes()).unwrap();
        assert!(parsed.is_none(), "{other}");
    }
    let component = |container: &str| read(&pod(container)).component;
    assert_eq!(
        component("  - command: [/hyperkube, apiserver, --a=b]\n"),
        Component::ApiServer
    );
    assert_eq!(
        component("  - name: kube-controller-manager\n    command: [/bin/sh, -c, x]\n"),
        Component::ControllerManager
    );
    assert_eq!(
        component("  - command: [etcd, -name, e0]\n"),
        Component::Etcd
    );
}

#[test]
fn what_the_environment_decides_is_not_known() {
    let pod = read(&pod(
        "  - command: [etcd, -name=e0, '--listen-client-urls=https://$(POD_IP):2379', --data-dir=]\n",
    ));
    assert_eq!(value(&pod, "name"), Some("e0"));
    assert_eq!(value(&pod, "listen-client-urls"), None);
    assert_eq!(value(&pod, "data-dir"), None);
    assert!(pod.flags.list("listen-client-urls").is_empty());
}

#[test]
fn a_broken_manifest_is_refused_with_its_place() {
    let error = StaticPod::parse(b"kind: Pod\nspec: [\n").unwrap_err();
    assert!(error.to_string().starts_with("2:"), "{error}");
    assert_eq!(Component::of_file("etcd.yaml"), Some(Component::Etcd));
    assert_eq!(Component::of_file("etcd-backup.yaml"), None);
}

/// The kubelet says that no kind is registered.
#[test]
fn what_is_meant_as_a_pod_and_is_none_is_refused() {
    let text = |version: &str, kind: &str| {
        let spec = "spec:\n  containers:\n  - command: [etcd, --name=m1]\n";
        StaticPod::parse(format!("{version}kind: {kind}\n{spec}").as_bytes())
    };
    for (version, kind, line, path, right) in [
        ("apiVersion: v2\n", "Pod", 1, "apiVersion", "v1"),
        ("apiVersion: V1\n", "Pod", 1, "apiVersion", "v1"),
        ("apiVersion: v1\n", "pod", 2, "kind", "Pod"),
    ] {
        let error = text(version, kind).unwrap_err();
        assert_eq!(error.position.map(|it| it.line), Some(line), "{error}");
        assert_eq!(
            (error.path.as_str(), error.suggestion.as_deref()),
            (path, Some(right))
        );
    }
    assert!(text("apiVersion: v1\n", "Pod").unwrap().is_some());
    assert!(text("", "Pod").unwrap().is_some());
    assert!(text("apiVersion: withheld\n", "Pod").unwrap().is_some());
    assert!(
        text("apiVersion: apps/v1\n", "Deployment")
            .unwrap()
            .is_none()
    );
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_back(
        flags in prop::collection::vec(("[a-z]{1,8}(-[a-z]{1,8}){0,3}", "[!-~&&[^-]][ -~]{0,30}", 0..4u8), 0..12),
    ) {
        let mut text = pod("  - command:\n    - kube-apiserver\n");
        for (name, value, form) in &flags {
            let quoted = |text: String| serde_json::Value::from(text).to_string();
            let lines = match form {
                0 => vec![quoted(format!("--{name}={value}"))],
                1 => vec![quoted(format!("--{name}")), quoted(value.clone())],
                2 => vec![format!("'--{name}={}'", value.replace('\'', "''"))],
                _ => vec![quoted(format!("-{name}={value}"))],
            };
            for line in lines {
                text.push_str(&format!("    - {line}\n"));
            }
        }
        let pod = read(&text);
        let names: std::collections::BTreeSet<_> = flags.iter().map(|(name, ..)| name).collect();
        for name in names {
            let last = flags.iter().rev().find(|(other, ..)| other == name);
            let last = last.map(|(_, value, _)| value.as_str()).filter(|value| !value.contains("$("));
            prop_assert_eq!(value(&pod, name), last);
        }
    }

    #[test]
    fn reading_never_panics(
        bytes: Vec<u8>,
        text in "(kind: Pod\n|spec:\n|  containers:\n|  - command:\n|    - etcd\n|    - --|=|name|\n|'|\"|\\[|\\{|-| |: |&a |\\*a ){0,40}",
    ) {
        let _ = StaticPod::parse(&bytes);
        let _ = StaticPod::parse(text.as_bytes());
    }
}
