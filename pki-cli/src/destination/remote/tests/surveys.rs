//! What is found, and what is not asked for.

use super::*;

/// Nothing but the checksum of POSIX.
const NO_SHA: &str = "sha256sum() { return 127; }; shasum() { echo 0; }; sha256() { :; }; \
                   openssl() { return 127; }\n";

#[test]
fn everything_else_that_a_name_can_be_is_told() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        let at_name = |name: &str| temp.path().join(name);
        fs::create_dir(at_name("dir")).expect("mkdir");
        fs::write(at_name("dir/file"), "text").expect("write");
        symlink("dir/file", at_name("link")).expect("symlink");
        symlink("dir", at_name("linked")).expect("symlink");
        let large = fs::File::create(at_name("large")).expect("create");
        large.set_len(LARGEST + 1).expect("size");
        let limit = fs::File::create(at_name("limit")).expect("create");
        limit.set_len(LARGEST).expect("size");
        assert!(
            Command::new("mkfifo")
                .arg(at_name("fifo"))
                .status()
                .expect("run")
                .success()
        );
        let names = [
            "dir",
            "link",
            "large",
            "limit",
            "fifo",
            "dir/file/x",
            "no/no",
        ];
        let ask: Vec<_> = names.iter().map(|name| asked(name, None, false)).collect();
        let survey = at(temp.path(), shell).survey(&ask).expect(shell);
        let found: Vec<_> = survey
            .files
            .iter()
            .map(|file| format!("{:?}", file.content))
            .collect();
        let expected = [
            "NotAFile(directory)",
            "NotAFile(symbolic link)",
            "Unreadable(it is larger than 1 MiB)",
            "Content(1048576 bytes, [elided])",
            "NotAFile(named pipe)",
            "Nothing",
            "Nothing",
        ];
        assert_eq!(found, expected, "{shell}");
        let ask = [asked("linked/file", None, false)];
        let survey = at(temp.path(), shell).survey(&ask).expect(shell);
        let failure = survey.distrusted.expect(shell);
        assert!(
            failure.message().contains("linked' is a symbolic link to"),
            "{failure:?}"
        );
    }
}

#[test]
fn an_empty_file_has_no_key_that_could_be_lost() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::write(temp.path().join("ca.key"), "").expect("write");
        let mut there = at(temp.path(), shell);
        let mut found = |expected| {
            let survey = there
                .survey(&[asked("ca.key", Some(expected), true)])
                .expect(shell);
            survey
                .files
                .first()
                .map(|file| format!("{:?}", file.content))
        };
        assert_eq!(
            found(KEY.as_bytes()).as_deref(),
            Some("Content(0 bytes, [elided])")
        );
        assert_eq!(found(b"").as_deref(), Some("Equal"), "{shell}");
    }
}

#[test]
fn a_key_that_was_exchanged_is_not_fetched_to_be_compared() {
    for (shell, without) in [("sh", ""), ("sh", NO_SHA)] {
        let temp = tempfile::tempdir().expect("tempdir");
        let mut there = at(temp.path(), shell);
        there.sabotage = without.into();
        there
            .survey(&[asked("ca.key", Some(KEY.as_bytes()), true)])
            .expect(shell);
        let files = vec![
            file("ca.key", KEY.as_bytes(), false),
            file("b", b"b", false),
        ];
        there.publish(files, "1").expect(shell);
        let paths = ["ca.key", "b"].map(path);
        assert_eq!(there.read_back(&paths).expect(shell).len(), 2);
        fs::write(temp.path().join("ca.key"), "another").expect("write");
        let failure = there.read_back(&paths).expect_err(shell);
        assert!(
            failure.message().contains("ca.key' has another key"),
            "{failure:?}"
        );
    }
}

#[test]
fn without_programs_for_digests_the_checksum_has_to_do() {
    let temp = tempfile::tempdir().expect("tempdir");
    for shell in shells() {
        let top = temp.path().join(shell);
        let mut there = at(&top, shell);
        there.sabotage = NO_SHA.into();
        let ask = || {
            [("a.key", KEY), ("b.key", KEY), ("c.key", "other")]
                .map(|(name, key)| asked(name, Some(key.as_bytes()), true))
        };
        let files = ["a.key", "c.key"].map(|name| file(name, KEY.as_bytes(), false));
        there.publish(files.into(), "1").expect(shell);
        let survey = there.survey(&ask()).expect(shell);
        let found: Vec<_> = survey
            .files
            .iter()
            .map(|file| format!("{:?}", file.content))
            .collect();
        assert_eq!(found, ["Equal", "Nothing", "OtherSecret(None)"], "{shell}");
    }
}

#[test]
fn of_another_key_the_public_half_alone_is_asked_for() {
    let temp = tempfile::tempdir().expect("tempdir");
    let key = include_bytes!("../../../../../fixtures/kubeadm/sample/pki/ca.key");
    let public = KeyPair::from_pem(key).expect("a key").public_key().clone();
    fs::write(temp.path().join("sa.key"), key).expect("write");
    fs::write(temp.path().join("none.key"), KEY).expect("write");
    let ask = ["sa.key", "none.key"].map(|name| asked(name, Some(b"expected"), true));
    let survey = at(temp.path(), "sh").survey(&ask).expect("survey");
    let found: Vec<_> = survey.files.into_iter().map(|file| file.content).collect();
    let [Present::OtherSecret(of_key), Present::OtherSecret(None)] = found.as_slice() else {
        panic!("{found:?}");
    };
    // Without openssl over there nobody can tell.
    let has_openssl = crate::remote::program::installed(&["openssl"]);
    assert_eq!(of_key.as_ref(), has_openssl.then_some(&public));
}

#[test]
fn of_another_kubeconfig_the_certificates_alone_are_asked_for() {
    let temp = tempfile::tempdir().expect("tempdir");
    let sample = "../fixtures/kubeadm/sample/admin.conf";
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join(sample);
    fs::copy(sample, temp.path().join("admin.conf")).expect("copied");
    fs::write(temp.path().join("none.conf"), KEY).expect("write");
    let ask = ["admin.conf", "none.conf"].map(|name| asked(name, None, true));
    for shell in shells() {
        let survey = at(temp.path(), shell).survey(&ask).expect(shell);
        let said: Vec<_> = survey
            .files
            .iter()
            .map(|file| format!("{:?}", file.content))
            .collect();
        let certificates = "OtherKubeconfig(KubeconfigCertificates { trusted: 1, client: Some(\"";
        assert!(said[0].starts_with(certificates), "{shell}: {said:?}");
        assert_eq!(said[1], "OtherSecret(None)", "{shell}");
    }
}

#[test]
fn a_directory_that_others_can_change_is_refused() {
    let temp = tempfile::tempdir().expect("tempdir");
    let top = temp.path().join("open");
    fs::create_dir(&top).expect("mkdir");
    let mode = |mode| fs::set_permissions(&top, fs::Permissions::from_mode(mode)).expect("chmod");
    mode(0o777);
    for below in [top.clone(), top.join("x")] {
        let failure = at(&below, "sh").survey(&[]).expect_err("refused");
        assert!(
            failure.message().contains("can be written by everybody"),
            "{failure:?}"
        );
        let failure = at(&below, "sh")
            .publish(Vec::new(), "1")
            .expect_err("refused");
        assert!(
            failure.message().contains("can be written by everybody"),
            "{failure:?}"
        );
    }
    mode(0o755);
    fs::create_dir(top.join("etcd")).expect("mkdir");
    fs::set_permissions(top.join("etcd"), fs::Permissions::from_mode(0o775)).expect("chmod");
    let survey = at(&top, "sh")
        .survey(&[asked("etcd/x", None, false)])
        .expect("it may be no directory of ours");
    let failure = survey.distrusted.expect("refused");
    assert!(failure.message().contains("its group"), "{failure:?}");
    symlink("open", temp.path().join("link")).expect("symlink");
    let failure = at(&temp.path().join("link"), "sh")
        .survey(&[])
        .expect_err("refused");
    assert!(failure.message().contains("symbolic link"), "{failure:?}");
    at(&temp.path().join("link/below"), "sh")
        .survey(&[])
        .expect("parents may be links");
}
