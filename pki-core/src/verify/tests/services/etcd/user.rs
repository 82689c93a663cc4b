//! The user that etcd runs as, and the files that are handed to it.

use super::*;

/// The key is another user's, and systemd reads it.
const HANDED: [(&str, &str, &str); 2] = [
    (
        UNIT,
        "User=root",
        "User=etcd\nLoadCredential=server.key:/etc/kubernetes/pki/etcd/server.key\nLoadCredential=peer.key:/etc/kubernetes/pki/etcd/peer.key",
    ),
    (
        UNIT,
        "key-file=/etc/kubernetes/pki/etcd",
        "key-file=${CREDENTIALS_DIRECTORY}",
    ),
];

fn owned(owner: u32) -> Tree {
    let mut tree = host_with_services();
    let paths: Vec<_> = tree.files.keys().cloned().collect();
    for path in paths {
        let is_etcds = path.starts_with("pki/etcd/") && path != "pki/etcd/ca.key";
        own(&mut tree, &path, if is_etcds { owner } else { 0 }, 0);
    }
    let owner = Owner { uid: owner, gid: 0 };
    let directory = TreeDirectory {
        mode: 0o755,
        owner: Some(owner),
    };
    tree.directories.insert("pki/etcd".to_owned(), directory);
    tree
}

#[test]
fn what_systemd_hands_over_is_the_file_itself() {
    let mut tree = owned(0);
    for (path, from, to) in HANDED {
        change(&mut tree, path, from, to);
    }
    for told in [
        expectation(&described_here()),
        Expectation::from_tree(&tree),
    ] {
        assert_eq!(found(&tree, &told), [""; 0]);
    }
    tree.files.remove("pki/etcd/server.key");
    let found = found(&tree, &expectation(&described_here()));
    assert_eq!(found, ["file-missing pki/etcd/server.key"]);
}

#[test]
fn keys_of_the_user_that_the_unit_names_are_in_order() {
    for (user, of_key, wanted) in [
        ("etcd", 997, 0),
        ("997", 997, 0),
        ("998", 997, 1),
        ("root", 997, 1),
    ] {
        let mut tree = owned(of_key);
        change(&mut tree, UNIT, "User=root", &format!("User={user}"));
        let found = found(&tree, &expectation(&described_here()));
        let count = found.iter().filter(|it| it.starts_with("owner ")).count();
        assert_eq!(count.min(1), wanted, "{user}: {found:?}");
    }
}
