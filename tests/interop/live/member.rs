//! One member of etcd that is a cluster of its own.

use std::net::TcpStream;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

use crate::etcd::member::{self, Held, KUBEADM, PATIENCE};

/// Loopback, and no other test's.
pub(super) const ADDRESS: &str = "127.0.11.1";

/// Killed when it goes out of scope.
pub(super) struct Member {
    member: member::Member,
    // Behind the member, which is to be dead before its data is removed.
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
        let data = tempdir().expect("a temporary directory");
        let held = Held::on(ADDRESS);
        let mut member = member::Member {
            name: "m0".to_owned(),
            pki: pki.to_owned(),
            files: KUBEADM,
            asks_for_clients,
            client: held.client(),
            peer: held.peer(),
            initial: held.initial("m0"),
            data: data.path().join("m0"),
            process: None,
        };
        drop(held);
        member.start();
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if member.has_ended() {
                return None;
            }
            let listens = |address: &String| TcpStream::connect(address).is_ok();
            if [&member.client, &member.peer].into_iter().all(listens) {
                return Some(Self {
                    member,
                    _data: data,
                });
            }
            sleep(Duration::from_millis(20));
        }
        None
    }

    pub(super) fn client(&self) -> String {
        format!("etcd={}", self.member.client)
    }

    pub(super) fn peer(&self) -> String {
        format!("etcd-peer={}", self.member.peer)
    }

    pub(super) fn log(&self) -> String {
        self.member.log()
    }
}
