//! The syntax errors of Go's `encoding/json`, byte by byte as its scanner
//! finds them. The texts are those of Go up to 1.26; 1.27 words a few rare
//! ones otherwise, such as for an unknown escape.

/// What Go's `encoding/json`, and so cfssl, says about the first byte of a text
/// that makes it no JSON; `None` for JSON.
#[must_use]
pub fn go_json_syntax_error(bytes: &[u8]) -> Option<String> {
    let mut scanner = Scanner {
        step: Step::Value,
        inside: Vec::new(),
    };
    let wrong = |byte: u8, context: &str| format!("invalid character {} {context}", quoted(byte));
    for byte in bytes {
        if let Err(context) = scanner.next(*byte) {
            return Some(wrong(*byte, context));
        }
    }
    // Go ends a number or word at the end of the text with a blank.
    if let Err(context) = scanner.next(b' ') {
        return Some(wrong(b' ', context));
    }
    let complete = matches!(scanner.step, Step::End) && scanner.inside.is_empty();
    (!complete).then(|| "unexpected end of JSON input".to_owned())
}

#[derive(Clone, Copy)]
enum Step {
    Value,
    ValueOrBracket,
    Key,
    KeyOrBrace,
    /// After a key, a member, an element or the document.
    End,
    String,
    Escape,
    Hexadecimal(u8),
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    E,
    ESign,
    Exponent,
    /// The rest of a word, with what Go says if it does not follow.
    Word(&'static [(u8, &'static str)]),
}

#[derive(Clone, Copy)]
enum Inside {
    Key,
    Member,
    List,
}

struct Scanner {
    step: Step,
    inside: Vec<Inside>,
}

const TRUE: &[(u8, &str)] = &[
    (b'r', "in literal true (expecting 'r')"),
    (b'u', "in literal true (expecting 'u')"),
    (b'e', "in literal true (expecting 'e')"),
];
const FALSE: &[(u8, &str)] = &[
    (b'a', "in literal false (expecting 'a')"),
    (b'l', "in literal false (expecting 'l')"),
    (b's', "in literal false (expecting 's')"),
    (b'e', "in literal false (expecting 'e')"),
];
const NULL: &[(u8, &str)] = &[
    (b'u', "in literal null (expecting 'u')"),
    (b'l', "in literal null (expecting 'l')"),
    (b'l', "in literal null (expecting 'l')"),
];
const DEEPEST: usize = 10_000;

impl Scanner {
    fn next(&mut self, byte: u8) -> Result<(), &'static str> {
        let blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.step = match (self.step, byte) {
            (Step::Value | Step::ValueOrBracket | Step::Key | Step::KeyOrBrace, _) if blank => {
                return Ok(());
            }
            (Step::ValueOrBracket, b']') => return self.end(byte),
            (Step::Value | Step::ValueOrBracket, _) => return self.value(byte),
            (Step::KeyOrBrace, b'}') => {
                self.replace(Inside::Member);
                return self.end(byte);
            }
            (Step::Key | Step::KeyOrBrace, b'"') => Step::String,
            (Step::Key | Step::KeyOrBrace, _) => {
                return Err("looking for beginning of object key string");
            }
            (Step::End, _) => return self.end(byte),
            (Step::String, b'"') => Step::End,
            (Step::String, b'\\') => Step::Escape,
            (Step::String, ..b' ') => return Err("in string literal"),
            (Step::String, _) => Step::String,
            (Step::Escape, b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => Step::String,
            (Step::Escape, b'u') => Step::Hexadecimal(3),
            (Step::Escape, _) => return Err("in string escape code"),
            (Step::Hexadecimal(_), _) if !byte.is_ascii_hexdigit() => {
                return Err("in \\u hexadecimal character escape");
            }
            (Step::Hexadecimal(0), _) => Step::String,
            (Step::Hexadecimal(more), _) => Step::Hexadecimal(more - 1),
            (Step::Minus, b'0') => Step::Zero,
            (Step::Minus | Step::Integer, b'0'..=b'9') => Step::Integer,
            (Step::Minus, _) => return Err("in numeric literal"),
            (Step::Zero | Step::Integer, b'.') => Step::Point,
            (Step::Zero | Step::Integer | Step::Fraction, b'e' | b'E') => Step::E,
            (Step::Point | Step::Fraction, b'0'..=b'9') => Step::Fraction,
            (Step::Point, _) => return Err("after decimal point in numeric literal"),
            (Step::E, b'+' | b'-') => Step::ESign,
            (Step::E | Step::ESign | Step::Exponent, b'0'..=b'9') => Step::Exponent,
            (Step::E | Step::ESign, _) => return Err("in exponent of numeric literal"),
            (Step::Zero | Step::Integer | Step::Fraction | Step::Exponent, _) => {
                return self.end(byte);
            }
            (Step::Word([]), _) => return self.end(byte),
            (Step::Word([(wanted, context), rest @ ..]), _) => match byte == *wanted {
                true => Step::Word(rest),
                false => return Err(context),
            },
        };
        Ok(())
    }

    fn value(&mut self, byte: u8) -> Result<(), &'static str> {
        self.step = match byte {
            b'{' => return self.open(Inside::Key, Step::KeyOrBrace),
            b'[' => return self.open(Inside::List, Step::ValueOrBracket),
            b'"' => Step::String,
            b'-' => Step::Minus,
            b'0' => Step::Zero,
            b'1'..=b'9' => Step::Integer,
            b't' => Step::Word(TRUE),
            b'f' => Step::Word(FALSE),
            b'n' => Step::Word(NULL),
            _ => return Err("looking for beginning of value"),
        };
        Ok(())
    }

    fn open(&mut self, inside: Inside, step: Step) -> Result<(), &'static str> {
        self.inside.push(inside);
        self.step = step;
        match self.inside.len() > DEEPEST {
            true => Err("exceeded max depth"),
            false => Ok(()),
        }
    }

    fn end(&mut self, byte: u8) -> Result<(), &'static str> {
        self.step = Step::End;
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            return Ok(());
        }
        match (self.inside.last(), byte) {
            (None, _) => return Err("after top-level value"),
            (Some(Inside::Key), b':') => {
                self.replace(Inside::Member);
                self.step = Step::Value;
            }
            (Some(Inside::Key), _) => return Err("after object key"),
            (Some(Inside::Member), b',') => {
                self.replace(Inside::Key);
                self.step = Step::Key;
            }
            (Some(Inside::List), b',') => self.step = Step::Value,
            (Some(Inside::Member), b'}') | (Some(Inside::List), b']') => {
                self.inside.pop();
            }
            (Some(Inside::Member), _) => return Err("after object key:value pair"),
            (Some(Inside::List), _) => return Err("after array element"),
        }
        Ok(())
    }

    fn replace(&mut self, inside: Inside) {
        self.inside.pop();
        self.inside.push(inside);
    }
}

/// The byte as the character of that number, in single quotes, as Go's
/// `strconv.Quote` has it.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        0x07 => r"'\a'".to_owned(),
        0x08 => r"'\b'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        0x0b => r"'\v'".to_owned(),
        0x0c => r"'\f'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        ..b' ' | 0x7f => format!("'\\x{byte:02x}'"),
        0x80..=0xa0 | 0xad => format!("'\\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}
