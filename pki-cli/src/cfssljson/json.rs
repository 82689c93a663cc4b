//! JSON as cfssljson reads it: any object, of which it wants a few strings. The text of a key is
//! unescaped straight into memory that is wiped; serde's own buffers are never given it.

use std::collections::BTreeMap;

use pki_core::cfssl::go_json_syntax_error;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// The members of an object, the last of two with one key, as Go has it.
pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// What a value is, in Go's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    pub(super) fn of(raw: &RawValue) -> Self {
        match raw.get().as_bytes().first() {
            Some(b'"') => Self::String,
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// Reads one value and nothing behind it. The error is Go's text.
pub(super) fn document(text: &str) -> Result<&RawValue, String> {
    serde_json::from_str(text)
        .map_err(|error| go_json_syntax_error(text.as_bytes()).unwrap_or_else(|| error.to_string()))
}

/// The members of an object; `None` for another value.
pub(super) fn members(raw: &RawValue) -> Option<Members<'_>> {
    serde_json::from_str(raw.get()).ok()
}

/// The elements of an array; `None` for another value.
pub(super) fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// A string without its escapes; `None` for another value. A lone surrogate becomes U+FFFD.
pub(super) fn string(raw: &RawValue) -> Option<Zeroizing<String>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    // Never moved while it is filled: no escape is shorter than what it stands for.
    let mut out = Zeroizing::new(String::with_capacity(inner.len()));
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = escape.chars();
        chars.next();
        match chars.next()? {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                let (code, after) = unit(chars.as_str())?;
                chars = after.chars();
                let low = after.strip_prefix("\\u").and_then(unit);
                match (code, low) {
                    (0xd800..=0xdbff, Some((low @ 0xdc00..=0xdfff, after))) => {
                        let pair = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                        out.push(char::from_u32(pair).unwrap_or('\u{fffd}'));
                        chars = after.chars();
                    }
                    _ => out.push(char::from_u32(code).unwrap_or('\u{fffd}')),
                }
            }
            other => out.push(other),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Some(out)
}

/// Four hexadecimal digits, and what follows.
fn unit(text: &str) -> Option<(u32, &str)> {
    let digits = text.get(..4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, text.get(4..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unescaped(text: &str) -> String {
        let raw = document(text).expect("JSON");
        string(raw).expect("a string").as_str().to_owned()
    }

    #[test]
    fn unescapes_as_go_does() {
        assert_eq!(unescaped(r#""a\n\t\"\\\/\u0041\u00e9b""#), "a\n\t\"\\/Aéb");
        assert_eq!(
            unescaped(r#""\ud83d\ude00 \ud83d \ude00x\ud83dA""#),
            "😀 \u{fffd} \u{fffd}x\u{fffd}A"
        );
        assert_eq!(unescaped(r#""""#), "");
    }

    #[test]
    fn says_what_is_wrong_as_go_does() {
        for (text, error) in [
            ("", "unexpected end of JSON input"),
            ("  \n", "unexpected end of JSON input"),
            ("{\"a\": ", "unexpected end of JSON input"),
            ("{} t", "invalid character 't' after top-level value"),
            (
                "error: x",
                "invalid character 'e' looking for beginning of value",
            ),
            (
                "2026/11/22 [INFO]",
                "invalid character '/' after top-level value",
            ),
        ] {
            assert_eq!(document(text).err(), Some(error.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_last_of_two_members_wins() {
        let raw = document(r#"{"a": 1, "a": "x"}"#).expect("JSON");
        let members = members(raw).expect("an object");
        assert_eq!(Kind::of(members["a"]), Kind::String);
    }

    proptest! {
        #[test]
        fn every_string_comes_back(text in any::<String>()) {
            let coded = serde_json::to_string(&text).expect("JSON");
            prop_assert_eq!(unescaped(&coded), text.clone());
            let ascii: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(unescaped(&format!("\"{ascii}\"")), text);
        }

        #[test]
        fn never_panics(text in "[\\[\\]{}:,\"\\\\u0-9a-f tn]{0,40}") {
            if let Ok(raw) = document(&text) {
                let _ = (string(raw), members(raw), elements(raw), Kind::of(raw).name());
            }
        }
    }
}
