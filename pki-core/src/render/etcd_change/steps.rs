//! The words of it.

use super::{Change, Changed};
use crate::cluster::EtcdPeers;
use crate::shell;

const FILES: &str = "etc/etcd.env and etc/systemd/system/etcd.service";
const IN_TURN: &str = "one host after the other, each well before the next";

fn word(text: &str) -> String {
    shell::word(text.as_bytes())
}

/// The number of a member, which etcdctl asks for.
fn number(name: &str) -> String {
    let program = shell::quoted(&format!(r#"$3 == "{name}" {{ print $1 }}"#));
    format!(r#""$(etcdctl member list | awk -F', ' {program})""#)
}

impl Changed<'_> {
    pub(super) fn steps(&self, host: &str, change: &Change) -> Vec<String> {
        match change {
            Change::Added(name, url) => self.added(host, name, url),
            Change::Removed(names) => self.removed(host, names),
            Change::Moved(members) => self.moved(host, members),
            Change::Peers(was, is) => self.peers(*was, *is),
            Change::Data(was, is) => vec![self.data(was, is)],
            Change::User(user) => vec![self.user(user)],
            Change::Start => vec![self.others()],
        }
    }

    fn running(&self) -> String {
        self.running.join(", ")
    }

    /// What etcdctl has to know, as its variables.
    fn settings(&self, host: &str) -> String {
        let file = |flag| word(self.old.flag(flag));
        format!(
            "on {host}, for the commands of etcdctl that follow: export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=https://localhost:{} ETCDCTL_CACERT={} ETCDCTL_CERT={} ETCDCTL_KEY={}",
            self.old.client_port(),
            file("trusted-ca-file"),
            file("cert-file"),
            file("key-file"),
        )
    }

    fn others(&self) -> String {
        format!(
            "bring {FILES} to {}, without a restart: etcd has its members in its data, and reads --initial-cluster and its state only where it has none",
            self.running()
        )
    }

    fn added(&self, host: &str, name: &str, url: &str) -> Vec<String> {
        let mut steps = Vec::new();
        if self.new.flag("initial-cluster-state") != "existing" {
            steps.push(format!(
                "write 'etcd: {{state: existing}}' in the document of the kind Setup and run kpki render again, before etcd starts on {name}: with --initial-cluster-state=new it never joins the others"
            ));
        }
        steps.push(self.settings(host));
        steps.push(format!(
            "there, while all members are well: etcdctl member add {} --peer-urls={}",
            word(name),
            word(url)
        ));
        steps.push(format!(
            "then bring its certificates, {FILES} to {name}, and run there: systemctl daemon-reload && systemctl enable --now etcd"
        ));
        steps.push(self.others());
        steps
    }

    fn removed(&self, host: &str, names: &[String]) -> Vec<String> {
        let mut steps = vec![self.settings(host)];
        for name in names {
            steps.push(format!(
                "there, while the other members are well: etcdctl member remove {}",
                number(name)
            ));
            steps.push(format!(
                "then on {name}: systemctl disable --now etcd; its data in {} are of no use any more",
                self.old.flag("data-dir")
            ));
        }
        steps.push(self.others());
        steps
    }

    fn moved(&self, host: &str, members: &[(String, String)]) -> Vec<String> {
        let mut steps = vec![self.settings(host)];
        for (name, url) in members {
            steps.push(format!(
                "there, while all other members are well: etcdctl member update {} --peer-urls={}",
                number(name),
                word(url)
            ));
            steps.push(format!(
                "then bring its new certificates, {FILES} to {name}, run there: systemctl daemon-reload && systemctl restart etcd, and go on when it is well"
            ));
        }
        steps.push(self.others());
        steps
    }

    fn peers(&self, was: EtcdPeers, is: EtcdPeers) -> Vec<String> {
        const RESTART: &str = "run there: systemctl daemon-reload && systemctl restart etcd";
        let hosts = self.running();
        let (unit, certificates) = (
            format!("bring {FILES} to {hosts}, and {IN_TURN}, {RESTART}"),
            format!(
                "the new peer certificates to {hosts}, which etcd takes at the next connection"
            ),
        );
        match (was, is) {
            (EtcdPeers::AnyClient, EtcdPeers::CommonName) => vec![
                format!(
                    "first bring {certificates}: with the new unit the others let no old one in"
                ),
                format!("then {unit}"),
            ],
            (EtcdPeers::CommonName, EtcdPeers::AnyClient) => vec![
                format!(
                    "first {unit}; no new certificate goes to any of them before: the old units let none in"
                ),
                format!("then bring {certificates}"),
            ],
            // No member trusts both CAs: in turn, each would be alone.
            _ => vec![
                format!(
                    "another CA of the peers is an outage of etcd, and with it of the API servers: no member trusts the old and the new one. On all of {hosts}: systemctl stop etcd"
                ),
                format!("then bring the new certificates, {FILES} to {hosts}"),
                format!(
                    "then on all of them, without waiting for one: systemctl daemon-reload && systemctl start --no-block etcd"
                ),
            ],
        }
    }

    /// Stops etcd, does something, and starts it: on one host after the other.
    fn meanwhile(&self, what: &str) -> String {
        format!(
            "bring {FILES} to {}, and {IN_TURN}, run there: systemctl stop etcd && {what} && systemctl daemon-reload && systemctl start etcd",
            self.running()
        )
    }

    fn data(&self, was: &str, is: &str) -> String {
        let parent = match is.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => parent,
            _ => "/",
        };
        self.meanwhile(&format!(
            "mkdir -p {} && mv -T {} {}",
            word(parent),
            word(was),
            word(is)
        ))
    }

    fn user(&self, user: &str) -> String {
        let file = |flag| word(self.new.flag(flag));
        let user = word(user);
        self.meanwhile(&format!(
            "{{ id {user} || useradd --system --user-group {user}; }} && chown -R {user}: {} && chown {user} {} {}",
            file("data-dir"),
            file("key-file"),
            file("peer-key-file"),
        ))
    }

    pub(super) fn several(&self, changes: &[Change]) -> String {
        let changes: Vec<_> = changes.iter().map(Change::name).collect();
        format!(
            "etcd runs on {}, and a running one is changed in one way at a time, which cannot be done for {} together: put the old description back, then change, render and carry out one after the other",
            self.running(),
            changes.join(", ")
        )
    }
}

impl Change {
    fn name(&self) -> String {
        match self {
            Self::Added(name, _) => format!("the new member {name}"),
            Self::Removed(names) => format!("the removed {}", names.join(", ")),
            Self::Moved(members) => {
                let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
                format!("the new address of {}", names.join(", "))
            }
            Self::Peers(_, is) => format!("peers: {is}"),
            Self::Data(_, is) => format!("dataDir: {is}"),
            Self::User(user) => format!("user: {user}"),
            Self::Start => "what is read at the first start".to_owned(),
        }
    }
}
