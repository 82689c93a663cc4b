//! Where the links that are in use lead.

use std::collections::BTreeSet;

use super::super::tree::Tree;

/// Every file that a link in use leads to, by way of other links as well.
pub(super) fn of(tree: &Tree, is_used: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let links = tree.files.iter().filter(|(_, file)| file.link.is_some());
    let mut targets = BTreeSet::new();
    for (path, _) in links.filter(|(path, _)| is_used(path)) {
        let mut next = target(tree, path);
        // One that is known was followed before, or leads in a circle.
        while let Some(found) = next.filter(|found| !targets.contains(found)) {
            next = target(tree, &found);
            targets.insert(found);
        }
    }
    targets
}

/// The path in the tree that a link leads to.
fn target(tree: &Tree, path: &str) -> Option<String> {
    let target = tree.get(path)?.link.as_deref()?;
    if !target.starts_with('/') {
        let directory = path.rsplit_once('/').map_or("", |(above, _)| above);
        return joined(directory, target);
    }
    let location = &tree.location;
    let below = location.directory.trim_end_matches('/');
    let below = target.strip_prefix(below).filter(|_| !below.is_empty());
    match below.and_then(|below| below.strip_prefix('/')) {
        Some(below) => joined(location.prefix.trim_end_matches('/'), below),
        None => location.path_of(target),
    }
}

/// Where a relative link in a directory leads, as a path of the tree.
fn joined(directory: &str, target: &str) -> Option<String> {
    let is_absolute = directory.starts_with('/');
    let mut parts: Vec<&str> = directory.split('/').collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    let start = if is_absolute { "/" } else { "" };
    Some(format!("{start}{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::tests::file;
    use crate::verify::tree::TreeFile;

    #[test]
    fn links_are_followed_to_their_end() {
        let mut tree = Tree::default();
        tree.location.directory = "/srv/k".to_owned();
        for (path, link) in [
            ("pki/apiserver.key", "current.key"),
            ("pki/current.key", "../live/./apiserver.key"),
            ("live/apiserver.key", "/srv/k/live/2026.key"),
            ("pki/ca.key", "/etc/kubernetes/safe/ca.key"),
            ("pki/sa.key", "circle.key"),
            ("pki/circle.key", "sa.key"),
            ("pki/unused.key", "other.key"),
            ("/var/lib/kubelet/pki/current.pem", "dated.pem"),
        ] {
            let link = Some(link.to_owned());
            let file = TreeFile {
                link,
                ..file(b"", 0o600)
            };
            tree.files.insert(path.to_owned(), file);
        }
        let found = of(&tree, |path| path != "pki/unused.key");
        let found: Vec<_> = found.iter().map(String::as_str).collect();
        assert_eq!(
            found,
            [
                "/var/lib/kubelet/pki/dated.pem",
                "live/2026.key",
                "live/apiserver.key",
                "pki/circle.key",
                "pki/current.key",
                "pki/sa.key",
                "safe/ca.key",
            ]
        );
    }
}
