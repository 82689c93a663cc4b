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
use crate::store::HostDir;
use crate::tree::TreeOnDisk;

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
        let tree = Path::new(&name).join("etc/kubernetes");
        if host.as_str() != SHARED && matches!(directory.enter(&tree), Ok(Some(_))) {
            let on_disk = TreeOnDisk::read_with(&home.join(tree), certificates)?;
            hosts.insert(host, on_disk);
        }
    }
    Ok(hosts)
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

/// What is there of them.
pub(super) fn files(tree: &Tree, naming: &EtcdNaming) -> Result<Vec<CopiedFile>, Failure> {
    let mut found = Vec::new();
    for (entry, file) in placed(naming) {
        match tree.files.get(&in_tree(&file)).map(|found| &found.content) {
            Some(TreeContent::Bytes(bytes)) => found.push(CopiedFile {
                entry,
                file,
                bytes: Zeroizing::new(bytes.to_vec()),
            }),
            Some(TreeContent::Unreadable(why)) => {
                return Err(Failure::new(format!("{} cannot be read: {why}", file.path))
                    .hint("run it as root, or as the user that owns the files"));
            }
            // Whether it may be missing is decided elsewhere.
            _ => {}
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
pub(super) fn in_tree(file: &PlacedFile) -> String {
    match file.role {
        FileRole::Kubeconfig => file.path.clone(),
        _ => format!("pki/{}", file.path),
    }
}
