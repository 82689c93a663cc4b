//! A value of a document with its path, taken as the type that is wanted.

use super::go_duration::GoDuration;
use super::json::{Node, Value};
use super::lint::LintRule;
use super::reader::Reader;
use crate::document::{DocumentError, Position};

/// A value with its path. In the lenient reading an object that was written
/// twice is both objects, merged as Go merges them; for all else the last counts.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) path: String,
    pub(super) nodes: Vec<&'a Node>,
}

/// A text and where it stands, for what can only be judged later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) text: String,
    pub(super) position: Option<Position>,
    pub(super) path: String,
}

impl Placed {
    pub(super) fn refuse(&self, message: impl Into<String>) -> DocumentError {
        DocumentError::at(self.position, self.path.as_str(), message)
    }
}

impl<'a> Entry<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self {
            path: String::new(),
            nodes: vec![node],
        }
    }

    pub(super) fn refuse(&self, message: impl Into<String>) -> DocumentError {
        let position = self.nodes.last().map(|node| node.position);
        DocumentError::at(position, self.path.as_str(), message)
    }

    pub(super) fn value(&self) -> &'a Value {
        self.nodes.last().map_or(&Value::Null, |node| &node.value)
    }

    pub(super) fn is_null(&self) -> bool {
        *self.value() == Value::Null
    }

    /// Never repeats the value: it may be a key.
    pub(super) fn wrong_type(&self, wanted: &str) -> DocumentError {
        let found = match self.value() {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        let error = self.refuse(format!("expected {wanted}, found {found}"));
        match (wanted, self.value()) {
            ("a string", Value::Number(_)) => error.suggesting("put it in double quotes"),
            ("a list", Value::String(_)) => error.suggesting("put it in square brackets"),
            _ => error,
        }
    }

    pub(super) fn text(&self) -> Result<String, DocumentError> {
        match self.value() {
            Value::String(text) => Ok(text.clone()),
            _ => Err(self.wrong_type("a string")),
        }
    }

    pub(super) fn placed(&self) -> Result<Placed, DocumentError> {
        Ok(Placed {
            text: self.text()?,
            position: self.nodes.last().map(|node| node.position),
            path: self.path.clone(),
        })
    }

    pub(super) fn boolean(&self) -> Result<bool, DocumentError> {
        match self.value() {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    pub(super) fn integer(&self) -> Result<i64, DocumentError> {
        match self.value() {
            Value::Number(text) => {
                let whole = || self.refuse("expected a whole number of at most 18 digits");
                text.parse().map_err(|_| whole())
            }
            _ => Err(self.wrong_type("a number")),
        }
    }

    pub(super) fn duration(&self) -> Result<GoDuration, DocumentError> {
        self.text()?
            .parse::<GoDuration>()
            .map_err(|error| DocumentError {
                suggestion: error.suggestion(),
                ..self.refuse(error.reason())
            })
    }

    /// The elements of the last list. Go would merge a list of objects that was
    /// written twice one by one, which nobody means.
    pub(super) fn elements(&self) -> Result<Vec<Self>, DocumentError> {
        let Value::Array(values) = self.value() else {
            return Err(self.wrong_type("a list"));
        };
        let element = |(index, node)| Self {
            path: format!("{}[{index}]", self.path),
            nodes: vec![node],
        };
        Ok(values.iter().enumerate().map(element).collect())
    }

    /// A list of texts, in which null is an empty one.
    pub(super) fn texts(&self, reader: &mut Reader) -> Result<Vec<Placed>, DocumentError> {
        let elements = self.elements()?;
        elements
            .iter()
            .map(|element| element.text_or_null(reader))
            .collect()
    }

    /// A text, or an empty one for null, which Go leaves as it was.
    pub(super) fn text_or_null(&self, reader: &mut Reader) -> Result<Placed, DocumentError> {
        if self.is_null() {
            reader.ignore(LintRule::NullValue, self.wrong_type("a string"))?;
            let DocumentError { position, path, .. } = self.refuse("");
            let text = String::new();
            return Ok(Placed {
                text,
                position,
                path,
            });
        }
        self.placed()
    }
}
