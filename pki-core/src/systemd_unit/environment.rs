//! The environment of a service, and the files that it is read from.

use std::collections::BTreeMap;

use super::UnitPlace;

/// Variables by their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    values: BTreeMap<String, EnvironmentValue>,
    /// Whether there may be more than is known: a file that could not be read.
    pub(crate) is_partial: bool,
}

/// What a variable is, and where that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvironmentValue {
    pub(crate) text: String,
    pub(crate) place: UnitPlace,
}

impl Environment {
    /// A name that no variable can have is passed over, as systemd does.
    pub(crate) fn set(&mut self, name: &str, text: &str, place: UnitPlace) {
        if is_name(name) {
            let text = text.to_owned();
            let value = EnvironmentValue { text, place };
            self.values.insert(name.to_owned(), value);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&EnvironmentValue> {
        self.values.get(name)
    }

    /// Every variable in the order of the names.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &EnvironmentValue)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// Adds what a file of this path says, which counts more than what is known.
    pub(crate) fn add_file(&mut self, path: &str, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        let mut rest = Text::new(&text);
        while let Some((name, line)) = rest.name() {
            let value = rest.value();
            let file = path.to_owned();
            self.set(&name, &value, UnitPlace { file, line });
        }
    }
}

/// Whether a variable can be called so.
pub(super) fn is_name(name: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = !name.starts_with(|c: char| c.is_ascii_digit());
    !name.is_empty() && starts && name.chars().all(is_inside)
}

/// A file of variables that is read from its begin, with the number of the line.
struct Text<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl<'a> Text<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.chars().peekable(),
            line: 1,
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    /// The next name with an `=` behind it, and its line; comments and lines
    /// without one are passed over.
    fn name(&mut self) -> Option<(String, usize)> {
        loop {
            while self.rest.peek()?.is_whitespace() {
                self.next();
            }
            let line = self.line;
            let is_comment = matches!(self.rest.peek()?, '#' | ';');
            let mut name = String::new();
            loop {
                match self.next() {
                    Some('=') if !is_comment => return Some((name.trim_end().to_owned(), line)),
                    // A comment goes on behind a backslash as well.
                    Some('\\') if is_comment => drop(self.next()),
                    Some('\n') => break,
                    Some(c) => name.push(c),
                    None => return None,
                }
            }
        }
    }

    /// The value up to the end of the line: quotation marks go away, and blanks at
    /// the end outside of them.
    fn value(&mut self) -> String {
        let mut value = String::new();
        // As long as what counts.
        let mut length = 0;
        let mut is_begun = false;
        loop {
            match self.next() {
                None | Some('\n') => break,
                Some(quote @ ('"' | '\'')) if !is_begun => {
                    value.truncate(length);
                    self.quoted(quote, &mut value);
                    length = value.len();
                }
                Some('\\') => {
                    is_begun = true;
                    match self.next() {
                        // The line goes on.
                        Some('\n') | None => {}
                        Some(c) => value.push(c),
                    }
                    length = value.len();
                }
                Some(c) if c.is_whitespace() => {
                    if is_begun {
                        value.push(c);
                    }
                }
                Some(c) => {
                    is_begun = true;
                    value.push(c);
                    length = value.len();
                }
            }
        }
        value.truncate(length);
        value
    }

    fn quoted(&mut self, quote: char, value: &mut String) {
        while let Some(c) = self.next() {
            match c {
                c if c == quote => return,
                '\\' if quote == '"' => match self.next() {
                    Some('\n') | None => {}
                    Some(c @ ('"' | '\\' | '`' | '$')) => value.push(c),
                    Some(c) => value.extend(['\\', c]),
                },
                c => value.push(c),
            }
        }
    }
}
