//! What serde-saphyr hands over, and what stands in the source behind it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned, Tagged};

use super::{Content, Entry, Node, is_truth_value, position};
use crate::document::{DocumentError, Position};
use crate::name::Quoted;

/// A node as the parser hands it over: numbers still stand in the source.
pub(super) struct RawNode(Spanned<Tagged<RawContent>>);

enum RawContent {
    /// Not a text for YAML 1.2: what it says stands in the source.
    Typed,
    Null,
    Text(String),
    List(Vec<RawNode>),
    Map(Vec<(Spanned<String>, RawNode)>),
}

impl RawNode {
    /// Takes the spelling of every number from the source.
    pub(super) fn resolve(self, source: &str) -> Result<Node, DocumentError> {
        const START: Position = Position { line: 1, column: 1 };
        let place = self.0.defined;
        let node_position = position(&place).unwrap_or(START);
        let Tagged(content, tag) = self.0.value;
        let tagged = tag.is_some();
        let refused_tag = tag.filter(|tag| !["!", "tag:yaml.org,2002:str"].contains(&tag.as_str()));
        if let Some(tag) = refused_tag {
            let message = format!("a YAML tag has no meaning here: {}", Quoted(&tag));
            return Err(DocumentError::at(Some(node_position), "", message));
        }
        let content = match content {
            RawContent::Null => Content::Null,
            RawContent::Typed => Content::Scalar {
                text: slice(source, &place).trim().to_owned(),
                is_text: false,
            },
            RawContent::Text(text) => {
                let quoted = slice(source, &place).starts_with(['"', '\'', '|', '>']);
                let is_text =
                    tagged || quoted || text.contains('\n') || !reads_as_another_type(&text);
                Content::Scalar { text, is_text }
            }
            RawContent::List(items) => Content::List(
                items
                    .into_iter()
                    .map(|item| item.resolve(source))
                    .collect::<Result<_, _>>()?,
            ),
            RawContent::Map(entries) => {
                let mut resolved = Vec::new();
                for (key, value) in entries {
                    resolved.push(Entry {
                        key_position: position(&key.defined).unwrap_or(node_position),
                        key: key.value,
                        value: value.resolve(source)?,
                    });
                }
                Content::Map(resolved)
            }
        };
        Ok(Node {
            position: node_position,
            content,
        })
    }
}

fn slice<'a>(source: &'a str, place: &Location) -> &'a str {
    let span = place.span();
    let start = span.byte_offset().and_then(|at| usize::try_from(at).ok());
    let length = span.byte_len().and_then(|len| usize::try_from(len).ok());
    match (start, length) {
        (Some(start), Some(length)) => source
            .get(start..start.saturating_add(length))
            .unwrap_or_default(),
        _ => "",
    }
}

/// Whether YAML 1.1, which Kubernetes reads, takes a bare word for something
/// else than a text though YAML 1.2 does not.
fn reads_as_another_type(word: &str) -> bool {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    let number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.'))
        && digits.matches('.').count() <= 1;
    number || is_truth_value(word)
}

impl<'de> Deserialize<'de> for RawNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for RawContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = RawContent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<RawContent, E> {
        Ok(RawContent::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<RawContent, E> {
        Ok(RawContent::Typed)
    }

    fn visit_i64<E>(self, _: i64) -> Result<RawContent, E> {
        Ok(RawContent::Typed)
    }

    fn visit_u64<E>(self, _: u64) -> Result<RawContent, E> {
        Ok(RawContent::Typed)
    }

    fn visit_i128<E>(self, _: i128) -> Result<RawContent, E> {
        Ok(RawContent::Typed)
    }

    fn visit_u128<E>(self, _: u128) -> Result<RawContent, E> {
        Ok(RawContent::Typed)
    }

    fn visit_f64<E>(self, _: f64) -> Result<RawContent, E> {
        Ok(RawContent::Typed)
    }

    fn visit_str<E>(self, text: &str) -> Result<RawContent, E> {
        Ok(RawContent::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawContent, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(RawContent::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<RawContent, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(RawContent::Map(map))
    }
}
