//! What a command of cfssl prints on stdout.

use std::fmt;

use pki_core::cfssl::write_go_json_string;
use zeroize::Zeroizing;

/// The bytes for stdout: printed when the command has done all of its work, or never.
pub(crate) struct Output(Zeroizing<Vec<u8>>);

impl Output {
    /// Text as it is.
    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// One line with an object of strings, the keys sorted: `{"cert":"…","key":"…"}`.
    pub(crate) fn object(members: &[(&str, &str)]) -> Self {
        let mut members = members.to_vec();
        members.sort_unstable();
        // Never moved while it is filled: a buffer that grows would leave copies of a key behind.
        let longest: usize = members
            .iter()
            .map(|(k, v)| 6 * (k.len() + v.len()) + 8)
            .sum();
        let mut line = Zeroizing::new(String::with_capacity(longest + 4));
        for (number, (key, value)) in members.iter().enumerate() {
            line.push(if number == 0 { '{' } else { ',' });
            push_json(&mut line, key);
            line.push(':');
            push_json(&mut line, value);
        }
        if members.is_empty() {
            line.push('{');
        }
        line.push_str("}\n");
        Self(Zeroizing::new(line.as_bytes().to_vec()))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Output([{} bytes elided])", self.0.len())
    }
}

/// A string as Go's `encoding/json` writes it: what HTML or JavaScript would trip over is escaped.
pub(crate) fn json_string(text: &str) -> String {
    let mut out = String::new();
    push_json(&mut out, text);
    out
}

/// Appends what [`json_string`] gives, for a buffer that must not move.
pub(super) fn push_json(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = write_go_json_string(out, text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sorts_keys_and_escapes_as_go_does() {
        let output = Output::object(&[("key", "a\nb"), ("cert", "<\"&>\\\u{2028}\u{1}é\t")]);
        assert_eq!(
            String::from_utf8_lossy(output.bytes()),
            "{\"cert\":\"\\u003c\\\"\\u0026\\u003e\\\\\\u2028\\u0001é\\t\",\"key\":\"a\\nb\"}\n"
        );
        assert_eq!(Output::object(&[]).bytes(), b"{}\n");
        assert_eq!(format!("{output:?}"), "Output([63 bytes elided])");
    }

    proptest! {
        #[test]
        fn every_string_comes_back(text in ".{0,40}") {
            let back: String = serde_json::from_str(&json_string(&text)).expect("JSON");
            prop_assert_eq!(back, text);
        }
    }
}
