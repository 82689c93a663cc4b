//! Our list of hosts, and the host that kubeadm's own part names.

use super::{parse, refusal, remarks, v1beta2};

const HEAD: &str = "apiVersion: kpki.dev/v1alpha1\nkind: Hosts\n";

const EXTERNAL: &str = "etcd:\n  external:\n    endpoints: [\"https://10.0.0.11:2379\", \"https://10.0.0.21:2379\"]\n    caFile: /ca\n    certFile: /c\n    keyFile: /k";

#[test]
fn a_list_alone() {
    let file = parse(&format!(
        "{HEAD}hosts:\n- name: m0\n  address: 10.0.0.10\n  addresses: [192.168.0.10, 'fd00::10']\n  names: [m0.example.org, Other]\n  roles: [control-plane]\n  bindPort: 7443\n- {{name: w0, addresses: [10.0.0.30], roles: [worker]}}\n"
    ));
    let [m0, w0] = &file.cluster.hosts[..] else {
        panic!("two hosts")
    };
    let sans: Vec<_> = m0.cert_sans.iter().map(ToString::to_string).collect();
    assert_eq!(
        sans,
        [
            "DNS:m0.example.org",
            "DNS:other",
            "IP:192.168.0.10",
            "IP:fd00::10"
        ]
    );
    assert_eq!((m0.bind_port, w0.bind_port), (7443, 6443));
    assert_eq!(w0.advertise_address.to_string(), "10.0.0.30");
    assert!(m0.roles.control_plane && !w0.roles.control_plane && !w0.roles.etcd);
    assert_eq!(file.notes.len(), 1);
    assert!(file.local_host_name.is_none());
}

#[test]
fn default_roles() {
    let hosts = format!(
        "---\n{HEAD}hosts: [{{name: m0, address: 10.0.0.10}}, {{name: m1, address: 10.0.0.9, addresses: [10.0.0.11]}}]\n"
    );
    let roles = |text: &str| -> Vec<_> {
        let hosts = parse(text).cluster.hosts;
        hosts
            .iter()
            .map(|host| (host.roles.control_plane, host.roles.etcd))
            .collect()
    };
    assert_eq!(
        roles(&(v1beta2("") + &hosts)),
        [(true, false), (true, false)]
    );
    assert_eq!(
        roles(&(v1beta2(EXTERNAL) + &hosts)),
        [(true, false), (true, true)]
    );
    let named = hosts.replace("{name: m0,", "{name: m0, roles: [etcd, control-plane],");
    assert_eq!(
        roles(&(v1beta2(EXTERNAL) + &named)),
        [(true, true), (true, false)]
    );
    assert_eq!(
        roles(&(v1beta2("") + &named)),
        [(true, false), (true, false)]
    );
}

#[test]
fn the_list_and_the_local_host() {
    let init = "---\napiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: 10.0.0.10, bindPort: 7443}\nnodeRegistration: {name: M0}\n";
    let list = |name: &str, address: &str| {
        format!("---\n{HEAD}hosts: [{{name: {name}, address: {address}}}]\n")
    };
    let read = |name: &str, address: &str| {
        let file = parse(&(v1beta2("") + init + &list(name, address)));
        assert_eq!(file.cluster.hosts[0].bind_port, 7443);
        remarks(&file).split_off(1)
    };
    assert!(read("m0", "10.0.0.10").is_empty());
    assert_eq!(
        read("m1", "10.0.0.10"),
        ["11:1: the host m0 is not in the list of hosts"]
    );
    assert_eq!(
        read("m0", "10.0.0.11"),
        ["11:1: the list of hosts has another address of m0, 10.0.0.11, which counts"]
    );
}

#[test]
fn a_host_that_joins() {
    let join = |more: &str| {
        parse(&format!(
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\ndiscovery: {{bootstrapToken: {{token: x}}}}\nnodeRegistration: {{name: m2}}\n{more}"
        ))
    };
    let file =
        join("controlPlane: {localAPIEndpoint: {advertiseAddress: 10.0.0.12, bindPort: 0}}\n");
    assert_eq!(file.cluster.hosts[0].bind_port, 6443);
    assert!(file.cluster.hosts[0].roles.control_plane);
    let worker = join("");
    assert!(worker.cluster.hosts.is_empty());
    assert_eq!(worker.local_host_name.unwrap().as_str(), "m2");
}

#[test]
fn an_address_that_kubeadm_chooses() {
    let file = parse(
        "apiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: 0.0.0.0}\nnodeRegistration: {name: Master1}\n",
    );
    assert!(file.cluster.hosts.is_empty() && file.local_address.is_none());
    assert_eq!(file.local_host_name.as_ref().unwrap().as_str(), "master1");
    assert_eq!(
        remarks(&file)[2],
        "3:38: localAPIEndpoint.advertiseAddress: 0.0.0.0 leaves the choice to kubeadm on the host: the address is taken as not given"
    );
}

#[test]
fn refused_lists() {
    for (list, expected) in [
        ("hosts: []\n", "1:1: the list of hosts is empty"),
        ("", "1:1: the list of hosts is empty"),
        (
            "hosts: [{name: m0}]\n",
            "3:9: hosts[0]: the host 'm0' has no address -> address: ADDRESS",
        ),
        (
            "hosts: [{address: 10.0.0.1}]\n",
            "3:9: hosts[0]: the host has no name",
        ),
        (
            "hosts: [{name: a, address: 10.0.0.1}, {name: A, address: 10.0.0.2}]\n",
            "3:39: hosts[1]: hosts[0] has the name a too",
        ),
        (
            "hosts: [{name: a, address: 10.0.0.1}, {name: b, addresses: [10.0.0.2, 10.0.0.1]}]\n",
            "3:39: hosts[1]: hosts[0] has the address 10.0.0.1 too",
        ),
        (
            "hosts: [{name: a, address: 10.0.0.1, names: [10.0.0.2]}]\n",
            "3:46: hosts[0].names[0]: 10.0.0.2 is an address, and names stand here -> addresses: [10.0.0.2]",
        ),
        (
            "hosts: [{name: a, address: 10.0.0.1, roles: [master]}]\n",
            "3:46: hosts[0].roles[0]: unknown role 'master': known are control-plane, etcd, worker -> control-plane",
        ),
        (
            "hosts: [{name: a, address: 10.0.0.1, roles: [etcd]}]\n",
            "3:46: hosts[0].roles[0]: a host of etcd alone needs an external etcd -> etcd.external.endpoints in ClusterConfiguration",
        ),
        (
            "hosts: [{name: a, address: 127.0.0.1}]\n",
            "3:28: hosts[0].address: '127.0.0.1' is a loopback address: no other host reaches this one there",
        ),
        (
            "hosts: [{name: a, adress: 10.0.0.1}]\n",
            "3:19: hosts[0].adress: unknown field 'adress' of Hosts -> hosts[0].address",
        ),
        (
            "hosts: [{name: a_b, address: 10.0.0.1}]\n",
            "3:16: hosts[0].name: 'a_b' contains an underscore, which RFC 1123 and kubeadm refuse in a host name",
        ),
        (
            "hosts: [{name: a, address: 10.0.0.1, bindPort: 70000}]\n",
            "3:48: hosts[0].bindPort: '70000' is not a port from 1 to 65535",
        ),
        (
            "hosts: {a: 10.0.0.1}\n",
            "3:8: hosts: this is a map, and a list of maps with name, address, addresses, names, roles, bindPort, interface, priority belongs here",
        ),
    ] {
        assert_eq!(refusal(&format!("{HEAD}{list}")), expected);
    }
}
