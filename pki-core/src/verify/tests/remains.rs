//! What kpki itself left in a tree.

use super::*;

fn left(directory: &str, kind: RemainsKind, files: Vec<(&str, TreeFile)>) -> Remains {
    let files = files.into_iter();
    let files = files.map(|(name, file)| (format!("{directory}/{name}"), file));
    Remains {
        directory: directory.to_owned(),
        kind,
        files: files.collect(),
        unread: None,
        may_be_in_use: false,
    }
}

fn tree() -> Tree {
    let mut tree = tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now());
    tree.location.directory = "/etc/kubernetes".to_owned();
    tree
}

fn report(tree: &Tree) -> Report {
    let told = Expectation {
        gen_flags: Some(vec!["--host".to_owned(), "m1".to_owned()]),
        ..expectation(&cluster("1.36"))
    };
    verify(tree, &told, now())
}

/// The finding of the only rule that is broken.
fn only(report: &Report, rule: Rule) -> (&str, &str, Vec<&str>) {
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(finding.rule, rule);
    assert_eq!(finding.severity, Severity::Warning);
    let commands = finding.fix.commands().collect();
    (&finding.file, &finding.message, commands)
}

#[test]
fn a_stage_that_nobody_works_in_is_told() {
    let key = |tree: &Tree| copy(tree, "pki/ca.key");
    for (directory, kind, machine, reach, command) in [
        (
            ".kpki-stage",
            RemainsKind::Stage,
            "",
            "",
            "kpki gen --host m1",
        ),
        (
            ".kpki-copy",
            RemainsKind::Copy,
            "",
            "",
            "kpki copy --from FROM --to /etc/kubernetes/pki",
        ),
        (
            ".kpki-copy",
            RemainsKind::Copy,
            "op@m1",
            "--sudo",
            "kpki copy --from FROM --to op@m1 --sudo",
        ),
    ] {
        let mut tree = tree();
        tree.location.machine = machine.to_owned();
        tree.location.reach = reach.to_owned();
        let public = copy(&tree, "pki/ca.crt");
        let names = match kind {
            RemainsKind::Copy => ["new/pki/ca.key", "new/pki/ca.crt"],
            _ => ["0", "1"],
        };
        // The records of a run are no files of it.
        let record = || file(b"1", 0o600);
        let records = [
            ("pid", record()),
            ("all", key(&tree)),
            ("numbers", record()),
        ];
        let mut files = vec![(names[0], key(&tree)), (names[1], public)];
        match kind {
            RemainsKind::Copy => files.extend(records),
            _ => files.push(("journal", record())),
        }
        tree.remains = vec![left(directory, kind, files)];
        let report = report(&tree);
        let (file, message, commands) = only(&report, Rule::InterruptedRun);
        assert_eq!(file, directory);
        assert_eq!(
            message,
            "was left by a run of kpki that did not end, and it holds 2 files, 1 of them with a private key"
        );
        assert_eq!(commands, [command]);
    }
}

/// A copy of another cluster's files that was killed before these were in their places.
fn interrupted(missing: &[&str]) -> Tree {
    let trees = trees();
    let mut tree = tree();
    let shared = trees.other.files.keys();
    let is_shared = |path: &&String| path.contains("ca.") || path.starts_with("pki/sa.");
    for path in shared.filter(is_shared) {
        if !missing.contains(&path.as_str()) {
            put(&mut tree, path, copy(&trees.other, path));
        }
    }
    let files = missing.iter().map(|path| {
        let file = copy(&trees.other, path);
        (format!(".kpki-copy/new/{path}"), file)
    });
    let mut stage = left(".kpki-copy", RemainsKind::Copy, Vec::new());
    stage.files = files.collect();
    tree.remains = vec![stage];
    tree
}

fn first(tree: &Tree) -> Finding {
    let mut report = report(tree);
    assert_eq!(report.findings[0].rule, Rule::InterruptedRun);
    report.findings.remove(0)
}

#[test]
fn a_copy_that_was_replacing_authorities_is_told_to_go_on() {
    let tree = interrupted(&["pki/ca.key", "pki/sa.key"]);
    assert!(report(&tree).count(Severity::Error) > 0);
    let told = first(&tree);
    assert!(
        told.message.ends_with(
            "; it was putting other CAs or keys in the place of those here, and pki/ca.key, pki/sa.key are still the old ones: what else is wrong may follow from that"
        ),
        "{}",
        told.message
    );
    let command = "kpki copy --from FROM --to /etc/kubernetes/pki --replace-ca";
    assert_eq!(told.fix.commands().collect::<Vec<_>>(), [command]);
    // What is as it should be already needs no flag, nor does what is new.
    let mut tree = interrupted(&[]);
    let same = copy(&trees().other, "pki/ca.key");
    let stage = &mut tree.remains[0].files;
    stage.insert(".kpki-copy/new/pki/ca.key".to_owned(), same);
    let new = copy(&trees().other, "pki/sa.key");
    tree.remains[0]
        .files
        .insert(".kpki-copy/new/pki/sa.key".to_owned(), new);
    tree.files.remove("pki/sa.key");
    let told = first(&tree);
    let commands: Vec<_> = told.fix.commands().collect();
    assert_eq!(commands, ["kpki copy --from FROM --to /etc/kubernetes/pki"]);
}

#[test]
fn a_copy_that_was_bringing_what_is_the_hosts_own_is_told_so() {
    let to = "kpki copy --from FROM --to m1=/etc/kubernetes/pki --with-host-certs";
    for (missing, flags) in [
        (&["admin.conf"][..], " --replace-kubeconfigs"),
        (&["admin.conf", "pki/ca.crt"], " --replace-ca"),
        (
            &["admin.conf", "pki/etcd/ca.crt"],
            " --replace-ca --replace-kubeconfigs",
        ),
        (
            // No CA takes the kubelet's along.
            &["kubelet.conf", "pki/ca.crt"],
            " --replace-ca --replace-kubeconfigs",
        ),
        (&["pki/apiserver.crt"], ""),
    ] {
        let told = first(&interrupted(missing));
        let commands: Vec<_> = told.fix.commands().collect();
        assert_eq!(commands, [format!("{to}{flags}")]);
    }
}

/// Nothing is in its place yet that would name the host.
#[test]
fn a_first_copy_is_told_by_the_name_in_its_stage() {
    let mut tree = interrupted(&["kubelet.conf", "pki/apiserver.crt", "pki/ca.crt"]);
    tree.files.clear();
    let told = first(&tree);
    let command = "kpki copy --from FROM --to m1=/etc/kubernetes/pki --with-host-certs";
    assert_eq!(told.fix.commands().collect::<Vec<_>>(), [command]);
}

/// What was replaced already comes back first.
#[test]
fn what_has_been_replaced_is_to_be_replaced_again() {
    let mut tree = interrupted(&["pki/apiserver.crt"]);
    let told = first(&tree);
    let with_own = "kpki copy --from FROM --to m1=/etc/kubernetes/pki --with-host-certs";
    assert_eq!(told.fix.commands().collect::<Vec<_>>(), [with_own]);
    let numbers = file(b"1 /etc/kubernetes/.kpki-copy/new/pki/ca.key\n", 0o600);
    let stage = &mut tree.remains[0].files;
    stage.insert(".kpki-copy/numbers".to_owned(), numbers);
    let old = vec![("pki/ca.key", copy(&self::tree(), "pki/ca.key"))];
    tree.remains
        .push(left("kpki-backup-1", RemainsKind::Backup, old));
    let told = first(&tree);
    let command = format!("{with_own} --replace-ca");
    assert_eq!(told.fix.commands().collect::<Vec<_>>(), [command]);
    // What the backup has may be the same file as the one here.
    let mut others = report(&tree).findings;
    others.retain(|it| it.rule != Rule::InterruptedRun);
    assert!(!others.is_empty());
    for other in others {
        assert_eq!(other.fix.commands().next(), None, "{other:?}");
    }
}

#[test]
fn a_machine_of_another_name_is_told_by_that_of_its_host() {
    let mut tree = interrupted(&["admin.conf"]);
    tree.location.machine = "root@vm:2222".to_owned();
    tree.location.host_name = "vm.example.com".to_owned();
    let told = first(&tree);
    let command = "kpki copy --from FROM --to m1=root@vm:2222 --with-host-certs --host-name m1=vm.example.com --replace-kubeconfigs";
    assert_eq!(told.fix.commands().collect::<Vec<_>>(), [command]);
    tree.location.host_name = "M1.example.com".to_owned();
    let told = first(&tree);
    let command =
        "kpki copy --from FROM --to m1=root@vm:2222 --with-host-certs --replace-kubeconfigs";
    assert_eq!(told.fix.commands().collect::<Vec<_>>(), [command]);
}

/// etcd's certificates come last, and what was brought tells that they are to come.
#[test]
fn where_etcd_runs_is_told_by_what_a_copy_has_brought() {
    let mut tree = tree();
    let server = copy(&tree, "pki/etcd/server.crt");
    tree.files
        .retain(|path, _| !path.starts_with("pki/etcd/") && !path.starts_with("manifests/"));
    let role = |tree: &Tree| verify(tree, &Expectation::default(), now()).role;
    assert_eq!(role(&tree), Some(TreeRole::ControlPlane));
    tree.remains = vec![left(
        ".kpki-copy",
        RemainsKind::Copy,
        vec![("new/pki/etcd/server.crt", server)],
    )];
    assert_eq!(role(&tree), Some(TreeRole::ControlPlaneWithEtcd));
}

/// A second name of a file that is in use goes with the stage.
#[test]
fn second_names_of_an_unfinished_run_are_no_findings() {
    let mut tree = tree();
    let mut key = copy(&tree, "pki/ca.key");
    (key.links, key.inode) = (2, Some((1, 7)));
    let mut second = copy(&tree, "pki/ca.key");
    (second.links, second.inode) = (2, Some((1, 7)));
    put(&mut tree, "pki/ca.key", key);
    let backup = left(
        "kpki-backup-1",
        RemainsKind::Backup,
        vec![("pki/ca.key", second)],
    );
    tree.remains = vec![backup, left(".kpki-copy", RemainsKind::Copy, Vec::new())];
    only(&report(&tree), Rule::InterruptedRun);
    tree.remains.pop();
    let rules = report(&tree).findings.into_iter().map(|it| it.rule);
    let rules: Vec<_> = rules.collect();
    assert!(
        rules.contains(&Rule::HardLink) && rules.contains(&Rule::KeyInBackup),
        "{rules:?}"
    );
}

#[test]
fn a_copy_to_another_directory_names_it() {
    let mut tree = tree();
    tree.location.directory = "k".to_owned();
    tree.remains = vec![left(".kpki-copy", RemainsKind::Copy, Vec::new())];
    let to = |tree: &Tree| {
        let report = report(tree);
        only(&report, Rule::InterruptedRun).2.concat()
    };
    assert_eq!(to(&tree), "kpki copy --from FROM --to ./k/pki");
    tree.location.directory = "/srv/k".to_owned();
    tree.location.machine = "m1:2222".to_owned();
    assert_eq!(to(&tree), "kpki copy --from FROM --to m1:2222:/srv/k/pki");
    // A certificates directory of another name has its own stage.
    tree.location.certificates = "/srv/certs".to_owned();
    let with = "kpki copy --from FROM --to m1:2222:/srv/certs --with-host-certs";
    assert_eq!(to(&tree), with);
    tree.remains = vec![left("pki/.kpki-stage", RemainsKind::Stage, Vec::new())];
    assert_eq!(to(&tree), "kpki copy --from FROM --to /srv/certs");
    tree.location.certificates = String::new();
    assert_eq!(to(&tree), "");
}

#[test]
fn stages_that_cannot_be_seen_into_are_told_or_listed() {
    let mut tree = tree();
    let mut stage = left("pki/.kpki-stage", RemainsKind::Stage, Vec::new());
    stage.unread = Some("permission denied".to_owned());
    tree.remains = vec![stage];
    let told = report(&tree);
    let (_, message, _) = only(&told, Rule::InterruptedRun);
    assert!(message.ends_with("what lies in it is not known: permission denied"));
    // Nobody knows which CAs it was bringing.
    tree.remains[0].kind = RemainsKind::Copy;
    tree.remains[0].directory = ".kpki-copy".to_owned();
    let fix = report(&tree).findings[0].fix.to_string();
    assert!(
        fix.contains(", with --replace-ca if the run had it; "),
        "{fix}"
    );
    tree.remains[0].directory = "pki/.kpki-stage".to_owned();
    tree.remains[0].kind = RemainsKind::Stage;
    tree.remains[0].may_be_in_use = true;
    let told = report(&tree);
    assert_eq!(told.findings, []);
    let [.., last] = &told.not_checked[..] else {
        panic!("not listed");
    };
    assert_eq!(last.what, "pki/.kpki-stage");
}

/// Of a first copy that was killed there may be nothing else.
#[test]
fn a_stage_alone_is_told_as_well() {
    let tree = Tree {
        remains: vec![left("pki/.kpki-copy", RemainsKind::Copy, Vec::new())],
        ..Tree::default()
    };
    let report = verify(&tree, &Expectation::default(), now());
    assert_eq!(report.role, None);
    let (_, message, _) = only(&report, Rule::InterruptedRun);
    assert!(
        message.ends_with("it has no file to put in its place"),
        "{message}"
    );
}

#[test]
fn keys_of_replaced_authorities_are_told_with_whose_they_are() {
    let trees = trees();
    let mut tree = tree();
    let key = |tree: &Tree, path: &str| copy(tree, path);
    let files = vec![
        ("ca.crt", key(&trees.other, "pki/ca.crt")),
        ("ca.key", key(&trees.other, "pki/ca.key")),
        ("etcd/ca.key", key(&tree, "pki/etcd/ca.key")),
        ("apiserver.key", key(&trees.other, "pki/apiserver.key")),
        ("front-proxy-ca.key", file(b"x", 0o600)),
    ];
    tree.remains = vec![left("pki/kpki-backup-1", RemainsKind::Backup, files)];
    let told = report(&tree);
    let (file, message, commands) = only(&told, Rule::KeyInBackup);
    assert_eq!(file, "pki/kpki-backup-1");
    assert_eq!(
        message,
        "still holds ca.key, the key of a CA, another one than pki/ca.key, and etcd/ca.key, the key of a CA, the same as pki/etcd/ca.key"
    );
    let directory = "/etc/kubernetes/pki/kpki-backup-1";
    let removed = format!("shred -u {directory}/ca.key {directory}/etcd/ca.key");
    assert_eq!(commands, [removed]);
    // As gen keeps them, beside pki; the old CA is trusted until all have the new one.
    let both = [text(&tree, "pki/ca.crt"), text(&trees.other, "pki/ca.crt")];
    put(&mut tree, "pki/ca.crt", super::file(&both.concat(), 0o644));
    let files = vec![
        ("pki/ca.key", key(&trees.other, "pki/ca.key")),
        ("pki/sa.key", key(&trees.other, "pki/sa.key")),
    ];
    tree.remains = vec![left("kpki-backup-2", RemainsKind::Backup, files)];
    let told = report(&tree);
    let of_backup = |it: &&Finding| it.rule == Rule::KeyInBackup;
    let message = told.findings.iter().find(of_backup).map(|it| &*it.message);
    assert_eq!(
        message,
        Some(
            "still holds pki/ca.key, the key of a CA, another one than pki/ca.key, and pki/ca.crt trusts it still, and pki/sa.key, the key that signed the tokens of service accounts, another one than pki/sa.key"
        )
    );
}

#[test]
fn backups_of_leaves_are_in_order_and_unread_ones_listed() {
    let mut tree = tree();
    let leaf = copy(&tree, "pki/apiserver.key");
    let mut unread = file(b"", 0o600);
    unread.content = TreeContent::Unreadable("permission denied".to_owned());
    tree.remains = vec![
        left(
            "pki/kpki-backup-1",
            RemainsKind::Backup,
            vec![("apiserver.key", leaf)],
        ),
        left(
            "pki/kpki-backup-2",
            RemainsKind::Backup,
            vec![("ca.key", unread)],
        ),
    ];
    let told = report(&tree);
    assert_eq!(told.findings, []);
    let listed = told
        .not_checked
        .iter()
        .any(|it| it.what.contains("kpki-backup-2/ca.key"));
    assert!(listed, "{:?}", told.not_checked);
}
