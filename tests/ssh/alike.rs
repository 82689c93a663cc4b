//! The same state of a directory is told and treated alike, whether it is one of this host or
//! one that is reached by ssh.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::full_disk::Disk;
use crate::lab::{Lab, is_root};
use crate::setup::{copy, files, has_stage, made, make, places, to};

/// What was done to a directory that had everything.
type Change = fn(&Path);

/// A state, and what is to become of it.
struct State {
    name: &'static str,
    change: Change,
    status: &'static str,
    /// A part of what is said.
    words: &'static str,
}

const fn state(
    name: &'static str,
    change: Change,
    status: &'static str,
    words: &'static str,
) -> State {
    State {
        name,
        change,
        status,
        words,
    }
}

/// Everything is equal in all of these but the last.
const STATES: [State; 18] = [
    state("equal", |_| {}, "done", ""),
    state("linked below", link_etcd, "failed", "is a symbolic link to"),
    state(
        "linked below to nothing",
        |pki| {
            link_etcd(pki);
            fs::rename(pki.join("elsewhere"), pki.join("away")).expect("rename");
        },
        "failed",
        "is a symbolic link that leads nowhere",
    ),
    state(
        "linked",
        |pki| {
            let real = pki.with_file_name("real");
            fs::rename(pki, &real).expect("rename");
            symlink(real, pki).expect("symlink");
        },
        "failed",
        "is a symbolic link to",
    ),
    state(
        "file for a directory",
        |pki| {
            fs::rename(pki, pki.with_file_name("away")).expect("rename");
            fs::write(pki, "").expect("write");
        },
        "failed",
        "is a regular file, not a directory",
    ),
    state(
        "file for the directory below",
        |pki| {
            fs::rename(pki.join("etcd"), pki.join("away")).expect("rename");
            fs::write(pki.join("etcd"), "").expect("write");
        },
        "failed",
        "etcd' is a regular file, not a directory",
    ),
    state(
        "linked stage",
        |pki| symlink("pki", pki.with_file_name(".kpki-copy")).expect("symlink"),
        "failed",
        ".kpki-copy' is a symbolic link, not a directory",
    ),
    state(
        "open stage",
        |pki| {
            let stage = pki.with_file_name(".kpki-copy");
            fs::create_dir(&stage).expect("mkdir");
            mode(&stage, 0o777);
        },
        "failed",
        "by everybody",
    ),
    state(
        "linked file",
        |pki| {
            fs::rename(pki.join("ca.key"), pki.join("moved")).expect("rename");
            symlink("moved", pki.join("ca.key")).expect("symlink");
        },
        "refused",
        "ca.key: it is a symbolic link, not a file",
    ),
    state(
        "directory for a file",
        |pki| {
            fs::remove_file(pki.join("ca.key")).expect("there");
            fs::create_dir(pki.join("ca.key")).expect("mkdir");
        },
        "refused",
        "ca.key: it is a directory, not a file",
    ),
    state("open", |pki| mode(pki, 0o777), "failed", "by everybody"),
    state(
        "open to the group",
        |pki| mode(pki, 0o775),
        "failed",
        "by its group",
    ),
    state(
        "open below",
        |pki| mode(&pki.join("etcd"), 0o777),
        "failed",
        "by everybody",
    ),
    state(
        "open above",
        |pki| mode(pki.parent().expect("above"), 0o777),
        "failed",
        "by everybody",
    ),
    state(
        "readable keys",
        |pki| mode(&pki.join("ca.key"), 0o644),
        "done",
        "",
    ),
    state(
        "empty file",
        |pki| fs::write(pki.join("ca.crt"), "").expect("write"),
        "done",
        "",
    ),
    state(
        "nothing",
        |pki| fs::remove_dir_all(pki).expect("remove"),
        "done",
        "",
    ),
    state(
        "another cluster",
        |pki| {
            let other = make(&["m1=10.0.0.11", "m2=10.0.0.12"]);
            let crt = other.path().join("shared/ca.crt");
            fs::copy(crt, pki.join("ca.crt")).expect("copy");
        },
        "refused",
        "ca.crt: another key is there",
    ),
];

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
}

fn link_etcd(pki: &Path) {
    fs::rename(pki.join("etcd"), pki.join("elsewhere")).expect("rename");
    symlink("elsewhere", pki.join("etcd")).expect("symlink");
}

/// What a run says of each of two hosts, without what tells them apart.
fn said(lab: &Lab, tops: &[PathBuf; 2], more: &[&str]) -> [Value; 2] {
    let pki = tops.each_ref().map(|top| places(top).0);
    let here = ["--to".to_owned(), pki[0].display().to_string()];
    let arguments = [&here[..], &to(&[("there", &pki[1])])].concat();
    let more = more.iter().map(|word| (*word).to_owned()).collect();
    let told = copy(lab, made(), &[arguments, more].concat());
    [0, 1].map(|index| {
        let host = &told.document["hosts"][index];
        let mut host = host.as_object().expect("a host").clone();
        for own in ["destination", "hostName", "name"] {
            host.remove(own);
        }
        let text = Value::from(host).to_string();
        let text = text.replace(&tops[index].display().to_string(), "TOP");
        serde_json::from_str(&text.replace("on that host: ", "")).expect("JSON")
    })
}

#[test]
fn the_same_state_is_told_alike_here_and_over_ssh() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("there");
    for State {
        name,
        change,
        status,
        words,
    } in STATES
    {
        let tops = [
            lab.path(&format!("here {name}").replace(' ', "-")),
            host.path(&name.replace(' ', "-")),
        ];
        let [here, there] = said(&lab, &tops, &[]);
        assert_eq!((&here, &here["status"]), (&there, &"done".into()), "{name}");
        for top in &tops {
            change(&places(top).0);
        }
        let mut foreseen = Value::Null;
        for more in [&["--dry-run"][..], &[]] {
            let before = tops.each_ref().map(|top| files(top));
            let [mut here, mut there] = said(&lab, &tops, more);
            for host in [&mut here, &mut there] {
                // That of another cluster is another one in each.
                if let Some(conflict) = host["conflicts"].get_mut(0) {
                    conflict["destination"] = Value::Null;
                }
            }
            assert_eq!(here, there, "{name}");
            let expected = match (status, more.is_empty()) {
                ("done", false) => "planned",
                (status, _) => status,
            };
            assert_eq!(here["status"], expected, "{name}: {here}");
            let error = here["error"]["message"].as_str().unwrap_or_default();
            assert!(error.contains(words), "{name}: {here}");
            // What a run fails with is said before it.
            match more.is_empty() {
                false => foreseen = here["error"].take(),
                true => assert_eq!(here["error"], foreseen, "{name}"),
            }
            if here["status"] != "done" {
                assert!(tops.each_ref().map(|top| files(top)) == before, "{name}");
            }
        }
    }
}

#[test]
fn what_is_a_mount_of_its_own_is_told_before_and_nothing_is_written() {
    let Some(lab) = Lab::new() else { return };
    if !is_root() {
        crate::program::skip("nobody but root may mount");
        return;
    }
    let host = lab.host("there");
    for (name, mounted, lacking) in [
        ("tmpfs", "", ""),
        ("a name", "", "sa.key"),
        ("below", "etcd", "etcd/ca.key"),
        ("file", "ca.key", ""),
    ] {
        let tops = [lab.path(name), host.path(name)];
        if name != "tmpfs" {
            assert_eq!(said(&lab, &tops, &[])[0]["status"], "done");
        }
        let mut disks = Vec::new();
        for pki in tops.each_ref().map(|top| places(top).0) {
            disks.push(match name {
                "tmpfs" => Disk::mount(&pki, "mode=755"),
                _ => Disk::bind(&pki.join(mounted)),
            });
            match lacking {
                // Something is to be mended.
                "" if name == "file" => mode(&pki.join("ca.key"), 0o644),
                "" => {}
                lacking => fs::remove_file(pki.join(lacking)).expect("there"),
            }
        }
        if disks.iter().any(Option::is_none) {
            return;
        }
        let before = tops.each_ref().map(|top| files(top));
        let [here, there] = said(&lab, &tops, &["--dry-run"]);
        assert_eq!(here, there, "{name}");
        let run = said(&lab, &tops, &[]);
        for told in &run {
            assert_eq!(told["error"], here["error"], "{name}");
            assert_eq!(
                (&told["status"], &told["changed"]),
                (&"failed".into(), &false.into()),
                "{name}: {told}"
            );
        }
        let at = format!("TOP/kubernetes/pki/{mounted}");
        let at = at.trim_end_matches('/');
        let error = here["error"]["message"].as_str().unwrap_or_default();
        assert!(error.starts_with(&format!("'{at}' is a mount")), "{here}");
        let hint = here["error"]["hint"].as_str().unwrap_or_default();
        let above = at.rsplit_once('/').expect("above").0;
        assert!(hint.starts_with(&format!("mount '{above}' ")), "{here}");
        assert!(before == tops.each_ref().map(|top| files(top)), "{name}");
    }
}

/// A file that nobody may replace, until this goes.
struct Fixed(PathBuf);

impl Fixed {
    /// `None`, and a word about it, where its file system knows no such thing.
    fn new(path: PathBuf) -> Option<Self> {
        let chattr = Command::new("chattr").arg("+i").arg(&path).output();
        if chattr.is_ok_and(|output| output.status.success()) {
            return Some(Self(path));
        }
        crate::program::skip(&format!("{} cannot be made immutable", path.display()));
        None
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        Command::new("chattr")
            .arg("-i")
            .arg(&self.0)
            .status()
            .expect("chattr");
    }
}

#[test]
fn an_immutable_file_is_told_before() {
    let Some(lab) = Lab::new() else { return };
    if !is_root() {
        crate::program::skip("nobody but root makes a file immutable");
        return;
    }
    let host = lab.host("there");
    let tops = [lab.path("here"), host.path("top")];
    assert_eq!(said(&lab, &tops, &[])[0]["status"], "done");
    let mut fixed = Vec::new();
    for top in &tops {
        let file = places(top).0.join("etcd/ca.key");
        mode(&file, 0o644);
        fixed.push(Fixed::new(file));
    }
    if fixed.iter().any(Option::is_none) {
        return;
    }
    for more in [&["--dry-run"][..], &[]] {
        let [here, there] = said(&lab, &tops, more);
        assert_eq!(here, there);
        assert_eq!(here["status"], "failed", "{here}");
        let at = "TOP/kubernetes/pki/etcd/ca.key";
        let error = here["error"]["message"].as_str().unwrap_or_default();
        assert!(error.starts_with(&format!("'{at}' is immutable")), "{here}");
        let hint = here["error"]["hint"].as_str().unwrap_or_default();
        assert!(hint.ends_with(&format!("chattr -i -a {at}")), "{here}");
    }
    drop(fixed);
    let [here, there] = said(&lab, &tops, &[]);
    assert_eq!((&here, &here["status"]), (&there, &"done".into()));
}

#[test]
fn what_cannot_be_written_is_proved_where_everything_is_equal() {
    let Some(lab) = Lab::new() else { return };
    if !is_root() {
        crate::program::skip("nobody but root may mount");
        return;
    }
    let host = lab.host("there");
    let tops = [lab.path("here"), host.path("top")];
    let above = tops.each_ref().map(|top| places(top).1);
    let disks = above.each_ref().map(|above| Disk::mount(above, "mode=755"));
    if disks.iter().any(Option::is_none) {
        return;
    }
    let remount = |how: &str| {
        for above in &above {
            let mut mount = Command::new("mount");
            let mounted = mount.args(["-o", &format!("remount,{how}")]).arg(above);
            assert!(mounted.status().expect("mount").success());
        }
    };
    assert_eq!(said(&lab, &tops, &[])[0]["status"], "done");
    remount("ro");
    let [here, there] = said(&lab, &tops, &[]);
    assert_eq!(here, there);
    assert_eq!(
        (&here["status"], &here["changed"]),
        (&"done".into(), &false.into())
    );
    assert_eq!(here["files"][0]["proved"], true);

    // What lacks cannot be made.
    remount("rw");
    for above in &above {
        fs::remove_file(above.join("pki/ca.key")).expect("there");
    }
    remount("ro");
    let foreseen = said(&lab, &tops, &["--dry-run"]);
    for (host, foreseen) in said(&lab, &tops, &[]).iter().zip(&foreseen) {
        assert_eq!(host["error"], foreseen["error"]);
        assert_eq!(foreseen["status"], "failed", "{foreseen}");
        let error = host["error"]["message"].as_str().unwrap_or_default();
        assert!(error.contains("read-only file system"), "{host}");
        assert_eq!(host["status"], "failed", "{host}");
        let hint = host["error"]["hint"].as_str().unwrap_or_default();
        assert!(hint.ends_with("findmnt -T TOP/kubernetes"), "{host}");
    }
    for above in &above {
        assert!(!has_stage(above));
    }
}
