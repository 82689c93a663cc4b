//! What kubeadm could not do yet.

use super::*;

fn of_version(version: &str, endpoint: &str) -> Cluster {
    let mut cluster = cluster(endpoint);
    cluster.kubernetes_version = version.parse().unwrap();
    cluster
}

#[test]
fn a_stacked_etcd_of_several_hosts_needs_members_that_join() {
    for version in ["1.10.4", "1.11", "1.12.3"] {
        let old = of_version(version, "10.0.0.100");
        let question = asked(&old, &description());
        let field = if version == "1.10.4" {
            "etcd"
        } else {
            "etcd.external"
        };
        assert_eq!(
            question,
            format!(
                "{field}: kubeadm of Kubernetes v{version} joins no members to an etcd in its own pods, which 1.13 does: \
                 each of the 3 control plane hosts would start an etcd, and a cluster, of its own -> {field}.endpoints: \
                 [\"https://10.0.0.10:2379\", \"https://10.0.0.11:2379\", \"https://10.0.0.12:2379\"], \
                 or say --etcd external, or take Kubernetes 1.13 or later"
            )
        );
        resolve(
            &external(old.clone(), EtcdPeers::CommonName),
            &description(),
        );
        let mut one = old;
        one.hosts.truncate(1);
        one.control_plane_endpoint = None;
        resolve(&one, &SetupDescription::default());
    }
    resolve(&of_version("1.13", "10.0.0.100"), &description());
}

#[test]
fn whoever_joins_needs_the_shared_address() {
    let without_endpoint = |version: &str| {
        let mut cluster = external(of_version(version, ""), EtcdPeers::CommonName);
        cluster.apiserver_cert_sans = vec![crate::name::SubjectAltName::Ip([10, 0, 0, 100].into())];
        let mut described = of_kind(LoadBalancerKind::Keepalived);
        described.load_balancer.virtual_ip = Some("10.0.0.100".parse().unwrap());
        Setup::resolve(&cluster, &described)
    };
    assert!(without_endpoint("1.12").is_ok());
    let error = without_endpoint("1.13").unwrap_err();
    assert_eq!(error.field, "controlPlaneEndpoint");
}

#[test]
fn the_endpoint_of_1_10_is_a_host_alone() {
    let with = |version: &str, endpoint: &str, kind| {
        let cluster = external(of_version(version, endpoint), EtcdPeers::CommonName);
        Setup::resolve(&cluster, &of_kind(kind))
            .map_err(|error| format!("{error} -> {}", error.answer))
    };
    for endpoint in ["10.0.0.100", "10.0.0.100:6443"] {
        assert!(with("1.10.4", endpoint, LoadBalancerKind::Keepalived).is_ok());
    }
    let haproxy = LoadBalancerKind::KeepalivedHaproxy;
    assert_eq!(
        with("1.10.4", "10.0.0.100:8443", haproxy).unwrap_err(),
        "api.controlPlaneEndpoint: kubeadm of Kubernetes 1.10 takes no port there, which 1.11 does, and goes to the port \
         of the API server rather than to 8443 -> controlPlaneEndpoint: 10.0.0.100, and type: keepalived or another load balancer that keeps the port"
    );
    assert!(with("1.11", "10.0.0.100:8443", haproxy).is_ok());
    let external = LoadBalancerKind::External;
    let v6 = with("1.10.4", "[fd00::100]:6443", external).unwrap_err();
    assert!(
        v6.starts_with(
            "api.controlPlaneEndpoint: kubeadm of Kubernetes 1.10 takes no address of IPv6 there"
        ),
        "{v6}"
    );
    assert!(with("1.11", "[fd00::100]:6443", external).is_ok());
}

#[test]
fn kube_vip_needs_leases() {
    let of = |version: &str| {
        let cluster = external(of_version(version, "10.0.0.100"), EtcdPeers::CommonName);
        Setup::resolve(&cluster, &of_kind(LoadBalancerKind::KubeVip))
    };
    assert!(of("1.14").is_ok());
    assert_eq!(
        of("1.13").unwrap_err().to_string(),
        "loadBalancer.type: kube-vip needs leases of coordination.k8s.io/v1, which came with Kubernetes 1.14: this is v1.13"
    );
}
