//! Destinations that are not what they should be.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Transcript, fleet, set_mode};
use crate::golden::golden;

#[test]
fn what_is_in_the_way() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    for to in ["link", "directory", "pipe", "wide"] {
        fs::create_dir_all(place.join(to).join("pki")).expect("new");
    }
    fs::write(place.join("victim"), "mine\n").expect("ours");
    symlink(place.join("victim"), place.join("link/pki/ca.key")).expect("symlink");
    fs::create_dir(place.join("directory/pki/sa.key")).expect("new");
    fs::create_dir(place.join("real")).expect("new");
    symlink(place.join("real"), place.join("pipe/pki/etcd")).expect("symlink");
    set_mode(&place, "wide/pki", 0o777);
    symlink(place.join("real"), place.join("root")).expect("symlink");
    fs::write(place.join("file"), "mine\n").expect("ours");
    let before = place.contents();
    said.run(
        2,
        "--from pki --to ./link/pki --to ./directory/pki --to ./pipe/pki --to ./wide/pki --to ./root --to ./file",
    );
    assert!(place.contents() == before, "something was written");
    golden("copy-in-the-way.txt", &said.text());
}

#[test]
fn a_directory_that_cannot_be_written() {
    let place = fleet("pki", &[]);
    fs::create_dir(place.join("closed")).expect("new");
    set_mode(&place, "closed", 0o555);
    if fs::write(place.join("closed/probe"), "").is_ok() {
        // Root writes there all the same.
        return;
    }
    let mut said = Transcript::new(&place);
    said.run(2, "--from pki --to ./closed/certs --to ./a/pki");
    set_mode(&place, "closed", 0o755);
    assert!(place.join("a/pki/sa.key").exists());
    assert!(said.text().contains("permission denied"), "{}", said.text());
}

#[test]
fn destinations_that_contradict_each_other() {
    let place = fleet("pki", &[]);
    symlink("a", place.join("b")).expect("symlink");
    fs::create_dir_all(place.join("a/pki")).expect("new");
    let mut said = Transcript::new(&place);
    let before = place.contents();
    for words in [
        "--from pki",
        "--from pki --to ./a/pki --to ./a/pki/",
        "--from pki --to ./a/pki --to ./b/pki",
        "--from pki --to m1=h1 --to m1=h2",
        "--from pki --to root@m1:22 --to root@M1:22",
        "--from pki --host m1 --ip 10.0.0.11 --to m2=./a/pki",
        "--from pki --to / --with-host-certs",
        "--from pki --to m1=./c/m1 --to m2=./c/m2 --with-host-certs",
    ] {
        said.run(2, words);
    }
    assert!(place.contents() == before, "something was written");
    golden("copy-contradictions.txt", &said.text());
}

#[test]
fn names_that_ssh_or_a_terminal_could_misread() {
    let place = fleet("pki", &[]);
    for to in [
        "",
        "-oProxyCommand=x",
        "m1;x",
        "m1:/a/../b",
        "m1\u{1b}[2J",
        "m1\u{202e}",
        "$(x)",
        "m_1=m1",
        "../\0",
    ] {
        if to.contains('\0') {
            continue;
        }
        let to = format!("--to={to}");
        let said = place.refused(&mut place.command(&["copy", "--from", "pki", &to]));
        assert!(said.contains("'--to <"), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said:?}");
    }
    // A directory may be called anything.
    let odd = place.join("a \u{1b}[2J b");
    let to = format!("{}/certs", odd.display());
    let output = crate::common::run(&mut place.command(&["copy", "--from", "pki", "--to", &to]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        output.stdout.contains("a \\u{1b}[2J b"),
        "{}",
        output.stdout
    );
    assert!(odd.join("certs/ca.key").exists());
}

#[test]
fn nobody_is_to_close_a_directory_that_is_for_everybody() {
    let place = fleet("pki", &[]);
    fs::create_dir_all(place.join("tmp/pki")).expect("new");
    set_mode(&place, "tmp/pki", 0o1777);
    let mut said = Transcript::new(&place);
    said.run(2, "--from pki --to ./tmp/pki");
    let said = said.text();
    assert!(said.contains("hint: choose another directory"), "{said}");
    assert!(!said.contains("chmod"), "{said}");
}

#[test]
fn a_directory_of_other_things_is_a_mistake() {
    let place = fleet("pki", &[]);
    for directory in ["etc/ssh", "srv/kpki-backup-1", "certs.d/x", "new"] {
        fs::create_dir_all(place.join(directory)).expect("new");
    }
    for directory in [
        "etc/etcd/member",
        "old/etcd",
        "cfssl/etcd",
        "around/etcd/etcd",
    ] {
        fs::create_dir_all(place.join(directory)).expect("new");
    }
    // Whose it is, or who may write there, is no matter.
    set_mode(&place, "etc/etcd", 0o777);
    for file in [
        "ca.pem",
        "server-key.pem",
        "etcd/ca.pem",
        "etcd/client-key.pem",
    ] {
        fs::write(place.join("cfssl").join(file), "").expect("ours");
    }
    let before = place.contents();
    let mut said = Transcript::new(&place);
    said.run(2, "--from pki --to ./etc --dry-run");
    said.run(2, "--from pki --to ./etc");
    said.run(2, "--from pki --to ./around");
    assert!(place.contents() == before, "something was written");
    // What is empty, called after certificates or has some is not.
    for to in [
        "./new",
        "./srv",
        "./certs.d",
        "./etc/pki",
        "./m1",
        "./old",
        "./cfssl",
    ] {
        said.run(0, &format!("--from pki --to {to}"));
    }
    fs::write(place.join("new/notes"), "mine\n").expect("ours");
    fs::remove_file(place.join("new/ca.crt")).expect("copied");
    said.run(0, "--from pki --to ./new");
    let said = said.text();
    let refused = "'DIR/etc' has something else in it than certificates";
    assert_eq!(said.matches(refused).count(), 2, "{said}");
    let hint =
        "nothing was written; they go to a directory of their own: 'DIR/etc/pki', or another";
    assert!(said.replace("\n  ", " ").contains(hint), "{said}");
}
