//! Objects and arrays, with the place and the path of all that is in them.

use super::{Member, Node, Value, step};
use crate::cfssl::Reading;
use crate::document::{DocumentError, Position};
use crate::name::Quoted;

const DEEPEST: usize = 64;

pub(super) struct Parser<'a> {
    pub(super) rest: std::str::Chars<'a>,
    pub(super) position: Position,
    pub(super) path: String,
    pub(super) reading: Reading,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, reading: Reading) -> Self {
        Self {
            rest: text.chars(),
            position: Position { line: 1, column: 1 },
            path: String::new(),
            reading,
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        match character {
            '\n' => {
                self.position.line += 1;
                self.position.column = 1;
            }
            _ => self.position.column += 1,
        }
        Some(character)
    }

    pub(super) fn refuse(&self, message: impl Into<String>) -> DocumentError {
        DocumentError::at(Some(self.position), self.path.as_str(), message)
    }

    pub(super) fn white_space(&mut self) -> Result<(), DocumentError> {
        while let Some(' ' | '\t' | '\r' | '\n') = self.peek() {
            self.bump();
        }
        match self.peek() {
            Some('/' | '#') => Err(self
                .refuse("a comment, which JSON does not have")
                .suggesting("remove the comment")),
            _ => Ok(()),
        }
    }

    pub(super) fn value(&mut self, depth: usize) -> Result<Node, DocumentError> {
        let position = self.position;
        if depth > DEEPEST {
            return Err(self.refuse(format!("nested more than {DEEPEST} levels deep")));
        }
        let value = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            Some('"') => Value::String(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            Some(c) if c.is_alphabetic() => self.word()?,
            _ => return Err(self.expected("a value")),
        };
        Ok(Node { position, value })
    }

    fn object(&mut self, depth: usize) -> Result<Value, DocumentError> {
        let start = self.position;
        self.bump();
        let mut members = Vec::new();
        let mut comma = None;
        loop {
            self.white_space()?;
            let position = self.position;
            match self.peek() {
                Some('}') => break self.close(comma)?,
                Some('"') => {}
                None => return Err(self.unclosed("object", '}', start)),
                _ => return Err(self.expected("a key in double quotes or '}'")),
            }
            let key = self.string()?;
            self.white_space()?;
            if self.peek() != Some(':') {
                return Err(self.expected(&format!("':' after the key {}", Quoted(&key))));
            }
            self.bump();
            self.white_space()?;
            let outer = self.path.len();
            self.path = step(&self.path, &key);
            let value = self.value(depth + 1)?;
            self.path.truncate(outer);
            members.push(Member {
                position,
                key,
                value,
            });
            comma = self.separator("object", '}', start)?;
            if comma.is_none() {
                break;
            }
        }
        Ok(Value::Object(members))
    }

    fn array(&mut self, depth: usize) -> Result<Value, DocumentError> {
        let start = self.position;
        self.bump();
        let mut values = Vec::new();
        let mut comma = None;
        loop {
            self.white_space()?;
            match self.peek() {
                Some(']') => break self.close(comma)?,
                None => return Err(self.unclosed("list", ']', start)),
                _ => {}
            }
            let outer = self.path.len();
            self.path.push_str(&format!("[{}]", values.len()));
            values.push(self.value(depth + 1)?);
            self.path.truncate(outer);
            comma = self.separator("list", ']', start)?;
            if comma.is_none() {
                break;
            }
        }
        Ok(Value::Array(values))
    }

    /// Takes the closing bracket of an empty object or list; one that follows
    /// a comma is refused at the comma.
    fn close(&mut self, comma: Option<Position>) -> Result<(), DocumentError> {
        let Some(comma) = comma else {
            self.bump();
            return Ok(());
        };
        let message = format!("a comma before the closing {}", self.found());
        Err(DocumentError {
            position: Some(comma),
            ..self.refuse(message).suggesting("remove the comma")
        })
    }

    /// Takes `,` and gives its place, or takes the closing bracket.
    fn separator(
        &mut self,
        kind: &str,
        close: char,
        start: Position,
    ) -> Result<Option<Position>, DocumentError> {
        self.white_space()?;
        let position = self.position;
        match self.peek() {
            Some(',') => {
                self.bump();
                Ok(Some(position))
            }
            Some(c) if c == close => {
                self.bump();
                Ok(None)
            }
            None => Err(self.unclosed(kind, close, start)),
            Some('"') => Err(self
                .expected(&format!("',' or '{close}'"))
                .suggesting("put a comma after the value before it")),
            _ => Err(self.expected(&format!("',' or '{close}'"))),
        }
    }

    fn found(&self) -> String {
        self.peek()
            .map_or_else(|| "the end of the document".into(), shown)
    }

    pub(super) fn expected(&self, what: &str) -> DocumentError {
        let error = self.refuse(format!("expected {what}, found {}", self.found()));
        match self.peek() {
            Some('\'') => error.suggesting("put it in double quotes"),
            _ => error,
        }
    }

    fn unclosed(&self, kind: &str, close: char, start: Position) -> DocumentError {
        let Position { line, column } = start;
        self.refuse(format!(
            "the document ends before the '{close}' of the {kind} that starts at {line}:{column}"
        ))
    }
}

pub(super) fn shown(character: char) -> String {
    Quoted(character.encode_utf8(&mut [0; 4])).to_string()
}
