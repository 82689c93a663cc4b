//! Compound commands and definitions of functions (XCU 2.9.4 and 2.9.5).

use super::command::{CommandKind, List};
use super::grammar::Grammar;
use super::is_name;

impl Grammar<'_> {
    pub(super) fn compound_command(&mut self) -> Option<Option<CommandKind>> {
        if self.starts_with("((") {
            return None;
        }
        let kind = if self.take("(").is_some() {
            let list = self.compound_list()?;
            self.take(")")?;
            CommandKind::Subshell(list)
        } else if self.take_word("{").is_some() {
            let list = self.compound_list()?;
            self.take_word("}")?;
            CommandKind::BraceGroup(list)
        } else if self.take_word("if").is_some() {
            self.if_clause()?
        } else if self.take_word("while").is_some() {
            self.while_clause(false)?
        } else if self.take_word("until").is_some() {
            self.while_clause(true)?
        } else if self.take_word("for").is_some() {
            self.for_clause()?
        } else if self.take_word("case").is_some() {
            self.case_clause()?
        } else if self.is_bash && self.take_word("function").is_some() {
            self.blanks();
            let name = self.word()?.plain()?.to_owned();
            self.blanks();
            let _ = self.take("()");
            self.function_definition(name)?
        } else {
            return Some(None);
        };
        Some(Some(kind))
    }

    fn if_clause(&mut self) -> Option<CommandKind> {
        let mut branches = Vec::new();
        loop {
            let condition = self.compound_list()?;
            self.take_word("then")?;
            branches.push((condition, self.compound_list()?));
            if self.take_word("elif").is_none() {
                break;
            }
        }
        let otherwise = match self.take_word("else") {
            Some(()) => Some(self.compound_list()?),
            None => None,
        };
        self.take_word("fi")?;
        Some(CommandKind::If {
            branches,
            otherwise,
        })
    }

    fn while_clause(&mut self, is_until: bool) -> Option<CommandKind> {
        let condition = self.compound_list()?;
        let body = self.do_group()?;
        Some(CommandKind::While {
            is_until,
            condition,
            body,
        })
    }

    fn do_group(&mut self) -> Option<List> {
        self.take_word("do")?;
        let body = self.compound_list()?;
        self.take_word("done")?;
        Some(body)
    }

    fn for_clause(&mut self) -> Option<CommandKind> {
        self.blanks();
        let name = self.word()?.plain()?.to_owned();
        self.newlines();
        self.take_word("in")?;
        let items = self.words()?;
        let _ = self.take(";");
        self.newlines();
        let body = self.do_group()?;
        is_name(&name).then_some(CommandKind::For { name, items, body })
    }

    fn case_clause(&mut self) -> Option<CommandKind> {
        self.blanks();
        let word = self.word()?;
        self.newlines();
        self.take_word("in")?;
        let mut items = Vec::new();
        loop {
            self.newlines();
            if self.take_word("esac").is_some() {
                return Some(CommandKind::Case { word, items });
            }
            let _ = self.take("(");
            self.blanks();
            let mut patterns = vec![self.word()?];
            self.blanks();
            while self.take("|").is_some() {
                self.blanks();
                patterns.push(self.word()?);
                self.blanks();
            }
            self.take(")")?;
            items.push((patterns, self.list()?));
            let _ = self.take(";;");
        }
    }

    /// What stands behind `name()`.
    pub(super) fn function_definition(&mut self, name: String) -> Option<CommandKind> {
        self.newlines();
        let body = Box::new(self.nested(Self::command)?);
        Some(CommandKind::FunctionDefinition { name, body })
    }
}
