//! The type errors of Go's `encoding/json`: the first in the document's order.
//! The words and paths are those of Go 1.27, where a path starts at the root
//! and goes through names and numbers of elements.

use crate::cfssl::json::{Node, Value};
use crate::cfssl::rfc3339;
use crate::cfssl::schema::GoType;

/// The first value that does not fit its type. `root_name` is empty where cfssl
/// decodes into a pointer to a pointer.
pub(super) fn first_error(node: &Node, root: GoType, root_name: &str) -> Option<String> {
    let mut path = Vec::new();
    check(node, &root, &mut path)
        .err()
        .map(|problem| match problem {
            Problem::Told(text) => text,
            Problem::Kind {
                found,
                go_type,
                because,
            } => {
                let place = place(&path, root_name);
                let because = because.map_or_else(String::new, |text| format!(": {text}"));
                format!("json: cannot unmarshal {found} into {place}of type {go_type}{because}")
            }
        })
}

enum Problem {
    /// The text of a type that decodes itself; Go adds nothing to it.
    Told(String),
    Kind {
        found: String,
        go_type: String,
        because: Option<String>,
    },
}

/// `path` stays at the value that failed.
fn check(node: &Node, go_type: &GoType, path: &mut Vec<String>) -> Result<(), Problem> {
    let wrong = |found: &str, because: Option<String>| {
        Err(Problem::Kind {
            found: found.to_owned(),
            go_type: go_type.name(),
            because,
        })
    };
    match (go_type, &node.value) {
        (GoType::Pointer(to), _) => check(node, to, path),
        (GoType::Oid, value) => object_identifier(value).map_err(Problem::Told),
        (GoType::LintStatus, value) => lint_status(value).map_err(Problem::Told),
        (_, Value::Null) => Ok(()),
        (GoType::Text, Value::String(_))
        | (GoType::Bool, Value::Bool(_))
        | (GoType::Opaque(_), Value::Object(_))
        | (GoType::Regexp, Value::String(_))
        | (GoType::Bytes, Value::Array(_)) => Ok(()),
        (GoType::Int, Value::Number(text)) => integer(text, "int"),
        (GoType::Named(name, GoType::Int), Value::Number(text)) => integer(text, name),
        (GoType::Time, Value::String(text)) => rfc3339::parse(text)
            .map(|_| ())
            .map_err(|error| Problem::Told(error.go_text())),
        (GoType::Bytes, Value::String(text)) => match base64_error(text.as_bytes()) {
            None => Ok(()),
            Some(at) => wrong(
                "string",
                Some(format!("illegal base64 data at input byte {at}")),
            ),
        },
        (GoType::List(of) | GoType::Named(_, GoType::List(of)), Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                path.push(index.to_string());
                check(value, of, path)?;
                path.pop();
            }
            Ok(())
        }
        (GoType::Map(of), Value::Object(members)) => {
            for member in members {
                path.push(member.key.clone());
                check(&member.value, of, path)?;
                path.pop();
            }
            Ok(())
        }
        (GoType::Struct(schema), Value::Object(members)) => {
            for member in members {
                let Some(known) = schema.field(&member.key) else {
                    continue;
                };
                path.push(member.key.clone());
                check(&member.value, &known.go_type, path)?;
                path.pop();
            }
            Ok(())
        }
        (GoType::Regexp, value) => {
            wrong(kind(value), Some("JSON value must be string type".into()))
        }
        (_, value) => wrong(kind(value), None),
    }
}

fn integer(text: &str, go_type: &str) -> Result<(), Problem> {
    match text.parse::<i64>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Problem::Kind {
            found: format!("number {text}"),
            go_type: go_type.to_owned(),
            because: None,
        }),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// `Go struct field Root.a.b `, without the first words where the last step
/// looks like the number of an element.
fn place(path: &[String], root_name: &str) -> String {
    let Some(last) = path.last() else {
        return "Go value ".to_owned();
    };
    let steps: Vec<_> = path
        .iter()
        .map(|step| step.replace('~', "~0").replace('/', "~1"))
        .collect();
    let last = last.rsplit('.').next().unwrap_or_default();
    let is_index = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    let what = if is_index { "" } else { "Go struct field " };
    format!("{what}{root_name}.{} ", steps.join("."))
}

/// cfssl's `OID.UnmarshalJSON`: any text with a digit in it, if every part
/// between dots is a number.
fn object_identifier(value: &Value) -> Result<(), String> {
    let raw = match value {
        Value::String(text) => {
            if !text.chars().any(|c| c.is_ascii_digit()) {
                return Err("Invalid OID".into());
            }
            return text.split('.').try_for_each(|part| {
                let problem = match part.parse::<i64>() {
                    Ok(_) => return Ok(()),
                    Err(error) => match error.kind() {
                        std::num::IntErrorKind::PosOverflow
                        | std::num::IntErrorKind::NegOverflow => "value out of range",
                        _ => "invalid syntax",
                    },
                };
                Err(format!("strconv.Atoi: parsing {part:?}: {problem}"))
            });
        }
        other => raw(other),
    };
    Err(format!("OID JSON string not wrapped in quotes.{raw}"))
}

/// zlint's names. kpki takes the number 0, which zlint documents and refuses,
/// for no linting.
fn lint_status(value: &Value) -> Result<(), String> {
    const NAMES: [&str; 8] = [
        "reserved", "NA", "NE", "pass", "info", "warn", "error", "fatal",
    ];
    match value {
        Value::String(name) if NAMES.contains(&name.as_str()) => Ok(()),
        Value::String(name) => Err(format!("bad LintStatus JSON value: \"{name}\"")),
        Value::Number(zero) if zero == "0" => Ok(()),
        other => Err(format!("bad LintStatus JSON value: {}", raw(other))),
    }
}

fn raw(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.clone(),
        Value::String(text) => format!("\"{text}\""),
        Value::Array(_) => "[]".into(),
        Value::Object(_) => "{}".into(),
    }
}

/// The place that Go's `base64.StdEncoding` names: it reads groups of four
/// digits and skips line ends.
fn base64_error(text: &[u8]) -> Option<usize> {
    let mut bytes = text
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let mut in_group = 0;
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                in_group = (in_group + 1) % 4;
            }
            b'=' if in_group == 2 => {
                return match bytes.next() {
                    None => Some(text.len()),
                    Some((_, b'=')) => bytes.next().map(|(at, _)| at),
                    Some((at, _)) => Some(at.saturating_sub(1)),
                };
            }
            b'=' if in_group == 3 => return bytes.next().map(|(at, _)| at),
            _ => return Some(at),
        }
    }
    (in_group != 0).then(|| text.len() - in_group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_fails_where_gos_does() {
        for (text, at) in [
            ("a", Some(0)),
            ("abc", Some(0)),
            ("a===", Some(1)),
            ("ab=c", Some(2)),
            ("ab=", Some(3)),
            ("ab==x", Some(4)),
            ("abc=x", Some(4)),
            ("=", Some(0)),
            ("ab!c", Some(2)),
            ("abcda", Some(4)),
            ("abcd=", Some(4)),
            ("ab\n=c", Some(3)),
            ("\u{e9}", Some(0)),
            ("", None),
            ("ab==", None),
            ("abc=", None),
            ("a\nb=\n=\n", None),
        ] {
            assert_eq!(base64_error(text.as_bytes()), at, "{text}");
        }
    }
}
