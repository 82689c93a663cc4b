//! What an etcd that may run cannot become: refused before anything is written.

use std::fs;

use super::changes::{in_order, made, replace};
use super::render;
use crate::common::run;
use crate::setup::{NOW, Place};

const EXTERNAL: [&str; 4] = ["--virtual-ip", "10.0.0.100", "--etcd", "external"];
const MOVE_DATA: (&str, &str) = ("  # dataDir:", "  dataDir: /data/etcd #");

fn external() -> Place {
    made(&EXTERNAL)
}

/// Refused by both commands, which write nothing; the words on one line.
fn refused(place: &Place) -> String {
    let flags = ["-f", "cluster.yaml", "--out", "out"];
    let by_render = place.refused(place.command(&["render"]).args(flags));
    let foreseen = place.refused(place.command(&["render", "--dry-run"]).args(flags));
    assert_eq!(by_render, foreseen);
    for more in [&["--render"][..], &["--render", "--reissue"]] {
        let by_gen = place.refused(place.gen_command(&flags).args(more));
        assert_eq!(by_render, by_gen);
    }
    let words: Vec<_> = by_render.split_whitespace().collect();
    words.join(" ")
}

/// What the message says for whoever has set nothing up works.
fn take_way_out(place: &Place, message: &str) {
    let (_, command) = message
        .rsplit_once("run this again after: ")
        .expect(message);
    let mut shell = std::process::Command::new("sh");
    let command = command.replace("DIR/", "");
    shell.args(["-c", &command]).current_dir(place.join(""));
    let output = run(&mut shell);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let again = [
        "-f",
        "cluster.yaml",
        "--out",
        "out",
        "--render",
        "--reissue",
    ];
    let output = run(&mut place.gen_command(&again));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let verify = ["verify", "-f", "cluster.yaml", "out/m0", "out/m1", "out/m2"];
    let output = run(place.command(&verify).args(["--now", NOW]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// Gives etcd a version.
fn version(place: &Place, version: &str) {
    replace(place, "  # version:", &format!("  version: {version} #"));
}

#[test]
fn two_changes_at_once() {
    let place = external();
    replace(&place, MOVE_DATA.0, MOVE_DATA.1);
    replace(&place, "peers: common-name", "peers: any-client");
    let message = refused(&place);
    assert!(
        message.contains(
            "and this is more: peers: any-client, dataDir: /data/etcd hint: make one change"
        ),
        "{message}"
    );
    take_way_out(&place, &message);
}

#[test]
fn another_change_before_the_first_is_carried_out() {
    let place = external();
    replace(&place, MOVE_DATA.0, MOVE_DATA.1);
    in_order(
        &render(&place, &[]).stdout,
        &["mv -T /var/lib/etcd /data/etcd"],
    );
    replace(&place, MOVE_DATA.1, MOVE_DATA.0);
    let message = refused(&place);
    in_order(
        &message,
        &[
            "CHANGES.md has steps of an earlier change of it",
            "put the description back as it was when they were written",
        ],
    );
    // What is no matter of etcd goes on.
    replace(&place, MOVE_DATA.0, MOVE_DATA.1);
    in_order(&render(&place, &[]).stdout, &["nothing to do"]);
    replace(&place, "10.0.0.100", "10.0.0.200");
    assert_eq!(render(&place, &[]).status.code(), Some(0));
    // Nothing was done on the hosts, and nothing shall be.
    replace(&place, MOVE_DATA.1, MOVE_DATA.0);
    take_way_out(&place, &refused(&place));
    // Certificates for the other virtual IP were replaced, and nothing of etcd is left.
    let changes = fs::read_to_string(place.join("out/CHANGES.md")).expect("written");
    assert!(!changes.contains("etcd.service"), "{changes}");
    // Carried out and removed.
    replace(&place, MOVE_DATA.0, MOVE_DATA.1);
    assert_eq!(render(&place, &[]).status.code(), Some(0));
    fs::remove_file(place.join("out/CHANGES.md")).expect("written");
    replace(&place, MOVE_DATA.1, MOVE_DATA.0);
    in_order(
        &render(&place, &[]).stdout,
        &["mv -T /data/etcd /var/lib/etcd"],
    );
}

#[test]
fn a_version_that_does_not_follow() {
    let place = external();
    version(&place, "3.4.13");
    let message = refused(&place);
    in_order(&message, &["3.4.13 is older", "hint: write 'version: v3."]);
    take_way_out(&place, &message);
    replace(&place, "version: 3.4.13", "version: 3.6.9");
    let message = refused(&place);
    in_order(
        &message,
        &["3.6.9 leaves a minor release out", "write 'version: v3.5'"],
    );
    // What it says to write is read.
    replace(&place, "version: 3.6.9", "version: v3.5");
    in_order(
        &render(&place, &[]).stdout,
        &[
            "https://etcd.io/docs/v3.5/upgrades/upgrade_3_5/",
            "snapshot save",
            "m0: stop etcd, install etcd 3.5",
            "scp etcd-v3.5.PATCH-linux-amd64/etcd etcd-v3.5.PATCH-linux-amd64/etcdctl root@10.0.0.10:/usr/local/bin/",
            "tar -C m0 -cf - etc/etcd.env etc/systemd/system/etcd.service",
            "m2: stop etcd",
        ],
    );
}

#[test]
fn from_external_to_stacked_and_back() {
    let place = external();
    let masters = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];
    let masters = masters.into_iter().flat_map(|host| ["--host", host]);
    let mut init = place.command(&["init", "--interface", "eth0", "--out", "stacked.yaml"]);
    let output = run(init.args(masters).args(["--virtual-ip", "10.0.0.100"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let file = place.join("cluster.yaml");
    let was = fs::read(&file).expect("made");
    fs::copy(place.join("stacked.yaml"), &file).expect("made");
    let message = refused(&place);
    in_order(
        &message,
        &[
            "the rendered one is external, and the described one is stacked",
            "set the cluster up anew with another --out and restore the data there",
        ],
    );
    take_way_out(&place, &message);
    fs::write(&file, was).expect("ours");
    let message = refused(&place);
    in_order(
        &message,
        &["the rendered one is stacked, and the described one is external"],
    );
    take_way_out(&place, &message);
}
