//! Strings, numbers, and the words `true`, `false` and `null`.

use super::Value;
use super::parser::{Parser, shown};
use crate::cfssl::Reading;
use crate::document::DocumentError;
use crate::name::Quoted;

impl Parser<'_> {
    pub(super) fn string(&mut self) -> Result<String, DocumentError> {
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

    pub(super) fn number(&mut self) -> Result<Value, DocumentError> {
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

    pub(super) fn word(&mut self) -> Result<Value, DocumentError> {
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
