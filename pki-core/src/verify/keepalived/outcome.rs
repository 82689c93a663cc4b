//! How a script ends when the API server is well, answers with an error, or is dead:
//! its commands are followed in each of the three, without running any.

mod answer;
mod choices;
mod compound;
mod execution;
mod expansion;
mod grep;
mod pattern;
mod test;
mod utility;
mod value;

use choices::Choices;
use execution::{Execution, Stop};

use super::shell::command::List;
use super::shell::grammar;

/// What the API server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    Well,
    /// It answers with HTTP 500.
    Broken,
    Dead,
}

/// How a script may end; both where that hangs on more than the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ends {
    pub(super) well: bool,
    pub(super) badly: bool,
}

/// How it ends by what the API server does.
pub(super) struct Outcome {
    pub(super) well: Ends,
    pub(super) broken: Ends,
    pub(super) dead: Ends,
}

impl Outcome {
    /// `None` if the script has what is not followed here.
    pub(super) fn of(text: &str) -> Option<Self> {
        let shell = Shell::of(text);
        let script = grammar::parse(text, shell.is_bash)?;
        let ends = |server| ends(&script, server, shell);
        Some(Self {
            well: ends(Server::Well)?,
            broken: ends(Server::Broken)?,
            dead: ends(Server::Dead)?,
        })
    }
}

/// What runs a script.
#[derive(Debug, Clone, Copy)]
struct Shell {
    /// Whether it has what other shells have not.
    is_bash: bool,
    /// `set -e`.
    exits_on_error: bool,
}

impl Shell {
    fn of(text: &str) -> Self {
        let first = text.lines().next().and_then(|line| line.strip_prefix("#!"));
        let words = || first.unwrap_or_default().split_whitespace();
        Self {
            is_bash: words().any(|word| word.rsplit('/').next() == Some("bash")),
            exits_on_error: words().any(|word| word.starts_with('-') && word.contains('e')),
        }
    }
}

/// All ways through a script, of which some never end.
fn ends(script: &List, server: Server, shell: Shell) -> Option<Ends> {
    let mut ends = Ends::default();
    let mut choices = Choices::default();
    loop {
        let mut execution = Execution::new(server, &mut choices, shell);
        match execution.list(script) {
            Ok(_) if execution.succeeded => ends.well = true,
            Ok(_) => ends.badly = true,
            Err(Stop::Endless) => {}
            Err(Stop::NotFollowed) => return None,
        }
        if !choices.has_next()? {
            return (ends.well || ends.badly).then_some(ends);
        }
    }
}

#[cfg(test)]
mod tests;
