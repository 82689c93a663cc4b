//! Reads the files of a tree, as many and as large as it may have.

use std::collections::BTreeSet;
use std::path::Path;

use pki_core::{
    CATALOG, EtcdNaming, FileRole, Obstacle, Owner, PlacedFile, Tree, TreeContent, TreeDirectory,
    TreeFile, Unlisted,
};

use super::directory::{Directory, Looked};
use super::place::Place;
use crate::store::{About, StoreError};

/// What was read so far.
pub(super) struct Reader<'a> {
    pub(super) place: &'a Place,
    pub(super) tree: Tree,
    pub(super) bytes: usize,
    /// The paths of what could not be looked at.
    known: BTreeSet<String>,
}

/// Files beside those of the catalog that are looked at for stray keys.
pub(super) const MOST_OTHERS: usize = 1000;
/// Manifests, and files that something names.
const MOST_NAMED: usize = 100;
/// Names in the directory of manifests, whatever they are.
pub(super) const MOST_NAMES: usize = 10_000;
/// Names of one kind that cannot be looked at, one by one.
const MOST_ALIKE: usize = 10;
/// Bytes of one tree that are kept.
pub(super) const MOST_BYTES: usize = 64 << 20;

impl<'a> Reader<'a> {
    pub(super) fn new(place: &'a Place) -> Self {
        let tree = Tree {
            has_host_root: place.host.is_some(),
            has_kubeconfig_directory: place.is_whole,
            ..Tree::default()
        };
        Self {
            place,
            tree,
            bytes: 0,
            known: BTreeSet::new(),
        }
    }

    /// Goes on where an earlier reader stopped.
    pub(super) fn again(place: &'a Place, tree: Tree) -> Self {
        let bytes = tree.files.values().map(length).sum();
        let unlisted = tree.unlisted.iter();
        let known = unlisted.map(|unlisted| unlisted.path.clone()).collect();
        Self {
            place,
            tree,
            bytes,
            known,
        }
    }

    /// The kubeconfigs and the manifests.
    pub(super) fn read_kubernetes(&mut self) {
        const COPIES: [&str; 6] = ["", ".bak", ".old", ".orig", ".save", ".backup"];
        let place = self.place;
        let Some(kubernetes) = &place.kubernetes else {
            return;
        };
        for file in placed(|role| role == FileRole::Kubeconfig) {
            for copy in COPIES {
                let name = format!("{}{copy}", file.path);
                self.read(kubernetes, &name, &name);
            }
        }
        let bootstrap = "bootstrap-kubelet.conf";
        self.read(kubernetes, bootstrap, bootstrap);
        self.tree.has_kubeconfig_directory |= !self.tree.files.is_empty();
        if self.tree.has_kubeconfig_directory {
            self.add_directory(kubernetes, ".");
        }
        self.read_manifests(kubernetes);
    }

    /// Etcd's manifest beside an etcd that has its directory to itself.
    pub(super) fn read_etcds_manifest(&mut self) {
        const PATH: &str = "/etc/kubernetes/manifests/etcd.yaml";
        let place = self.place;
        if let (true, Some(host)) = (place.is_kubeadms_etcd, &place.host) {
            self.read(host, PATH, PATH);
        }
    }

    /// Every manifest that the kubelet would run, which does not look at endings.
    fn read_manifests(&mut self, kubernetes: &Directory) {
        let listed = match kubernetes.enter("manifests") {
            Ok(None) => return,
            Ok(Some(manifests)) => {
                let names = manifests.names(MOST_NAMES);
                names.map(|names| (manifests, names))
            }
            Err(error) => Err(error),
        };
        let (manifests, names) = match listed {
            Ok(listed) => listed,
            Err(error) => return self.refused("manifests", &error, Obstacle::TooMany),
        };
        self.add_directory(&manifests, "manifests");
        let is_manifest = |name: &&str| !name.starts_with('.');
        let names = names.iter().filter_map(|name| name.to_str());
        for (count, name) in names.filter(is_manifest).enumerate() {
            if count == MOST_NAMED {
                let why = format!("it has more than {count} manifests, too many to look at");
                return self.unlisted("manifests", Obstacle::TooMany, why);
            }
            self.read(&manifests, name, &format!("manifests/{name}"));
        }
    }

    /// What the catalog knows of the certificates directory.
    pub(super) fn read_certificates(&mut self) {
        if let Some(error) = &self.place.refused {
            self.refused("pki", error, Obstacle::TooMany);
        }
        let place = self.place;
        let Some((certificates, prefix)) = &place.certificates else {
            return;
        };
        let prefix: &str = prefix;
        certificates.foresee_all();
        let mut known = BTreeSet::new();
        for file in placed(|role| role != FileRole::Kubeconfig) {
            let key = format!("pki/{}", file.path);
            if let Some(name) = key.strip_prefix(prefix)
                && known.insert(name.to_owned())
            {
                self.read(certificates, name, &key);
            }
        }
        self.add_directory(certificates, prefix.trim_end_matches('/'));
        if let Ok(Some(etcd)) = certificates.enter("etcd") {
            self.add_directory(&etcd, "pki/etcd");
        }
    }

    /// What else lies among the certificates, in case a key is among it; last,
    /// so that nothing in use is too much beside it.
    pub(super) fn read_others(&mut self) {
        let place = self.place;
        let Some((certificates, prefix)) = &place.certificates else {
            return;
        };
        let top = prefix.trim_end_matches('/');
        let listing = match certificates.list() {
            Ok(listing) => listing,
            Err(error) => return self.refused(top, &error, Obstacle::TooManyOthers),
        };
        let below = |path: &Path| {
            let below = path.strip_prefix(certificates.path()).unwrap_or(path);
            format!("{prefix}{}", below.to_string_lossy())
        };
        for (paths, obstacle, why) in [
            (&listing.odd, Obstacle::OddName, "its name is no text"),
            (&listing.closed, Obstacle::Denied, "it cannot be entered"),
        ] {
            for path in paths.iter().take(MOST_ALIKE) {
                self.unlisted(&below(path), obstacle, why.to_owned());
            }
            if let Some((next, more)) = paths.get(MOST_ALIKE..).and_then(<[_]>::split_first) {
                let why = format!("{why}, and so it is with {} more", more.len());
                self.unlisted(&below(next), obstacle, why);
            }
        }
        let paths = listing.files.iter().map(|name| format!("{prefix}{name}"));
        let others: Vec<_> = paths
            .filter(|path| !self.tree.files.contains_key(path))
            .collect();
        for (count, path) in others.iter().enumerate() {
            let name = path.strip_prefix(prefix).unwrap_or(path);
            if count == MOST_OTHERS {
                let why = format!("it has more than {count} other files, too many to look at");
                return self.unlisted(top, Obstacle::TooManyOthers, why);
            }
            if self.bytes > MOST_BYTES {
                let why = "there is too much to read in it".to_owned();
                return self.unlisted(top, Obstacle::TooManyOthers, why);
            }
            self.read(certificates, name, path);
        }
    }

    /// What the kubelet keeps for itself.
    pub(super) fn read_kubelets(&mut self) {
        const FILES: [&str; 5] = [
            "/var/lib/kubelet/pki/kubelet-client-current.pem",
            "/var/lib/kubelet/pki/kubelet-server-current.pem",
            "/var/lib/kubelet/pki/kubelet.crt",
            "/var/lib/kubelet/pki/kubelet.key",
            "/var/lib/kubelet/config.yaml",
        ];
        // An etcd in a directory of its own has no kubelet that matters.
        let place = self.place;
        if let (Some(host), Some(_)) = (&place.host, &place.kubernetes) {
            for path in FILES {
                self.read(host, path, path);
            }
        }
    }

    /// The files that manifests, kubeconfigs and the kubelet's configuration name.
    pub(super) fn read_named(&mut self) {
        let named = self.tree.named_files();
        self.read_files(named);
    }

    /// Files by their paths in a tree.
    pub(super) fn read_files(&mut self, paths: Vec<String>) {
        if let Some(host) = &self.place.host {
            let unread = paths.iter().filter(|path| path.starts_with('/'));
            let unread = unread.filter(|path| !self.tree.files.contains_key(*path));
            let names: Vec<_> = unread.take(MOST_NAMED).map(String::as_str).collect();
            host.foresee(&names);
        }
        for (count, path) in paths.into_iter().enumerate() {
            if count == MOST_NAMED {
                let why = format!("they name more than {count} files, too many to look at");
                return self.unlisted("manifests", Obstacle::TooMany, why);
            }
            if self.tree.files.contains_key(&path) {
                continue;
            }
            if let Some((directory, name)) = self.located(&path) {
                self.read(directory, name, &path);
            }
        }
    }

    /// The directory that a file of the tree lies in or below, and its name there.
    pub(super) fn located<'p>(&self, path: &'p str) -> Option<(&'a Directory, &'p str)> {
        let place = self.place;
        match (&place.certificates, path.strip_prefix("pki/")) {
            _ if path.starts_with('/') => Some((place.host.as_ref()?, path)),
            (Some((certificates, "pki/")), Some(name)) => Some((certificates, name)),
            _ => Some((place.kubernetes.as_ref()?, path)),
        }
    }

    pub(super) fn read(&mut self, directory: &Directory, name: &str, path: &str) {
        if self.bytes > MOST_BYTES {
            let why = "there is too much to read beside it".to_owned();
            return self.unlisted(path, Obstacle::TooMany, why);
        }
        if let Some(file) = self.look(directory, name, path) {
            self.tree.files.insert(path.to_owned(), file);
        }
    }

    /// What lies under a name; `None` if nothing does.
    pub(super) fn look(
        &mut self,
        directory: &Directory,
        name: &str,
        path: &str,
    ) -> Option<TreeFile> {
        let file = match directory.look(name) {
            Looked::Nothing => return None,
            Looked::Hidden {
                directory: hidden,
                reason,
            } => {
                let below = hidden.strip_prefix(directory.path());
                let shown = match below.map(|below| below.to_string_lossy().into_owned()) {
                    Ok(below) => {
                        let top = path.strip_suffix(name).unwrap_or_default();
                        format!("{top}{below}").trim_end_matches('/').to_owned()
                    }
                    Err(_) => hidden.to_string_lossy().into_owned(),
                };
                let shown = if shown.is_empty() { "." } else { &shown };
                self.unlisted(shown, Obstacle::Denied, reason);
                hidden_file()
            }
            Looked::Something {
                content,
                about,
                has_inode,
                link,
            } => file(content, about, has_inode, link),
        };
        self.bytes += length(&file);
        Some(file)
    }

    fn add_directory(&mut self, directory: &Directory, path: &str) {
        if let Some(about) = directory.about() {
            let directory = TreeDirectory {
                mode: about.mode,
                owner: Some(owner(about)),
            };
            self.tree.directories.insert(path.to_owned(), directory);
        }
    }

    fn refused(&mut self, path: &str, error: &StoreError, too_many: Obstacle) {
        let obstacle = match error {
            StoreError::TooMany { .. } => too_many,
            error if error.is_loop() => Obstacle::Loop,
            _ => Obstacle::Denied,
        };
        self.unlisted(path, obstacle, error.to_string());
    }

    /// One directory is reported once, whatever else cannot be seen in it.
    pub(super) fn unlisted(&mut self, path: &str, obstacle: Obstacle, why: String) {
        if self.known.insert(path.to_owned()) {
            self.tree.unlisted.push(Unlisted {
                path: path.to_owned(),
                obstacle,
                why,
            });
        }
    }
}

/// The catalog's files of these kinds in both namings.
fn placed(wanted: impl Fn(FileRole) -> bool) -> Vec<PlacedFile> {
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let files = namings
        .iter()
        .flat_map(|naming| CATALOG.iter().flat_map(|entry| entry.files(naming)));
    let mut files: Vec<_> = files.filter(|file| wanted(file.role)).collect();
    files.sort();
    files.dedup();
    files
}

/// A mode that is not known is not held against the file.
const UNKNOWN: u32 = 0o600;

/// How much of a file is kept.
fn length(file: &TreeFile) -> usize {
    match &file.content {
        TreeContent::Bytes(bytes) => bytes.len(),
        TreeContent::PublicView(text) => text.len(),
        _ => 0,
    }
}

fn file(
    content: TreeContent,
    about: Option<About>,
    has_inode: bool,
    link: Option<String>,
) -> TreeFile {
    // The mode of a directory in its place says nothing about it.
    let is_file = !matches!(content, TreeContent::NotAFile(_));
    let about = about.filter(|_| is_file);
    TreeFile {
        content,
        mode: about.map_or(UNKNOWN, |about| about.mode),
        owner: about.map(owner),
        links: about.map_or(1, |about| about.links),
        inode: about.filter(|_| has_inode).map(|about| about.inode),
        link,
    }
}

fn hidden_file() -> TreeFile {
    TreeFile {
        content: TreeContent::Hidden,
        mode: UNKNOWN,
        owner: None,
        links: 1,
        inode: None,
        link: None,
    }
}

fn owner(about: About) -> Owner {
    Owner {
        uid: about.uid,
        gid: about.gid,
    }
}
