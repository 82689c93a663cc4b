//! Words of a line of a unit: quotation marks, escapes and specifiers.

use super::lines::Line;

/// A word without its quotation marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// The line that it begins in.
    pub(super) line: usize,
    /// As it is written.
    pub(super) written: String,
}

/// The words of a line; `None` if a quotation mark is not closed, which systemd
/// refuses.
pub(super) fn of(line: &Line) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = line.text.char_indices().peekable();
    while let Some((start, _)) = rest.find_not_blank() {
        let mut word = Word {
            text: String::new(),
            line: line.line_at(start),
            written: String::new(),
        };
        let mut quote = None;
        while let Some((_, c)) = rest.next_if(|(_, c)| quote.is_some() || !is_blank(*c)) {
            match (quote, c) {
                (None, '"' | '\'') => {
                    quote = Some(c);
                }
                (Some(open), c) if c == open => quote = None,
                (_, '\\') => escaped(&mut rest, &mut word.text),
                (_, c) => word.text.push(c),
            }
        }
        if quote.is_some() {
            return None;
        }
        let end = rest.peek().map_or(line.text.len(), |(end, _)| *end);
        line.text
            .get(start..end)
            .unwrap_or_default()
            .clone_into(&mut word.written);
        words.push(word);
    }
    Some(words)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

type Rest<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

trait FindNotBlank {
    fn find_not_blank(&mut self) -> Option<(usize, char)>;
}

impl FindNotBlank for Rest<'_> {
    /// The next character that is no blank, which stays there.
    fn find_not_blank(&mut self) -> Option<(usize, char)> {
        while self.next_if(|(_, c)| is_blank(*c)).is_some() {}
        self.peek().copied()
    }
}

/// What is behind a backslash. What stands for nothing stays as it is.
fn escaped(rest: &mut Rest<'_>, text: &mut String) {
    let Some((_, c)) = rest.next() else {
        text.push('\\');
        return;
    };
    let plain = match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        's' => ' ',
        '\\' | '"' | '\'' => c,
        'x' | 'u' | 'U' | '0'..='7' => {
            numbered(c, rest, text);
            return;
        }
        other => {
            text.push('\\');
            other
        }
    };
    text.push(plain);
}

/// `\x41`, `\101`, `\u0041`, `\U00000041`.
fn numbered(kind: char, rest: &mut Rest<'_>, text: &mut String) {
    let (radix, length) = match kind {
        'x' => (16, 2),
        'u' => (16, 4),
        'U' => (16, 8),
        _ => (8, 2),
    };
    let mut ahead = rest.clone();
    let digits: String = ahead.by_ref().take(length).map(|(_, c)| c).collect();
    let first = if radix == 8 { kind.to_digit(8) } else { None };
    let number = u32::from_str_radix(&digits, radix);
    let number = number.ok().filter(|_| digits.len() == length);
    let number = number.and_then(|number| number.checked_add(first.unwrap_or(0) * 64));
    // Octets beyond ASCII are parts of characters.
    let is_whole = |c: &char| *c != '\0' && (c.is_ascii() || matches!(kind, 'u' | 'U'));
    match number.and_then(char::from_u32).filter(is_whole) {
        Some(c) if !digits.starts_with('+') => {
            text.push(c);
            *rest = ahead;
        }
        _ => text.extend(['\\', kind]),
    }
}

/// Specifiers: `%%` is `%`, and what another one stands for only systemd knows. It
/// becomes `$(%H)`, which is no value to whoever reads flags.
pub(super) fn specified(text: &str) -> String {
    let mut said = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, rest.clone().next()) {
            ('%', Some('%')) => {
                rest.next();
                said.push('%');
            }
            ('%', Some(name)) if name.is_ascii_alphabetic() => {
                rest.next();
                said.extend(['$', '(', '%', name, ')']);
            }
            _ => said.push(c),
        }
    }
    said
}
