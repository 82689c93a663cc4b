use super::*;
use crate::cfssl::{CfsslKind, cfssl_kind};
use crate::key::KeyAlgorithm;

const CA: &str = r#"{
  "CN": "etcd",
  "key": {
    "algo": "rsa",
    "size": 2048
  }
}"#;

/// `cfssl print-defaults csr` as kubeadm's guide has it after `sed`.
const SERVER: &str = r#"{
    "CN": "master-0",
    "hosts": [
        "master-0",
        "10.0.0.11"
    ],
    "key": {
        "algo": "ecdsa",
        "size": 256
    },
    "names": [
        {
            "C": "US",
            "ST": "CA",
            "L": "San Francisco"
        }
    ]
}
"#;

fn strict(text: &str) -> Result<Read<CfsslCertificateRequest>, DocumentError> {
    CfsslCertificateRequest::parse(text.as_bytes(), Reading::Strict)
}

fn lenient(text: &str) -> Result<Read<CfsslCertificateRequest>, DocumentError> {
    CfsslCertificateRequest::parse(text.as_bytes(), Reading::Lenient)
}

fn shown(error: &DocumentError) -> String {
    let suggestion = error.suggestion.as_deref().unwrap_or("-");
    format!("{error} → {suggestion}")
}

fn subject(read: Result<Read<CfsslCertificateRequest>, DocumentError>) -> String {
    read.unwrap().value.subject().to_string()
}

#[test]
fn reads_the_guides() {
    let ca = strict(CA).unwrap();
    assert!(ca.warnings.is_empty());
    assert_eq!(ca.value.subject().to_string(), "CN=etcd");
    assert_eq!(ca.value.key().algorithm(), Ok(KeyAlgorithm::Rsa2048));
    let server = strict(SERVER).unwrap().value;
    assert_eq!(
        server.subject().to_string(),
        "C=US,ST=CA,L=San Francisco,CN=master-0"
    );
    let hosts = server.server_hosts().unwrap();
    let names: Vec<_> = hosts.value.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["DNS:master-0", "IP:10.0.0.11"]);
    let admin = r#"{"CN":"admin","key":{"algo":"rsa","size":2048},"names":[{"C":"US","L":"Portland","O":"system:masters","OU":"Kubernetes The Hard Way","ST":"Oregon"}]}"#;
    assert_eq!(
        subject(strict(admin)),
        "C=US,ST=Oregon,L=Portland,O=system:masters,OU=Kubernetes The Hard Way,CN=admin"
    );
    let key = |text: &str| strict(text).unwrap().value.key().algorithm().unwrap();
    assert_eq!(key(r#"{"CN":"My Client"}"#), KeyAlgorithm::EcdsaP256);
    assert_eq!(
        key(r#"{"CN":"x","key":{"size":384}}"#),
        KeyAlgorithm::EcdsaP384
    );
    assert_eq!(
        key(r#"{"CN":"x","key":{"algo":"ed25519"}}"#),
        KeyAlgorithm::Ed25519
    );
    assert_eq!(
        key(r#"{"CN":"x","key":{"algo":"rsa","size":8192}}"#),
        KeyAlgorithm::Rsa8192
    );
    let root = strict(r#"{"CN":"Root-CA","ca":{"expiry":"876000h","pathlen":1}}"#)
        .unwrap()
        .value;
    let ca = root.ca().unwrap();
    assert_eq!(
        (ca.expiry.unwrap().seconds(), ca.path_len_constraint()),
        (3_153_600_000, Some(1))
    );
}

#[test]
fn groups_values_and_lets_oids_replace() {
    let multi = r#"{"CN":"x","serialnumber":"7","names":[
        {"O":"bbb","E":"ops@k8s.internal"},{"O":"aa","C":"US"},{"O":"aa","OID":{"2.5.4.9":"street","1.2.3.4":"v"}}]}"#;
    assert_eq!(
        subject(strict(multi)),
        "C=US,STREET=street,O=bbb+O=aa,CN=x,serialNumber=7,emailAddress=ops@k8s.internal,1.2.3.4=v"
    );
    let replaced = r#"{"CN":"x","names":[{"O":"a","OID":{"2.5.4.10":"b"}}]}"#;
    assert_eq!(subject(strict(replaced)), "O=b,CN=x");
    assert!(lenient(r#"{"names":[{"OID":{"no":"b"}}]}"#).is_err());
}

#[test]
fn strict_explains_the_silent_mistakes() {
    for (text, error) in [
        (
            r#"{"CN":"ca","ca":{"expire":"336h"}}"#,
            "1:18: ca.expire: unknown key 'expire': cfssl ignores it, and the CA gets five years → expiry",
        ),
        (
            r#"{"CN":"ca","expiry":"1h"}"#,
            "1:12: expiry: unknown key 'expiry': cfssl ignores a lifetime here: a profile has it, and for a CA 'ca' → \"ca\": {\"expiry\": \"87600h\"}",
        ),
        (
            "{\"names\":[\n{\"O\":\"NixOS\",\"CN\":\"kubernetes-cluster-ca\"}]}",
            "2:14: names[0].CN: unknown key 'CN': cfssl ignores a common name here, and the certificate has none → move \"CN\" to the top of the document",
        ),
        (
            r#"{"CN":"ca","ca":{"pathlen":0}}"#,
            "1:28: ca.pathlen: cfssl writes no path length for 0, so any number of CAs may follow: only \"pathlenzero\": true makes it 0 → add \"pathlenzero\": true, or leave \"pathlen\" out",
        ),
        (
            r#"{"CN":"ca","names":[{"OU":"Org Unit 1","OU":"Org Unit 2"}]}"#,
            "1:40: names[0].OU: the key 'OU' stands here twice → keep one of the two",
        ),
        (
            r#"{"CN":"x","O":"y"}"#,
            "1:11: O: unknown key 'O': this part of the subject stands in 'names' → names",
        ),
        (
            r#"{"CN":"x","host":["a"]}"#,
            "1:11: host: unknown key 'host': alternative names stand in 'hosts' → hosts",
        ),
        (
            r#"{"CN":"x","hosts":"a"}"#,
            "1:19: hosts: expected a list, found a string → put it in square brackets",
        ),
        (r#"{"cn":"x"}"#, "1:2: cn: unknown key 'cn' → CN"),
        (
            "{}",
            "1:1: none of 'CN', 'hosts' and 'names': this names nobody → -",
        ),
        ("null", "1:1: the value is null → -"),
        (
            r#"{"CN":"x"} f"#,
            "1:12: 'f' after the end of the document → -",
        ),
        (
            r#"{"CN":"x","names":[{"C":"CHINA"}]}"#,
            "1:25: names[0].C: 'CHINA' is not a country code of two letters → -",
        ),
        (
            r#"{"CN":"example.net"}"#,
            "1:7: CN: 'example.net' is a placeholder that was not filled in → -",
        ),
        (
            r#"{"signing":{}}"#,
            "1:2: signing: unknown key 'signing': this is a signing configuration, not a certificate request → give it as the configuration",
        ),
    ] {
        assert_eq!(shown(&strict(text).unwrap_err()), error, "{text}");
    }
    for placeholder in [
        "<name>",
        "${PEER_NAME}",
        "x-{{ ip }}",
        "www.example.net",
        "example.com",
    ] {
        let text = format!("{{\"CN\":\"{placeholder}\"}}");
        assert!(
            strict(&text).is_err() && lenient(&text).is_ok(),
            "{placeholder}"
        );
    }
}

#[test]
fn keys_that_cannot_be_made_are_refused() {
    for (key, suggestion) in [
        (r#"{"algo":"rsa"}"#, Some("\"size\": 2048")),
        (r#"{"algo":"rsa","size":1024}"#, Some("\"size\": 2048")),
        (r#"{"algo":"rsa","size":2047}"#, Some("\"size\": 2048")),
        (r#"{"algo":"rsa","size":16384}"#, Some("\"size\": 4096")),
        (r#"{"algo":"ecdsa","size":224}"#, Some("\"size\": 256")),
        (r#"{"algo":"ecdsa","size":512}"#, Some("\"size\": 521")),
        (r#"{"size":2048}"#, Some("\"algo\": \"rsa\"")),
        (r#"{"algo":"RSA","size":2048}"#, Some("rsa")),
        (r#"{"algo":"dsa","size":2048}"#, Some("ecdsa")),
        (r#"{"algo":"x","size":1}"#, None),
        (r#"{"algo":"rsa","size":2048.0}"#, None),
        (r#"{"algo":"rsa","size":"2048"}"#, None),
        (r#"{"algo":"rsa","bits":2048}"#, Some("size")),
    ] {
        let error = strict(&format!("{{\"CN\":\"x\",\"key\":{key}}}")).unwrap_err();
        assert!(
            error.path.starts_with("key") && error.position.is_some(),
            "{error}"
        );
        assert_eq!(error.suggestion.as_deref(), suggestion, "{error}");
    }
}

#[test]
fn hosts_depend_on_the_use() {
    let empty = strict(r#"{"CN":"client","hosts":[""]}"#).unwrap().value;
    let client = empty.client_hosts().unwrap();
    assert!(client.value.is_empty());
    assert_eq!(
        shown(&client.warnings[0]),
        "1:25: hosts[0]: an empty host, a habit of old guides, is left out → leave 'hosts' out"
    );
    assert_eq!(
        shown(&empty.server_hosts().unwrap_err()),
        "1:25: hosts[0]: an empty host: cfssl makes an empty DNS name of it → name the hosts and addresses of the server"
    );
    let refused = |host: &str| {
        let read = strict(&format!("{{\"hosts\":[\"m1\",\"{host}\"]}}")).unwrap();
        let error = read.value.client_hosts().unwrap_err();
        assert_eq!(error.path, "hosts[1]");
        error.suggestion
    };
    assert_eq!(refused("10.0.0.1:2379").as_deref(), Some("10.0.0.1"));
    assert_eq!(refused("10.0.0.1 ").as_deref(), Some("10.0.0.1"));
    assert_eq!(refused("m1,m2").as_deref(), Some("\"m1\", \"m2\""));
    for host in [
        "*",
        "10.0.0.0/24",
        "fe80::1%eth0",
        "10.0.0.999",
        "<IP>",
        "www.example.net",
    ] {
        refused(host);
    }
    let noted = strict(r#"{"hosts":["M1","m1","*.k8s.internal"]}"#)
        .unwrap()
        .value;
    let hosts = noted.server_hosts().unwrap();
    assert_eq!((hosts.value.len(), hosts.warnings.len()), (2, 3));
    let many = format!("{{\"hosts\":[\"m1\"{}]}}", ",\"m1\"".repeat(1000));
    assert!(strict(&many).unwrap().value.server_hosts().is_err());
}

#[test]
fn lenient_does_as_go_does() {
    let nixos = lenient(r#"{"names":[{"CN":"ca","O":"NixOS"}]}"#).unwrap();
    assert_eq!(nixos.value.subject().to_string(), "O=NixOS");
    assert_eq!(nixos.warnings[0].path, "names[0].CN");
    assert_eq!(
        subject(lenient(r#"{"names":[{"OU":"1","OU":"2"}]}"#)),
        "OU=2"
    );
    // Of two lists the last one counts; Go would merge their elements.
    let twice =
        r#"{"CN":"x","CN":"y","names":[{"C":"US","O":"a"},{"O":"b"}],"names":[{"OU":"z"}]}"#;
    assert_eq!(subject(lenient(twice)), "OU=z,CN=y");
    assert!(
        lenient(twice)
            .unwrap()
            .warnings
            .iter()
            .any(|w| w.path == "names")
    );
    for text in ["null", "{}", r#"{"key":null,"names":[null]}"#] {
        assert_eq!(subject(lenient(text)), "", "{text}");
    }
    let odd = lenient(r#"{"CN":"x","key":{"algo":"rsa","size":2049}}"#)
        .unwrap()
        .value;
    assert_eq!((odd.key().algo(), odd.key().size()), ("rsa", 2049));
}

#[test]
fn reads_extensions() {
    let text = r#"{"CN":"x","extensions":[{"Id":[1,2,3],"Critical":true,"Value":"BQA="}]}"#;
    let request = strict(text).unwrap().value;
    let extension = &request.extensions()[0];
    assert_eq!(
        (extension.oid().as_str(), extension.value()),
        ("1.2.3", &[5, 0][..])
    );
    assert!(strict(&text.replace("[1,2,3]", "[9,2]")).is_err());
}

#[test]
fn content_tells_the_kind() {
    assert_eq!(cfssl_kind(CA.as_bytes()), CfsslKind::CertificateRequest);
    assert_eq!(cfssl_kind(br#"{"signing":{}}"#), CfsslKind::SigningConfig);
    for text in [
        "",
        "{}",
        "[]",
        "{",
        "{\"apiVersion\":1}",
        "{\"cert\":\"x\",\"key\":\"x\"}",
    ] {
        assert_eq!(cfssl_kind(text.as_bytes()), CfsslKind::Unknown, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = strict(&String::from_utf8_lossy(&bytes));
        let _ = CfsslCertificateRequest::parse(&bytes, Reading::Lenient);
    }

    #[test]
    fn mutations_never_panic(at in 0..SERVER.len(), skip in 0..40_usize, insert in "\\PC{0,6}|[\"{}\\[\\],:0-9nul-]{0,6}") {
        let end = (at + skip).min(SERVER.len());
        let text = format!("{}{insert}{}", &SERVER[..at], &SERVER[end..]);
        for reading in [Reading::Strict, Reading::Lenient] {
            if let Ok(read) = CfsslCertificateRequest::parse(text.as_bytes(), reading) {
                let _ = (read.value.server_hosts(), read.value.client_hosts());
                let _ = (read.value.key().algorithm(), read.value.subject().to_der());
            }
        }
        if lenient(&text).is_err() {
            proptest::prop_assert!(strict(&text).is_err());
        }
    }
}
