//! One cause that many files show alike.

use super::*;

/// The only finding of the good tree with a fault, at a time.
#[track_caller]
fn only(fault: Break, at: Timestamp) -> Finding {
    let tree = broken(trees(), fault);
    let mut report = verify(&tree, &expectation(&cluster("1.36")), at);
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    report.findings.remove(0)
}

fn days(days: i64) -> Timestamp {
    now().plus(days * DAY).unwrap()
}

#[test]
fn a_clock_that_is_behind_is_one_fault() {
    let finding = only(|_, _| (), days(-700));
    assert_eq!((finding.rule, &finding.file[..]), (Rule::NotYetValid, "."));
    assert!(
        finding
            .message
            .contains("15 certificates, and every one starts in the future"),
        "{}",
        finding.message
    );
    let files: Vec<_> = finding.consequences.iter().map(|one| &one.file).collect();
    assert_eq!(files.len(), 15, "{files:?}");
    let later = only(
        |t, all| {
            for (name, ca) in [
                ("apiserver", "ca"),
                ("etcd/peer", "etcd/ca"),
                ("etcd/server", "etcd/ca"),
            ] {
                all.issue(t, name, ca, |p| p.validity = valid(7200, 99 * DAY));
            }
        },
        now(),
    );
    assert_eq!((later.rule, &later.file[..]), (Rule::NotYetValid, "pki"));
    assert!(
        later
            .message
            .starts_with("holds 3 certificates that are not valid yet: ")
    );
}

#[test]
fn a_year_that_went_by_is_one_fault() {
    let ended = only(|_, _| (), days(400));
    assert_eq!(
        (ended.rule, ended.severity),
        (Rule::Expired, Severity::Error)
    );
    assert!(
        ended
            .message
            .starts_with("holds 12 certificates that expired ")
    );
    let commands: Vec<_> = ended.fix.commands().collect();
    assert!(
        commands[0].starts_with("kpki gen --only apiserver,apiserver-kubelet-client,"),
        "{commands:?}"
    );
    assert!(!commands[0].contains("kubelet.conf"));
    // The kubelet's way is another one.
    assert!(commands.iter().any(|it| it.starts_with("kubectl config ")));
    let soon = only(|_, _| (), days(350));
    assert_eq!(
        (soon.rule, soon.severity),
        (Rule::ExpiresSoon, Severity::Warning)
    );
    assert_eq!(soon.consequences.len(), 12);
}

#[test]
fn cas_that_ended_are_mended_before_their_leaves() {
    let tree = broken(trees(), |_, _| ());
    let report = verify(&tree, &Expectation::default(), days(5000));
    let rules: Vec<_> = report.findings.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::Expired; 4]);
    let files: Vec<_> = report.findings.iter().map(|it| it.file.as_str()).collect();
    let authorities = ["pki/ca.crt", "pki/etcd/ca.crt", "pki/front-proxy-ca.crt"];
    assert_eq!(files[..3], authorities);
    let leaves = report.findings[3].fix.to_string();
    assert!(leaves.starts_with("after the CAs"), "{leaves}");
    // Kubeconfigs have none of the others in them.
    let names_kubeconfigs = |index: usize| {
        let fix: &Finding = &report.findings[index];
        fix.fix.to_string().contains("kubeconfig")
    };
    assert_eq!([0, 1, 2].map(names_kubeconfigs), [true, false, false]);
}

#[test]
fn a_user_who_may_not_read_is_one_fault() {
    let mut tree = broken(trees(), |_, _| ());
    tree.location.directory = "/etc/kubernetes".to_owned();
    for (path, file) in &mut tree.files {
        if path.ends_with(".key") || path.ends_with(".conf") {
            file.content = TreeContent::Unreadable("Permission denied".to_owned());
        }
    }
    let report = verify(&tree, &Expectation::default(), now());
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(finding.rule, Rule::Unreadable);
    assert_eq!(report.unreadable, finding.consequences.len());
    let commands: Vec<_> = finding.fix.commands().collect();
    assert_eq!(commands, ["sudo kpki verify /etc/kubernetes"]);
}

#[test]
fn modes_that_are_wrong_everywhere_are_one_fault() {
    let with_mode = |t: &mut Tree, mode| {
        for file in t.files.values_mut() {
            file.mode = mode;
        }
    };
    let readable = only(
        |t, _| t.files.values_mut().for_each(|file| file.mode = 0o755),
        now(),
    );
    assert_eq!(readable.rule, Rule::ReadableByOthers);
    let commands: Vec<_> = readable.fix.commands().collect();
    let [chmod] = commands[..] else {
        panic!("{commands:?}");
    };
    assert!(chmod.starts_with("chmod 600 "), "{chmod}");
    assert_eq!(chmod.split(' ').count(), 2 + readable.consequences.len());
    let mut tree = broken(trees(), |_, _| ());
    with_mode(&mut tree, 0o777);
    let report = verify(&tree, &Expectation::default(), now());
    assert_eq!(report.findings.len(), 1);
    let commands: Vec<_> = report.findings[0].fix.commands().collect();
    assert!(commands[0].starts_with("chmod 600 ") && commands[1].starts_with("chmod 644 "));
    // Two are two.
    let tree = broken(trees(), |t, _| {
        for path in ["pki/ca.key", "admin.conf"] {
            t.files.get_mut(path).unwrap().mode = 0o644;
        }
    });
    assert_eq!(found(&tree, &Expectation::default()).len(), 2);
}

#[test]
fn owners_that_are_wrong_everywhere_are_one_fault() {
    let owned = only(
        |t, _| {
            for (path, file) in &mut t.files {
                let uid = if path == "pki/ca.key" { 0 } else { 1000 };
                file.owner = Some(Owner { uid, gid: 0 });
            }
        },
        now(),
    );
    assert_eq!(
        (owned.rule, owned.severity),
        (Rule::Owner, Severity::Warning)
    );
    let commands: Vec<_> = owned.fix.commands().collect();
    assert!(commands.len() == 1 && commands[0].starts_with("chown root:root "));
    let etcds = only(
        |t, _| {
            for (path, file) in &mut t.files {
                let is_etcds = path.starts_with("pki/etcd/") && !path.ends_with("ca.key");
                let uid = if is_etcds { 114 } else { 0 };
                file.owner = Some(Owner { uid, gid: 0 });
            }
        },
        now(),
    );
    assert_eq!((etcds.rule, etcds.severity), (Rule::Owner, Severity::Note));
}

#[test]
fn links_of_keys_are_one_note() {
    let linked = only(
        |t, _| {
            for (path, file) in t
                .files
                .iter_mut()
                .filter(|(path, _)| path.ends_with(".key"))
            {
                file.link = Some(format!("/srv/secrets/{path}"));
            }
        },
        now(),
    );
    assert_eq!(
        (linked.rule, linked.severity),
        (Rule::LinkOutside, Severity::Note)
    );
    let hard = only(
        |t, _| t.files.values_mut().for_each(|file| file.links = 2),
        now(),
    );
    assert_eq!(
        (hard.rule, hard.severity),
        (Rule::HardLink, Severity::Warning)
    );
    assert!(hard.fix.commands().any(|it| it.starts_with("for f in ")));
}

/// A copy of the directory without what its links lead to is not checked there,
/// and not wrong.
#[test]
fn links_out_of_a_copy_are_not_checked() {
    let mut tree = broken(trees(), |_, _| ());
    for name in ["apiserver.crt", "apiserver.key", "ca.key"] {
        let file = tree.files.get_mut(&format!("pki/{name}")).unwrap();
        file.content = TreeContent::NotAFile("link that leads nowhere");
        file.link = Some(format!("/etc/letsencrypt/live/x/{name}"));
    }
    let report = verify(&tree, &Expectation::default(), now());
    assert_eq!(report.findings, []);
    let of_links = report.not_checked.iter();
    let of_links: Vec<_> = of_links
        .filter(|one| one.why.starts_with("a link "))
        .collect();
    assert_eq!(of_links.len(), 1, "{of_links:?}");
    assert!(of_links[0].what.ends_with(" and 2 files more"));
    tree.has_host_root = true;
    let report = verify(&tree, &Expectation::default(), now());
    assert!(
        report
            .findings
            .iter()
            .any(|found| found.rule == Rule::NotAFile)
    );
}
