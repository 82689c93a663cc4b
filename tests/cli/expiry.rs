//! `kpki expiry`: when the certificates of good and of broken trees end.

mod kubeadm;
mod textfile;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::Value;

use crate::common::{Output, fixture, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

/// An hour after the trees were made, when kubeadm says 364 days of a year.
const LATER: &str = "2026-11-22T20:15:00Z";

fn expiry(place: &Place, now: &str, arguments: &[&str]) -> Output {
    let mut command = place.command(&["expiry", "--now", now]);
    let output = run(command.args(arguments));
    assert_no_secrets(&output);
    output
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).expect("one JSON document")
}

#[test]
fn a_good_tree() {
    let place = Place::new();
    place.made("10.0.0.10");
    for directory in ["k", "k/pki"] {
        let output = expiry(&place, LATER, &[directory]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stderr, "");
        golden("expiry-good.txt", &output.stdout);
    }
}

#[test]
fn exit_status_tells_what_ends() {
    let place = Place::new();
    place.made("10.0.0.10");
    let day_364 = "2027-11-21T20:15:00Z";
    for (now, arguments, status) in [
        (LATER, &[][..], 0),
        (LATER, &["--within", "363d"], 0),
        (LATER, &["--within", "1y"], 1),
        (LATER, &["--within", "20y"], 1),
        (day_364, &[], 0),
        (day_364, &["--within", "12h"], 0),
        (day_364, &["--within", "1d"], 1),
        ("2027-11-23T00:00:00Z", &[], 1),
        ("2027-11-23T00:00:00Z", &["--within", "0s"], 1),
    ] {
        let output = expiry(&place, now, &[&["k"], arguments].concat());
        assert_eq!(
            output.status.code(),
            Some(status),
            "{now} {arguments:?}: {output:?}"
        );
    }
    let wrong = place.refused(&mut place.command(&["expiry", "k", "--within", "30"]));
    assert!(
        wrong.contains("is not a length of time like 30d"),
        "{wrong}"
    );
}

/// A tree where nearly everything is wrong that this command looks at.
fn broken(place: &Place) {
    place.made("10.0.0.10");
    fs::remove_file(place.join("k/pki/etcd/peer.crt")).expect("removed");
    fs::remove_file(place.join("k/pki/ca.key")).expect("removed");
    fs::write(place.join("k/pki/front-proxy-client.crt"), "nonsense").expect("written");
    let ca = fs::read_to_string(place.join("k/pki/etcd/ca.crt")).expect("a CA");
    let leaf = fs::read_to_string(place.join("k/pki/etcd/server.crt")).expect("a leaf");
    fs::write(place.join("k/pki/extra.pem"), format!("{leaf}{ca}")).expect("written");
    fs::write(place.join("k/pki/apiserver.crt.old"), leaf).expect("written");
    symlink("nowhere", place.join("k/pki/gone.pem")).expect("a link");
    // What kubeadm leaves behind once the kubelet rotates its certificate.
    let kubelet = fs::read_to_string(place.join("k/kubelet.conf")).expect("a kubeconfig");
    let fields = kubelet
        .lines()
        .filter(|line| !line.contains("client-key-data"));
    let fields = fields.map(|line| match line.contains("client-certificate-data") {
        true => "    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem",
        false => line,
    });
    let kubelet = fields.collect::<Vec<_>>().join("\n");
    fs::write(place.join("k/kubelet.conf"), kubelet).expect("written");
    let other = run(&mut place.gen_command(&[
        "--host",
        "m9",
        "--ip",
        "10.0.0.19",
        "--cert-dir",
        "other/pki",
        "--now",
        "2025-11-25T00:00:00Z",
    ]));
    assert_eq!(other.status.code(), Some(0), "{other:?}");
    fs::copy(
        place.join("other/pki/apiserver.crt"),
        place.join("k/pki/m9.crt"),
    )
    .expect("copied");
}

#[test]
fn what_ends_what_is_missing_and_what_is_broken() {
    let place = Place::new();
    broken(&place);
    let output = expiry(&place, LATER, &["k"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    golden("expiry-faults.txt", &output.stdout);

    let later = expiry(&place, "2027-11-23T00:00:00Z", &["k", "-o", "json"]);
    assert_eq!(later.status.code(), Some(2), "{later:?}");
    let report = json(&later);
    assert_eq!(report["schema"], "kpki.expiry/v1");
    assert_eq!(report["withinSeconds"], 30 * 86_400);
    assert_eq!(
        (&report["missing"], &report["unreadable"]),
        (&1.into(), &2.into())
    );
    let rows = report["certificates"].as_array().expect("a list");
    let row = |name: &str| {
        let found = rows.iter().find(|row| row["name"] == name);
        found.unwrap_or_else(|| panic!("{name}: {}", later.stdout))
    };
    assert_eq!(rows[0]["name"], "pki/m9.crt");
    assert_eq!(row("pki/m9.crt")["state"], "expired");
    assert_eq!(row("pki/m9.crt")["authority"], Value::Null);
    assert_eq!(row("apiserver")["externallyManaged"], true);
    assert_eq!(row("apiserver")["notAfter"], "2027-11-22T19:15:00Z");
    assert_eq!(row("apiserver")["residualSeconds"], -(4 * 3600 + 45 * 60));
    assert_eq!(row("etcd-server")["externallyManaged"], false);
    assert_eq!(row("pki/extra.pem")["copyOf"], "etcd-server");
    assert_eq!(row("pki/extra.pem #2")["copyOf"], "etcd-ca");
    assert_eq!(row("etcd-peer")["state"], "missing");
    assert_eq!(row("front-proxy-client")["why"], "it has no PEM block");
    assert_eq!(row("pki/gone.pem")["state"], "unreadable");
    assert!(
        !later.stdout.contains("apiserver.crt.old"),
        "{}",
        later.stdout
    );
}

#[test]
fn several_hosts() {
    let place = Place::new();
    let hosts = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
    let made = run(place.gen_command(&hosts).args(["--out", "out"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let output = expiry(&place, LATER, &["out/m0", "out/m1/etc/kubernetes/pki"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("expiry-hosts.txt", &output.stdout);
    let twice = expiry(&place, LATER, &["out/m0", "out/m0", "-o", "json"]);
    let once = expiry(&place, LATER, &["out/m0", "-o", "json"]);
    assert_eq!(twice.stdout, once.stdout);
    let shared = expiry(&place, LATER, &["out/shared", "-o", "json"]);
    let report = json(&shared);
    let names: Vec<_> = report["certificates"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(names.len(), 3, "{}", shared.stdout);
}

#[test]
fn nothing_to_list_is_no_success() {
    let place = Place::new();
    fs::create_dir(place.join("empty")).expect("new");
    place.made("10.0.0.10");
    for directories in [&["empty"][..], &["none"]] {
        let command = [&["expiry"], directories].concat();
        let said = place.refused(&mut place.command(&command));
        assert!(said.contains("hint: "), "{said}");
    }
}

#[test]
fn a_directory_that_is_gone_hides_nothing_of_the_others() {
    let place = Place::new();
    place.made("10.0.0.10");
    fs::create_dir(place.join("empty")).expect("new");
    let three = ["none", "k", "empty"];
    let output = expiry(&place, LATER, &three);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    golden("expiry-not-read.txt", &output.stdout);

    let output = expiry(&place, LATER, &[&three[..], &["-o", "json"]].concat());
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let report = json(&output);
    assert_eq!(report["unreadable"], 2);
    assert_eq!(report["certificates"][0]["host"], "k");
    let hosts = [0, 1].map(|at| report["notRead"][at]["host"].clone());
    assert_eq!(hosts, ["none", "empty"]);

    let both = expiry(&place, LATER, &["none", "empty"]);
    assert_eq!(both.status.code(), Some(2), "{both:?}");
    assert!(both.stdout.starts_with("error: none: "), "{both:?}");
}
