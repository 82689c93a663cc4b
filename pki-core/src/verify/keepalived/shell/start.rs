//! Where a command begins: behind words of the shell, and programs that run others.

use super::{Field, is_name};

/// Reserved words (XCU 2.4) that have a command behind them.
const RESERVED: [&str; 10] = [
    "if", "elif", "else", "then", "while", "until", "do", "!", "{", "time",
];

/// Programs and utilities that run another one with the words behind them.
const RUNNERS: [&str; 17] = [
    "timeout", "sudo", "nice", "ionice", "env", "exec", "command", "eval", "nohup", "setsid",
    "stdbuf", "busybox", "xargs", "sh", "bash", "dash", "ash",
];

/// Options of those that take the word behind them, where that is no number.
const WITH_VALUE: [&str; 6] = ["-u", "-g", "-s", "--user", "--group", "--signal"];

/// The word that names the program; `None` if there is none.
pub(super) fn of_program(fields: &[Field]) -> Option<usize> {
    let mut runner = None;
    let mut is_value = false;
    for (at, field) in fields.iter().enumerate() {
        // What is put in may be `sudo`.
        let Some(word) = field.known() else { continue };
        let name = word.rsplit('/').next().unwrap_or(word);
        let is_option = word.starts_with(['-', '+']) && runner.is_some();
        if runner == Some("command") && is_option && word.contains(['v', 'V']) {
            return None;
        }
        if RUNNERS.contains(&name) {
            runner = Some(name);
        } else if !(is_option || is_value && runner.is_some() || is_before(word)) {
            return Some(at);
        }
        is_value = WITH_VALUE.contains(&word);
    }
    None
}

/// Reserved words, assignments, redirections, and how long `timeout` waits.
fn is_before(word: &str) -> bool {
    let is_assignment = word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let is_sign = word.starts_with(['<', '>']) || word.starts_with(|c: char| c.is_ascii_digit());
    word.is_empty() || RESERVED.contains(&word) || is_assignment || is_sign
}
