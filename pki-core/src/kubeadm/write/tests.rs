use super::*;
use crate::kubeadm::ClusterFile;

fn written(file: &str) -> Result<Vec<String>, KubeadmWriteError> {
    let file = ClusterFile::parse(file.as_bytes()).expect("a cluster file");
    let etcd = EtcdConnection {
        endpoints: vec!["https://10.0.0.1:2379".to_owned()],
        files: EtcdClientFiles {
            ca_file: "/pki/ca".to_owned(),
            cert_file: "/pki/crt".to_owned(),
            key_file: "/pki/key".to_owned(),
        },
    };
    let writer = KubeadmWriter {
        cluster: &file.cluster,
        documents: &file.documents,
        certificates_dir: "/etc/kubernetes/pki",
        cert_sans: &[],
        etcd: Some(&etcd),
        ca_hashes: &[],
    };
    let hosts = &file.cluster.hosts;
    let first = writer.init(&hosts[0])?.text;
    let others = hosts[1..].iter().map(|host| writer.join(host));
    let mut texts = vec![first];
    for other in others {
        texts.push(other?.text);
    }
    Ok(texts)
}

const HOSTS: &str = "---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts:
- {name: m0, address: 10.0.0.1}
- {name: m1, address: 10.0.0.2}
- {name: w0, address: 10.0.0.9, roles: [worker]}
";

#[test]
fn own_fields_are_carried_over() {
    let own = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.1
controlPlaneEndpoint: vip:6443
imageRepository: registry.internal
apiServer:
  extraArgs: [{name: audit-log-maxage, value: '7'}]
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration: {name: m0, criSocket: unix:///run/x.sock, taints: []}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
";
    let hosts = "- {name: m0, address: 10.0.0.1, roles: [control-plane]}
- {name: m1, address: 10.0.0.2, roles: [control-plane]}
- {name: w0, address: 10.0.0.9, roles: [worker]}
";
    let file = format!("{own}---\napiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n{hosts}");
    let texts = written(&file).unwrap();
    assert_eq!(
        texts[0],
        "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  name: m0
  criSocket: unix:///run/x.sock
  taints: []
localAPIEndpoint:
  advertiseAddress: \"10.0.0.1\"
  bindPort: 6443
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.1
controlPlaneEndpoint: vip:6443
imageRepository: registry.internal
apiServer:
  extraArgs:
  - name: audit-log-maxage
    value: \"7\"
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
"
    );
    assert_eq!(
        texts[2],
        "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration:
  name: w0
  criSocket: unix:///run/x.sock
discovery:
  bootstrapToken:
    apiServerEndpoint: vip:6443
    token: TOKEN
    caCertHashes:
    - CA-HASH
"
    );
}

#[test]
fn facts_are_translated_and_the_rest_is_not_lost() {
    let of = |version: &str, more: &str| {
        let own = format!(
            "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n\
             kubernetesVersion: {version}\nnetworking: {{podSubnet: 10.244.0.0/16}}\n{more}"
        );
        let hosts = "hosts: [{name: m0, address: 10.0.0.1}]\n";
        written(&format!(
            "{own}---\napiVersion: kpki.dev/v1alpha1\nkind: Hosts\n{hosts}"
        ))
    };
    let head = |texts: Result<Vec<String>, KubeadmWriteError>| {
        let texts = texts.unwrap();
        texts[0].lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        head(of("v1.36.1", "")),
        "apiVersion: kubeadm.k8s.io/v1beta4"
    );
    let kept = of("v1.24.1", "imageRepository: r\n");
    assert_eq!(head(kept), "apiVersion: kubeadm.k8s.io/v1beta2");
    assert_eq!(
        of("v1.36.1", "imageRepository: r\n")
            .unwrap_err()
            .to_string(),
        "the file is of kubeadm.k8s.io/v1beta2, and kubeadm.k8s.io/v1beta4 has another place for imageRepository"
    );
    let spelling = of("v1.20.1", "apiServer: {extraArgs: {v: 012}}\n").unwrap_err();
    assert_eq!(
        spelling.to_string(),
        "apiServer.extraArgs.v: what '012' means depends on who reads it"
    );
}

#[test]
fn every_version_has_its_own_schema() {
    for (minor, api_version) in [
        (10, "v1alpha1"),
        (11, "v1alpha2"),
        (12, "v1alpha3"),
        (13, "v1beta1"),
        (14, "v1beta1"),
        (15, "v1beta2"),
        (21, "v1beta2"),
        (22, "v1beta3"),
        (30, "v1beta3"),
        (31, "v1beta4"),
        (36, "v1beta4"),
    ] {
        let version: KubernetesVersion = format!("1.{minor}.1").parse().unwrap();
        assert_eq!(best(version).name, api_version);
        let own = HOSTS.trim_start_matches("---\n");
        let mut file = ClusterFile::parse(own.as_bytes()).unwrap();
        file.cluster.kubernetes_version = version;
        let endpoint = "10.0.0.100:6443".parse().unwrap();
        file.cluster.control_plane_endpoint = Some(endpoint);
        file.cluster.hosts[0].roles.control_plane = true;
        let writer = KubeadmWriter {
            cluster: &file.cluster,
            documents: &file.documents,
            certificates_dir: "/etc/kubernetes/pki",
            cert_sans: &[],
            etcd: None,
            ca_hashes: &[],
        };
        let text = writer.init(&file.cluster.hosts[0]).unwrap().text;
        let again = ClusterFile::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(again.cluster.kubernetes_version, version);
        let host = again.cluster.control_plane_endpoint.unwrap();
        assert_eq!(host.url(6443), "https://10.0.0.100:6443");
        assert_eq!(again.local_host_name, Some("m0".parse().unwrap()));
        assert_eq!(again.local_address, Some([10, 0, 0, 1].into()));
        let text = writer.join(&file.cluster.hosts[2]).unwrap().text;
        assert!(text.contains("\ntoken: TOKEN\n") || text.contains("\n    token: TOKEN\n"));
        ClusterFile::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    }
}

#[test]
fn the_users_own_way_to_join_stays() {
    let own = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery: {file: {kubeConfigPath: /root/discovery.conf}}
controlPlane: {certificateKey: abc}
";
    let hosts = "hosts: [{name: m0, address: 10.0.0.1}, {name: m1, address: 10.0.0.2}, \
                 {name: w0, address: 10.0.0.3, roles: [worker]}]\n"
        .replace("0.1}", "0.1, roles: [control-plane]}")
        .replace("0.2}", "0.2, roles: [control-plane]}");
    let file = format!("{own}---\napiVersion: kpki.dev/v1alpha1\nkind: Hosts\n{hosts}");
    let texts = written(&file).unwrap();
    assert!(texts[1].contains("certificateKey: abc") && texts[1].contains("10.0.0.2"));
    assert!(!texts[2].contains("controlPlane"), "{}", texts[2]);
    for text in &texts[1..] {
        assert!(
            text.contains("kubeConfigPath") && !text.contains("TOKEN"),
            "{text}"
        );
    }
}

#[test]
fn a_kubelet_is_told_both_addresses_of_its_host() {
    let of = |version: &str, kubernetes: &str, arguments: &str| {
        let own = format!(
            "apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration\n\
             kubernetesVersion: {kubernetes}\ncontrolPlaneEndpoint: vip:6443\n\
             networking: {{podSubnet: '10.244.0.0/16,fd00:10:244::/56'}}\n---\n\
             apiVersion: kubeadm.k8s.io/{version}\nkind: InitConfiguration\n\
             nodeRegistration: {{{arguments}}}\n"
        );
        let hosts = "- {name: m0, addresses: [10.0.0.1, 'fd00::1']}\n\
                     - {name: m1, addresses: [10.0.0.2, 'fd00::2']}\n\
                     - {name: m2, address: 10.0.0.3}\n";
        written(&format!(
            "{own}---\napiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n{hosts}"
        ))
        .unwrap()
    };
    let new = of("v1beta4", "v1.36.1", "");
    for (text, addresses) in new.iter().zip(["10.0.0.1,fd00::1", "10.0.0.2,fd00::2"]) {
        let wanted = format!("  kubeletExtraArgs:\n  - name: node-ip\n    value: {addresses}\n");
        assert!(text.contains(&wanted), "{text}");
    }
    assert!(!new[2].contains("node-ip"), "{}", new[2]);
    let old = of("v1beta3", "v1.30.1", "kubeletExtraArgs: {v: '2'}");
    let wanted = "  kubeletExtraArgs:\n    v: \"2\"\n    node-ip: 10.0.0.1,fd00::1\n";
    assert!(old[0].contains(wanted), "{}", old[0]);
    let own = "kubeletExtraArgs: [{name: node-ip, value: 10.0.0.7}]";
    let own = of("v1beta4", "v1.36.1", own);
    assert_eq!(own[0].matches("node-ip").count(), 1, "{}", own[0]);
    for (text, address) in own.iter().zip(["10.0.0.7", "10.0.0.2", "10.0.0.3"]) {
        let wanted = format!("- name: node-ip\n    value: \"{address}\"\n");
        assert!(text.contains(&wanted), "{text}");
    }
    assert!(!of("v1beta2", "v1.19.1", "")[0].contains("node-ip"));
}

#[test]
fn what_is_said_of_one_host_is_not_said_of_another() {
    let of = |version: &str, kubernetes: &str, kind: &str, node: &str, joining: &str| {
        let own = format!(
            "apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration\n\
             kubernetesVersion: {kubernetes}\ncontrolPlaneEndpoint: vip:6443\n---\n\
             apiVersion: kubeadm.k8s.io/{version}\nkind: {kind}\nnodeRegistration: {{{node}}}\n"
        );
        let hosts = "- {name: m0, addresses: [10.0.0.1, 'fd00::1']}\n";
        let texts = written(&format!(
            "{own}---\napiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n{hosts}{joining}"
        ));
        let texts = texts.unwrap().into_iter();
        let unquoted = texts.map(|text| text.replace('"', ""));
        unquoted.collect::<Vec<_>>()
    };
    let joining = "- {name: m1, addresses: [10.0.0.2, 'fd00::2']}\n- {name: w0, address: 10.0.0.9, roles: [worker]}\n";
    let init = |node: &str| of("v1beta3", "v1.30.1", "InitConfiguration", node, joining);
    let both = init(
        "kubeletExtraArgs: {v: '2', hostname-override: m0, provider-id: a, node-ip: '10.0.0.1,fd00::1'}",
    );
    assert!(both[0].contains("hostname-override: m0") && both[0].contains("provider-id: a"));
    for (text, addresses) in both
        .iter()
        .zip(["10.0.0.1,fd00::1", "10.0.0.2,fd00::2", "10.0.0.9"])
    {
        let wanted = format!("    node-ip: {addresses}\n");
        assert!(text.contains(&wanted), "{text}");
        assert!(text.contains("    v: 2\n"), "{text}");
    }
    for text in &both[1..] {
        assert!(
            !text.contains("override") && !text.contains("provider"),
            "{text}"
        );
    }
    // It has no address of the family, and the kubelet finds one by itself.
    let other = init("kubeletExtraArgs: {node-ip: 'fd00::1'}");
    assert!(
        other[1].contains("fd00::2") && !other[2].contains("node-ip"),
        "{other:?}"
    );
    // These choose a family, or are no addresses.
    for any in ["0.0.0.0", "::", "TO-BE-FILLED-IN"] {
        let texts = init(&format!("kubeletExtraArgs: {{node-ip: '{any}'}}"));
        assert!(texts.iter().all(|text| text.contains(any)), "{texts:?}");
    }
    // The document is about the host that it names, and else about the one that joins.
    let join =
        |node: &str, joining: &str| of("v1beta4", "v1.36.1", "JoinConfiguration", node, joining);
    let arguments = "kubeletExtraArgs: [{name: node-ip, value: 10.9.9.9}]";
    let one = join(arguments, "- {name: m1, address: 10.0.0.2}\n");
    assert!(one[1].contains("value: 10.9.9.9"), "{}", one[1]);
    let named = join(&format!("name: m1, {arguments}"), joining);
    assert!(named[1].contains("value: 10.9.9.9"), "{}", named[1]);
    assert!(named[2].contains("value: 10.0.0.9"), "{}", named[2]);
    let none = join(arguments, joining);
    assert!(none[1].contains("value: 10.0.0.2") && none[2].contains("value: 10.0.0.9"));
}
