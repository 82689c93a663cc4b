//! One member of etcd that is a cluster of its own.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

/// Loopback, and no other test's.
pub(super) const ADDRESS: &str = "127.0.11.1";

/// Killed when it goes out of scope.
pub(super) struct Member {
    process: Child,
    ports: [u16; 2],
    log: PathBuf,
    _data: TempDir,
}

impl Member {
    /// Starts it with kubeadm's files of a directory, and waits until it takes connections.
    pub(super) fn start(pki: &Path, asks_for_clients: bool) -> Self {
        // Someone else may take a port before etcd does.
        const ATTEMPTS: usize = 5;
        let mut attempts = (0..ATTEMPTS).filter_map(|_| Self::attempt(pki, asks_for_clients));
        attempts.next().expect("etcd starts")
    }

    fn attempt(pki: &Path, asks_for_clients: bool) -> Option<Self> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let data = tempdir().expect("a temporary directory");
        let held = [(); 2].map(|()| TcpListener::bind((ADDRESS, 0)).expect("a free port"));
        let ports = held.map(|one| one.local_addr().expect("a bound socket").port());
        let [client, peer] = ports.map(|port| format!("https://{ADDRESS}:{port}"));
        let log = data.path().join("log");
        let mut command = Command::new("etcd");
        command.env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
            .args(["--name", "m0", "--data-dir"])
            .arg(data.path().join("data"));
        for (flag, value) in [
            ("--listen-client-urls", &client),
            ("--advertise-client-urls", &client),
            ("--listen-peer-urls", &peer),
            ("--initial-advertise-peer-urls", &peer),
            ("--initial-cluster", &format!("m0={peer}")),
        ] {
            command.arg(flag).arg(value);
        }
        let mut files = vec![
            ("--cert-file", "etcd/server.crt"),
            ("--key-file", "etcd/server.key"),
            ("--peer-cert-file", "etcd/peer.crt"),
            ("--peer-key-file", "etcd/peer.key"),
        ];
        if asks_for_clients {
            command.args(["--client-cert-auth", "--peer-client-cert-auth"]);
            files.push(("--trusted-ca-file", "etcd/ca.crt"));
            files.push(("--peer-trusted-ca-file", "etcd/ca.crt"));
        }
        for (flag, file) in files {
            command.arg(flag).arg(pki.join(file));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(&log).expect("a log file"));
        let mut member = Self {
            process: command.spawn().expect("etcd"),
            ports,
            log,
            _data: data,
        };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if member.process.try_wait().expect("a status").is_some() {
                return None;
            }
            if ports
                .iter()
                .all(|port| TcpStream::connect((ADDRESS, *port)).is_ok())
            {
                return Some(member);
            }
            sleep(Duration::from_millis(20));
        }
        None
    }

    pub(super) fn client(&self) -> String {
        format!("etcd={ADDRESS}:{}", self.ports[0])
    }

    pub(super) fn peer(&self) -> String {
        format!("etcd-peer={ADDRESS}:{}", self.ports[1])
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log of a member")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
