//! Hosts whose etcd runs elsewhere: they have a client's files for it, which may be another
//! user's, and no key of its CA.

use std::fs;

use crate::lab::{Lab, is_root};
use crate::setup::{copy, files, has_stage, host_name, make_with, places};

/// The files of a client of etcd.
const KUBEADM: [&str; 3] = [
    "apiserver-etcd-client.crt",
    "apiserver-etcd-client.key",
    "etcd/ca.crt",
];

/// The same as cfssl names them, which the hosts of many clusters have.
const CFSSL: [&str; 3] = ["etcd/client.pem", "etcd/client-key.pem", "etcd/ca.pem"];

/// What cfssl is told, as the guides have it.
const DOCUMENTS: [(&str, &str); 3] = [
    (
        "ca-config.json",
        r#"{"signing":{"default":{"expiry":"43800h"},"profiles":{
  "server":{"expiry":"43800h","usages":["signing","key encipherment","server auth","client auth"]},
  "client":{"expiry":"43800h","usages":["signing","key encipherment","client auth"]},
  "peer":{"expiry":"43800h","usages":["signing","key encipherment","server auth","client auth"]}}}}"#,
    ),
    (
        "ca-csr.json",
        r#"{"CN":"etcd","key":{"algo":"ecdsa","size":256}}"#,
    ),
    (
        "client.json",
        r#"{"CN":"client","key":{"algo":"ecdsa","size":256}}"#,
    ),
];

#[test]
fn the_client_files_come_to_a_host_that_has_none() {
    let Some(lab) = Lab::new() else { return };
    let documents = lab.path("cfssl");
    fs::create_dir(&documents).expect("mkdir");
    for (name, text) in DOCUMENTS {
        fs::write(documents.join(name), text).expect("write");
    }
    let host = lab.host("m1");
    for (round, client) in [KUBEADM, CFSSL].iter().enumerate() {
        let mut arguments = vec!["--etcd", "external"];
        if round == 1 {
            arguments.extend(["--cfssl-dir", documents.to_str().expect("UTF-8")]);
        }
        let made = make_with(&["m1=10.0.0.11", "m2=10.0.0.12"], &arguments);
        let tree = made.path().join("m1/etc/kubernetes");
        for (from, own) in [(tree.as_path(), false), (made.path(), true)] {
            let (pki, above) = places(&host.path(&format!("{round}-{own}")));
            let mut arguments = vec!["--to".to_owned(), format!("m1=m1:{}", pki.display())];
            arguments.extend(["--host-name".to_owned(), format!("m1={}", host_name())]);
            arguments.extend(["--etcd".to_owned(), "external".to_owned()]);
            arguments.extend(own.then(|| "--with-host-certs".to_owned()));
            let assert_there = || {
                let (ours, theirs) = (files(&tree.join("pki")), files(&pki));
                for name in client {
                    assert_eq!(theirs.get(*name), ours.get(*name), "{round} {own}: {name}");
                }
                assert!(!pki.join("etcd/ca.key").exists());
                assert!(!has_stage(&above));
            };
            let first = copy(&lab, from, &arguments);
            assert_eq!((first.status, first.changed()), (0, true), "{first:?}");
            assert_there();
            let second = copy(&lab, from, &arguments);
            assert_eq!((second.status, second.changed()), (0, false), "{second:?}");

            // One of the two is gone, and the other one is the user's that runs etcd.
            fs::remove_file(pki.join(client[0])).expect("remove");
            if is_root() {
                std::os::unix::fs::chown(pki.join(client[1]), Some(4321), None).expect("root");
            }
            let third = copy(&lab, from, &arguments);
            assert_eq!((third.status, third.changed()), (0, true), "{third:?}");
            assert_there();
        }
    }
}
