//! Members of etcd on loopback addresses that form a cluster.

use tempfile::{TempDir, tempdir};

use super::client::Client;
use super::member::{Files, Held, Member, wait};
use crate::tree::Tree;

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
        let hosts: Vec<_> = tree
            .hosts()
            .map(|(name, address)| (name, Held::on(address)))
            .collect();
        let initial: Vec<String> = hosts
            .iter()
            .map(|(name, held)| held.initial(name))
            .collect();
        let mut members: Vec<Member> = hosts
            .iter()
            .map(|(name, held)| Member {
                name: (*name).to_owned(),
                pki: tree.host(name).join("pki"),
                files,
                asks_for_clients: true,
                client: held.client(),
                peer: held.peer(),
                initial: initial.join(","),
                data: data.path().join(name),
                process: None,
            })
            .collect();
        drop(hosts);
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
        running
            .map(|member| format!("https://{}", member.client))
            .collect()
    }

    pub(crate) fn wait_until_healthy(&mut self, client: &Client) {
        let endpoints = self.endpoints();
        wait("a healthy cluster", || {
            for member in &mut self.members {
                assert!(
                    !member.has_ended(),
                    "{} ended: {}",
                    member.name,
                    member.log()
                );
            }
            client.finds_healthy(&endpoints)
        });
    }

    pub(crate) fn members(&mut self) -> &mut [Member] {
        &mut self.members
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
