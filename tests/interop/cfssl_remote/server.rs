//! A running `cfssl serve`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Killed when it goes out of scope.
pub(super) struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// The CA and the configuration of a directory, served with more flags.
    pub(super) fn start(place: &Path, flags: &[&str]) -> Self {
        // Someone else may take a port before the server does.
        const ATTEMPTS: usize = 5;
        let mut attempts = (0..ATTEMPTS).filter_map(|_| Self::attempt(place, flags));
        attempts.next().expect("cfssl serve starts")
    }

    fn attempt(place: &Path, flags: &[&str]) -> Option<Self> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let port = free_port();
        let mut command = Command::new("cfssl");
        command.args(["serve", "-address", "127.0.0.1", "-port", &port.to_string()]);
        command.args([
            "-ca",
            "ca.pem",
            "-ca-key",
            "ca-key.pem",
            "-config",
            "server.json",
        ]);
        command.args(flags).current_dir(place);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = command.spawn().expect("cfssl");
        let mut server = Self { process, port };
        let start = Instant::now();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        while start.elapsed() < PATIENCE {
            if server.process.try_wait().expect("a status").is_some() {
                return None;
            }
            if TcpStream::connect_timeout(&address, PATIENCE).is_ok() {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    pub(super) fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn http(&self) -> String {
        format!("http://{}", self.authority())
    }

    pub(super) fn https(&self, host: &str) -> String {
        format!("https://{host}:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
