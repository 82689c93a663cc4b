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
        Command::new("umount").arg(self.0.path()).status().ok();
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

fn publish(top: &Path, bytes: usize) -> Result<Published> {
    let file = |path: &str, replaces| NewFile {
        path: RelPath::new(path).expect("valid"),
        bytes: Zeroizing::new(vec![b'x'; bytes]),
        mode: 0o600,
        replaces,
    };
    let files = vec![
        file("old", true),
        file("a", false),
        file("b/c/d", false),
        file("pki/old", true),
    ];
    let root = Root::open_or_create(top)?;
    root.lock("now", Duration::ZERO, |_| {})?
        .publish(files, "1")
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
        match publish(top, bytes) {
            Ok(_) => assert_eq!(names(top), ["a", "b/c/d", "old", "pki/old"]),
            Err(error) => {
                assert!(error.to_string().contains("no space left"), "{error}");
                assert!(error.hint().is_some_and(|hint| hint.contains("df -i")));
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
