//! Which words and flags each command obeys, beside the real program where it
//! has the command; and what the commands refuse or warn of in its place.

use serde_json::Value;

use crate::common::Output;
use crate::describe::describe;
use crate::outcome::each_validity;
use crate::place::{Place, Tools};

const REQUEST: &str =
    r#"{"CN": "old", "hosts": ["a.example"], "key": {"algo": "ecdsa", "size": 256}}"#;
const HOSTLESS: &str = r#"{"CN": "old", "key": {"algo": "ecdsa", "size": 256}}"#;
const CONFIG: &str = r#"{"signing": {
    "default": {"expiry": "17h", "usages": ["signing", "client auth"]},
    "profiles": {
        "server": {"expiry": "5h", "usages": ["signing", "server auth"]},
        "away": {"remote": "far"},
        "ca": {"expiry": "5h", "usages": ["cert sign", "crl sign"],
               "ca_constraint": {"is_ca": true}}
    }},
    "remotes": {"far": "ca.example:8888"}}"#;

fn place(tools: &Tools) -> Place {
    let place = Place::new(tools);
    place.write("request.json", REQUEST);
    place.write("hostless.json", HOSTLESS);
    place.write("config.json", CONFIG);
    place
}

/// A place of kpki with a CA, `ca.pem`, and a leaf of it, `leaf.pem`.
fn place_with_ca() -> Place {
    let place = place(&Tools::Kpki);
    succeed(
        &place,
        "cfssl gencert -initca hostless.json | cfssljson -bare ca &&
            cfssl gencert -ca ca.pem -ca-key ca-key.pem request.json | cfssljson -bare leaf",
    );
    place
}

fn succeed(place: &Place, script: &str) -> Output {
    let output = place.run(&format!("set -eo pipefail; {script}"), &[]);
    assert!(output.status.success(), "{script}: {}", output.stderr);
    output
}

/// Runs a script that must fail with nothing printed.
fn refused(place: &Place, script: &str) -> String {
    let output = place.run(script, &[]);
    assert_eq!(output.status.code(), Some(1), "{script}: {output:?}");
    assert_eq!(output.stdout, "", "{script}");
    output.stderr
}

/// What a script prints, described, without the second in which it ran.
fn described(place: &Place, script: &str) -> Value {
    let output = succeed(place, script);
    let mut value = describe(output.stdout.as_bytes(), None).expect("JSON with PEM in it");
    each_validity(&mut value, &mut |validity| {
        validity.retain(|key, _| key == "seconds");
    });
    value
}

/// That kpki makes what the real program makes.
fn as_cfssl_does(scripts: &[&str]) {
    let Some(real) = Tools::real() else {
        return;
    };
    let (real, ours) = (place(&real), place(&Tools::under_test()));
    for script in scripts {
        assert_eq!(
            described(&ours, script),
            described(&real, script),
            "{script}"
        );
    }
}

#[test]
fn selfsign_takes_no_profile_but_the_one_it_is_given() {
    as_cfssl_does(&[
        "cfssl selfsign host hostless.json",
        "cfssl selfsign -config config.json host hostless.json",
        "cfssl selfsign -config config.json -profile server host hostless.json",
    ]);
}

#[test]
fn selfsign_needs_no_host_where_a_flag_gives_one() {
    as_cfssl_does(&[
        "cfssl selfsign -hostname b.example hostless.json",
        "cfssl selfsign -initca hostless.json",
        "cfssl selfsign -cn new host hostless.json",
    ]);
    let output = place(&Tools::Kpki).run("cfssl selfsign -hostname b.example request.json", &[]);
    assert!(
        output.stderr.contains("-hostname has no effect"),
        "{output:?}"
    );
}

#[test]
fn selfsign_refuses_a_profile_of_another_host() {
    let script = "cfssl selfsign -config config.json -profile away host hostless.json";
    let words = r#"{"code":5100,"message":"Invalid policy: no key usage available"}"#;
    let ours = refused(&place(&Tools::Kpki), script);
    assert!(ours.lines().any(|line| line == words), "{ours}");
    if let Some(real) = Tools::real() {
        let theirs = refused(&place(&real), script);
        assert!(theirs.lines().any(|line| line == words), "{theirs}");
    }
}

#[test]
fn flags_rule_over_a_request_only_where_cfssl_obeys_them() {
    as_cfssl_does(&[
        "cfssl genkey -cn new -hostname b.example request.json",
        "cfssl genkey -initca -cn new -hostname 192.0.2.7 hostless.json",
        "cfssl gencert -initca -cn new -hostname 192.0.2.7 hostless.json",
        "cfssl gencert -initca hostless.json | cfssljson -bare ca &&
            cfssl gencert -ca ca.pem -ca-key ca-key.pem -cn new -hostname b.example request.json",
    ]);
    let place = place_with_ca();
    for (script, flags) in [
        ("genkey -cn new request.json", &["-cn"][..]),
        ("genkey -hostname b.example request.json", &["-hostname"]),
        (
            "gencert -initca -cn new -hostname b hostless.json",
            &["-hostname"],
        ),
        (
            "gencsr -key ca-key.pem -cn new -hostname b.example request.json",
            &["-cn"],
        ),
        (
            "gencert -ca ca.pem -ca-key ca-key.pem -cn b -hostname b request.json",
            &[],
        ),
    ] {
        let script = format!("cfssl {script}");
        let output = succeed(&place, &script);
        for flag in ["-cn", "-hostname"] {
            let said = output.stderr.contains(&format!("{flag} has no effect"));
            assert_eq!(said, flags.contains(&flag), "{script}: {output:?}");
        }
        let strict = place.run(&script, &[("KPKI_CFSSL_STRICT", "1")]);
        let status = i32::from(!flags.is_empty());
        assert_eq!(strict.status.code(), Some(status), "{script}: {strict:?}");
    }
}

#[test]
fn gencsr_reads_its_key_once() {
    let place = place_with_ca();
    let from_file = "cfssl gencsr -key ca-key.pem request.json | cfssljson -bare one";
    let from_pipe = "cfssl gencsr -key <(cat ca-key.pem) request.json | cfssljson -bare two";
    succeed(&place, &format!("{from_file}; {from_pipe}"));
    assert_eq!(place.read("one-key.pem"), place.read("ca-key.pem"));
    assert_eq!(place.read("two-key.pem"), place.read("ca-key.pem"));
}

#[test]
fn gencsr_asks_once_more_for_what_a_certificate_says() {
    let place = place_with_ca();
    for (flag, host) in [("", "a.example"), ("-hostname b.example", "b.example")] {
        let output = succeed(
            &place,
            &format!(
                "cfssl gencsr -key leaf-key.pem {flag} -cert leaf.pem | cfssljson -bare x &&
                    cfssl certinfo -csr x.csr"
            ),
        );
        let info: Value = serde_json::from_str(&output.stdout).expect("JSON");
        assert_eq!(info["sans"], serde_json::json!([host]), "{output:?}");
        assert_eq!(info["subject"]["common_name"], "old");
    }
    let stderr = refused(
        &place,
        "cfssl gencsr -key leaf-key.pem -cert leaf.pem request.json",
    );
    assert_eq!(
        stderr,
        "no argument is accepted with '-cert', please check with usage\n"
    );
    let stderr = refused(&place, "cfssl gencsr request.json");
    assert_eq!(
        stderr,
        "private key file is required through '-key', please check with usage\n"
    );
}

#[test]
fn a_key_in_the_place_of_its_name_is_never_printed() {
    let place = place_with_ca();
    let key = String::from_utf8(place.read("ca-key.pem")).expect("PEM");
    let bodies: Vec<&str> = key.lines().filter(|line| !line.contains("---")).collect();
    for value in [
        "$(cat ca-key.pem)",
        "env:$(cat ca-key.pem)",
        "file:$(cat ca-key.pem)",
        "$(base64 -w0 ca-key.pem)",
        "$(grep -v -e --- ca-key.pem | tr -d '\\n')",
        "{'auth_keys': {'a': {'key': '$(base64 -w0 ca-key.pem)'}}}",
    ] {
        for command in [
            "gencsr -key X request.json",
            "gencert -ca ca.pem -ca-key X request.json",
            "gencert -ca X -ca-key ca-key.pem request.json",
            "gencert -initca -ca-key X hostless.json",
            "gencert -renewca -ca ca.pem -ca-key X",
            "gencert -config X request.json",
            "gencrl /dev/null ca.pem X",
            "genkey X",
            "sign -ca ca.pem -ca-key X leaf.csr",
            "sign X",
            "certinfo -cert X",
            "bundle -cert leaf.pem -ca-bundle ca.pem -key X",
        ] {
            let script = format!("cfssl {}", command.replace('X', &format!("\"{value}\"")));
            let output = place.run(&script, &[]);
            // 2 where the words are taken for a flag.
            assert!(matches!(output.status.code(), Some(1 | 2)), "{script}");
            let stderr = output.stdout + &output.stderr;
            let printed = bodies.iter().any(|body| stderr.contains(body));
            assert!(!printed, "{script}: {stderr}");
            assert!(
                stderr.contains("looks like the content"),
                "{script}: {stderr}"
            );
        }
    }
}

#[test]
fn only_a_ca_signs_a_revocation_list() {
    let place = place_with_ca();
    let stderr = refused(&place, "cfssl gencrl <(echo 5) leaf.pem leaf-key.pem");
    assert!(stderr.contains("not a CA cert"), "{stderr}");
    assert!(stderr.contains("leaf.pem is no CA's"), "{stderr}");
    let quiet = succeed(&place, "cfssl gencrl <(echo 5) ca.pem ca-key.pem");
    assert_eq!(quiet.stderr, "");
    place.write("short.json", r#"{"CN": "short", "ca": {"expiry": "1m"}}"#);
    let output = succeed(
        &place,
        "cfssl gencert -initca short.json 2> first | cfssljson -bare short;
            cfssl gencrl <(echo 5) short.pem short-key.pem",
    );
    assert!(output.stderr.contains("not now"), "{output:?}");
}

#[test]
fn an_intermediate_that_is_renewed_is_warned_of() {
    let place = place_with_ca();
    let output = succeed(
        &place,
        "cfssl gencert -ca ca.pem -ca-key ca-key.pem -config config.json -profile ca \
            -cn inter hostless.json 2> first | cfssljson -bare inter;
            cfssl gencert -renewca -ca inter.pem -ca-key inter-key.pem",
    );
    assert!(output.stderr.contains("signed by CN=old,"), "{output:?}");
    let output = succeed(
        &place,
        "cfssl gencert -renewca -ca ca.pem -ca-key ca-key.pem",
    );
    assert!(!output.stderr.contains("WARNING"), "{output:?}");
}

#[test]
fn a_document_forges_no_line_of_the_log() {
    let place = place(&Tools::Kpki);
    place.write(
        "forged.json",
        r#"{"CN": "x", "key": {"algo": "x\n2026/11/22 19:15:00 [INFO] signed", "size": 256}}"#,
    );
    let stderr = refused(&place, "cfssl genkey forged.json");
    let forged = |line: &str| line.starts_with("2026/11/22 19:15:00 [INFO] signed");
    assert!(!stderr.lines().any(forged), "{stderr}");
}
