//! A real file system with no room left, at every point of a run.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use zeroize::Zeroizing;

use super::*;

struct Tiny(tempfile::TempDir);

impl Tiny {
    /// `None` where we may not mount.
    fn mount(inodes: usize) -> Option<Self> {
        let temp = tempfile::tempdir().expect("tempdir");
        let options = format!("size=64k,nr_inodes={inodes},mode=755");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(temp.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(temp))
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        // What other tests run may have it open for a moment, until it is another program.
        Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .status()
            .ok();
    }
}

fn names(top: &Path) -> Vec<String> {
    let root = Root::open(top).expect("open").expect("there");
    listing::list(root.dir())
        .expect("list")
        .files
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// The error with what is to be done then, as it is told while everything is still open.
fn publish(
    top: &Path,
    files: &[(&str, bool)],
    bytes: usize,
) -> std::result::Result<Published, (StoreError, String)> {
    let told = |error: StoreError| {
        let hint = error.hint().unwrap_or_default();
        (error, hint)
    };
    let file = |(path, replaces): &(&str, bool)| NewFile {
        path: RelPath::new(*path).expect("valid"),
        bytes: Zeroizing::new(vec![b'x'; bytes]),
        mode: 0o600,
        replaces: *replaces,
    };
    let files = files.iter().map(file).collect();
    let root = Root::open_or_create(top).map_err(told)?;
    let locked = root.lock("now", Duration::ZERO, |_| {}).map_err(told)?;
    locked.publish(files, "1").map_err(told)
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn a_full_disk_leaves_the_old_tree() {
    let mut outcomes = Vec::new();
    for (inodes, bytes) in (5..30)
        .map(|inodes| (inodes, 10))
        .chain([(40, 30_000), (40, 70_000)])
    {
        let Some(tiny) = Tiny::mount(inodes) else {
            eprintln!("SKIPPED: a tmpfs cannot be mounted here");
            return;
        };
        let top = tiny.0.path();
        fs::write(top.join("old"), "old").expect("write");
        fs::create_dir(top.join("pki")).expect("mkdir");
        fs::write(top.join("pki/old"), "old").expect("write");
        let files = [
            ("old", true),
            ("a", false),
            ("b/c/d", false),
            ("pki/old", true),
        ];
        match publish(top, &files, bytes) {
            Ok(_) => assert_eq!(names(top), ["a", "b/c/d", "old", "pki/old"]),
            Err((error, hint)) => {
                assert!(error.to_string().contains("no space left"), "{error}");
                let (_, place) = hint.split_once("df -i ").expect("what to look at");
                assert!(Path::new(place).is_dir(), "{hint}");
                assert_eq!(names(top), ["old", "pki/old"]);
                for name in ["old", "pki/old"] {
                    assert_eq!(fs::read(top.join(name)).expect("read"), b"old");
                }
                let left = fs::read_dir(top).expect("list").count();
                assert_eq!(left, 2, "neither stage, nor lock, nor backup");
            }
        }
        outcomes.push(bytes == 10 && names(top).len() == 4);
    }
    assert!(outcomes.contains(&true) && outcomes.contains(&false));
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn what_is_full_is_named_by_a_directory_that_stays() {
    let mut failed = 0;
    for inodes in 2..12 {
        let Some(tiny) = Tiny::mount(inodes) else {
            eprintln!("SKIPPED: a tmpfs cannot be mounted here");
            return;
        };
        let top = tiny.0.path();
        let files = [("a", false), ("b/c", false)];
        if let Err((error, hint)) = publish(&top.join("made/tree"), &files, 10) {
            let place = format!("df -i {}", top.display());
            assert!(hint.ends_with(&place), "{error}: {hint}");
            assert_eq!(fs::read_dir(top).expect("list").count(), 0);
            failed += 1;
        }
    }
    assert!(failed > 3, "{failed}");
}
