//! `kpki verify` of hosts with etcd as a service and keepalived, as the guides to
//! kubeadm 1.10 set them up.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::common::{Output, fixture, run};
use crate::golden::golden;
use crate::setup::{NOW, Place};

/// In every file that has a password.
pub(crate) const PASSWORD: &str = "4be37dc3b4c90194d1600c483e10ad1d";

const CLUSTER: &str = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
controlPlaneEndpoint: 10.0.0.100:6443
etcd:
  external:
    endpoints: [https://10.0.0.10:2379, https://10.0.0.11:2379, https://10.0.0.12:2379]
    caFile: /etc/kubernetes/pki/etcd/ca.crt
    certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
    keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key
---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts:
- {name: m0, address: 10.0.0.10, roles: [control-plane, etcd]}
- {name: m1, address: 10.0.0.11, roles: [control-plane, etcd]}
- {name: m2, address: 10.0.0.12, roles: [control-plane, etcd]}
";

/// Three hosts of the guide.
pub(crate) fn guides() -> Place {
    let place = Place::new();
    fs::write(place.join("cluster.yaml"), CLUSTER).expect("written");
    let made = run(place
        .gen_command(&["-f", "cluster.yaml"])
        .args(["--out", "out"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    for (number, priority) in [(0, 101), (1, 100), (2, 100)] {
        let state = if number == 0 { "MASTER" } else { "BACKUP" };
        for (name, path, mode) in [
            ("etcd.env", "etcd.env", 0o644),
            ("etcd.service", "systemd/system/etcd.service", 0o644),
            ("keepalived.conf", "keepalived/keepalived.conf", 0o644),
            ("check_apiserver.sh", "keepalived/check_apiserver.sh", 0o755),
        ] {
            let text = fs::read_to_string(fixture("verify/guide").join(name)).expect("a fixture");
            let text = text
                .replace("@NAME@", &format!("m{number}"))
                .replace("@ADDRESS@", &format!("10.0.0.1{number}"))
                .replace("@STATE@", state)
                .replace("@PRIORITY@", &priority.to_string());
            let to = place.join(&format!("out/m{number}/etc/{path}"));
            fs::create_dir_all(to.parent().expect("below")).expect("our own directory");
            fs::write(&to, text).expect("written");
            fs::set_permissions(&to, fs::Permissions::from_mode(mode)).expect("changed");
        }
    }
    place
}

fn verify(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["verify", "--now", NOW]);
    let output = run(command.args(arguments));
    assert!(!output.stdout.contains(&PASSWORD[..8]), "{output:?}");
    output
}

pub(crate) fn change(place: &Place, path: &str, from: &str, to: &str) {
    let path = place.join(path);
    let text = fs::read_to_string(&path).expect("made before");
    assert!(text.contains(from), "{from}");
    fs::write(&path, text.replace(from, to)).expect("written");
}

/// `rule file` of every finding of the hosts, then of those between them.
fn found(place: &Place, arguments: &[&str]) -> Vec<String> {
    let output = verify(place, &[arguments, &["-o", "json"]].concat());
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let hosts = report["hosts"].as_array().into_iter().flatten();
    let own = hosts.flat_map(|host| host["findings"].as_array().into_iter().flatten());
    let between = report["between"].as_array().into_iter().flatten();
    let shown = |finding: &Value| {
        let text = |field: &str| finding[field].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("rule"), text("file"))
    };
    own.chain(between).map(shown).collect()
}

#[test]
fn the_guides_set_up() {
    let place = guides();
    let output = verify(&place, &["out/m0"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("verify-services.txt", &place.plain(&output.stdout));
    // The sed of the remedies does what it says.
    for command in output.stdout.lines().filter(|line| line.contains("sed ")) {
        let mut shell = std::process::Command::new("sh");
        let done = run(shell
            .arg("-c")
            .arg(command.trim())
            .current_dir(place.path()));
        assert_eq!(done.status.code(), Some(0), "{command}: {done:?}");
    }
    let mended = found(&place, &["out/m0"]);
    assert_eq!(
        mended,
        [
            "keepalived-check-status /etc/keepalived/check_apiserver.sh",
            "keepalived-check-address /etc/keepalived/check_apiserver.sh",
            "keepalived-auth-pass /etc/keepalived/keepalived.conf",
            "etcd-peer-any-client /etc/systemd/system/etcd.service",
        ]
    );
}

#[test]
fn hosts_of_the_guide_against_each_other() {
    let place = guides();
    let unit = "out/m2/etc/systemd/system/etcd.service";
    change(&place, unit, ",m2=https://10.0.0.12:2380", "");
    change(
        &place,
        "out/m1/etc/keepalived/keepalived.conf",
        PASSWORD,
        "another",
    );
    let found = found(&place, &["-f", "cluster.yaml", "out"]);
    let between = [
        "keepalived-priority /etc/keepalived/keepalived.conf",
        "keepalived-differs /etc/keepalived/keepalived.conf",
        "etcd-members-differ /etc/systemd/system/etcd.service",
    ];
    for wanted in between {
        assert!(found.iter().any(|it| it == wanted), "{wanted}: {found:?}");
    }
}

/// Runs every sed of the findings about a file, as it is printed; how many there were.
fn run_edits(place: &Place, file: &str) -> usize {
    let output = verify(place, &["out/m0", "-o", "json"]);
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let findings = report["hosts"][0]["findings"].as_array().expect("a list");
    let about = findings.iter().filter(|finding| finding["file"] == file);
    let commands = about.flat_map(|finding| finding["commands"].as_array().expect("a list"));
    let commands = commands.filter_map(Value::as_str);
    let edits: Vec<_> = commands.filter(|it| it.contains("sed ")).collect();
    for edit in &edits {
        let mut shell = std::process::Command::new("sh");
        let done = run(shell.args(["-c", edit]).current_dir(place.path()));
        assert_eq!(done.status.code(), Some(0), "{edit}: {done:?}");
    }
    edits.len()
}

/// Whatever stands in the unit, an edit changes what it says and nothing else.
#[test]
fn edits_of_a_unit_do_what_they_say() {
    const UNIT: &str = "/etc/systemd/system/etcd.service";
    let place = guides();
    let path = format!("out/m0{UNIT}");
    // Without what the guide has wrong.
    change(&place, &path, "Conflicts=etcd.service\n", "");
    let right = fs::read_to_string(place.join(&path)).expect("made before");
    let token = "--initial-cluster-token my-etcd-token";
    let last = "--initial-cluster-state new";
    for (from, to, mended, edits) in [
        // A truth value as a word of its own.
        (
            "--client-cert-auth --trusted",
            "--client-cert-auth true --trusted",
            Some("--client-cert-auth=true --trusted"),
            1,
        ),
        // A list with a blank in it.
        (
            ",m1=https://10.0.0.11:2380",
            ", m1=https://10.0.0.11:2380",
            Some(",m1=https://10.0.0.11:2380"),
            1,
        ),
        // A setting in the command, with a comment between.
        (
            last,
            "--initial-cluster-state new \\\n# restarts\nRestartSec=5",
            Some("--initial-cluster-state new\n# restarts\nRestartSec=5"),
            1,
        ),
        // The unit's own name beside one that ends alike.
        (
            "Conflicts=etcd2.service",
            "Conflicts=my-etcd.service etcd.service",
            Some("Conflicts=my-etcd.service"),
            1,
        ),
        (
            "Conflicts=etcd2.service",
            "Conflicts=etcd.service my-etcd.service",
            Some("Conflicts=my-etcd.service"),
            1,
        ),
        (
            "Conflicts=etcd2.service",
            "Conflicts = etcd.service",
            Some(""),
            1,
        ),
        // What has a meaning for sed or a shell is left to whoever wrote it.
        (token, r"my-etcd-token&x", None, 0),
        (token, r"'it|s' \\x", None, 0),
        (token, r#""$(id)" `id`"#, None, 0),
        (
            "--client-cert-auth --trusted",
            "--client-cert-auth a/b&c --trusted",
            None,
            0,
        ),
    ] {
        let changed = right.replacen(from, to, 1);
        assert_ne!(changed, right, "{from}");
        fs::write(place.join(&path), &changed).expect("written");
        assert_eq!(run_edits(&place, UNIT), edits, "{to}");
        let found = fs::read_to_string(place.join(&path)).expect("written");
        let wanted = mended.map_or(changed, |mended| right.replacen(from, mended, 1));
        assert_eq!(found, wanted, "{to}");
    }
}

/// Files that lie elsewhere than the guide has them.
#[test]
fn drop_ins_environments_and_links_are_followed() {
    let place = guides();
    let system = place.join("out/m0/etc/systemd/system");
    fs::create_dir(system.join("etcd.service.d")).expect("a directory");
    let drop_in = "[Service]\nEnvironmentFile=/srv/more.env\n";
    fs::write(system.join("etcd.service.d/10-more.conf"), drop_in).expect("written");
    let missing = "etcd-unit-variable /srv/more.env";
    assert!(found(&place, &["out/m0"]).contains(&missing.to_owned()));
    fs::create_dir(place.join("out/m0/srv")).expect("a directory");
    fs::write(place.join("out/m0/srv/more.env"), "ETCD_NAME=m0\n").expect("written");
    let both = "etcd-flag-and-variable /srv/more.env";
    assert!(found(&place, &["out/m0"]).contains(&both.to_owned()));
    // Enabled by a link to where a package has it.
    fs::remove_dir_all(system.join("etcd.service.d")).expect("removed");
    let packaged = place.join("out/m0/usr/lib/systemd/system");
    fs::create_dir_all(&packaged).expect("a directory");
    fs::rename(system.join("etcd.service"), packaged.join("etcd.service")).expect("moved");
    let conflict = "etcd-unit-conflict /usr/lib/systemd/system/etcd.service";
    assert!(found(&place, &["out/m0"]).contains(&conflict.to_owned()));
}

#[test]
fn an_environment_that_nobody_may_read_is_listed() {
    let place = guides();
    let directory = place.join("out/m0/etc/etcd.env");
    fs::remove_file(&directory).expect("made before");
    fs::create_dir(&directory).expect("a directory");
    let output = verify(&place, &["out/m0"]);
    assert!(
        output.stdout.contains("'/etc/etcd.env'"),
        "{}",
        output.stdout
    );
    assert!(
        !output.stdout.contains("etcd-unit-variable"),
        "{}",
        output.stdout
    );
}

/// A cluster as init, gen and render leave it, with a worker.
fn rendered() -> Place {
    let place = Place::new();
    let made = run(place.command(&["init", "--out", "cluster.yaml"]).args([
        "--host",
        "m0=10.0.0.10",
        "--host",
        "m1=10.0.0.11",
        "--host",
        "m2=10.0.0.12",
        "--worker",
        "w0=10.0.0.20",
        "--virtual-ip",
        "10.0.0.100",
        "--interface",
        "eth0",
        "--etcd",
        "external",
    ]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let made = run(place
        .gen_command(&["-f", "cluster.yaml"])
        .args(["--out", "out", "--render"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    place
}

/// What `out/*` is to a shell.
const EVERYTHING: [&str; 6] = [
    "out/RUNBOOK.md",
    "out/m0",
    "out/m1",
    "out/m2",
    "out/shared",
    "out/w0",
];

#[test]
fn workers_that_have_a_file_for_kubeadm_join_are_read() {
    let place = rendered();
    let described = [&["-f", "cluster.yaml"], &EVERYTHING[..]].concat();
    for arguments in [
        &described[..],
        &["-f", "cluster.yaml", "out"],
        &EVERYTHING,
        &["out/w0"],
        &["out/w0/etc/kubernetes"],
        &["-f", "cluster.yaml", "out/w0"],
    ] {
        let output = verify(&place, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {output:?}");
    }
    let report = run(place
        .command(&["report", "--now", NOW, "--out", "report.html"])
        .args(EVERYTHING));
    assert_eq!(report.status.code(), Some(0), "{report:?}");
    let join = "out/w0/etc/kubernetes/kubeadm-join.yaml";
    change(&place, join, "10.0.0.100:6443", "10.0.0.200:6443");
    let wanted = "kubeadm-config-endpoint kubeadm-join.yaml".to_owned();
    for arguments in [&described[..], &EVERYTHING] {
        assert_eq!(found(&place, arguments), std::slice::from_ref(&wanted));
    }
    let alone = verify(&place, &["-f", "cluster.yaml", "out/w0"]);
    golden("verify-worker.txt", &place.plain(&alone.stdout));
}

/// Of a cluster of one host `shared` is the home of the CAs, and the host is beside it.
#[test]
fn shared_of_a_cluster_of_one_host_is_in_order() {
    let place = Place::new();
    let made = run(place.command(&["init", "--out", "cluster.yaml"]).args([
        "--host",
        "m0=10.0.0.10",
        "--control-plane-endpoint",
        "10.0.0.10",
    ]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let made = run(place
        .gen_command(&["-f", "cluster.yaml"])
        .args(["--out", "out", "--render"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    for arguments in [
        &["-f", "cluster.yaml", "out/shared"][..],
        &["-f", "cluster.yaml", "out"],
        &["-f", "cluster.yaml", "out/m0", "out/shared"],
        &["-f", "cluster.yaml", "out/m0"],
        &["out/shared"],
        &["out/m0"],
    ] {
        let output = verify(&place, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {output:?}");
        assert!(
            output.stdout.contains("0 errors, 0 warnings"),
            "{arguments:?} {output:?}"
        );
    }
}

/// Addresses that are wrong alike on all hosts, which comparing them does not show.
#[test]
fn what_is_wrong_alike_on_all_hosts_is_found() {
    let place = rendered();
    let environment = |host: &str| format!("out/{host}/etc/etcd.env");
    change(&place, &environment("m1"), "IP=10.0.0.11", "IP=10.0.0.99");
    for host in ["m0", "m1", "m2"] {
        let path = environment(host);
        change(
            &place,
            &path,
            "m1=https://10.0.0.11",
            "m1=https://10.0.0.99",
        );
    }
    let output = verify(&place, &["-f", "cluster.yaml", "out"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("verify-members.txt", &place.plain(&output.stdout));
}

/// A file that is gone from one host, with the description and without.
#[test]
fn a_file_of_the_set_up_that_is_gone() {
    let place = rendered();
    fs::remove_file(place.join("out/m2/etc/systemd/system/etcd.service")).expect("made before");
    let wanted = "set-up-file-missing /etc/systemd/system/etcd.service".to_owned();
    let hosts = ["out/m0", "out/m1", "out/m2"];
    let described = [&["-f", "cluster.yaml"], &hosts[..]].concat();
    for (arguments, status) in [(&described[..], 1), (&hosts, 0)] {
        assert_eq!(found(&place, arguments), std::slice::from_ref(&wanted));
        let output = verify(&place, arguments);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
    }
}
