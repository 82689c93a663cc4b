use std::path::PathBuf;

use super::dir::Dir;
use super::path::is_ours;
use super::{RelPath, Result, StoreError};

/// Far more than the largest fleet has, and few enough to list.
const MOST: usize = 100_000;
const DEEPEST: usize = 16;

/// Everything below the root that is not a directory, without what is the store's own.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: Vec<RelPath>,
    /// Names that no text can hold: to be shown, not read.
    pub(crate) odd: Vec<PathBuf>,
    /// Directories that we may not enter, or that lie too deep.
    pub(crate) closed: Vec<PathBuf>,
}

/// Lists the tree in order; symbolic links are listed, not followed.
pub(super) fn list(dir: &Dir) -> Result<Listing> {
    let mut listing = Listing::default();
    list_below(dir, "", 0, &mut listing)?;
    listing.files.sort();
    Ok(listing)
}

fn list_below(dir: &Dir, below: &str, depth: usize, listing: &mut Listing) -> Result<()> {
    for name in dir.names(MOST)? {
        if listing.files.len() + listing.odd.len() + listing.closed.len() >= MOST {
            return Err(StoreError::TooMany {
                path: dir.path().into(),
                limit: MOST,
            });
        }
        let whole = dir.path().join(&name);
        let Some(name) = name.to_str() else {
            listing.odd.push(whole);
            continue;
        };
        if below.is_empty() && is_ours(name) {
            continue;
        }
        let path = if below.is_empty() {
            name.into()
        } else {
            format!("{below}/{name}")
        };
        let Ok(found) = RelPath::found(path) else {
            listing.odd.push(whole);
            continue;
        };
        match dir.look(name)? {
            None => {}
            Some(status) if !status.is_dir() => listing.files.push(found),
            Some(_) if depth >= DEEPEST => listing.closed.push(whole),
            Some(_) => match dir.open_dir(name) {
                Ok(next) => list_below(&next, found.as_str(), depth + 1, listing)?,
                Err(_) => listing.closed.push(whole),
            },
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::super::Root;
    use super::*;

    #[test]
    fn lists_all_but_our_own() {
        let temp = tempfile::tempdir().expect("tempdir");
        for dir in [
            "pki/etcd",
            ".kpki-stage",
            "kpki-backup-1/pki",
            "etcd/kpki-backup-x",
        ] {
            fs::create_dir_all(temp.path().join(dir)).expect("mkdir");
        }
        for file in [
            "pki/ca.key~",
            "pki/etcd/ca.key",
            ".kpki-stage/0",
            ".kpki.lock",
            "kpki-backup-1/pki/x",
            "etcd/kpki-backup-x/y",
        ] {
            fs::write(temp.path().join(file), "").expect("write");
        }
        symlink("..", temp.path().join("pki/up")).expect("symlink");
        let odd = temp.path().join(OsStr::from_bytes(b"\xff"));
        fs::write(&odd, "").expect("write");
        let deep = temp.path().join("d/".repeat(20));
        fs::create_dir_all(&deep).expect("mkdir");
        fs::write(deep.join("x"), "").expect("write");
        let root = Root::open(temp.path()).expect("open").expect("there");
        let listing = list(root.dir()).expect("list");
        let files: Vec<_> = listing.files.iter().map(RelPath::as_str).collect();
        assert_eq!(
            files,
            [
                "etcd/kpki-backup-x/y",
                "pki/ca.key~",
                "pki/etcd/ca.key",
                "pki/up"
            ]
        );
        assert_eq!(listing.odd, [odd]);
        assert_eq!(listing.closed.len(), 1);
    }

    #[test]
    fn names_are_counted_while_they_are_read() {
        let temp = tempfile::tempdir().expect("tempdir");
        for name in ["a", "b", "c"] {
            fs::write(temp.path().join(name), "").expect("write");
        }
        let root = Root::open(temp.path()).expect("open").expect("there");
        let names = |most| root.dir().names(most);
        assert_eq!(names(3).expect("list").len(), 3);
        assert!(matches!(
            names(2),
            Err(StoreError::TooMany { limit: 2, .. })
        ));
    }
}
