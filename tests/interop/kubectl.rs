//! kubectl reads every kubeconfig.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::common::program::installed;
use crate::common::run;
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
