//! Graphviz draws what `kpki graph` says, whatever names are in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::program::installed;
use crate::common::{kpki, run};
use crate::tree::{ENDPOINT, Tree};

/// The graph in DOT and as Graphviz draws it.
fn drawn(arguments: &[&Path]) -> (String, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("graph.dot");
    let mut command = kpki();
    command.arg("graph").args(arguments).arg("--out").arg(&file);
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let dot = fs::read_to_string(&file).expect("the graph");
    let output = run(Command::new("dot").arg("-Tsvg").arg(&file));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stderr, "", "{dot}");
    (dot, output.stdout)
}

#[test]
fn graphviz_has_nothing_to_say() {
    if !installed(&["dot"]) {
        return;
    }
    let tree = Tree::generate(&["--key-algorithm", "ECDSA-P256"]);
    // A name with all that means something to Graphviz.
    let odd = tree.path().join("a\\N\\\"b<i>&amp;{|}]; \u{e9}");
    fs::rename(tree.path().join("m1"), &odd).expect("renamed");
    let (m0, m2) = (tree.host("m0"), tree.host("m2"));
    let (dot, picture) = drawn(&[&m0, &odd, &m2]);
    let nodes = dot.lines().filter(|line| {
        let line = line.trim_start();
        let is_node = line.starts_with(['a', 'h', 't']) && line.contains(" [");
        is_node && !line.contains(" -> ")
    });
    let edges = dot.matches(" -> ").count();
    assert_eq!(picture.matches("class=\"node\"").count(), nodes.count());
    assert_eq!(picture.matches("class=\"edge\"").count(), edges);
    assert_eq!(picture.matches("class=\"cluster\"").count(), 3);
    let name = "a\\N\\&quot;b&lt;i&gt;&amp;amp;{|}]; \u{e9}";
    assert!(picture.contains(name), "{picture}");
}

#[test]
fn graphviz_draws_a_description() {
    if !installed(&["dot"]) {
        return;
    }
    let words = [
        "--host",
        "m0=10.0.0.10",
        "--host",
        "m1=10.0.0.11",
        "--control-plane-endpoint",
    ];
    let words: Vec<_> = words
        .iter()
        .copied()
        .chain([ENDPOINT])
        .map(Path::new)
        .collect();
    let (_, picture) = drawn(&words);
    for text in [
        "PKI of kubernetes",
        "apiserver-etcd-client",
        "--client-ca-file",
        "m1 10.0.0.11",
    ] {
        let spaced = text.replace('-', "&#45;");
        assert!(
            picture.contains(text) || picture.contains(&spaced),
            "{text}: {picture}"
        );
    }
}
