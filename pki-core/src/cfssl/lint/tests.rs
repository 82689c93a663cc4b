mod examples;

use super::*;
use examples::{EXAMPLES, Example};

fn found(documents: &[(&str, &str)], profiles: &[&str]) -> Vec<Linted> {
    let documents: Vec<_> = documents
        .iter()
        .map(|(file, text)| LintDocument {
            file,
            bytes: text.as_bytes(),
        })
        .collect();
    lint_cfssl(&documents, profiles)
}

fn rules(linted: &[Linted]) -> Vec<LintRule> {
    let findings = linted.iter().flat_map(|l| &l.findings);
    findings.map(|f| f.rule).collect()
}

/// The only finding of one document.
#[track_caller]
fn only(file: &str, text: &str) -> LintFinding {
    let mut linted = found(&[(file, text)], &[]);
    let findings = linted.remove(0).findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.into_iter().next().unwrap()
}

#[test]
fn every_rule_fires_where_it_should_and_nowhere_else() {
    for example in EXAMPLES {
        let Example { rule, profiles, .. } = example;
        let fires = rules(&found(example.fires, profiles));
        assert!(fires.contains(rule), "{rule} does not fire: {fires:?}");
        let silent = rules(&found(example.silent, profiles));
        assert!(!silent.contains(rule), "{rule} fires: {silent:?}");
    }
}

#[test]
fn every_rule_has_an_example_and_an_id_of_its_own() {
    let mut ids = std::collections::BTreeSet::new();
    for rule in LintRule::ALL {
        assert!(EXAMPLES.iter().any(|e| e.rule == *rule), "{rule}");
        assert!(ids.insert(rule.id()), "{rule}");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(rule.id().chars().all(plain), "{rule}");
    }
}

#[test]
fn a_correct_set_of_documents_is_quiet() {
    let config = r#"{"signing": {"default": {"expiry": "8760h"}, "profiles": {
        "server": {"expiry": "8760h", "usages": ["signing", "key encipherment", "server auth", "client auth"]},
        "peer": {"expiry": "8760h", "usages": ["signing", "key encipherment", "server auth", "client auth"]},
        "client": {"expiry": "8760h", "usages": ["signing", "key encipherment", "client auth"]}}}}"#;
    let documents = [
        ("ca-config.json", config),
        (
            "ca-csr.json",
            r#"{"CN": "etcd-ca", "key": {"algo": "rsa", "size": 2048}, "ca": {"expiry": "87600h"}}"#,
        ),
        (
            "server.json",
            r#"{"CN": "etcd0", "hosts": ["etcd0", "10.0.0.11", "127.0.0.1"], "key": {"algo": "ecdsa", "size": 256}}"#,
        ),
        (
            "client.json",
            r#"{"CN": "client", "names": [{"O": "ops"}]}"#,
        ),
    ];
    let linted = found(&documents, &["server", "client"]);
    assert_eq!(rules(&linted), [LintRule::DefaultWithoutUsages]);
}

#[test]
fn the_place_and_the_text_to_write() {
    let text = "{\n  \"signing\": {\n    \"default\": {\n      \"expiry\": \"8760h\",\n      \"usages\": [\"signing\", \"serverAuth\"]\n    }\n  }\n}";
    let finding = only("ca-config.json", text);
    assert_eq!(finding.rule.id(), "usage-unknown");
    assert_eq!(finding.severity, Severity::Warning);
    let position = finding.position.unwrap();
    assert_eq!((position.line, position.column), (5, 29));
    assert_eq!(finding.path, "signing.default.usages[1]");
    assert_eq!(finding.replacement.as_deref(), Some("\"server auth\""));
    assert_eq!(finding.advice, None);
}

#[test]
fn cfssls_words_stand_with_their_cause() {
    let text = r#"{"signing": {"default": {"expiry": "1y", "usages": ["signing"]}}}"#;
    let finding = only("ca-config.json", text);
    assert_eq!(finding.rule, LintRule::Duration);
    assert_eq!(finding.replacement.as_deref(), Some("\"8760h\""));
    let words = r#"cfssl prints: Failed to load config file: {"code":5200,"message":"time: unknown unit \"y\" in duration \"1y\""}"#;
    assert!(finding.why.ends_with(words), "{}", finding.why);

    let two = r#"{"signing": {"profiles": {"a": {"expiry": "1y", "usages": ["signing"]}, "b": {"expiry": "1h"}}}}"#;
    let linted = found(&[("ca-config.json", two)], &[]);
    let all = rules(&linted);
    for rule in [LintRule::Refused, LintRule::Duration, LintRule::NoUsages] {
        assert!(all.contains(&rule), "{all:?}");
    }
}

#[test]
fn one_cause_is_told_once() {
    let zero = r#"{"signing": {"default": {"expiry": "0", "usages": ["signing"]}}}"#;
    assert_eq!(only("ca-config.json", zero).rule, LintRule::Duration);
    let misspelt = r#"{"signing": {"default": {"expiry": "1h"}, "profiles": {"peer": {"expiry": "1h", "usages": ["server auth", "clientAuth"]}}}}"#;
    let linted = found(&[("ca-config.json", misspelt)], &[]);
    let expected = [LintRule::DefaultWithoutUsages, LintRule::UsageUnknown];
    assert_eq!(rules(&linted), expected);
    let expire = r#"{"CN": "c", "ca": {"expire": "87600h"}}"#;
    assert_eq!(only("ca-csr.json", expire).rule, LintRule::ExpiryIgnored);
}

#[test]
fn a_leaf_is_not_told_to_write_ca() {
    let text = r#"{"CN": "c", "expiry": "87600h"}"#;
    assert_eq!(only("client.json", text).replacement, None);
    let authority = r#"{"CN": "c", "expiry": "87600h"}"#;
    let replacement = only("ca-csr.json", authority).replacement;
    assert_eq!(
        replacement.as_deref(),
        Some("\"ca\": {\"expiry\": \"87600h\"}")
    );
}

#[test]
fn an_address_with_a_name_is_no_placeholder() {
    let text = r#"{"CN": "c", "hosts": ["Bob <bob@k8s.internal>"]}"#;
    assert_eq!(rules(&found(&[("csr.json", text)], &[])), []);
}

#[test]
fn one_mistake_does_not_hide_the_next() {
    let text = r#"{"signing": {"default": {"expiry": "8760h"}, "profiles": {
        "server": {"expiry": "1y", "usages": ["server auth"], "name_whitelist": "(", "backdate": "x"},
        "client": {"expiry": 5, "usages": "client auth"}}}, "auth_keys": []}"#;
    let linted = found(&[("ca-config.json", text)], &[]);
    let errors = linted[0].count(Severity::Error);
    assert!(errors >= 6, "{:#?}", linted[0].findings);
}

#[test]
fn no_key_is_shown() {
    let secret = "DEADBEEFDEADBEEF";
    for text in [
        format!(
            r#"{{"signing": {{}}, "auth_keys": {{"k": {{"type": "standard", "key": "{secret}"}}}}}}"#
        ),
        format!(
            r#"{{"signing": {{}}, "auth_keys": {{"k": {{"type": "standard", "key": "{secret}xyz"}}}}}}"#
        ),
        format!(r#"{{"signing": {{}}, "auth_keys": {{"k": {{"key": "{secret}:x"}}}}}}"#),
    ] {
        let linted = found(&[("ca-config.json", &text)], &[]);
        assert!(!linted[0].findings.is_empty(), "{text}");
        assert!(!format!("{linted:?}").contains(secret), "{linted:#?}");
    }
}

#[test]
fn what_is_not_cfssls_has_no_findings() {
    for text in ["[]", "null", "{}", "5", r#"{"cert": "x", "key": "y"}"#] {
        let linted = found(&[("x.json", text)], &[]);
        assert_eq!(linted[0].kind, CfsslKind::Unknown, "{text}");
        assert_eq!(linted[0].findings, [], "{text}");
    }
}

#[test]
fn many_mistakes_are_cut() {
    let hosts: Vec<_> = (0..500).map(|n| format!("\"10.0.0.{n}:2379\"")).collect();
    let text = format!(r#"{{"CN": "x", "hosts": [{}]}}"#, hosts.join(","));
    let linted = found(&[("x.json", &text)], &[]);
    assert!(linted[0].is_cut);
    assert_eq!(linted[0].findings.len(), MOST_WARNINGS);
}

#[test]
fn what_is_cut_is_not_the_worst() {
    let twice = "\"m0\",".repeat(300);
    let text = format!(r#"{{"CN": "x", "hosts": [{twice}"10.0.0.1:2379"]}}"#);
    let linted = found(&[("x.json", &text)], &[]);
    assert!(linted[0].is_cut);
    assert_eq!(linted[0].count(Severity::Error), 1);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,80}", bytes: Vec<u8>) {
        let _ = found(&[("server.json", &text)], &["a"]);
        let _ = lint_cfssl(&[LintDocument { file: "ca.json", bytes: &bytes }], &[]);
    }

    #[test]
    fn never_panics_on_broken_documents(
        index in 0..EXAMPLES.len(),
        at: proptest::sample::Index,
        instead in "[\\[\\]{}:,\"a-z0-9-]{0,3}",
    ) {
        for (file, text) in EXAMPLES[index].fires {
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            let Some(at) = (!places.is_empty()).then(|| places[at.index(places.len())]) else {
                continue;
            };
            let broken = format!("{}{instead}{}", &text[..at], &text[at + 1..]);
            let _ = found(&[(file, &broken)], EXAMPLES[index].profiles);
            proptest::prop_assert!(agrees(file, &broken), "{broken}");
        }
    }
}

#[test]
fn what_the_strict_reading_refuses_is_told() {
    for (file, text) in EXAMPLES.iter().flat_map(|e| e.fires.iter().chain(e.silent)) {
        assert!(agrees(file, text), "{text}");
    }
}

/// Whether lint says something of what a strict reading refuses.
fn agrees(file: &str, text: &str) -> bool {
    let linted = found(&[(file, text)], &[]);
    let bytes = text.as_bytes();
    let is_refused = match linted[0].kind {
        CfsslKind::SigningConfig => SigningConfig::parse(bytes, Reading::Strict).is_err(),
        CfsslKind::CertificateRequest => {
            CfsslCertificateRequest::parse(bytes, Reading::Strict).is_err()
        }
        CfsslKind::Unknown => false,
    };
    !is_refused || !linted[0].findings.is_empty()
}
