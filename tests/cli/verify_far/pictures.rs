//! `kpki graph` and `kpki report` of hosts where they are.

use super::*;

fn drawn(place: &Place, words: &[&str], hosts: &[String]) -> Output {
    let mut command = place.command_with_ssh(SSH, words);
    let output = run(keep(place, &mut command).args(["--now", NOW]).args(hosts));
    assert_no_secrets(&output);
    output
}

#[test]
fn pictures_and_pages_are_the_same_from_afar() {
    let place = fleet();
    // A leaf of another host.
    for end in ["crt", "key"] {
        let [from, to] = ["m0", "m2"]
            .map(|host| place.join(&format!("out/{host}/etc/kubernetes/pki/apiserver.{end}")));
        fs::copy(from, to).expect("copied");
    }
    let here = HOSTS.map(|host| format!("out/{host}/etc/kubernetes"));
    let there = targets(&place, &HOSTS);
    let graph = ["graph", "--format", "dot"];
    let [found, expected] = [&there[..], &here].map(|hosts| drawn(&place, &graph, hosts));
    assert_eq!(found.stdout, expected.stdout);
    assert_eq!(found.status.code(), Some(0), "{found:?}");
    assert!(found.stdout.contains("apiserver"), "{found:?}");
    let report = ["report", "--out", "-"];
    let [found, expected] = [&there[..], &here].map(|hosts| drawn(&place, &report, hosts));
    let page = |output: &Output| {
        // The same but for where it is, and how one gets there.
        let lines = output.stdout.lines().filter(|line| {
            let words = ["&#x2f;m", " checks", "kpki copy", "ssh"];
            !words.iter().any(|word| line.contains(word))
        });
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(page(&found), page(&expected));
    assert!(
        found.stdout.contains("ssh:&#x2f;&#x2f;m2"),
        "{}",
        found.stdout
    );
}

#[test]
fn a_host_that_is_not_reached_is_in_the_picture() {
    let place = fleet();
    let mut hosts = targets(&place, &["m0"]);
    hosts.extend(["--ssh".to_owned(), "gone".to_owned()]);
    for words in [
        &["graph", "--format", "mermaid"][..],
        &["report", "--out", "-"],
    ] {
        let output = drawn(&place, words, &hosts);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.contains("gone"), "{output:?}");
    }
    let all = [
        "--host",
        "gone0=10.0.0.10",
        "--host",
        "gone1=10.0.0.11",
        "--hosts",
    ];
    let output = drawn(
        &place,
        &["graph", "--format", "dot"],
        &all.map(str::to_owned),
    );
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.contains("gone1"), "{output:?}");
}
