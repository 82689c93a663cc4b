//! No input makes the reader panic or work for long.

use proptest::prelude::*;

use crate::kubeadm::ClusterFile;

const VALID: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.1.11, bindPort: 6443}
nodeRegistration: &node {name: m0}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
controlPlaneEndpoint: \"lb.example.org:8443\"
networking: {serviceSubnet: '10.96.0.0/16,fd00:10:96::/112', dnsDomain: cluster.local}
certificateValidityPeriod: 8760h0m0s
apiServer:
  certSANs:
  - &name a.example.org
  - *name
  - \"fd00::1\"
etcd:
  external:
    endpoints: [\"https://[fd00::2]:2379\"]
    caFile: /ca
---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts: [{name: m0, address: 10.0.1.11, names: [x], roles: [control-plane]}]
";

#[test]
fn the_document_is_valid() {
    assert!(ClusterFile::parse(VALID.as_bytes()).is_ok());
}

#[test]
fn long_values_are_cut_in_messages() {
    let long = "x".repeat(1_000_000);
    let text =
        format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n{long}: 1\n");
    let error = ClusterFile::parse(text.as_bytes()).unwrap_err();
    assert!(
        error.to_string().len() < 1000,
        "{}",
        error.to_string().len()
    );
    let text = format!("apiVersion: {long}\nkind: {long}\n");
    let error = ClusterFile::parse(text.as_bytes()).unwrap_err();
    assert!(error.to_string().len() < 1000);
}

#[test]
fn many_hosts_and_endpoints_stay_fast() {
    let mut text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd: {external: {endpoints: [".to_owned();
    for index in 0..20_000 {
        text.push_str(&format!("\"http://e{index}\","));
    }
    text.push_str("]}}\n---\napiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n");
    for index in 0..4_000 {
        let (high, low) = (index / 250, index % 250);
        text.push_str(&format!(
            "- {{name: h{index}, address: 10.0.{high}.{low}}}\n"
        ));
    }
    // A quadratic reader would take minutes here.
    let file = ClusterFile::parse(text.as_bytes()).unwrap();
    assert_eq!(file.cluster.hosts.len(), 4_000);
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = ClusterFile::parse(&bytes);
    }

    #[test]
    fn any_yaml(text in "([a-c]: |- |\\[|\\]|\\{|\\}|, |&a |\\*a|!|!!str |'|\"|\\n|\\n  |---\\n|#|x|0|<<: |\\? ){0,60}") {
        let _ = ClusterFile::parse(text.as_bytes());
    }

    #[test]
    fn mutated_bytes(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let mut bytes = VALID.as_bytes().to_vec();
        for (at, byte, edit) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match edit {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                _ => bytes.truncate(at + 1),
            }
        }
        if let Err(error) = ClusterFile::parse(&bytes) {
            prop_assert!(error.to_string().chars().all(|c| !c.is_control()), "{error}");
        }
    }

    #[test]
    fn swapped_lines(first in any::<prop::sample::Index>(), second in any::<prop::sample::Index>()) {
        let mut lines: Vec<_> = VALID.lines().collect();
        let (first, second) = (first.index(lines.len()), second.index(lines.len()));
        lines.swap(first, second);
        let _ = ClusterFile::parse(lines.join("\n").as_bytes());
    }

    #[test]
    fn any_scalar(text in "\\PC{0,30}") {
        let quoted = format!("{text:?}");
        for field in ["clusterName", "kubernetesVersion", "controlPlaneEndpoint", "certificatesDir", "encryptionAlgorithm", "certificateValidityPeriod"] {
            let file = format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n{field}: {quoted}\n");
            let _ = ClusterFile::parse(file.as_bytes());
        }
    }
}
