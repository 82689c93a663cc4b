//! Which trees a source consists of, and the files in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pki_core::copy::CopiedFile;
use pki_core::{
    CATALOG, CatalogEntry, EtcdNaming, FileRole, HostName, PlacedFile, Tree, TreeContent,
};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::layout::{SHARED, host_of};
use crate::store::{HostDir, quote};
use crate::tree::TreeOnDisk;

/// Refuses what is written like a directory of another host.
pub(super) fn check_is_here(from: &Path) -> Result<(), Failure> {
    let text = from.to_string_lossy();
    let is_far = text.contains(":/") && matches!(HostDir::root(from), Ok(None));
    match is_far {
        true => Err(Failure::new(format!(
            "--from is a directory of this host, and {} is none",
            quote(from)
        ))
        .hint("run kpki on the host that has the files, or bring them here with 'kpki bundle'")),
        false => Ok(()),
    }
}

/// What `kpki gen --out` made around a directory, if it did, and the directory
/// with the shared files.
pub(super) fn home_of(from: &Path) -> (Option<PathBuf>, PathBuf) {
    let is_there = |path: &Path| matches!(HostDir::root(path), Ok(Some(_)));
    let has = |name: &str| is_there(&from.join(name));
    if has(SHARED) && !["pki", "etc", "etcd"].into_iter().any(has) {
        return (Some(from.to_owned()), from.join(SHARED));
    }
    let whole = std::path::absolute(from).unwrap_or_else(|_| from.to_owned());
    let is_shared = whole.file_name().is_some_and(|name| name == SHARED);
    let above = whole.parent().filter(|_| is_shared);
    (above.map(Path::to_owned), from.to_owned())
}

/// The trees of hosts below a directory that `kpki gen --out` made.
pub(super) fn read_hosts(
    home: &Path,
    certificates: Option<&str>,
) -> Result<BTreeMap<HostName, TreeOnDisk>, Failure> {
    const MOST: usize = 10_000;
    let mut hosts = BTreeMap::new();
    let Some(directory) = HostDir::root(home)? else {
        return Ok(hosts);
    };
    for name in directory.names(MOST)? {
        let Some(host) = name.to_str().and_then(|name| name.parse::<HostName>().ok()) else {
            continue;
        };
        if host.as_str() == SHARED {
            continue;
        }
        for inside in inside_of_host(certificates) {
            let tree = Path::new(&name).join(inside);
            if matches!(directory.enter(&tree), Ok(Some(_))) {
                let on_disk = TreeOnDisk::read_with(&home.join(tree), certificates)?;
                hosts.insert(host, on_disk);
                break;
            }
        }
    }
    Ok(hosts)
}

/// Where gen puts the tree of a host: the directory above the certificates.
fn inside_of_host(certificates: Option<&str>) -> impl Iterator<Item = &Path> {
    let above = certificates.and_then(|told| Path::new(told).parent());
    let above = above.and_then(|above| above.strip_prefix("/").ok());
    let above = above.filter(|above| *above != Path::new(""));
    above.into_iter().chain([Path::new("etc/kubernetes")])
}

/// The host of a tree: the one that its directory is called after, or this one.
pub(super) fn owner(place: &Path) -> Option<HostName> {
    match host_of(place).as_str() {
        "localhost" => rustix::system::uname()
            .nodename()
            .to_str()
            .ok()?
            .parse()
            .ok(),
        name => name.parse().ok(),
    }
}

/// Every file of the catalog.
pub(super) fn placed(
    naming: &EtcdNaming,
) -> impl Iterator<Item = (&'static CatalogEntry, PlacedFile)> {
    CATALOG.iter().flat_map(move |entry| {
        let files = entry.files(naming).into_iter();
        files.map(move |file| (entry, file))
    })
}

/// What is there of those that are wanted.
pub(super) fn files(
    tree: &Tree,
    naming: &EtcdNaming,
    is_wanted: impl Fn(&CatalogEntry) -> bool,
) -> Result<Vec<CopiedFile>, Failure> {
    let mut found = Vec::new();
    for (entry, file) in placed(naming).filter(|(entry, _)| is_wanted(entry)) {
        let refused = |why: &str, hint: &str| {
            let message = format!("{} in the source {why}", file.path);
            Err(Failure::new(message).hint(hint.to_owned()))
        };
        match tree.files.get(&in_tree(&file)).map(|found| &found.content) {
            Some(TreeContent::Bytes(bytes)) => found.push(CopiedFile {
                entry,
                file,
                bytes: Zeroizing::new(bytes.to_vec()),
            }),
            Some(TreeContent::Unreadable(why)) => {
                let why = format!("cannot be read: {why}");
                return refused(&why, "run it as root, or as the user that owns the files");
            }
            // A name that leads to no key is not that of a CA which signs elsewhere.
            Some(TreeContent::NotAFile(kind)) => {
                let why = format!("is a {kind}, not a file");
                return refused(
                    &why,
                    "put the file there; if its CA signs elsewhere, take the name away",
                );
            }
            Some(TreeContent::TooLarge(size)) => {
                let why = format!("has {size} bytes, too many for such a file");
                return refused(&why, "look what it is, and put the right file there");
            }
            Some(TreeContent::Hidden) => {
                let why = "lies in a directory that cannot be entered";
                return refused(why, "run it as root, or as the user that owns the files");
            }
            // What stays on other hosts; none of these is a source.
            Some(_) => return refused("is not read", "run kpki on the host that has it"),
            // Whether it may be missing is decided elsewhere.
            None => {}
        }
    }
    Ok(found)
}

pub(super) fn bytes<'a>(tree: &'a Tree, file: &PlacedFile) -> Option<&'a [u8]> {
    match &tree.files.get(&in_tree(file))?.content {
        TreeContent::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// The path of a file in a tree.
pub(crate) fn in_tree(file: &PlacedFile) -> String {
    match file.role {
        FileRole::Kubeconfig => file.path.clone(),
        _ => format!("pki/{}", file.path),
    }
}
