//! Copies of keys beside those that are in use.

use super::*;

fn told(fault: Break) -> Vec<String> {
    let report = verify(&broken(trees(), fault), &Expectation::default(), now());
    let shown = |it: &Finding| format!("{} {} {}", it.severity, it.rule, it.file);
    report.findings.iter().map(shown).collect()
}

fn place(tree: &mut Tree, path: &str, from: &TreeFile, mode: u32) {
    put(tree, path, file(from.bytes().unwrap(), mode));
}

#[test]
fn an_open_copy_of_what_is_worth_the_cluster_is_an_error() {
    let open = told(|t, all| place(t, "pki.bak/ca.key", &all.good.files["pki/ca.key"], 0o644));
    assert_eq!(open, ["error readable-by-others pki.bak/ca.key"]);
    let closed = told(|t, all| place(t, "pki.bak/ca.key", &all.good.files["pki/ca.key"], 0o600));
    assert_eq!(closed, ["warning stray-key pki.bak/ca.key"]);
    let admins = told(|t, all| {
        let admin = &all.good.files["admin.conf"];
        place(t, "admin.conf.bak", admin, 0o644);
        place(t, "tmp/backup/super-admin.conf", admin, 0o640);
    });
    assert_eq!(
        admins,
        [
            "error readable-by-others admin.conf.bak",
            "error readable-by-others tmp/backup/super-admin.conf"
        ]
    );
    // By what it is.
    let unnamed = told(|t, all| place(t, "pki/x/y.pem", &all.good.files["pki/sa.key"], 0o604));
    assert_eq!(unnamed, ["error readable-by-others pki/x/y.pem"]);
    let leaf = told(|t, all| {
        place(
            t,
            "pki/old.key",
            &all.good.files["pki/apiserver.key"],
            0o644,
        )
    });
    assert_eq!(leaf, ["warning stray-key pki/old.key"]);
}

#[test]
fn a_whole_copy_is_one_finding() {
    let copied = told(|t, all| {
        for (path, file) in &all.good.files {
            place(t, &format!("old/{path}"), file, file.mode);
        }
    });
    assert_eq!(copied, ["warning stray-key old"]);
    let open = told(|t, all| {
        for (path, file) in &all.good.files {
            place(t, &format!("old/{path}"), file, 0o644);
        }
    });
    assert_eq!(
        open,
        ["error readable-by-others old", "warning stray-key old"]
    );
}

/// What else is in a backup, or beside the certificates, is nobody's business.
#[test]
fn nothing_else_of_a_copy_is_judged() {
    let others = told(|t, all| {
        put(t, "old/pki/ca.crt", file(b"", 0o777));
        put(
            t,
            "old/apiserver.crt",
            copy(&all.other, "pki/apiserver.crt"),
        );
        // Of a webhook, and of an audit policy.
        place(
            t,
            "webhook/tls.key",
            &all.other.files["pki/apiserver.key"],
            0o644,
        );
        put(t, "audit/policy.yaml", file(b"token: x", 0o644));
    });
    assert_eq!(others, [""; 0]);
}

fn fixes(tree: &Tree, path: &str) -> Vec<String> {
    let report = verify(tree, &Expectation::default(), now());
    let found = report.findings.iter().find(|found| found.file == path);
    let Some(found) = found else {
        panic!("{:#?}", report.findings);
    };
    found.fix.commands().map(str::to_owned).collect()
}

/// `shred` writes over what a link leads to, and over what hard links share.
#[test]
fn other_names_of_a_key_in_use_are_not_shredded() {
    let tree = broken(trees(), |t, all| {
        place(t, "pki/ca.key.bak", &all.good.files["pki/ca.key"], 0o600);
        t.files.get_mut("pki/ca.key.bak").unwrap().link = Some("ca.key".to_owned());
    });
    assert_eq!(fixes(&tree, "pki/ca.key.bak"), ["rm pki/ca.key.bak"]);
    let tree = broken(trees(), |t, all| {
        place(t, "pki/sa.key.old", &all.good.files["pki/sa.key"], 0o600);
        for path in ["pki/sa.key", "pki/sa.key.old"] {
            t.files.get_mut(path).unwrap().links = 2;
        }
    });
    assert_eq!(
        fixes(&tree, "pki/sa.key.old"),
        ["find / -xdev -samefile pki/sa.key.old", "rm pki/sa.key.old"]
    );
    let report = verify(&tree, &Expectation::default(), now());
    let mut findings = report.findings.iter();
    let told = findings.any(|it| {
        it.fix
            .to_string()
            .contains("another name, pki/sa.key, which")
    });
    assert!(told, "{:#?}", report.findings);
    // Where there are many, each is treated as what it is.
    let tree = broken(trees(), |t, all| {
        for name in ["a.key", "b.key", "c.key"] {
            let path = format!("pki/{name}");
            place(t, &path, &all.good.files["pki/sa.key"], 0o600);
        }
        t.files.get_mut("pki/b.key").unwrap().link = Some("sa.key".to_owned());
    });
    assert_eq!(
        fixes(&tree, "pki"),
        ["rm pki/b.key", "shred -u pki/a.key pki/c.key"]
    );
}

#[test]
fn what_a_link_among_the_certificates_leads_to_is_in_use() {
    let linked = told(|t, all| {
        let key = &all.good.files["pki/apiserver.key"];
        place(t, "pki/apiserver-2026.key", key, 0o600);
        place(t, "pki/current.key", key, 0o600);
        t.files.get_mut("pki/current.key").unwrap().link = Some("apiserver-2026.key".to_owned());
        t.files.get_mut("pki/apiserver.key").unwrap().link = Some("current.key".to_owned());
    });
    assert_eq!(linked, [""; 0]);
}

#[test]
fn keys_that_flags_name_for_other_names_are_in_use() {
    let with = |flag: &str| {
        let mut tree = faults::with(&[]);
        put_flags(&mut tree, "kube-apiserver", &[flag]);
        let key = copy(&trees().good, "pki/apiserver.key");
        put(&mut tree, "pki/sni.key", key);
        verify(&tree, &Expectation::from_tree(&tree), now())
    };
    let pki = "/etc/kubernetes/pki";
    for names in ["", ":foo.example.com", ":foo.example.com,*.bar"] {
        let flag = format!("'--tls-sni-cert-key={pki}/apiserver.crt,{pki}/sni.key{names}'");
        assert_eq!(with(&flag).findings, [], "{names}");
    }
    let strays = |flag: &str| {
        let report = with(flag);
        let [one] = &report.findings[..] else {
            panic!("{:#?}", report.findings);
        };
        assert_eq!(one.rule, Rule::StrayKey);
        (one.message.clone(), one.fix.commands().count())
    };
    let (message, count) = strays("--v=2");
    assert!(message.ends_with("no component uses a file of this name") && count == 1);
    let webhook = format!("--authorization-webhook-config-file={pki}/webhook.conf");
    let (message, count) = strays(&webhook);
    assert_eq!(message, "holds a private key, and no flag names it");
    assert_eq!(count, 0);
}

#[test]
fn copies_that_nobody_could_read_are_not_checked() {
    let unread = |content: fn() -> TreeContent| {
        let tree = broken(trees(), |_, _| ());
        let mut tree = tree;
        for path in [
            "pki.old/ca.key",
            "pki.old/sa.key",
            "admin.conf.bak",
            "pki/extra.key",
            "audit/policy.yaml",
        ] {
            let content = content();
            let file = TreeFile {
                content,
                ..file(b"", 0o600)
            };
            put(&mut tree, path, file);
        }
        let report = verify(&tree, &Expectation::default(), now());
        assert_eq!(report.findings, []);
        let copies = report.not_checked.into_iter();
        let copies = copies.filter(|it| it.why.ends_with("may hold a private key"));
        copies.map(|it| it.what).collect::<Vec<_>>()
    };
    let folded = ["'admin.conf.bak' and 3 files more"];
    assert_eq!(unread(|| TreeContent::TooLarge(1_100_000)), folded);
    let denied = || TreeContent::Unreadable("Permission denied".to_owned());
    assert_eq!(unread(denied), folded);
}

/// As certbot does: what is in use leads there.
#[test]
fn the_target_of_a_link_is_no_copy() {
    let linked = told(|t, all| {
        place(t, "live/ca.key", &all.good.files["pki/ca.key"], 0o600);
        t.files.get_mut("pki/ca.key").unwrap().link = Some("../live/ca.key".to_owned());
        place(t, "live/sa.key", &all.good.files["pki/sa.key"], 0o600);
        let whole = "/etc/kubernetes/live/sa.key".to_owned();
        t.files.get_mut("pki/sa.key").unwrap().link = Some(whole);
        t.location.directory = "/etc/kubernetes".to_owned();
    });
    assert_eq!(linked, [""; 0]);
}
