//! Which trees a command looks at, and what their hosts are called.

use std::path::{Path, PathBuf};

use pki_core::Cluster;

use crate::failure::Failure;
use crate::layout::{SHARED, distinct, host_of, tell_apart};
use crate::store::Root;

/// A tree that is to be looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The host's name, unlike all others.
    pub(crate) host: String,
    pub(crate) directory: PathBuf,
    /// The place of the host in the list of the cluster.
    pub(crate) index: Option<usize>,
}

/// The trees of `directories`, and of the cluster's hosts below a directory that
/// `kpki gen --out` made.
pub(crate) fn find(
    directories: &[PathBuf],
    cluster: Option<&Cluster>,
) -> Result<Vec<Place>, Failure> {
    let mut places = Vec::new();
    for (directory, whole) in distinct(directories)? {
        match cluster.filter(|cluster| is_home_of(directory, cluster)) {
            Some(cluster) => places.extend(of_hosts(directory, cluster)),
            None => places.push(single(directory, &whole, cluster)),
        }
    }
    if let ([only], Some([host])) = (&mut places[..], cluster.map(|cluster| &cluster.hosts[..])) {
        only.host = host.name.to_string();
        only.index = Some(0);
    }
    let hosts = places.iter_mut();
    tell_apart(hosts.map(|place| (&mut place.host, &place.directory)));
    Ok(places)
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
        let places = find(&directories, cluster).unwrap().into_iter();
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
