//! A umask of any kind.

use super::*;

/// The umask is of the whole process, so each is tried in a process of its own.
#[test]
fn the_umask_does_not_matter() {
    let test = "store::crash_tests::umask::under_a_umask";
    for umask in ["0", "777"] {
        let temp = tempfile::tempdir().expect("tempdir");
        let status = std::process::Command::new(std::env::current_exe().expect("test binary"))
            .args(["--exact", test, "--ignored", "--test-threads=1"])
            .env("KPKI_TEST_UMASK", umask)
            .env("KPKI_TEST_DIR", temp.path().join("new/root"))
            .output()
            .expect("started");
        assert!(
            status.status.success(),
            "{}",
            String::from_utf8_lossy(&status.stdout)
        );
        let tree = tree(&temp.path().join("new"));
        assert_eq!(tree["root/"].1, 0o755);
        assert_eq!(tree["root/pki/"].1, 0o755);
        assert_eq!(tree["root/pki/ca.key"], ("b".into(), 0o600));
        assert_eq!(tree["root/ca.crt"].1, 0o644);
        assert_eq!(tree[&format!("root/kpki-backup-{STAMP}/")].1, 0o700);
    }
}

#[test]
#[ignore = "started by the_umask_does_not_matter"]
fn under_a_umask() {
    let (Ok(umask), Ok(top)) = (
        std::env::var("KPKI_TEST_UMASK"),
        std::env::var("KPKI_TEST_DIR"),
    ) else {
        return;
    };
    let umask = u32::from_str_radix(&umask, 8).expect("octal");
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
    let files = vec![file("pki/ca.key", "a", false), file("ca.crt", "a", false)];
    publish(Path::new(&top), files).expect("published");
    publish(Path::new(&top), vec![file("pki/ca.key", "b", true)]).expect("published");
}
