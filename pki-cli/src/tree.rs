//! One host's tree as it lies on disk, read for a check: links are followed, as
//! the programs do that use the files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pki_core::{CATALOG, EtcdNaming, FileRole, Tree, TreeContent, TreeDirectory, TreeFile};

use crate::failure::Failure;
use crate::store::{Entry, Followed, RelPath, Root, quote};

/// A tree and where it was found.
pub(crate) struct TreeOnDisk {
    pub(crate) tree: Tree,
    /// What the paths of findings are relative to.
    pub(crate) directory: PathBuf,
    /// Whether the certificates lie in `directory` itself, without `pki`.
    pub(crate) is_flat: bool,
}

/// Other files beside those of the catalog that are looked at for stray keys.
const MOST_OTHERS: usize = 1000;
/// Bytes of them that are kept.
const MOST_BYTES: usize = 64 << 20;

impl TreeOnDisk {
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let root = Root::open(directory)?.ok_or_else(|| {
            Failure::new(format!("there is no directory {}", quote(directory)))
                .hint("give the directory that holds pki and the kubeconfigs")
        })?;
        // What gen writes for a host of many has the whole path below it.
        let inside = directory.join("etc/kubernetes");
        if !holds_certificates(&root)? && !has(&root, "pki")? && Root::open(&inside)?.is_some() {
            return Self::read(&inside);
        }
        let real = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        let named = |name: &str| real.file_name().is_some_and(|last| last == name);
        let is_etcds = named("etcd") && real.parent().is_some_and(|up| up.ends_with("pki"));
        if is_etcds {
            return Err(
                Failure::new(format!("{} is only a part of a tree", quote(directory)))
                    .hint("give the directory above it"),
            );
        }
        let is_certificates = named("pki") || !has(&root, "pki")? && holds_certificates(&root)?;
        let mut tree = Tree::default();
        if !is_certificates {
            tree.has_kubeconfig_directory = true;
            read_kubeconfigs(&root, &mut tree)?;
            if has(&root, "pki")? {
                match Root::open(&directory.join("pki")) {
                    Ok(Some(pki)) => read_certificates(&pki, &mut tree)?,
                    Ok(None) => {}
                    Err(error) => tree.unlisted.push(("pki".to_owned(), error.to_string())),
                }
            }
            tree.directory = directory.to_string_lossy().into_owned();
            return Ok(Self {
                tree,
                directory: directory.to_owned(),
                is_flat: false,
            });
        }
        read_certificates(&root, &mut tree)?;
        let above = match real.parent() {
            Some(above) => Root::open(above)?,
            None => None,
        };
        if let Some(above) = above {
            read_kubeconfigs(&above, &mut tree)?;
            tree.has_kubeconfig_directory = tree.files.keys().any(|path| !path.contains('/'));
            if !tree.has_kubeconfig_directory {
                tree.directories.remove(".");
            }
        }
        let is_flat = !named("pki");
        let shown = match (is_flat, real.parent()) {
            (false, Some(above)) => above.to_owned(),
            _ => directory.to_owned(),
        };
        tree.directory = shown.to_string_lossy().into_owned();
        Ok(Self {
            tree,
            directory: shown,
            is_flat,
        })
    }
}

impl TreeOnDisk {
    /// The path of a file as findings show it: without `pki` where there is none.
    pub(crate) fn shown_path<'a>(&self, file: &'a str) -> &'a str {
        match self.is_flat {
            true => file.strip_prefix("pki/").unwrap_or(file),
            false => file,
        }
    }

    /// The whole path of a file: below the directory, or for a file of the host outside it below
    /// the root that the directory is `etc/kubernetes` of.
    pub(crate) fn path_of(&self, file: &str) -> PathBuf {
        let directory =
            std::path::absolute(&self.directory).unwrap_or_else(|_| self.directory.clone());
        match file.strip_prefix('/') {
            None => directory.join(self.shown_path(file)),
            Some(outside) if directory.ends_with("etc/kubernetes") => {
                let root = directory.ancestors().nth(2).unwrap_or(&directory);
                root.join(outside)
            }
            Some(_) => PathBuf::from(file),
        }
    }
}

fn has(root: &Root, name: &str) -> Result<bool, Failure> {
    Ok(root.mode(&RelPath::new(name)?).is_some())
}

fn holds_certificates(root: &Root) -> Result<bool, Failure> {
    let names = ["ca.crt", "ca.key", "sa.key", "apiserver.crt", "etcd"];
    for name in names {
        if has(root, name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_kubeconfigs(root: &Root, tree: &mut Tree) -> Result<(), Failure> {
    const COPIES: [&str; 6] = ["", ".bak", ".old", ".orig", ".save", ".backup"];
    let entries = CATALOG
        .iter()
        .flat_map(|entry| entry.files(&EtcdNaming::Kubeadm));
    for file in entries.filter(|file| file.role == FileRole::Kubeconfig) {
        for copy in COPIES {
            let path = RelPath::new(format!("{}{copy}", file.path))?;
            if let Some(found) = read(root, &path) {
                tree.files.insert(path.as_str().to_owned(), found);
            }
        }
    }
    tree.directories
        .insert(".".to_owned(), directory(root.own_mode()?));
    Ok(())
}

fn read_certificates(root: &Root, tree: &mut Tree) -> Result<(), Failure> {
    let mut known = BTreeSet::new();
    for naming in [EtcdNaming::Kubeadm, EtcdNaming::Cfssl] {
        for entry in &CATALOG {
            let files = entry.files(&naming).into_iter();
            for file in files.filter(|file| file.role != FileRole::Kubeconfig) {
                known.insert(RelPath::new(file.path)?);
            }
        }
    }
    for path in &known {
        if let Some(found) = read(root, path) {
            tree.files.insert(format!("pki/{}", path.as_str()), found);
        }
    }
    tree.directories
        .insert("pki".to_owned(), directory(root.own_mode()?));
    if let Some(mode) = root.mode(&RelPath::new("etcd")?) {
        tree.directories
            .insert("pki/etcd".to_owned(), directory(mode));
    }
    read_others(root, &known, tree)
}

fn directory(mode: u32) -> TreeDirectory {
    TreeDirectory { mode, owner: None }
}

/// The files that no component uses, in case a key is among them.
fn read_others(root: &Root, known: &BTreeSet<RelPath>, tree: &mut Tree) -> Result<(), Failure> {
    let listing = root.list()?;
    for odd in &listing.odd {
        let shown = odd.strip_prefix(root.path()).unwrap_or(odd);
        let why = "it cannot be entered, or its name is no text".to_owned();
        let path = format!("pki/{}", shown.to_string_lossy().escape_debug());
        tree.unlisted.push((path, why));
    }
    let others = listing.files.iter().filter(|path| !known.contains(*path));
    let (mut count, mut bytes) = (0, 0);
    for path in others {
        if count == MOST_OTHERS || bytes > MOST_BYTES {
            let why = format!("it has more than {count} other files, too many to look at");
            tree.unlisted.push(("pki".to_owned(), why));
            break;
        }
        count += 1;
        if let Some(found) = read(root, path) {
            bytes += match &found.content {
                TreeContent::Bytes(bytes) => bytes.len(),
                _ => 0,
            };
            tree.files.insert(format!("pki/{}", path.as_str()), found);
        }
    }
    Ok(())
}

fn read(root: &Root, path: &RelPath) -> Option<TreeFile> {
    let Followed { entry, link } = root.read_following(path);
    let link = link.map(|link| link.target.to_string_lossy().into_owned());
    let file = |content, mode| TreeFile {
        content,
        mode,
        owner: None,
        links: 1,
        link: link.clone(),
    };
    // A mode that is not known is not held against the file.
    const UNKNOWN: u32 = 0o600;
    Some(match entry {
        Entry::File { bytes, mode, .. } => file(TreeContent::Bytes(bytes), mode),
        Entry::Absent if link.is_some() => {
            file(TreeContent::NotAFile("link that leads nowhere"), UNKNOWN)
        }
        Entry::Absent => return None,
        Entry::TooLarge { size } => {
            let mode = root.mode(path).unwrap_or(UNKNOWN);
            file(TreeContent::TooLarge(size), mode)
        }
        Entry::Other { kind } => file(TreeContent::NotAFile(kind), UNKNOWN),
        Entry::Unreadable { reason } => {
            let mode = root.mode(path).unwrap_or(UNKNOWN);
            file(TreeContent::Unreadable(reason), mode)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn finds_the_directories_and_reads_through_links() {
        let temp = tempfile::tempdir().expect("tempdir");
        let at = |path: &str| temp.path().join(path);
        fs::create_dir_all(at("k/pki/live")).expect("mkdir");
        fs::write(at("k/pki/live/a.pem"), "text").expect("write");
        fs::set_permissions(at("k/pki/live/a.pem"), PermissionsExt::from_mode(0o640))
            .expect("chmod");
        symlink("live/a.pem", at("k/pki/apiserver.crt")).expect("link");
        symlink("nowhere", at("k/pki/ca.crt")).expect("link");
        let keys = |read: &TreeOnDisk| read.tree.files.keys().cloned().collect::<Vec<_>>();
        let read = |path: &str| TreeOnDisk::read(&at(path)).expect("read");

        let pki = read("k/pki");
        assert!(!pki.tree.has_kubeconfig_directory && !pki.is_flat);
        assert_eq!(pki.directory, at("k"));
        assert_eq!(
            keys(&pki),
            ["pki/apiserver.crt", "pki/ca.crt", "pki/live/a.pem"]
        );
        let apiserver = &pki.tree.files["pki/apiserver.crt"];
        assert_eq!(
            (apiserver.mode, apiserver.link.as_deref()),
            (0o640, Some("live/a.pem"))
        );
        let ca = &pki.tree.files["pki/ca.crt"].content;
        assert!(matches!(ca, TreeContent::NotAFile(_)));

        fs::write(at("k/admin.conf"), "").expect("write");
        for path in ["k", "k/pki"] {
            let whole = read(path);
            assert!(whole.tree.has_kubeconfig_directory, "{path}");
            assert_eq!(keys(&whole).len(), 4, "{path}");
        }
        fs::rename(at("k/pki"), at("k/shared")).expect("rename");
        fs::write(at("k/shared/sa.key"), "").expect("write");
        assert!(read("k/shared").is_flat);
        assert!(TreeOnDisk::read(&at("none")).is_err());
        fs::create_dir_all(at("e/pki/etcd")).expect("mkdir");
        assert!(TreeOnDisk::read(&at("e/pki/etcd")).is_err());
        assert!(read("e").tree.files.is_empty());
    }
}
