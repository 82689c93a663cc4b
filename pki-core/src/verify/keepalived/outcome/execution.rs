//! One way through a script: the execution environment of a shell (XCU 2.12), lists
//! and pipelines (XCU 2.9.2 and 2.9.3).

use std::collections::BTreeMap;

use super::super::shell::command::{AndOr, Command, CommandKind, List, Operator, Output, Pipeline};
use super::value::Value;
use super::{Choices, Server, Shell};

/// Calls and commands in commands.
const DEEPEST: usize = 40;
const MOST_VARIABLES: usize = 64;

/// How it goes on behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return,
    Exit,
}

/// Why a way has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    NotFollowed,
    /// A loop that went on each time that it was asked.
    Endless,
}

pub(super) type Followed<T> = Result<T, Stop>;

/// What a subshell gets a copy of.
#[derive(Debug, Clone, Default)]
struct Environment<'a> {
    variables: BTreeMap<String, Value>,
    functions: BTreeMap<&'a str, &'a Command>,
    exits_on_error: bool,
}

pub(super) struct Execution<'a, 'c> {
    pub(super) server: Server,
    pub(super) choices: &'c mut Choices,
    pub(super) is_bash: bool,
    environment: Environment<'a>,
    /// `set -o pipefail`.
    pub(super) minds_pipes: bool,
    /// What the command before it in a pipeline says.
    pub(super) input: Value,
    output: Value,
    pub(super) succeeded: bool,
    /// In how many commands whose failure is asked for it is; `set -e` does not mind
    /// those.
    tested: usize,
    depth: usize,
    pub(super) calls: usize,
}

impl<'a, 'c> Execution<'a, 'c> {
    pub(super) fn new(server: Server, choices: &'c mut Choices, shell: Shell) -> Self {
        Self {
            server,
            choices,
            is_bash: shell.is_bash,
            environment: Environment {
                exits_on_error: shell.exits_on_error,
                ..Environment::default()
            },
            minds_pipes: false,
            input: Value::Unknown,
            output: Value::empty(),
            succeeded: true,
            tested: 0,
            depth: 0,
            calls: 0,
        }
    }

    pub(super) fn list(&mut self, list: &'a List) -> Followed<Flow> {
        for and_or in &list.0 {
            let flow = self.and_or(and_or)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn and_or(&mut self, and_or: &'a AndOr) -> Followed<Flow> {
        let mut left = and_or.rest.len();
        let mut flow = self.pipeline(&and_or.first, left == 0)?;
        for (operator, pipeline) in &and_or.rest {
            left -= 1;
            if flow == Flow::Next && self.succeeded == (*operator == Operator::And) {
                flow = self.pipeline(pipeline, left == 0)?;
            }
        }
        Ok(flow)
    }

    fn pipeline(&mut self, pipeline: &'a Pipeline, is_last: bool) -> Followed<Flow> {
        let is_tested = pipeline.is_negated || !is_last;
        let (flow, minds) = match pipeline.commands.as_slice() {
            [command] => {
                let minds = matches!(
                    command.kind,
                    CommandKind::Simple(_) | CommandKind::Subshell(_)
                );
                (self.tested(is_tested, |it| it.command(command))?, minds)
            }
            commands => (self.tested(is_tested, |it| it.pipe(commands))?, true),
        };
        if flow != Flow::Next {
            return Ok(flow);
        }
        let exits = minds && self.environment.exits_on_error && !is_tested && self.tested == 0;
        if exits && !self.succeeded {
            return Ok(Flow::Exit);
        }
        self.succeeded ^= pipeline.is_negated;
        Ok(Flow::Next)
    }

    /// Goes on where, if `is_tested`, a failure is asked for.
    pub(super) fn tested<T>(
        &mut self,
        is_tested: bool,
        follow: impl FnOnce(&mut Self) -> Followed<T>,
    ) -> Followed<T> {
        self.tested += usize::from(is_tested);
        let followed = follow(self)?;
        self.tested -= usize::from(is_tested);
        Ok(followed)
    }

    /// Each command in a subshell of its own, with what the one before says.
    fn pipe(&mut self, commands: &'a [Command]) -> Followed<Flow> {
        let outside = std::mem::replace(&mut self.output, Value::empty());
        let input = self.input.clone();
        let mut have_succeeded = true;
        for (index, command) in commands.iter().enumerate() {
            if index > 0 {
                self.input = std::mem::replace(&mut self.output, Value::empty());
            }
            self.subshell(|it| it.command(command))?;
            have_succeeded &= self.succeeded;
        }
        let said = std::mem::replace(&mut self.output, outside);
        self.say(said);
        self.input = input;
        self.succeeded = match self.minds_pipes {
            true => have_succeeded,
            false => self.succeeded,
        };
        Ok(Flow::Next)
    }

    /// What happens in it stays in it, but for its status and what it says.
    pub(super) fn subshell(
        &mut self,
        follow: impl FnOnce(&mut Self) -> Followed<Flow>,
    ) -> Followed<()> {
        let environment = self.environment.clone();
        let minds_pipes = self.minds_pipes;
        follow(self)?;
        self.environment = environment;
        self.minds_pipes = minds_pipes;
        Ok(())
    }

    /// What commands say that end well or badly themselves.
    pub(super) fn said_by(
        &mut self,
        follow: impl FnOnce(&mut Self) -> Followed<()>,
    ) -> Followed<Value> {
        let outside = std::mem::replace(&mut self.output, Value::empty());
        follow(self)?;
        Ok(std::mem::replace(&mut self.output, outside))
    }

    fn command(&mut self, command: &'a Command) -> Followed<Flow> {
        let input = self.input.clone();
        if command.has_input {
            self.input = Value::Unknown;
        }
        let outside = std::mem::replace(&mut self.output, Value::empty());
        let flow = self.nested(|it| it.compound_command(&command.kind))?;
        let said = std::mem::replace(&mut self.output, outside);
        match command.output {
            Output::Said => self.say(said),
            Output::Elsewhere => {}
            Output::WithErrors => self.say(Value::Unknown),
        }
        self.input = input;
        Ok(flow)
    }

    /// A step deeper, of which there are not many.
    pub(super) fn nested(
        &mut self,
        follow: impl FnOnce(&mut Self) -> Followed<Flow>,
    ) -> Followed<Flow> {
        self.choices.step().ok_or(Stop::NotFollowed)?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Stop::NotFollowed);
        }
        let flow = follow(self)?;
        self.depth -= 1;
        Ok(flow)
    }

    pub(super) fn define(&mut self, name: &'a str, body: &'a Command) {
        self.environment.functions.insert(name, body);
    }

    pub(super) fn call(&mut self, name: &str) -> Option<Followed<Flow>> {
        let body = self.environment.functions.get(name).copied()?;
        self.calls += 1;
        let flow = self.command(body);
        self.calls -= 1;
        Some(flow.map(|flow| match flow {
            Flow::Return => Flow::Next,
            flow => flow,
        }))
    }

    pub(super) fn say(&mut self, value: Value) {
        let said = std::mem::replace(&mut self.output, Value::Unknown);
        self.output = said.followed_by(value);
    }

    /// Goes on behind a command that ends so.
    pub(super) const fn ends(&mut self, succeeded: bool) -> Followed<Flow> {
        self.succeeded = succeeded;
        Ok(Flow::Next)
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Value> {
        self.environment.variables.get(name)
    }

    pub(super) fn set(&mut self, name: &str, value: Value) -> Followed<()> {
        self.environment.variables.insert(name.to_owned(), value);
        match self.environment.variables.len() > MOST_VARIABLES {
            true => Err(Stop::NotFollowed),
            false => Ok(()),
        }
    }

    pub(super) const fn exits_on_error(&self) -> bool {
        self.environment.exits_on_error
    }

    pub(super) const fn exit_on_error(&mut self, exits: bool) {
        self.environment.exits_on_error = exits;
    }
}
