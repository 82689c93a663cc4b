//! YAML as a tree in which every value knows its place and its spelling.
//!
//! kubeadm's YAML 1.1 makes numbers of `1.20` and truth values of `no`; the
//! tree keeps what was written, and whoever wants a text can tell that it was
//! not quoted.

mod source;
mod write;

use std::collections::BTreeMap;

use serde_saphyr::Location;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};

use self::source::RawNode;
pub(crate) use self::write::{Value, write};
use crate::document::{DocumentError, Position};
use crate::name::Quoted;

/// A value of a YAML document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) position: Position,
    pub(crate) content: Content,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing, `~` or `null`.
    Null,
    /// A text, a number or a truth value, as it was written.
    Scalar {
        /// The text without quotes.
        text: String,
        /// Whether YAML takes it for a text: in quotes, or like nothing else.
        is_text: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a map and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_position: Position,
    pub(crate) value: Node,
}

impl Node {
    /// The word for the kind of value, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Null => "nothing",
            Content::Scalar { is_text: true, .. } => "a text",
            Content::Scalar { text, .. } if is_truth_value(text) => "a truth value",
            Content::Scalar { .. } => "a number",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }

    /// The value under a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.content {
            Content::Map(entries) => {
                let entry = entries.iter().find(|entry| entry.key == key)?;
                Some(&entry.value)
            }
            _ => None,
        }
    }

    /// The values of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// Reads every document of a file; empty ones are left out.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Node>, DocumentError> {
    if bytes.len() > LARGEST {
        return Err(DocumentError::of_whole(format!(
            "the file has {} bytes, and {LARGEST} is the limit",
            bytes.len()
        )));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    let raw: Vec<RawNode> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(|error| {
            let place = error.location().and_then(|place| position(&place));
            DocumentError::at(place, "", message(&error))
        })?;
    let mut documents = Vec::new();
    for node in raw {
        let node = node.resolve(text)?;
        check_duplicates(&node, &mut String::new())?;
        documents.push(node);
    }
    Ok(documents)
}

/// 1 MiB: a thousand times what a cluster needs.
const LARGEST: usize = 1 << 20;

/// Bounds for hostile files: what is written and what aliases make of it count
/// alike, and no part of YAML that reads types into texts stays on.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            // Each level costs the deserializer some 40 KiB of stack unoptimized.
            max_depth: 32,
            flow_nesting_limit: 32,
            max_documents: 64,
            max_nodes: 50_000,
            max_events: 200_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 10_000,
            max_replay_stack_depth: 16,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Error,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        ignore_binary_tag_for_string: true,
        with_snippet: false,
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> DocumentError {
    let before = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default()).into_owned();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let in_line = before.get(line_start..).unwrap_or_default();
    let place = Position {
        line: before.matches('\n').count() + 1,
        column: in_line.chars().count() + 1,
    };
    DocumentError::at(Some(place), "", "the file is not UTF-8")
}

fn position(place: &Location) -> Option<Position> {
    let line = usize::try_from(place.line()).ok()?;
    let column = usize::try_from(place.column()).ok()?;
    (line > 0).then_some(Position { line, column })
}

/// The parser's words in our form: one line, without the place it repeats.
fn message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(" at line ").next().unwrap_or(line);
    if line.starts_with("budget breached") || line.contains("limit exceeded") {
        return "the file is too large or too deeply nested for a configuration".to_owned();
    }
    for (theirs, ours) in [
        (
            "recursive references",
            "an alias stands inside of what it names",
        ),
        ("YAML merge keys", "merge keys ('<<') are not read here"),
        ("cannot deserialize null into string", "a key is a text"),
        ("expected string scalar", "a key is a text"),
    ] {
        if line.starts_with(theirs) {
            return ours.to_owned();
        }
    }
    let printable: String = line
        .chars()
        .flat_map(|c| match c.is_control() {
            true => c.escape_debug().collect::<Vec<_>>(),
            false => vec![c],
        })
        .collect();
    format!("not YAML: {}", printable.trim_end_matches('.'))
}

/// Two keys of one name in one map: parsers disagree which of them counts.
fn check_duplicates(node: &Node, path: &mut String) -> Result<(), DocumentError> {
    let length = path.len();
    match &node.content {
        Content::Null | Content::Scalar { .. } => {}
        Content::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                check_duplicates(item, path)?;
                path.truncate(length);
            }
        }
        Content::Map(entries) => {
            let mut seen = BTreeMap::new();
            for entry in entries {
                push_key(path, &entry.key);
                if let Some(first) = seen.insert(entry.key.as_str(), entry.key_position) {
                    let Position { line, column } = first;
                    let key = Quoted(&entry.key);
                    return Err(DocumentError::at(
                        Some(entry.key_position),
                        path.as_str(),
                        format!("the key {key} stands twice, first at {line}:{column}"),
                    ));
                }
                check_duplicates(&entry.value, path)?;
                path.truncate(length);
            }
        }
    }
    Ok(())
}

/// Lengthens a path by a key; a key that is no plain word is escaped.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_/.".contains(c);
    match !key.is_empty() && key.len() <= 60 && key.chars().all(plain) {
        true => path.push_str(key),
        false => path.push_str(&Quoted(key).to_string()),
    }
}

/// The truth values of YAML 1.1.
pub(crate) fn is_truth_value(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["y", "n", "yes", "no", "on", "off", "true", "false"].contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(text: &str) -> (String, bool) {
        match &parse(text.as_bytes()).unwrap()[0].content {
            Content::Map(entries) => match &entries[0].value.content {
                Content::Scalar { text, is_text } => (text.clone(), *is_text),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keeps_what_was_written() {
        for (text, value, is_text) in [
            ("a: 1.20", "1.20", false),
            ("a: 012", "012", false),
            ("a: 1_000", "1_000", false),
            ("a: no", "no", false),
            ("a: +0_1", "+0_1", false),
            ("a: ++0", "++0", true),
            ("a: true", "true", false),
            ("a: .nan", ".nan", false),
            (
                "a: 99999999999999999999999",
                "99999999999999999999999",
                false,
            ),
            ("a: 'no'", "no", true),
            ("a: \"012\"", "012", true),
            ("a: !!str 1.20", "1.20", true),
            ("a: v1.20.2", "v1.20.2", true),
            ("a: 10.0.0.10", "10.0.0.10", true),
            ("\u{feff}a: 1.20\r\n", "1.20", false),
            ("{\n\t\"a\": 1.20}", "1.20", false),
        ] {
            assert_eq!(scalar(text), (value.to_owned(), is_text), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_place() {
        for (text, expected) in [
            (
                "a: 1\nb:\n  c: 1\n  c: 2\n",
                "4:3: b.c: the key 'c' stands twice, first at 3:3",
            ),
            (
                "a: [1, {x: 1, x: 2}]\n",
                "1:15: a[1].x: the key 'x' stands twice, first at 1:9",
            ),
            (
                "a: !!binary aGVsbG8=\n",
                "1:13: a YAML tag has no meaning here: 'tag:yaml.org,2002:binary'",
            ),
            ("a: !x y\n", "1:7: a YAML tag has no meaning here: '!x'"),
            (
                "a:\n\t- b\n",
                "2:2: not YAML: tabs disallowed within this context (block indentation)",
            ),
            ("a: [\n", "1:4: not YAML: unclosed bracket '['"),
            (
                "a: &x [*x]\n",
                "1:8: an alias stands inside of what it names",
            ),
            ("<<: {a: 1}\n", "1:1: merge keys ('<<') are not read here"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        assert_eq!(
            parse(b"a: b\nc: \xff").unwrap_err().to_string(),
            "2:4: the file is not UTF-8"
        );
    }

    #[test]
    fn stays_within_bounds() {
        let too_large = "the file is too large or too deeply nested for a configuration";
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(",");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let blocks: String = (0..100)
            .map(|depth| format!("{}a:\n", " ".repeat(depth)))
            .collect();
        for text in [bomb, nested, blocks, "- a\n".repeat(200_000)] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().message, too_large);
        }
        assert!(parse(&vec![b'#'; LARGEST + 1]).is_err());
        assert!(parse(b"").unwrap().is_empty());
    }
}
