//! YAML as it is written: what [`parse`](super::parse) and kubeadm's YAML 1.1
//! read back alike.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Flag(bool),
    Number(i64),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Value {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list of texts.
    pub(crate) fn texts<T: ToString>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts = texts.into_iter();
        Self::List(texts.map(|text| Self::Text(text.to_string())).collect())
    }

    /// A map of these fields.
    pub(crate) fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        let entries = entries.into_iter();
        Self::Map(
            entries
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    /// Puts a value at a path of keys such as `etcd.external`, over what stands
    /// there; what is no map on the way becomes one.
    pub(crate) fn set(&mut self, path: &str, value: Self) {
        let (key, rest) = match path.split_once('.') {
            Some((key, rest)) => (key, Some(rest)),
            None => (path, None),
        };
        if !matches!(self, Self::Map(_)) {
            *self = Self::Map(Vec::new());
        }
        let Self::Map(entries) = self else {
            return;
        };
        let place = match entries.iter().position(|(known, _)| known == key) {
            Some(at) => entries.get_mut(at),
            None => {
                entries.push((key.to_owned(), Self::Null));
                entries.last_mut()
            }
        };
        match (place, rest) {
            (Some((_, place)), Some(rest)) => place.set(rest, value),
            (Some((_, place)), None) => *place = value,
            (None, _) => {}
        }
    }

    /// Takes a field out of a map.
    pub(crate) fn remove(&mut self, key: &str) {
        if let Self::Map(entries) = self {
            entries.retain(|(known, _)| known != key);
        }
    }

    /// The value at a path of keys.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |value, key| match value {
            Self::Map(entries) => {
                let found = entries.iter().find(|(known, _)| known == key);
                found.map(|(_, value)| value)
            }
            _ => None,
        })
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// Documents with a line between them.
pub(crate) fn write(documents: &[Value]) -> Result<String, serde_saphyr::ser::Error> {
    let mut text = String::new();
    for (index, document) in documents.iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
        text.push_str(&serde_saphyr::to_string_with_options(document, options)?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Node, parse};
    use super::*;

    fn read_back(node: &Node) -> Value {
        match &node.content {
            Content::Null => Value::Null,
            Content::Scalar {
                text,
                is_text: true,
            } => Value::text(text),
            Content::Scalar { text, .. } => match text.parse() {
                Ok(flag) => Value::Flag(flag),
                Err(_) => Value::Number(text.parse().unwrap()),
            },
            Content::List(items) => Value::List(items.iter().map(read_back).collect()),
            Content::Map(entries) => {
                let entries = entries.iter();
                Value::Map(
                    entries
                        .map(|entry| (entry.key.clone(), read_back(&entry.value)))
                        .collect(),
                )
            }
        }
    }

    fn check(value: Value) {
        let documents = [
            Value::map([("a", value.clone())]),
            Value::map([("b", Value::List(vec![value]))]),
        ];
        let text = write(&documents).unwrap();
        let read: Vec<_> = parse(text.as_bytes())
            .unwrap_or_else(|error| panic!("{error}\n{text}"))
            .iter()
            .map(read_back)
            .collect();
        assert_eq!(read, documents, "{text}");
    }

    #[test]
    fn texts_stay_texts() {
        for text in [
            "",
            " ",
            "1.20",
            "012",
            "0x1F",
            "0o7",
            "1_000",
            "yes",
            "No",
            "on",
            "y",
            "true",
            "null",
            "~",
            ".inf",
            ".NaN",
            "1e3",
            "12:30:45",
            "2026-11-22",
            "=",
            "<<",
            ":",
            "a: b",
            "a #b",
            "- a",
            "-",
            "?",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "[a",
            "{a}",
            "a\nb",
            "a\n",
            "\t",
            "'",
            "\"",
            "\\",
            "a ",
            " a",
            "---",
            "...",
            "\u{85}",
            "\u{feff}",
            "\u{2028}",
            "é",
            "10.0.0.10",
            "fd00::1",
            "::",
            "+1",
            "-1",
            "1.",
            ".5",
            "0b1",
        ] {
            check(Value::text(text));
        }
        for value in [
            Value::Null,
            Value::Flag(true),
            Value::Number(-3),
            Value::List(Vec::new()),
            Value::Map(Vec::new()),
        ] {
            check(value);
        }
    }

    fn value() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            "\\PC{0,12}|[\\x20-\\x7e\\n\\t]{0,12}|[0-9.:_xeyno+-]{0,6}".prop_map(Value::Text),
            any::<bool>().prop_map(Value::Flag),
            any::<i64>().prop_map(Value::Number),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            let keys = prop_oneof!["[a-zA-Z0-9.:#-]{1,8}", "\\PC{1,4}"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                prop::collection::btree_map(keys, inner, 0..4)
                    .prop_map(|map| Value::Map(map.into_iter().collect())),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn is_read_back(value in value()) {
            check(value);
        }
    }

    #[test]
    fn paths() {
        let mut map = Value::map([("a", Value::Number(1))]);
        map.set("b.c", Value::Number(2));
        map.set("a", Value::Number(3));
        assert_eq!(map.at("b.c"), Some(&Value::Number(2)));
        assert_eq!(map.at("a"), Some(&Value::Number(3)));
        assert_eq!(map.at("a.b"), None);
        map.set("a.b", Value::Null);
        assert_eq!(map.at("a.b"), Some(&Value::Null));
    }
}
