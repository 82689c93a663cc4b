//! What comes after certificates were made: they go to their hosts, and what
//! uses them is told.

use std::path::Path;

use pki_core::plan::{Action, Difference, Plan, PlanItem, Site};
use pki_core::render::{Reached, RenderedKind, Step, kubelets_share_endpoint};
use pki_core::{Cluster, EntryKind, Host, shell};

use crate::commands::render::still_to_do;
use crate::layout::Layout;

/// Who gets what this run makes.
pub(crate) struct CertificateSteps {
    /// Hosts that get something, each with its directory.
    hosts: Vec<Receiver>,
    /// Without a directory for each host the files are where they belong.
    home: Option<String>,
    /// What has to be restarted.
    readers: Vec<&'static str>,
    /// And where.
    restarts: Vec<Restart>,
    replaces_anything: bool,
    replaces_kubeconfigs: bool,
    kubelets: Option<Step>,
    /// The path of CHANGES.md, if an earlier run has left one.
    pending: Option<String>,
}

/// What reads the replaced files of a host.
struct Restart {
    host: Reached,
    readers: Vec<&'static str>,
}

struct Receiver {
    reached: Reached,
    directory: String,
    /// Whether `kpki copy` finds the tree by itself, and its place on the host:
    /// the usual one of a host of the control plane.
    is_copied: bool,
}

/// In the order in which they start.
const READERS: [&str; 5] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
];

/// The first of them, for one command should fit one line.
const MOST: usize = 4;

impl CertificateSteps {
    pub(crate) fn new(plan: &Plan, cluster: &Cluster, layout: &Layout, is_pending: bool) -> Self {
        let items = plan.items();
        let made = |site: Site| {
            let mut items = items.iter().filter(|item| item.site == site);
            items.any(|item| !matches!(item.action, Action::Keep(_)))
        };
        let hosts = cluster.hosts.iter().enumerate();
        let hosts = hosts.filter(|(index, _)| made(Site::Host(*index)));
        let hosts = hosts.map(|(index, host)| Receiver::new(index, host, layout, items));
        let replaced = || {
            let replaced = items.iter();
            replaced.filter(|item| matches!(item.action, Action::Replace(..)))
        };
        let is_read = |reader: &&str| replaced().any(|item| item.entry.readers().contains(reader));
        let mut kubeconfigs =
            replaced().filter(|item| matches!(item.entry.kind, EntryKind::Kubeconfig(_)));
        let is_fleet = items.iter().any(|item| item.site == Site::Shared);
        let changes = layout.root.join(RenderedKind::Changes.path());
        let changes = shell::path(changes.as_os_str().as_encoded_bytes());
        Self {
            hosts: hosts.collect(),
            home: is_fleet.then(|| layout.directory(Site::Shared).display().to_string()),
            readers: READERS.into_iter().filter(is_read).collect(),
            restarts: match is_fleet {
                true => restarts(items, cluster),
                false => Vec::new(),
            },
            replaces_anything: replaced().next().is_some(),
            // The kubelet's stays in any case.
            replaces_kubeconfigs: kubeconfigs.any(|item| item.entry.base_name != KUBELET),
            kubelets: is_fleet.then(|| kubelets(items, cluster)).flatten(),
            pending: is_pending.then_some(changes),
        }
    }

    /// All of them, where no other files changed.
    pub(crate) fn alone(&self) -> Vec<Step> {
        if self.hosts.is_empty() {
            return Vec::new();
        }
        let pending = self.pending.as_deref();
        let mut steps: Vec<_> = pending
            .map(still_to_do)
            .map(Step::say)
            .into_iter()
            .collect();
        steps.extend(self.bring(&[]));
        steps.extend(self.after(&[]));
        steps.extend(self.reminder());
        steps
    }

    /// How they come to hosts, but for those whose certificates come with other
    /// steps.
    pub(crate) fn bring(&self, with_others: &[String]) -> Vec<Step> {
        let Some(home) = &self.home else {
            return Vec::new();
        };
        let hosts = self.hosts.iter();
        let (masters, others): (Vec<_>, Vec<_>) = hosts
            .filter(|host| !with_others.contains(&host.reached.name))
            .partition(|host| host.is_copied);
        // What a change has a step for comes no earlier.
        let but = match &self.pending {
            Some(_) => ", but where that file brings them",
            None => "",
        };
        let mut steps = Vec::new();
        steps.extend(self.by_copy(Path::new(home), &masters, but));
        steps.extend(by_hand(&others, but));
        steps
    }

    /// Whether nothing was there before that somebody may use.
    pub(crate) fn is_first(&self) -> bool {
        !self.replaces_anything
    }

    /// What follows when they are there.
    pub(crate) fn after(&self, joining: &[String]) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.readers.is_empty() {
            let hosts = self.restarts.iter();
            let hosts: Vec<_> = hosts
                .filter(|it| !joining.contains(&it.host.name))
                .collect();
            let turn = match hosts.len() {
                0 | 1 => "",
                _ => ", on one host after the other",
            };
            if !hosts.is_empty() || self.restarts.is_empty() {
                steps.push(Step::run(
                    format!(
                        "restart what uses the replaced files: {}{turn}",
                        listed(&self.readers)
                    ),
                    hosts.into_iter().map(Restart::command),
                ));
            }
        }
        steps.extend(self.kubelets.clone());
        steps
    }

    /// What holds at any time.
    pub(crate) fn reminder(&self) -> Vec<Step> {
        let Some(first) = self.hosts.first() else {
            return Vec::new();
        };
        if let Some(home) = &self.home {
            return vec![Step::say(format!(
                "keep {home} safe: it holds the keys of the CAs"
            ))];
        }
        let fresh =
            "'kubeadm init' takes these files as they are, with the same names and addresses";
        let fresh = (!self.replaces_anything).then(|| Step::say(fresh));
        let directory = shell::path(first.directory.as_bytes());
        let check = Step::run(
            "check them at any time",
            [format!("kpki verify {directory}")],
        );
        fresh.into_iter().chain([check]).collect()
    }

    /// One command for all of them.
    fn by_copy(&self, home: &Path, hosts: &[&Receiver], but: &str) -> Option<Step> {
        hosts.first()?;
        let to = hosts.iter().take(MOST);
        let to = to.map(|host| format!(" --to {}", shell::word(host.reached.to.as_bytes())));
        let for_which = match hosts.len() > MOST {
            true => ", for the first of them",
            false => "",
        };
        // A kubeconfig on a host may be newer, and stays unless this is said.
        let kubeconfigs = match self.replaces_kubeconfigs {
            true => " --replace-kubeconfigs",
            false => "",
        };
        let home = home.parent().unwrap_or(home);
        Some(Step::run(
            format!(
                "bring each tree to its host ({}){for_which}{but}",
                names(hosts)
            ),
            [format!(
                "kpki copy --from {} --with-host-certs{kubeconfigs}{}",
                shell::path(home.as_os_str().as_encoded_bytes()),
                to.collect::<String>()
            )],
        ))
    }
}

fn restarts(items: &[PlanItem], cluster: &Cluster) -> Vec<Restart> {
    let hosts = cluster.hosts.iter().enumerate();
    let restarts = hosts.map(|(index, host)| {
        let own = || {
            let of_host = items.iter();
            of_host.filter(move |item| {
                item.site == Site::Host(index) && matches!(item.action, Action::Replace(..))
            })
        };
        let is_read = |reader: &&str| own().any(|item| item.entry.readers().contains(reader));
        Restart {
            host: Reached::new(host),
            readers: READERS.into_iter().filter(is_read).collect(),
        }
    });
    restarts.filter(|it| !it.readers.is_empty()).collect()
}

impl Restart {
    fn command(&self) -> String {
        // The kubelet is no container, and starts the others again.
        let pods = self.readers.iter().filter(|reader| **reader != "kubelet");
        let pods: Vec<_> = pods.copied().collect();
        let stop = (!pods.is_empty()).then(|| {
            let names = shell::word(pods.join("|").as_bytes());
            format!("crictl stop $(crictl ps -q --name {names})")
        });
        let kubelet = self.readers.contains(&"kubelet");
        let kubelet = kubelet.then(|| "systemctl restart kubelet".to_owned());
        let commands: Vec<_> = stop.into_iter().chain(kubelet).collect();
        self.host.run(&commands.join(" && "))
    }
}

impl Receiver {
    fn new(index: usize, host: &Host, layout: &Layout, items: &[PlanItem]) -> Self {
        let site = Site::Host(index);
        let directory = layout.directory(site).display().to_string();
        let files = items.iter().filter(|item| item.site == site);
        let mut files = files.flat_map(|item| &item.files);
        let is_usual = Path::new(&directory).ends_with("etc/kubernetes")
            && files.any(|file| layout.shown(site, file).starts_with("pki/"));
        Self {
            reached: Reached::new(host),
            directory,
            is_copied: host.roles.control_plane && is_usual,
        }
    }
}

/// What `kpki copy` does not bring: trees of members of etcd, and unusual places.
fn by_hand(hosts: &[&Receiver], but: &str) -> Option<Step> {
    let host = hosts.first()?;
    let there = "mkdir -p /etc/kubernetes && tar -C /etc/kubernetes --no-same-owner -xpf -";
    Some(Step::run(
        format!(
            "bring each tree to its host ({}), for {}{but}",
            names(hosts),
            host.reached.name
        ),
        [format!(
            "tar -C {} -cf - . | {}",
            shell::path(host.directory.as_bytes()),
            host.reached.run(there)
        )],
    ))
}

const KUBELET: &str = "kubelet.conf";

/// Who knows the API servers by another address, and gets no file: the kubelets,
/// which renew theirs, and what is in the cluster.
fn kubelets(items: &[PlanItem], cluster: &Cluster) -> Option<Step> {
    let server = |item: &PlanItem| {
        let Action::Replace(_, differences) = &item.action else {
            return None;
        };
        differences.iter().find_map(|difference| match difference {
            Difference::Server { expected, .. } => Some(expected.clone()),
            _ => None,
        })
    };
    let admin = items
        .iter()
        .filter(|item| item.entry.base_name == "admin.conf");
    let endpoint = admin.filter_map(server).next()?;
    cluster.control_plane_endpoint.as_ref()?;
    let mut commands = Vec::new();
    for (index, host) in cluster.hosts.iter().enumerate() {
        let mut own = items
            .iter()
            .filter(|item| item.site == Site::Host(index) && item.entry.base_name == KUBELET);
        let is_worker = !host.roles.control_plane && !host.roles.etcd;
        let shares =
            host.roles.control_plane && kubelets_share_endpoint(cluster.kubernetes_version);
        let server = match is_worker || shares {
            true => Some(endpoint.clone()),
            false => own.find_map(server),
        };
        commands.extend(server.map(|server| {
            Reached::new(host).run(&format!(
                "sed -i 's#server: .*#server: {server}#' /etc/kubernetes/kubelet.conf && systemctl restart kubelet"
            ))
        }));
    }
    let kubelets = match commands.is_empty() {
        true => "",
        false => ", and so has kubelet.conf on these hosts, which no copy touches",
    };
    Some(Step::run(
        format!(
            "have the cluster know {endpoint}, too: the config maps kubeadm-config and kube-proxy in kube-system and cluster-info in kube-public have the old address{kubelets}"
        ),
        commands,
    ))
}

fn names(hosts: &[&Receiver]) -> String {
    let first = hosts.iter().take(MOST);
    let first: Vec<_> = first.map(|host| host.reached.name.as_str()).collect();
    let more = if hosts.len() > MOST { ", ..." } else { "" };
    format!("{}{more}", first.join(", "))
}

/// `a, b and c`
fn listed(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => words.join(", "),
    }
}
