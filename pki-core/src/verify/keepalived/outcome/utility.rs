//! What the programs and built-in utilities of a script do.

use super::execution::{Execution, Flow, Followed, Stop};
use super::value::Value;
use super::{grep, test};

/// Those that ask a server in another way, or change what comes behind them.
const NOT_FOLLOWED: [&str; 23] = [
    "trap", "eval", "source", ".", "wait", "read", "shift", "let", "unset", "mapfile", "xargs",
    "sh", "bash", "dash", "ash", "alias", "getopts", "kubectl", "crictl", "nc", "ncat", "socat",
    "openssl",
];

impl Execution<'_, '_> {
    pub(super) fn utility(&mut self, fields: &[Value]) -> Followed<Flow> {
        let Some((first, operands)) = fields.split_first() else {
            return Ok(Flow::Next);
        };
        let name = first.text().ok_or(Stop::NotFollowed)?;
        if let Some(flow) = self.call(name) {
            return flow;
        }
        match name.rsplit('/').next().unwrap_or(name) {
            "curl" | "wget" => self.request(fields),
            "true" | ":" | "sleep" | "logger" | "shopt" => self.ends(true),
            "false" => self.ends(false),
            "echo" | "printf" => {
                self.say(echoed(operands));
                self.ends(true)
            }
            "exit" => self.leave(operands, Flow::Exit),
            "return" if self.calls > 0 => self.leave(operands, Flow::Return),
            "break" if operands.is_empty() => Ok(Flow::Break),
            "continue" if operands.is_empty() => Ok(Flow::Continue),
            "return" | "break" | "continue" => Err(Stop::NotFollowed),
            "set" => self.set_options(operands),
            "[" | "test" | "[[" => {
                let holds = test::holds(name, operands, self.is_bash)?;
                let holds = holds.unwrap_or_else(|| self.choices.choose());
                self.ends(holds)
            }
            "grep" | "egrep" | "fgrep" => {
                let found = grep::find(operands, &self.input);
                let (status, said) = found.unwrap_or((None, Value::Unknown));
                self.say(said);
                let status = status.unwrap_or_else(|| self.choices.choose());
                self.ends(status)
            }
            // With redirections alone.
            "exec" if operands.is_empty() => self.ends(true),
            "exec" => {
                self.utility_behind(operands)?;
                Ok(Flow::Exit)
            }
            "timeout" | "sudo" | "nice" | "env" | "command" => self.utility_behind(operands),
            other if NOT_FOLLOWED.contains(&other) => Err(Stop::NotFollowed),
            _ => self.anything(),
        }
    }

    /// A program of which nothing is known.
    fn anything(&mut self) -> Followed<Flow> {
        self.say(Value::Unknown);
        let succeeded = self.choices.choose();
        self.ends(succeeded)
    }

    /// `timeout 3 curl …`: what is run by another.
    fn utility_behind(&mut self, operands: &[Value]) -> Followed<Flow> {
        // `command -v curl` runs nothing.
        let shows = |it: &Value| matches!(it.text(), Some("-v" | "-V"));
        if operands.first().is_some_and(shows) {
            return self.anything();
        }
        let is_operand = |it: &&Value| {
            let text = it.text().unwrap_or_default();
            let is_option = text.starts_with(['-', '+']) || text.contains('=');
            !is_option && !text.starts_with(|c: char| c.is_ascii_digit())
        };
        let first = operands.iter().position(|it| is_operand(&it));
        let behind = first.and_then(|at| operands.get(at..));
        let behind = behind.ok_or(Stop::NotFollowed)?;
        self.nested(|it| it.utility(behind))
    }

    fn leave(&mut self, operands: &[Value], flow: Flow) -> Followed<Flow> {
        self.succeeded = match operands.first() {
            None => self.succeeded,
            Some(Value::Nonzero) => false,
            Some(Value::Text(number)) => number == "0",
            Some(Value::Unknown) => self.choices.choose(),
        };
        Ok(flow)
    }

    fn set_options(&mut self, operands: &[Value]) -> Followed<Flow> {
        for operand in operands {
            let text = operand.text().ok_or(Stop::NotFollowed)?;
            match text {
                "pipefail" => self.minds_pipes = true,
                "errexit" => self.exit_on_error(true),
                _ if text.starts_with("--") => return Err(Stop::NotFollowed),
                _ if text.starts_with('-') && text.contains('e') => self.exit_on_error(true),
                _ if text.starts_with('+') && text.contains('e') => self.exit_on_error(false),
                // `+o errexit` as well.
                _ if text.starts_with('+') && text.contains('o') => return Err(Stop::NotFollowed),
                // Without running commands.
                _ if text.starts_with('-') && text.contains('n') => return Err(Stop::NotFollowed),
                _ => {}
            }
        }
        self.ends(true)
    }
}

/// What `echo` says without its last newline, which nobody here looks for.
fn echoed(operands: &[Value]) -> Value {
    let texts: Option<Vec<&str>> = operands.iter().map(Value::text).collect();
    // Options, and signs of a format.
    let is_plain = |text: &&str| !text.starts_with('-') && !text.contains(['%', '\\']);
    match texts.filter(|texts| texts.iter().all(is_plain)) {
        Some(texts) => Value::of(&texts.join(" ")),
        None if operands.is_empty() => Value::empty(),
        None => Value::Unknown,
    }
}
