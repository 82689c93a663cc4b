//! What a tree is checked against: the file, the flags, and what the tree says
//! itself, in this order.

use std::path::Path;

use pki_core::setup::Setup;
use pki_core::{Assumed, Cluster, Expectation, Roles, Tree, TreeRole};

use crate::cluster_args::ClusterArgs;
use crate::commands::trees::Place;
use crate::failure::Failure;
use crate::layout::SHARED;
use crate::output;
use crate::store::quote;
use crate::tree::TreeOnDisk;

/// What the command line says about the cluster.
pub(in crate::commands) struct Described<'a> {
    args: &'a ClusterArgs,
    role: Option<TreeRole>,
    /// The cluster, if the command line says enough for one.
    cluster: Option<Cluster>,
    /// kubeadm's `certificatesDir`, if the file has it.
    certificates_dir: Option<String>,
    /// The set-up, if the file describes one and leaves nothing open.
    setup: Option<Setup>,
}

impl<'a> Described<'a> {
    pub(in crate::commands) fn new(
        args: &'a ClusterArgs,
        role: Option<TreeRole>,
    ) -> Result<Self, Failure> {
        let mut cluster = None;
        let mut certificates_dir = None;
        let mut setup = None;
        if args.describes_hosts() {
            let described = args.clone().describe()?;
            for note in &described.notes {
                output::remark(note);
            }
            setup = described
                .setup
                .and_then(|setup| Setup::resolve(&described.cluster, &setup).ok());
            cluster = Some(described.cluster);
            certificates_dir = described.certificates_dir;
        }
        Ok(Self {
            args,
            role,
            cluster,
            certificates_dir,
            setup,
        })
    }

    /// Where on the hosts the certificates are, if the command line says it.
    pub(in crate::commands) fn certificates_dir(&self) -> Option<&str> {
        self.certificates_dir.as_deref()
    }

    /// The cluster and its hosts, if no tree is needed to tell them.
    pub(in crate::commands) fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// What a tree is checked against; reads what that names besides.
    pub(in crate::commands) fn prepare(
        &self,
        place: &Place,
        alone: bool,
        on_disk: &mut TreeOnDisk,
    ) -> Result<Expectation, Failure> {
        let expectation = self.expectation(place, alone, &on_disk.tree)?;
        self.fit(&place.directory, &on_disk.tree, &expectation)?;
        on_disk.read_also(&expectation);
        on_disk.read_copies();
        Ok(expectation)
    }

    /// Refuses what the tree contradicts: the keys of what runs there would be
    /// called needless.
    fn fit(&self, directory: &Path, tree: &Tree, expectation: &Expectation) -> Result<(), Failure> {
        let role = pki_core::tree_role(tree, expectation);
        let Some((role, (manifest, component))) =
            role.and_then(|role| Some((role, pki_core::runs_despite(tree, role)?)))
        else {
            return Ok(());
        };
        let (teller, hint) = match self.role {
            Some(_) => (
                format!("--role says {}", role.id()),
                "leave --role out, and what lies there tells",
            ),
            // Whether etcd runs elsewhere leaves no key without a need.
            None if role == TreeRole::ControlPlane => return Ok(()),
            None => (
                format!("the description says {}", role.id()),
                "mend the host's roles in it, or give the directory of the host that it means",
            ),
        };
        Err(Failure::new(format!(
            "{teller}, and {manifest} of {} runs {component}",
            quote(directory)
        ))
        .hint(hint))
    }

    /// Which host of which cluster a tree should be.
    fn expectation(&self, place: &Place, alone: bool, tree: &Tree) -> Result<Expectation, Failure> {
        let derived = Expectation::from_tree(tree);
        let is_one = self.args.file().is_none() && self.args.host_count() <= 1;
        let mut expectation = match &self.cluster {
            Some(cluster) if !is_one || !alone => {
                self.of_cluster(cluster, place, alone, tree, derived)?
            }
            _ => self.of_one(derived)?,
        };
        expectation.role = self.role;
        expectation.setup.clone_from(&self.setup);
        expectation
            .certificates_directory
            .clone_from(&self.certificates_dir);
        if expectation.assumed.role
            && pki_core::tree_role(tree, &expectation) == Some(TreeRole::Worker)
            && let Some((cluster, index)) = &mut expectation.cluster
            && let Some(host) = cluster.hosts.get_mut(*index)
        {
            // Nothing of the control plane is asked of it.
            host.roles = Roles {
                control_plane: false,
                etcd: false,
            };
        }
        if let Some((flags, recalled)) = gen_flags(self.args, &expectation, tree) {
            expectation.gen_flags = Some(flags);
            expectation.gen_flags_are_recalled = recalled;
        }
        Ok(expectation)
    }

    /// One host, of which the flags say what the tree need not.
    fn of_one(&self, derived: Expectation) -> Result<Expectation, Failure> {
        let Some((told, _)) = &derived.cluster else {
            return Ok(derived);
        };
        let mut filled = self.args.clone();
        filled.fill(told);
        let mut cluster = filled.describe()?.cluster;
        if let [host] = &mut cluster.hosts[..]
            && !self.args.says_where_etcd_runs()
        {
            // What no flag can say as precisely.
            cluster.etcd = told.etcd.clone();
            if let Some(known) = told.hosts.first() {
                host.bind_port = known.bind_port;
                host.roles = known.roles;
            }
        }
        Ok(Expectation {
            cluster: Some((cluster, 0)),
            assumed: self.args.assumed(derived.assumed),
            ..derived
        })
    }

    /// One of the hosts that were described: the one that the directory is
    /// called after, the only one, or the one that the tree says.
    fn of_cluster(
        &self,
        cluster: &Cluster,
        place: &Place,
        alone: bool,
        tree: &Tree,
        derived: Expectation,
    ) -> Result<Expectation, Failure> {
        let hosts = &cluster.hosts;
        let name = match &derived.cluster {
            Some((told, _)) if !derived.assumed.host_name => told.hosts.first(),
            _ => None,
        };
        let by_name = || {
            hosts
                .iter()
                .position(|host| Some(&host.name) == name.map(|it| &it.name))
        };
        let nobody = Expectation::default();
        let holds_authorities =
            || pki_core::tree_role(tree, &nobody) == Some(TreeRole::Authorities);
        // The home of the CAs is not the only host, even if that is all there is.
        let is_shared = place.directory.ends_with(SHARED) && holds_authorities();
        let only = Some(0).filter(|_| hosts.len() == 1 && alone && !is_shared);
        if let Some(index) = place.index.filter(|_| !is_shared).or(only).or_else(by_name) {
            return Ok(Expectation {
                cluster: Some((cluster.clone(), index)),
                assumed: self.args.assumed(Assumed::EVERYTHING),
                ..derived
            });
        }
        // What all hosts share needs no host.
        if holds_authorities() {
            return Ok(nobody);
        }
        let hint = match hosts.first() {
            Some(host) => format!("write --host {} or another of them", host.name),
            None => "describe its hosts".to_owned(),
        };
        let number = match hosts.len() {
            1 => "1 host".to_owned(),
            more => format!("{more} hosts"),
        };
        Err(Failure::new(format!(
            "the file describes {number}, and nothing says which of them {} is",
            quote(&place.directory)
        ))
        .hint(hint))
    }
}

/// Why a directory was not checked in which nothing could be.
pub(in crate::commands) fn nothing_in(directory: &Path) -> Failure {
    Failure::new(format!(
        "{} holds nothing of kubeadm or etcd, so nothing was checked",
        quote(directory)
    ))
    .hint("give the directory that holds pki/ca.crt and admin.conf, or ca.crt itself; of what gen --out made, the directories of the hosts, or -f FILE as well")
}

/// The flags with which `kpki gen` makes what belongs to this host, and whether
/// only the old certificates tell them; `None` if too little is known for that,
/// or the file cannot be read again.
fn gen_flags(
    args: &ClusterArgs,
    expectation: &Expectation,
    tree: &Tree,
) -> Option<(Vec<String>, bool)> {
    if args.file().is_some() {
        let (cluster, index) = expectation.cluster.as_ref()?;
        let of_host = args.of_host(cluster, *index, expectation.assumed)?;
        return Some((of_host.to_flags()?, false));
    }
    let recalled = expectation.recalled(tree)?;
    let of_host = args.of_host(&recalled.cluster, recalled.index, recalled.assumed)?;
    Some((of_host.to_flags()?, recalled.is_from_certificates))
}
