//! kubectl reads every kubeconfig.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::common::program::installed;
use crate::common::{kpki, run};
use crate::tree::{HOSTS, Tree};

#[test]
fn kubectl_reads_every_kubeconfig() {
    if !installed(&["kubectl"]) {
        return;
    }
    let tree = Tree::generate(&["--key-algorithm", "ECDSA-P256"]);
    let mut read = 0;
    for file in tree.files() {
        if file
            .extension()
            .is_some_and(|extension| extension == "conf")
        {
            check(&tree, &file);
            read += 1;
        }
    }
    // admin, controller-manager and scheduler of each, super-admin and kubelet
    // of the first.
    assert_eq!(read, 3 * HOSTS.len() + 2);
}

fn check(tree: &Tree, file: &Path) {
    let host = file.strip_prefix(tree.path()).expect("a file of the tree");
    let host = host.iter().next().and_then(|name| name.to_str());
    let host = host.expect("a host's folder");
    let user = match file.file_name().and_then(|name| name.to_str()) {
        Some("admin.conf") => "kubernetes-admin".to_owned(),
        Some("super-admin.conf") => "kubernetes-super-admin".to_owned(),
        Some("kubelet.conf") => format!("system:node:{host}"),
        Some("controller-manager.conf") => "system:kube-controller-manager".to_owned(),
        Some("scheduler.conf") => "system:kube-scheduler".to_owned(),
        other => panic!("an unknown kubeconfig: {other:?}"),
    };

    let context = kubectl(file, &["current-context"]);
    assert_eq!(context.trim_end(), format!("{user}@kubernetes"));

    let view = kubectl(file, &["view", "--raw", "--output", "json"]);
    let view: Value = serde_json::from_str(&view).expect("kubectl prints JSON");
    assert_eq!(view["users"][0]["name"], user.as_str());
    assert_eq!(view["contexts"][0]["name"], context.trim_end());
    let data = &view["clusters"][0]["cluster"]["certificate-authority-data"];
    let data = data.as_str().expect("the CA's certificate");
    let authority = BASE64_STANDARD.decode(data).expect("base64");
    let expected = fs::read(tree.host(host).join("pki/ca.crt")).expect("the host's ca.crt");
    assert!(authority == expected, "{}: another CA", file.display());

    // Without a view of its own kubectl reads only what it needs for a call.
    let minified = kubectl(file, &["view", "--raw", "--minify", "--flatten"]);
    assert!(minified.contains("client-key-data: "), "{minified}");
}

fn kubectl(kubeconfig: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("kubectl");
    command
        .env_remove("KUBECONFIG")
        .arg("config")
        .args(arguments);
    command.arg("--kubeconfig").arg(kubeconfig);
    let output = run(&mut command);
    assert!(output.status.success(), "{command:?}: {}", output.stderr);
    output.stdout
}

/// What verify prints for kubeconfigs is run as it is, and mends them.
#[test]
fn the_commands_of_findings_mend_kubeconfigs() {
    if !installed(&["bash", "kubectl", "openssl", "sed"]) {
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary directory");
    let at = |path: &str| temp.path().join("k 1").join(path);
    let mut generate = kpki();
    generate.env_clear().current_dir(temp.path());
    let host = ["gen", "--host", "m0", "--ip", "10.0.0.10"];
    generate.args(host).args(["--cert-dir", "k 1/pki"]);
    assert_eq!(run(&mut generate).status.code(), Some(0));
    assert_eq!(mended(temp.path()), [""; 0]);

    let mut renew = Command::new("openssl");
    renew.current_dir(at("pki")).args(["x509", "-in", "ca.crt"]);
    renew.args(["-signkey", "ca.key", "-days", "3000", "-out", "new.crt"]);
    assert_eq!(run(&mut renew).status.code(), Some(0));
    fs::rename(at("pki/new.crt"), at("pki/ca.crt")).expect("our own file");
    assert_eq!(mended(temp.path()), ["kubeconfig-ca pki/ca.crt"]);

    for (file, line, finding) in [
        (
            "admin.conf",
            "tls-server-name: api.example.org",
            "kubeconfig-server-name admin.conf",
        ),
        (
            "scheduler.conf",
            "certificate-authority: /etc/ssl/ca.crt",
            "kubeconfig-twice scheduler.conf",
        ),
        (
            "super-admin.conf",
            "insecure-skip-tls-verify: true",
            "kubeconfig-insecure super-admin.conf",
        ),
    ] {
        let text = fs::read_to_string(at(file)).expect("our own file");
        let server = "    server:";
        let text = text.replace(server, &format!("    {line}\n{server}"));
        fs::write(at(file), text).expect("our own file");
        assert_eq!(mended(temp.path()), [finding]);
    }
}

/// Runs the commands of all findings but for restarts, after which there is none;
/// the findings.
fn mended(directory: &Path) -> Vec<String> {
    let report = || {
        let mut verify = kpki();
        verify.env_clear().current_dir(directory);
        let output = run(verify.args(["verify", "-o", "json", "k 1"]));
        let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
        let findings = report["hosts"][0]["findings"].as_array();
        findings.expect("a list").clone()
    };
    let findings = report();
    for finding in &findings {
        let commands = finding["commands"].as_array().expect("a list");
        let commands = commands.iter().filter_map(Value::as_str);
        for command in commands.filter(|it| !it.starts_with("crictl ") && !it.contains("systemctl"))
        {
            let mut shell = Command::new("bash");
            let output = run(shell.current_dir(directory).args(["-ec", command]));
            assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
        }
    }
    if !findings.is_empty() {
        assert_eq!(report(), [Value::Null; 0]);
    }
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    findings
        .iter()
        .map(|it| format!("{} {}", word(it, "rule"), word(it, "file")))
        .collect()
}
