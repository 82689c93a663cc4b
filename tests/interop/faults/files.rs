//! Files that etcd cannot read, or that do not belong together.

use std::fs;

use super::running::Running;
use super::words::Words;

#[test]
fn key_of_another_certificate() {
    let lab = lab!(1);
    lab.take(&lab.other(), "m0", &["etcd/server.key"]);
    let finding = lab.finds("error", "key-mismatch", "pki/etcd/server.key");
    let words = finding.quotes("tls: private key does not match public key");
    Running::start(&lab).assert_does_not_start(&words);
}

#[test]
fn encrypted_key() {
    for (subcommand, arguments) in [
        ("ec", &["-aes256", "-passout", "pass:secret"][..]),
        ("pkcs8", &["-topk8", "-passout", "pass:secret"]),
    ] {
        let lab = lab!(1);
        lab.convert("m0", "etcd/server.key", subcommand, arguments);
        let finding = lab.finds("error", "key-encrypted", "pki/etcd/server.key");
        let words = finding.quotes("tls: failed to parse private key");
        Running::start(&lab).assert_does_not_start(&words);
    }
}

#[test]
fn server_in_der() {
    let lab = lab!(1);
    lab.convert("m0", "etcd/server.crt", "x509", &["-outform", "DER"]);
    let finding = lab.finds("error", "not-pem", "pki/etcd/server.crt");
    let words = finding.quotes("tls: failed to find any PEM data in certificate input");
    Running::start(&lab).assert_does_not_start(&words);
}

#[test]
fn server_that_was_cut_off() {
    let lab = lab!(1);
    let path = lab.path("m0", "etcd/server.crt");
    let text = fs::read(&path).expect("a certificate");
    fs::write(&path, &text[..300]).expect("written");
    let finding = lab.finds("error", "broken-pem", "pki/etcd/server.crt");
    let words = finding.quotes("tls: failed to find any PEM data");
    Running::start(&lab).assert_does_not_start(&words);
}

#[test]
fn empty_server() {
    let lab = lab!(1);
    fs::write(lab.path("m0", "etcd/server.crt"), "").expect("written");
    let finding = lab.finds("error", "empty", "pki/etcd/server.crt");
    let words = finding.quotes("tls: failed to find any PEM data in certificate input");
    Running::start(&lab).assert_does_not_start(&words);
}

#[test]
fn certificate_in_the_place_of_its_key() {
    let lab = lab!(1);
    let certificate = fs::read(lab.path("m0", "etcd/server.crt")).expect("a certificate");
    fs::write(lab.path("m0", "etcd/server.key"), certificate).expect("written");
    let finding = lab.finds("error", "wrong-block", "pki/etcd/server.key");
    let words =
        finding.quotes("found a certificate rather than a key in the PEM for the private key");
    Running::start(&lab).assert_does_not_start(&words);
}

#[test]
fn request_in_the_place_of_its_certificate() {
    let lab = lab!(1);
    let key = lab.path("m0", "etcd/server.key");
    let arguments = ["-x509toreq", "-signkey", key.to_str().expect("UTF-8")];
    lab.convert("m0", "etcd/server.crt", "x509", &arguments);
    let finding = lab.finds("error", "wrong-block", "pki/etcd/server.crt");
    let words =
        finding.quotes("tls: failed to find \"CERTIFICATE\" PEM block in certificate input");
    Running::start(&lab).assert_does_not_start(&words);
}

/// Of a key of the same kind: else Go says that the type does not match.
#[test]
fn chain_that_does_not_begin_with_its_leaf() {
    let lab = lab!(1);
    let path = lab.path("m0", "etcd/server.crt");
    let chain = ["etcd/peer.crt", "etcd/server.crt"]
        .map(|file| fs::read_to_string(lab.path("m0", file)).expect("a certificate"));
    fs::write(path, chain.concat()).expect("written");
    let finding = lab.finds("error", "chain-order", "pki/etcd/server.crt");
    let words = finding.quotes("tls: private key does not match public key");
    Running::start(&lab).assert_does_not_start(&words);
}

/// etcd passes over what it cannot read in a file of CAs, and trusts nobody.
#[test]
fn ca_in_der() {
    let lab = lab!(1);
    lab.convert("m0", "etcd/ca.crt", "x509", &["-outform", "DER"]);
    lab.finds("error", "not-pem", "pki/etcd/ca.crt");
    let words = Words("x509: certificate signed by unknown authority");
    let mut etcd = Running::start(&lab);
    etcd.assert_refused_by_the_client(&words);
    etcd.assert_refuses_the_client(&words);
}

#[test]
fn missing_ca() {
    let lab = lab!(1);
    fs::remove_file(lab.path("m0", "etcd/ca.crt")).expect("removed");
    let finding = lab.finds("error", "file-missing", "pki/etcd/ca.crt");
    let words = finding.quotes("no such file or directory");
    Running::start(&lab).assert_does_not_start(&words);
}
