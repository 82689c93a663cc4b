//! RE2, the dialect of Go's package `regexp`, in the words of the crate
//! `regex`. Both have the same roots; they differ in what `\d`, `\w`, `\s` and
//! `\b` mean beyond ASCII, in what stands inside brackets, and in what is an error.

use std::iter::Peekable;
use std::str::Chars;

type Rest<'a> = Peekable<Chars<'a>>;

/// The highest number in `{n,m}`.
const MOST_REPEATS: u32 = 1000;

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

pub(super) fn translated(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    // Go refuses a repetition of a repetition.
    let mut repeated = false;
    while let Some(character) = rest.next() {
        let was_repeated = std::mem::replace(&mut repeated, false);
        match character {
            '\\' => escape(&mut rest, &mut out)?,
            '[' => brackets(&mut rest, &mut out)?,
            '(' => group(&mut rest, &mut out)?,
            '{' => match repetition(&mut rest)? {
                None => out.push_str(r"\{"),
                Some(_) if was_repeated => return Err("a repetition of a repetition".into()),
                Some(count) => {
                    out.push_str(&count);
                    repeated = true;
                }
            },
            '*' | '+' | '?' => {
                if was_repeated {
                    return Err("a repetition of a repetition".into());
                }
                out.push(character);
                repeated = true;
            }
            ']' | '}' => literal(character, &mut out),
            other => out.push(other),
        }
        if repeated && rest.next_if_eq(&'?').is_some() {
            out.push('?');
        }
    }
    Ok(out)
}

fn literal(character: char, out: &mut String) {
    out.push_str(&format!("\\x{{{:x}}}", u32::from(character)));
}

/// `\d` and its like, in ASCII as in Go.
fn perl_class(character: char) -> Option<&'static str> {
    Some(match character {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => r"[\t\n\f\r ]",
        'S' => r"[^\t\n\f\r ]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        _ => return None,
    })
}

fn escape(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    match rest.peek().copied() {
        Some('Q') => {
            rest.next();
            while let Some(character) = rest.next() {
                let mut ahead = rest.clone();
                if character == '\\' && ahead.next() == Some('E') {
                    rest.next();
                    break;
                }
                literal(character, out);
            }
            return Ok(());
        }
        Some('b') => out.push_str(r"(?-u:\b)"),
        // Where both sides are a word's, or both are not.
        Some('B') => out.push_str(r"(?-u:\B)"),
        Some('A') => out.push_str(r"\A"),
        Some('z') => out.push_str(r"\z"),
        Some('p' | 'P') => return unicode_class(rest, out),
        Some(class) => match perl_class(class) {
            Some(class) => out.push_str(class),
            None => {
                literal(escaped_character(rest)?, out);
                return Ok(());
            }
        },
        None => return Err("a backslash at its end".into()),
    }
    rest.next();
    Ok(())
}

/// The one character that an escape stands for.
fn escaped_character(rest: &mut Rest<'_>) -> Result<char, String> {
    let unknown = || "an escape that Go does not know".to_owned();
    let character = rest.next().ok_or_else(unknown)?;
    let octal = |c: &char| c.is_digit(8);
    Ok(match character {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => {
            let braces = rest.next_if_eq(&'{').is_some();
            let most = if braces { 8 } else { 2 };
            let mut digits = String::new();
            while digits.len() < most
                && let Some(digit) = rest.next_if(char::is_ascii_hexdigit)
            {
                digits.push(digit);
            }
            let closed = match braces {
                true => rest.next_if_eq(&'}').is_some(),
                false => digits.len() == 2,
            };
            let number = u32::from_str_radix(&digits, 16).ok().filter(|_| closed);
            number.and_then(char::from_u32).ok_or_else(unknown)?
        }
        // A single digit but 0 would be a back reference.
        '1'..='7' if !rest.peek().is_some_and(octal) => return Err(unknown()),
        '0'..='7' => {
            let mut number = character.to_digit(8).unwrap_or_default();
            for _ in 0..2 {
                let Some(digit) = rest.next_if(octal) else {
                    break;
                };
                number = number * 8 + digit.to_digit(8).unwrap_or_default();
            }
            char::from_u32(number).ok_or_else(unknown)?
        }
        sign if sign.is_ascii() && !sign.is_ascii_alphanumeric() => sign,
        _ => return Err(unknown()),
    })
}

/// `\pL`, `\p{Greek}`, and `\p{^Greek}`, which is `\P{Greek}`.
fn unicode_class(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    let unnamed = || "a class whose name is wrong".to_owned();
    let mut negated = rest.next() == Some('P');
    let mut name = String::new();
    if rest.next_if_eq(&'{').is_some() {
        negated ^= rest.next_if_eq(&'^').is_some();
        // `regex` knows properties with values here, and Go does not.
        while let Some(letter) = rest.next_if(|c| c.is_ascii_alphabetic() || *c == '_') {
            name.push(letter);
        }
        rest.next_if_eq(&'}').ok_or_else(unnamed)?;
    } else {
        name.extend(rest.next().filter(char::is_ascii_alphabetic));
    }
    if name.is_empty() {
        return Err(unnamed());
    }
    let letter = if negated { 'P' } else { 'p' };
    out.push_str(&format!("\\{letter}{{{name}}}"));
    Ok(())
}

fn brackets(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    let unclosed = || "brackets that are not closed".to_owned();
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    loop {
        match rest.peek().copied().ok_or_else(unclosed)? {
            ']' if !first => break,
            '[' if posix_class(rest, out)? => {}
            '\\' if class_escape(rest, out)? => {}
            _ => {
                let low = class_character(rest)?;
                literal(low, out);
                let mut ahead = rest.clone();
                let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
                if is_range {
                    rest.next();
                    out.push('-');
                    literal(class_character(rest)?, out);
                }
            }
        }
        first = false;
    }
    rest.next();
    out.push(']');
    Ok(())
}

fn class_character(rest: &mut Rest<'_>) -> Result<char, String> {
    match rest.next() {
        Some('\\') => escaped_character(rest),
        Some(character) => Ok(character),
        None => Err("brackets that are not closed".into()),
    }
}

/// `[:alpha:]` inside brackets; without `:]` a bracket is only itself.
fn posix_class(rest: &mut Rest<'_>, out: &mut String) -> Result<bool, String> {
    let ahead: String = rest.clone().collect();
    let Some((name, _)) = ahead.strip_prefix("[:").and_then(|a| a.split_once(":]")) else {
        return Ok(false);
    };
    if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return Err("a class whose name is wrong".into());
    }
    out.push_str(&format!("[:{name}:]"));
    rest.nth(name.len() + 3);
    Ok(true)
}

fn class_escape(rest: &mut Rest<'_>, out: &mut String) -> Result<bool, String> {
    let mut ahead = rest.clone();
    ahead.next();
    match ahead.peek().copied() {
        Some('p' | 'P') => {
            rest.next();
            unicode_class(rest, out)?;
            Ok(true)
        }
        Some(class) => match perl_class(class) {
            Some(class) => {
                rest.nth(1);
                out.push_str(class);
                Ok(true)
            }
            None => Ok(false),
        },
        None => Ok(false),
    }
}

fn group(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    out.push('(');
    if rest.next_if_eq(&'?').is_none() {
        return Ok(());
    }
    out.push('?');
    if rest.next_if_eq(&'P').is_some() {
        out.push('P');
        return match rest.peek() {
            Some('<') => Ok(()),
            _ => Err("a group that Go does not know".into()),
        };
    }
    let mut ahead = rest.clone();
    if ahead.next() == Some('<') {
        return match ahead.next() {
            Some('=' | '!') | None => Err("a group that Go does not know".into()),
            Some(_) => Ok(()),
        };
    }
    for character in rest.by_ref() {
        match character {
            'i' | 'm' | 's' | 'U' | '-' => out.push(character),
            ':' | ')' => {
                out.push(character);
                return Ok(());
            }
            _ => break,
        }
    }
    Err("a group that Go does not know".into())
}

/// `{2}`, `{2,}`, `{2,3}` after the opening brace; anything else is no repetition.
fn repetition(rest: &mut Rest<'_>) -> Result<Option<String>, String> {
    // Ten characters hold every count that is allowed.
    let ahead: String = rest.clone().take_while(|c| *c != '}').take(64).collect();
    let (least, most) = match ahead.split_once(',') {
        Some((least, most)) => (least, Some(most).filter(|most| !most.is_empty())),
        None => (ahead.as_str(), None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let closed = rest.clone().nth(ahead.len()) == Some('}');
    if !closed || !digits(least) || !most.is_none_or(digits) {
        return Ok(None);
    }
    let count = |text: &str| text.parse().unwrap_or(u32::MAX);
    if count(least) > MOST_REPEATS
        || most.is_some_and(|most| count(most) > MOST_REPEATS || count(most) < count(least))
    {
        return Err("a number of repetitions that Go refuses".into());
    }
    rest.nth(ahead.len());
    Ok(Some(format!("{{{ahead}}}")))
}
