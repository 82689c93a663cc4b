//! JSON (RFC 8259) as a tree in which every key and value knows its place, and
//! every key is kept, also the second of the same name.
//!
//! Go's reading, which is cfssl's, differs in one point: invalid UTF-8 and
//! lone surrogates become U+FFFD instead of being refused.

use zeroize::Zeroize;

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
        return Err(refusal(
            None,
            format!(
                "the document has {} bytes, and {LARGEST} is the limit",
                bytes.len()
            ),
        ));
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
const DEEPEST: usize = 64;

struct Parser<'a> {
    rest: std::str::Chars<'a>,
    position: Position,
    path: String,
    reading: Reading,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, reading: Reading) -> Self {
        Self {
            rest: text.chars(),
            position: Position { line: 1, column: 1 },
            path: String::new(),
            reading,
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn bump(&mut self) -> Option<char> {
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

    fn refuse(&self, message: impl Into<String>) -> DocumentError {
        DocumentError {
            path: self.path.clone(),
            ..refusal(Some(self.position), message.into())
        }
    }

    fn white_space(&mut self) -> Result<(), DocumentError> {
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

    fn value(&mut self, depth: usize) -> Result<Node, DocumentError> {
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

    fn string(&mut self) -> Result<String, DocumentError> {
        let start = self.position;
        self.bump();
        // As long as the text in the document, so that it never moves: it may be
        // a key, and what is left behind would not be wiped.
        let mut text = String::with_capacity(self.length_of_string());
        loop {
            let before = self.position;
            let at = |error| DocumentError {
                position: Some(before),
                ..error
            };
            match self.bump() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape().map_err(at)?),
                Some(c) if c < ' ' => {
                    let message = format!("the control character {} in a string", shown(c));
                    return Err(at(self.refuse(message)));
                }
                Some(c) => text.push(c),
                None => {
                    return Err(DocumentError {
                        position: Some(start),
                        ..self.refuse("a string without its closing quote")
                    });
                }
            }
        }
    }

    /// The octets up to the closing quote.
    fn length_of_string(&self) -> usize {
        let rest = self.rest.as_str().as_bytes();
        let mut escaped = false;
        let end = rest.iter().position(|octet| {
            let end = *octet == b'"' && !escaped;
            escaped = *octet == b'\\' && !escaped;
            end
        });
        end.unwrap_or(rest.len())
    }

    fn escape(&mut self) -> Result<char, DocumentError> {
        Ok(match self.bump() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(),
            _ => return Err(self.refuse("an escape that JSON does not have")),
        })
    }

    fn unicode(&mut self) -> Result<char, DocumentError> {
        let first = self.hexadecimal()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        // Only a high surrogate joins the escape that follows it.
        let mut ahead = self.rest.clone();
        if first < 0xdc00 && (ahead.next(), ahead.next()) == (Some('\\'), Some('u')) {
            let kept = (self.rest.clone(), self.position);
            self.bump();
            self.bump();
            let second = self.hexadecimal()?;
            if (0xdc00..0xe000).contains(&second) {
                let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (self.rest, self.position) = kept;
        }
        match self.reading {
            Reading::Lenient => Ok(char::REPLACEMENT_CHARACTER),
            Reading::Strict => Err(self.refuse("half of a surrogate pair")),
        }
    }

    fn hexadecimal(&mut self) -> Result<u32, DocumentError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.bump().and_then(|c| c.to_digit(16));
            let digit =
                digit.ok_or_else(|| self.refuse("'\\u' without four hexadecimal digits"))?;
            value = value * 16 + digit;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, DocumentError> {
        let mut text = String::new();
        let start = self.position;
        while let Some(c @ ('-' | '+' | '.' | 'e' | 'E' | '0'..='9')) = self.peek() {
            text.push(c);
            self.bump();
        }
        match is_number(&text) {
            true => Ok(Value::Number(text)),
            false => Err(DocumentError {
                position: Some(start),
                ..self.refuse("a number that is not written as JSON wants it")
            }),
        }
    }

    fn word(&mut self) -> Result<Value, DocumentError> {
        let text = self.rest.as_str();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (word, _) = text.split_at(end.unwrap_or(text.len()));
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            // Only words that cannot be part of a secret are repeated.
            "NaN" | "Infinity" | "undefined" | "None" | "True" | "False" | "yes" | "no" => {
                let error = self.refuse(format!("{} is not JSON", Quoted(word)));
                return Err(match word {
                    "True" | "yes" => error.suggesting("true"),
                    "False" | "no" => error.suggesting("false"),
                    "None" | "undefined" => error.suggesting("null"),
                    _ => error,
                });
            }
            _ => return Err(self.expected("a value")),
        };
        for _ in word.chars() {
            self.bump();
        }
        Ok(value)
    }

    fn found(&self) -> String {
        self.peek()
            .map_or_else(|| "the end of the document".into(), shown)
    }

    fn expected(&self, what: &str) -> DocumentError {
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

fn shown(character: char) -> String {
    Quoted(character.encode_utf8(&mut [0; 4])).to_string()
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text
        .split_once(['e', 'E'])
        .map_or((text, "0"), |split| split);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && digits(fraction)
        && digits(exponent)
}

fn refusal(position: Option<Position>, message: String) -> DocumentError {
    DocumentError {
        position,
        path: String::new(),
        message,
        suggestion: None,
    }
}

pub(super) trait Suggesting {
    fn suggesting(self, suggestion: &str) -> Self;
}

impl Suggesting for DocumentError {
    fn suggesting(self, suggestion: &str) -> Self {
        Self {
            suggestion: Some(suggestion.to_owned()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
