use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::host::PROGRAMS;
use super::*;
use crate::remote::{local, shells};
use crate::tree::TreeOnDisk;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/kubeadm/sample")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("mkdir");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), &to).expect("copied")),
        }
    }
}

/// A host of its own below a directory.
fn host() -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().expect("tempdir");
    let kubernetes = temp.path().join("etc/kubernetes");
    copy(&sample(), &kubernetes);
    (temp, kubernetes)
}

fn far(shell: &str, directory: &Path) -> TreeOnDisk {
    let host = FarHost::new(local(shell));
    TreeOnDisk::read_far(&host, "m1", directory, None).expect(shell)
}

fn view<'a>(on_disk: &'a TreeOnDisk, path: &str) -> &'a str {
    match &on_disk.tree.files[path].content {
        TreeContent::PublicView(text) => std::str::from_utf8(text).expect("text"),
        other => panic!("{path}: {other:?}"),
    }
}

/// The rest of a file is said of it as of one that lies here.
#[test]
fn every_shell_says_of_a_tree_what_is_seen_here() {
    let (_temp, kubernetes) = host();
    fs::create_dir(kubernetes.join("manifests")).expect("mkdir");
    let manifest = "kind: Pod\nspec: {containers: [{command: [etcd, --name=m1]}]}\n";
    fs::write(kubernetes.join("manifests/etcd.yaml"), manifest).expect("written");
    fs::rename(kubernetes.join("pki/sa.key"), kubernetes.join("sa")).expect("moved");
    symlink("../sa", kubernetes.join("pki/sa.key")).expect("linked");
    let mode = fs::Permissions::from_mode(0o640);
    fs::set_permissions(kubernetes.join("pki/ca.key"), mode).expect("changed");
    let here = TreeOnDisk::read(&kubernetes).expect("a tree");
    for shell in shells() {
        let there = far(shell, &kubernetes);
        let facts = |on_disk: &TreeOnDisk| -> Vec<_> {
            let files = on_disk.tree.files.iter();
            let facts = files.map(|(path, file)| {
                let inode = file.inode.filter(|_| shell != "busybox");
                (
                    path.clone(),
                    file.mode,
                    file.owner,
                    file.links,
                    file.link.clone(),
                    inode,
                )
            });
            facts.collect()
        };
        assert_eq!(facts(&there), facts(&here), "{shell}");
        assert_eq!(there.tree.directories, here.tree.directories, "{shell}");
        assert_eq!(there.tree.location.host_root, here.tree.location.host_root);
        assert_eq!(view(&there, "manifests/etcd.yaml"), manifest);
        let certificate = fs::read_to_string(kubernetes.join("pki/ca.crt")).expect("read");
        assert_eq!(view(&there, "pki/ca.crt"), certificate, "{shell}");
        let key = view(&there, "pki/sa.key");
        assert!(
            key.starts_with("-----BEGIN PUBLIC HALF OF RSA PRIVATE KEY-----\nMII"),
            "{key}"
        );
        assert!(view(&there, "admin.conf").contains("current-context"));
    }
}

/// They stand within quotation marks of a shell.
#[test]
fn programs_have_no_quotation_mark() {
    for (name, text) in PROGRAMS {
        assert!(!text.contains('\''), "{name}");
    }
}
