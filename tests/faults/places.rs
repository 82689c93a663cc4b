//! Places where a tree must not be written: refused, and nothing is written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::common::{Output, kpki, run};
use crate::snapshot::Snapshot;

/// A place of our own, so that a parent never is the reason.
fn temporary() -> TempDir {
    let temp = tempfile::tempdir().expect("a temporary directory");
    mode(temp.path(), 0o755);
    temp
}

fn mode(path: &Path, bits: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).expect("our own");
}

fn generate(kubernetes: &Path) -> Command {
    let mut command = kpki();
    command.args([
        "gen",
        "--host",
        "m0",
        "--ip",
        "10.0.0.10",
        "--key-algorithm",
        "ECDSA-P256",
    ]);
    command.arg("--cert-dir").arg(kubernetes.join("pki"));
    command
}

/// Runs `kpki gen` for a tree that it must refuse, and returns what it said.
fn refused(top: &Path, kubernetes: &Path) -> String {
    let before = Snapshot::of(top);
    let output = run(&mut generate(kubernetes));
    let after = Snapshot::of(top);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(output.stdout, "");
    assert!(after == before, "written: {}", before.difference(&after));
    output
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_directory_that_others_can_write() {
    let temp = temporary();
    let tree = temp.path().join("kubernetes");
    fs::create_dir(&tree).expect("new");
    for bits in [0o777, 0o1777, 0o775] {
        mode(&tree, bits);
        let said = refused(temp.path(), &tree);
        let expected = format!("error: '{}' can be written by ", tree.display());
        assert!(said.starts_with(&expected), "{said}");
        // One that is for everybody stays so.
        let hint = match bits {
            0o1777 => "hint: choose another directory".to_owned(),
            _ => format!("hint: chmod go-w {}", tree.display()),
        };
        assert!(said.contains(&hint), "{said}");
    }
}

#[test]
fn a_parent_that_others_can_write() {
    let temp = temporary();
    let parent = temp.path().join("parent");
    fs::create_dir(&parent).expect("new");
    mode(&parent, 0o777);
    let said = refused(temp.path(), &parent.join("kubernetes"));
    assert!(
        said.contains(&format!("'{}' can be written by", parent.display())),
        "{said}"
    );
}

#[test]
fn a_tree_that_is_a_link() {
    let temp = temporary();
    let (real, link) = (temp.path().join("real"), temp.path().join("link"));
    fs::create_dir(&real).expect("new");
    symlink(&real, &link).expect("a link");
    let said = refused(temp.path(), &link);
    assert!(said.contains("is a symbolic link to"), "{said}");
    assert!(
        said.contains(&format!("hint: give the real path: {}", real.display())),
        "{said}"
    );
}

#[test]
fn a_directory_in_the_tree_that_is_a_link() {
    let temp = temporary();
    let tree = temp.path().join("kubernetes");
    fs::create_dir_all(tree.join("pki")).expect("new");
    fs::create_dir(temp.path().join("elsewhere")).expect("new");
    symlink(temp.path().join("elsewhere"), tree.join("pki/etcd")).expect("a link");
    let said = refused(temp.path(), &tree);
    assert!(
        said.contains(&tree.join("pki/etcd").display().to_string()),
        "{said}"
    );
    assert!(said.contains("symbolic link"), "{said}");
}

#[test]
fn a_file_that_is_a_link() {
    let temp = temporary();
    let tree = temp.path().join("kubernetes");
    fs::create_dir_all(tree.join("pki")).expect("new");
    let victim = temp.path().join("victim");
    for name in ["pki/ca.key", "pki/apiserver.crt", "admin.conf"] {
        // One that leads to a file that matters, one that leads nowhere yet.
        for content in [Some("precious\n"), None] {
            match content {
                Some(text) => fs::write(&victim, text).expect("written"),
                None => fs::remove_file(&victim).expect("removed"),
            }
            symlink(&victim, tree.join(name)).expect("a link");
            let said = refused(temp.path(), &tree);
            // Of half a pair, the file that is missing is named.
            assert!(said.contains(name.trim_end_matches(".crt")), "{said}");
            fs::remove_file(tree.join(name)).expect("removed");
        }
    }
}

#[test]
fn a_file_where_a_directory_is_needed() {
    let temp = temporary();
    let tree = temp.path().join("kubernetes");
    fs::create_dir(&tree).expect("new");
    fs::write(tree.join("pki"), "").expect("written");
    let said = refused(temp.path(), &tree);
    assert!(
        said.contains(&tree.join("pki").display().to_string()),
        "{said}"
    );
    let said = refused(temp.path(), &tree.join("pki/below"));
    assert!(
        said.contains(&tree.join("pki").display().to_string()),
        "{said}"
    );
}

#[test]
fn a_directory_where_a_file_is_needed() {
    let temp = temporary();
    let tree = temp.path().join("kubernetes");
    fs::create_dir_all(tree.join("pki/ca.key")).expect("new");
    let said = refused(temp.path(), &tree);
    assert!(
        said.contains("pki/ca.key") || said.contains("pki/ca.crt"),
        "{said}"
    );
}

/// A file system of its own, gone when dropped.
struct Mount(TempDir);

impl Mount {
    /// `None`, and a word about it, where we may not mount.
    fn tmpfs(options: &str) -> Option<Self> {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(temp.path())
            .output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(temp));
        }
        crate::say("SKIPPED: no file system may be mounted here");
        None
    }

    fn read_only(&self) {
        let mut mount = Command::new("mount");
        let output = run(mount.args(["-o", "remount,ro"]).arg(self.0.path()));
        assert!(output.status.success(), "{output:?}");
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0.path()).status().ok();
    }
}

#[test]
fn a_read_only_file_system() {
    let Some(mount) = Mount::tmpfs("mode=755") else {
        return;
    };
    mount.read_only();
    for tree in [mount.0.path().to_owned(), mount.0.path().join("kubernetes")] {
        let said = refused(mount.0.path(), &tree);
        assert!(
            said.contains(&format!("'{}", mount.0.path().display())),
            "{said}"
        );
        assert!(said.contains("read-only file system"), "{said}");
        assert!(
            said.contains("hint: the file system is read-only: findmnt -T "),
            "{said}"
        );
    }
}

#[test]
fn a_read_only_directory() {
    let temp = temporary();
    let tree = temp.path().join("kubernetes");
    fs::create_dir(&tree).expect("new");
    mode(&tree, 0o555);
    if fs::write(tree.join("probe"), "").is_ok() {
        // Root writes there all the same; the read-only file system is its case.
        return;
    }
    let said = refused(temp.path(), &tree);
    assert!(said.contains("permission denied"), "{said}");
}

/// No room for the bytes, then none for the names, at every size up to enough.
#[test]
fn a_full_file_system() {
    let limits = (1..40)
        .step_by(3)
        .map(|blocks| format!("size={}k,nr_inodes=1000", 4 * blocks));
    let limits = limits.chain(
        (2..64)
            .step_by(4)
            .map(|inodes| format!("size=1m,nr_inodes={inodes}")),
    );
    let mut codes = Vec::new();
    for limit in limits {
        let Some(mount) = Mount::tmpfs(&format!("{limit},mode=755")) else {
            return;
        };
        let top = mount.0.path();
        let output = run(&mut generate(top));
        codes.push(output.status.code());
        if output.status.success() {
            continue;
        }
        is_full(&limit, top, &output);
    }
    assert!(
        codes.contains(&Some(2)) && codes.contains(&Some(0)),
        "{codes:?}"
    );
}

fn is_full(limit: &str, top: &Path, output: &Output) {
    assert_eq!(output.status.code(), Some(2), "{limit}: {output:?}");
    let said = output
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(said.contains(&top.display().to_string()), "{limit}: {said}");
    assert!(said.contains("no space left on device"), "{limit}: {said}");
    assert!(
        said.contains("hint: make room, then run the command again: df -h "),
        "{limit}: {said}"
    );
    let left: Vec<_> = Snapshot::of(top).paths().map(str::to_owned).collect();
    assert!(left.is_empty(), "{limit}: left {left:?}");
}
