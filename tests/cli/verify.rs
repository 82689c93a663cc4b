//! `kpki verify`: what it prints of good and of broken trees.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::common::{Output, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

fn verify(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["verify", "--now", NOW]);
    let output = run(command.args(arguments));
    assert_no_secrets(&output);
    output
}

#[test]
fn a_good_tree() {
    let place = Place::new();
    place.made("10.0.0.10");
    let described = [
        "--host",
        "m0",
        "--ip",
        "10.0.0.10",
        "--service-cidr",
        "10.96.0.0/12",
    ];
    for directory in ["k", "k/pki", "./k/pki/"] {
        let output = verify(&place, &[&[directory][..], &described].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(
            output.stdout.ends_with("0 errors, 0 warnings\n"),
            "{}",
            output.stdout
        );
        assert_eq!(output.stderr, "");
    }
    let unknown = verify(&place, &["k"]);
    assert_eq!(unknown.status.code(), Some(0), "{unknown:?}");
    golden("verify-good.txt", &place.plain(&unknown.stdout));
}

#[test]
fn a_fleet_and_its_home() {
    let place = Place::new();
    let hosts = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
    let made = run(place.gen_command(&hosts).args(["--out", "out"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    for directory in ["out/shared", "out/m0", "out/m1/etc/kubernetes"] {
        let output = verify(&place, &[directory]);
        assert_eq!(output.status.code(), Some(0), "{directory}: {output:?}");
        assert!(
            output.stdout.contains("0 errors, 0 warnings"),
            "{}",
            output.stdout
        );
    }
}

#[test]
fn faults_are_told_with_reason_and_remedy() {
    let place = Place::new();
    place.made("10.0.0.10");
    let key = place.join("k/pki/apiserver.key");
    fs::copy(place.join("k/pki/front-proxy-client.key"), key).expect("copied");
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(place.join("k/admin.conf"), open).expect("our own file");
    fs::remove_file(place.join("k/pki/etcd/peer.crt")).expect("removed");
    let output = verify(&place, &["k", "--host", "m0", "--ip", "10.0.0.10"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("verify-faults.txt", &place.plain(&output.stdout));

    let json = verify(
        &place,
        &["k", "--host", "m0", "--ip", "10.0.0.10", "-o", "json"],
    );
    assert_eq!(json.status.code(), Some(1), "{json:?}");
    let report: Value = serde_json::from_str(&json.stdout).expect("one JSON document");
    assert_eq!(report["schema"], "kpki.verify/v1");
    assert_eq!(report["ok"], false);
    assert_eq!(report["complete"], true);
    assert_eq!(report["now"], NOW);
    assert_eq!(report["between"], Value::Array(Vec::new()));
    assert_eq!(report["sums"]["errors"], 3);
    let host = &report["hosts"][0];
    assert_eq!(
        (&host["host"], &host["directory"]),
        (&"m0".into(), &"k".into())
    );
    let findings = host["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 3, "{}", json.stdout);
    for finding in findings {
        assert!(finding["consequences"].is_array() && finding["line"].is_null());
        for field in ["rule", "severity", "file", "message", "why", "fix"] {
            assert!(
                finding[field].as_str().is_some_and(|text| !text.is_empty()),
                "{field}"
            );
        }
    }
}

#[test]
fn nothing_to_check_is_no_success() {
    let place = Place::new();
    fs::create_dir(place.join("empty")).expect("new");
    for directory in ["empty", "none", "empty/../none"] {
        let said = place.refused(&mut place.command(&["verify", directory]));
        assert!(said.contains("hint: "), "{said}");
    }
    place.made("10.0.0.10");
    let said = place.refused(&mut place.command(&["verify", "k", "--role", "king"]));
    assert!(
        said.contains("the roles are control-plane-with-etcd, "),
        "{said}"
    );
}

/// Else the keys of what runs would be called needless.
#[test]
fn a_role_that_the_manifests_contradict_is_refused() {
    let place = Place::new();
    place.made("10.0.0.10");
    write_manifests(&place);
    for (role, said) in [
        (
            "worker",
            "worker, and manifests/kube-apiserver.yaml of 'k' runs kube-apiserver",
        ),
        (
            "etcd",
            "etcd-member, and manifests/kube-apiserver.yaml of 'k' runs kube-apiserver",
        ),
        (
            "control-plane",
            "control-plane, and manifests/etcd.yaml of 'k' runs etcd",
        ),
    ] {
        let refused = place.refused(&mut place.command(&["verify", "k", "--role", role]));
        let start = format!("error: --role says {said}\nhint: ");
        assert!(refused.starts_with(&start), "{refused}");
    }
}

#[test]
fn what_cannot_be_read_is_no_success() {
    let place = Place::new();
    place.made("10.0.0.10");
    let key = place.join("k/pki/sa.key");
    fs::remove_file(&key).expect("removed");
    fs::create_dir(&key).expect("new");
    let output = verify(&place, &["k"]);
    assert_ne!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.contains("pki/sa.key"), "{}", output.stdout);
}

#[test]
fn gen_tells_what_is_wrong_with_what_it_keeps() {
    let place = Place::new();
    place.made("10.0.0.10");
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(place.join("k/pki/ca.key"), open).expect("our own file");
    let output = place.one("10.0.0.10", &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let note = "note: m0: pki/ca.key is readable by everyone (mode 0644, expected 0600): chmod 600 DIR/k/pki/ca.key";
    let printed = place.plain(&output.stdout);
    assert!(printed.contains(note), "{printed}");
}

/// Manifests of the tree that `Place::made` makes, as kubeadm writes them.
fn write_manifests(place: &Place) {
    write_manifests_below(place, "k", "/etc/kubernetes/pki");
}

/// The same in another directory, with the certificates at this one of the host.
fn write_manifests_below(place: &Place, below: &str, pki: &str) {
    let pod = |name: &str, image: &str, flags: &[&str]| {
        let flags: String = flags.iter().map(|flag| format!("    - {flag}\n")).collect();
        let flags = flags.replace("/etc/kubernetes/pki", pki);
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n  - command:\n    - {name}\n{flags}    image: registry.k8s.io/{name}:{image}\n    name: {name}\n"
        );
        let directory = place.join(below).join("manifests");
        fs::create_dir_all(&directory).expect("new");
        fs::write(directory.join(format!("{name}.yaml")), text).expect("written");
    };
    let server = [
        "--advertise-address=10.0.0.10",
        "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
        "--etcd-servers=https://127.0.0.1:2379",
        "--requestheader-allowed-names=front-proxy-client",
        "--secure-port=6443",
        "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
        "--service-cluster-ip-range=10.96.0.0/12",
        "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
        "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
    ];
    pod("kube-apiserver", "v1.36.0", &server);
    let etcd = [
        "--advertise-client-urls=https://10.0.0.10:2379",
        "--name=m0",
        "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
    ];
    pod("etcd", "3.6.5-0", &etcd);
}

#[test]
fn manifests_say_what_to_expect() {
    let place = Place::new();
    place.made("10.0.0.10");
    write_manifests(&place);
    let good = verify(&place, &["k"]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    assert!(
        good.stdout.ends_with("0 errors, 0 warnings\n"),
        "{}",
        good.stdout
    );
    assert!(!good.stdout.contains("names this host"), "{}", good.stdout);
    assert!(!good.stdout.contains("name this host"), "{}", good.stdout);

    // The certificates of another host, whose manifests tell the truth.
    fs::remove_dir_all(place.join("k/pki")).expect("removed");
    let other = ["--host", "m9", "--ip", "10.0.0.19", "--cert-dir", "o/pki"];
    let made = run(&mut place.gen_command(&other));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    fs::rename(place.join("o/pki"), place.join("k/pki")).expect("moved");
    for name in [
        "admin",
        "super-admin",
        "kubelet",
        "controller-manager",
        "scheduler",
    ] {
        let name = format!("{name}.conf");
        fs::rename(place.join("o").join(&name), place.join("k").join(&name)).expect("moved");
    }
    let copied = verify(&place, &["k"]);
    assert_eq!(copied.status.code(), Some(1), "{copied:?}");
    golden("verify-manifests.txt", &place.plain(&copied.stdout));
    // A flag wins over what the manifests say.
    let given = ["k", "--ip", "10.0.0.19", "--host", "m9"];
    let given = verify(&place, &given);
    assert_eq!(given.status.code(), Some(0), "{given:?}");
}

#[test]
fn a_flag_that_names_the_wrong_file_is_told() {
    let place = Place::new();
    place.made("10.0.0.10");
    write_manifests(&place);
    let path = place.join("k/manifests/etcd.yaml");
    let right = fs::read_to_string(&path).expect("written");
    let wrong = right.replace("pki/etcd/ca.crt", "pki/ca.crt");
    fs::write(&path, wrong).expect("written");
    let output = verify(&place, &["k"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("verify-wrong-flag.txt", &place.plain(&output.stdout));
    // The command can be run as it stands.
    let is_command = |line: &&str| line.trim_start().starts_with("(umask 077; sed");
    let command = output.stdout.lines().find(is_command).expect("a command");
    let ran = std::process::Command::new("sh")
        .args(["-c", command.trim()])
        .current_dir(place.join("."))
        .status()
        .expect("a shell");
    assert!(ran.success());
    assert_eq!(fs::read_to_string(&path).expect("mended"), right);
    assert_eq!(verify(&place, &["k"]).status.code(), Some(0));
}

#[test]
fn certificates_elsewhere_on_the_host_are_found() {
    let place = Place::new();
    let made = [
        "--host",
        "m0",
        "--ip",
        "10.0.0.10",
        "--cert-dir",
        "h/srv/k/pki",
    ];
    let made = run(&mut place.gen_command(&made));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    fs::create_dir_all(place.join("h/etc")).expect("new");
    fs::rename(place.join("h/srv/k/pki"), place.join("h/srv/pki")).expect("moved");
    fs::rename(place.join("h/srv/k"), place.join("h/etc/kubernetes")).expect("moved");
    write_manifests_below(&place, "h/etc/kubernetes", "/srv/pki");
    let good = verify(&place, &["h"]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    assert!(
        good.stdout.ends_with("0 errors, 0 warnings\n"),
        "{}",
        good.stdout
    );
    fs::remove_file(place.join("h/srv/pki/etcd/healthcheck-client.key")).expect("removed");
    let broken = verify(&place, &["h"]);
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    golden("verify-elsewhere.txt", &place.plain(&broken.stdout));
}

#[test]
fn a_broken_manifest_is_told() {
    let place = Place::new();
    place.made("10.0.0.10");
    write_manifests(&place);
    fs::write(
        place.join("k/manifests/kube-apiserver.yaml"),
        "kind: Pod\nspec: [\n",
    )
    .expect("written");
    fs::write(
        place.join("k/manifests/haproxy.yaml"),
        "kind: Pod\nspec: [\n",
    )
    .expect("written");
    let output = verify(&place, &["k"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("verify-broken-manifest.txt", &place.plain(&output.stdout));
}

#[test]
fn the_kubelets_own_certificate() {
    let place = Place::new();
    let host = [
        "--host",
        "m0",
        "--ip",
        "10.0.0.10",
        "--cert-dir",
        "x/etc/kubernetes/pki",
    ];
    let made = run(&mut place.gen_command(&host));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let conf = place.join("x/etc/kubernetes/kubelet.conf");
    let text = fs::read_to_string(&conf).expect("written");
    let data = |field: &str| {
        let line = text
            .lines()
            .find(|line| line.contains(field))
            .expect("there");
        line.split(": ").nth(1).expect("a value").to_owned()
    };
    let decoded = |field: &str| {
        use base64::Engine;
        base64::prelude::BASE64_STANDARD
            .decode(data(field))
            .expect("base64")
    };
    let pem = [
        decoded("client-certificate-data"),
        decoded("client-key-data"),
    ]
    .concat();
    let kubelets = place.join("x/var/lib/kubelet/pki");
    fs::create_dir_all(&kubelets).expect("new");
    let first = kubelets.join("kubelet-client-1.pem");
    fs::write(&first, pem).expect("written");
    fs::set_permissions(&first, fs::Permissions::from_mode(0o600)).expect("ours");
    let current = kubelets.join("kubelet-client-current.pem");
    std::os::unix::fs::symlink("/var/lib/kubelet/pki/kubelet-client-1.pem", &current).expect("new");
    let directory = "x/etc/kubernetes";
    let embedded = verify(&place, &[directory]);
    assert!(
        embedded
            .stdout
            .contains("warning: kubelet.conf:17: has its client certificate inside"),
        "{}",
        embedded.stdout
    );

    let path = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let text = text
        .replace(
            &format!(
                "client-certificate-data: {}",
                data("client-certificate-data")
            ),
            &format!("client-certificate: {path}"),
        )
        .replace(
            &format!("client-key-data: {}", data("client-key-data")),
            &format!("client-key: {path}"),
        );
    fs::write(&conf, text).expect("written");
    let good = verify(&place, &[directory]);
    assert!(
        good.stdout.ends_with("0 errors, 0 warnings\n"),
        "{}",
        good.stdout
    );
    let other = verify(&place, &[directory, "--host", "m1", "--ip", "10.0.0.10"]);
    let wrong = format!("error: {path}: has the subject 'O=system:nodes,CN=system:node:m0'");
    assert!(other.stdout.contains(&wrong), "{}", other.stdout);
    let mut late = place.command(&["verify", directory, "--now", "2027-11-30T00:00:00Z"]);
    let late = run(&mut late).stdout;
    assert!(
        late.contains(&format!("error: {path}: expired 7 days ago")),
        "{late}"
    );
    fs::remove_file(&current).expect("removed");
    let missing = verify(&place, &[directory]);
    assert!(
        missing.stdout.contains(&format!(
            "error: {path}: is missing, and kubelet.conf names it"
        )),
        "{}",
        missing.stdout
    );
}

/// Three hosts and the home of their CAs, as `kpki gen --out` makes them.
fn fleet(place: &Place, out: &str) {
    let hosts = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];
    let hosts = hosts.map(|host| ["--host", host]).concat();
    let made = run(place.gen_command(&hosts).args(["--out", out]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
}

fn copy(place: &Place, from: &str, to: &str, files: &[&str]) {
    for file in files {
        let path = |tree: &str| place.join(&format!("{tree}/etc/kubernetes/{file}"));
        fs::copy(path(from), path(to)).expect("made before");
    }
}

const THREE: [&str; 3] = ["out/m0", "out/m1", "out/m2"];

/// What is printed, without the fingerprints of keys that are new every time.
fn plain(text: &str) -> String {
    let mut out = Vec::new();
    for word in text.split(' ') {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
        let is_fingerprint = word.contains("...") && digits.len() == 16;
        out.push(match is_fingerprint {
            true => word.replace(digits, "0123456789abcdef"),
            false => word.to_owned(),
        });
    }
    out.join(" ")
}

#[test]
fn a_healthy_fleet() {
    let place = Place::new();
    fleet(&place, "out");
    let all = [
        "out/m0",
        "out/m1/etc/kubernetes",
        "out/m2/etc/kubernetes/pki",
        "out/shared",
    ];
    let output = verify(&place, &all);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("verify-fleet-good.txt", &place.plain(&output.stdout));
    let quiet = verify(&place, &[&["--quiet"], &all[..]].concat());
    assert_eq!(
        (
            quiet.status.code(),
            quiet.stdout.as_str(),
            quiet.stderr.as_str()
        ),
        (Some(0), "", "")
    );
}

#[test]
fn the_odd_one_of_three() {
    let place = Place::new();
    fleet(&place, "out");
    fleet(&place, "other");
    copy(
        &place,
        "other/m0",
        "out/m2",
        &["pki/sa.key", "pki/sa.pub", "pki/etcd/ca.crt"],
    );
    let output = verify(&place, &THREE);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("verify-fleet-odd.txt", &plain(&place.plain(&output.stdout)));
    let markdown = verify(&place, &[&THREE[..], &["-o", "markdown"]].concat());
    assert_eq!(markdown.status.code(), Some(1), "{markdown:?}");
    golden(
        "verify-fleet-odd.md",
        &plain(&place.plain(&markdown.stdout)),
    );
    let json = verify(&place, &[&THREE[..], &["-o", "json"]].concat());
    assert_eq!(json.status.code(), Some(1), "{json:?}");
    golden("verify-fleet-odd.json", &plain(&place.plain(&json.stdout)));
    let quiet = verify(&place, &[&THREE[..], &["-q"]].concat());
    assert_eq!(
        (
            quiet.status.code(),
            quiet.stdout.as_str(),
            quiet.stderr.as_str()
        ),
        (Some(1), "", "")
    );
}

#[test]
fn a_copied_directory() {
    let place = Place::new();
    fleet(&place, "out");
    let leaves = [
        "apiserver",
        "apiserver-kubelet-client",
        "apiserver-etcd-client",
        "front-proxy-client",
        "etcd/server",
        "etcd/peer",
        "etcd/healthcheck-client",
    ];
    let files = leaves.map(|leaf| [format!("pki/{leaf}.crt"), format!("pki/{leaf}.key")]);
    let files = files.concat();
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    copy(&place, "out/m0", "out/m1", &files);
    let hosts = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];
    let hosts = hosts.map(|host| ["--host", host]).concat();
    let output = verify(&place, &[&["out"], &hosts[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("verify-fleet-copied.txt", &place.plain(&output.stdout));
}

#[test]
fn warnings_count_if_they_are_to() {
    let place = Place::new();
    fleet(&place, "out");
    copy(
        &place,
        "out/m0",
        "out/m1",
        &["pki/front-proxy-client.crt", "pki/front-proxy-client.key"],
    );
    let output = verify(&place, &THREE);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        output.stdout.contains("0 errors, 1 warning\n"),
        "{}",
        output.stdout
    );
    let strict = verify(&place, &[&THREE[..], &["--strict"]].concat());
    assert_eq!(strict.status.code(), Some(1), "{strict:?}");
    assert_eq!(strict.stdout, output.stdout);
}

#[test]
fn one_tree_of_many_that_cannot_be_read() {
    let place = Place::new();
    fleet(&place, "out");
    fs::remove_dir_all(place.join("out/m1")).expect("made before");
    fs::create_dir(place.join("empty")).expect("new");
    let output = verify(&place, &[&THREE[..], &["empty"]].concat());
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    golden("verify-fleet-missing.txt", &place.plain(&output.stdout));
    let quiet = verify(&place, &[&THREE[..], &["-q"]].concat());
    assert_eq!((quiet.status.code(), quiet.stdout.as_str()), (Some(2), ""));
    assert_eq!(quiet.stderr, "error: m1: there is no directory 'out/m1'\n");
    let hosts = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];
    let hosts = hosts.map(|host| ["--host", host]).concat();
    let described = verify(&place, &[&["out"], &hosts[..]].concat());
    assert_eq!(described.status.code(), Some(2), "{described:?}");
    assert!(
        described.stdout.contains("m1 (out/m1): not checked\n"),
        "{}",
        described.stdout
    );
}

#[test]
fn a_name_that_would_be_markup() {
    let place = Place::new();
    fleet(&place, "out");
    let name = "<b>@all `x` [y](z)|\u{1b}[2J\u{202e}";
    fs::rename(place.join("out/m1"), place.join(name)).expect("made before");
    fs::remove_file(place.join(name).join("etc/kubernetes/pki/sa.key")).expect("made before");
    let output = verify(&place, &["out/m0", name, "-o", "markdown"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("verify-hostile.md", &place.plain(&output.stdout));
    let text = verify(&place, &["out/m0", name]);
    for output in [output.stdout, text.stdout] {
        assert!(!output.contains(['\u{1b}', '\u{202e}']), "{output}");
    }
}

#[test]
fn hosts_of_several_roles() {
    let place = Place::new();
    let file = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlPlaneEndpoint: vip.k8s.internal:6443
etcd:
  external:
    endpoints: [https://10.0.2.21:2379]
    caFile: /etc/kubernetes/pki/etcd/ca.crt
    certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
    keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key
---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts:
  - {name: m0, address: 10.0.0.10, roles: [control-plane]}
  - {name: m1, address: 10.0.0.11, roles: [control-plane]}
  - {name: e0, address: 10.0.2.21, roles: [etcd]}
  - {name: e1, address: 10.0.2.22, roles: [etcd]}
  - {name: w0, address: 10.0.3.31, roles: [worker]}
";
    fs::write(place.join("cluster.yaml"), file).expect("our own file");
    let file = ["-f", "cluster.yaml"];
    let made = run(place.gen_command(&file).args(["--out", "out"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let good = verify(&place, &[&file[..], &["out", "--strict"]].concat());
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    // A worker as kubeadm join leaves it, and keys where nothing signs.
    fs::create_dir_all(place.join("out/w0/etc/kubernetes/pki")).expect("new");
    copy(&place, "out/m0", "out/w0", &["pki/ca.crt"]);
    for host in ["e0", "e1"] {
        let to = format!("out/{host}/etc/kubernetes/pki/etcd/ca.key");
        fs::copy(place.join("out/shared/etcd/ca.key"), place.join(&to)).expect("made before");
    }
    fs::remove_file(place.join("out/m1/etc/kubernetes/pki/front-proxy-ca.key"))
        .expect("made before");
    let output = verify(&place, &[&file[..], &["out"]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("verify-fleet-roles.txt", &place.plain(&output.stdout));
}

/// Every command of every finding.
fn commands(output: &Output) -> Vec<String> {
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let hosts = report["hosts"].as_array().expect("a list");
    let findings = hosts.iter().flat_map(|host| host["findings"].as_array());
    let commands = findings
        .flatten()
        .flat_map(|finding| finding["commands"].as_array());
    let commands = commands.flatten().filter_map(Value::as_str);
    commands.map(str::to_owned).collect()
}

#[test]
fn commands_fit_a_certificates_directory_of_another_name() {
    let place = Place::new();
    place.made("10.0.0.10");
    fs::rename(place.join("k/pki"), place.join("my certs")).expect("renamed");
    fs::remove_file(place.join("my certs/sa.pub")).expect("removed");
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(place.join("my certs/apiserver.key"), open).expect("our own file");
    let told = ["my certs", "--host", "m0=10.0.0.10,extra.example.org"];
    let flags = ["--service-cidr", "10.96.0.0/12", "-o", "json"];
    let output = verify(&place, &[&told[..], &flags].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let commands = commands(&output);
    for command in [
        "kpki copy --from FROM --to './my certs'",
        "chmod 600 'my certs/apiserver.key'",
        "kpki gen --only apiserver --reissue --host m0=10.0.0.10,extra.example.org --service-cidr 10.96.0.0/12 --key-algorithm ECDSA-P256 --cert-dir 'my certs'",
    ] {
        assert!(
            commands.iter().any(|found| found == command),
            "{commands:#?}"
        );
    }
}
