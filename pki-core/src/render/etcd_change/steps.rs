//! The steps of each change.

use super::{Change, Changed};
use crate::cluster::{Etcd, EtcdPeers};
use crate::render::RenderedKind;
use crate::render::step::{Reached, Step};
use crate::shell;

pub(super) const FILES: [&str; 2] = [
    RenderedKind::EtcdEnvironment.path(),
    RenderedKind::EtcdUnit.path(),
];
pub(super) const WHICH: &str = "etc/etcd.env and etc/systemd/system/etcd.service";
pub(super) const IN_TURN: &str = "one host after the other, each well before the next";
const RESTART: &str = "systemctl daemon-reload && systemctl restart etcd";

fn word(text: &str) -> String {
    shell::word(text.as_bytes())
}

/// The number of a member, which etcdctl asks for.
fn number(etcdctl: &str, name: &str) -> String {
    let program = shell::quoted(&format!(r#"$3 == "{name}" {{ print $1 }}"#));
    format!(r#""$({etcdctl} member list | awk -F', ' {program})""#)
}

impl Changed<'_> {
    pub(super) fn steps(&self, change: &Change) -> Vec<Step> {
        match change {
            Change::Added(name, url) => self.added(name, url),
            Change::Removed(names) => self.removed(names),
            Change::Moved(members) => self.moved(members),
            Change::Version(was, is) => self.version(*was, *is),
            Change::Peers(was, is) => self.peers(*was, *is),
            Change::Data(was, is) => vec![self.data(was, is)],
            Change::User(user) => vec![self.user(user)],
            Change::Start => vec![self.others()],
        }
    }

    fn host(&self, name: &str) -> Option<Reached> {
        let mut hosts = self.cluster.hosts.iter();
        let host = hosts.find(|host| host.name.as_str() == name);
        host.map(Reached::new)
    }

    /// etcdctl as it asks the member on its own host.
    pub(super) fn etcdctl(&self) -> String {
        self.etcdctl_at(&format!("https://localhost:{}", self.old.client_port()))
    }

    fn etcdctl_at(&self, urls: &str) -> String {
        let file = |flag| word(self.old.flag(flag));
        format!(
            "ETCDCTL_API=3 etcdctl --endpoints={} --cacert={} --cert={} --key={}",
            word(urls),
            file("trusted-ca-file"),
            file("cert-file"),
            file("key-file"),
        )
    }

    /// Whether members are well, those of these names as they are now, asked on
    /// the host that stays.
    pub(super) fn are_well(&self, changed: &[&str]) -> String {
        let urls = self.clients.iter().filter_map(|(name, [was, is])| {
            let is_changed = changed.contains(&name.as_str());
            let url = if is_changed { is } else { was };
            url.as_deref()
        });
        let urls: Vec<_> = urls.collect();
        let etcdctl = self.etcdctl_at(&urls.join(","));
        self.asked.run(&format!("{etcdctl} endpoint health"))
    }

    /// What the others have for their next start.
    fn others(&self) -> Step {
        let bring = self.running.iter().map(|host| host.bring(&FILES, None));
        Step::run(
            format!(
                "bring {WHICH} to {}, without a restart: etcd has its members in its data, and reads --initial-cluster and its state only where it has none",
                self.hosts()
            ),
            bring,
        )
    }

    fn added(&self, name: &str, url: &str) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.new.flag("initial-cluster-state") != "existing" {
            steps.push(Step::say(format!(
                "write 'etcd: {{state: existing}}' in the document of the kind Setup and run kpki render again, before etcd starts on {name}: with --initial-cluster-state=new it never joins the others"
            )));
        }
        steps.push(Step::run(
            "all members that there are have to be well",
            [self.are_well(&[])],
        ));
        steps.push(Step::run(
            format!("once, the members are told of {name}; etcd says 'unhealthy cluster' until all of them have been connected for five seconds"),
            [self.asked.run(&format!(
                "{} member add {} --peer-urls={}",
                self.etcdctl(),
                word(name),
                word(url)
            ))],
        ));
        if let Some(host) = self.host(name) {
            let start = "systemctl daemon-reload && systemctl enable --now etcd";
            let start = match self.new.user.as_str() {
                "root" => start.to_owned(),
                user => format!("{} && {start}", self.ownership(user, true)),
            };
            steps.push(Step::run(
                format!(
                    "install etcd on {name} as RUNBOOK.md says, then bring its certificates, {WHICH} and start it"
                ),
                [
                    host.bring_certificates(false),
                    host.bring(&FILES, Some(&start)),
                ],
            ));
        }
        steps.push(Step::run(
            format!("{name} is well too"),
            [self.are_well(&[name])],
        ));
        steps.push(self.others());
        steps.extend(self.api_servers());
        steps
    }

    fn removed(&self, names: &[String]) -> Vec<Step> {
        // They forget a member first, and are not without it until then.
        let mut steps: Vec<_> = self.api_servers().into_iter().collect();
        let etcdctl = self.etcdctl();
        for name in names {
            steps.push(Step::run(
                format!("while the other members are well, and have been for five seconds, {name} is removed"),
                [self.asked.run(&format!(
                    "{etcdctl} member remove {}",
                    number(&etcdctl, name)
                ))],
            ));
            steps.push(Step::say(format!(
                "then on {name}: systemctl disable --now etcd; its data in {} are of no use any more",
                self.old.flag("data-dir")
            )));
        }
        steps.push(self.others());
        steps
    }

    fn moved(&self, members: &[(String, String)]) -> Vec<Step> {
        let mut steps = Vec::new();
        let etcdctl = self.etcdctl();
        let mut done = Vec::new();
        for (name, url) in members {
            done.push(name.as_str());
            steps.push(Step::run(
                format!("while all other members are well, they are told where {name} will be"),
                [self.asked.run(&format!(
                    "{etcdctl} member update {} --peer-urls={}",
                    number(&etcdctl, name),
                    word(url)
                ))],
            ));
            if let Some(host) = self.host(name) {
                steps.push(Step::run(
                    format!(
                        "then, when {name} has its new address, bring its new certificates and {WHICH}, and restart it"
                    ),
                    [
                        host.bring_certificates(true),
                        host.bring(&FILES, Some(RESTART)),
                    ],
                ));
            }
            steps.push(Step::run(
                format!("go on when {name} is well"),
                [self.are_well(&done)],
            ));
        }
        steps.push(self.others());
        steps.extend(self.api_servers());
        steps
    }

    /// What kubeadm has written for the API servers is theirs: a rendered file
    /// reaches none that runs.
    fn api_servers(&self) -> Option<Step> {
        let urls = match &self.cluster.etcd {
            Etcd::External(external) if !external.endpoints.is_empty() => {
                external.endpoints.join(",")
            }
            _ => {
                let urls = self.clients.values().filter_map(|[_, is]| is.as_deref());
                urls.collect::<Vec<_>>().join(",")
            }
        };
        let is_new = |name: &str| {
            self.new.members.contains_key(name) && !self.old.members.contains_key(name)
        };
        let mut hosts = Vec::new();
        for host in &self.cluster.hosts {
            if host.roles.control_plane && !is_new(host.name.as_str()) {
                hosts.push(Reached::new(host));
            }
        }
        let names: Vec<_> = hosts.iter().map(|host| host.name.as_str()).collect();
        let what = format!(
            "have the API servers of {} ask etcd at {urls}, {IN_TURN}",
            names.join(", ")
        );
        // sed takes '#' and '&' for its own.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/.,-_[]".contains(c);
        let edit = format!(
            "sed -i 's#--etcd-servers=.*#--etcd-servers={urls}#' /etc/kubernetes/manifests/kube-apiserver.yaml"
        );
        let each = |host: &Reached| [host.run(&edit), host.api_server_answers()];
        match (hosts.is_empty(), urls.chars().all(is_plain)) {
            (true, _) => None,
            (_, true) => Some(Step::run(what, hosts.iter().flat_map(each))),
            (_, false) => Some(Step::say(what)),
        }
    }

    fn peers(&self, was: EtcdPeers, is: EtcdPeers) -> Vec<Step> {
        let hosts = self.hosts();
        let all = |command: &dyn Fn(&Reached) -> String| -> Vec<String> {
            self.running.iter().map(command).collect()
        };
        let units = |start: &str| {
            Step::run(
                format!("{start} bring {WHICH} to {hosts}, and restart etcd there, {IN_TURN}"),
                all(&|host| host.bring(&FILES, Some(RESTART))),
            )
        };
        let certificates = |start: &str, end: &str| {
            Step::run(
                format!(
                    "{start} bring the new peer certificates to {hosts}, which etcd takes at the next connection{end}"
                ),
                all(&|host| host.bring_certificates(false)),
            )
        };
        match (was, is) {
            (EtcdPeers::AnyClient, EtcdPeers::CommonName) => vec![
                certificates("first", ": with the new unit the others let no old one in"),
                units("then"),
            ],
            (EtcdPeers::CommonName, EtcdPeers::AnyClient) => {
                vec![units("first"), certificates("then", "")]
            }
            // No member trusts both CAs: in turn, each would be alone.
            _ => {
                let stop = Step::run(
                    format!(
                        "another CA of the peers is an outage of etcd, and with it of the API servers: no member trusts the old and the new one. Stop etcd on all of {hosts}"
                    ),
                    all(&|host| host.run("systemctl stop etcd")),
                );
                let mut steps = vec![stop];
                steps.extend((was == EtcdPeers::OwnCa).then(|| self.without_peers_ca()));
                steps.extend([
                    Step::run(
                        format!("then bring the new certificates and {WHICH} to {hosts}"),
                        all(&|host| {
                            let [certificates, files] =
                                [host.bring_certificates(false), host.bring(&FILES, None)];
                            format!("{certificates}\n{files}")
                        }),
                    ),
                    Step::run(
                        "then start it on all of them, without waiting for one",
                        all(&|host| {
                            host.run("systemctl daemon-reload && systemctl start --no-block etcd")
                        }),
                    ),
                ]);
                steps
            }
        }
    }

    /// Whoever finds a CA of the peers beside their certificates takes it for
    /// theirs.
    fn without_peers_ca(&self) -> Step {
        let file = self.old.flag("peer-trusted-ca-file");
        let here = self.running.iter();
        let here = here.map(|host| word(&format!("{}{file}", host.name)));
        let here: Vec<_> = here.collect();
        let mut commands = vec![
            "mkdir -p kpki-backup-peer-ca && mv shared/etcd/peer-ca* kpki-backup-peer-ca/"
                .to_owned(),
            format!("rm -f {}", here.join(" ")),
        ];
        let there = self.running.iter();
        commands.extend(there.map(|host| host.run(&format!("rm -f {}", word(file)))));
        Step::run(
            "take the CA of the peers away, which is theirs no more: kpki would go on to take their certificates for its",
            commands,
        )
    }

    /// Stops etcd, does something, and starts it: on one host after the other.
    fn meanwhile(&self, what: &str, command: &str) -> Step {
        let then = format!(
            "systemctl stop etcd && {command} && systemctl daemon-reload && systemctl start etcd"
        );
        Step::run(
            format!(
                "bring {WHICH} to {}, and {what} while etcd is stopped, {IN_TURN}",
                self.hosts()
            ),
            self.running
                .iter()
                .map(|host| host.bring(&FILES, Some(&then))),
        )
    }

    fn data(&self, was: &str, is: &str) -> Step {
        let parent = match is.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => parent,
            _ => "/",
        };
        self.meanwhile(
            "move the data there",
            &format!(
                "mkdir -p {} && mv -T {} {}",
                word(parent),
                word(was),
                word(is)
            ),
        )
    }

    fn user(&self, user: &str) -> Step {
        let what = format!("give {user} the data there");
        self.meanwhile(&what, &self.ownership(user, false))
    }

    /// Gives the user what is etcd's on a host; a new member has no data yet.
    fn ownership(&self, user: &str, is_new: bool) -> String {
        let file = |flag| word(self.new.flag(flag));
        let (user, data) = (word(user), file("data-dir"));
        let data = match is_new {
            true => format!("install -d -m 0700 -o {user} -g {user} {data}"),
            false => format!("chown -R {user}: {data}"),
        };
        format!(
            "{{ id {user} || useradd --system --user-group {user}; }} && {data} && chown {user} {} {}",
            file("key-file"),
            file("peer-key-file"),
        )
    }
}
