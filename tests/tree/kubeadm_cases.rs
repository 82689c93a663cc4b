//! What `kpki gen` makes of kubeadm's configurations is what kubeadm makes.
//!
//! Allowed differences: a leaf may begin at its CA's notBefore, as kubeadm
//! v1.20.2 did, or later ("equal or after"); under a CA that is 30 days old the
//! validity, counted from one or the other, is not compared.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::common::describe::{describe, describe_with_fingerprints};
use crate::common::difference::{differences, remove_members};
use crate::common::{fixture, fixture_json, kpki, run};

/// The file names of a case: configuration and description.
const V1_20: (&str, &str) = ("kubeadm.yaml", "expected.json");
const V1_36: (&str, &str) = ("kubeadm-v1beta4.yaml", "expected-v1.36.json");

const FINGERPRINTS: &[&str] = &["sha256", "spki_sha256"];
const CLUSTER_CA: &[&str] = &["ca.crt", "ca.key"];
const ETCD_CA: &[&str] = &["etcd/ca.crt", "etcd/ca.key"];
const SA: &[&str] = &["sa.key", "sa.pub"];
const FRONT_PROXY_CA: &[&str] = &["front-proxy-ca.crt", "front-proxy-ca.key"];

/// The certificates of a host that runs nothing but etcd.
const ETCD_HOST: &[&str] = &[
    "--only",
    "etcd-ca,etcd-server,etcd-peer,etcd-healthcheck-client,apiserver-etcd-client",
];

/// One test for each case that needs nothing made before, in both versions.
macro_rules! cases {
    ($($name:ident: $case:literal,)*) => {
        $(mod $name {
            #[test]
            fn as_kubeadm_1_20() {
                super::check($case, super::V1_20);
            }

            #[test]
            fn as_kubeadm_1_36() {
                super::check($case, super::V1_36);
            }
        })*
    };
}

cases! {
    stacked_default: "01-stacked-default",
    external_etcd_ha: "02-external-etcd-ha",
    control_plane_endpoint_with_port: "03-cpe-dns-port",
    extra_sans: "04-extra-sans",
    dual_stack: "05-dual-stack",
    ecdsa: "06-ecdsa",
    dns_domain: "07-dns-domain",
}

fn check(case: &str, version: (&str, &str)) {
    let tree = tempdir().expect("a temporary directory");
    generate(case, version, tree.path(), &[]);
    compare(case, version, tree.path(), &[]);
}

#[test]
fn own_ca() {
    let case = "09-own-ca";
    let tree = tempdir().expect("a temporary directory");
    make_own_ca(&tree.path().join("pki"));
    let before = fs::read(tree.path().join("pki/ca.crt")).expect("the CA just made");
    generate(case, V1_20, tree.path(), &[]);
    compare(
        case,
        V1_20,
        tree.path(),
        &["validity_days", "not_before_vs_issuer"],
    );
    let after = fs::read(tree.path().join("pki/ca.crt")).expect("the CA is still there");
    assert_eq!(before, after, "the user's own CA stays as it was");
}

#[test]
fn two_masters() {
    for version in [V1_20, V1_36] {
        let (first, second) = two_trees();
        generate("10-ha-two-masters/master1", version, first.path(), &[]);
        for shared in [CLUSTER_CA, SA, FRONT_PROXY_CA, ETCD_CA] {
            copy_shared(first.path(), second.path(), shared);
        }
        // The shared files are there already: this master joins, without kubelet.conf.
        generate("10-ha-two-masters/master2", version, second.path(), &[]);
        compare(
            "10-ha-two-masters/master1",
            version,
            first.path(),
            FINGERPRINTS,
        );
        compare(
            "10-ha-two-masters/master2",
            version,
            second.path(),
            FINGERPRINTS,
        );
        assert_shared(first.path(), second.path());
    }
}

#[test]
fn etcd_hosts() {
    for version in [V1_20, V1_36] {
        let first = tempdir().expect("a temporary directory");
        generate("11-etcd-hosts/infra0", version, first.path(), ETCD_HOST);
        compare("11-etcd-hosts/infra0", version, first.path(), FINGERPRINTS);
        for host in ["11-etcd-hosts/infra1", "11-etcd-hosts/infra2"] {
            let tree = tempdir().expect("a temporary directory");
            copy_shared(first.path(), tree.path(), ETCD_CA);
            generate(host, version, tree.path(), ETCD_HOST);
            compare(host, version, tree.path(), FINGERPRINTS);
        }
    }
}

fn generate(case: &str, (configuration, _): (&str, &str), tree: &Path, options: &[&str]) {
    let mut command = kpki();
    command
        .arg("gen")
        .arg("-f")
        .arg(fixture("kubeadm").join(case).join(configuration));
    command
        .arg("--cert-dir")
        .arg(tree.join("pki"))
        .arg("--kubeconfig-dir")
        .arg(tree);
    let output = run(command.args(options));
    assert!(
        output.status.success(),
        "{case}: {}{}",
        output.stdout,
        output.stderr
    );
}

/// Compares a tree with a case's description, without the members `ignored`.
fn compare(case: &str, (configuration, description): (&str, &str), tree: &Path, ignored: &[&str]) {
    let mut expected = fixture_json(&format!("kubeadm/{case}/{description}"));
    let mut actual = describe(tree);
    allow_later_start(&mut expected);
    // How the description came about says nothing of the tree.
    if let Some(members) = expected.as_object_mut() {
        members.remove("derived");
    }
    if case == EXTERNAL_ETCD {
        take_out_external_etcd(&mut actual);
    }
    remove_members(&mut expected, ignored);
    remove_members(&mut actual, ignored);
    let found = differences(&expected, &actual);
    assert!(
        found.is_empty(),
        "{case}/{configuration}:\n{}",
        found.join("\n")
    );
}

fn allow_later_start(expected: &mut Value) {
    match expected {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "not_before_vs_issuer" && value == "equal" {
                    *value = json!("equal or after");
                } else {
                    allow_later_start(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(allow_later_start),
        _ => {}
    }
}

const EXTERNAL_ETCD: &str = "02-external-etcd-ha";

/// kpki makes the certificates of an external etcd, which kubeadm leaves to the
/// user: they must be there, and are left out of the comparison.
fn take_out_external_etcd(description: &mut Value) {
    let client = [
        "pki/apiserver-etcd-client.crt",
        "pki/apiserver-etcd-client.key",
    ];
    let files = ["pki/etcd", "pki/etcd/ca.crt", "pki/etcd/ca.key"];
    for path in files.iter().chain(&client) {
        let file = description["files"]
            .as_object_mut()
            .and_then(|files| files.remove(*path));
        assert!(file.is_some(), "{path} is missing");
    }
    for (kind, path) in [
        ("certificates", "pki/etcd/ca.crt"),
        ("certificates", client[0]),
        ("private_keys", "pki/etcd/ca.key"),
        ("private_keys", client[1]),
    ] {
        let described = description[kind]
            .as_object_mut()
            .and_then(|all| all.remove(path));
        assert!(described.is_some(), "{path} is not described");
    }
}

/// The shared files of both masters have the same certificates and keys.
fn assert_shared(first: &Path, second: &Path) {
    let (first, second) = (
        describe_with_fingerprints(first),
        describe_with_fingerprints(second),
    );
    for pointer in [
        "/certificates/pki~1ca.crt/certificates/0/sha256",
        "/certificates/pki~1front-proxy-ca.crt/certificates/0/sha256",
        "/certificates/pki~1etcd~1ca.crt/certificates/0/sha256",
        "/private_keys/pki~1ca.key/blocks/0/spki_sha256",
        "/private_keys/pki~1front-proxy-ca.key/blocks/0/spki_sha256",
        "/private_keys/pki~1etcd~1ca.key/blocks/0/spki_sha256",
        "/private_keys/pki~1sa.key/blocks/0/spki_sha256",
        "/public_keys/pki~1sa.pub/spki_sha256",
    ] {
        let fingerprint = first.pointer(pointer);
        assert!(fingerprint.is_some(), "{pointer} is missing");
        assert_eq!(fingerprint, second.pointer(pointer), "{pointer}");
    }
}

fn two_trees() -> (TempDir, TempDir) {
    let tree = || tempdir().expect("a temporary directory");
    (tree(), tree())
}

/// Copies files of `pki/`, with their modes.
fn copy_shared(from: &Path, to: &Path, files: &[&str]) {
    for file in files {
        let (from, to) = (from.join("pki").join(file), to.join("pki").join(file));
        fs::create_dir_all(to.parent().expect("a path below pki")).expect("a folder");
        fs::copy(&from, &to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
}

/// A cluster CA as users bring it: 30 days old, of RSA with 3072 bits and
/// SHA-384, pathlen 0, UTF8String names, a PKCS#8 key. `openssl ca`, because
/// older versions of `openssl req` cannot set the first day.
fn make_own_ca(pki: &Path) {
    const SCRIPT: &str = r"
        set -e
        cat > ca.conf <<'END'
[req]
distinguished_name = name
string_mask = utf8only
[name]
[ca]
default_ca = own
[own]
database = index.txt
serial = serial.txt
new_certs_dir = .
default_md = sha384
policy = any
x509_extensions = extensions
[any]
organizationName = supplied
commonName = supplied
[extensions]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
END
        : > index.txt
        echo 4683714C1B9B829D07155EC4EA70272AE143E177 > serial.txt
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out ca.key
        openssl req -new -config ca.conf -key ca.key -out ca.csr \
            -subj '/O=Example Corp/CN=Example Kubernetes CA'
        start=$(date -u -d '30 days ago' +%Y%m%d%H%M%SZ)
        end=$(date -u -d '3650 days' +%Y%m%d%H%M%SZ)
        openssl ca -batch -selfsign -config ca.conf -keyfile ca.key -in ca.csr \
            -startdate $start -enddate $end -notext -preserveDN -out ca.crt
    ";
    let folder = tempdir().expect("a temporary directory");
    let output = run(Command::new("sh")
        .args(["-c", SCRIPT])
        .current_dir(folder.path()));
    assert!(output.status.success(), "{}", output.stderr);
    fs::create_dir_all(pki).expect("a folder");
    for (file, mode) in [("ca.crt", 0o644), ("ca.key", 0o600)] {
        let target = pki.join(file);
        fs::copy(folder.path().join(file), &target).expect("a file just made");
        fs::set_permissions(&target, Permissions::from_mode(mode)).expect("our own file");
    }
}
