//! One member of etcd: what it is started with, its process and its log.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Where a member finds its certificates, below its host's `pki/`.
#[derive(Clone, Copy)]
pub(crate) struct Files {
    pub(crate) authority: &'static str,
    pub(crate) server: (&'static str, &'static str),
    pub(crate) peer: (&'static str, &'static str),
}

/// The names of kubeadm.
pub(crate) const KUBEADM: Files = Files {
    authority: "etcd/ca.crt",
    server: ("etcd/server.crt", "etcd/server.key"),
    peer: ("etcd/peer.crt", "etcd/peer.key"),
};

/// Free ports of an address, which are nobody else's while this is held.
pub(crate) struct Held {
    client: TcpListener,
    peer: TcpListener,
}

impl Held {
    pub(crate) fn on(address: &str) -> Self {
        let free = || match TcpListener::bind((address, 0)) {
            Ok(listener) => listener,
            Err(error) => panic!("no free port on {address}: {error}"),
        };
        Self {
            client: free(),
            peer: free(),
        }
    }

    /// `127.0.0.1:12345`, for clients.
    pub(crate) fn client(&self) -> String {
        self.client
            .local_addr()
            .expect("a bound socket")
            .to_string()
    }

    /// The same for other members.
    pub(crate) fn peer(&self) -> String {
        self.peer.local_addr().expect("a bound socket").to_string()
    }

    /// The part of `--initial-cluster` of a member with these ports.
    pub(crate) fn initial(&self, name: &str) -> String {
        format!("{name}=https://{}", self.peer())
    }
}

/// Killed when it goes out of scope.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) pki: PathBuf,
    pub(crate) files: Files,
    /// Whether it lets nobody in who has no certificate.
    pub(crate) asks_for_clients: bool,
    /// The address and port for clients.
    pub(crate) client: String,
    /// The address and port for other members.
    pub(crate) peer: String,
    /// All members of the cluster.
    pub(crate) initial: String,
    /// A directory of its own, made by etcd; the log lies beside it.
    pub(crate) data: PathBuf,
    pub(crate) process: Option<Child>,
}

impl Member {
    pub(crate) fn start(&mut self) {
        let [client, peer] = [&self.client, &self.peer].map(|one| format!("https://{one}"));
        let mut command = Command::new("etcd");
        command.env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.args(["--name", &self.name, "--data-dir"]);
        command.arg(&self.data);
        for (flag, value) in [
            ("--listen-client-urls", &client[..]),
            ("--advertise-client-urls", &client),
            ("--listen-peer-urls", &peer),
            ("--initial-advertise-peer-urls", &peer),
            ("--initial-cluster", &self.initial),
            ("--initial-cluster-token", "kpki-test"),
            ("--initial-cluster-state", "new"),
            ("--heartbeat-interval", "200"),
            ("--election-timeout", "2000"),
        ] {
            command.arg(flag).arg(value);
        }
        let mut files = vec![
            ("--cert-file", self.files.server.0),
            ("--key-file", self.files.server.1),
            ("--peer-cert-file", self.files.peer.0),
            ("--peer-key-file", self.files.peer.1),
        ];
        if self.asks_for_clients {
            command.args(["--client-cert-auth", "--peer-client-cert-auth"]);
            files.push(("--trusted-ca-file", self.files.authority));
            files.push(("--peer-trusted-ca-file", self.files.authority));
        }
        for (flag, file) in files {
            command.arg(flag).arg(self.pki.join(file));
        }
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

    /// As by a power cut.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself; either way it is waited for.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Whether it was started and has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        let process = self.process.as_mut();
        let status = process.map(|process| process.try_wait().expect("the state of a child"));
        status.flatten().is_some()
    }

    fn log_path(&self) -> PathBuf {
        Path::new(&self.data).with_extension("log")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).expect("the log of a member")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A machine under load needs seconds for an election.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again; fails with the last answer when patience ends.
pub(crate) fn wait<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(last) => assert!(
                start.elapsed() < PATIENCE,
                "waited in vain for: {what}\n{last}"
            ),
        }
        sleep(BETWEEN_LOOKS);
    }
}
