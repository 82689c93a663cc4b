//! What somebody has to do, with the commands for it.

use std::fmt;

use super::RenderedKind;
use super::control_plane::{authority, url_host};
use crate::cluster::Host;
use crate::shell;

/// A step of whoever changes a set-up that runs. The commands are for a shell in
/// the directory with the trees of the hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done, and when.
    pub what: String,
    /// How, if commands do it.
    pub commands: Vec<String>,
}

impl Step {
    /// Words alone.
    #[must_use]
    pub fn say(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            commands: Vec::new(),
        }
    }

    /// With commands.
    #[must_use]
    pub fn run(what: impl Into<String>, commands: impl IntoIterator<Item = String>) -> Self {
        Self {
            what: what.into(),
            commands: commands.into_iter().collect(),
        }
    }
}

impl fmt::Display for Step {
    /// The words, and the commands on lines of their own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.commands.is_empty() {
            write!(f, ":\n{}", self.commands.join("\n"))?;
        }
        Ok(())
    }
}

/// `kubectl` on a host of the control plane.
pub(super) const KUBECTL: &str = "kubectl --kubeconfig /etc/kubernetes/admin.conf";

/// How a host is reached, and how its files come to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Its name, and that of its directory.
    pub name: String,
    /// For ssh: `root@10.0.0.10`.
    pub target: String,
    /// For `kpki copy --to`: `m0=root@10.0.0.10`.
    pub to: String,
    /// Whether `kpki copy` brings its certificates: it does to the control plane.
    is_copied: bool,
    /// Where its API server listens: `10.0.0.10:6443`.
    api_server: String,
}

impl Reached {
    /// The way to a host of the cluster.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        Self {
            name: host.name.to_string(),
            target: format!("root@{}", host.advertise_address),
            to: format!("{}=root@{}", host.name, url_host(host.advertise_address)),
            is_copied: host.roles.control_plane,
            api_server: authority(host.advertise_address, host.bind_port),
        }
    }

    /// A command of the shell on the host.
    #[must_use]
    pub fn run(&self, command: &str) -> String {
        let target = shell::word(self.target.as_bytes());
        format!("ssh {target} {}", shell::word(command.as_bytes()))
    }

    /// Waits until its own API server answers again: the shared address may lead to
    /// another one, and the old one answers until the kubelet has ended it.
    #[must_use]
    pub fn api_server_answers(&self) -> String {
        self.run(&format!(
            "sleep 30; until {KUBECTL} --server https://{} get --raw /healthz; do sleep 2; done",
            self.api_server
        ))
    }

    /// Brings files from its directory, and runs a command there once they are in
    /// place.
    #[must_use]
    pub fn bring(&self, files: &[&str], then: Option<&str>) -> String {
        self.bring_from(&self.name, files, then)
    }

    /// Brings files from any directory, likewise.
    #[must_use]
    pub fn bring_from(&self, directory: &str, files: &[&str], then: Option<&str>) -> String {
        let files: Vec<_> = files
            .iter()
            .map(|file| shell::path(file.as_bytes()))
            .collect();
        let unpack = "tar -C / --no-same-owner --no-overwrite-dir -xpf -";
        let there = match then {
            Some(command) => format!("{unpack} && {command}"),
            None => unpack.to_owned(),
        };
        let directory = shell::path(directory.as_bytes());
        format!(
            "tar -C {directory} -cf - {} | {}",
            files.join(" "),
            self.run(&there)
        )
    }

    /// Copies programs from this directory to a place on the host.
    #[must_use]
    pub fn install(&self, programs: &[String], place: &str) -> String {
        // Its addresses of IPv6 have their brackets, which scp wants as well.
        let target = self.to.split_once('=').map_or("", |(_, target)| target);
        let programs = programs.iter();
        let programs: Vec<_> = programs.map(|it| shell::path(it.as_bytes())).collect();
        let place = shell::word(format!("{target}:{place}").as_bytes());
        format!("scp {} {place}", programs.join(" "))
    }

    /// Brings kube-vip's manifest to a host where `kubeadm init` is done.
    #[must_use]
    pub fn bring_kube_vip(&self) -> String {
        let path = RenderedKind::KubeVip.path();
        let from = shell::path(format!("{}/{path}", self.name).as_bytes());
        let there = self.run(&format!("cat >/{path}"));
        format!("sed s/super-admin.conf/admin.conf/ {from} | {there}")
    }

    /// Brings its certificates and keys, and its kubeconfigs in the place of
    /// those that it has.
    #[must_use]
    pub fn bring_certificates(&self, replaces_kubeconfigs: bool) -> String {
        if !self.is_copied {
            return self.bring(&["etc/kubernetes"], None);
        }
        let kubeconfigs = match replaces_kubeconfigs {
            true => " --replace-kubeconfigs",
            false => "",
        };
        format!(
            "kpki copy --from . --with-host-certs{kubeconfigs} --to {}",
            shell::word(self.to.as_bytes())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Roles;

    #[test]
    fn files_come_to_hosts() {
        let master = Host::control_plane("m0".parse().unwrap(), [10, 0, 0, 10].into());
        let member = Host {
            roles: Roles {
                etcd: true,
                ..Roles::default()
            },
            ..Host::control_plane("e0".parse().unwrap(), "fd00::1".parse().unwrap())
        };
        let [master, member] = [&master, &member].map(Reached::new);
        assert_eq!(
            master.bring(&["etc/etcd.env"], Some("a && 'b'")),
            r"tar -C m0 -cf - etc/etcd.env | ssh root@10.0.0.10 'tar -C / --no-same-owner --no-overwrite-dir -xpf - && a && '\''b'\'''"
        );
        assert_eq!(
            master.bring_certificates(true),
            "kpki copy --from . --with-host-certs --replace-kubeconfigs --to m0=root@10.0.0.10"
        );
        assert_eq!(
            member.bring_certificates(true),
            "tar -C e0 -cf - etc/kubernetes | ssh root@fd00::1 'tar -C / --no-same-owner --no-overwrite-dir -xpf -'"
        );
        assert_eq!(
            master.bring_kube_vip(),
            "sed s/super-admin.conf/admin.conf/ m0/etc/kubernetes/manifests/kube-vip.yaml | ssh root@10.0.0.10 'cat >/etc/kubernetes/manifests/kube-vip.yaml'"
        );
        assert_eq!(
            master.api_server_answers(),
            "ssh root@10.0.0.10 'sleep 30; until kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://10.0.0.10:6443 get --raw /healthz; do sleep 2; done'"
        );
        assert_eq!(member.to, "e0=root@[fd00::1]");
        assert_eq!(
            member.install(&["etcd-v3/etcd".to_owned()], "/usr/local/bin/"),
            "scp etcd-v3/etcd 'root@[fd00::1]:/usr/local/bin/'"
        );
    }

    #[test]
    fn commands_stand_on_their_own_lines() {
        assert_eq!(Step::say("wait").to_string(), "wait");
        let step = Step::run("start", ["a".to_owned(), "b".to_owned()]);
        assert_eq!(step.to_string(), "start:\na\nb");
    }
}
