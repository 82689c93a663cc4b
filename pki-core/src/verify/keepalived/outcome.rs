//! How a script ends when the API server is well, answers with an error, or is dead:
//! its commands are followed in each of the three, without running any.

use std::collections::{BTreeMap, BTreeSet};

use super::grammar::{self, Node, Simple};
use super::request::Request;
use super::shell::{ShellCommand, Word};

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
        let script = grammar::parse(text)?;
        let exits = text
            .lines()
            .next()
            .is_some_and(|it| it.starts_with("#!") && it.trim_end().ends_with(" -e"));
        let ends = |server| {
            let mut run = Run {
                server,
                functions: BTreeMap::new(),
                steps: 0,
            };
            let mut ends = Ends::default();
            let start = State {
                ends_on_failure: exits,
                ..State::default()
            };
            for state in run.node(&script, start, &Value::known(""), 0)? {
                ends.well |= state.succeeded;
                ends.badly |= !state.succeeded;
            }
            Some(ends)
        };
        Some(Self {
            well: ends(Server::Well)?,
            broken: ends(Server::Broken)?,
            dead: ends(Server::Dead)?,
        })
    }
}

/// What a word becomes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Known(String),
    /// The status of a command that failed.
    Nonzero,
    Unknown,
}

impl Value {
    fn known(text: &str) -> Self {
        Self::Known(text.to_owned())
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Flow {
    On,
    Return,
    Exit,
    Break,
    Continue,
}

/// Where one way through the script has come to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    variables: BTreeMap<String, Value>,
    succeeded: bool,
    output: Value,
    flow: Flow,
    /// `set -e`.
    ends_on_failure: bool,
    /// `set -o pipefail`.
    minds_pipes: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            variables: BTreeMap::new(),
            succeeded: true,
            output: Value::known(""),
            flow: Flow::On,
            ends_on_failure: false,
            minds_pipes: false,
        }
    }
}

impl State {
    fn with(mut self, succeeded: bool) -> Self {
        self.succeeded = succeeded;
        self
    }

    fn says(mut self, output: Value) -> Self {
        self.output = match self.output.text() {
            Some("") => output,
            _ if output == Value::known("") => self.output,
            _ => Value::Unknown,
        };
        self
    }
}

type States = BTreeSet<State>;

/// It may end in either way.
fn either(state: State) -> States {
    States::from([state.clone().with(true), state.with(false)])
}

fn one(state: State) -> States {
    States::from([state])
}

const MOST_STATES: usize = 64;
const MOST_STEPS: usize = 20_000;
const DEEPEST: usize = 12;
/// How often a loop is gone through.
const ROUNDS: usize = 5;

struct Run<'a> {
    server: Server,
    functions: BTreeMap<String, &'a Node>,
    steps: usize,
}

impl<'a> Run<'a> {
    fn node(
        &mut self,
        node: &'a Node,
        state: State,
        input: &Value,
        depth: usize,
    ) -> Option<States> {
        self.steps += 1;
        if self.steps > MOST_STEPS || depth > DEEPEST * 4 {
            return None;
        }
        let depth = depth + 1;
        match node {
            Node::Simple(simple) => self.simple(simple, state, input, depth),
            Node::Not(inner) => {
                let states = self.tested(inner, state, input, depth)?;
                let turn = |it: State| match it.flow {
                    Flow::On => {
                        let succeeded = it.succeeded;
                        it.with(!succeeded)
                    }
                    _ => it,
                };
                Some(states.into_iter().map(turn).collect())
            }
            Node::And(left, right) | Node::Or(left, right) => {
                let goes_on = matches!(node, Node::And(..));
                let mut all = States::new();
                for it in self.tested(left, state, input, depth)? {
                    match it.flow == Flow::On && it.succeeded == goes_on {
                        true => all.extend(self.node(right, it, input, depth)?),
                        false => drop(all.insert(it)),
                    }
                }
                Some(all)
            }
            Node::Pipe(stages) => self.pipe(stages, state, depth),
            Node::Sequence(nodes) => self.sequence(nodes, state, input, depth),
            Node::If {
                branches,
                otherwise,
            } => self.branches(branches, otherwise.as_deref(), state, input, depth),
            Node::While {
                is_until,
                condition,
                body,
            } => self.rounds(Some((condition, *is_until)), body, ROUNDS, state, depth),
            Node::For { name, items, body } => {
                let mut states = one(state);
                for item in items.iter().take(ROUNDS) {
                    let mut next = States::new();
                    for mut it in states {
                        if it.flow != Flow::On {
                            next.insert(it);
                            continue;
                        }
                        let value = self.value(item, &mut it, depth)?;
                        it.variables.insert(name.clone(), value);
                        next.extend(self.rounds(None, body, 1, it, depth)?);
                    }
                    states = few(next)?;
                }
                Some(after_loop(states))
            }
            Node::Case { word, arms } => self.case(word, arms, state, input, depth),
            Node::Subshell(body) => {
                let before = state.clone();
                let states = self.node(body, state, input, depth)?;
                let out = |it: State| State {
                    succeeded: it.succeeded,
                    output: it.output,
                    ..before.clone()
                };
                Some(states.into_iter().map(out).collect())
            }
            Node::Function { name, body } => {
                self.functions.insert(name.clone(), body);
                Some(one(state.with(true)))
            }
        }
    }

    /// Where a failure is asked for, `set -e` does not mind it.
    fn tested(
        &mut self,
        node: &'a Node,
        state: State,
        input: &Value,
        depth: usize,
    ) -> Option<States> {
        let minds = state.ends_on_failure;
        let state = State {
            ends_on_failure: false,
            ..state
        };
        let states = self.node(node, state, input, depth)?;
        let back = |it: State| State {
            ends_on_failure: minds,
            ..it
        };
        Some(states.into_iter().map(back).collect())
    }

    fn sequence(
        &mut self,
        nodes: &'a [Node],
        state: State,
        input: &Value,
        depth: usize,
    ) -> Option<States> {
        let mut states = one(state);
        for node in nodes {
            let mut next = States::new();
            for it in states {
                if it.flow != Flow::On {
                    next.insert(it);
                    continue;
                }
                for mut after in self.node(node, it, input, depth)? {
                    let minds = matches!(node, Node::Simple(_) | Node::Pipe(_) | Node::Subshell(_));
                    if minds && after.ends_on_failure && !after.succeeded && after.flow == Flow::On
                    {
                        after.flow = Flow::Exit;
                    }
                    next.insert(after);
                }
            }
            states = few(next)?;
        }
        Some(states)
    }

    fn pipe(&mut self, stages: &'a [Node], state: State, depth: usize) -> Option<States> {
        // What was said, and whether a stage failed.
        let mut inputs = BTreeSet::from([(Value::known(""), false)]);
        let last = stages.len().checked_sub(1)?;
        let mut states = States::new();
        for (index, stage) in stages.iter().enumerate() {
            let mut said = BTreeSet::new();
            for (input, has_failed) in &inputs {
                let fresh = State {
                    output: Value::known(""),
                    ..state.clone()
                };
                for it in self.tested(stage, fresh, input, depth)? {
                    let has_failed = *has_failed || !it.succeeded;
                    if index == last {
                        let succeeded = match state.minds_pipes {
                            true => !has_failed,
                            false => it.succeeded,
                        };
                        states.insert(state.clone().says(it.output).with(succeeded));
                    } else {
                        said.insert((it.output, has_failed));
                    }
                }
            }
            inputs = said;
        }
        few(states)
    }

    fn branches(
        &mut self,
        branches: &'a [(Node, Node)],
        otherwise: Option<&'a Node>,
        state: State,
        input: &Value,
        depth: usize,
    ) -> Option<States> {
        let mut open = one(state);
        let mut done = States::new();
        for (condition, body) in branches {
            let mut next = States::new();
            for it in open {
                for it in self.tested(condition, it, input, depth)? {
                    match (it.flow, it.succeeded) {
                        (Flow::On, true) => done.extend(self.node(body, it, input, depth)?),
                        (Flow::On, false) => drop(next.insert(it)),
                        _ => drop(done.insert(it)),
                    }
                }
            }
            open = few(next)?;
        }
        for it in open {
            match otherwise {
                Some(body) => done.extend(self.node(body, it, input, depth)?),
                None => drop(done.insert(it.with(true))),
            }
        }
        few(done)
    }

    /// A loop; that of a condition that never ends one is taken to end.
    fn rounds(
        &mut self,
        condition: Option<(&'a Node, bool)>,
        body: &'a Node,
        rounds: usize,
        state: State,
        depth: usize,
    ) -> Option<States> {
        let input = Value::known("");
        let mut open = one(state);
        let mut done = States::new();
        for _ in 0..rounds {
            let mut next = States::new();
            for it in open {
                let tested = match condition {
                    Some((node, _)) => self.tested(node, it, &input, depth)?,
                    None => one(it.with(true)),
                };
                let is_until = condition.is_some_and(|(_, is_until)| is_until);
                for it in tested {
                    if it.flow != Flow::On || it.succeeded == is_until {
                        let ends = it.flow != Flow::On;
                        done.insert(if ends { it } else { it.with(true) });
                        continue;
                    }
                    for it in self.node(body, it, &input, depth)? {
                        match it.flow {
                            Flow::On => drop(next.insert(it)),
                            Flow::Continue => drop(next.insert(State {
                                flow: Flow::On,
                                ..it
                            })),
                            _ => drop(done.insert(it)),
                        }
                    }
                }
            }
            open = few(next)?;
        }
        match condition {
            Some(_) => {
                let ended = after_loop(done);
                (!ended.is_empty()).then_some(ended)
            }
            // One round of a list; what breaks it is seen behind the last.
            None => {
                done.extend(open);
                few(done)
            }
        }
    }

    fn case(
        &mut self,
        word: &str,
        arms: &'a [(Vec<String>, Node)],
        mut state: State,
        input: &Value,
        depth: usize,
    ) -> Option<States> {
        let value = self.value(word, &mut state, depth)?;
        let mut done = States::new();
        let mut is_open = true;
        for (patterns, body) in arms {
            let mut hits = Some(false);
            for pattern in patterns {
                let pattern = self.value(pattern, &mut state, depth)?;
                hits = match (hits, matches_pattern(&value, &pattern)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
            }
            if hits != Some(false) {
                done.extend(self.node(body, state.clone().with(true), input, depth)?);
            }
            if hits == Some(true) {
                is_open = false;
                break;
            }
        }
        if is_open {
            done.insert(state.with(true));
        }
        few(done)
    }

    fn simple(
        &mut self,
        simple: &'a Simple,
        state: State,
        input: &Value,
        depth: usize,
    ) -> Option<States> {
        let before = state.output.clone();
        let states = self.command(&simple.words, state, input, depth)?;
        let quiet = |it: State| match simple.is_silent {
            true => State {
                output: before.clone(),
                ..it
            },
            false => it,
        };
        few(states.into_iter().map(quiet).collect())
    }

    fn command(
        &mut self,
        written: &'a [String],
        mut state: State,
        input: &Value,
        depth: usize,
    ) -> Option<States> {
        let mut words: &[String] = written;
        // Of an assignment the status is that of the command in it.
        let mut status = Some(true);
        while let Some((first, rest)) = words.split_first() {
            if matches!(
                first.as_str(),
                "export" | "readonly" | "local" | "declare" | "typeset"
            ) {
                words = rest;
                continue;
            }
            let Some((name, value)) = first.split_once('=').filter(|it| is_name(it.0)) else {
                break;
            };
            let (value, told) = self.expand(value, &state, depth)?;
            status = told.unwrap_or(Some(true));
            state.variables.insert(name.to_owned(), value);
            words = rest;
        }
        if words.is_empty() {
            return Some(match status {
                Some(status) => one(state.with(status)),
                None => either(state),
            });
        }
        let mut values = Vec::new();
        for word in words {
            let value = self.value(word, &mut state, depth)?;
            match value.text().filter(|_| word.starts_with('$')) {
                // Without quotation marks it becomes several.
                Some(text) => values.extend(text.split_whitespace().map(Value::known)),
                None => values.push(value),
            }
        }
        self.program(&values, state, input, depth)
    }

    fn program(
        &mut self,
        values: &[Value],
        mut state: State,
        input: &Value,
        depth: usize,
    ) -> Option<States> {
        let Some((first, rest)) = values.split_first() else {
            return Some(one(state.with(true)));
        };
        let name = first.text()?;
        if let Some(body) = self.functions.get(name).copied() {
            let states = self.node(body, state, input, depth)?;
            let back = |it: State| match it.flow {
                Flow::Return => State {
                    flow: Flow::On,
                    ..it
                },
                _ => it,
            };
            return few(states.into_iter().map(back).collect());
        }
        match name.rsplit('/').next().unwrap_or(name) {
            "curl" | "wget" => self.request(values, state),
            "true" | ":" | "sleep" | "logger" | "date" | "sync" | "shopt" => {
                Some(one(state.with(true)))
            }
            "false" => Some(one(state.with(false))),
            "echo" | "printf" => {
                let texts: Option<Vec<&str>> = rest.iter().map(Value::text).collect();
                let texts = texts.filter(|it| !it.iter().any(|it| it.starts_with('-')));
                let said = texts.map_or(Value::Unknown, |it| Value::Known(it.join(" ")));
                Some(one(state.says(said).with(true)))
            }
            word @ ("exit" | "return") => {
                state.flow = match word {
                    "exit" => Flow::Exit,
                    _ => Flow::Return,
                };
                Some(match rest.first() {
                    None => one(state),
                    Some(Value::Nonzero) => one(state.with(false)),
                    Some(Value::Known(number)) => one(state.with(number == "0")),
                    Some(Value::Unknown) => either(state),
                })
            }
            "break" => {
                state.flow = Flow::Break;
                Some(one(state.with(true)))
            }
            "continue" => {
                state.flow = Flow::Continue;
                Some(one(state.with(true)))
            }
            "set" => {
                for word in rest.iter().map(Value::text) {
                    let word = word?;
                    let is_short = word.starts_with('-') && !word.starts_with("--");
                    state.ends_on_failure |= is_short && word.contains('e') || word == "errexit";
                    state.ends_on_failure &= !(word.starts_with('+') && word.contains('e'));
                    state.minds_pipes |= word == "pipefail";
                }
                Some(one(state.with(true)))
            }
            "[" | "test" | "[[" => Some(match test(rest) {
                Some(holds) => one(state.with(holds)),
                None => either(state),
            }),
            "grep" | "egrep" | "fgrep" => Some(match grep(rest, input) {
                Some(found) => one(state.with(found)),
                None => either(state.says(Value::Unknown)),
            }),
            "timeout" | "sudo" | "nice" | "env" | "command" | "exec" => {
                let words: Vec<Value> = rest.to_vec();
                let starts = words.iter().position(|it| {
                    let word = it.text().and_then(|it| it.rsplit('/').next());
                    matches!(word, Some("curl" | "wget"))
                });
                let Some(start) = starts.filter(|_| rest.first() != Some(&Value::known("-v")))
                else {
                    return (name != "exec").then(|| either(state.says(Value::Unknown)));
                };
                let mut states = self.request(words.get(start..)?, state)?;
                if name == "exec" {
                    let ends = |it: State| State {
                        flow: Flow::Exit,
                        ..it
                    };
                    states = states.into_iter().map(ends).collect();
                }
                Some(states)
            }
            "trap" | "eval" | "source" | "." | "wait" | "read" | "shift" | "let" | "unset"
            | "mapfile" | "xargs" | "sh" | "bash" | "withheld" | "kubectl" | "nc" | "openssl" => {
                None
            }
            _ => Some(either(state.says(Value::Unknown))),
        }
    }

    /// What curl or wget does.
    fn request(&self, values: &[Value], state: State) -> Option<States> {
        let word = |value: &Value| match value {
            Value::Known(text) => Word::Known(text.clone()),
            _ => Word::Unknown,
        };
        let command = ShellCommand {
            words: values.iter().map(word).collect(),
            line: 0,
        };
        let request = Request::of(&command)?;
        let fails = request.fails_on_status?;
        let words: Vec<&str> = values.iter().filter_map(Value::text).collect();
        let is_output = |word: &&str| {
            *word == "--output"
                || word.starts_with('-') && !word.starts_with("--") && word.contains(['o', 'O'])
        };
        let goes_elsewhere = words.iter().any(|it| is_output(it));
        let shows_code = words
            .iter()
            .any(|it| it.contains("http_code") || it.contains("response_code"));
        let is_odd = words
            .iter()
            .any(|it| matches!(*it, "-I" | "--head" | "-i" | "-v"))
            || command.is("wget");
        let code = |code: &str| match goes_elsewhere {
            true => Value::known(code),
            false => Value::Unknown,
        };
        let body = |text: &str| match goes_elsewhere {
            true => Value::known(""),
            false => Value::known(text),
        };
        let (succeeds, output) = match (self.server, shows_code) {
            (Server::Well, _) if !request.asks_for_health() => (true, Value::Unknown),
            (Server::Well, true) => (true, code("200")),
            (Server::Well, false) => (true, body("ok")),
            (Server::Broken, true) => (!fails, code("500")),
            (Server::Broken, false) if fails => (false, body("")),
            (Server::Broken, false) => (true, body("healthz check failed")),
            (Server::Dead, true) => (false, code("000")),
            (Server::Dead, false) => (false, body("")),
        };
        let output = match is_odd {
            true => Value::Unknown,
            false => output,
        };
        Some(one(state.says(output).with(succeeds)))
    }

    fn value(&mut self, word: &str, state: &mut State, depth: usize) -> Option<Value> {
        self.expand(word, state, depth).map(|(value, _)| value)
    }

    /// What a word becomes, and the status of the command in it if there is one:
    /// `Some(None)` if that is not known.
    #[allow(clippy::type_complexity)]
    fn expand(
        &mut self,
        word: &str,
        state: &State,
        depth: usize,
    ) -> Option<(Value, Option<Option<bool>>)> {
        if depth > DEEPEST * 4 {
            return None;
        }
        let mut parts = vec![];
        let mut status = None;
        let mut rest = word;
        let mut is_single = false;
        let mut plain = String::new();
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..)?;
            match c {
                '\'' => {
                    is_single = !is_single;
                    rest = after;
                }
                c if is_single => {
                    plain.push(c);
                    rest = after;
                }
                '"' => rest = after,
                '\\' => {
                    let escaped = after.chars().next();
                    plain.extend(escaped);
                    rest = after.get(escaped.map_or(0, char::len_utf8)..)?;
                }
                '$' | '`' => {
                    parts.push(Value::Known(std::mem::take(&mut plain)));
                    let (value, told, after) = self.put_in(c, after, state, depth)?;
                    parts.push(value);
                    status = told.or(status);
                    rest = after;
                }
                c => {
                    plain.push(c);
                    rest = after;
                }
            }
        }
        parts.push(Value::Known(plain));
        parts.retain(|it| *it != Value::known(""));
        let value = match parts.as_slice() {
            [one] => one.clone(),
            parts => {
                let texts: Option<Vec<&str>> = parts.iter().map(Value::text).collect();
                texts.map_or(Value::Unknown, |it| Value::Known(it.concat()))
            }
        };
        let is_withheld = value
            .text()
            .is_some_and(|it| it.contains("withheld") && it != "withheld");
        let value = match is_withheld || value.text().is_some_and(|it| it.len() > 2000) {
            true => Value::Unknown,
            false => value,
        };
        Some((value, status))
    }

    /// What stands behind `$` or a backquote.
    #[allow(clippy::type_complexity)]
    fn put_in<'t>(
        &mut self,
        sign: char,
        after: &'t str,
        state: &State,
        depth: usize,
    ) -> Option<(Value, Option<Option<bool>>, &'t str)> {
        if sign == '`' {
            let (inside, after) = after.split_once('`')?;
            let (value, status) = self.substitution(inside, state, depth)?;
            return Some((value, Some(status), after));
        }
        let known = |name: &str| state.variables.get(name).cloned();
        if let Some(braced) = after.strip_prefix('{') {
            let (inside, after) = braced.split_once('}')?;
            let value = match inside.split_once(":-") {
                Some((name, default)) => {
                    known(name).unwrap_or_else(|| match default.contains('$') {
                        true => Value::Unknown,
                        false => Value::known(default),
                    })
                }
                None => known(inside).unwrap_or(Value::Unknown),
            };
            return Some((value, None, after));
        }
        if after.starts_with("((") {
            let length = grammar::brackets(after)?;
            return Some((Value::Unknown, None, after.get(length..)?));
        }
        if after.starts_with('(') {
            let length = grammar::brackets(after)?;
            let inside = after.get(1..length.checked_sub(1)?)?;
            let (value, status) = self.substitution(inside, state, depth)?;
            return Some((value, Some(status), after.get(length..)?));
        }
        if let Some(after) = after.strip_prefix('?') {
            let value = match state.succeeded {
                true => Value::known("0"),
                false => Value::Nonzero,
            };
            return Some((value, None, after));
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(end)?;
        if name.is_empty() {
            let next = after.chars().next().map_or(0, char::len_utf8);
            return Some((Value::Unknown, None, after.get(next..)?));
        }
        Some((known(name).unwrap_or(Value::Unknown), None, after))
    }

    /// What `$( … )` says, and how it ends if that is known.
    fn substitution(
        &mut self,
        text: &str,
        state: &State,
        depth: usize,
    ) -> Option<(Value, Option<bool>)> {
        let node = grammar::parse(text)?;
        let fresh = State {
            output: Value::known(""),
            ..state.clone()
        };
        let mut inner = Run {
            server: self.server,
            functions: BTreeMap::new(),
            steps: self.steps,
        };
        let states = inner.node(&node, fresh, &Value::known(""), depth + 4)?;
        self.steps = inner.steps;
        let outputs: BTreeSet<&Value> = states.iter().map(|it| &it.output).collect();
        let statuses: BTreeSet<bool> = states.iter().map(|it| it.succeeded).collect();
        let output = match outputs.len() {
            1 => outputs.first().map_or(Value::Unknown, |it| (*it).clone()),
            _ => Value::Unknown,
        };
        let status = statuses.first().copied().filter(|_| statuses.len() == 1);
        Some((output, status))
    }
}

/// Not more ways than a person's script has.
fn few(states: States) -> Option<States> {
    (states.len() <= MOST_STATES).then_some(states)
}

fn after_loop(states: States) -> States {
    let out = |it: State| match it.flow {
        Flow::Break | Flow::Continue => State {
            flow: Flow::On,
            ..it
        },
        _ => it,
    };
    states.into_iter().map(out).collect()
}

fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(is_part) && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a text is what a pattern of `case` means.
fn matches_pattern(value: &Value, pattern: &Value) -> Option<bool> {
    let pattern = pattern.text()?;
    if pattern == "*" {
        return Some(true);
    }
    if pattern == "withheld" {
        return None;
    }
    let text = match value {
        Value::Known(text) => text,
        Value::Nonzero => return (pattern == "0").then_some(false),
        Value::Unknown => return None,
    };
    if pattern.contains(['?', '[']) {
        return None;
    }
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => Some(text == pattern),
        (None, Some(start)) if !start.contains('*') => Some(text.starts_with(start)),
        (Some(end), None) if !end.contains('*') => Some(text.ends_with(end)),
        (Some(_), Some(_)) => {
            let inside = pattern.trim_matches('*');
            (!inside.contains('*')).then(|| text.contains(inside))
        }
        _ => None,
    }
}

/// Whether `[ … ]` holds.
fn test(words: &[Value]) -> Option<bool> {
    let mut words = words;
    if let Some((Value::Known(last), rest)) = words.split_last()
        && (last == "]" || last == "]]")
    {
        words = rest;
    }
    match words {
        [Value::Known(not), rest @ ..] if not == "!" => test(rest).map(|holds| !holds),
        [value] => Some(!value.text().map_or(*value != Value::Nonzero, str::is_empty))
            .filter(|_| *value != Value::Unknown),
        [Value::Known(word), value] if word == "-z" => value.text().map(str::is_empty),
        [Value::Known(word), value] if word == "-n" => value.text().map(|it| !it.is_empty()),
        [left, Value::Known(word), right] => compare(left, word, right),
        _ => None,
    }
}

fn compare(left: &Value, word: &str, right: &Value) -> Option<bool> {
    if [left, right].iter().any(|it| it.text() == Some("withheld")) {
        return None;
    }
    let numbers = || {
        let number = |it: &Value| it.text()?.trim().parse::<i64>().ok();
        Some((number(left)?, number(right)?))
    };
    let equal = match (left, right) {
        (Value::Nonzero, other) | (other, Value::Nonzero) => {
            (other.text() == Some("0")).then_some(false)
        }
        _ => None,
    };
    match word {
        "=" | "==" => equal.or_else(|| matches_pattern(left, right)),
        "!=" => equal.or_else(|| matches_pattern(left, right)).map(|it| !it),
        "=~" => match left {
            Value::Known(text) => find(right.text()?, text),
            _ => None,
        },
        "-eq" => equal.or_else(|| numbers().map(|(a, b)| a == b)),
        "-ne" => equal
            .map(|it| !it)
            .or_else(|| numbers().map(|(a, b)| a != b)),
        "-gt" if *left == Value::Nonzero && right.text() == Some("0") => Some(true),
        "-gt" => numbers().map(|(a, b)| a > b),
        "-ge" => numbers().map(|(a, b)| a >= b),
        "-lt" => numbers().map(|(a, b)| a < b),
        "-le" => numbers().map(|(a, b)| a <= b),
        _ => None,
    }
}

/// Whether a plain pattern, perhaps with `^` and `$`, is in a text.
fn find(pattern: &str, text: &str) -> Option<bool> {
    let (start, end) = (pattern.starts_with('^'), pattern.ends_with('$'));
    let plain = pattern.trim_start_matches('^').trim_end_matches('$');
    let is_plain = plain.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    if !is_plain || plain.is_empty() || plain == "withheld" {
        return None;
    }
    Some(match (start, end) {
        (true, true) => text == plain,
        (true, false) => text.starts_with(plain),
        (false, true) => text.ends_with(plain),
        (false, false) => text.contains(plain),
    })
}

fn grep(words: &[Value], input: &Value) -> Option<bool> {
    let input = input.text()?;
    let mut is_turned = false;
    let mut pattern = None;
    for word in words {
        let word = word.text()?;
        match word.strip_prefix('-') {
            // `-e PATTERN`, `-f FILE` and `-?` of a view are not followed.
            Some(letters) if letters.contains(['e', 'f', '?', 'A', 'B', 'C', '-']) => return None,
            Some(letters) => is_turned |= letters.contains('v'),
            None if pattern.is_some() => return None,
            None => pattern = Some(word),
        }
    }
    // Nothing is no line.
    if input.is_empty() {
        return Some(false);
    }
    find(pattern?, input).map(|found| found != is_turned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How it ends when the API server is well, broken, or dead.
    fn ends(text: &str) -> String {
        let Some(outcome) = Outcome::of(text) else {
            return "unknown".to_owned();
        };
        let shown = |ends: Ends| match (ends.well, ends.badly) {
            (true, false) => '0',
            (false, true) => '1',
            _ => '?',
        };
        [outcome.well, outcome.broken, outcome.dead]
            .map(shown)
            .iter()
            .collect()
    }

    #[test]
    fn scripts_are_followed() {
        const ASK: &str = "https://localhost:6443/healthz";
        for (script, wanted) in [
            ("curl -sfk URL", "011"),
            ("curl -sk URL", "001"),
            ("if ! curl -sfk URL; then\n  exit 1\nfi\n", "011"),
            ("if curl -sfk URL; then exit 1; fi", "100"),
            ("if ! curl -sfk URL; then exit 0; fi", "000"),
            ("if ! curl -sfk URL; then echo dead >&2; fi", "000"),
            ("curl -sfk URL || true", "000"),
            ("curl -sfk URL || exit 1\nexit 0", "011"),
            ("curl -sfk URL\nexit 0", "000"),
            ("set -e\ncurl -sfk URL\nexit 0", "011"),
            ("curl -sfk URL > /dev/null 2>&1; rc=$?; exit $rc", "011"),
            ("curl -sfk URL\nif [ $? -ne 0 ]; then exit 1; fi", "011"),
            ("[ \"$(curl -sk --max-time 2 URL)\" = \"ok\" ]", "011"),
            ("curl -sk URL | grep -q ok || exit 1", "011"),
            ("curl -sk URL | grep ok > /dev/null", "011"),
            (
                "for i in 1 2 3; do\n [ \"$(curl -sk URL)\" = ok ] && exit 0\n sleep 1\ndone\nexit 1",
                "011",
            ),
            (
                "code=$(curl -sk -o /dev/null -w '%{http_code}' URL)\n[ \"$code\" = 200 ]",
                "011",
            ),
            (
                "code=$(curl -sk -o /dev/null -w '%{http_code}' URL)\ncase $code in\n 2*) exit 0;;\n *) exit 1;;\nesac",
                "011",
            ),
            (
                "f() {\n echo \"*** $*\" 1>&2\n exit 1\n}\ncurl -sfk URL -o /dev/null || f \"Error\"",
                "011",
            ),
            (
                "if ip addr | grep -q 10.0.0.100; then curl -sfk URL || exit 1; fi",
                "0??",
            ),
            (
                "n=0\nwhile ! curl -sfk URL; do n=$((n+1)); [ $n -ge 3 ] && exit 1; done",
                "011",
            ),
            ("curl -sfk URL &", "unknown"),
            ("trap x EXIT; curl -sfk URL", "unknown"),
        ] {
            assert_eq!(ends(&script.replace("URL", ASK)), wanted, "{script}");
        }
    }

    proptest! {
        #[test]
        fn following_never_panics(text in "(if |then |fi|; |\n|\\$\\(|\\)|\\(|\"|'|`|curl -f https://a |\\||&&|x=|\\$x|case |in |esac|while |do |done|for |\\{ |\\}|\\\\|\u{e9}|> |! ){0,40}") {
            let _ = Outcome::of(&text);
        }
    }
}
