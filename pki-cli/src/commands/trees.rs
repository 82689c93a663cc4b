//! Which trees a command looks at, and what their hosts are called.

mod checked;
mod far_args;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub(super) use checked::{Checked, Checker};
pub(crate) use far_args::FarArgs;
use pki_core::Cluster;
use pki_core::render::RenderedKind;

use crate::failure::Failure;
use crate::layout::{SHARED, distinct, host_of, tell_apart};
use crate::remote::RemoteHost;
use crate::store::{HostDir, Root};

/// A tree that is to be looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The host's name, unlike all others.
    pub(crate) host: String,
    /// The directory, of another host as a URL.
    pub(crate) directory: PathBuf,
    /// The place of the host in the list of the cluster.
    pub(crate) index: Option<usize>,
    /// The host by ssh, if it is another.
    pub(crate) far: Option<FarPlace>,
}

/// A directory of another host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FarPlace {
    pub(crate) host: RemoteHost,
    /// The same in words, without a directory: `root@m1:2222`.
    pub(crate) machine: String,
    /// An absolute path there.
    pub(crate) directory: PathBuf,
}

/// What a command line leads to.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) places: Vec<Place>,
    /// Directories of hosts that the cluster's description does not name.
    pub(super) passed_over: Vec<PathBuf>,
}

/// The trees of `directories`, and of the cluster's hosts below a directory that
/// `kpki gen --out` made.
pub(super) fn find(directories: &[PathBuf], cluster: Option<&Cluster>) -> Result<Places, Failure> {
    find_all(directories, Vec::new(), cluster)
}

/// The same, and those of other hosts.
pub(super) fn find_all(
    directories: &[PathBuf],
    far: Vec<Place>,
    cluster: Option<&Cluster>,
) -> Result<Places, Failure> {
    let mut places = Vec::new();
    let mut passed_over = Vec::new();
    let given = distinct(directories)?;
    let are_many = given.len() > 1;
    for (directory, whole) in given {
        // `DIR/*` of what gen --render made has it beside the hosts.
        if are_many && is_operators(&whole) {
            continue;
        }
        match cluster.filter(|cluster| is_home_of(directory, cluster)) {
            Some(cluster) => {
                places.extend(of_hosts(directory, cluster));
                passed_over.extend(of_nobody(directory, cluster));
            }
            None => places.push(single(directory, &whole, cluster)),
        }
    }
    places.extend(far);
    if let ([only], Some([host])) = (&mut places[..], cluster.map(|cluster| &cluster.hosts[..])) {
        only.host = host.name.to_string();
        only.index = Some(0);
    }
    let hosts = places.iter_mut();
    tell_apart(hosts.map(|place| (&mut place.host, &place.directory)));
    Ok(Places {
        places,
        passed_over,
    })
}

fn is_operators(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let mut files = [RenderedKind::Runbook, RenderedKind::Changes].into_iter();
    files.any(|kind| name == Some(kind.path())) && Root::open(path).is_err()
}

/// Directories below it that look like those of hosts and are of none of the
/// cluster's.
fn of_nobody(directory: &Path, cluster: &Cluster) -> Vec<PathBuf> {
    const MOST: usize = 10_000;
    let Ok(Some(home)) = HostDir::root(directory) else {
        return Vec::new();
    };
    let is_known = |name: &OsString| {
        let mut hosts = cluster.hosts.iter();
        name == SHARED || hosts.any(|host| name == host.name.as_str())
    };
    let is_hosts = |name: &OsString| {
        let inside = home.enter(name).ok().flatten();
        let trees = ["etc/kubernetes", "etc/etcd", "pki"];
        inside.is_some_and(|inside| trees.iter().any(|tree| inside.has(tree)))
    };
    // A directory with more than that is no home of hosts.
    let names = home.names(MOST).unwrap_or_default();
    let others = names
        .into_iter()
        .filter(|name| !is_known(name) && is_hosts(name));
    others.map(|name| directory.join(name)).collect()
}

fn is_there(directory: &Path) -> bool {
    // What cannot be opened is told when it is read.
    !matches!(Root::open(directory), Ok(None))
}

/// Whether hosts have their trees below a directory, rather than in it.
fn is_home_of(directory: &Path, cluster: &Cluster) -> bool {
    let mut hosts = cluster.hosts.iter();
    !is_there(&directory.join("pki"))
        && hosts.any(|host| is_there(&directory.join(host.name.as_str())))
}

fn of_hosts(directory: &Path, cluster: &Cluster) -> Vec<Place> {
    let of_host = |(index, host): (usize, &pki_core::Host)| {
        let below = directory.join(host.name.as_str());
        // gen makes nothing for a worker.
        let is_worker = !host.roles.control_plane && !host.roles.etcd;
        let place = Place {
            host: host.name.to_string(),
            directory: below.clone(),
            index: Some(index),
            far: None,
        };
        (!is_worker || is_there(&below)).then_some(place)
    };
    let hosts = cluster.hosts.iter().enumerate();
    let mut places: Vec<_> = hosts.filter_map(of_host).collect();
    let shared = directory.join(SHARED);
    if is_there(&shared) {
        places.push(Place {
            host: SHARED.to_owned(),
            directory: shared,
            index: None,
            far: None,
        });
    }
    places
}

fn single(directory: &Path, whole: &Path, cluster: Option<&Cluster>) -> Place {
    let hosts = cluster.map_or(&[][..], |cluster| &cluster.hosts);
    // The nearest to the tree: m0 may keep a copy of m1.
    let mut parts = whole.components().rev();
    let index = parts.find_map(|part| {
        let mut hosts = hosts.iter();
        hosts.position(|host| part.as_os_str() == host.name.as_str())
    });
    let host = index.and_then(|index| hosts.get(index));
    Place {
        host: match host {
            Some(host) => host.name.to_string(),
            None => host_of(whole),
        },
        directory: directory.to_owned(),
        index,
        far: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(names: &[&str]) -> Cluster {
        let host = |(index, name): (usize, &&str)| {
            let last = u8::try_from(index).unwrap() + 1;
            pki_core::Host::control_plane(name.parse().unwrap(), [10, 0, 0, last].into())
        };
        Cluster::new(names.iter().enumerate().map(host).collect())
    }

    fn found(directories: &[&str], cluster: Option<&Cluster>) -> Vec<(String, Option<usize>)> {
        let directories: Vec<_> = directories.iter().map(PathBuf::from).collect();
        let places = find(&directories, cluster).unwrap().places.into_iter();
        places.map(|place| (place.host, place.index)).collect()
    }

    #[test]
    fn hosts_are_called_by_their_directories() {
        let named = |name: &str| (name.to_owned(), None);
        assert_eq!(
            found(&["/a/m0", "/b/m0", "/b/m1", "/b/m1/"], None),
            [named("/a/m0"), named("/b/m0"), named("m1")]
        );
    }

    #[test]
    fn hosts_of_a_cluster_are_found_by_name() {
        let two = cluster(&["m0", "m1"]);
        let both = [("m1".to_owned(), Some(1)), ("x".to_owned(), None)];
        assert_eq!(found(&["/no/m1/etc/kubernetes", "/no/x"], Some(&two)), both);
        let copy = [("m1".to_owned(), Some(1)), ("m0".to_owned(), Some(0))];
        let copies = ["/bk/m0/m1", "/bk/m1/m0/etc/kubernetes"];
        assert_eq!(found(&copies, Some(&two)), copy);
        let temp = tempfile::tempdir().expect("tempdir");
        let home = temp.path().to_str().expect("UTF-8");
        std::fs::create_dir_all(temp.path().join("m1/etc")).expect("mkdir");
        std::fs::create_dir(temp.path().join("shared")).expect("mkdir");
        std::fs::create_dir_all(temp.path().join("m9/etc/kubernetes")).expect("mkdir");
        std::fs::create_dir(temp.path().join("notes")).expect("mkdir");
        let places = find(&[temp.path().to_owned()], Some(&two)).unwrap();
        assert_eq!(places.passed_over, [temp.path().join("m9")]);
        let of = |name: &str, index| (name.to_owned(), index);
        assert_eq!(
            found(&[home], Some(&two)),
            [of("m0", Some(0)), of("m1", Some(1)), of("shared", None)]
        );
        let only = [of("m0", Some(0))];
        let single = cluster(&["m0"]);
        assert_eq!(found(&["/etc/kubernetes"], Some(&single)), only);
    }
}
