//! The `name_whitelist` of a profile: what the names of a certificate must match.

use std::fmt;

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::Look;

mod re2;

/// A regular expression in Go's dialect (RE2) that is found anywhere in a name.
#[derive(Clone)]
pub struct NameWhitelist {
    text: String,
    expression: Regex,
}

/// Longer expressions are refused, as are those that compile into much.
const LONGEST: usize = 4096;
const SIZE: usize = 1 << 20;

impl NameWhitelist {
    /// Compiles an expression; matching takes time that is linear in the name.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("{LONGEST} bytes are the limit"));
        }
        let expression = RegexBuilder::new(&re2::translated(text)?)
            .size_limit(SIZE)
            .dfa_size_limit(SIZE)
            .build()
            // The whole text would draw the translated expression.
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "it compiles into too much".to_owned(),
                _ => "its syntax is wrong".to_owned(),
            })?;
        Ok(Self {
            text: text.to_owned(),
            expression,
        })
    }

    /// Whether the expression is found somewhere in this name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.expression.is_match(name)
    }

    /// Whether a name must match as a whole, from its start to its end.
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        let parsed = regex_syntax::parse(self.expression.as_str());
        parsed.is_ok_and(|parsed| {
            let properties = parsed.properties();
            properties.look_set_prefix().contains(Look::Start)
                && properties.look_set_suffix().contains(Look::End)
        })
    }

    /// The expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for NameWhitelist {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for NameWhitelist {}

impl fmt::Debug for NameWhitelist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_in_go() {
        for (expression, yes, no) in [
            (
                r"^[a-z]+\.k8s\.internal$",
                "a.k8s.internal",
                "a.k8s.internal.",
            ),
            ("k8s", "my-k8s-host", "my-host"),
            // Digits and letters of words are ASCII in Go.
            (r"^\d+$", "123", "\u{663}"),
            (r"^\w+$", "aZ_9", "\u{e9}"),
            (r"^\W$", "\u{e9}", "a"),
            (r"^[\d\-x]+$", "1-x", "\u{663}"),
            (r"^[^\D5]$", "4", "5"),
            (r"\bfoo\b", "a foo!", "afoo"),
            (r"^\Qa.b*\E$", "a.b*", "aXbb"),
            (r"^[a[&&b]+$", "[&ab", "c"),
            (r"^[]a]$", "]", "b"),
            (r"^[[:alpha:]_]+$", "ab_", "1"),
            (r"^a{,2}$", "a{,2}", "aa"),
            (r"^a{2,3}$", "aa", "aaaa"),
            (r"^(?i:AB)c$", "abc", "abC"),
            (r"^(?P<n>a|b)\x2d\055$", "a--", "a-"),
            // No boundary of a word as in other dialects, but the sign itself.
            (r"^\_\/\<$", "_/<", "_/"),
            (r"^a+?$", "aa", ""),
            (r"^\p{^L}\P{^L}\pL$", "1aa", "aaa"),
            ("^$", "", "\n"),
        ] {
            let whitelist = NameWhitelist::new(expression).expect(expression);
            assert!(whitelist.matches(yes), "{expression} and {yes}");
            assert!(!whitelist.matches(no), "{expression} and {no}");
            assert_eq!(whitelist.as_str(), expression);
        }
    }

    #[test]
    fn tells_whether_the_whole_name_must_match() {
        for (expression, anchored) in [
            ("^a$", true),
            (r"\Aa\z", true),
            ("^(a|b)$", true),
            ("(^a$|^b$)", true),
            ("^a|b$", false),
            ("^a", false),
            (r"^a\$", false),
            ("(?m)^a$", false),
            ("a", false),
        ] {
            let whitelist = NameWhitelist::new(expression).expect(expression);
            assert_eq!(whitelist.is_anchored(), anchored, "{expression}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for expression in [
            "(",
            ")",
            "[",
            "[a",
            "[z-a]",
            "*",
            "a**",
            "a{2}{3}",
            "a{1001}",
            "a{3,2}",
            r"\1",
            r"\8",
            r"\C",
            r"\y",
            r"\",
            "(?x)a",
            "(?=a)",
            "(?<!a)b",
            "[[:foo:]]",
            r"[\b]",
            r"\pX",
            "(?P=n)",
            r"\x{110000}",
            r"\u{61}",
        ] {
            assert!(NameWhitelist::new(expression).is_err(), "{expression}");
        }
        assert!(NameWhitelist::new(&"a".repeat(5000)).is_err());
        assert!(NameWhitelist::new("(((a{999}){9}){9}){9}").is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,20}|[\\[\\]()\\\\^$.|?*+{},a-z0-9:<>=&~QEdDwWbpx-]{0,24}", name: String) {
            if let Ok(whitelist) = NameWhitelist::new(&text) {
                let _ = whitelist.matches(&name);
            }
        }
    }
}
