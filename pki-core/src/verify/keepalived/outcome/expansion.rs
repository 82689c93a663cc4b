//! What becomes of words (XCU 2.6), and simple commands, whose words those are
//! (XCU 2.9.1).

use super::super::shell::command::List;
use super::super::shell::word::{Part, PartKind, Word};
use super::execution::{Execution, Flow, Followed, Stop};
use super::value::Value;

/// Commands that set what their words say.
const DECLARATIONS: [&str; 5] = ["export", "readonly", "local", "declare", "typeset"];

impl<'a> Execution<'a, '_> {
    pub(super) fn simple_command(&mut self, words: &'a [Word]) -> Followed<Flow> {
        let is_plain = |word: &&Word| word.assigned().is_none();
        let first = words.iter().position(|word| is_plain(&word));
        let Some(first) = first else {
            // Of an assignment the status is that of the command in it.
            let before = self.succeeded;
            let mut status = None;
            for word in words {
                self.succeeded = before;
                status = self.assign(word)?.or(status);
            }
            return self.ends(status.unwrap_or(true));
        };
        let (_, words) = words.split_at(first);
        let is_declaration = words
            .first()
            .and_then(Word::plain)
            .is_some_and(|word| DECLARATIONS.contains(&word));
        if is_declaration {
            for word in words {
                self.assign(word)?;
            }
            return self.ends(true);
        }
        // Between double brackets no word is taken apart.
        let fields = match words.first().and_then(Word::plain) {
            Some("[[") => words.iter().map(|word| self.value(word)).collect(),
            _ => self.fields(words),
        };
        self.utility(&fields?)
    }

    /// `x=…`; the status of the command in it, if there is one.
    fn assign(&mut self, word: &'a Word) -> Followed<Option<bool>> {
        let Some(name) = word.assigned() else {
            return Ok(None);
        };
        let value = self.concatenated(word, name.len() + "=".len())?;
        self.set(name, value)?;
        let is_substitution = |part: &Part| matches!(part.kind, PartKind::Substitution(_));
        Ok(word
            .parts
            .iter()
            .any(is_substitution)
            .then_some(self.succeeded))
    }

    /// A word that stays one.
    pub(super) fn value(&mut self, word: &'a Word) -> Followed<Value> {
        self.concatenated(word, 0)
    }

    /// The parts of a word without its first octets.
    fn concatenated(&mut self, word: &'a Word, skipped: usize) -> Followed<Value> {
        let mut value = Value::empty();
        let mut skipped = skipped;
        for part in &word.parts {
            let next = match &part.kind {
                PartKind::Text(text) => {
                    let rest = text.get(std::mem::take(&mut skipped)..);
                    Value::of(rest.unwrap_or_default())
                }
                PartKind::Parameter { name, default } => self.parameter(name, default.as_deref()),
                PartKind::Status => match self.succeeded {
                    true => Value::of("0"),
                    false => Value::Nonzero,
                },
                PartKind::Substitution(list) => self.substitution(list)?,
                PartKind::Unknown => Value::Unknown,
            };
            value = value.followed_by(next);
        }
        Ok(value)
    }

    fn parameter(&self, name: &str, default: Option<&str>) -> Value {
        match (self.variable(name), default) {
            (Some(value), Some(default)) if value.is_empty() => Value::of(default),
            (Some(value), _) => value.clone(),
            // Of keepalived it gets neither a variable nor an argument, as a rule.
            (None, Some(default)) => Value::of(default),
            (None, None) => Value::Unknown,
        }
    }

    fn substitution(&mut self, list: &'a List) -> Followed<Value> {
        // Shells do not agree whether `set -e` holds in it.
        if self.exits_on_error() && list.0.len() > 1 {
            return Err(Stop::NotFollowed);
        }
        if list.0.is_empty() {
            self.succeeded = true;
        }
        self.said_by(|it| it.subshell(|it| it.list(list)))
    }

    /// Words that become none, one, or several.
    pub(super) fn fields(&mut self, words: &'a [Word]) -> Followed<Vec<Value>> {
        let mut fields = Vec::new();
        for word in words {
            let value = self.value(word)?;
            let is_put_in = |part: &Part| !matches!(part.kind, PartKind::Text(_));
            let is_split = word.parts.iter().any(|it| !it.is_quoted && is_put_in(it));
            let has_quoted = word.parts.iter().any(|it| it.is_quoted);
            match &value {
                // `{1..3}` is one thing in bash and another in other shells.
                Value::Text(text) if text.len() > 1 && word.parts.iter().any(has_braces) => {
                    fields.push(Value::Unknown);
                }
                Value::Text(text) if is_split && !has_quoted => {
                    fields.extend(text.split_whitespace().map(Value::of));
                }
                // Where it is taken apart hangs on what came from where.
                Value::Text(text) if is_split && text.contains(char::is_whitespace) => {
                    fields.push(Value::Unknown);
                }
                _ => fields.push(value),
            }
        }
        Ok(fields)
    }
}

fn has_braces(part: &Part) -> bool {
    match &part.kind {
        PartKind::Text(text) => !part.is_quoted && text.contains('{'),
        _ => false,
    }
}
