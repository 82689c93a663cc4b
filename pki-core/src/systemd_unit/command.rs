//! The words of `ExecStart=`, and what becomes of the variables in them.

use super::environment::{Environment, is_name};
use super::lines::Line;
use super::words::{self, Word};

/// A program with its words, variables as they are written.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// The path of the file that it stands in.
    pub(crate) file: String,
    /// The program first.
    words: Vec<Word>,
    /// Whether variables are left as they are: `:` before the program.
    is_literal: bool,
}

/// A word as the program gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandWord {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A variable that a word asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// Whether it is a word of its own, `$NAME`, which may be nothing.
    pub(crate) is_whole_word: bool,
}

/// More than the kernel would take for a command.
const LONGEST: usize = 1 << 21;

impl Command {
    pub(super) fn read(line: &Line, file: &str) -> Option<Self> {
        let mut words = words::of(line)?.into_iter();
        let mut program = words.next()?;
        let path = program
            .text
            .trim_start_matches(['@', '-', ':', '+', '!', '|']);
        let prefixes = program.text.len() - path.len();
        let has = |prefix| {
            program
                .text
                .get(..prefixes)
                .unwrap_or_default()
                .contains(prefix)
        };
        let (is_literal, renames) = (has(':'), has('@'));
        program.text = words::specified(path);
        // The next word is what the program is told that it is called.
        if renames {
            words.next();
        }
        // A second command follows behind a word of its own.
        let words = words.take_while(|word| word.written != ";");
        let words = words.map(|word| Word {
            text: match word.written.as_str() {
                "\\;" => ";".to_owned(),
                _ => words::specified(&word.text),
            },
            ..word
        });
        Some(Self {
            file: file.to_owned(),
            words: std::iter::once(program).chain(words).collect(),
            is_literal,
        })
    }

    /// The line that the program stands in.
    pub(crate) fn line(&self) -> usize {
        self.words.first().map_or(1, |word| word.line)
    }

    /// The path of the program.
    pub(crate) fn program(&self) -> &str {
        self.words.first().map_or("", |word| &word.text)
    }

    /// Every variable that a word asks for.
    pub(crate) fn variables(&self) -> Vec<Variable> {
        let mut found = Vec::new();
        for word in self.asking() {
            let line = word.line;
            if let Some(name) = whole(&word.text) {
                found.push(Variable {
                    name: name.to_owned(),
                    line,
                    is_whole_word: true,
                });
                continue;
            }
            for part in parts(&word.text) {
                if let Part::Variable(name) = part {
                    found.push(Variable {
                        name: name.to_owned(),
                        line,
                        is_whole_word: false,
                    });
                }
            }
        }
        found
    }

    /// The variables in what flags say, each with its flag: `name` in `--name=${NODE}`
    /// and in `--name ${NODE}`.
    pub(crate) fn flag_variables(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut before = None;
        for word in self.asking() {
            let flag = word.text.strip_prefix('-');
            let flag = flag.map(|flag| flag.strip_prefix('-').unwrap_or(flag));
            let (flag, said) = match flag.map(|flag| flag.split_once('=').ok_or(flag)) {
                Some(Ok((flag, said))) => (Some(flag), said),
                Some(Err(flag)) => {
                    before = Some(flag);
                    continue;
                }
                None => (before, word.text.as_str()),
            };
            before = None;
            let Some(flag) = flag else { continue };
            let whole = whole(said).map(|name| (flag.to_owned(), name.to_owned()));
            found.extend(whole);
            found.extend(parts(said).into_iter().filter_map(|part| match part {
                Part::Variable(name) => Some((flag.to_owned(), name.to_owned())),
                Part::Text(_) => None,
            }));
        }
        found
    }

    fn asking(&self) -> impl Iterator<Item = &Word> {
        let words = self.words.iter().skip(1);
        words.filter(|_| !self.is_literal)
    }

    /// The words behind the program, with the variables of an environment in them:
    /// `${NAME}` is the value as it is or nothing, and `$NAME` as a word of its
    /// own the words of the value. What a file that was not read may say becomes
    /// `$(NAME)`, no value to whoever reads flags. `None` if it is too long.
    pub(crate) fn words(&self, environment: &Environment) -> Option<Vec<CommandWord>> {
        let mut left = LONGEST;
        let mut found = Vec::new();
        for word in self.words.iter().skip(1) {
            let line = word.line;
            let texts = match self.is_literal {
                true => vec![word.text.clone()],
                false => substituted(&word.text, environment, left)?,
            };
            for text in texts {
                left = left.checked_sub(text.len() + 1)?;
                found.push(CommandWord { text, line });
            }
        }
        Some(found)
    }
}

fn substituted(word: &str, environment: &Environment, most: usize) -> Option<Vec<String>> {
    if let Some(name) = whole(word) {
        return Some(match environment.get(name) {
            Some(value) => {
                let words = words::of(&Line::alone(&value.text)).unwrap_or_default();
                words.into_iter().map(|word| word.text).collect()
            }
            None if environment.is_partial => vec![format!("$({name})")],
            None => Vec::new(),
        });
    }
    let mut text = String::new();
    for part in parts(word) {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Variable(name) => match environment.get(name) {
                Some(value) => text.push_str(&value.text),
                None if environment.is_partial => text.extend(["$(", name, ")"]),
                None => {}
            },
        }
        if text.len() > most {
            return None;
        }
    }
    Some(vec![text])
}

/// The variable that is a word of its own: `$NAME`.
fn whole(word: &str) -> Option<&str> {
    word.strip_prefix('$').filter(|name| is_name(name))
}

enum Part<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// `a${NAME}b$$c` in its parts: `$$` is a dollar sign, and one alone itself.
fn parts(word: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        parts.push(Part::Text(before));
        let braced = from.strip_prefix("${").and_then(|it| it.split_once('}'));
        if let Some((name, behind)) = braced {
            parts.push(Part::Variable(name));
            rest = behind;
        } else {
            let both = from.strip_prefix("$$");
            let (sign, behind) = from.split_at(1);
            parts.push(Part::Text(sign));
            rest = both.unwrap_or(behind);
        }
    }
    parts.push(Part::Text(rest));
    parts
}
