//! A login that is not root's, and the real sudo: hosts with users and sudoers of their own, in
//! mounts that nobody else sees.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::lab::{Host, Lab, is_root};
use crate::program;
use crate::setup::{assert_copied, copy, made, places};

/// Nobody of this machine.
const USER: &str = "kpki-operator";
const UID: u32 = 54_321;

/// `None` where it cannot be built, which is said.
fn lab() -> Option<Lab> {
    if !is_root() {
        program::skip("users of their own need root");
        return None;
    }
    if !program::installed(&["sudo", "unshare", "mount"]) {
        return None;
    }
    Lab::new()
}

/// A host with a user who logs in with this shell, and these lines in sudoers. Sudo speaks
/// German there, as far as its translation is installed.
fn host(lab: &Lab, name: &str, shell: &str, sudoers: &str) -> Host {
    let etc = lab.path(&format!("etc-{name}"));
    fs::create_dir(&etc).expect("mkdir");
    let shell = program::path_of(shell).expect("installed");
    let files = [
        (
            "passwd",
            format!("{USER}:x:{UID}:{UID}::/:{}\n", shell.display()),
            0o644,
        ),
        ("group", format!("{USER}:x:{UID}:\n"), 0o644),
        ("shadow", format!("{USER}:*:19000:0:99999:7:::\n"), 0o600),
        ("sudoers", "root ALL=(ALL) ALL\n".to_owned(), 0o440),
    ];
    let mut mounts = String::new();
    for (file, line, mode) in files {
        let own = etc.join(file);
        let text = match file {
            "sudoers" => line + sudoers,
            _ => fs::read_to_string(Path::new("/etc").join(file)).expect(file) + &line,
        };
        fs::write(&own, text).expect("write");
        fs::set_permissions(&own, fs::Permissions::from_mode(mode)).expect("chmod");
        mounts.push_str(&format!("mount --bind {} /etc/{file} && ", own.display()));
    }
    let words = ["unshare", "--mount", "sh", "-c"].map(str::to_owned);
    let script = [format!("{mounts}exec \"$@\""), "sh".to_owned()];
    lab.host_within(
        name,
        "SetEnv LANG=C.UTF-8 LANGUAGE=de\n",
        &[&words[..], &script].concat(),
    )
}

/// `--to` the host as the user.
fn to(host: &Host, pki: &Path) -> Vec<String> {
    let target = format!("{USER}@{}:{}", host.name, pki.display());
    ["--to", &target, "--sudo"].map(str::to_owned).to_vec()
}

#[test]
fn a_user_becomes_root_there_by_sudo() {
    let Some(lab) = lab() else { return };
    for shell in ["sh", "bash", "tcsh", "fish", "zsh"] {
        if !program::installed(&[shell]) {
            continue;
        }
        let host = host(
            &lab,
            shell,
            shell,
            &format!("{USER} ALL=(root) NOPASSWD: ALL\n"),
        );
        let (pki, above) = places(&host.path(""));
        let arguments = to(&host, &pki);
        // Without it nothing can be made there.
        let told = copy(&lab, made(), &arguments[..2]);
        assert_eq!((told.status, told.status_of(0)), (2, "failed"), "{told:?}");
        assert!(told.hint_of(0).contains("add --sudo"), "{told:?}");
        assert!(!above.exists());
        for changed in [true, false] {
            let told = copy(&lab, made(), &arguments);
            assert_eq!((told.status, told.changed()), (0, changed), "{told:?}");
        }
        assert_copied(made(), &pki);
        let key = fs::metadata(pki.join("ca.key")).expect("there");
        assert_eq!((key.uid(), key.gid()), (0, 0), "{shell}");
    }
}

#[test]
fn a_sudo_that_does_not_let_us_is_told_in_one_line() {
    let Some(lab) = lab() else { return };
    for (name, sudoers, said, advice) in [
        (
            "password",
            format!("{USER} ALL=(root) ALL\n"),
            "sudo would ask there: sudo: a password is required",
            "NOPASSWD",
        ),
        (
            "terminal",
            format!("Defaults requiretty\n{USER} ALL=(root) NOPASSWD: ALL\n"),
            "sudo would ask there: sudo: sorry, you must have a tty to run sudo",
            "!requiretty",
        ),
        (
            "another",
            format!("{USER} ALL=(root) NOPASSWD: /usr/bin/id\n"),
            "sudo would ask there: sudo: a password is required",
            "NOPASSWD",
        ),
        (
            "stranger",
            String::new(),
            "sudo would ask there: sudo: a password is required",
            "NOPASSWD",
        ),
    ] {
        let host = host(&lab, name, "sh", &sudoers);
        let (pki, above) = places(&host.path(""));
        let told = copy(&lab, made(), &to(&host, &pki));
        assert_eq!((told.status, told.status_of(0)), (2, "failed"), "{told:?}");
        assert_eq!(told.error_of(0), said, "{name}");
        assert!(told.hint_of(0).contains(advice), "{name}: {told:?}");
        assert!(!above.exists());
    }
}
