//! promtool reads the metrics of `kpki expiry`, and the rules of its documentation.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::common::program::installed;
use crate::common::{Output, kpki, run};
use crate::tree::Tree;

#[test]
fn promtool_has_nothing_to_say() {
    if !installed(&["promtool"]) {
        return;
    }
    let tree = Tree::generate(&["--key-algorithm", "ECDSA-P256"]);
    let ca = fs::read(tree.host("m0").join("pki/ca.crt")).expect("a CA");
    let peer = fs::read(tree.host("m0").join("pki/etcd/peer.crt")).expect("a certificate");
    // A name with all that must be escaped, a bundle with the same certificate
    // twice, and a file that cannot be read.
    let odd = tree.host("m0").join("pki/a\\b\"c d.pem");
    fs::write(odd, [&peer[..], &ca, &peer].concat()).expect("written");
    fs::write(tree.host("m1").join("pki/broken.crt"), "nonsense").expect("written");
    let text = tree.path().join("kpki.prom");
    let mut command = kpki();
    command
        .arg("expiry")
        .args(["m0", "m1", "m2"].map(|host| tree.host(host)));
    command.arg("--textfile").arg(&text);
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(2), "{output:?}");

    let output = check_metrics(&text);
    assert!(output.status.success(), "{output:?}");
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    let metrics = fs::read_to_string(&text).expect("the metrics");
    assert!(metrics.contains("a\\\\b\\\"c d.pem"), "{metrics}");
    assert!(metrics.ends_with("x509_read_errors 1\n"), "{metrics}");
    // It would have noticed.
    let (first, _) = metrics
        .split_once("# HELP x509_cert_expired")
        .expect("the metric");
    fs::write(&text, first.replace("# TYPE", "# TIPE").replace("} ", " ")).expect("written");
    assert!(!check_metrics(&text).status.success());
}

fn check_metrics(text: &Path) -> Output {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]);
    command.stdin(Stdio::from(File::open(text).expect("the metrics")));
    run(&mut command)
}

/// The alerts that docs/expiry.md recommends.
#[test]
fn the_documented_rules_are_rules() {
    if !installed(&["promtool"]) {
        return;
    }
    let documentation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/expiry.md");
    let documentation = fs::read_to_string(documentation).expect("the documentation");
    let (_, rules) = documentation
        .split_once("```yaml\ngroups:")
        .expect("the rules");
    let (rules, _) = rules.split_once("```").expect("their end");
    let directory = tempdir().expect("a temporary directory");
    let file = directory.path().join("rules.yaml");
    fs::write(&file, format!("groups:{rules}")).expect("written");
    let output = run(Command::new("promtool").args(["check", "rules"]).arg(file));
    assert!(output.status.success(), "{output:?}");
}
