//! Where two JSON documents differ, in words.

use serde_json::Value;

/// One line per difference, each with its path; empty when `actual` is as
/// expected. A description may expect "equal or after", which either answers.
pub(crate) fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", expected, actual, &mut found);
    found
}

/// Takes every member with one of these names out of a document, at any depth.
pub(crate) fn remove_members(document: &mut Value, names: &[&str]) {
    match document {
        Value::Object(members) => {
            members.retain(|name, _| !names.contains(&name.as_str()));
            members
                .values_mut()
                .for_each(|member| remove_members(member, names));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| remove_members(item, names)),
        _ => {}
    }
}

fn compare(path: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, value) in expected {
                let path = member(path, name);
                match actual.get(name) {
                    Some(actual) => compare(&path, value, actual, found),
                    None => found.push(format!("{path}: expected {}, got nothing", brief(value))),
                }
            }
            for (name, value) in actual
                .iter()
                .filter(|(name, _)| !expected.contains_key(*name))
            {
                let path = member(path, name);
                found.push(format!("{path}: expected nothing, got {}", brief(value)));
            }
        }
        // A list of another length is shown whole: with one item too many,
        // every item after it would be reported.
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(&format!("{path}[{index}]"), expected, actual, found);
            }
        }
        (Value::String(expected), Value::String(actual))
            if expected == "equal or after" && (actual == "equal" || actual == "after") => {}
        _ if expected == actual => {}
        _ => {
            let path = if path.is_empty() {
                "the document"
            } else {
                path
            };
            found.push(format!(
                "{path}: expected {}, got {}",
                brief(expected),
                brief(actual)
            ));
        }
    }
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn brief(value: &Value) -> String {
    const LONGEST: usize = 160;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}
