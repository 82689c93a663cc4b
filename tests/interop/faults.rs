//! What `kpki verify` finds is what goes wrong: real members of etcd use the
//! broken tree, and say what the finding quotes.

/// A tree of so many hosts; where a program is not installed, the test ends.
macro_rules! lab {
    ($hosts:literal $(, $argument:expr)*) => {
        match crate::faults::lab::Lab::of_hosts($hosts, &[$($argument),*]) {
            Some(lab) => lab,
            None => return,
        }
    };
}

mod files;
mod lab;
mod running;
mod words;

use crate::tree::days_ago;
use lab::Content;
use running::Running;
use words::Words;

const SERVER: &str = "etcd/server";
const PEER: &str = "etcd/peer";
const CLIENT: &str = "apiserver-etcd-client";

/// What openssl and the lab do on their way to a fault is none.
#[test]
fn no_fault() {
    let lab = lab!(1);
    let names = &lab.names("m0");
    let content = Content {
        names,
        ..Content::default()
    };
    lab.sign("m0", SERVER, &content);
    let found: Vec<String> = lab.findings().into_iter().map(|one| one.message).collect();
    assert_eq!(found, [""; 0]);
    let mut etcd = Running::start(&lab);
    etcd.assert_works();
    assert!(etcd.gateway().contains("\"header\""));
    assert!(!etcd.log(0).contains("rejected"), "{}", etcd.log(0));
}

#[test]
fn server_without_the_address_that_clients_dial() {
    let lab = lab!(1);
    let content = Content {
        names: "DNS:m0,DNS:localhost,IP:127.0.0.1,IP:::1",
        ..Content::default()
    };
    lab.sign("m0", SERVER, &content);
    let finding = lab.finds("error", "san-missing", "pki/etcd/server.crt");
    let words = finding.quotes("x509: certificate is valid for ..., not ...");
    Running::start(&lab).assert_refused_by_the_client(&words);
}

/// The reason quotes what clients say that dial a name; these dial an address.
#[test]
fn server_without_names() {
    let lab = lab!(1);
    lab.sign("m0", SERVER, &Content::default());
    lab.finds("error", "no-san", "pki/etcd/server.crt");
    let words =
        Words("x509: cannot validate certificate for ... because it doesn't contain any IP SANs");
    Running::start(&lab).assert_refused_by_the_client(&words);
}

#[test]
fn peer_without_the_address_of_its_member() {
    let lab = lab!(2);
    let content = Content {
        names: "IP:192.0.2.1",
        ..Content::default()
    };
    lab.sign("m1", PEER, &content);
    let finding = lab.finds("error", "san-missing", "pki/etcd/peer.crt");
    let words = finding.quotes("x509: certificate is valid for ..., not ...");
    let mut etcd = Running::start(&lab);
    etcd.wait_for(0, &words);
    etcd.assert_has_no_leader();
}

#[test]
fn client_of_another_ca() {
    let lab = lab!(1);
    let content = Content {
        authority: "ca",
        purposes: "clientAuth",
        ..Content::default()
    };
    lab.sign("m0", CLIENT, &content);
    let finding = lab.finds("error", "wrong-ca", "pki/apiserver-etcd-client.crt");
    let words = finding.quotes("x509: certificate signed by unknown authority");
    Running::start(&lab).assert_refuses_the_client(&words);
}

#[test]
fn server_of_another_ca() {
    let lab = lab!(1);
    let names = &lab.names("m0");
    let content = Content {
        authority: "ca",
        names,
        ..Content::default()
    };
    lab.sign("m0", SERVER, &content);
    let finding = lab.finds("error", "wrong-ca", "pki/etcd/server.crt");
    let words = finding.quotes("x509: certificate signed by unknown authority");
    let mut etcd = Running::start(&lab);
    etcd.assert_refused_by_the_client(&words);
    // And what etcd makes of it.
    etcd.wait_for(0, &finding.quotes("remote error: tls: bad certificate"));
}

#[test]
fn client_of_another_ca_of_the_same_name() {
    let lab = lab!(1);
    let other = lab.other();
    lab.take(
        &other,
        "m0",
        &["apiserver-etcd-client.crt", "apiserver-etcd-client.key"],
    );
    let finding = lab.finds(
        "error",
        "other-ca-same-name",
        "pki/apiserver-etcd-client.crt",
    );
    let words = finding.quotes(
        "x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: \
         verification error\" while trying to verify candidate authority certificate \"",
    );
    Running::start(&lab).assert_refuses_the_client(&words);
}

#[test]
fn members_of_two_cas() {
    let lab = lab!(2);
    let other = lab.other();
    for name in ["ca", "server", "peer", "healthcheck-client"] {
        let [certificate, key] = ["crt", "key"].map(|end| format!("etcd/{name}.{end}"));
        lab.take(&other, "m1", &[&certificate, &key]);
    }
    let client = ["crt", "key"].map(|end| format!("{CLIENT}.{end}"));
    lab.take(&other, "m1", &[&client[0], &client[1]]);
    let finding = lab.finds("error", "etcd-ca-differs", "pki/etcd/ca.crt");
    let words = finding.quotes("rejected connection ... remote error: tls: bad certificate");
    let mut etcd = Running::start(&lab);
    etcd.wait_for(0, &words);
    etcd.wait_for(1, &words);
    etcd.assert_has_no_leader();
}

#[test]
fn peer_that_is_no_client() {
    let lab = lab!(2);
    let names = &lab.names("m1");
    let content = Content {
        purposes: "serverAuth",
        names,
        ..Content::default()
    };
    lab.sign("m1", PEER, &content);
    let finding = lab.finds("error", "purpose", "pki/etcd/peer.crt");
    let words = finding.quotes("x509: certificate specifies an incompatible key usage");
    Running::start(&lab).wait_for(0, &words);
}

#[test]
fn client_that_is_a_server() {
    let lab = lab!(1);
    let content = Content {
        purposes: "serverAuth",
        ..Content::default()
    };
    lab.sign("m0", CLIENT, &content);
    let finding = lab.finds("error", "purpose", "pki/apiserver-etcd-client.crt");
    let words = finding.quotes("x509: certificate specifies an incompatible key usage");
    Running::start(&lab).assert_refuses_the_client(&words);
}

/// etcdctl does not notice; etcd's gateway, which is a client of etcd, does.
#[test]
fn server_that_is_no_client() {
    let lab = lab!(1);
    let names = &lab.names("m0");
    let content = Content {
        purposes: "serverAuth",
        names,
        ..Content::default()
    };
    lab.sign("m0", SERVER, &content);
    let finding = lab.finds("warning", "etcd-server-client-auth", "pki/etcd/server.crt");
    let words = finding
        .quotes("rejected connection ... x509: certificate specifies an incompatible key usage");
    let mut etcd = Running::start(&lab);
    etcd.assert_works();
    let answer = etcd.gateway();
    assert!(answer.starts_with("{\"error\":"), "{answer}");
    etcd.wait_for(0, &words);
}

#[test]
fn expired_server() {
    let lab = lab!(1, "--now", &days_ago(2));
    lab.generate(SERVER, &["--now", &days_ago(1), "--validity", "1h"]);
    let finding = lab.finds("error", "expired", "pki/etcd/server.crt");
    let words = finding
        .quotes("x509: certificate has expired or is not yet valid: current time ... is after ...");
    Running::start(&lab).assert_refused_by_the_client(&words);
}

#[test]
fn expired_client() {
    let lab = lab!(1, "--now", &days_ago(2));
    lab.generate(CLIENT, &["--now", &days_ago(1), "--validity", "1h"]);
    let finding = lab.finds("error", "expired", "pki/apiserver-etcd-client.crt");
    let words = finding
        .quotes("x509: certificate has expired or is not yet valid: current time ... is after ...");
    Running::start(&lab).assert_refuses_the_client(&words);
}

#[test]
fn server_signed_with_sha1() {
    let lab = lab!(1);
    let names = &lab.names("m0");
    let content = Content {
        names,
        digest: "-sha1",
        ..Content::default()
    };
    lab.sign("m0", SERVER, &content);
    let finding = lab.finds("error", "weak-signature", "pki/etcd/server.crt");
    let words = finding.quotes("x509: cannot verify signature: insecure algorithm SHA1-RSA");
    Running::start(&lab).assert_refused_by_the_client(&words);
}

#[test]
fn ca_that_may_not_sign() {
    let lab = lab!(1);
    lab.renew_ca("m0", "", &["-clrext"]);
    let finding = lab.finds("error", "not-a-ca", "pki/etcd/ca.crt");
    let words = finding
        .quotes("x509: invalid signature: parent certificate cannot sign this kind of certificate");
    let mut etcd = Running::start(&lab);
    etcd.assert_refused_by_the_client(&words);
    etcd.assert_refuses_the_client(&words);
}

#[test]
fn ca_for_servers_only() {
    let lab = lab!(1);
    lab.renew_ca("m0", "extendedKeyUsage=serverAuth", &[]);
    let finding = lab.finds("error", "ca-purpose", "pki/etcd/ca.crt");
    let words = finding.quotes("x509: certificate specifies an incompatible key usage");
    Running::start(&lab).assert_refuses_the_client(&words);
}

#[test]
fn name_that_the_ca_may_not_sign_for() {
    let lab = lab!(1);
    let names = &format!("{},DNS:m0.excluded.example", lab.names("m0"));
    lab.renew_ca(
        "m0",
        "nameConstraints=critical,excluded;DNS:excluded.example",
        &[],
    );
    let content = Content {
        names,
        ..Content::default()
    };
    lab.sign("m0", SERVER, &content);
    let finding = lab.finds("error", "name-constraints", "pki/etcd/server.crt");
    let words = finding
        .quotes("x509: a root or intermediate certificate is not authorized to sign for this name");
    Running::start(&lab).assert_refused_by_the_client(&words);
}

#[test]
fn unknown_critical_extension() {
    let lab = lab!(1);
    let names = &lab.names("m0");
    let content = Content {
        names,
        more: "1.2.3.4.5=critical,ASN1:UTF8String:unknown",
        ..Content::default()
    };
    lab.sign("m0", SERVER, &content);
    let finding = lab.finds("error", "unknown-critical-extension", "pki/etcd/server.crt");
    let words = finding.quotes("x509: unhandled critical extension");
    Running::start(&lab).assert_refused_by_the_client(&words);
}
