//! Which files belong to the services of a host, for whoever reads a tree.

use super::super::tree::{Tree, TreeContent};
use super::{DIRECTORIES, NAME, own_file, unit_of};
use crate::systemd_unit::{Command, SystemdUnit};
use crate::verify::{haproxy, keepalived, kubeadm_configuration};

impl Tree {
    /// The files of the services beside kubeadm's pods by their paths on a host:
    /// etcd's unit wherever systemd finds one, keepalived's and haproxy's
    /// configurations.
    #[must_use]
    pub fn service_files() -> Vec<String> {
        let units = DIRECTORIES.map(|directory| format!("{directory}{NAME}"));
        let others = [keepalived::PATH, haproxy::PATH];
        units.into_iter().chain(others.map(str::to_owned)).collect()
    }

    /// kubeadm's configuration, as it is called in the kubernetes directory.
    #[must_use]
    pub fn kubeadm_files() -> &'static [&'static str] {
        kubeadm_configuration::FILES
    }

    /// The directories on a host with further parts of etcd's unit.
    #[must_use]
    pub fn drop_in_directories() -> Vec<String> {
        let directories = DIRECTORIES.map(|directory| format!("{directory}{NAME}.d"));
        directories.into()
    }

    /// The files that those of the services name, by the paths that they have in a
    /// tree: environments of etcd's unit, scripts of keepalived, and of kubeadm's
    /// configuration those of an external etcd.
    #[must_use]
    pub fn named_by_services(&self) -> Vec<ServiceFile> {
        let unit = own_file(self).and_then(|(path, file)| unit_of(self, path, file));
        let environments = unit.iter().flat_map(|unit| unit.environment_files());
        let environments = environments
            .take(super::MOST_FILES)
            .filter(|file| !file.is_pattern());
        let variables = || unit.iter().flat_map(said_variables).collect();
        let environments =
            environments.map(|file| (file.path, ServiceFileKind::Environment(variables())));
        let conf = keepalived::read(self).unwrap_or_default();
        let programs = conf.scripts.into_iter().filter_map(|script| {
            let program = script.command?.0.into_iter().next()?;
            Some((program, ServiceFileKind::Script))
        });
        let others = kubeadm_configuration::named(self).into_iter();
        let others = others.map(|path| (path, ServiceFileKind::Material));
        let named = environments.chain(programs).chain(others);
        named
            .filter_map(|(path, kind)| {
                let path = self.location.path_of(&path)?;
                Some(ServiceFile { path, kind })
            })
            .collect()
    }
}

/// A file that one of a service names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFile {
    /// Its path in the tree.
    pub path: String,
    /// What is looked for in it.
    pub kind: ServiceFileKind,
}

/// What is looked for in a file that one of a service names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceFileKind {
    /// Variables of etcd's unit, and which of them its flags ask for.
    Environment(Vec<String>),
    /// What a script asks, and whether it fails when that does.
    Script,
    /// A certificate or a key.
    Material,
}

/// The variables that stand for what flags say, but for flags that stay on their host.
fn said_variables(unit: &SystemdUnit) -> Vec<String> {
    let command = unit.command();
    let variables = command.iter().flat_map(Command::flag_variables);
    let shown = variables.filter(|(flag, _)| flag != "withheld");
    let mut names: Vec<_> = shown.map(|(_, name)| name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Why a file says nothing.
pub(in super::super) fn why_not(content: &TreeContent) -> &str {
    match content {
        TreeContent::Bytes(_) | TreeContent::PublicView(_) => "it says nothing of that",
        TreeContent::Withheld(why) | TreeContent::Unreadable(why) => why,
        TreeContent::Hidden => "its directory cannot be entered",
        TreeContent::TooLarge(_) => "it is too large",
        TreeContent::NotAFile(_) => "it is not a file",
    }
}
