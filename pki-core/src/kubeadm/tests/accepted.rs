//! One file for each API version, and the configurations that kubeadm's own
//! trees were made with.

use super::{parse, remarks, v1beta2};
use crate::cluster::{Etcd, KubernetesVersion};
use crate::key::KeyAlgorithm;

const V1ALPHA1: &str = "\
apiVersion: kubeadm.k8s.io/v1alpha1
kind: MasterConfiguration
kubernetesVersion: v1.10.4
api:
  advertiseAddress: 10.0.1.11
  bindPort: 6443
nodeName: k8s-master-01
networking:
  podSubnet: 10.244.0.0/16
apiServerCertSANs: [10.0.1.10, 10.0.1.11, k8s-master-01, 127.0.0.1]
apiServerExtraArgs:
  endpoint-reconciler-type: lease
authorizationModes: [Node, RBAC]
token: b0f7b8.8d1767876297d85c
tokenTTL: 0s
cloudProvider: aws
noTaintMaster: true
etcd:
  endpoints: [\"https://10.0.2.21:2379\", \"https://10.0.2.22:2379\", \"https://10.0.2.23:2379\"]
  caFile: /etc/kubernetes/pki/etcd/ca.pem
  certFile: /etc/kubernetes/pki/etcd/client.pem
  keyFile: /etc/kubernetes/pki/etcd/client-key.pem
";

#[test]
fn v1alpha1() {
    let file = parse(V1ALPHA1);
    assert!(file.notes.is_empty(), "{:?}", remarks(&file));
    assert_eq!(file.cluster.kubernetes_version.minor(), 10);
    assert_eq!(file.cluster.apiserver_cert_sans.len(), 4);
    let [host] = &file.cluster.hosts[..] else {
        panic!("one host")
    };
    assert_eq!(host.name.as_str(), "k8s-master-01");
    assert_eq!(host.advertise_address.to_string(), "10.0.1.11");
    assert!(host.roles.control_plane && !host.roles.etcd);
    let Etcd::External(etcd) = &file.cluster.etcd else {
        panic!("external")
    };
    assert_eq!(etcd.endpoints[2], "https://10.0.2.23:2379");
    let files = etcd.client_files.as_ref().unwrap();
    assert_eq!(files.key_file, "/etc/kubernetes/pki/etcd/client-key.pem");
}

#[test]
fn v1alpha1_stacked() {
    let file = parse(
        "apiVersion: kubeadm.k8s.io/v1alpha1\nkind: MasterConfiguration\n\
         api: {advertiseAddress: 10.0.0.1, controlPlaneEndpoint: 'lb:8443'}\n\
         etcd: {serverCertSANs: [e1], peerCertSANs: [e2], caFile: /ca, dataDir: /d, extraArgs: {a: b}, image: x}\n\
         certificatesDir: /pki\n",
    );
    assert_eq!(file.cluster.kubernetes_version.minor(), 10);
    assert_eq!(file.certificates_dir.as_deref(), Some("/pki"));
    assert_eq!(
        file.cluster.control_plane_endpoint.unwrap().to_string(),
        "lb:8443"
    );
    assert!(
        matches!(&file.cluster.etcd, Etcd::Stacked { server_cert_sans, .. } if server_cert_sans.len() == 1)
    );
    assert!(file.cluster.hosts.is_empty() && file.local_host_name.is_none());
    assert_eq!(file.local_address.unwrap().to_string(), "10.0.0.1");
    let notes: Vec<_> = file.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "kubernetesVersion: no version is given and kubeadm would ask the network: v1.10 is assumed",
            "4:58: etcd.caFile: this has no effect: an etcd without endpoints is kubeadm's own",
        ]
    );
}

#[test]
fn v1alpha2() {
    let file = parse(
        "apiVersion: kubeadm.k8s.io/v1alpha2\nkind: MasterConfiguration\nkubernetesVersion: v1.11.3\n\
         api: {advertiseAddress: 10.0.0.1, controlPlaneEndpoint: lb}\nnodeRegistration: {name: m0}\n\
         apiServerCertSANs: [a.example.org]\netcd: {local: {serverCertSANs: [s], peerCertSANs: [p], image: ''}}\n\
         kubeProxy: {config: {mode: ipvs}}\nkubeletConfiguration: {baseConfig: {}}\n",
    );
    assert!(file.notes.is_empty(), "{:?}", remarks(&file));
    assert_eq!(file.cluster.hosts[0].name.as_str(), "m0");
    assert_eq!(file.cluster.apiserver_cert_sans.len(), 1);
    assert_eq!(
        file.cluster.control_plane_endpoint.unwrap().to_string(),
        "lb"
    );
}

#[test]
fn v1alpha3() {
    let file = parse(
        "apiVersion: kubeadm.k8s.io/v1alpha3\nkind: InitConfiguration\n\
         apiEndpoint: {advertiseAddress: 10.0.0.1, bindPort: 8443}\nnodeRegistration: {name: m0}\n---\n\
         apiVersion: kubeadm.k8s.io/v1alpha3\nkind: ClusterConfiguration\nkubernetesVersion: 'v1.12.0'\n\
         apiServerCertSANs: [a.example.org]\ncontrolPlaneEndpoint: 10.0.0.9:6443\n\
         etcd: {external: {endpoints: ['http://10.0.0.1:2379'], caFile: '', certFile: '', keyFile: ''}}\n",
    );
    assert!(file.notes.is_empty(), "{:?}", remarks(&file));
    assert_eq!(file.cluster.hosts[0].bind_port, 8443);
    assert!(
        file.cluster.hosts[0].roles.etcd,
        "an endpoint is on this host"
    );
    assert!(matches!(file.cluster.etcd, Etcd::External(etcd) if etcd.client_files.is_none()));
}

#[test]
fn every_v1beta() {
    for (version, kubernetes) in [
        ("v1beta1", "v1.14.10"),
        ("v1beta2", "v1.20.2"),
        ("v1beta3", "v1.30.0"),
        ("v1beta4", "v1.36.0"),
    ] {
        let file = parse(&format!(
            "apiVersion: kubeadm.k8s.io/{version}\nkind: InitConfiguration\n\
             localAPIEndpoint: {{advertiseAddress: 10.0.1.11, bindPort: 6443}}\n\
             nodeRegistration: {{name: k8s-master-01, taints: []}}\n---\n\
             apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration\n\
             kubernetesVersion: {kubernetes}\ncontrolPlaneEndpoint: \"10.0.1.10:8443\"\n\
             networking: {{podSubnet: 10.244.0.0/16}}\n\
             apiServer:\n  certSANs: [10.0.1.10, 10.0.1.12]\n\
             etcd:\n  external:\n    endpoints: [\"https://10.0.2.21:2379\", \"https://[fd00::22]:2379\"]\n    \
             caFile: /etc/kubernetes/pki/etcd/ca.crt\n    certFile: /c\n    keyFile: /k\n---\n\
             apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nanything: [1]\n---\n\
             apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\n",
        ));
        assert!(file.notes.is_empty(), "{version}: {:?}", remarks(&file));
        assert_eq!(file.cluster.hosts.len(), 1, "{version}");
        assert!(file.cluster.has_external_etcd());
        assert_eq!(file.cluster.apiserver_cert_sans.len(), 2);
        assert_eq!(file.local_bind_port, Some(6443));
    }
}

#[test]
fn versions_that_are_assumed() {
    for (api_version, kind, minor) in [
        ("v1alpha1", "MasterConfiguration", 10),
        ("v1alpha2", "MasterConfiguration", 11),
        ("v1alpha3", "ClusterConfiguration", 12),
        ("v1beta1", "ClusterConfiguration", 20),
        ("v1beta2", "ClusterConfiguration", 26),
        ("v1beta3", "ClusterConfiguration", 36),
        ("v1beta4", "ClusterConfiguration", 36),
    ] {
        for line in [
            "",
            "kubernetesVersion: stable-1\n",
            "kubernetesVersion: ''\n",
        ] {
            let file = parse(&format!(
                "apiVersion: kubeadm.k8s.io/{api_version}\nkind: {kind}\n{line}"
            ));
            assert_eq!(
                file.cluster.kubernetes_version.minor(),
                minor,
                "{api_version}"
            );
            assert_eq!(file.notes.len(), 1);
        }
    }
}

#[test]
fn versions_and_their_notes() {
    let read = |api_version: &str, version: &str| {
        let file = parse(&format!(
            "apiVersion: kubeadm.k8s.io/{api_version}\nkind: ClusterConfiguration\nkubernetesVersion: {version}\n"
        ));
        (file.cluster.kubernetes_version.minor(), remarks(&file))
    };
    assert_eq!(
        read("v1beta2", "1.20"),
        (20, vec!["3:20: kubernetesVersion: kubeadm refuses a version without quotes: write \"v1.20\"".to_owned()])
    );
    assert_eq!(read("v1beta2", "\"1.20\""), (20, vec![]));
    assert_eq!(read("v1beta2", "stable-1.21").0, 21);
    assert_eq!(
        read("v1beta3", "v1.20.2"),
        (
            20,
            vec!["3:20: kubernetesVersion: kubeadm v1.20.2 does not read v1beta3".to_owned()]
        )
    );
    assert_eq!(
        read("v1beta4", "v1.40.0"),
        (
            40,
            vec![
                "3:20: kubernetesVersion: v1.40.0 is newer than v1.36, whose rules are applied"
                    .to_owned()
            ]
        )
    );
    assert_eq!(
        read("v1beta4", "latest"),
        (36, vec!["3:20: kubernetesVersion: kubeadm would ask the network what 'latest' is: v1.36 is assumed".to_owned()])
    );
}

/// Each case of the vectors: the part of the cluster document that is special.
#[test]
fn the_vectors() {
    let init = |name: &str, address: &str| {
        format!(
            "apiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: {address}\n  bindPort: 6444\nnodeRegistration:\n  name: {name}\n  criSocket: /run/containerd/containerd.sock\n---\n"
        )
    };
    let read =
        |name: &str, address: &str, lines: &str| parse(&(init(name, address) + &v1beta2(lines)));

    let file = read("master1", "192.168.10.11", "");
    let host = &file.cluster.hosts[0];
    assert_eq!((host.name.as_str(), host.bind_port), ("master1", 6444));
    assert!(file.notes.is_empty());
    assert_eq!(file.cluster.kubernetes_version.to_string(), "v1.20.2");

    let file = read(
        "cp-a",
        "172.16.5.20",
        "controlPlaneEndpoint: \"k8s-api.example.com:8443\"",
    );
    assert_eq!(
        file.cluster.control_plane_endpoint.unwrap().url(6444),
        "https://k8s-api.example.com:8443"
    );

    let lines = "\
apiServer:
  certSANs:
  - 203.0.113.7
  - \"2001:db8::7\"
  - \"2001:0db8:0000:0000:0000:0000:0000:0007\"
  - api.example.org
  - \"*.k8s.example.org\"
  - kubernetes
  - 192.168.10.11
  - a.example.org
  - api.example.org
etcd:
  local:
    serverCertSANs:
    - etcd.example.org
    - 198.51.100.9
    - localhost
    peerCertSANs:
    - peer.example.org
    - \"fd00::9\"
    - 127.0.0.1";
    let file = read("master1", "192.168.10.11", lines);
    let sans: Vec<_> = file
        .cluster
        .apiserver_cert_sans
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        sans,
        [
            "IP:203.0.113.7",
            "IP:2001:db8::7",
            "IP:2001:db8::7",
            "DNS:api.example.org",
            "DNS:*.k8s.example.org",
            "DNS:kubernetes",
            "IP:192.168.10.11",
            "DNS:a.example.org",
            "DNS:api.example.org",
        ]
    );
    let Etcd::Stacked {
        server_cert_sans,
        peer_cert_sans,
    } = &file.cluster.etcd
    else {
        panic!("stacked")
    };
    assert_eq!((server_cert_sans.len(), peer_cert_sans.len()), (3, 3));
    assert_eq!(remarks(&file).len(), 1, "the wildcard");

    let lines = "featureGates:\n  IPv6DualStack: true\nnetworking:\n  serviceSubnet: \"10.96.0.0/16,fd00:10:96::/112\"\n  podSubnet: \"10.244.0.0/16,fd00:10:244::/56\"";
    let file = read("master1", "192.168.10.11", lines);
    assert_eq!(
        file.cluster.service_subnet.first_address().to_string(),
        "10.96.0.1"
    );
    assert!(file.notes.is_empty());

    let lines = "clusterName: prod-eu\nnetworking:\n  dnsDomain: corp.internal\n  serviceSubnet: 172.30.7.9/20";
    let file = read("node-1.example.net", "10.20.30.40", lines);
    assert_eq!(file.cluster.name, "prod-eu");
    assert_eq!(file.cluster.dns_domain.as_str(), "corp.internal");
    assert_eq!(
        file.cluster.service_subnet.first_address().to_string(),
        "172.30.0.1"
    );

    let file = read(
        "master1",
        "192.168.10.11",
        "controlPlaneEndpoint: lb.example.com:6443\napiServer:\n  certSANs: [lb.example.com, 192.168.10.11]",
    );
    assert_eq!(file.cluster.apiserver_cert_sans.len(), 2);

    let lines = "etcd:\n  local:\n    serverCertSANs:\n    - \"10.0.0.6\"\n    peerCertSANs:\n    - \"10.0.0.6\"\n    extraArgs:\n      name: infra0\n      initial-cluster: infra0=https://10.0.0.6:2380,infra1=https://10.0.0.7:2380\n      initial-cluster-state: new";
    assert!(read("infra0", "10.0.0.6", lines).notes.is_empty());
}

#[test]
fn v1beta4_of_its_own() {
    let file = parse(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.0\n\
         encryptionAlgorithm: ECDSA-P256\ncertificateValidityPeriod: 2160h\ncaCertificateValidityPeriod: 175200h0m0s\n\
         proxy: {disabled: true}\ndns: {disabled: false}\n\
         apiServer: {extraArgs: [{name: v, value: '2'}], extraEnvs: [], certSANs: null}\n\
         etcd:\n  local:\n    extraArgs:\n    - name: initial-cluster-state\n      value: new\n---\n\
         apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\nforce: true\n---\n\
         apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n---\n\
         apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ntimeouts: {etcdAPICall: 2m}\n",
    );
    assert_eq!(file.cluster.key_algorithm, KeyAlgorithm::EcdsaP256);
    assert_eq!(
        file.cluster.kubeconfig_key_algorithm,
        KeyAlgorithm::EcdsaP256
    );
    assert_eq!(file.cluster.validity_seconds, 90 * 86_400);
    assert_eq!(file.cluster.ca_validity_seconds, 20 * 365 * 86_400);
    assert_eq!(
        remarks(&file),
        [
            "6:30: caCertificateValidityPeriod: this is longer than kubeadm's default of 3650 days, and kubeadm warns"
        ]
    );
}

#[test]
fn the_feature_gate_for_ecdsa() {
    let read = |api_version: &str, kubernetes: &str, more: &str| {
        let file = parse(&format!(
            "apiVersion: kubeadm.k8s.io/{api_version}\nkind: ClusterConfiguration\nkubernetesVersion: {kubernetes}\nfeatureGates: {{PublicKeysECDSA: true}}\n{more}"
        ));
        let cluster = &file.cluster;
        (
            cluster.key_algorithm,
            cluster.kubeconfig_key_algorithm,
            file.notes.len(),
        )
    };
    use KeyAlgorithm::{EcdsaP256, Rsa2048};
    assert_eq!(read("v1beta2", "v1.20.2", ""), (EcdsaP256, Rsa2048, 0));
    assert_eq!(read("v1beta3", "v1.30.2", ""), (EcdsaP256, Rsa2048, 0));
    assert_eq!(read("v1beta3", "v1.31.0", ""), (EcdsaP256, EcdsaP256, 0));
    assert_eq!(read("v1beta2", "v1.18.0", ""), (EcdsaP256, Rsa2048, 1));
    assert_eq!(
        read("v1beta4", "v1.31.0", "encryptionAlgorithm: RSA-4096\n"),
        (EcdsaP256, EcdsaP256, 1)
    );
    let p384 = parse(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.31.0\nencryptionAlgorithm: ECDSA-P384\n",
    );
    assert_eq!(
        remarks(&p384),
        [
            "4:22: encryptionAlgorithm: kubeadm v1.31.0 does not know ECDSA-P384, which came with v1.34"
        ]
    );
}

#[test]
fn json_is_yaml() {
    let file = parse(
        "{\n\t\"apiVersion\": \"kubeadm.k8s.io/v1beta3\", \"kind\": \"ClusterConfiguration\",\n\t\"kubernetesVersion\": \"v1.30.0\", \"apiServer\": {\"certSANs\": [\"API.example.org\", \"010.0.0.x\"]}}",
    );
    assert_eq!(
        remarks(&file),
        [
            "3:61: apiServer.certSANs[0]: 'API.example.org' is written in lower case; register the node under the lower-case name too"
        ]
    );
}

#[test]
fn the_newest_version_is_the_cores() {
    assert_eq!(
        crate::kubeadm::schema::API_VERSIONS
            .last()
            .map(|newest| newest.last_reader),
        Some(KubernetesVersion::NEWEST.minor())
    );
}
