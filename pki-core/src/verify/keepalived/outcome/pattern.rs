//! Patterns of `case` and `[[ … ]]` (XCU 2.14), those with nothing but `*`.

use super::value::Value;

/// Whether a pattern matches a whole text; `None` if it cannot be told.
pub(super) fn matches(value: &Value, pattern: &Value) -> Option<bool> {
    let pattern = pattern.text()?;
    if pattern == "*" {
        return Some(true);
    }
    if pattern.contains(['?', '[']) {
        return None;
    }
    let text = match value {
        Value::Text(text) => text,
        Value::Nonzero => return (pattern == "0").then_some(false),
        Value::Unknown => return None,
    };
    match pattern.matches('*').count() {
        0 => Some(text == pattern),
        1 => {
            let (start, end) = pattern.split_once('*')?;
            let rest = text.strip_prefix(start);
            Some(rest.is_some_and(|rest| rest.ends_with(end)))
        }
        2 => {
            let inside = pattern.strip_prefix('*')?.strip_suffix('*')?;
            Some(text.contains(inside))
        }
        _ => None,
    }
}
