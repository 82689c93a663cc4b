//! Three hosts with addresses, names and file systems of their own, a bridge
//! between them, and the description of the cluster that leads there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::common::run;
use crate::lab::{Host, Lab, is_root};
use crate::program;
use crate::setup::{SHARED, Told, command, files, told};

const NAMES: [&str; 3] = ["kpki-lab-m1", "kpki-lab-m2", "kpki-lab-m3"];

const CLUSTER: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
controlPlaneEndpoint: 10.77.0.100:6443
encryptionAlgorithm: ECDSA-P256
---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts:
  - {name: kpki-lab-m1, address: 10.77.0.11}
  - {name: kpki-lab-m2, address: 10.77.0.12}
  - {name: kpki-lab-m3, address: 10.77.0.13}
";

/// A network, a host name and mounts of its own, for as long as a process has them.
struct Namespace(Child);

impl Namespace {
    /// `None` where the system makes none.
    fn new() -> Option<Self> {
        let mut holder = Command::new("unshare")
            .args([
                "--net",
                "--mount",
                "--uts",
                "sh",
                "-c",
                "echo ready; exec cat",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("unshare");
        let mut line = String::new();
        let said = holder.stdout.as_mut().expect("piped");
        BufReader::new(said).read_line(&mut line).expect("UTF-8");
        let namespace = Self(holder);
        (line == "ready\n").then_some(namespace)
    }

    fn enter(&self) -> Vec<String> {
        let process = self.0.id().to_string();
        let words = [
            "nsenter", "--target", &process, "--net", "--mount", "--uts", "--",
        ];
        words.map(str::to_owned).to_vec()
    }

    #[track_caller]
    fn sh(&self, script: &str) {
        let words = self.enter();
        let output = Command::new(&words[0])
            .args(&words[1..])
            .args(["sh", "-ec", script])
            .output()
            .expect("nsenter");
        assert!(output.status.success(), "{script}: {output:?}");
    }

    /// A file as the host has it.
    fn path(&self, absolute: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{absolute}", self.0.id()))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The operator's machine with the bridge, and the hosts.
struct Network {
    lab: Lab,
    operator: Namespace,
    hosts: Vec<Namespace>,
    _sshds: Vec<Host>,
}

impl Network {
    /// `None` where it cannot be built, which is said.
    fn build() -> Option<Self> {
        let lab = Lab::new()?;
        if !program::installed(&["ip", "unshare", "nsenter"]) {
            return None;
        }
        let namespaces: Option<Vec<_>> = (0..=NAMES.len()).map(|_| Namespace::new()).collect();
        let (true, Some(mut hosts)) = (is_root(), namespaces) else {
            program::skip("hosts with addresses of their own need root");
            return None;
        };
        let operator = hosts.pop()?;
        operator.sh("ip link set lo up; ip link add bridge type bridge; \
             ip address add 10.77.0.1/24 dev bridge; ip link set bridge up");
        let dir = lab.path("");
        let mut config = format!(
            "Host kpki-lab-*\n  User root\n  IdentityFile {0}id\n  IdentitiesOnly yes\n  \
             UserKnownHostsFile {0}known_hosts\n  GlobalKnownHostsFile /dev/null\n",
            dir.display()
        );
        config.push_str("  ConnectTimeout 3\n");
        fs::write(lab.config(), config).expect("write");
        let mut sshds = Vec::new();
        for (number, (host, name)) in hosts.iter().zip(NAMES).enumerate() {
            let (address, process) = (format!("10.77.0.{}", number + 11), host.0.id());
            operator.sh(&format!(
                "ip link add port{number} type veth peer name eth0 netns {process}; \
                 ip link set port{number} master bridge up"
            ));
            host.sh(&format!(
                "echo {name} >/proc/sys/kernel/hostname; ip link set lo up; \
                 ip address add {address}/24 dev eth0; ip link set eth0 up; \
                 mount -t tmpfs -o mode=755 tmpfs /mnt; mkdir /mnt/etc /mnt/work; \
                 mount -t overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/work host /etc"
            ));
            let top = lab.path(name);
            fs::create_dir(&top).expect("mkdir");
            let key = lab.make_key(&format!("{name}/host_key"));
            fs::copy(lab.path("id.pub"), top.join("authorized_keys")).expect("copy");
            lab.know(&address, &key);
            let sshd = Host::start_at(name, &top, &address, 22, "", &host.enter());
            sshds.push(sshd.expect("a port of its own"));
        }
        Some(Self {
            lab,
            operator,
            hosts,
            _sshds: sshds,
        })
    }

    /// kpki on the operator's machine.
    fn copy(&self, arguments: &[&str]) -> Told {
        let cluster = self.lab.path("cluster.yaml").display().to_string();
        let words = ["-f", &cluster, "--timeout", "4"]
            .into_iter()
            .chain(arguments.iter().copied());
        let words: Vec<_> = words.map(str::to_owned).collect();
        let kpki = command(&self.lab, &self.lab.path("made"), &words);
        let enter = self.operator.enter();
        let mut within = Command::new(&enter[0]);
        within
            .args(&enter[1..])
            .arg(kpki.get_program())
            .args(kpki.get_args());
        told(&run(within.env_remove("SSH_AUTH_SOCK")))
    }

    fn files(&self, host: usize) -> BTreeMap<String, (u32, Vec<u8>)> {
        files(&self.hosts[host].path("/etc/kubernetes"))
    }
}

#[test]
fn the_description_of_a_cluster_leads_to_its_hosts() {
    let Some(network) = Network::build() else {
        return;
    };
    let lab = &network.lab;
    let cluster = lab.path("cluster.yaml");
    fs::write(&cluster, CLUSTER).expect("write");
    let mut kpki = crate::common::kpki();
    kpki.arg("gen")
        .arg("-f")
        .arg(&cluster)
        .arg("--out")
        .arg(lab.path("made"));
    let made = run(&mut kpki);
    assert!(made.status.success(), "{made:?}");

    // Nothing resolves the names: the addresses of the description do.
    let first = network.copy(&[]);
    assert_eq!((first.status, first.changed()), (0, true), "{first:?}");
    let second = network.copy(&[]);
    assert_eq!((second.status, second.changed()), (0, false), "{second:?}");
    for host in 0..3 {
        let there = network.files(host);
        let names: Vec<_> = there
            .keys()
            .map(|name| name.trim_start_matches("pki/"))
            .collect();
        assert_eq!(names, SHARED);
        assert_eq!(there, network.files(0), "the same on every host");
        let written = files(&network.hosts[host].path("/mnt/etc")).len();
        assert_eq!(written, SHARED.len(), "and nothing beside it");
    }

    // A cable is pulled.
    network.hosts[1].sh("ip link set eth0 down; rm /etc/kubernetes/pki/sa.key");
    network.hosts[2].sh("rm /etc/kubernetes/pki/sa.key");
    let third = network.copy(&[]);
    let statuses = [0, 1, 2].map(|host| third.status_of(host));
    assert_eq!(
        (third.status, statuses),
        (2, ["done", "failed", "done"]),
        "{third:?}"
    );
    let error = third.error_of(1);
    assert!(
        error.contains("does not answer") || error.contains("cannot be reached"),
        "{error}"
    );
    network.hosts[1].sh("ip link set eth0 up");
    let fourth = network.copy(&[]);
    assert_eq!((fourth.status, fourth.changed()), (0, true), "{fourth:?}");

    // Each gets what is its own, and nobody what is another's.
    let fifth = network.copy(&["--with-host-certs"]);
    assert_eq!((fifth.status, fifth.changed()), (0, true), "{fifth:?}");
    let own = |host: usize| {
        let mut there = network.files(host);
        let conf = there.remove("controller-manager.conf");
        (there.remove("pki/apiserver.key"), conf)
    };
    let (key, conf) = own(0);
    assert!(
        key.is_some() && conf.is_some(),
        "{:?}",
        network.files(0).keys()
    );
    assert!((1..3).all(|host| own(host).0.is_some() && own(host).0 != key));
    let sixth = network.copy(&["--with-host-certs"]);
    assert_eq!((sixth.status, sixth.changed()), (0, false), "{sixth:?}");

    // Another host has the address now.
    network.hosts[2]
        .sh("echo another >/proc/sys/kernel/hostname; rm /etc/kubernetes/pki/apiserver.*");
    let seventh = network.copy(&["--with-host-certs"]);
    assert_eq!(
        (seventh.status, seventh.status_of(2)),
        (2, "refused"),
        "{seventh:?}"
    );
    assert!(!network.files(2).contains_key("pki/apiserver.key"));
}
