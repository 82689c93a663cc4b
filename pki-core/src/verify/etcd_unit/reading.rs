//! Which files belong to the services of a host, for whoever reads a tree.

use super::super::tree::{Tree, TreeContent};
use super::{DIRECTORIES, NAME, own_file, unit_of};
use crate::keepalived::KeepalivedConf;
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
    pub fn named_by_services(&self) -> Vec<String> {
        let unit = own_file(self).and_then(|(path, file)| unit_of(self, path, file));
        let environments = unit.iter().flat_map(|unit| unit.environment_files());
        let environments = environments.take(super::MOST_FILES);
        let mut named: Vec<String> = environments.map(|file| file.path).collect();
        if let Some(TreeContent::Bytes(text)) = self.get(keepalived::PATH).map(|it| &it.content) {
            let scripts = KeepalivedConf::parse(text).scripts.into_iter();
            let programs = scripts.filter_map(|script| script.command?.0.into_iter().next());
            named.extend(programs);
        }
        named.extend(kubeadm_configuration::named(self));
        let paths = named.iter();
        paths
            .filter_map(|path| self.location.path_of(path))
            .collect()
    }
}

/// Why a file says nothing.
pub(in super::super) fn why_not(content: &TreeContent) -> &str {
    match content {
        TreeContent::Bytes(_) => "it says nothing of that",
        TreeContent::PublicView(_) => "it stays on its host, as something in it may be secret",
        TreeContent::Withheld(why) | TreeContent::Unreadable(why) => why,
        TreeContent::Hidden => "its directory cannot be entered",
        TreeContent::TooLarge(_) => "it is too large",
        TreeContent::NotAFile(_) => "it is not a file",
    }
}
