//! How something that is wrong is mended.

use std::fmt;

/// Steps, one after the other. A command is a whole line for a shell, so that it
/// can be pasted without reading it apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fix {
    /// In their order.
    pub steps: Vec<FixStep>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixStep {
    /// What to do, or what to know before the next command.
    Say(String),
    /// A command.
    Run(String),
}

impl Fix {
    pub(super) fn say(text: impl Into<String>) -> Self {
        Self::default().and_say(text)
    }

    pub(super) fn run(command: impl Into<String>) -> Self {
        Self::default().and_run(command)
    }

    pub(super) fn and_say(mut self, text: impl Into<String>) -> Self {
        self.steps.push(FixStep::Say(text.into()));
        self
    }

    pub(super) fn and_run(mut self, command: impl Into<String>) -> Self {
        self.steps.push(FixStep::Run(command.into()));
        self
    }

    pub(super) fn and(mut self, next: Self) -> Self {
        self.steps.extend(next.steps);
        self
    }

    /// The commands alone.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            FixStep::Run(command) => Some(command.as_str()),
            FixStep::Say(_) => None,
        })
    }
}

impl From<&str> for Fix {
    fn from(text: &str) -> Self {
        Self::say(text)
    }
}

impl From<String> for Fix {
    fn from(text: String) -> Self {
        Self::say(text)
    }
}

impl From<&Self> for Fix {
    fn from(fix: &Self) -> Self {
        fix.clone()
    }
}

/// All on one line: `put it back: scp -p …; then restart etcd`.
impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before: Option<&FixStep> = None;
        for step in &self.steps {
            f.write_str(match (before, step) {
                (None, _) => "",
                (Some(FixStep::Say(_)), FixStep::Run(_)) => ": ",
                _ => "; ",
            })?;
            let (FixStep::Say(text) | FixStep::Run(text)) = step;
            f.write_str(text)?;
            before = Some(step);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_one_sentence_and_run_line_by_line() {
        let restart = Fix::say("then restart etcd").and_run("crictl stop etcd");
        let fix = Fix::run("a").and(restart).and_run("b").and_say("c");
        assert_eq!(
            fix.to_string(),
            "a; then restart etcd: crictl stop etcd; b; c"
        );
        let commands: Vec<_> = fix.commands().collect();
        assert_eq!(commands, ["a", "crictl stop etcd", "b"]);
        assert_eq!(Fix::default().to_string(), "");
    }
}
