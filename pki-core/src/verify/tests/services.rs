//! A host with etcd as a service, keepalived, and kubeadm's configuration: each fault
//! is found, and nothing else.

mod etcd;
mod haproxy;
mod keepalived;
mod kube_vip;
mod kubeadm;
mod set_up;

use std::sync::OnceLock;

use super::*;

pub(in crate::verify) const UNIT: &str = "/etc/systemd/system/etcd.service";
pub(in crate::verify) const ENVIRONMENT: &str = "/etc/etcd.env";
pub(in crate::verify) const KEEPALIVED: &str = "/etc/keepalived/keepalived.conf";
const SCRIPT: &str = "/etc/keepalived/check_apiserver.sh";
pub(in crate::verify) const CONFIGURATION: &str = "kubeadm-config.yaml";

/// A way to break such a host, and every finding that it then has.
pub(super) struct ServiceFault {
    pub(super) finds: &'static [&'static str],
    how: Break,
}

#[derive(Clone, Copy)]
enum Break {
    By(fn(&mut Tree)),
    /// A file, and one text of it for another.
    Change(&'static str, &'static str, &'static str),
}

impl ServiceFault {
    const fn new(finds: &'static [&'static str], breaks: fn(&mut Tree)) -> Self {
        let how = Break::By(breaks);
        Self { finds, how }
    }

    const fn change(
        finds: &'static [&'static str],
        file: &'static str,
        from: &'static str,
        to: &'static str,
    ) -> Self {
        let how = Break::Change(file, from, to);
        Self { finds, how }
    }

    fn breaks(&self, tree: &mut Tree) {
        match self.how {
            Break::By(breaks) => breaks(tree),
            Break::Change(file, from, to) => change(tree, file, from, to),
        }
    }
}

/// Every fault of a service.
pub(super) fn faults() -> impl Iterator<Item = &'static ServiceFault> {
    let of_services = [etcd::FAULTS, keepalived::FAULTS, kubeadm::FAULTS];
    let others = [haproxy::FAULTS, kube_vip::FAULTS];
    of_services.into_iter().chain(others).flatten()
}

const UNIT_TEXT: &str = r"# Rendered
[Unit]
Description=etcd
After=network-online.target

[Service]
Type=notify
User=root
EnvironmentFile=/etc/etcd.env
ExecStart=/usr/local/bin/etcd \
  --name=${PEER_NAME} \
  --listen-client-urls=https://${PRIVATE_IP}:2379,https://127.0.0.1:2379 \
  --advertise-client-urls=https://${PRIVATE_IP}:2379 \
  --listen-peer-urls=https://${PRIVATE_IP}:2380 \
  --initial-advertise-peer-urls=https://${PRIVATE_IP}:2380 \
  --initial-cluster=${CLUSTER} \
  --initial-cluster-token=kubernetes \
  --data-dir=/var/lib/etcd \
  --cert-file=/etc/kubernetes/pki/etcd/server.crt \
  --key-file=/etc/kubernetes/pki/etcd/server.key \
  --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt \
  --peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt \
  --peer-key-file=/etc/kubernetes/pki/etcd/peer.key \
  --peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt \
  --client-cert-auth \
  --peer-client-cert-auth \
  --peer-cert-allowed-cn=m1 \
  --initial-cluster-state=new

[Install]
WantedBy=multi-user.target
";
const ENVIRONMENT_TEXT: &str = "PEER_NAME=m1\nPRIVATE_IP=10.0.0.11\nCLUSTER=m1=https://10.0.0.11:2380,m2=https://10.0.0.12:2380,m3=https://10.0.0.13:2380\n";
const KEEPALIVED_TEXT: &str = r#"global_defs {
    router_id m1
    enable_script_security
    script_user root
}
vrrp_script check_apiserver {
    script "/etc/keepalived/check_apiserver.sh"
    interval 1
    timeout 3
    fall 2
    rise 2
    weight -30
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 150
    authentication {
        auth_type PASS
        auth_pass s3cr.t_8
    }
    virtual_ipaddress {
        10.0.0.100
    }
    track_script {
        check_apiserver
    }
}
"#;
const SCRIPT_TEXT: &str = "#!/bin/sh\nset -u\nif ! curl --silent --fail --insecure --max-time 2 --output /dev/null https://localhost:6443/healthz; then\n    exit 1\nfi\n";
const CONFIGURATION_TEXT: &str = "apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 10.0.0.11
nodeRegistration:
  name: m1
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
controlPlaneEndpoint: 10.0.0.100:6443
apiServer:
  certSANs:
  - 10.0.0.100
etcd:
  external:
    endpoints:
    - https://10.0.0.11:2379
    - https://10.0.0.12:2379
    - https://10.0.0.13:2379
    caFile: /etc/kubernetes/pki/etcd/ca.crt
    certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
    keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key
";

fn described_here() -> Cluster {
    let mut cluster = external(Roles {
        control_plane: true,
        etcd: true,
    });
    cluster.control_plane_endpoint = Some("10.0.0.100:6443".parse().unwrap());
    cluster
}

/// A host as gen and render leave it.
fn host_with_services() -> Tree {
    static MADE: OnceLock<Tree> = OnceLock::new();
    let made = MADE.get_or_init(|| tree_of(&described_here(), EtcdNaming::Kubeadm, now()));
    let mut tree = Tree {
        files: made
            .files
            .keys()
            .map(|path| (path.clone(), copy(made, path)))
            .collect(),
        has_kubeconfig_directory: true,
        has_host_root: true,
        ..Tree::default()
    };
    let flags = [
        "--etcd-servers=https://10.0.0.11:2379,https://10.0.0.12:2379",
        "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
        "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt",
        "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
    ];
    put_flags(&mut tree, "kube-apiserver", &flags);
    for (path, text, mode) in [
        (UNIT, UNIT_TEXT, 0o644),
        (ENVIRONMENT, ENVIRONMENT_TEXT, 0o644),
        (KEEPALIVED, KEEPALIVED_TEXT, 0o600),
        (SCRIPT, SCRIPT_TEXT, 0o755),
        (CONFIGURATION, CONFIGURATION_TEXT, 0o600),
    ] {
        put(&mut tree, path, file(text.as_bytes(), mode));
    }
    tree
}

/// The files of the services of another host of the same cluster.
pub(in crate::verify) fn files_of(number: u8) -> [(&'static str, String); 4] {
    let name = format!("m{number}");
    let own = [
        ("PEER_NAME=m1", format!("PEER_NAME={name}")),
        (
            "PRIVATE_IP=10.0.0.11",
            format!("PRIVATE_IP=10.0.0.1{number}"),
        ),
        ("allowed-cn=m1", format!("allowed-cn={name}")),
        ("priority 150", format!("priority {}", 160 - number * 10)),
        (
            "advertiseAddress: 10.0.0.11",
            format!("advertiseAddress: 10.0.0.1{number}"),
        ),
        ("name: m1", format!("name: {name}")),
    ];
    let own = |text: &str| {
        let changed = own
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        match number {
            1 => changed,
            _ => changed.replace("state MASTER", "state BACKUP"),
        }
    };
    [
        (UNIT, own(UNIT_TEXT)),
        (ENVIRONMENT, own(ENVIRONMENT_TEXT)),
        (KEEPALIVED, own(KEEPALIVED_TEXT)),
        (CONFIGURATION, own(CONFIGURATION_TEXT)),
    ]
}

/// A part of a file replaced.
fn change(tree: &mut Tree, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(text(tree, path)).unwrap();
    assert!(text.contains(from), "{from}");
    let mode = tree.files[path].mode;
    put(tree, path, file(text.replace(from, to).as_bytes(), mode));
}

#[test]
fn a_host_with_services_is_healthy() {
    let tree = host_with_services();
    for told in [
        expectation(&described_here()),
        Expectation::default(),
        Expectation::from_tree(&tree),
    ] {
        assert_eq!(found(&tree, &told), [""; 0]);
    }
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.role, Some(TreeRole::ControlPlaneWithEtcd));
    assert_eq!(report.not_checked, []);
    let (cluster, _) = Expectation::from_tree(&tree).cluster.unwrap();
    assert_eq!(cluster.hosts[0].name.as_str(), "m1");
}

#[test]
fn every_fault_of_a_service_has_its_findings_and_no_other() {
    let mut wrong = Vec::new();
    for fault in faults() {
        let mut tree = host_with_services();
        fault.breaks(&mut tree);
        for told in [
            expectation(&described_here()),
            Expectation::from_tree(&tree),
        ] {
            let mut found = found(&tree, &told);
            found.sort();
            if found != fault.finds {
                wrong.push((fault.finds, found));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whatever is wrong, no message, remedy or gap has a secret in it.
#[test]
fn no_secret_is_told() {
    for fault in faults() {
        let mut tree = host_with_services();
        fault.breaks(&mut tree);
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        let all = format!("{report:?}");
        assert!(!all.contains("s3cr.t"), "{:?}", fault.finds);
    }
}

/// Of another host the files may be seen and not read.
#[test]
fn what_stays_on_its_host_is_listed() {
    let mut tree = host_with_services();
    for path in [UNIT, ENVIRONMENT, KEEPALIVED, SCRIPT, CONFIGURATION] {
        let file = tree.files.get_mut(path).unwrap();
        file.content = TreeContent::Withheld("it has an odd form".to_owned());
    }
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.findings, []);
    let listed: Vec<_> = report
        .not_checked
        .iter()
        .map(|it| it.what.as_str())
        .collect();
    for path in [UNIT, KEEPALIVED, CONFIGURATION] {
        assert!(listed.contains(&path), "{listed:?}");
    }
}
