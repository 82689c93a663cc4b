//! Three members of etcd on loopback addresses.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

use super::client::Client;
use crate::tree::{HOSTS, Tree};

/// Where a member finds its certificates, below its host's `pki/`.
#[derive(Clone, Copy)]
pub(crate) struct Files {
    pub(crate) authority: &'static str,
    pub(crate) server: (&'static str, &'static str),
    pub(crate) peer: (&'static str, &'static str),
}

/// A machine under load needs seconds for an election.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

pub(crate) struct Cluster {
    members: Vec<Member>,
    // Behind the members, which are to be dead before their data is removed.
    _data: TempDir,
}

impl Cluster {
    /// Starts a member on each host of the tree.
    pub(crate) fn start(tree: &Tree, files: Files) -> Self {
        let data = tempdir().expect("a temporary directory");
        // All ports are held until each has been chosen.
        let held = HOSTS.map(|(_, address)| [free_port(address), free_port(address)]);
        let url = |host: usize, which: usize| {
            let address = held[host][which].local_addr().expect("a bound socket");
            format!("https://{address}")
        };
        let initial: Vec<String> = (0..HOSTS.len())
            .map(|host| format!("{}={}", HOSTS[host].0, url(host, 1)))
            .collect();
        let mut members: Vec<Member> = (0..HOSTS.len())
            .map(|host| Member {
                name: HOSTS[host].0,
                pki: tree.host(HOSTS[host].0).join("pki"),
                files,
                client_url: url(host, 0),
                peer_url: url(host, 1),
                initial: initial.join(","),
                data: data.path().join(HOSTS[host].0),
                process: None,
            })
            .collect();
        drop(held);
        members.iter_mut().for_each(Member::start);
        Self {
            members,
            _data: data,
        }
    }

    /// The client URLs of the members that run.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        let running = self
            .members
            .iter()
            .filter(|member| member.process.is_some());
        running.map(|member| member.client_url.clone()).collect()
    }

    pub(crate) fn wait_until_healthy(&mut self, client: &Client) {
        let endpoints = self.endpoints();
        wait("a healthy cluster", || {
            for member in &mut self.members {
                member.assert_running();
            }
            client.finds_healthy(&endpoints)
        });
    }

    /// As by a power cut.
    pub(crate) fn kill(&mut self, member: usize) {
        self.members[member].kill();
    }

    pub(crate) fn restart(&mut self, member: usize) {
        self.members[member].start();
    }

    /// That no member refused a certificate, a client's or another member's.
    pub(crate) fn assert_no_certificate_was_refused(&self) {
        for member in &self.members {
            let log = member.log();
            let complaint = log
                .lines()
                .find(|line| line.contains("bad certificate") || line.contains("x509:"));
            assert_eq!(complaint, None, "{}", member.name);
        }
    }

    /// Until every member's log has one of these texts.
    pub(crate) fn wait_for_log(&self, texts: &[&str]) {
        for member in &self.members {
            wait(texts[0], || match member.log() {
                log if texts.iter().any(|text| log.contains(text)) => Ok(()),
                log => Err(log),
            });
        }
    }
}

struct Member {
    name: &'static str,
    pki: PathBuf,
    files: Files,
    client_url: String,
    peer_url: String,
    initial: String,
    data: PathBuf,
    process: Option<Child>,
}

impl Member {
    fn start(&mut self) {
        let path = |file: &str| self.pki.join(file);
        let mut command = Command::new("etcd");
        command.env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
            .args(["--name", self.name, "--data-dir"])
            .arg(&self.data);
        command.args(["--listen-client-urls", &self.client_url]);
        command.args(["--advertise-client-urls", &self.client_url]);
        command.args(["--listen-peer-urls", &self.peer_url]);
        command.args(["--initial-advertise-peer-urls", &self.peer_url]);
        command.args(["--initial-cluster", &self.initial]);
        command.args(["--initial-cluster-token", "kpki-test"]);
        command.args(["--initial-cluster-state", "new"]);
        command.args(["--heartbeat-interval", "200", "--election-timeout", "2000"]);
        command
            .arg("--client-cert-auth")
            .arg("--peer-client-cert-auth");
        command
            .arg("--trusted-ca-file")
            .arg(path(self.files.authority));
        command.arg("--cert-file").arg(path(self.files.server.0));
        command.arg("--key-file").arg(path(self.files.server.1));
        command
            .arg("--peer-trusted-ca-file")
            .arg(path(self.files.authority));
        command.arg("--peer-cert-file").arg(path(self.files.peer.0));
        command.arg("--peer-key-file").arg(path(self.files.peer.1));
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_path());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(log.expect("a log file"));
        match command.spawn() {
            Ok(process) => self.process = Some(process),
            Err(error) => panic!("cannot run {command:?}: {error}"),
        }
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself; either way it is waited for.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    fn assert_running(&mut self) {
        if let Some(process) = &mut self.process {
            let ended = process.try_wait().expect("the state of a child");
            assert!(ended.is_none(), "{} ended: {}", self.name, self.log());
        }
    }

    fn log_path(&self) -> PathBuf {
        Path::new(&self.data).with_extension("log")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_path()).expect("the log of a member")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port(address: &str) -> TcpListener {
    match TcpListener::bind((address, 0)) {
        Ok(listener) => listener,
        Err(error) => panic!("no free port on {address}: {error}"),
    }
}

/// Looks again and again; fails with the last answer when patience ends.
fn wait(what: &str, mut look: impl FnMut() -> Result<(), String>) {
    let start = Instant::now();
    while let Err(last) = look() {
        assert!(
            start.elapsed() < PATIENCE,
            "waited in vain for: {what}\n{last}"
        );
        sleep(BETWEEN_LOOKS);
    }
}
