//! Every refusal of kubeadm's own, with the place.

use super::{refusal, remarks, v1beta2};
use crate::kubeadm::ClusterFile;

#[test]
fn what_kubeadm_refuses_in_a_cluster() {
    for (lines, expected) in [
        (
            "apiServer: {certSANs: [api_1.example.com]}",
            "4:24: apiServer.certSANs[0]: 'api_1.example.com' contains an underscore, which RFC 1123 and kubeadm refuse in a host name",
        ),
        (
            "apiServer: {certSANs: [\"api.example.com:6443\"]}",
            "4:24: apiServer.certSANs[0]: 'api.example.com:6443' has a port or brackets: write 'api.example.com' -> api.example.com",
        ),
        (
            "apiServer: {certSANs: [\"https://api.example.com\"]}",
            "4:24: apiServer.certSANs[0]: 'https://api.example.com' is a URL: only its host 'api.example.com' can be named -> api.example.com",
        ),
        (
            "apiServer: {certSANs: [\"\"]}",
            "4:24: apiServer.certSANs[0]: the name is empty",
        ),
        (
            "apiServer: {certSANs: [\"[fd00::1]\"]}",
            "4:24: apiServer.certSANs[0]: '[fd00::1]' has a port or brackets: write 'fd00::1' -> fd00::1",
        ),
        (
            "apiServer: {certSANs: [\"api.example.com.\"]}",
            "4:24: apiServer.certSANs[0]: 'api.example.com.' ends with a dot: write 'api.example.com' -> api.example.com",
        ),
        (
            "apiServer: {certSANs: [\"api.*.example.com\"]}",
            "4:24: apiServer.certSANs[0]: 'api.*.example.com': a wildcard must be the whole first label, as in '*.k8s.internal'",
        ),
        (
            "apiServer: {certSANs: [a.example.com, \"10.0.0.0/8\"]}",
            "4:39: apiServer.certSANs[1]: '10.0.0.0/8' is a range: a certificate names single addresses",
        ),
        (
            "apiServer: {certSANs: [\"010.000.000.001\"]}",
            "4:24: apiServer.certSANs[0]: '010.000.000.001' looks like an IPv4 address but is not one",
        ),
        (
            "apiServer: {certSANs: [\"fe80::1%eth0\"]}",
            "4:24: apiServer.certSANs[0]: 'fe80::1%eth0' has a zone: a link-local address is not routable and its zone cannot be in a certificate",
        ),
        (
            "apiServer:\n  certSANs: [\"10.0.0.1,10.0.0.2\"]",
            "5:14: apiServer.certSANs[0]: '10.0.0.1,10.0.0.2' is a list in one string: write 2 separate values -> \"10.0.0.1\" and \"10.0.0.2\"",
        ),
        (
            "controlPlaneEndpoint: \"https://lb:6443\"",
            "4:23: controlPlaneEndpoint: 'https://lb:6443' is a URL: only its host 'lb' can be named -> lb:6443",
        ),
        (
            "controlPlaneEndpoint: \"lb:99999\"",
            "4:23: controlPlaneEndpoint: '99999' is not a port from 1 to 65535",
        ),
        (
            "controlPlaneEndpoint: \"[fd00::1]\"",
            "4:23: controlPlaneEndpoint: '[fd00::1]' has a port or brackets: write 'fd00::1' -> fd00::1",
        ),
        (
            "networking: {serviceSubnet: 10.96.0.0/29}",
            "4:29: networking.serviceSubnet: '10.96.0.0/29' is not a range of service addresses: the range is too small: Kubernetes needs ten addresses or more",
        ),
        (
            "networking: {serviceSubnet: 10.0.0.0/8}",
            "4:29: networking.serviceSubnet: '10.0.0.0/8' is not a range of service addresses: the range is too large: the mask must keep 20 host bits or fewer",
        ),
        (
            "networking: {serviceSubnet: 10.96.0.0}",
            "4:29: networking.serviceSubnet: '10.96.0.0' is not a range of service addresses: write ADDRESS/BITS, such as 10.96.0.0/12",
        ),
        (
            "networking: {dnsDomain: \"Cluster_Local\"}",
            "4:25: networking.dnsDomain: 'Cluster_Local' contains an underscore, which RFC 1123 and kubeadm refuse in a host name",
        ),
        (
            "networking: {dnsDomain: Cluster.Local}",
            "4:25: networking.dnsDomain: 'Cluster.Local' must be in lower case -> cluster.local",
        ),
        (
            "etcd: {local: {dataDir: /d}, external: {endpoints: [\"https://e:2379\"], caFile: /a, certFile: /b, keyFile: /c}}",
            "4:7: etcd: local and external exclude each other -> one of etcd.local and etcd.external",
        ),
        (
            "etcd: {external: {endpoints: [\"http://e:2379\"], caFile: /a, certFile: /b, keyFile: /c}}",
            "4:31: etcd.external.endpoints[0]: 'http://e:2379' must use https, because files for TLS are given -> https://e:2379",
        ),
        (
            "etcd: {external: {endpoints: [\"https://e:2379\"], caFile: /a, certFile: /b, keyFile: \"\"}}",
            "4:72: etcd.external.certFile: certFile and keyFile are given both or neither",
        ),
        (
            "etcd: {external: {endpoints: [\"https://e:2379\"], caFile: \"\", certFile: /b, keyFile: /c}}",
            "4:72: etcd.external.certFile: certFile and keyFile need caFile",
        ),
        (
            "etcd: {external: {endpoints: [\"https://e:2379\"], caFile: ca.pem, certFile: b.pem, keyFile: c.pem}}",
            "4:58: etcd.external.caFile: the path 'ca.pem' is not absolute",
        ),
        (
            "etcd: {external: {endpoints: []}}",
            "4:18: etcd.external: an external etcd has no endpoints -> endpoints: [\"https://HOST:2379\"]",
        ),
        (
            "etcd: {external: {endpoints: [e:2379]}}",
            "4:31: etcd.external.endpoints[0]: 'e:2379' is not the URL of an etcd -> https://e:2379",
        ),
        (
            "etcd: {external: {endpoints: [\"https://e:0\"]}}",
            "4:31: etcd.external.endpoints[0]: '0' is not a port from 1 to 65535",
        ),
        (
            "certificatesDir: pki",
            "4:18: certificatesDir: the path 'pki' is not absolute",
        ),
        (
            "clusterName: \"a\\nb\"",
            "4:14: clusterName: 'a\\nb' has a control character",
        ),
    ] {
        assert_eq!(refusal(&v1beta2(lines)), expected);
    }
}

#[test]
fn what_kubeadm_refuses_in_a_host() {
    let init = |lines: &str| {
        format!("apiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration\n{lines}\n")
    };
    for (lines, expected) in [
        (
            "nodeRegistration: {name: master_1}",
            "3:26: nodeRegistration.name: 'master_1' contains an underscore, which RFC 1123 and kubeadm refuse in a host name",
        ),
        (
            "nodeRegistration: {name: a..b}",
            "3:26: nodeRegistration.name: 'a..b' has an empty label",
        ),
        (
            "nodeRegistration: {name: 1234}",
            "3:26: nodeRegistration.name: '1234' is a number, and a text belongs here -> \"1234\"",
        ),
        (
            "nodeRegistration: {name: no}",
            "3:26: nodeRegistration.name: 'no' is a truth value, and a text belongs here -> \"no\"",
        ),
        (
            "localAPIEndpoint: {advertiseAddress: master1.example.com}",
            "3:38: localAPIEndpoint.advertiseAddress: 'master1.example.com' is not an IP address",
        ),
        (
            "localAPIEndpoint: {advertiseAddress: 127.0.0.1}",
            "3:38: localAPIEndpoint.advertiseAddress: '127.0.0.1' is a loopback address: no other host reaches this one there",
        ),
        (
            "localAPIEndpoint: {advertiseAddress: 'fe80::1'}",
            "3:38: localAPIEndpoint.advertiseAddress: 'fe80::1' is a link-local address: no other host reaches this one there",
        ),
        (
            "localAPIEndpoint: {bindPort: 70000}",
            "3:30: localAPIEndpoint.bindPort: '70000' is not a port from 1 to 65535",
        ),
        (
            "localAPIEndpoint: {bindPort: '6443'}",
            "3:30: localAPIEndpoint.bindPort: '6443' is a text, and a whole number belongs here",
        ),
    ] {
        assert_eq!(refusal(&init(lines)), expected);
    }
}

#[test]
fn wrong_types() {
    for (lines, expected) in [
        (
            "apiServer: {certSANs: a.b}",
            "4:23: apiServer.certSANs: 'a.b' is a text, and a list of texts belongs here -> [a.b]",
        ),
        (
            "apiServer: {certSANs: [1.5]}",
            "4:24: apiServer.certSANs[0]: '1.5' is a number, and a text belongs here -> \"1.5\"",
        ),
        (
            "apiServer: {certSANs: [~]}",
            "4:24: apiServer.certSANs[0]: this is nothing, and a value belongs here",
        ),
        (
            "apiServer: [certSANs]",
            "4:12: apiServer: this is a list, and a map of fields belongs here",
        ),
        (
            "clusterName: 012",
            "4:14: clusterName: '012' is a number, and a text belongs here -> \"012\"",
        ),
        (
            "featureGates: {PublicKeysECDSA: yes}",
            "4:33: featureGates.PublicKeysECDSA: 'yes' is a truth value, and true or false belongs here -> true",
        ),
        (
            "featureGates: {PublicKeysECDSA: \"true\"}",
            "4:33: featureGates.PublicKeysECDSA: 'true' is a text, and true or false belongs here -> true",
        ),
        (
            "etcd: {local: {extraArgs: [a]}}",
            "4:27: etcd.local.extraArgs: this is a list, and a map of names to values belongs here",
        ),
    ] {
        assert_eq!(refusal(&v1beta2(lines)), expected);
    }
    let v1beta4 = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    for (lines, expected) in [
        (
            "scheduler: {extraArgs: {v: '2'}}",
            "3:24: scheduler.extraArgs: this is a map, and a list of maps with name, value belongs here",
        ),
        (
            "encryptionAlgorithm: rsa-2048",
            "3:22: encryptionAlgorithm: unknown algorithm 'rsa-2048': kubeadm knows RSA-2048, RSA-3072, RSA-4096, ECDSA-P256, ECDSA-P384 -> RSA-2048",
        ),
        (
            "certificateValidityPeriod: 1y",
            "3:28: certificateValidityPeriod: '1y' has the unknown unit 'y': the units are ns, us, ms, s, m and h; write '8760h'",
        ),
        (
            "caCertificateValidityPeriod: -1h",
            "3:30: caCertificateValidityPeriod: '-1h' would end before it starts -> 87600h0m0s",
        ),
        (
            "kubernetesVersion: v1.9.0",
            "3:20: kubernetesVersion: 'v1.9.0' is not a version of Kubernetes from 1.10 on: write it as v1.36.0",
        ),
        (
            "kubernetesVersion: [1]",
            "3:20: kubernetesVersion: this is a list, and a version belongs here",
        ),
    ] {
        assert_eq!(refusal(&format!("{v1beta4}{lines}\n")), expected);
    }
}

#[test]
fn documents_that_do_not_fit() {
    let versions = "kubeadm.k8s.io/v1alpha1, kubeadm.k8s.io/v1alpha2, kubeadm.k8s.io/v1alpha3, kubeadm.k8s.io/v1beta1, kubeadm.k8s.io/v1beta2, kubeadm.k8s.io/v1beta3, kubeadm.k8s.io/v1beta4, kpki.dev/v1alpha1";
    let cluster = |version: &str| {
        format!("apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration\n")
    };
    let cases = [
        (String::new(), "no document of kubeadm.k8s.io or kpki.dev is in the file".to_owned()),
        (
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n".to_owned(),
            "no document of kubeadm.k8s.io or kpki.dev is in the file".to_owned(),
        ),
        ("just a text\n".to_owned(), "1:1: a document is a map of fields, and this is a text".to_owned()),
        ("kind: ClusterConfiguration\n".to_owned(), "1:1: the document has no apiVersion".to_owned()),
        ("apiVersion: kubeadm.k8s.io/v1beta2\n".to_owned(), "1:1: the document has no kind".to_owned()),
        (
            "apiVersion: kubeadm.k8s.io/v1beta5\nkind: ClusterConfiguration\n".to_owned(),
            format!("1:13: apiVersion: unknown apiVersion 'kubeadm.k8s.io/v1beta5': known are {versions} -> kubeadm.k8s.io/v1beta4"),
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\n".to_owned(),
            format!("1:13: apiVersion: unknown apiVersion 'v1': known are {versions} -> the text under data.ClusterConfiguration alone"),
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta2\nkind: MasterConfiguration\n".to_owned(),
            "2:7: kind: unknown kind 'MasterConfiguration': known here are InitConfiguration, ClusterConfiguration, JoinConfiguration, ClusterStatus -> apiVersion kubeadm.k8s.io/v1alpha1".to_owned(),
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfig\n".to_owned(),
            "2:7: kind: unknown kind 'ClusterConfig': known here are InitConfiguration, ClusterConfiguration, JoinConfiguration, ResetConfiguration, UpgradeConfiguration".to_owned(),
        ),
        (
            "apiVersion: kpki.dev/v1alpha1\nkind: Host\n".to_owned(),
            "2:7: kind: unknown kind 'Host': known here are Hosts, Setup -> Hosts".to_owned(),
        ),
        (
            cluster("v1beta2") + "---\n" + &cluster("v1beta2"),
            "5:7: kind: there are two documents of the kind 'ClusterConfiguration'".to_owned(),
        ),
        (
            cluster("v1beta2") + "---\n" + &cluster("v1beta3"),
            "5:7: kind: there are two documents of the kind 'ClusterConfiguration'".to_owned(),
        ),
        (
            cluster("v1beta2") + "---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n",
            "4:13: apiVersion: 'v1beta2' and 'v1beta3' are mixed in one file -> kubeadm.k8s.io/v1beta2".to_owned(),
        ),
        (
            cluster("v1beta2") + "clusterName: a\nclusterName: b\n",
            "4:1: clusterName: the key 'clusterName' stands twice, first at 3:1".to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(&text), expected);
    }
}

#[test]
fn what_kubeadm_accepts() {
    for (lines, note) in [
        (
            "apiServer: {certSANs: [API.example.com]}",
            Some("written in lower case"),
        ),
        ("controlPlaneEndpoint: \"fd00::1\"", None),
        (
            "controlPlaneEndpoint: LB.example.com:6443",
            Some("written in lower case"),
        ),
        (
            "networking: {serviceSubnet: \"10.96.0.0/16,fd00::/112\"}",
            Some("IPv6DualStack"),
        ),
        ("etcd:\n", None),
        (
            "etcd: {external: {endpoints: [\"https://e:2379\"], caFile: /a, certFile: \"\", keyFile: \"\"}}",
            None,
        ),
    ] {
        let file = ClusterFile::parse(v1beta2(lines).as_bytes()).unwrap();
        match note {
            Some(note) => assert!(remarks(&file)[0].contains(note), "{lines}"),
            None => assert!(file.notes.is_empty(), "{lines}: {:?}", remarks(&file)),
        }
    }
}
