//! The parts of an answer: what cfssl printed, or what its API said.

use std::fmt;

use base64::Engine;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::json::{self, Kind, Members};
use crate::cfssl::CfsslFailure;
use crate::output::harmless;
use crate::store::ReplacementMode;

/// Every suffix that a file of ours can have.
pub(super) const SUFFIXES: [&str; 7] = [
    ".pem",
    "-key.pem",
    "-key.enc",
    ".csr",
    "-bundle.pem",
    "-root.pem",
    "-response.der",
];

/// The most errors of an answer that are printed; a server sends one.
const MOST_ERRORS: usize = 20;

/// One file's content.
pub(super) struct Part {
    /// What follows the name.
    pub(super) suffix: &'static str,
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) mode: ReplacementMode,
    /// Whether it is printed in base64.
    pub(super) is_binary: bool,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({}, {} bytes)", self.suffix, self.bytes.len())
    }
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) parts: Vec<Part>,
    /// Whether it has the members of an answer of the API.
    pub(super) is_envelope: bool,
}

fn refuse(why: impl fmt::Display) -> CfsslFailure {
    CfsslFailure::new(format!("Failed to parse input: {why}"))
}

impl Answer {
    /// `bare`: the input is the result itself, without the API's envelope.
    pub(super) fn read(input: &[u8], bare: bool) -> Result<Self, CfsslFailure> {
        let text = utf8(input);
        let raw = json::document(&text).map_err(refuse)?;
        let members = object(
            raw,
            match bare {
                true => "value of type map[string]interface {}",
                false => "value of type main.Response",
            },
        )?;
        let is_envelope = members.contains_key("success") && members.contains_key("result");
        let result = match bare {
            true => members,
            false => result(&members)?,
        };
        Ok(Self {
            parts: parts(&result)?,
            is_envelope,
        })
    }
}

/// The input as text. What is not UTF-8 becomes U+FFFD, as in Go.
fn utf8(input: &[u8]) -> Zeroizing<String> {
    // It may hold a key, so it is never moved while it is filled: U+FFFD has three bytes.
    let longest = match std::str::from_utf8(input) {
        Ok(_) => input.len(),
        Err(_) => input.len().saturating_mul(3),
    };
    let mut text = Zeroizing::new(String::with_capacity(longest));
    for chunk in input.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// The members of an object, none of null.
fn object<'a>(raw: &'a RawValue, go_type: &str) -> Result<Members<'a>, CfsslFailure> {
    match json::members(raw) {
        Some(members) => Ok(members),
        None if Kind::of(raw) == Kind::Null => Ok(Members::new()),
        None => Err(refuse(format!(
            "json: cannot unmarshal {} into Go {go_type}",
            Kind::of(raw).name()
        ))),
    }
}

/// The result of an answer that says it was a success.
fn result<'a>(envelope: &Members<'a>) -> Result<Members<'a>, CfsslFailure> {
    // Go's keys of a struct match in any case; a key that fits exactly comes first.
    let member = |key: &str| {
        let exact = envelope.get(key);
        exact.or_else(|| {
            let mut folded = envelope.iter().filter(|(k, _)| k.eq_ignore_ascii_case(key));
            folded.next_back().map(|(_, value)| value)
        })
    };
    let wrong = |raw: &RawValue, field: &str, go_type: &str| {
        refuse(format!(
            "json: cannot unmarshal {} into Go struct field Response.{field} of type {go_type}",
            Kind::of(raw).name()
        ))
    };
    let success = match member("success") {
        None => false,
        Some(raw) => match (Kind::of(raw), raw.get()) {
            (Kind::Bool, text) => text == "true",
            (Kind::Null, _) => false,
            _ => return Err(wrong(raw, "success", "bool")),
        },
    };
    let mut errors = Vec::new();
    if let Some(raw) = member("errors").filter(|raw| Kind::of(raw) != Kind::Null) {
        let elements =
            json::elements(raw).ok_or_else(|| wrong(raw, "errors", "[]main.ResponseMessage"))?;
        for element in elements {
            let members = object(
                element,
                "struct field Response.errors of type main.ResponseMessage",
            )?;
            let message = members.get("message").and_then(|raw| json::string(raw));
            errors.push(message.map(|text| harmless(&text)).unwrap_or_default());
        }
    }
    if !success {
        let mut text = String::from("Request failed:");
        for error in errors.iter().take(MOST_ERRORS) {
            text.push_str(&format!("\n\t{error}"));
        }
        if let Some(more @ 1..) = errors.len().checked_sub(MOST_ERRORS) {
            text.push_str(&format!("\n\tand {more} more"));
        }
        let failure = CfsslFailure::new(text);
        let printed = ["cert", "key", "csr"]
            .iter()
            .any(|key| envelope.contains_key(*key));
        return Err(match printed {
            true => failure.advise("the input is what cfssl prints: write cfssljson -bare NAME"),
            false => failure,
        });
    }
    match member("result") {
        None => Ok(Members::new()),
        Some(raw) => json::members(raw)
            .or_else(|| (Kind::of(raw) == Kind::Null).then(Members::new))
            .ok_or_else(|| wrong(raw, "result", "map[string]interface {}")),
    }
}

fn parts(result: &Members<'_>) -> Result<Vec<Part>, CfsslFailure> {
    let public = |suffix, text: Zeroizing<String>, mode| Part {
        suffix,
        bytes: Zeroizing::new(text.as_bytes().to_vec()),
        mode: ReplacementMode::Kept(mode),
        is_binary: false,
    };
    let secret = |suffix, text: Zeroizing<String>, is_binary| Part {
        suffix,
        bytes: Zeroizing::new(text.as_bytes().to_vec()),
        mode: ReplacementMode::Fixed(0o600),
        is_binary,
    };
    let mut parts = Vec::new();
    if let Some(text) = text(result, &["cert", "certificate"])? {
        parts.push(public(".pem", text, 0o664));
    }
    if let Some(text) = text(result, &["key", "private_key"])? {
        parts.push(secret("-key.pem", text, false));
    }
    if let Some(text) = text(result, &["encrypted_key"])? {
        parts.push(secret("-key.enc", text, true));
    }
    if let Some(text) = text(result, &["csr", "certificate_request"])? {
        parts.push(public(".csr", text, 0o644));
    }
    let inner = result.get("result").and_then(|raw| json::members(raw));
    match inner
        .as_ref()
        .and_then(|inner| json::members(inner.get("bundle")?))
    {
        Some(bundle) => {
            let part = |key: &str, why: &str| {
                let found = bundle.get(key).and_then(|raw| json::string(raw));
                found.ok_or_else(|| CfsslFailure::new(why))
            };
            let chain = part("bundle", "inner bundle parsing failed!")?;
            let root = part("root", "root parsing failed!")?;
            let whole = Zeroizing::new(format!("{}\n{}", *chain, *root));
            parts.push(public("-bundle.pem", whole, 0o644));
            parts.push(public("-root.pem", root, 0o644));
        }
        // What cfssl bundle prints; cfssljson after 1.2 writes nothing then.
        None => {
            let bundle = result.get("bundle").and_then(|raw| json::string(raw));
            if let Some(text) = bundle.filter(|text| !text.is_empty()) {
                parts.push(public("-bundle.pem", text, 0o644));
            }
        }
    }
    if let Some(text) = text(result, &["ocspResponse"])? {
        let decoded = base64::engine::general_purpose::STANDARD.decode(text.as_bytes());
        let bytes = decoded
            .map_err(|error| CfsslFailure::new(format!("Failed to parse ocspResponse: {error}")))?;
        parts.push(Part {
            suffix: "-response.der",
            bytes: Zeroizing::new(bytes),
            mode: ReplacementMode::Kept(0o644),
            is_binary: true,
        });
    }
    Ok(parts)
}

/// The first of these members that is there; `None` also if it is empty.
fn text(result: &Members<'_>, keys: &[&str]) -> Result<Option<Zeroizing<String>>, CfsslFailure> {
    let found = keys.iter().find_map(|key| Some((key, result.get(*key)?)));
    let Some((key, raw)) = found else {
        return Ok(None);
    };
    match json::string(raw) {
        Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        None => Err(refuse(format!(
            "{key} must be a string, not {}",
            Kind::of(raw).name()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn suffixes(input: &str, bare: bool) -> Vec<&'static str> {
        let answer = Answer::read(input.as_bytes(), bare).expect("an answer");
        answer.parts.iter().map(|part| part.suffix).collect()
    }

    fn refusal(input: &str, bare: bool) -> String {
        format!(
            "{:?}",
            Answer::read(input.as_bytes(), bare).expect_err("refused")
        )
    }

    #[test]
    fn finds_the_parts_under_either_name() {
        let all = r#"{"cert":"c","key":"k","csr":"r","encrypted_key":"e","ocspResponse":"AAEC"}"#;
        assert_eq!(
            suffixes(all, true),
            [".pem", "-key.pem", "-key.enc", ".csr", "-response.der"]
        );
        let api = r#"{"success":true,"result":{"certificate":"c","private_key":"k",
            "certificate_request":"r"},"errors":[],"messages":[]}"#;
        assert_eq!(suffixes(api, false), [".pem", "-key.pem", ".csr"]);
        // An empty string is there, so that the other name is not looked at.
        assert!(suffixes(r#"{"cert":"","certificate":"c","sums":{}}"#, true).is_empty());
        assert!(suffixes("null", true).is_empty());
        assert!(suffixes(r#"{"Cert":"c"}"#, true).is_empty());
    }

    #[test]
    fn reads_bundles_of_both_forms() {
        let inner = r#"{"result":{"bundle":{"bundle":"b","root":"r"}}}"#;
        let answer = Answer::read(inner.as_bytes(), true).expect("an answer");
        assert_eq!(*answer.parts[0].bytes, b"b\nr");
        assert_eq!(suffixes(inner, true), ["-bundle.pem", "-root.pem"]);
        assert_eq!(
            suffixes(r#"{"bundle":"b","root":"r","key":""}"#, true),
            ["-bundle.pem"]
        );
        assert!(refusal(r#"{"result":{"bundle":{"root":"r"}}}"#, true).contains("inner bundle"));
    }

    #[test]
    fn the_envelope_matches_in_any_case_and_the_last_wins() {
        assert_eq!(
            suffixes(
                r#"{"success":false,"SUCCESS":false,"success":true,"Result":{"cert":"c"}}"#,
                false
            ),
            [".pem"]
        );
        let failed = r#"{"success":false,"result":null,"errors":[{"code":1,"message":"a"},{}]}"#;
        assert!(refusal(failed, false).contains("Request failed:\\n\\ta\\n\\t\""));
        assert!(refusal(r#"{"cert":"c"}"#, false).contains("-bare"));
    }

    #[test]
    fn wrong_types_are_errors() {
        for (input, bare, text) in [
            (r#"{"cert":1}"#, true, "cert must be a string, not number"),
            (r#"{"key":null}"#, true, "key must be a string, not null"),
            (
                "[]",
                true,
                "cannot unmarshal array into Go value of type map[string]interface {}",
            ),
            (
                r#"{"success":"yes"}"#,
                false,
                "Response.success of type bool",
            ),
            (r#"{"success":true,"result":[]}"#, false, "Response.result"),
            (
                r#"{"ocspResponse":"?"}"#,
                true,
                "Failed to parse ocspResponse",
            ),
        ] {
            assert!(refusal(input, bare).contains(text), "{input}");
        }
    }

    #[test]
    fn shows_no_key() {
        let answer = Answer::read(br#"{"key":"geheim"}"#, true).expect("an answer");
        assert!(!format!("{answer:?}").contains("geheim"));
    }

    #[test]
    fn errors_of_a_server_are_lines_of_their_own_and_few() {
        let forged = r#"{"success":false,"errors":[{"message":"a\n2026 [INFO] signed\u202e"}]}"#;
        let said = refusal(forged, false);
        assert!(said.contains(r"a\\n2026 [INFO] signed\\u{202e}"), "{said}");
        let many = vec![r#"{"message":"x"}"#; 25].join(",");
        let said = refusal(&format!(r#"{{"errors":[{many}]}}"#), false);
        assert!(said.contains("and 5 more"), "{said}");
        let long = format!(r#"{{"errors":[{{"message":"{}"}}]}}"#, "x".repeat(100_000));
        assert!(refusal(&long, false).len() < 3000);
    }

    proptest! {
        #[test]
        fn reads_bytes_as_the_library_does(input in prop::collection::vec(any::<u8>(), 0..60)) {
            let text = utf8(&input);
            prop_assert_eq!(text.as_str(), String::from_utf8_lossy(&input));
            prop_assert!(text.capacity() <= 3 * input.len().max(3));
        }

        #[test]
        fn never_panics(input in prop::collection::vec(any::<u8>(), 0..60), bare: bool) {
            let _ = Answer::read(&input, bare);
        }

        #[test]
        fn never_panics_on_json(
            input in "\\{\"(cert|key|success|result|errors|bundle)\":(\"[a-z]?\"|null|true|1|\\{\\}|\\[\\{\\}\\])\\}",
            bare: bool
        ) {
            let _ = Answer::read(input.as_bytes(), bare);
        }
    }
}
