//! Everything below a directory: names, modes and bytes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A name below the directory.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Directory { mode: u32 },
    File { mode: u32, bytes: Vec<u8> },
    Link { target: String },
}

#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Snapshot(pub(crate) BTreeMap<String, Node>);

impl Snapshot {
    /// What is below `top`; nothing if it does not exist.
    pub(crate) fn of(top: &Path) -> Self {
        let mut nodes = BTreeMap::new();
        if top.is_dir() {
            walk(top, "", &mut nodes);
        }
        Self(nodes)
    }

    /// The files that are not kpki's own, so without lock, stage and directories.
    pub(crate) fn files(&self) -> Self {
        let files = self.0.iter();
        let files =
            files.filter(|(path, node)| !is_own(path) && !matches!(node, Node::Directory { .. }));
        Self(
            files
                .map(|(path, node)| (path.clone(), node.clone()))
                .collect(),
        )
    }

    /// Lock and stage, where they are left.
    pub(crate) fn leftovers(&self) -> Vec<&str> {
        self.paths().filter(|path| is_own(path)).collect()
    }

    /// Whether a journal says that the next run has something to finish or undo.
    pub(crate) fn is_pending(&self) -> bool {
        self.paths().any(|path| {
            path.ends_with(".kpki-stage/journal") || path.ends_with(".kpki-stage/rollback")
        })
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn has_same_paths(&self, other: &Self) -> bool {
        self.0.keys().eq(other.0.keys())
    }

    pub(crate) fn modes(&self) -> Vec<String> {
        let line = |(path, node): (&String, &Node)| match node {
            Node::Directory { mode } | Node::File { mode, .. } => format!("{mode:04o} {path}"),
            Node::Link { target } => format!("{path} -> {target}"),
        };
        self.0.iter().map(line).collect()
    }

    /// The first differences between two, for a message.
    pub(crate) fn difference(&self, other: &Self) -> String {
        let mut lines = Vec::new();
        for (path, node) in &self.0 {
            match other.0.get(path) {
                None => lines.push(format!("only before: {path}")),
                Some(same) if same == node => {}
                Some(_) => lines.push(format!("changed: {path}")),
            }
        }
        let new = other.paths().filter(|path| !self.0.contains_key(*path));
        lines.extend(new.map(|path| format!("only after: {path}")));
        lines.truncate(12);
        lines.join("\n    ")
    }
}

/// A file or directory that kpki makes for its own work and removes at the end.
fn is_own(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with(".kpki"))
}

fn walk(folder: &Path, prefix: &str, nodes: &mut BTreeMap<String, Node>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable directory").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name in UTF-8");
        let relative = format!("{prefix}{name}");
        let metadata = fs::symlink_metadata(&path).expect("a file just listed");
        let mode = metadata.permissions().mode() & 0o7777;
        if metadata.is_symlink() {
            let target = fs::read_link(&path).expect("a link").display().to_string();
            nodes.insert(relative, Node::Link { target });
        } else if metadata.is_dir() {
            walk(&path, &format!("{relative}/"), nodes);
            nodes.insert(relative, Node::Directory { mode });
        } else {
            let bytes = fs::read(&path).expect("a readable file");
            nodes.insert(relative, Node::File { mode, bytes });
        }
    }
}

/// Copies a tree with its modes.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a new directory");
    for entry in fs::read_dir(from).expect("a readable directory") {
        let entry = entry.expect("a readable directory");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &target),
            false => fs::copy(entry.path(), target).map(drop).expect("a copy"),
        }
    }
    let permissions = fs::metadata(from).expect("there").permissions();
    fs::set_permissions(to, permissions).expect("our own directory");
}
