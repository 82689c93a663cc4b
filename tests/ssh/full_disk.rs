//! Hosts whose disk takes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab::{Lab, is_root};
use crate::setup::{assert_copied, copy, files, has_stage, made, places, to};

/// A small file system; it goes when this is dropped.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// `None` where nothing may be mounted, which is said.
    pub(crate) fn mount(at: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(at).expect("mkdir");
        let mut mount = Command::new("mount");
        Self::by(mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]), at)
    }

    /// The same of a directory or file on itself: no other file system.
    pub(crate) fn bind(at: &Path) -> Option<Self> {
        Self::by(Command::new("mount").arg("--bind").arg(at), at)
    }

    fn by(mount: &mut Command, at: &Path) -> Option<Self> {
        let mounted = mount.arg(at).output().expect("mount");
        if mounted.status.success() {
            return Some(Self(at.to_owned()));
        }
        crate::program::skip("nothing may be mounted here");
        None
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_leaves_nothing_and_a_run_after_it_finishes() {
    let Some(lab) = Lab::new() else { return };
    let full = lab.host("full");
    let other = lab.host("other");
    let (pki, above) = places(&full.path(""));
    let (pki_of_other, _) = places(&other.path(""));
    let arguments = to(&[("full", &pki), ("other", &pki_of_other)]);
    // Full of bytes at one file after the other, and full of files.
    let Some(disk) = Disk::mount(&above, "size=64k,nr_inodes=40,mode=755") else {
        return;
    };
    let fill = above.join("fill");
    for free_pages in 0..12 {
        fs::write(&fill, vec![b'x'; (16 - free_pages) * 4096]).expect("write");
        let told = copy(&lab, made(), &arguments);
        assert_eq!(told.status_of(1), "done", "{told:?}");
        if told.status_of(0) == "done" {
            assert!(free_pages > 3, "{free_pages}");
            fs::remove_dir_all(&pki).expect("remove");
            continue;
        }
        assert_eq!((told.status, told.status_of(0)), (2, "failed"), "{told:?}");
        assert!(
            told.error_of(0).contains("no space left on device"),
            "{}",
            told.error_of(0)
        );
        // What was made for the copy is gone again.
        let there = format!("df -i {}", above.display());
        assert!(told.hint_of(0).ends_with(&there), "{}", told.hint_of(0));
        assert_eq!(files(&above).keys().collect::<Vec<_>>(), ["fill"]);
        assert!(!has_stage(&above) && !pki.exists());
    }
    fs::remove_file(&fill).expect("remove");
    let told = copy(&lab, made(), &arguments);
    assert_eq!(told.status, 0, "{told:?}");
    assert_copied(made(), &pki);
    drop(disk);
    assert_copied(made(), &pki_of_other);
}

#[test]
fn a_directory_that_cannot_be_written_is_told() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let (pki, above) = places(&host.path(""));
    let other = lab.host("other");
    let (pki_of_other, _) = places(&other.path(""));
    fs::create_dir_all(&above).expect("mkdir");
    let mut disk = None;
    let words = match is_root() {
        // Nothing but the file system itself keeps root from writing.
        true => {
            disk = Disk::mount(&above, "ro,mode=755");
            if disk.is_none() {
                return;
            }
            "read-only file system"
        }
        false => {
            fs::set_permissions(&above, fs::Permissions::from_mode(0o555)).expect("chmod");
            "permission denied"
        }
    };
    let arguments = to(&[("m1", &pki), ("other", &pki_of_other)]);
    let told = copy(&lab, made(), &arguments);
    let (status, error) = (told.status_of(0), told.error_of(0));
    assert_eq!((told.status, status), (2, "failed"), "{told:?}");
    assert!(error.contains(words), "{error}");
    assert!(error.contains(&above.display().to_string()), "{error}");
    assert_eq!(told.status_of(1), "done", "{told:?}");
    assert!(files(&above).is_empty());
    drop(disk);
    fs::set_permissions(&above, fs::Permissions::from_mode(0o755)).expect("chmod");
    let told = copy(&lab, made(), &arguments);
    assert_eq!(told.status, 0, "{told:?}");
    assert_copied(made(), &pki);
}
