//! JSON (RFC 8259) as a tree in which every key and value knows its place, and
//! every key is kept, also the second of the same name.
//!
//! Go's reading, which is cfssl's, differs in one point: invalid UTF-8 and
//! lone surrogates become U+FFFD instead of being refused.

mod parser;
mod scalar;

use zeroize::Zeroize;

use self::parser::{Parser, shown};
use super::Reading;
use crate::document::{DocumentError, Position};
use crate::name::Quoted;

/// A value and where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) position: Position,
    pub(crate) value: Value,
}

/// The text of a string may be a key.
impl Drop for Node {
    fn drop(&mut self) {
        if let Value::String(text) = &mut self.value {
            text.zeroize();
        }
    }
}

/// What JSON knows; a number keeps its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// One key of an object with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) position: Position,
    pub(crate) key: String,
    pub(crate) value: Node,
}

/// Reads one document.
pub(crate) fn parse(bytes: &[u8], reading: Reading) -> Result<Node, DocumentError> {
    if bytes.len() > LARGEST {
        return Err(DocumentError::of_whole(format!(
            "the document has {} bytes, and {LARGEST} is the limit",
            bytes.len()
        )));
    }
    let text = match (std::str::from_utf8(bytes), reading) {
        (Ok(text), _) => text.into(),
        (Err(_), Reading::Lenient) => String::from_utf8_lossy(bytes),
        (Err(error), Reading::Strict) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let mut parser = Parser::new(std::str::from_utf8(valid).unwrap_or_default(), reading);
            while parser.bump().is_some() {}
            return Err(parser.refuse("a byte that is not UTF-8"));
        }
    };
    let mut parser = Parser::new(&text, reading);
    if parser.peek() == Some('\u{feff}') {
        return Err(parser
            .refuse("a byte order mark in front of the document")
            .suggesting("save the file as UTF-8 without a byte order mark"));
    }
    parser.white_space()?;
    if parser.peek().is_none() {
        return Err(parser.refuse("the document is empty"));
    }
    let node = parser.value(0)?;
    parser.white_space()?;
    match parser.peek() {
        None => Ok(node),
        Some(found) => {
            Err(parser.refuse(format!("{} after the end of the document", shown(found))))
        }
    }
}

/// The next step of a path: `.key`, or `["odd key"]` where a dot would mislead.
pub(crate) fn step(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match key {
        key if key.is_empty() || key.len() > 64 || !key.chars().all(plain) => {
            format!("{path}[{}]", Quoted(key))
        }
        key if path.is_empty() => key.to_owned(),
        key => format!("{path}.{key}"),
    }
}

pub(super) const LARGEST: usize = 1 << 20;

#[cfg(test)]
mod tests;
