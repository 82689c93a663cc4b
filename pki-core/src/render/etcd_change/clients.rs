//! Another address for etcd's clients, and who asks there.

use super::Changed;
use super::steps::{FILES, IN_TURN, RESTART, WHICH};
use crate::cluster::{Cluster, Etcd};
use crate::render::step::{Reached, Step};

/// Has the API servers ask etcd at these URLs, but for hosts that are new. What kubeadm
/// has written for them is theirs: a rendered file reaches none that runs.
#[must_use]
pub fn api_servers_ask(
    cluster: &Cluster,
    is_new: &dyn Fn(&str) -> bool,
    urls: &str,
) -> Option<Step> {
    let hosts = cluster.hosts.iter();
    let hosts = hosts.filter(|it| it.roles.control_plane && !is_new(it.name.as_str()));
    let hosts: Vec<_> = hosts.map(Reached::new).collect();
    let names: Vec<_> = hosts.iter().map(|host| host.name.as_str()).collect();
    let what = format!(
        "have the API servers of {} ask etcd at {urls}, {IN_TURN}",
        names.join(", ")
    );
    // sed takes '#' and '&' for its own.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".,:/[]-_".contains(c);
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

impl Changed<'_> {
    /// The members that clients reach elsewhere now, though other members do not.
    pub(super) fn clients_elsewhere(&self) -> Vec<String> {
        let stays = |name: &String| {
            let urls = [&self.old, &self.new].map(|service| service.members.get(name));
            matches!(urls, [Some(was), Some(is)] if was == is)
        };
        let clients = self.clients.iter();
        let elsewhere = clients.filter(|(name, urls)| match urls {
            [Some(was), Some(is)] => was != is && stays(name),
            _ => false,
        });
        elsewhere.map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn clients(&self, names: &[String]) -> Vec<Step> {
        let was = self.clients.values().filter_map(|[was, _]| was.as_deref());
        let mut urls: Vec<_> = was.collect();
        let now = self.urls();
        for url in now.split(',') {
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
        // Between the first member and the last some listen here and some there.
        let mut steps: Vec<_> = self.ask(&urls.join(",")).into_iter().collect();
        let mut done = Vec::new();
        for host in &self.running {
            done.extend(names.iter().find(|name| **name == host.name));
            let done: Vec<_> = done.iter().map(|name: &&String| name.as_str()).collect();
            steps.push(Step::run(
                format!(
                    "bring {WHICH} to {}, restart etcd there, and go on when all members are well",
                    host.name
                ),
                [host.bring(&FILES, Some(RESTART)), self.are_well(&done)],
            ));
        }
        steps.extend(self.ask(&now));
        steps
    }

    /// Where API servers are to ask.
    pub(super) fn urls(&self) -> String {
        match &self.cluster.etcd {
            Etcd::External(external) if !external.endpoints.is_empty() => {
                external.endpoints.join(",")
            }
            _ => {
                let urls = self.clients.values().filter_map(|[_, is]| is.as_deref());
                urls.collect::<Vec<_>>().join(",")
            }
        }
    }

    pub(super) fn ask(&self, urls: &str) -> Option<Step> {
        let is_new = |name: &str| {
            self.new.members.contains_key(name) && !self.old.members.contains_key(name)
        };
        api_servers_ask(self.cluster, &is_new, urls)
    }
}
