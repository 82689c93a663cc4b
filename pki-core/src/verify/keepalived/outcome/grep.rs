//! What grep finds of a plain pattern, perhaps with `^` and `$`.

use super::value::Value;

/// Whether a pattern is in a text; `None` if it cannot be told.
pub(super) fn is_in(pattern: &str, text: &str) -> Option<bool> {
    let (start, end) = (pattern.starts_with('^'), pattern.ends_with('$'));
    let plain = pattern.strip_prefix('^').unwrap_or(pattern);
    let plain = plain.strip_suffix('$').unwrap_or(plain);
    let is_plain = plain.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    if !is_plain || plain.is_empty() {
        return None;
    }
    Some(match (start, end) {
        (true, true) => text == plain,
        (true, false) => text.starts_with(plain),
        (false, true) => text.ends_with(plain),
        (false, false) => text.contains(plain),
    })
}

/// How `grep` ends and what it says; each is `None` or unknown if it cannot be told.
pub(super) fn find(operands: &[Value], input: &Value) -> Option<(Option<bool>, Value)> {
    let mut is_quiet = false;
    let mut is_turned = false;
    let mut is_whole = false;
    let mut pattern = None;
    for operand in operands {
        let text = operand.text()?;
        match text.strip_prefix('-') {
            Some(letters)
                if !letters.is_empty() && letters.chars().all(|c| "qsvxEF".contains(c)) =>
            {
                is_quiet |= letters.contains('q');
                is_turned |= letters.contains('v');
                is_whole |= letters.contains('x');
            }
            Some(_) => return None,
            // Behind the pattern stands a file.
            None if pattern.is_some() => return None,
            None => pattern = Some(text),
        }
    }
    let input = input.text()?;
    let found = match input.is_empty() {
        // Nothing is no line.
        true => false,
        false if is_whole => is_in(&format!("^{}$", pattern?), input)? != is_turned,
        false => is_in(pattern?, input)? != is_turned,
    };
    let said = match found && !is_quiet {
        true => Value::of(input),
        false => Value::empty(),
    };
    Some((Some(found), said))
}
