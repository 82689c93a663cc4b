//! The commands of a script by the names that the grammar of POSIX's shell has for
//! them (XCU 2.10.2).

use super::word::Word;

/// Commands one after the other.
#[derive(Debug, Default)]
pub(in crate::verify::keepalived) struct List(pub(in crate::verify::keepalived) Vec<AndOr>);

/// Pipelines with `&&` and `||` between them.
#[derive(Debug)]
pub(in crate::verify::keepalived) struct AndOr {
    pub(in crate::verify::keepalived) first: Pipeline,
    pub(in crate::verify::keepalived) rest: Vec<(Operator, Pipeline)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::verify::keepalived) enum Operator {
    And,
    Or,
}

/// Commands with `|` between them, perhaps behind `!`.
#[derive(Debug)]
pub(in crate::verify::keepalived) struct Pipeline {
    pub(in crate::verify::keepalived) is_negated: bool,
    pub(in crate::verify::keepalived) commands: Vec<Command>,
}

/// A command with its redirections.
#[derive(Debug)]
pub(in crate::verify::keepalived) struct Command {
    pub(in crate::verify::keepalived) kind: CommandKind,
    pub(in crate::verify::keepalived) output: Output,
    /// Whether it reads a file.
    pub(in crate::verify::keepalived) has_input: bool,
}

/// Where what a command says goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::verify::keepalived) enum Output {
    Said,
    /// `> /dev/null`, `>&2`.
    Elsewhere,
    /// `2>&1`: its errors are said as well.
    WithErrors,
}

#[derive(Debug)]
pub(in crate::verify::keepalived) enum CommandKind {
    Simple(Vec<Word>),
    BraceGroup(List),
    Subshell(List),
    If {
        branches: Vec<(List, List)>,
        otherwise: Option<List>,
    },
    /// `while`, or `until`.
    While {
        is_until: bool,
        condition: List,
        body: List,
    },
    For {
        name: String,
        items: Vec<Word>,
        body: List,
    },
    Case {
        word: Word,
        items: Vec<(Vec<Word>, List)>,
    },
    FunctionDefinition {
        name: String,
        body: Box<Command>,
    },
}
