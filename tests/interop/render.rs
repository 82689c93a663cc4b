//! Rendered files in the hands of the programs that read them.

mod etcd;
mod unit;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{TempDir, tempdir};

use crate::common::program::{installed, path_of, skip};
use crate::common::{fixture, kpki, run};

/// What `kpki gen --render` made; removed when dropped.
pub(crate) struct Rendered {
    directory: TempDir,
}

impl Rendered {
    pub(crate) fn of(cluster: &str) -> Self {
        let directory = tempdir().expect("a temporary directory");
        let file = directory.path().join("cluster.yaml");
        fs::write(&file, cluster).expect("written");
        let mut command = kpki();
        command.args(["gen", "--render", "--key-algorithm", "ECDSA-P256", "-f"]);
        command
            .arg(&file)
            .arg("--out")
            .arg(directory.path().join("out"));
        let output = run(&mut command);
        assert!(output.status.success(), "{}", output.stderr);
        Self { directory }
    }

    /// Of a cluster in `fixtures/render`.
    fn of_fixture(name: &str) -> Self {
        let file = fixture("render").join(name).join("cluster.yaml");
        Self::of(&fs::read_to_string(file).expect("a cluster file"))
    }

    pub(crate) fn host(&self, name: &str) -> PathBuf {
        self.directory.path().join("out").join(name)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// A member of etcd with paths and a directory that need quoting everywhere.
pub(crate) fn hostile(binary: &Path) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
etcd:
  external:
    endpoints: ['https://10.0.0.10:2379']
---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts: [{{name: m0, address: 10.0.0.10, roles: [control-plane, etcd]}}]
---
apiVersion: kpki.dev/v1alpha1
kind: Setup
etcd:
  version: 3.4.23
  binary: {}
  dataDir: '/srv/$HOME %i \"x\" ; \\ #y'
podNetwork: {{plugin: none}}
",
        binary.display()
    )
}

#[test]
fn systemd_reads_the_unit() {
    if !installed(&["systemd-analyze", "etcd"]) {
        return;
    }
    let etcd = path_of("etcd").expect("installed");
    for version in ["3.2.32", "3.3.27", "3.4.23", "3.5.16", "3.6.1"] {
        let cluster = hostile(&etcd).replace("3.4.23", version);
        let peers = format!("version: {version}\n  peers: any-client");
        let cluster = cluster.replace(&format!("version: {version}"), &peers);
        let rendered = Rendered::of(&cluster);
        let unit = rendered.host("m0").join("etc/systemd/system/etcd.service");
        let output = run(Command::new("systemd-analyze").arg("verify").arg(&unit));
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stderr, "", "{output:?}");
    }
}

#[test]
fn a_shell_reads_the_environment() {
    let rendered = Rendered::of_fixture("guide");
    let environment = rendered.host("master-1").join("etc/etcd.env");
    let script = ". \"$1\"; printf '%s %s %s' \"$PEER_NAME\" \"$PRIVATE_IP\" \"$CLUSTER\"";
    let output = run(Command::new("sh")
        .args(["-euc", script, "sh"])
        .arg(environment));
    assert_eq!(
        output.stdout,
        "master-1 10.0.0.11 master-0=https://10.0.0.10:2380,master-1=https://10.0.0.11:2380,\
         master-2=https://10.0.0.12:2380"
    );
}

#[test]
fn shells_and_shellcheck_read_the_check() {
    if !installed(&["bash", "dash", "shellcheck"]) {
        return;
    }
    for (cluster, host) in [("guide", "master-0"), ("newest", "cp-0")] {
        let rendered = Rendered::of_fixture(cluster);
        let script = rendered
            .host(host)
            .join("etc/keepalived/check_apiserver.sh");
        for program in [&["bash", "-n"][..], &["dash", "-n"], &["shellcheck"]] {
            let output = run(Command::new(program[0]).args(&program[1..]).arg(&script));
            assert!(output.status.success(), "{output:?}");
            assert_eq!(output.stdout + &output.stderr, "");
        }
    }
}

/// The commands of the runbook, at least as far as a shell goes that runs
/// none of them.
#[test]
fn shells_read_the_runbook() {
    if !installed(&["bash", "shellcheck"]) {
        return;
    }
    let etcd = Path::new("/usr/local/bin/etcd");
    let user = hostile(etcd).replace("version: 3.4.23", "version: 3.4.23\n  user: etcd_user");
    let trees = ["guide", "kube-vip", "newest"].map(Rendered::of_fixture);
    for rendered in trees.into_iter().chain([Rendered::of(&user)]) {
        let text = fs::read_to_string(rendered.host("RUNBOOK.md")).expect("rendered");
        let mut script = String::from("#!/bin/bash\n");
        let mut is_code = false;
        for line in text.lines() {
            match line {
                "```sh" => is_code = true,
                "```" => is_code = false,
                _ if is_code => script.push_str(&format!("{line}\n")),
                _ => {}
            }
        }
        assert!(!is_code && script.len() > 100, "{text}");
        let file = rendered.path().join("runbook.sh");
        fs::write(&file, script).expect("written");
        // The token is put in on this side of ssh, as it should be.
        for program in [&["bash", "-n"][..], &["shellcheck", "--severity=warning"]] {
            let output = run(Command::new(program[0]).args(&program[1..]).arg(&file));
            assert!(output.status.success(), "{output:?}\n{text}");
        }
    }
}

/// Two shells read a command for a host, and the program there gets the path
/// as it stands in the cluster file.
#[test]
fn paths_arrive_through_both_shells() {
    let user = "version: 3.4.23\n  user: etcd_user";
    let cluster = hostile(Path::new("/usr/local/bin/etcd")).replace("version: 3.4.23", user);
    let rendered = Rendered::of(&cluster);
    let text = fs::read_to_string(rendered.host("RUNBOOK.md")).expect("rendered");
    let mut lines = text.lines();
    let line = lines.find(|line| line.starts_with("ssh root@10.0.0.10 'install"));
    let programs = rendered.path().join("programs");
    fs::create_dir(&programs).expect("made");
    let stub = |name: &str, script: &str| {
        let path = programs.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
    };
    stub("ssh", "shift; exec /bin/sh -c \"$*\"");
    stub("install", "for word; do echo \"<$word>\"; done");
    for shell in ["sh", "bash"] {
        let mut command = Command::new(Path::new("/bin").join(shell));
        command.env("PATH", &programs).env("HOME", "/wrong");
        let output = run(command.args(["-c", line.expect("a command")]));
        let expected = "<-d>\n<-m>\n<0700>\n<-o>\n<etcd_user>\n<-g>\n<etcd_user>\n\
                        </srv/$HOME %i \"x\" ; \\ #y>\n";
        assert_eq!(output.stdout, expected, "{output:?}");
    }
}

#[test]
fn haproxy_reads_its_configuration() {
    if !installed(&["haproxy"]) {
        return;
    }
    let rendered = Rendered::of_fixture("newest");
    let configuration = rendered.host("cp-1").join("etc/haproxy/haproxy.cfg");
    let output = run(Command::new("haproxy")
        .args(["-c", "-f"])
        .arg(configuration));
    assert!(output.status.success(), "{output:?}");
    assert!(!output.stderr.contains("WARNING"), "{output:?}");
}

/// keepalived wants the script where the configuration says, and the interface:
/// a mount and a network namespace have both.
#[test]
fn keepalived_reads_its_configuration() {
    if !installed(&["keepalived", "unshare", "ip"]) {
        return;
    }
    if !is_root_in_namespaces() {
        skip("network and mount namespaces cannot be made");
        return;
    }
    for (cluster, host, interface) in [
        ("guide", "master-0", "eth0"),
        ("guide", "master-2", "eth0"),
        ("newest", "cp-1", "bond0"),
        ("newest", "cp-2", "eth0"),
    ] {
        let rendered = Rendered::of_fixture(cluster);
        let directory = rendered.host(host).join("etc/keepalived");
        // The configuration test of keepalived 2.2.7 ends itself if root is not the user 0
        // (keepalived#2617).
        let users = rendered.path().join("passwd");
        fs::write(&users, "root:x:0:0:root:/root:/bin/sh\n").expect("written");
        let script = "mkdir -p /etc/keepalived
mount --bind \"$1\" /etc/passwd
mount --bind \"$2\" /etc/keepalived
ip link add \"$3\" type veth peer name other
ip address add 10.0.0.1/24 dev \"$3\"
ip link set \"$3\" up
exec keepalived --config-test --use-file /etc/keepalived/keepalived.conf";
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "sh", "-euc", script, "sh"]);
        let output = run(command.arg(users).arg(directory).arg(interface));
        assert!(output.status.success(), "{cluster} {host}: {output:?}");
        assert_eq!(output.stdout + &output.stderr, "");
    }
}

/// Whether this test may make namespaces.
pub(crate) fn is_root_in_namespaces() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "true"]);
    run(&mut command).status.success()
}
