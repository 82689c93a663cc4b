//! kubeadm's configuration on the host.

use super::*;
use crate::copy::ClusterId;

const JOIN: &str = "kubeadm-join.yaml";

fn join(pin: &str) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    \
        apiServerEndpoint: 10.0.0.100:6443\n    token: s3cr.t\n    caCertHashes:\n    - {pin}\n"
    )
}

pub(super) const FAULTS: &[ServiceFault] = &[
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "advertiseAddress: 10.0.0.11",
            "advertiseAddress: here",
        );
    }),
    ServiceFault::new(&["kubeadm-config-name kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "advertiseAddress: 10.0.0.11",
            "advertiseAddress: 10.0.0.12",
        );
    }),
    ServiceFault::new(&["kubeadm-config-name kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "certSANs:\n",
            "certSANs:\n  - vip.k8s.internal\n",
        );
    }),
    ServiceFault::new(&["kubeadm-config-file kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "pki/etcd/ca.crt", "pki/etcd/ca.pem");
    }),
    // Whatever is wrong with it, a token is not told.
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("x").replace("token: s3cr.t", "token: s3cr.t: s3cr.t");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("x").replace("token: s3cr.t", "token: [s3cr.t");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-ca-hash kubeadm-join.yaml"], |t| {
        let text = join(&format!("sha256:{}", "0a".repeat(32)));
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
];

#[test]
fn the_pin_of_the_ca_is_right() {
    let mut tree = host_with_services();
    let ca = Certificate::from_pem(&text(&tree, "pki/ca.crt")).unwrap();
    let pin = ClusterId::of(ca.public_key().unwrap());
    put(
        &mut tree,
        JOIN,
        file(join(&pin.to_string()).as_bytes(), 0o600),
    );
    assert_eq!(found(&tree, &Expectation::from_tree(&tree)), [""; 0]);
}

#[test]
fn anothers_configuration_is_none_of_ours() {
    for text in ["a: [", "kind: Config\nusers: []\n", ""] {
        let mut tree = host_with_services();
        put(&mut tree, "config.yaml", file(text.as_bytes(), 0o600));
        assert_eq!(
            found(&tree, &Expectation::from_tree(&tree)),
            [""; 0],
            "{text}"
        );
    }
}
