//! A next step for people.

use super::table::wrap;

/// Its words, wrapped, and below them its commands: each stays one line, or it
/// could not be copied.
pub(crate) fn next_step(step: &str, columns: usize) -> String {
    let (words, commands) = step.split_once('\n').unwrap_or((step, ""));
    let mut out = wrap(&format!("next: {words}"), columns, "");
    out.push('\n');
    for command in commands.lines() {
        out.push_str(&format!("  {command}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stay_whole() {
        assert_eq!(
            next_step("one two three:\na b c d e f\ng", 14),
            "next: one two\n  three:\n  a b c d e f\n  g\n"
        );
        assert_eq!(next_step("wait", 80), "next: wait\n");
    }
}
