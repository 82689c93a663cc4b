//! What compound commands do (XCU 2.9.4).

use super::super::shell::command::{CommandKind, List};
use super::super::shell::word::Word;
use super::execution::{Execution, Flow, Followed, Stop};
use super::pattern;

/// How often a loop is gone through.
const ROUNDS: usize = 5;
const MOST_ITEMS: usize = 64;

impl<'a> Execution<'a, '_> {
    pub(super) fn compound_command(&mut self, kind: &'a CommandKind) -> Followed<Flow> {
        match kind {
            CommandKind::Simple(words) => self.simple_command(words),
            CommandKind::BraceGroup(list) => self.list(list),
            CommandKind::Subshell(list) => {
                self.subshell(|it| it.list(list))?;
                Ok(Flow::Next)
            }
            CommandKind::If {
                branches,
                otherwise,
            } => {
                for (condition, body) in branches {
                    let flow = self.tested(true, |it| it.list(condition))?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                    if self.succeeded {
                        return self.list(body);
                    }
                }
                self.succeeded = true;
                otherwise
                    .as_ref()
                    .map_or(Ok(Flow::Next), |body| self.list(body))
            }
            CommandKind::While {
                is_until,
                condition,
                body,
            } => self.while_clause(*is_until, condition, body),
            CommandKind::For { name, items, body } => self.for_clause(name, items, body),
            CommandKind::Case { word, items } => self.case_clause(word, items),
            CommandKind::FunctionDefinition { name, body } => {
                self.define(name, body);
                self.succeeded = true;
                Ok(Flow::Next)
            }
        }
    }

    fn while_clause(
        &mut self,
        is_until: bool,
        condition: &'a List,
        body: &'a List,
    ) -> Followed<Flow> {
        let asked = self.choices.asked();
        let mut status = true;
        for _ in 0..ROUNDS {
            let flow = self.tested(true, |it| it.list(condition))?;
            if flow != Flow::Next {
                return Ok(flow);
            }
            if self.succeeded == is_until {
                self.succeeded = status;
                return Ok(Flow::Next);
            }
            match self.list(body)? {
                Flow::Next | Flow::Continue => status = self.succeeded,
                Flow::Break => return Ok(Flow::Next),
                flow => return Ok(flow),
            }
        }
        // Where nothing was asked there is no other way out of it.
        Err(match self.choices.asked() == asked {
            true => Stop::NotFollowed,
            false => Stop::Endless,
        })
    }

    fn for_clause(&mut self, name: &str, items: &'a [Word], body: &'a List) -> Followed<Flow> {
        let items = self.fields(items)?;
        if items.len() > MOST_ITEMS {
            return Err(Stop::NotFollowed);
        }
        self.succeeded = true;
        for item in items {
            self.set(name, item)?;
            match self.list(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn case_clause(&mut self, word: &'a Word, items: &'a [(Vec<Word>, List)]) -> Followed<Flow> {
        let value = self.value(word)?;
        for (patterns, body) in items {
            for pattern in patterns {
                let pattern = self.value(pattern)?;
                let matches = pattern::matches(&value, &pattern);
                if matches.unwrap_or_else(|| self.choices.choose()) {
                    self.succeeded = true;
                    return self.list(body);
                }
            }
        }
        self.succeeded = true;
        Ok(Flow::Next)
    }
}
