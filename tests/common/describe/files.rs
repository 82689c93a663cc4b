//! The files of a tree: their kinds and modes, their bytes, their PEM blocks.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::pem::{self, Block};

/// Larger files are listed but not read.
const LARGEST: u64 = 1 << 20;

pub(super) struct Files {
    /// What each path is: kind, mode, target.
    pub(super) entries: Map<String, Value>,
    pub(super) contents: BTreeMap<String, Vec<u8>>,
    /// The PEM blocks of the files that have any; kubeconfigs are not searched.
    pub(super) blocks: BTreeMap<String, Vec<Block>>,
}

impl Files {
    pub(super) fn read(root: &Path) -> Self {
        let (entries, contents, blocks) = (Map::new(), BTreeMap::new(), BTreeMap::new());
        let mut files = Self {
            entries,
            contents,
            blocks,
        };
        files.walk(root, "");
        for (path, bytes) in files
            .contents
            .iter()
            .filter(|(path, _)| !is_kubeconfig(path))
        {
            let found = pem::blocks(bytes);
            if !found.is_empty() {
                files.blocks.insert(path.clone(), found);
            }
        }
        files
    }

    /// Adds what is in a folder, then what is in its folders.
    fn walk(&mut self, folder: &Path, prefix: &str) {
        let names = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut names: Vec<String> = names
            .map(|entry| entry.expect("a readable folder").file_name())
            .map(|name| name.into_string().expect("a name in UTF-8"))
            .collect();
        names.sort();
        let mut folders = Vec::new();
        for name in names {
            let path = folder.join(&name);
            let relative = format!("{prefix}{name}");
            let metadata = fs::symlink_metadata(&path).expect("a file just listed");
            if metadata.is_dir() {
                folders.push((path.clone(), format!("{relative}/")));
            }
            let entry = self.entry(&path, &relative, &metadata);
            self.entries.insert(relative, entry);
        }
        for (path, prefix) in folders {
            self.walk(&path, &prefix);
        }
    }

    fn entry(&mut self, path: &Path, relative: &str, metadata: &Metadata) -> Value {
        let mut entry = if metadata.is_symlink() {
            return self.link(path, relative);
        } else if metadata.is_dir() {
            json!({"type": "dir"})
        } else if metadata.file_type().is_fifo() || !metadata.is_file() {
            json!({"type": "special"})
        } else {
            json!({"type": "file"})
        };
        if metadata.is_file() {
            if metadata.len() == 0 {
                entry["empty"] = json!(true);
            }
            if metadata.len() > LARGEST {
                entry["too_large"] = json!(true);
            } else if let Err(error) = self.keep(path, relative) {
                entry["error"] = json!(error.to_string());
            }
        }
        entry["mode"] = mode(metadata);
        entry
    }

    fn link(&mut self, path: &Path, relative: &str) -> Value {
        let target = fs::read_link(path).expect("a link just seen");
        let mut entry = json!({"type": "symlink", "target": target.to_string_lossy()});
        let Ok(metadata) = fs::metadata(path) else {
            entry["error"] = json!("dangling");
            return entry;
        };
        entry["target_mode"] = mode(&metadata);
        if metadata.is_file()
            && metadata.len() <= LARGEST
            && let Err(error) = self.keep(path, relative)
        {
            entry["error"] = json!(error.to_string());
        }
        entry
    }

    fn keep(&mut self, path: &Path, relative: &str) -> std::io::Result<()> {
        self.contents.insert(relative.to_owned(), fs::read(path)?);
        Ok(())
    }
}

fn mode(metadata: &Metadata) -> Value {
    json!(format!("{:04o}", metadata.permissions().mode() & 0o7777))
}

pub(super) fn is_kubeconfig(path: &str) -> bool {
    path.ends_with(".conf") || path.ends_with(".kubeconfig")
}

/// Why a file that should be PEM has no block; nothing for other files.
pub(super) fn undecoded(path: &str, bytes: &[u8]) -> Option<&'static str> {
    let endings = [".crt", ".key", ".pub", ".csr", ".pem"];
    if !endings.iter().any(|ending| path.ends_with(ending)) {
        return None;
    }
    Some(if bytes.is_empty() {
        "empty"
    } else if bytes.starts_with(b"\x30") {
        "DER, not PEM"
    } else if pem::find(bytes, b"-----BEGIN", 0).is_some() {
        "truncated or broken PEM"
    } else {
        "no PEM block"
    })
}
