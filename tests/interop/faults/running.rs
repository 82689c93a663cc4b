//! What members of etcd and their clients do with the tree of a lab.

use std::path::PathBuf;
use std::process::Command;

use super::lab::Lab;
use super::words::Words;
use crate::common::run;
use crate::etcd::client::Client;
use crate::etcd::cluster::Cluster;
use crate::etcd::member::{KUBEADM, wait};

/// Its members are killed when it goes out of scope.
pub(super) struct Running {
    cluster: Cluster,
    authority: PathBuf,
    pki: PathBuf,
}

impl Running {
    /// Starts a member on each host of the tree.
    pub(super) fn start(lab: &Lab) -> Self {
        Self {
            cluster: Cluster::start(lab.tree(), KUBEADM),
            authority: lab.path("m0", KUBEADM.authority),
            pki: lab.path("m0", ""),
        }
    }

    /// No member runs for long, and each says why.
    pub(super) fn assert_does_not_start(&mut self, words: &Words<'_>) {
        for member in self.cluster.members() {
            wait("the end of etcd", || match member.has_ended() {
                true => Ok(()),
                false => Err(end(&member.log())),
            });
            assert!(words.stand_in(&member.log()), "{words}: {}", member.log());
        }
    }

    /// etcdctl refuses the first member's certificate, and says why.
    pub(super) fn assert_refused_by_the_client(&mut self, words: &Words<'_>) {
        self.wait_until_ready();
        let (client, endpoint) = (self.client(), self.first());
        wait(&words.to_string(), || match client.refusal(&endpoint) {
            Ok(said) if words.stand_in(&said) => Ok(()),
            Ok(said) => Err(said),
            Err(error) => panic!("{error}"),
        });
    }

    /// etcdctl is refused by the first member, which says why.
    pub(super) fn assert_refuses_the_client(&mut self, words: &Words<'_>) {
        self.wait_until_ready();
        let (client, endpoint) = (self.client(), self.first());
        wait(&words.to_string(), || {
            if let Err(error) = client.refusal(&endpoint) {
                panic!("{error}");
            }
            match self.log(0) {
                log if words.stand_in(&log) => Ok(()),
                log => Err(end(&log)),
            }
        });
    }

    /// A member's log has these words, without anybody's help.
    pub(super) fn wait_for(&mut self, member: usize, words: &Words<'_>) {
        wait(&words.to_string(), || match self.log(member) {
            log if words.stand_in(&log) => Ok(()),
            log => Err(end(&log)),
        });
    }

    /// No member has found others to elect a leader with, so that clients wait in vain.
    pub(super) fn assert_has_no_leader(&mut self) {
        let (client, endpoint) = (self.client(), self.first());
        if let Err(error) = client.refusal(&endpoint) {
            panic!("{error}");
        }
        for member in 0..self.cluster.members().len() {
            let log = self.log(member);
            assert!(!log.contains(READY), "{log}");
        }
    }

    /// etcdctl reads and writes.
    pub(super) fn assert_works(&mut self) {
        let client = self.client();
        self.cluster.wait_until_healthy(&client);
        client.put(&[self.first()], "key", "value");
        assert_eq!(client.get(&[self.first()], "key"), "value");
    }

    /// What etcd's gateway answers to whom etcd would answer.
    pub(super) fn gateway(&mut self) -> String {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--max-time", "10"]);
        command.arg("--cacert").arg(&self.authority);
        let (certificate, key) = CLIENT;
        command.arg("--cert").arg(self.pki.join(certificate));
        command.arg("--key").arg(self.pki.join(key));
        // `key`, in base64.
        command.args(["--data", r#"{"key":"a2V5"}"#]);
        let output = run(command.arg(format!("{}/v3/kv/range", self.first())));
        assert!(output.status.success(), "{command:?}: {}", output.stderr);
        output.stdout
    }

    pub(super) fn log(&mut self, member: usize) -> String {
        self.cluster.members()[member].log()
    }

    fn wait_until_ready(&mut self) {
        wait("a member that serves", || match self.log(0) {
            log if log.contains(READY) => Ok(()),
            log => Err(end(&log)),
        });
    }

    fn first(&self) -> String {
        self.cluster.endpoints().swap_remove(0)
    }

    fn client(&self) -> Client {
        Client::new(&self.authority, Some((&self.pki, CLIENT)))
    }
}

/// Of the API server.
const CLIENT: (&str, &str) = ("apiserver-etcd-client.crt", "apiserver-etcd-client.key");

/// What etcd says when it has found or elected a leader.
const READY: &str = "ready to serve client requests";

/// The last lines of a log, for messages.
fn end(log: &str) -> String {
    const LINES: usize = 30;
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
