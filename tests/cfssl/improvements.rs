//! Where cfssl is not followed: what is expected in each case of level
//! `improve` in its place, from the `recommend` of its `case.json`.

use serde_json::{Value, json};

use crate::case::{Case, StandardError};
use crate::outcome::Outcome;
use crate::stderr;

enum Expected {
    /// Status 1, nothing printed, nothing written, and a line of standard error
    /// that contains all of these.
    Refused(&'static [&'static str]),
    /// The recorded outcome after this change, and for each of these a warning
    /// that contains it. No difference but a warning is `Nothing`.
    Changed(Change, &'static [&'static str]),
}

enum Change {
    Nothing,
    /// No subjectAltName in certificate and request.
    NoSan,
    San(&'static [&'static str]),
    /// Ed25519 keys as PKCS#8 with the usual label.
    Pkcs8Label,
    /// An authorityKeyIdentifier behind the subjectKeyIdentifier.
    AuthorityKeyId,
    Subject(&'static [(&'static str, &'static str)]),
    Mode(&'static str, &'static str),
}

use Change::{AuthorityKeyId, Mode, NoSan, Nothing, Pkcs8Label, San, Subject};
use Expected::{Changed, Refused};

const IMPROVEMENTS: &[(&str, Expected)] = &[
    (
        "010-guide-coreos-client-empty-host",
        Changed(NoSan, &["empty"]),
    ),
    ("011-guide-k8s-local-up-client", Changed(NoSan, &["empty"])),
    (
        "012-guide-gce-etcd-client-star",
        Changed(San(&["DNS:*"]), &[]),
    ),
    (
        "022-config-unknown-profile-fallback",
        Refused(&["unknown profile", "pier", "peer"]),
    ),
    (
        "027-config-null",
        Refused(&["Failed to load config file: "]),
    ),
    ("032-config-expiry-negative", Refused(&["expiry"])),
    (
        "035-config-usages-some-unknown",
        Changed(Nothing, &["Server Auth", "client auth ", "foo"]),
    ),
    (
        "043-config-not-after-before-not-before",
        Refused(&["not_after", "not_before"]),
    ),
    (
        "049-config-is-ca-flat",
        Changed(Nothing, &["is_ca", "ca_constraint"]),
    ),
    (
        "050-config-pathlen0-ca-issues-ca",
        Refused(&[r#"{"code":5300,"message":"Policy violation request"}"#]),
    ),
    (
        "055-config-lint-number",
        Refused(&["ca-config.json:9:27", "lint_error_level"]),
    ),
    ("061-csr-empty-object", Refused(&["subject"])),
    (
        "064-csr-hosts-uri-trap",
        Changed(
            San(&[
                "DNS:localhost:8080",
                "DNS:system:node:n1",
                "DNS:DNS:foo",
                "DNS:/path",
                "DNS:fe80::1%eth0",
            ]),
            &[
                "localhost:8080",
                "system:node:n1",
                "DNS:foo",
                "/path",
                "fe80::1%eth0",
            ],
        ),
    ),
    ("068-csr-key-rsa-no-size", Refused(&["size"])),
    ("072-csr-key-ed25519", Changed(Pkcs8Label, &[])),
    // The last list as a whole: no C and O of the first.
    (
        "075-csr-duplicate-names",
        Changed(Subject(&[("OU", "z"), ("CN", "y")]), &["names"]),
    ),
    (
        "077-csr-hostname-flag",
        Changed(San(&["DNS:f.g", "DNS:h.i", "IP:10.0.0.1"]), &[]),
    ),
    (
        "078-csr-subject-equals-ca",
        Changed(AuthorityKeyId, &["name of its CA"]),
    ),
    ("085-initca-typo-expire", Changed(Nothing, &["expire"])),
    ("087-initca-hosts", Changed(Nothing, &["hosts"])),
    ("088-initca-config-ignored", Changed(Nothing, &["-config"])),
    ("092-initca-key-ed25519", Changed(Pkcs8Label, &[])),
    (
        "098-ca-missing-flag",
        Refused(&["need a CA certificate (provide one with -ca)"]),
    ),
    ("105-ca-is-a-leaf", Refused(&["CA"])),
    ("106-ca-shorter-than-leaf", Changed(Nothing, &["CA"])),
    ("130-cfssljson-empty-object", Refused(&["nothing to write"])),
    ("131-cfssljson-wrong-type", Refused(&["cert"])),
    (
        "132-cfssljson-existing-key-mode",
        Changed(Mode("foo-key.pem", "0600"), &[]),
    ),
];

/// Where cfssl is followed but not in its silence: cases of level `exact` and
/// `cert`, and what warnings there must be. No other such case may have one more.
const WARNED: &[(&str, &[&str])] = &[
    ("008-guide-coreos-ca-dup-ou", &["'OU' stands here twice"]),
    // The CA has no CN, which the author wanted it to have.
    ("013-guide-nixos-ca", &["names[0].CN"]),
    // A hundred years under a CA of far less.
    ("015-guide-k8sio-sign", &["after its CA"]),
    ("036-config-usages-all-ku", &["'cert sign'"]),
    ("038-config-unknown-fields", &["'yyy'"]),
    (
        "040-config-duplicate-keys",
        &["'signing' stands here twice"],
    ),
    ("048-config-is-ca", &["a CA gets no names"]),
    ("056-csr-names-order", &["names[0].SerialNumber"]),
    ("082-initca-pathlen-0", &["ca.pathlen"]),
];

/// The warnings that a case of level `exact` or `cert` must have, if any.
pub(crate) fn warnings(name: &str) -> Option<&'static [&'static str]> {
    let (_, fragments) = WARNED.iter().find(|(warned, _)| *warned == name)?;
    Some(fragments)
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    IMPROVEMENTS.iter().map(|(name, _)| *name)
}

/// Every case in which there must be warnings, with parts of them.
pub(crate) fn all_warnings() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let improved = IMPROVEMENTS
        .iter()
        .filter_map(|(name, expected)| match expected {
            Changed(_, fragments) if !fragments.is_empty() => Some((*name, *fragments)),
            _ => None,
        });
    improved.chain(WARNED.iter().copied())
}

/// Where the outcome is not what is expected in the place of the recorded one.
pub(crate) fn differences(name: &str, case: &Case, actual: &Outcome) -> Vec<String> {
    let expected = IMPROVEMENTS.iter().find(|(improved, _)| *improved == name);
    let mut found = match expected {
        None => vec!["improvements.rs does not say what is expected".to_owned()],
        Some((_, Refused(fragments))) => refused(fragments, actual),
        Some((_, Changed(change, fragments))) => {
            let mut expected = case.recorded.clone();
            apply(change, &mut expected);
            let mut found = case.differences(&expected, StandardError::MayWarn, actual);
            found.extend(not_warned(fragments, actual));
            found
        }
    };
    if !found.is_empty() {
        found.push(format!("recommended: {}", case.recommends()));
    }
    found
}

/// Each of these that no warning contains.
pub(crate) fn not_warned(fragments: &[&str], actual: &Outcome) -> Vec<String> {
    let warnings = stderr::warnings(&actual.stderr);
    let missing = fragments
        .iter()
        .filter(|fragment| !warnings.iter().any(|warning| warning.contains(**fragment)));
    let stderr = &actual.stderr;
    missing
        .map(|fragment| format!("no warning contains {fragment:?}: {stderr:?}"))
        .collect()
}

fn refused(fragments: &[&str], actual: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    if actual.exit != Some(1) {
        found.push(format!("exit: expected 1, got {:?}", actual.exit));
    }
    if !actual.stdout.is_empty() {
        found.push(format!("stdout: expected nothing, got {:?}", actual.stdout));
    }
    if !actual.files.is_empty() {
        let names: Vec<&String> = actual.files.keys().collect();
        found.push(format!("files: expected none, got {names:?}"));
    }
    let mut lines = actual.stderr.lines();
    if !lines.any(|line| fragments.iter().all(|fragment| line.contains(fragment))) {
        found.push(format!(
            "stderr: no line has all of {fragments:?}: {:?}",
            actual.stderr
        ));
    }
    if actual.stderr.contains("panic") {
        found.push(format!("stderr: it panicked: {:?}", actual.stderr));
    }
    found
}

fn apply(change: &Change, expected: &mut Outcome) {
    match change {
        Nothing => {}
        NoSan => each_description(expected, &mut without_alt_names),
        San(names) => each_description(expected, &mut |one| {
            extension(one, "subjectAltName")["value"] = json!(names);
        }),
        Pkcs8Label => {
            let key = &mut expected.describe["key"];
            key["pem_label"] = json!("PRIVATE KEY");
            expected.stdout = expected
                .stdout
                .replace("Ed25519 PRIVATE KEY", "PRIVATE KEY");
        }
        AuthorityKeyId => each_description(expected, &mut |one| {
            let extensions = one["extensions"].as_array_mut().expect("a list");
            let own = extensions
                .iter()
                .position(|one| one["ext"] == "subjectKeyIdentifier");
            if let Some(own) = own {
                let value = json!({
                    "fields": ["keyIdentifier"],
                    "octets": 20,
                    "equals_issuer_ski": true,
                    "equals_own_ski": false,
                });
                let extension =
                    json!({"ext": "authorityKeyIdentifier", "critical": false, "value": value});
                extensions.insert(own + 1, extension);
            }
        }),
        Subject(attributes) => each_description(expected, &mut |one| {
            let attribute = |(name, value): &(&str, &str)| json!([{"attr": name, "type": "PrintableString", "value": value}]);
            one["subject_rdns"] = attributes.iter().map(attribute).collect();
            let text = attributes
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            one["subject"] = json!(text.collect::<Vec<_>>().join(", "));
        }),
        Mode(file, mode) => expected.files[*file]["mode"] = json!(mode),
    }
}

/// Calls `change` with the description of each certificate and request.
fn each_description(expected: &mut Outcome, change: &mut dyn FnMut(&mut Value)) {
    for name in ["cert", "csr"] {
        if let Some(description) = expected.describe.get_mut(name) {
            change(description);
        }
    }
    for file in expected.files.values_mut() {
        let description = &mut file["describe"];
        if description["kind"] == "certificate" || description["kind"] == "csr" {
            change(description);
        }
    }
}

/// Takes the names out of the description of a certificate or request.
pub(crate) fn without_alt_names(description: &mut Value) {
    let extensions = description["extensions"].as_array_mut().expect("a list");
    extensions.retain(|extension| extension["ext"] != "subjectAltName");
    let none_left = extensions.is_empty();
    if description["kind"] == "csr" && none_left {
        description["attributes"] = json!([]);
    }
}

/// Takes empty names out of them.
pub(crate) fn without_empty_alt_name(description: &mut Value) {
    let extensions = description["extensions"].as_array_mut().expect("a list");
    let names = extensions
        .iter_mut()
        .find(|one| one["ext"] == "subjectAltName");
    let Some(names) = names.and_then(|extension| extension["value"].as_array_mut()) else {
        return;
    };
    let empty = |name: &Value| name == "DNS:";
    if names.iter().all(empty) {
        without_alt_names(description);
    } else {
        names.retain(|name| !empty(name));
    }
}

fn extension<'a>(description: &'a mut Value, name: &str) -> &'a mut Value {
    let extensions = description["extensions"].as_array_mut().expect("a list");
    let mut found = extensions.iter_mut();
    found
        .find(|one| one["ext"] == name)
        .expect("the recorded extension")
}
