//! The commands of findings, run as they are printed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::program::installed;
use crate::common::{kpki, run};
use crate::tree::days_ago;

const MADE: &str = "2026-11-21T19:15:00Z";

fn make(directory: &Path, arguments: &[&str]) {
    let mut command = kpki();
    command.env_clear().current_dir(directory);
    command.args(["gen", "--now", MADE, "--key-algorithm", "ECDSA-P256"]);
    let output = run(command.args(arguments));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// What is found, but for notes: rule, file and commands.
fn findings(directory: &Path, arguments: &[&str]) -> Vec<(String, String, Vec<String>)> {
    let mut command = kpki();
    command.env_clear().current_dir(directory);
    let output = run(command.args(["verify", "-o", "json"]).args(arguments));
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let hosts = list(&report["hosts"]);
    let own = hosts.iter().flat_map(|host| list(&host["findings"]));
    let all = own.chain(list(&report["between"]));
    let worth = all.filter(|finding| finding["severity"] != "note");
    let shown = worth.map(|finding| {
        let commands = list(&finding["commands"]).iter().map(text).collect();
        (text(&finding["rule"]), text(&finding["file"]), commands)
    });
    shown.collect()
}

/// Runs every command of every finding; then nothing is found any more.
#[track_caller]
fn mend(directory: &Path, arguments: &[&str], expected: &[(&str, &str)]) {
    let found = findings(directory, arguments);
    let rules: Vec<_> = found
        .iter()
        .map(|(rule, file, _)| (rule.as_str(), file.as_str()))
        .collect();
    assert_eq!(rules, expected);
    let bin = directory.join("bin");
    if !bin.exists() {
        programs(&bin);
    }
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", bin.display());
    for command in found.iter().flat_map(|(.., commands)| commands) {
        if command.starts_with("scp ") || command.starts_with("kpki verify") {
            continue;
        }
        let mut shell = Command::new("sh");
        shell.current_dir(directory).env("PATH", &path);
        let output = run(shell.args(["-ec", command]));
        assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
    }
    // Keys that were replaced are kept until somebody looked at them.
    let mut thrown_away = Command::new("find");
    run(thrown_away
        .current_dir(directory)
        .args([".", "-name", "*.old", "-delete"]));
    let left = findings(directory, arguments);
    assert_eq!(left, [], "{found:#?}");
}

/// Those that commands name: nothing is running that could be restarted.
fn programs(bin: &Path) {
    fs::create_dir(bin).expect("a new directory");
    for (name, script) in [
        (
            "kpki",
            format!("exec {} \"$@\"", env!("CARGO_BIN_EXE_kpki")),
        ),
        ("crictl", String::new()),
        ("systemctl", String::new()),
    ] {
        let path = bin.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("our own file");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("our own file");
    }
}

/// Everything that a certificate of m0 need not have.
const UNUSUAL: [&str; 10] = [
    "--control-plane-endpoint",
    "vip.k8s.internal:6443",
    "--apiserver-cert-extra-sans",
    "api.example.org,203.0.113.5",
    "--service-cidr",
    "172.20.0.0/24",
    "--service-dns-domain",
    "c.local",
    "--kubernetes-version",
    "v1.27",
];

/// m0 in `t`, made now.
fn m0(directory: &Path, more: &[&str]) {
    let cert_dir = ["--cert-dir", "t/etc/kubernetes/pki"];
    let host = ["--host", "m0", "--ip", "10.0.0.10"];
    let now = days_ago(0);
    let mut command = kpki();
    command.env_clear().current_dir(directory);
    command.args(["gen", "--now", &now, "--key-algorithm", "ECDSA-P256"]);
    let output = run(command.args(cert_dir).args(host).args(more));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

fn text_of(directory: &Path, file: &str) -> String {
    let file = directory.join("t/etc/kubernetes").join(file);
    let mut openssl = Command::new("openssl");
    openssl.args(["x509", "-noout", "-text", "-in"]).arg(file);
    run(&mut openssl).stdout
}

/// The lines with names and kinds of keys.
fn identity(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    let told = ["DNS:", "Subject:", "Public-Key:"];
    lines
        .filter(|line| told.iter().any(|begin| line.starts_with(begin)))
        .collect()
}

/// What is made again has the names that its predecessor had, though nothing but
/// the old files tells them.
#[test]
fn old_names_are_kept() {
    if !installed(&["openssl", "sh"]) {
        return;
    }
    for file in ["apiserver.crt", "etcd/server.crt", "etcd/peer.crt"] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        m0(temp.path(), &UNUSUAL);
        let path = format!("pki/{file}");
        let before = text_of(temp.path(), &path);
        // Another key: the certificate stays and tells its names.
        let key = path.replace(".crt", ".key");
        let other = temp
            .path()
            .join("t/etc/kubernetes/pki/front-proxy-client.key");
        fs::copy(other, temp.path().join("t/etc/kubernetes").join(&key)).expect("copied");
        mend(temp.path(), &["t"], &[("key-mismatch", key.as_str())]);
        let after = text_of(temp.path(), &path);
        assert_eq!(identity(&before), identity(&after));
    }
}

#[test]
fn a_lost_kubeconfig_has_the_endpoint_of_the_others() {
    if !installed(&["sh"]) {
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary directory");
    m0(temp.path(), &UNUSUAL);
    let file = temp.path().join("t/etc/kubernetes/admin.conf");
    let server = |text: &str| {
        let mut lines = text.lines().map(str::trim);
        lines
            .find(|line| line.starts_with("server:"))
            .map(str::to_owned)
    };
    let before = fs::read_to_string(&file).expect("our own file");
    fs::remove_file(&file).expect("our own file");
    mend(temp.path(), &["t"], &[("file-missing", "admin.conf")]);
    let after = fs::read_to_string(&file).expect("our own file");
    assert_eq!(server(&before), server(&after));
}

/// The old address was this host's and no shared one.
#[test]
fn a_changed_address_keeps_the_endpoint() {
    if !installed(&["sh"]) {
        return;
    }
    let endpoint = &UNUSUAL[..4];
    for more in [endpoint, &[]] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        m0(temp.path(), more);
        let told = ["t", "--host", "m0", "--ip", "10.0.0.99"];
        // One cause: the certificates and the kubeconfigs follow from it.
        mend(temp.path(), &told, &[("san-missing", "pki")]);
        let names = text_of(temp.path(), "pki/apiserver.crt");
        assert!(
            names.contains("10.0.0.99") && !names.contains("10.0.0.10,"),
            "{names}"
        );
        let admin = fs::read_to_string(temp.path().join("t/etc/kubernetes/admin.conf"));
        let admin = admin.expect("our own file");
        let server = if more.is_empty() {
            "10.0.0.99"
        } else {
            "vip.k8s.internal"
        };
        assert!(admin.contains(&format!("server: https://{server}:6443")));
    }
}

/// The CA keeps key and name and gets a number of its own; every kubeconfig that
/// embeds it follows.
#[test]
fn a_renewed_authority_is_everywhere() {
    if !installed(&["kubectl", "openssl", "sh"]) {
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary directory");
    m0(
        temp.path(),
        &["--ca-validity", "240h", "--validity", "239h"],
    );
    let before = text_of(temp.path(), "pki/ca.crt");
    let soon: Vec<_> = findings(temp.path(), &["t"])
        .into_iter()
        .filter(|(_, file, _)| file == "pki/ca.crt")
        .collect();
    let [(rule, _, commands)] = &soon[..] else {
        panic!("{soon:?}");
    };
    assert_eq!(rule, "expires-soon");
    let commands = commands
        .iter()
        .filter(|command| !command.starts_with("crictl") && !command.starts_with("systemctl"));
    for command in commands {
        let mut shell = Command::new("sh");
        let output = run(shell.current_dir(temp.path()).args(["-ec", command]));
        assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
    }
    let after = text_of(temp.path(), "pki/ca.crt");
    let after_serial = |text: &str| {
        let serial = text
            .split("Serial Number")
            .nth(1)
            .expect("a number")
            .to_owned();
        serial.split("Signature").next().map(str::to_owned)
    };
    assert_ne!(after_serial(&before), after_serial(&after));
    for kept in ["CA:TRUE", "Certificate Sign", "Subject Key Identifier"] {
        assert!(after.contains(kept), "{after}");
    }
    // Leaves end within the month as well, and are another matter.
    let left = findings(temp.path(), &["t"]);
    let is_of_ca = |rule: &str| rule.contains("ca") || rule == "outlives-ca";
    assert!(
        left.iter()
            .all(|(rule, file, _)| !is_of_ca(rule) && file != "pki/ca.crt"),
        "{left:#?}"
    );
}

/// A scheduler of another host is no fault of the API server's certificate.
#[test]
fn a_kubeconfig_of_another_host_is_one_finding() {
    if !installed(&["sh"]) {
        return;
    }
    for (file, rule) in [
        ("scheduler.conf", "kubeconfig-server"),
        ("kubelet.conf", "subject"),
    ] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        m0(temp.path(), &[]);
        let own = temp.path().join("t/etc/kubernetes").join(file);
        fs::remove_file(&own).expect("our own file");
        let mut command = kpki();
        command.env_clear().current_dir(temp.path());
        command.args(["gen", "--key-algorithm", "ECDSA-P256", "--only", file]);
        command.args([
            "--host",
            "m1",
            "--ip",
            "10.0.0.11",
            "--cert-dir",
            "t/etc/kubernetes/pki",
        ]);
        let output = run(&mut command);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        mend(temp.path(), &["t"], &[(rule, file)]);
    }
}

/// What hosts share is copied to the odd one, what a host has of its own is made
/// again on it.
#[test]
fn hosts_are_mended_by_the_others() {
    if !installed(&["sh"]) {
        return;
    }
    let cases = [
        (vec!["ca"], ("ca-differs", "pki/ca.crt")),
        (vec!["etcd/ca"], ("etcd-ca-differs", "pki/etcd/ca.crt")),
        (vec!["sa"], ("sa-key-differs", "pki/sa.key")),
        (
            vec!["etcd/peer", "etcd/server"],
            ("other-hosts-files", "pki/etcd/server.crt"),
        ),
    ];
    for (rows, expected) in cases {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let hosts = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];
        let hosts = hosts.iter().flat_map(|host| ["--host", host]);
        let now = days_ago(0);
        for arguments in [
            hosts.chain(["--out", "out"]).collect::<Vec<_>>(),
            vec!["--host", "zz", "--ip", "10.9.9.9", "--cert-dir", "z/pki"],
        ] {
            let mut command = kpki();
            command.env_clear().current_dir(temp.path());
            command.args(["gen", "--now", &now, "--key-algorithm", "ECDSA-P256"]);
            let output = run(command.args(arguments));
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
        let own = expected.0 == "other-hosts-files";
        let from = if own {
            "out/m0/etc/kubernetes/pki"
        } else {
            "z/pki"
        };
        for row in rows {
            for end in ["crt", "key", "pub"] {
                let file = format!("{row}.{end}");
                let source = temp.path().join(from).join(&file);
                let target = temp.path().join("out/m1/etc/kubernetes/pki").join(file);
                if source.exists() {
                    fs::copy(source, target).expect("copied");
                }
            }
        }
        let trees = ["m0", "m1", "m2"].map(|host| format!("out/{host}/etc/kubernetes"));
        let trees: Vec<_> = trees.iter().map(String::as_str).collect();
        mend(temp.path(), &trees, &[expected]);
    }
}

/// A node is left with what it had if kpki gen makes nothing.
#[test]
fn a_remedy_that_fails_takes_nothing_away() {
    if !installed(&["sh"]) {
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary directory");
    m0(temp.path(), &[]);
    let at = |file: &str| temp.path().join("t").join(file);
    let conf = at("etc/kubernetes/kubelet.conf");
    let link = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let text = fs::read_to_string(&conf).expect("our own file");
    let by_link = text.lines().map(|line| match line.trim().split_once(':') {
        Some(("client-certificate-data", _)) => format!("    client-certificate: {link}\n"),
        Some(("client-key-data", _)) => format!("    client-key: {link}\n"),
        _ => format!("{line}\n"),
    });
    fs::write(&conf, by_link.collect::<String>()).expect("our own file");
    let link = at(link.trim_start_matches('/'));
    fs::create_dir_all(link.parent().expect("a parent")).expect("our own directory");
    let pair = ["crt", "key"].map(|end| {
        let file = at(&format!(
            "etc/kubernetes/pki/apiserver-kubelet-client.{end}"
        ));
        fs::read(file).expect("our own file")
    });
    fs::write(&link, pair.concat()).expect("our own file");
    fs::set_permissions(&link, PermissionsExt::from_mode(0o600)).expect("our own file");
    make(
        temp.path(),
        &["--host", "m0", "--ip", "10.0.0.10", "--cert-dir", "z/pki"],
    );
    for file in ["ca.crt", "ca.key"] {
        let other = temp.path().join("z/pki").join(file);
        fs::copy(other, at("etc/kubernetes/pki").join(file)).expect("copied");
    }
    let all = commands(temp.path(), &["t"], ("ca-signed-nothing", "pki/ca.crt"));
    let made = all.iter().find(|it| it.contains("kpki gen"));
    let made = made.unwrap_or_else(|| panic!("{all:#?}"));
    let bin = temp.path().join("bin");
    programs(&bin);
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", bin.display());
    let paste = || {
        let mut shell = Command::new("sh");
        shell.current_dir(temp.path()).env("PATH", &path);
        run(shell.args(["-c", made]))
    };
    let before = fs::read(&conf).expect("our own file");
    let kpki = fs::read(bin.join("kpki")).expect("our own file");
    fs::write(bin.join("kpki"), "#!/bin/sh\nexit 2\n").expect("our own file");
    assert_ne!(paste().status.code(), Some(0), "{made}");
    assert_eq!(fs::read(&conf).expect("still there"), before);
    assert!(link.exists() && !link.with_extension("pem.old").exists());
    fs::write(bin.join("kpki"), kpki).expect("our own file");
    let output = paste();
    assert_eq!(output.status.code(), Some(0), "{made}: {output:?}");
    assert_eq!(
        fs::read(conf.with_extension("conf.old")).expect("kept"),
        before
    );
    assert!(!link.exists() && link.with_extension("pem.old").exists());
    let found = findings(temp.path(), &["t"]);
    let wrong = found.iter().find(|(_, file, _)| file == "kubelet.conf");
    assert_eq!(wrong, None);
}

/// An etcd's own directory need not be called etcd.
#[test]
fn an_etcd_of_its_own_is_mended_where_it_lies() {
    if !installed(&["sh"]) {
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary directory");
    m0(temp.path(), &["--etcd", "external"]);
    let own = temp.path().join("etc/etcd/pki");
    fs::create_dir_all(own.parent().expect("a parent")).expect("our own directory");
    fs::rename(temp.path().join("t/etc/kubernetes/pki/etcd"), &own).expect("renamed");
    fs::remove_file(own.join("peer.key")).expect("made before");
    mend(
        temp.path(),
        &["etc/etcd/pki"],
        &[("file-missing", "peer.key")],
    );
}

/// The commands that mend what `rule` finds in a file.
fn commands(directory: &Path, arguments: &[&str], (rule, file): (&str, &str)) -> Vec<String> {
    let mut command = kpki();
    command.env_clear().current_dir(directory);
    let output = run(command.args(["verify", "-o", "json"]).args(arguments));
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let findings = report["hosts"][0]["findings"].as_array().expect("a list");
    let is_found = |finding: &&Value| finding["rule"] == rule && finding["file"] == file;
    let found = findings.iter().find(is_found);
    let found = found.unwrap_or_else(|| panic!("no {rule}: {report:#}"));
    let commands = found["commands"].as_array().expect("a list");
    commands
        .iter()
        .filter_map(|command| command.as_str().map(str::to_owned))
        .collect()
}

fn blocks(text: &str) -> Vec<&str> {
    text.split_inclusive("-----END CERTIFICATE-----\n")
        .collect()
}

/// openssl reads one certificate and writes one: the others of a bundle stay.
#[test]
fn a_renewed_authority_stays_in_its_bundle() {
    if !installed(&["openssl", "bash", "awk"]) {
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary directory");
    for cert_dir in ["k 1/pki", "other/pki"] {
        let arguments = ["--host", "m0", "--ip", "10.0.0.10", "--cert-dir", cert_dir];
        make(temp.path(), &arguments);
    }
    let file = temp.path().join("k 1/pki/ca.crt");
    let own = fs::read_to_string(&file).expect("our own file");
    let other = fs::read_to_string(temp.path().join("other/pki/ca.crt")).expect("our own file");
    for (bundle, place) in [
        (format!("{own}{other}"), 0),
        (format!("{other}{own}{other}"), 1),
    ] {
        fs::write(&file, &bundle).expect("our own file");
        let expired = ["k 1", "--now", "2036-12-01T00:00:00Z"];
        let commands = commands(temp.path(), &expired, ("expired", "pki/ca.crt"));
        let [renew, ..] = &commands[..] else {
            panic!("no command");
        };
        let mut shell = Command::new("bash");
        shell.current_dir(temp.path()).args(["-ec", renew]);
        let output = run(&mut shell);
        assert_eq!(output.status.code(), Some(0), "{renew}: {output:?}");
        let renewed = fs::read_to_string(&file).expect("our own file");
        let (before, after) = (blocks(&bundle), blocks(&renewed));
        assert_eq!(before.len(), after.len(), "{renew}");
        for (index, (before, after)) in before.iter().zip(after).enumerate() {
            assert_eq!(*before != after, index == place, "{renew}");
        }
        let names = fs::read_dir(temp.path().join("k 1/pki")).expect("listed");
        let mut names = names.map(|entry| entry.expect("an entry").file_name());
        assert!(names.all(|name| !name.to_string_lossy().starts_with("ca.crt.")));
    }
}
