//! A shell script, read without running it: its simple commands and the variables
//! that it sets once, of any text; and its grammar, of what is followed as a whole.

pub(super) mod command;
mod compound;
pub(super) mod grammar;
mod redirection;
mod start;
pub(super) mod word;

use std::collections::BTreeMap;

/// A simple command of a script, as far as it can be told without running it.
pub(super) struct ShellCommand {
    /// Without quotation marks, with the values of variables in their places.
    pub(super) fields: Vec<Field>,
    /// Counted from nothing.
    pub(super) line: usize,
}

/// What a word of a command becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    Known(String),
    /// It depends on what is known only when the script runs.
    Unknown,
}

impl Field {
    pub(super) fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Unknown => None,
        }
    }
}

/// The commands of a script: lines that go on are one, and quotation marks do not
/// keep signs together, which is enough for programs and their options.
pub(super) fn commands(text: &str) -> Vec<ShellCommand> {
    let variables = Variables::of(text);
    let mut commands: Vec<ShellCommand> = Vec::new();
    let mut goes_on = false;
    for (line, written) in text.lines().enumerate() {
        let written = written.trim();
        if written.starts_with('#') && !goes_on {
            continue;
        }
        let plain = written.strip_suffix('\\');
        let pieces = plain
            .unwrap_or(written)
            .split([';', '|', '&', '(', ')', '`']);
        for (index, piece) in pieces.enumerate() {
            let words = piece.split_whitespace().flat_map(|it| variables.put_in(it));
            match commands.last_mut().filter(|_| goes_on && index == 0) {
                Some(open) => open.fields.extend(words),
                None => commands.push(ShellCommand {
                    fields: words.collect(),
                    line,
                }),
            }
        }
        goes_on = plain.is_some();
    }
    commands
}

impl ShellCommand {
    /// Whether it runs this program, perhaps behind `if`, `!` or `timeout 3`.
    pub(super) fn is(&self, program: &str) -> bool {
        self.start(program).is_some()
    }

    /// Whether a word is anywhere in it.
    pub(super) fn has(&self, word: &str) -> bool {
        self.fields.iter().any(|it| it.known() == Some(word))
    }

    fn start(&self, program: &str) -> Option<usize> {
        let start = start::of_program(&self.fields)?;
        let name = self.fields.get(start)?.known()?.rsplit('/').next();
        (name == Some(program)).then_some(start)
    }

    /// The words behind the program.
    pub(super) fn behind(&self, program: &str) -> &[Field] {
        let start = self.start(program).map_or(self.fields.len(), |at| at + 1);
        self.fields.get(start..).unwrap_or_default()
    }
}

/// What a script sets, by name; `None` of what it sets to different values.
struct Variables<'a>(BTreeMap<&'a str, Option<&'a str>>);

/// More is nothing that a person wrote.
const DEEPEST: usize = 8;
const LONGEST: usize = 1000;

impl<'a> Variables<'a> {
    fn of(text: &'a str) -> Self {
        let mut variables = BTreeMap::new();
        for line in text.lines() {
            let line = line.trim();
            let before = ["export ", "readonly ", "local "].into_iter();
            let line = before.fold(line, |line, word| line.strip_prefix(word).unwrap_or(line));
            let Some((name, value)) = line.split_once('=').filter(|it| is_name(it.0)) else {
                continue;
            };
            let value = value.split([';', '#']).next().unwrap_or(value);
            let value = value.trim().trim_matches(['"', '\'']);
            let known = variables.entry(name).or_insert(Some(value));
            if *known != Some(value) {
                *known = None;
            }
        }
        Self(variables)
    }

    /// The words that a written one becomes.
    fn put_in(&self, written: &str) -> Vec<Field> {
        let bare = written.trim_matches(['"', '\'']);
        let Some(text) = self.expand(bare, 0) else {
            return vec![Field::Unknown];
        };
        // A variable in quotation marks stays one word; options seldom are in any.
        text.split_whitespace()
            .map(|word| Field::Known(word.trim_matches(['"', '\'']).to_owned()))
            .collect()
    }

    fn expand(&self, text: &str, depth: usize) -> Option<String> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            expanded.push_str(before);
            let (name, default, after) = match behind.strip_prefix('{') {
                Some(braced) => {
                    let (inside, after) = braced.split_once('}')?;
                    match inside.split_once(":-") {
                        Some((name, default)) => (name, Some(default), after),
                        None => (inside, None, after),
                    }
                }
                None => {
                    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    let end = behind.find(|c| !is_part(c)).unwrap_or(behind.len());
                    let (name, after) = behind.split_at_checked(end)?;
                    (name, None, after)
                }
            };
            let value = match self.0.get(name) {
                Some(value) => (*value)?,
                None => default?,
            };
            if depth == DEEPEST || expanded.len() > LONGEST {
                return None;
            }
            expanded.push_str(&self.expand(value, depth + 1)?);
            rest = after;
        }
        expanded.push_str(rest);
        (expanded.len() <= LONGEST).then_some(expanded)
    }
}

pub(super) fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(is_part) && !text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        let commands = commands(text);
        let last = commands.last().expect("a command");
        let shown = |word: &Field| word.known().unwrap_or("?").to_owned();
        last.fields.iter().map(shown).collect()
    }

    #[test]
    fn variables_that_are_set_once_are_put_in() {
        let script = "port=8443\nreadonly url=\"https://localhost:${port}/healthz\" # c\nOPTIONS='-s -f'\n\
            if ! /usr/bin/curl $OPTIONS \"$url\" ${MORE:-} ${X:-y} $1 $NONE";
        let wanted = [
            "if",
            "!",
            "/usr/bin/curl",
            "-s",
            "-f",
            "https://localhost:8443/healthz",
            "y",
            "?",
            "?",
        ];
        assert_eq!(words(script), wanted);
        assert_eq!(words("a=1\na=2\nx $a"), ["x", "?"]);
        assert_eq!(words("a=$a\nx $a"), ["x", "?"]);
        assert_eq!(words("a=$(hostname)\nx $a ${b"), ["x", "?", "?"]);
    }

    /// What only names a program does not run it.
    #[test]
    fn a_program_runs_where_a_command_begins() {
        for (script, runs) in [
            ("curl x", true),
            ("if ! /usr/bin/curl x", true),
            ("X=1 2>/dev/null curl x", true),
            ("timeout -k 5 3s curl x", true),
            ("sudo -u nobody -n /usr/bin/timeout 3 curl x", true),
            ("/bin/sh -c 'curl x'", true),
            ("$SUDO curl x", true),
            ("{ curl x", true),
            ("command curl x", true),
            ("command -v curl", false),
            ("command -pV curl", false),
            ("which curl", false),
            ("logger \"curl failed\"", false),
            ("echo curl x", false),
            ("X=curl", false),
            ("nobody curl", false),
        ] {
            let commands = commands(script);
            assert_eq!(commands.iter().any(|it| it.is("curl")), runs, "{script}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "(a|=|\\$|\\{|\\}|:-|\"|'| |\n|\\\\|\\(|#|\u{e9}){0,60}") {
            for command in commands(&text) {
                let _ = command.behind("a");
            }
        }
    }
}
