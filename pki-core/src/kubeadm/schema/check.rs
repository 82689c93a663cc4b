//! The check of a document against the fields of its kind.

use super::{ApiVersion, Field, Kind, OWN_KINDS, Shape};
use crate::document::DocumentError;
use crate::name::Quoted;
use crate::yaml::{Content, Entry, Node, push_key};

impl Kind {
    /// Refuses unknown fields and values of the wrong type; `api_version` is
    /// the one that the document is of, if it is kubeadm's.
    pub(in crate::kubeadm) fn check(
        &self,
        document: &Node,
        api_version: Option<&ApiVersion>,
    ) -> Result<(), DocumentError> {
        let Some(fields) = self.fields else {
            return Ok(());
        };
        let check = Check {
            kind: self,
            siblings: api_version.map_or(OWN_KINDS, |version| version.kinds),
            api_version: api_version.map(|version| version.name),
        };
        check.object(document, fields, &mut String::new())
    }
}

pub(super) struct Check<'a> {
    pub(super) kind: &'a Kind,
    pub(super) siblings: &'a [Kind],
    pub(super) api_version: Option<&'static str>,
}

impl Check<'_> {
    fn object(
        &self,
        node: &Node,
        fields: &[Field],
        path: &mut String,
    ) -> Result<(), DocumentError> {
        let entries = match &node.content {
            Content::Null => return Ok(()),
            Content::Map(entries) => entries,
            _ => return Err(wrong_type(node, path, "a map of fields", None)),
        };
        let length = path.len();
        for entry in entries {
            let top_level = length == 0 && ["apiVersion", "kind"].contains(&entry.key.as_str());
            push_key(path, &entry.key);
            match fields.iter().find(|field| field.name == entry.key) {
                Some(field) => self.value(&entry.value, &field.shape, path)?,
                None if top_level => {}
                None => return Err(self.unknown(entry, fields, path)),
            }
            path.truncate(length);
        }
        Ok(())
    }

    fn value(&self, node: &Node, shape: &Shape, path: &mut String) -> Result<(), DocumentError> {
        if matches!(node.content, Content::Null) {
            return Ok(());
        }
        match shape {
            Shape::Anything => Ok(()),
            Shape::Text | Shape::Word(_) => text(node, path),
            Shape::Secret => secret(node, path),
            Shape::Version => match node.content {
                Content::Scalar { .. } => Ok(()),
                _ => Err(wrong_type(node, path, "a version", None)),
            },
            Shape::Number => match &node.content {
                Content::Scalar {
                    text,
                    is_text: false,
                } if text.parse::<i64>().is_ok() => Ok(()),
                _ => Err(wrong_type(node, path, "a whole number", None)),
            },
            Shape::Flag => flag(node, path),
            Shape::Texts | Shape::Words(_) => {
                self.list(node, path, "a list of texts", |item, path| text(item, path))
            }
            Shape::Flags => self.map(node, path, |entry, path| flag(&entry.value, path)),
            Shape::Map => self.map(node, path, |_, _| Ok(())),
            Shape::List => self.list(node, path, "a list", |_, _| Ok(())),
            Shape::Object(fields) => self.object(node, fields, path),
            Shape::Objects(fields) => {
                let names: Vec<_> = fields.iter().map(|field| field.name).collect();
                let wanted = format!("a list of maps with {}", names.join(", "));
                self.list(node, path, &wanted, |item, path| {
                    self.object(item, fields, path)
                })
            }
        }
    }

    fn list(
        &self,
        node: &Node,
        path: &mut String,
        wanted: &str,
        each: impl Fn(&Node, &mut String) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        let Content::List(items) = &node.content else {
            let spelled = match &node.content {
                Content::Scalar { text, .. } => Some(format!("[{text}]")),
                _ => None,
            };
            return Err(wrong_type(node, path, wanted, spelled));
        };
        let length = path.len();
        for (index, item) in items.iter().enumerate() {
            path.push_str(&format!("[{index}]"));
            if matches!(item.content, Content::Null) {
                return Err(wrong_type(item, path, "a value", None));
            }
            each(item, path)?;
            path.truncate(length);
        }
        Ok(())
    }

    fn map(
        &self,
        node: &Node,
        path: &mut String,
        each: impl Fn(&Entry, &mut String) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        let Content::Map(entries) = &node.content else {
            return Err(wrong_type(node, path, "a map of names to values", None));
        };
        let length = path.len();
        for entry in entries {
            push_key(path, &entry.key);
            each(entry, path)?;
            path.truncate(length);
        }
        Ok(())
    }

    fn unknown(&self, entry: &Entry, fields: &[Field], path: &str) -> DocumentError {
        let suggestion = self.suggestion(&entry.key, fields, path);
        DocumentError {
            position: Some(entry.key_position),
            path: path.to_owned(),
            message: format!("unknown field {} of {}", Quoted(&entry.key), self.kind.name),
            suggestion,
        }
    }
}

fn text(node: &Node, path: &str) -> Result<(), DocumentError> {
    match &node.content {
        Content::Scalar { is_text: true, .. } => Ok(()),
        Content::Scalar { text, .. } => Err(wrong_type(
            node,
            path,
            "a text",
            Some(format!("\"{text}\"")),
        )),
        _ => Err(wrong_type(node, path, "a text", None)),
    }
}

fn secret(node: &Node, path: &str) -> Result<(), DocumentError> {
    match &node.content {
        Content::Scalar { is_text: true, .. } => Ok(()),
        _ => Err(DocumentError {
            position: Some(node.position),
            path: path.to_owned(),
            message: format!("this is {}, and a text belongs here", node.kind()),
            suggestion: Some("a text in quotes".to_owned()),
        }),
    }
}

fn flag(node: &Node, path: &str) -> Result<(), DocumentError> {
    let Content::Scalar { text, is_text } = &node.content else {
        return Err(wrong_type(node, path, "true or false", None));
    };
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "true" | "false" if !is_text => Ok(()),
        "true" | "yes" | "on" | "y" => Err(wrong_type(
            node,
            path,
            "true or false",
            Some("true".to_owned()),
        )),
        "false" | "no" | "off" | "n" => Err(wrong_type(
            node,
            path,
            "true or false",
            Some("false".to_owned()),
        )),
        _ => Err(wrong_type(node, path, "true or false", None)),
    }
}

fn wrong_type(node: &Node, path: &str, wanted: &str, suggestion: Option<String>) -> DocumentError {
    let found = match &node.content {
        Content::Scalar { text, .. } => format!("{} is {}", Quoted(text), node.kind()),
        _ => format!("this is {}", node.kind()),
    };
    DocumentError {
        position: Some(node.position),
        path: path.to_owned(),
        message: format!("{found}, and {wanted} belongs here"),
        suggestion,
    }
}
