//! Which pod network, and in which ranges.

use super::*;

fn with(plugin: PodNetwork) -> SetupDescription {
    SetupDescription {
        pod_network: Some(plugin),
        ..description()
    }
}

/// A cluster of this version with an etcd of its own, since old ones need it.
fn of_version(version: &str, pods: &str) -> Cluster {
    let mut cluster = external(cluster("10.0.0.100"), EtcdPeers::CommonName);
    cluster.kubernetes_version = version.parse().unwrap();
    cluster.pod_subnet = (!pods.is_empty()).then(|| pods.parse().unwrap());
    cluster
}

#[test]
fn some_need_a_range() {
    let bare = of_version("1.36", "");
    assert_eq!(
        asked(&bare, &with(PodNetwork::Flannel)),
        "networking.podSubnet: which addresses do the pods have? flannel cannot do without a range -> podSubnet: 10.244.0.0/16"
    );
    assert!(asked(&bare, &with(PodNetwork::Cilium)).contains("cilium cannot do without a range"));
    let last = |cluster: &Cluster, plugin| notes(&resolve(cluster, &with(plugin))).pop();
    assert_eq!(
        last(&bare, PodNetwork::Calico).unwrap(),
        "networking.podSubnet is not given: calico takes 192.168.0.0/16 then, where no host may have its address"
    );
    let mut home = bare.clone();
    home.control_plane_endpoint = Some("192.168.1.100".parse().unwrap());
    for (host, number) in home.hosts.iter_mut().zip(10..) {
        host.advertise_address = [192, 168, 1, number].into();
    }
    assert!(asked(&home, &with(PodNetwork::Calico)).starts_with(
        "networking.podSubnet: which addresses do the pods have? without a range calico takes 192.168.0.0/16, where m0"
    ));
    assert_eq!(
        last(&of_version("1.10.4", ""), PodNetwork::Weave).unwrap(),
        "podNetwork.plugin: the project of weave is archived"
    );
}

#[test]
fn follow_the_version() {
    for (version, plugin, question) in [
        (
            "1.36",
            PodNetwork::Weave,
            "podNetwork.plugin: the project of weave is archived, and kpki knows it for Kubernetes 1.10 alone: this is v1.36 -> plugin: calico or flannel or cilium, or plugin: none for one of your own",
        ),
        (
            "1.10.4",
            PodNetwork::Calico,
            "podNetwork.plugin: kpki knows no release of calico for Kubernetes v1.10.4 -> plugin: flannel or weave, or plugin: none for one of your own",
        ),
        (
            "1.20",
            PodNetwork::Cilium,
            "podNetwork.plugin: kpki knows no release of cilium for Kubernetes v1.20 -> plugin: flannel, or plugin: none for one of your own",
        ),
    ] {
        let cluster = of_version(version, "10.244.0.0/16");
        assert_eq!(asked(&cluster, &with(plugin)), question);
        resolve(&cluster, &with(PodNetwork::None));
    }
    for (version, pods, plugin) in [
        ("1.10.4", "10.244.0.0/16", PodNetwork::Flannel),
        ("1.10.4", "", PodNetwork::Weave),
        ("1.20", "10.244.0.0/16", PodNetwork::Flannel),
        ("1.21", "10.244.0.0/16", PodNetwork::Calico),
        ("1.36", "", PodNetwork::Calico),
    ] {
        let setup = resolve(&of_version(version, pods), &description());
        assert_eq!(setup.pod_network, plugin, "{version} {pods}");
    }
    let open = asked(&of_version("1.15", ""), &description());
    assert!(open.contains("flannel cannot do without a range"), "{open}");
}

#[test]
fn pods_are_no_hosts_and_have_a_family_of_theirs() {
    let asked = |pods: &str, plugin| asked(&of_version("1.20", pods), &with(plugin));
    assert!(asked("10.0.0.0/28", PodNetwork::Flannel).starts_with(
        "networking.podSubnet: 10.0.0.10, the address of m0, lies in 10.0.0.0/28: a pod could have it too"
    ));
    assert!(
        asked("fd00:10:244::/56", PodNetwork::Flannel)
            .starts_with("networking.podSubnet: fd00:10:244::/56 has no range of the family of")
    );
    let both = of_version("1.16", "10.244.0.0/16,fd00:10:244::/56");
    assert!(
        super::asked(&both, &with(PodNetwork::Flannel)).starts_with(
            "podNetwork.plugin: flannel of the time of this Kubernetes knows IPv4 alone"
        )
    );
    resolve(
        &of_version("1.36", "10.244.0.0/16,fd00:10:244::/56"),
        &with(PodNetwork::Calico),
    );
}
