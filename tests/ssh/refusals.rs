//! Hosts that are not talked to: each is told, and the others get their files.

use std::fs;
use std::net::TcpListener;

use crate::lab::Lab;
use crate::setup::{assert_copied, copy, made, places, to};

#[test]
fn each_host_has_its_own_result_and_a_run_after_the_repair_finishes() {
    let Some(lab) = Lab::new() else { return };
    let good = lab.host("good");
    let changed = lab.host("changed");
    let unknown = lab.host("unknown");
    let refusing = lab.host("refusing");
    let nologin = lab.host_with_login("nologin", "/usr/sbin/nologin");
    let printing = lab.host_with_login("printing", "echo 'The line is closed.'");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    lab.describe("silent", silent.local_addr().expect("bound").port());
    let hosts = [&good, &changed, &unknown, &refusing, &nologin, &printing];
    let mut pki: Vec<_> = hosts.iter().map(|host| places(&host.path("")).0).collect();
    pki.push(lab.path("silent/kubernetes/pki"));
    let names = hosts.iter().map(|host| host.name.as_str());
    let names: Vec<_> = names.chain(["silent"]).collect();
    let targets: Vec<_> = names
        .iter()
        .copied()
        .zip(pki.iter().map(|pki| pki.as_path()))
        .collect();
    let arguments = [to(&targets), vec!["--timeout".into(), "10".into()]].concat();

    let known = fs::read_to_string(lab.path("known_hosts")).expect("written");
    let other = lab.make_key("other");
    let line_of = |port: u16| {
        let of_port = format!("[127.0.0.1]:{port} ");
        let line = known.lines().find(|line| line.starts_with(&of_port));
        format!("{}\n", line.expect("known"))
    };
    let without = known.replace(&line_of(unknown.port), "");
    let changed_line = format!("[127.0.0.1]:{} {other}", changed.port);
    lab.know_only(&without.replace(&line_of(changed.port), &changed_line));
    let authorized = refusing.path("authorized_keys");
    fs::write(&authorized, &other).expect("write");

    let told = copy(&lab, made(), &arguments);
    assert_eq!(told.status, 2, "{told:?}");
    let said: Vec<_> = (0..7)
        .map(|index| (told.status_of(index), told.error_of(index)))
        .collect();
    assert_eq!(said[0], ("done", ""), "{told:?}");
    for (index, words) in [
        "its host key has changed: it shows SHA256:",
        "its host key is not known here",
        "it lets nobody in by our keys",
        "This account is currently not available.",
        "The line is closed.",
        "it does not answer",
    ]
    .into_iter()
    .enumerate()
    {
        let (status, error) = said[index + 1];
        assert_eq!(status, "failed", "{error}");
        assert!(error.contains(words), "{words}: {error}");
        assert!(!told.hint_of(index + 1).is_empty(), "{error}");
        // Nothing is ever checked less than by us: asking is what shows a fingerprint.
        let hint = told
            .hint_of(index + 1)
            .replace("StrictHostKeyChecking=ask", "");
        assert!(!hint.contains("StrictHostKeyChecking"), "{hint}");
        assert!(!pki[index + 1].exists(), "nothing is made");
    }
    assert_copied(made(), &pki[0]);
    assert!(told.stderr.is_empty(), "{}", told.stderr);

    lab.know_only(&known);
    fs::copy(lab.path("id.pub"), &authorized).expect("copy");
    let told = copy(&lab, made(), &to(&targets[..4]));
    assert_eq!((told.status, told.changed()), (0, true), "{told:?}");
    for pki in &pki[..4] {
        assert_copied(made(), pki);
    }
}
