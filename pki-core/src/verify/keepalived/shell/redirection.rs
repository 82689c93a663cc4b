//! Where a command reads from and writes to (XCU 2.7).

use super::command::{Command, Output};
use super::grammar::Grammar;

impl Grammar<'_> {
    /// Passes over `2>&1`, `> FILE` and the like, with the blanks around them.
    pub(super) fn redirections(&mut self, command: &mut Command) -> Option<()> {
        loop {
            self.blanks();
            let digits =
                (0..).take_while(|ahead| self.peek(*ahead).is_some_and(|c| c.is_ascii_digit()));
            let digits = digits.count();
            // To other shells the sign is that of a command in the background.
            let is_both = self.is_bash && self.starts_with("&>");
            if !is_both && !matches!(self.peek(digits), Some('<' | '>')) {
                return Some(());
            }
            let number = self.chars.get(self.at..self.at + digits)?;
            let is_errors = number == ['2'];
            let is_output = digits == 0 || number == ['1'];
            self.at += digits + usize::from(is_both);
            let is_input = self.take("<").is_some();
            if is_input && matches!(self.peek(0), Some('<' | '(' | '>')) {
                return None;
            }
            let _ = self.take(">").and_then(|()| self.take(">"));
            let is_copy = self.take("&").is_some();
            self.blanks();
            let target = self.word()?;
            let to_output = is_copy && target.plain() == Some("1");
            match command.output {
                _ if is_input => command.has_input = true,
                Output::Said if is_errors && to_output => command.output = Output::WithErrors,
                Output::Said if is_output && !to_output => command.output = Output::Elsewhere,
                _ => {}
            }
        }
    }
}
