//! Whether `[ … ]`, `test` or `[[ … ]]` holds.

use super::execution::{Followed, Stop};
use super::value::Value;
use super::{grep, pattern};

/// `None` if it cannot be told.
pub(super) fn holds(name: &str, operands: &[Value], is_bash: bool) -> Followed<Option<bool>> {
    // Not every sh knows it.
    let has_doubled = operands.iter().any(|it| it.text() == Some("=="));
    if has_doubled && !is_bash {
        return Ok(None);
    }
    let end = match name {
        "[" => "]",
        "[[" => "]]",
        _ => return Ok(of(operands, false)),
    };
    match operands.split_last() {
        Some((last, operands)) if last.text() == Some(end) => Ok(of(operands, name == "[[")),
        _ => Err(Stop::NotFollowed),
    }
}

fn of(operands: &[Value], has_patterns: bool) -> Option<bool> {
    match operands {
        [] => Some(false),
        [Value::Text(not), rest @ ..] if not == "!" && !rest.is_empty() => {
            of(rest, has_patterns).map(|holds| !holds)
        }
        [value] => is_said(value),
        [Value::Text(operator), value] if operator == "-n" => is_said(value),
        [Value::Text(operator), value] if operator == "-z" => is_said(value).map(|said| !said),
        [left, Value::Text(operator), right] => match (operator.as_str(), has_patterns) {
            ("=" | "==", true) => pattern::matches(left, right),
            ("!=", true) => pattern::matches(left, right).map(|equal| !equal),
            ("=" | "==", false) => are_equal(left, right),
            ("!=", false) => are_equal(left, right).map(|equal| !equal),
            ("=~", true) => grep::is_in(right.text()?, left.text()?),
            (operator, _) => compare(left, operator, right),
        },
        _ => None,
    }
}

fn is_said(value: &Value) -> Option<bool> {
    match value {
        Value::Text(text) => Some(!text.is_empty()),
        Value::Nonzero => Some(true),
        Value::Unknown => None,
    }
}

fn are_equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Some(left == right),
        (Value::Nonzero, Value::Text(text)) | (Value::Text(text), Value::Nonzero) => {
            (text == "0").then_some(false)
        }
        _ => None,
    }
}

/// By their numbers; of what is none a shell complains, and the test does not hold.
fn compare(left: &Value, operator: &str, right: &Value) -> Option<bool> {
    let number = |value: &Value| value.text()?.trim().parse::<i64>().ok();
    let (left, right) = match (left, right) {
        (Value::Nonzero, right) => match (operator, number(right)?) {
            ("-ne" | "-gt", 0) | ("-ge", 1) => return Some(true),
            ("-eq" | "-le", 0) | ("-lt", 1) => return Some(false),
            _ => return None,
        },
        (left, right) => (number(left)?, number(right)?),
    };
    Some(match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-gt" => left > right,
        "-ge" => left >= right,
        "-lt" => left < right,
        "-le" => left <= right,
        _ => return None,
    })
}
