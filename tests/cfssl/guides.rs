//! The guides of `tests/guides`, with the real programs and with kpki: the files
//! describe the same, and OpenSSL verifies them all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::common::difference::differences;
use crate::common::program::installed;
use crate::describe::first_block;
use crate::improvements::without_alt_names;
use crate::normal::normal;
use crate::openssl;
use crate::outcome::{each_validity, files};
use crate::place::{Place, Tools};
use crate::stderr;

/// What kpki does better on purpose: guide, file, and why its names are left out.
const WITHOUT_ALT_NAMES: &[(&str, &str, &str)] = &[
    ("coreos-etcd.sh", "client.pem", r#"hosts [""] is no name"#),
    ("coreos-etcd.sh", "client.csr", r#"hosts [""] is no name"#),
];

#[test]
fn kubeadm_ha_etcd() {
    check("kubeadm-ha-etcd.sh", "ca.pem");
}

#[test]
fn the_hard_way() {
    check("the-hard-way.sh", "ca.pem");
}

#[test]
fn coreos_etcd() {
    check("coreos-etcd.sh", "ca.pem");
}

#[test]
fn etcd_fixtures() {
    check("etcd-fixtures.sh", "ca.crt");
}

#[test]
fn nixos_initca() {
    check("nixos-initca.sh", "ca.pem");
}

#[test]
fn kubernetes_io_manage_tls() {
    check("kubernetes-io-manage-tls.sh", "ca.pem");
}

#[test]
fn every_guide_has_its_test() {
    let this = include_str!("guides.rs");
    for entry in fs::read_dir(folder()).expect("the guides") {
        let name = entry.expect("the guides").file_name();
        let name = name.to_str().expect("a name in UTF-8");
        assert!(
            this.contains(&format!("check({name:?}")),
            "{name} has no test"
        );
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guides")
}

fn check(guide: &str, ca: &str) {
    let Some(real) = Tools::real().filter(|_| installed(&["openssl"])) else {
        return;
    };
    let (mut expected, expected_stderr) = follow(guide, &real, ca);
    let ours = Tools::under_test();
    let (actual, actual_stderr) = follow(guide, &ours, ca);
    let improved = WITHOUT_ALT_NAMES.iter();
    for (_, file, _) in improved.filter(|(of, ..)| *of == guide && ours == Tools::Kpki) {
        without_alt_names(&mut expected[*file]["describe"]);
    }
    let found = differences(&Value::Object(expected), &Value::Object(actual));
    assert!(found.is_empty(), "{guide}:\n  {}", found.join("\n  "));
    let stderr = stderr::recorded_and_warnings(&expected_stderr, &actual_stderr);
    assert_eq!(stderr, Ok(()), "{guide}: {actual_stderr}");
}

/// Runs a guide; returns its files, described, and its standard error.
fn follow(guide: &str, tools: &Tools, ca: &str) -> (Map<String, Value>, String) {
    let place = Place::new(tools);
    let output = place.run_file(&folder().join(guide));
    assert!(
        output.status.success(),
        "{guide} with {tools:?}: {}",
        output.stderr
    );
    let issuer = first_block(&place.read(ca)).expect("a certificate");
    let mut files = files(&place.path(), &BTreeMap::new(), Some(&issuer));
    openssl::judge(&place.path(), &files, ca);
    for file in files.values_mut() {
        each_validity(file, &mut |validity| {
            for moment in ["not_before_utc", "not_after_utc", "not_before_timestamp"] {
                validity.remove(moment);
            }
        });
    }
    name_revoked(&place.path(), &mut files);
    (files, normal(&output.stderr))
}

/// Puts the certificates' files in the place of the serial numbers of revoked ones.
fn name_revoked(folder: &Path, files: &mut Map<String, Value>) {
    let of_kind = |kind: &str| {
        let files = files
            .iter()
            .filter(|(_, file)| file["describe"]["kind"] == kind);
        files.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let (certificates, lists) = (of_kind("certificate"), of_kind("crl"));
    for list in lists {
        let revoked = &mut files[&list]["describe"]["revoked_serials_hex"];
        for serial in revoked.as_array_mut().expect("a list") {
            let digits = serial
                .as_str()
                .expect("digits")
                .trim_start_matches('0')
                .to_owned();
            let mut certificates = certificates.iter();
            let file = certificates.find(|file| openssl::serial(folder, file) == digits);
            *serial = json!(file.unwrap_or_else(|| panic!("{list}: {digits} is of no file")));
        }
    }
}
