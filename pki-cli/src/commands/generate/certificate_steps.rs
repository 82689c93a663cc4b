//! What comes after certificates were made: they go to their hosts, and what
//! uses them is told.

use std::collections::BTreeMap;
use std::path::Path;

use pki_core::plan::{Action, Difference, Plan, PlanItem, Site};
use pki_core::render::{HostChanges, Reached, RenderedKind, Step};
use pki_core::{Cluster, EntryKind, FileRole, Host, shell};

use crate::commands::render::{AGAIN, still_to_do};
use crate::layout::Layout;

/// Who gets what this run makes.
pub(crate) struct CertificateSteps {
    /// Hosts that get something.
    hosts: Vec<Receiver>,
    /// The directory with the trees of the hosts; `None` where the files are where
    /// they belong.
    trees: Option<Trees>,
    /// What has to be restarted.
    readers: Vec<&'static str>,
    /// And where.
    restarts: Vec<Restart>,
    changes_anything: bool,
    replaces_anything: bool,
    replaces_kubeconfigs: bool,
    /// Whether the API servers are reached by another address.
    moves_endpoint: bool,
    /// Where kubelet.conf of a host has to lead, by the index of the host.
    kubelets: BTreeMap<usize, String>,
    /// The path of CHANGES.md, if an earlier run has left one.
    pending: Option<String>,
}

struct Trees {
    /// As commands name it.
    from: String,
    /// The home of the CAs.
    shared: String,
}

/// What reads the replaced files of a host.
struct Restart {
    host: Reached,
    readers: Vec<&'static str>,
}

struct Receiver {
    reached: Reached,
    /// Its tree.
    directory: String,
    /// What lies in it, below the root of the host.
    contents: Vec<String>,
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

/// So many are in one command, for it should fit one line.
const MOST: usize = 4;

impl CertificateSteps {
    /// With `is_here` the commands are for a shell in the directory with the trees,
    /// as those of a rendering are.
    pub(crate) fn new(
        plan: &Plan,
        cluster: &Cluster,
        layout: &Layout,
        is_pending: bool,
        is_here: bool,
    ) -> Self {
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
            trees: is_fleet.then(|| Trees {
                from: match is_here {
                    true => ".".to_owned(),
                    false => layout.root.display().to_string(),
                },
                shared: layout.directory(Site::Shared).display().to_string(),
            }),
            readers: READERS.into_iter().filter(is_read).collect(),
            restarts: match is_fleet {
                true => restarts(items, cluster),
                false => Vec::new(),
            },
            changes_anything: plan.changes_anything(),
            replaces_anything: replaced().next().is_some(),
            // The kubelet's stays in any case.
            replaces_kubeconfigs: kubeconfigs.any(|item| item.entry.base_name != KUBELET),
            moves_endpoint: is_fleet
                && replaced()
                    .any(|item| item.entry.base_name == "admin.conf" && server(item).is_some()),
            kubelets: kubelets(items),
            pending: is_pending.then_some(changes),
        }
    }

    /// All of them, where no other files changed.
    pub(crate) fn alone(&self, cluster: &Cluster) -> Vec<Step> {
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
        steps.extend(self.restart(&[]));
        steps.extend(self.endpoint(cluster, &[]));
        steps.extend(self.reminder());
        steps
    }

    /// What would have to be done, as far as somebody uses what is replaced.
    pub(crate) fn foreseen(&self, cluster: &Cluster) -> Vec<String> {
        if !self.changes_anything {
            return Vec::new();
        }
        let steps = match self.is_first() {
            true => Vec::new(),
            false => self.alone(cluster),
        };
        let then = match steps.is_empty() {
            true => "",
            false => "; what follows would be asked for then",
        };
        let again = format!("{AGAIN}{then}");
        let steps = steps.iter().map(ToString::to_string);
        std::iter::once(again).chain(steps).collect()
    }

    /// How they come to hosts, but for those whose certificates come with other
    /// steps.
    pub(crate) fn bring(&self, with_others: &[String]) -> Vec<Step> {
        let Some(trees) = &self.trees else {
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
        let step = |hosts: &[&Receiver], commands: Vec<String>| {
            let names: Vec<_> = hosts.iter().map(|it| it.reached.name.as_str()).collect();
            let names = names.join(", ");
            let step = || {
                Step::run(
                    format!("bring each tree to its host ({names}){but}"),
                    commands,
                )
            };
            (!hosts.is_empty()).then(step)
        };
        let copies = masters.chunks(MOST).map(|some| self.copy(trees, some));
        let by_hand = others.iter().map(|host| host.bring(trees));
        let steps = [
            step(&masters, copies.collect()),
            step(&others, by_hand.collect()),
        ];
        steps.into_iter().flatten().collect()
    }

    /// Whether anything is made or replaced.
    pub(crate) fn change_anything(&self) -> bool {
        self.changes_anything
    }

    /// Whether nothing was there before that somebody may use.
    pub(crate) fn is_first(&self) -> bool {
        !self.replaces_anything
    }

    /// What reads them at its start, but on hosts that have another step for it.
    pub(crate) fn restart(&self, but: &[String]) -> Option<Step> {
        let hosts = self.restarts.iter();
        let hosts: Vec<_> = hosts.filter(|it| !but.contains(&it.host.name)).collect();
        if self.readers.is_empty() || hosts.is_empty() && !self.restarts.is_empty() {
            return None;
        }
        let turn = match hosts.len() {
            0 | 1 => "",
            _ => ", on one host after the other, each well before the next",
        };
        Some(Step::run(
            format!(
                "restart what uses the replaced files: {}{turn}",
                listed(&self.readers)
            ),
            hosts.into_iter().flat_map(Restart::commands),
        ))
    }

    /// Who knows the API servers by another address, and gets no file.
    pub(crate) fn endpoint(&self, cluster: &Cluster, but: &[String]) -> Option<Step> {
        if !self.moves_endpoint {
            return None;
        }
        let changes = HostChanges::new(cluster, &|index| {
            let host = cluster.hosts.get(index);
            host.is_some_and(|host| but.iter().any(|name| name == host.name.as_str()))
        })?;
        changes.endpoint(&|index| self.kubelets.get(&index).cloned(), but)
    }

    /// What holds at any time.
    pub(crate) fn reminder(&self) -> Vec<Step> {
        let Some(first) = self.hosts.first() else {
            return Vec::new();
        };
        if let Some(Trees { shared, .. }) = &self.trees {
            return vec![Step::say(format!(
                "keep {shared} safe: it holds the keys of the CAs"
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

    /// One command for these.
    fn copy(&self, trees: &Trees, hosts: &[&Receiver]) -> String {
        let to = hosts.iter();
        let to = to.map(|host| format!(" --to {}", shell::word(host.reached.to.as_bytes())));
        // A kubeconfig on a host may be newer, and stays unless this is said.
        let kubeconfigs = match self.replaces_kubeconfigs {
            true => " --replace-kubeconfigs",
            false => "",
        };
        format!(
            "kpki copy --from {} --with-host-certs{kubeconfigs}{}",
            shell::path(trees.from.as_bytes()),
            to.collect::<String>()
        )
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
    fn commands(&self) -> Vec<String> {
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
        let mut commands = vec![self.host.run(&commands.join(" && "))];
        if self.readers.contains(&"kube-apiserver") {
            commands.push(self.host.api_server_answers());
        }
        commands
    }
}

impl Receiver {
    fn new(index: usize, host: &Host, layout: &Layout, items: &[PlanItem]) -> Self {
        let site = Site::Host(index);
        let directory = layout.directory(site).display().to_string();
        let files = || {
            let files = items.iter().filter(|item| item.site == site);
            files.flat_map(|item| &item.files)
        };
        let is_usual = Path::new(&directory).ends_with("etc/kubernetes")
            && files().any(|file| layout.shown(site, file).starts_with("pki/"));
        let has_kubeconfigs = files().any(|file| file.role == FileRole::Kubeconfig);
        Self {
            reached: Reached::new(host),
            contents: layout.on_the_host(has_kubeconfigs),
            directory,
            is_copied: host.roles.control_plane && is_usual,
        }
    }

    /// What `kpki copy` does not bring: trees of members of etcd, and unusual places.
    fn bring(&self, trees: &Trees) -> String {
        let tree = match trees.from.as_str() {
            "." => self.reached.name.clone(),
            from => format!("{from}/{}", self.reached.name),
        };
        let contents: Vec<_> = self.contents.iter().map(String::as_str).collect();
        self.reached.bring_from(&tree, &contents, None)
    }
}

const KUBELET: &str = "kubelet.conf";

/// Where a kubeconfig leads that led somewhere else.
fn server(item: &PlanItem) -> Option<String> {
    let Action::Replace(_, differences) = &item.action else {
        return None;
    };
    differences.iter().find_map(|difference| match difference {
        Difference::Server { expected, .. } => Some(expected.clone()),
        _ => None,
    })
}

fn kubelets(items: &[PlanItem]) -> BTreeMap<usize, String> {
    let own = items.iter().filter(|item| item.entry.base_name == KUBELET);
    let servers = own.filter_map(|item| match item.site {
        Site::Host(index) => Some((index, server(item)?)),
        Site::Shared => None,
    });
    servers.collect()
}

/// `a, b and c`
fn listed(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => words.join(", "),
    }
}
