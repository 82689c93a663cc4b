//! How the system's ssh is called.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pki_core::shell;

use super::target::RemoteHost;

/// How other hosts are reached
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Other hosts")]
pub(crate) struct SshArgs {
    /// Become root there with sudo, which must not ask for a password
    #[arg(long)]
    pub(super) sudo: bool,

    /// Read this in place of ~/.ssh/config: users, ports, keys and jump hosts of the hosts
    #[arg(long, value_name = "FILE")]
    pub(super) ssh_config: Option<PathBuf>,

    /// How many seconds a host may be silent
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=3600)
    )]
    pub(super) timeout: u32,

    /// How many hosts are talked to at the same time
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 16,
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    pub(super) parallel: u16,
}

/// Whatever the user's configuration says of these. All of them are of OpenSSH
/// 7.6 or older. Host keys are checked, and nobody is asked: a password prompt
/// of one of many hosts would be of no use. A connection that the user has open
/// to the host (ControlPath) is used, as for those whose login needs a person,
/// and none is left open behind us.
///
/// They are for the host itself. To a jump host (`ProxyJump`) ssh goes by another ssh, which it
/// gives the configuration and none of these; see [`SshArgs::command`].
const ALWAYS: [&str; 16] = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "NoHostAuthenticationForLocalhost=no",
    "FingerprintHash=sha256",
    "UpdateHostKeys=no",
    "ControlMaster=no",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "Tunnel=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "EscapeChar=none",
    // With less than this it ends without a word where a connection is cut.
    "LogLevel=INFO",
    "ServerAliveCountMax=2",
];

impl SshArgs {
    pub(super) fn is_sudo(&self) -> bool {
        self.sudo
    }

    /// How many hosts are talked to at the same time.
    pub(crate) fn parallel(&self) -> usize {
        usize::from(self.parallel)
    }

    /// How long a host may be silent.
    pub(super) fn silence(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout))
    }

    /// The same flags, for another command of kpki.
    pub(crate) fn reach(&self) -> String {
        let mut words = Vec::new();
        if self.sudo {
            words.push("--sudo".to_owned());
        }
        if let Some(file) = &self.ssh_config {
            let file = shell::path(file.as_os_str().as_encoded_bytes());
            words.push(format!("--ssh-config {file}"));
        }
        words.join(" ")
    }

    /// What ssh reads about hosts.
    pub(super) fn config(&self) -> String {
        match &self.ssh_config {
            Some(file) => shell::path(file.as_os_str().as_encoded_bytes()),
            None => "~/.ssh/config".to_owned(),
        }
    }

    /// How long a host is talked to, however much it says.
    pub(super) fn patience(&self) -> Duration {
        self.silence() * 20
    }

    /// What somebody types to reach the host as we do.
    pub(super) fn by_hand(&self, host: &RemoteHost, address: Option<IpAddr>) -> String {
        let mut words = vec!["ssh".to_owned()];
        if let Some(file) = &self.ssh_config {
            let file = shell::path(file.as_os_str().as_encoded_bytes());
            words.extend(["-F".to_owned(), file]);
        }
        if let Some(address) = address {
            words.extend(["-o".to_owned(), format!("HostName={address}")]);
        }
        if let Some(port) = host.port() {
            words.extend(["-p".to_owned(), port.to_string()]);
        }
        words.push(match host.user() {
            Some(user) => format!("{user}@{}", host.host()),
            None => host.host().to_owned(),
        });
        words.join(" ")
    }

    /// ssh to a host, with a command of ours that has nothing in it that a shell could misread.
    /// What ssh itself says goes to `log`.
    pub(super) fn command(
        &self,
        host: &RemoteHost,
        address: Option<IpAddr>,
        log: Option<&Path>,
        command: &str,
    ) -> Command {
        let mut ssh = self.ssh();
        if let Some(log) = log {
            ssh.arg("-E").arg(log);
        }
        self.add_host(&mut ssh, host, address);
        ssh.arg(command);
        ssh
    }

    /// `ssh -G`: prints what ssh makes of the same host, and goes nowhere.
    pub(super) fn resolve(&self, host: &RemoteHost, address: Option<IpAddr>) -> Command {
        let mut ssh = self.ssh();
        ssh.arg("-G");
        self.add_host(&mut ssh, host, address);
        ssh
    }

    /// ssh with all that is the same for every host.
    fn ssh(&self) -> Command {
        let mut ssh = Command::new("ssh");
        // An ssh to a jump host would ask on the terminal, in the middle of many hosts. From
        // OpenSSH 8.4 on it asks this program instead, which has no answer.
        ssh.env("SSH_ASKPASS", "false");
        ssh.env("SSH_ASKPASS_REQUIRE", "force");
        if let Some(file) = &self.ssh_config {
            ssh.arg("-F").arg(file);
        }
        for option in ALWAYS {
            ssh.args(["-o", option]);
        }
        let alive = self.timeout.div_ceil(2);
        ssh.arg("-o")
            .arg(format!("ConnectTimeout={}", self.timeout));
        ssh.arg("-o").arg(format!("ServerAliveInterval={alive}"));
        ssh
    }

    fn add_host(&self, ssh: &mut Command, host: &RemoteHost, address: Option<IpAddr>) {
        if let Some(address) = address {
            ssh.arg("-o").arg(format!("HostName={address}"));
        }
        if let Some(user) = host.user() {
            ssh.args(["-l", user]);
        }
        if let Some(port) = host.port() {
            ssh.arg("-p").arg(port.to_string());
        }
        ssh.args(["--", host.host()]);
    }
}
