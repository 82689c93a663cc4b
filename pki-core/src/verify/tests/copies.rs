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
