//! A word of a script with what is put into it (XCU 2.2 and 2.6).

use super::command::List;
use super::grammar::Grammar;
use super::is_name;

#[derive(Debug, Default)]
pub(in crate::verify::keepalived) struct Word {
    pub(in crate::verify::keepalived) parts: Vec<Part>,
}

#[derive(Debug)]
pub(in crate::verify::keepalived) struct Part {
    pub(in crate::verify::keepalived) kind: PartKind,
    pub(in crate::verify::keepalived) is_quoted: bool,
}

#[derive(Debug)]
pub(in crate::verify::keepalived) enum PartKind {
    Text(String),
    /// `$x`, `${x:-default}`.
    Parameter {
        name: String,
        default: Option<String>,
    },
    /// `$?`.
    Status,
    /// `$(…)`.
    Substitution(List),
    /// What only its run tells: `$1`, `$((…))`, `${x#…}`.
    Unknown,
}

impl Word {
    /// Its text, if nothing is put in.
    pub(in crate::verify::keepalived) fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [
                Part {
                    kind: PartKind::Text(text),
                    is_quoted: false,
                },
            ] => Some(text),
            _ => None,
        }
    }

    /// The name that it sets, and how many octets of its first part that takes.
    pub(in crate::verify::keepalived) fn assigned(&self) -> Option<&str> {
        match self.parts.first() {
            Some(Part {
                kind: PartKind::Text(text),
                is_quoted: false,
            }) => {
                let (name, _) = text.split_once('=')?;
                is_name(name).then_some(name)
            }
            _ => None,
        }
    }

    fn push(&mut self, kind: PartKind, is_quoted: bool) {
        self.parts.push(Part { kind, is_quoted });
    }

    fn push_text(&mut self, c: char, is_quoted: bool) {
        match self.parts.last_mut() {
            Some(Part {
                kind: PartKind::Text(text),
                is_quoted: same,
            }) if *same == is_quoted => text.push(c),
            _ => self.push(PartKind::Text(c.to_string()), is_quoted),
        }
    }
}

pub(super) fn ends_word(c: char) -> bool {
    c.is_whitespace() || ";&|()<>".contains(c)
}

impl Grammar<'_> {
    pub(super) fn word(&mut self) -> Option<Word> {
        let mut word = Word::default();
        while let Some(c) = self.peek(0).filter(|c| !ends_word(*c)) {
            self.at += 1;
            match c {
                '\'' => {
                    let text = self.until('\'')?;
                    word.push(PartKind::Text(text), true);
                }
                '"' => self.double_quoted(&mut word)?,
                '\\' => {
                    let escaped = self.next()?;
                    if escaped != '\n' {
                        word.push_text(escaped, true);
                    }
                }
                '$' | '`' => self.expansion(c, &mut word, false)?,
                _ => word.push_text(c, false),
            }
        }
        (!word.parts.is_empty()).then_some(word)
    }

    fn double_quoted(&mut self, word: &mut Word) -> Option<()> {
        word.push(PartKind::Text(String::new()), true);
        loop {
            match self.next()? {
                '"' => return Some(()),
                '\\' => match self.next()? {
                    '\n' => {}
                    c @ ('$' | '`' | '"' | '\\') => word.push_text(c, true),
                    c => {
                        word.push_text('\\', true);
                        word.push_text(c, true);
                    }
                },
                sign @ ('$' | '`') => self.expansion(sign, word, true)?,
                c => word.push_text(c, true),
            }
        }
    }

    /// What stands behind `$` or between backquotes.
    fn expansion(&mut self, sign: char, word: &mut Word, is_quoted: bool) -> Option<()> {
        if sign == '`' {
            let inside = self.until('`').filter(|it| !it.contains('\\'))?;
            let list = self.inner(&inside)?;
            word.push(PartKind::Substitution(list), is_quoted);
            return Some(());
        }
        let kind = match self.peek(0) {
            Some('(') if self.peek(1) == Some('(') => self.arithmetic()?,
            Some('(') => {
                self.at += 1;
                let list = self.nested(Self::list)?;
                self.take(")")?;
                PartKind::Substitution(list)
            }
            Some('{') => {
                self.at += 1;
                parameter(&self.until('}')?)?
            }
            Some('?') => {
                self.at += 1;
                PartKind::Status
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let mut name = String::new();
                let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
                while let Some(c) = self.peek(0).filter(is_part) {
                    name.push(c);
                    self.at += 1;
                }
                PartKind::Parameter {
                    name,
                    default: None,
                }
            }
            // Texts in the manner of C.
            Some('\'') if !is_quoted => return None,
            Some(c) if c.is_ascii_digit() || "#@*!$-".contains(c) => {
                self.at += 1;
                PartKind::Unknown
            }
            _ => {
                word.push_text('$', is_quoted);
                return Some(());
            }
        };
        word.push(kind, is_quoted);
        Some(())
    }

    /// `$((…))`, whose value is not worked out.
    fn arithmetic(&mut self) -> Option<PartKind> {
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                '\'' | '"' | '`' => return None,
                _ => {}
            }
            if depth == 0 {
                return Some(PartKind::Unknown);
            }
        }
    }
}

/// What stands in `${…}`.
fn parameter(inside: &str) -> Option<PartKind> {
    // What has quotation marks or brackets inside ends elsewhere.
    if inside.contains(['$', '`', '\'', '"', '{', '\\']) {
        return None;
    }
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default.to_owned())),
        None => (inside, None),
    };
    let is_argument = name.chars().all(|c| c.is_ascii_digit()) && default.is_some();
    Some(match is_name(name) || is_argument {
        true => PartKind::Parameter {
            name: name.to_owned(),
            default,
        },
        false => PartKind::Unknown,
    })
}
