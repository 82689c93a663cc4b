//! Where the files of a plan lie: one host's tree in place, or a directory with
//! a tree for each host and one home for what they share.

mod host;

use std::path::{Component, Path, PathBuf};

pub(crate) use host::{distinct, host_of, tell_apart};

use pki_core::plan::Site;
use pki_core::render::RenderedKind;
use pki_core::{Cluster, FileRole, Host, PlacedFile};

use crate::failure::Failure;
use crate::store::{RelPath, is_ours, is_stdin, quote, resolve};

/// kubeadm's default.
pub(crate) const CERT_DIR: &str = "/etc/kubernetes/pki";

/// The directory that one transaction publishes, and the places in it.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The root of the transaction.
    pub(crate) root: PathBuf,
    /// Names of the hosts' directories; empty for a tree in place.
    hosts: Vec<String>,
    /// The certificates directory below the root or a host's directory.
    cert_dir: PathBuf,
    /// The directory of kubeconfigs, likewise.
    kubeconfig_dir: PathBuf,
}

const RUNBOOK: &str = RenderedKind::Runbook.path();
const CHANGES: &str = RenderedKind::Changes.path();

/// The home of the shared files below `--out`.
pub(crate) const SHARED: &str = "shared";

impl Layout {
    /// One host's tree, at the paths where it is used.
    pub(crate) fn in_place(
        cert_dir: &Path,
        kubeconfig_dir: Option<&Path>,
    ) -> Result<Self, Failure> {
        let (cert_dir, kubeconfig_dir) = on_the_host(cert_dir, kubeconfig_dir)?;
        let common: PathBuf = cert_dir
            .components()
            .zip(kubeconfig_dir.components())
            .take_while(|(one, other)| one == other)
            .map(|(one, _)| one)
            .collect();
        if common == Path::new("/") {
            return Err(Failure::new(format!(
                "{} and {} have no common directory but /, so they cannot be written in one step",
                quote(&cert_dir),
                quote(&kubeconfig_dir)
            ))
            .hint("give --kubeconfig-dir near --cert-dir, such as its parent directory"));
        }
        Ok(Self {
            hosts: Vec::new(),
            cert_dir: below(&cert_dir, &common),
            kubeconfig_dir: below(&kubeconfig_dir, &common),
            root: common,
        })
    }

    /// A tree for each host below `out`, with the paths that they have there.
    pub(crate) fn fleet(
        out: &Path,
        cluster: &Cluster,
        cert_dir: &Path,
        kubeconfig_dir: Option<&Path>,
    ) -> Result<Self, Failure> {
        let (cert_dir, kubeconfig_dir) = on_the_host(cert_dir, kubeconfig_dir)?;
        // Not every file system tells capitals from small letters.
        let taken = |host: &&Host| {
            let name = host.name.as_str();
            let ours = [SHARED, RUNBOOK, CHANGES];
            ours.iter().any(|own| own.eq_ignore_ascii_case(name)) || is_ours(name)
        };
        if let Some(host) = cluster.hosts.iter().find(taken) {
            return Err(Failure::new(format!(
                "the directory of the host {} would have a name that other files have: {SHARED}, {RUNBOOK}, {CHANGES} and kpki-backup-* are taken",
                host.name
            ))
            .hint("give the host another name"));
        }
        Ok(Self {
            root: absolute(out)?,
            hosts: cluster
                .hosts
                .iter()
                .map(|host| host.name.to_string())
                .collect(),
            cert_dir: below(&cert_dir, Path::new("/")),
            kubeconfig_dir: below(&kubeconfig_dir, Path::new("/")),
        })
    }

    /// The path of a file below the root.
    pub(crate) fn path(&self, site: Site, file: &PlacedFile) -> Result<RelPath, Failure> {
        let directory = match file.role {
            FileRole::Kubeconfig => &self.kubeconfig_dir,
            _ => &self.cert_dir,
        };
        let path = match site {
            Site::Shared => Path::new(SHARED).join(&file.path),
            Site::Host(index) => match self.hosts.get(index) {
                Some(host) => Path::new(host).join(directory).join(&file.path),
                None => directory.join(&file.path),
            },
        };
        Ok(RelPath::new(path.to_string_lossy())?)
    }

    /// The way to a file from the root; `None` to stdin, or if it is no text.
    pub(crate) fn way_to(&self, file: &Path) -> Option<String> {
        if is_stdin(file) {
            return None;
        }
        let file = absolute(file).ok()?;
        let mut root = self.root.components();
        let mut rest = file.components();
        while root
            .clone()
            .next()
            .is_some_and(|it| rest.clone().next() == Some(it))
        {
            root.next();
            rest.next();
        }
        let up = root.map(|_| Component::ParentDir);
        let way: PathBuf = up.chain(rest).collect();
        way.to_str().map(str::to_owned)
    }

    /// Where a host of a fleet has its certificates.
    pub(crate) fn certificates_on_host(&self) -> String {
        format!("/{}", self.cert_dir.display())
    }

    /// The directories that a host of a fleet has, below its root: one is enough
    /// where it holds the other.
    pub(crate) fn on_the_host(&self, has_kubeconfigs: bool) -> Vec<String> {
        let shown = |path: &Path| path.display().to_string();
        let kubeconfigs = shown(&self.kubeconfig_dir);
        match (
            has_kubeconfigs,
            self.cert_dir.starts_with(&self.kubeconfig_dir),
        ) {
            (true, true) => vec![kubeconfigs],
            (true, false) => vec![shown(&self.cert_dir), kubeconfigs],
            (false, _) => vec![shown(&self.cert_dir)],
        }
    }

    /// The directory of a site, for people.
    pub(crate) fn directory(&self, site: Site) -> PathBuf {
        let directory = match site {
            Site::Shared => self.root.join(SHARED),
            Site::Host(index) => match self.hosts.get(index) {
                Some(host) => self.root.join(host).join(&self.kubeconfig_dir),
                None => self.root.join(&self.kubeconfig_dir),
            },
        };
        // Joining an empty path leaves a slash at the end.
        directory.components().collect()
    }

    /// The path of a file as it is shown below its site's directory.
    pub(crate) fn shown(&self, site: Site, file: &PlacedFile) -> String {
        match (site, file.role) {
            (Site::Shared, _) | (_, FileRole::Kubeconfig) => file.path.clone(),
            _ => match self.cert_dir.strip_prefix(&self.kubeconfig_dir) {
                Ok(relative) if relative.as_os_str().is_empty() => file.path.clone(),
                Ok(relative) => format!("{}/{}", relative.display(), file.path),
                Err(_) => format!("/{}/{}", self.cert_dir.display(), file.path),
            },
        }
    }
}

/// The directories of certificates and of kubeconfigs, where a host has them.
fn on_the_host(
    cert_dir: &Path,
    kubeconfig_dir: Option<&Path>,
) -> Result<(PathBuf, PathBuf), Failure> {
    let cert_dir = absolute(cert_dir)?;
    let kubeconfig_dir = match kubeconfig_dir {
        Some(directory) => absolute(directory)?,
        None => cert_dir.parent().unwrap_or(&cert_dir).to_owned(),
    };
    Ok((cert_dir, kubeconfig_dir))
}

/// A path without `.` and `..`, from the working directory if it is relative.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    if path.as_os_str().is_empty() {
        return Err(Failure::new("a directory's name is empty"));
    }
    let joined = std::path::absolute(path)
        .map_err(|error| Failure::new(format!("{}: {error}", quote(path))))?;
    let parts: Vec<_> = joined.components().collect();
    match parts.iter().rposition(|part| *part == Component::ParentDir) {
        None => Ok(joined.components().collect()),
        // Behind a link `a/..` is elsewhere than without it: the system knows.
        Some(last) => {
            let up: PathBuf = parts[..=last].iter().collect();
            Ok(resolve(&up)?.join(parts[last + 1..].iter().collect::<PathBuf>()))
        }
    }
}

fn below(path: &Path, base: &Path) -> PathBuf {
    path.strip_prefix(base).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(role: FileRole, path: &str) -> PlacedFile {
        PlacedFile {
            role,
            path: path.to_owned(),
        }
    }

    #[test]
    fn a_tree_in_place_is_kubeadms() {
        let layout = Layout::in_place(Path::new(CERT_DIR), None).unwrap();
        assert_eq!(layout.root, Path::new("/etc/kubernetes"));
        let crt = file(FileRole::Certificate, "etcd/ca.crt");
        assert_eq!(
            layout.path(Site::Host(0), &crt).unwrap().as_str(),
            "pki/etcd/ca.crt"
        );
        let conf = file(FileRole::Kubeconfig, "admin.conf");
        assert_eq!(
            layout.path(Site::Host(0), &conf).unwrap().as_str(),
            "admin.conf"
        );
        assert_eq!(layout.shown(Site::Host(0), &crt), "pki/etcd/ca.crt");
        assert!(Layout::in_place(Path::new("/a/pki"), Some(Path::new("/b"))).is_err());
        let near = Layout::in_place(Path::new("/x/a/pki"), Some(Path::new("/x/b"))).unwrap();
        assert_eq!(near.root, Path::new("/x"));
        assert_eq!(
            near.path(Site::Host(0), &conf).unwrap().as_str(),
            "b/admin.conf"
        );
    }

    #[test]
    fn a_fleet_has_a_tree_per_host() {
        let host = Host::control_plane("m0".parse().unwrap(), [10, 0, 0, 1].into());
        let cluster = Cluster::new(vec![host]);
        let layout = Layout::fleet(Path::new("/o"), &cluster, Path::new(CERT_DIR), None).unwrap();
        let crt = file(FileRole::Certificate, "ca.crt");
        let path = |site| layout.path(site, &crt).unwrap().to_string();
        assert_eq!(path(Site::Host(0)), "m0/etc/kubernetes/pki/ca.crt");
        assert_eq!(path(Site::Shared), "shared/ca.crt");
        assert_eq!(
            layout.directory(Site::Host(0)),
            Path::new("/o/m0/etc/kubernetes")
        );
    }
}
