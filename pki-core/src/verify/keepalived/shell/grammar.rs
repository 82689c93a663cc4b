//! The grammar of POSIX's shell (XCU 2.10), as far as scripts of checks use it. What
//! is not followed, such as `&` and texts between lines, gives nothing at all.

use super::command::{AndOr, Command, CommandKind, List, Operator, Output, Pipeline};
use super::is_name;
use super::word::{Word, ends_word};

/// What a person writes is far smaller.
const LONGEST: usize = 20_000;
const DEEPEST: usize = 24;

/// The commands of a script, if all of them are followed.
pub(in crate::verify::keepalived) fn parse(text: &str, is_bash: bool) -> Option<List> {
    program(text, is_bash, 0)
}

fn program(text: &str, is_bash: bool, depth: usize) -> Option<List> {
    if text.len() > LONGEST || depth > DEEPEST {
        return None;
    }
    let chars: Vec<char> = text.chars().collect();
    let mut grammar = Grammar {
        chars: &chars,
        at: 0,
        is_bash,
        depth,
    };
    let list = grammar.list()?;
    (grammar.at == chars.len()).then_some(list)
}

/// A script and how much of it was read.
pub(super) struct Grammar<'a> {
    pub(super) chars: &'a [char],
    pub(super) at: usize,
    /// Whether it is read by bash, which has more than POSIX.
    pub(super) is_bash: bool,
    depth: usize,
}

impl Grammar<'_> {
    pub(super) fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek(0)?;
        self.at += 1;
        Some(next)
    }

    /// What stands before a sign, which is passed over as well.
    pub(super) fn until(&mut self, end: char) -> Option<String> {
        let rest = self.chars.get(self.at..)?;
        let text: String = rest.iter().take_while(|c| **c != end).collect();
        self.at += rest.iter().position(|c| *c == end)? + 1;
        Some(text)
    }

    /// A script in a script.
    pub(super) fn inner(&self, text: &str) -> Option<List> {
        program(text, self.is_bash, self.depth + 1)
    }

    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let found = Some(()).filter(|()| self.depth <= DEEPEST);
        let found = found.and_then(|()| read(self));
        self.depth -= 1;
        found
    }

    pub(super) fn starts_with(&self, sign: &str) -> bool {
        let mut signs = sign.chars().enumerate();
        signs.all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    pub(super) fn take(&mut self, sign: &str) -> Option<()> {
        self.starts_with(sign).then(|| self.at += sign.len())
    }

    /// Whether a reserved word stands here.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.starts_with(word) && self.peek(word.len()).is_none_or(ends_word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> Option<()> {
        self.is_word(word).then(|| self.at += word.len())
    }

    /// Passes over blanks and comments.
    pub(super) fn blanks(&mut self) {
        while let Some(c) = self.peek(0) {
            match c {
                '\n' => return,
                c if c.is_whitespace() => self.at += 1,
                '\\' if self.peek(1) == Some('\n') => self.at += 2,
                '#' => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    pub(super) fn newlines(&mut self) {
        self.blanks();
        while self.take("\n").is_some() {
            self.blanks();
        }
    }

    /// To the end of what a list is in.
    pub(super) fn list(&mut self) -> Option<List> {
        const ENDS: [&str; 8] = ["then", "fi", "elif", "else", "do", "done", "esac", "}"];
        let mut list = List::default();
        loop {
            self.newlines();
            let is_end = self.peek(0).is_none_or(|c| c == ')')
                || self.starts_with(";;")
                || ENDS.iter().any(|word| self.is_word(word));
            if is_end {
                return Some(list);
            }
            list.0.push(self.and_or()?);
            self.blanks();
            match self.peek(0) {
                Some(';') if self.peek(1) != Some(';') => self.at += 1,
                None | Some('\n' | ')' | ';') => {}
                Some(_) => return None,
            }
        }
    }

    /// One that has a command in it.
    pub(super) fn compound_list(&mut self) -> Option<List> {
        self.list().filter(|list| !list.0.is_empty())
    }

    fn and_or(&mut self) -> Option<AndOr> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let operator = match (self.take("&&"), self.take("||")) {
                (Some(()), _) => Operator::And,
                (_, Some(())) => Operator::Or,
                _ => return Some(AndOr { first, rest }),
            };
            self.newlines();
            rest.push((operator, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Option<Pipeline> {
        let is_negated = self.take_word("!").is_some();
        self.blanks();
        let mut commands = vec![self.nested(Self::command)?];
        loop {
            self.blanks();
            if self.starts_with("||") || self.take("|").is_none() {
                return Some(Pipeline {
                    is_negated,
                    commands,
                });
            }
            self.newlines();
            commands.push(self.nested(Self::command)?);
        }
    }

    pub(super) fn command(&mut self) -> Option<Command> {
        let mut command = Command {
            kind: CommandKind::Simple(Vec::new()),
            output: Output::Said,
            has_input: false,
        };
        match self.compound_command()? {
            Some(kind) => {
                command.kind = kind;
                self.redirections(&mut command)?;
            }
            None => self.simple_command(&mut command)?,
        }
        Some(command)
    }

    pub(super) fn words(&mut self) -> Option<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            if self.peek(0).is_none_or(ends_word) {
                return Some(words);
            }
            words.push(self.word()?);
        }
    }

    fn simple_command(&mut self, command: &mut Command) -> Option<()> {
        let mut words: Vec<Word> = Vec::new();
        loop {
            self.redirections(command)?;
            if let [word] = words.as_slice()
                && let Some(name) = word.plain().filter(|name| is_name(name))
                && self.take("(").is_some()
            {
                let name = name.to_owned();
                self.blanks();
                self.take(")")?;
                command.kind = self.function_definition(name)?;
                return Some(());
            }
            if self.peek(0).is_none_or(ends_word) {
                break;
            }
            words.push(self.word()?);
        }
        let is_bashs = words.first().and_then(Word::plain) == Some("[[");
        if is_bashs && !self.is_bash {
            return None;
        }
        let has_something = !words.is_empty() || command.output != Output::Said;
        command.kind = CommandKind::Simple(words);
        has_something.then_some(())
    }
}
