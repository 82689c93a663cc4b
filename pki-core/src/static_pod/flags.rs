//! The flags of a command line as Kubernetes and etcd read them.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Position;
use crate::yaml::Node;

/// A word of a command line, and where it stands.
pub(crate) type Word<'a> = (&'a str, Position);

/// The flags in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags(Vec<Flag>);

/// A flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flag {
    /// Without dashes before it, and with `-` between its words.
    pub(crate) name: String,
    /// Empty for a truth value that is given by the name alone.
    pub(crate) value: String,
    pub(crate) position: Position,
    /// The line of the value, which may be a word of its own.
    pub(crate) value_line: usize,
    /// The file of the tree whose variable says it, where no word of the command does:
    /// the lines are those of that file.
    pub(crate) variable_in: Option<String>,
}

/// A certificate and its key, and behind a colon the names that they are for.
const NAMED_PAIR: &str = "tls-sni-cert-key";

impl Flags {
    /// Every value of a flag, one by one where they stand in a list.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|flag| {
            let value = match flag.name == NAMED_PAIR {
                true => flag.value.split(':').next().unwrap_or_default(),
                false => &flag.value,
            };
            value.split(',').map(str::trim)
        })
    }

    /// `--name=value`, `--name value` in two words, one dash for two as Go
    /// allows it to etcd, and `_` for `-` as Kubernetes does.
    pub(super) fn of_nodes(words: &[&Node]) -> Self {
        let words = words.iter();
        let words = words.filter_map(|word| Some((word.text()?, word.position)));
        Self::read(words)
    }

    /// The same of words that stand anywhere.
    pub(crate) fn read<'a>(words: impl IntoIterator<Item = Word<'a>>) -> Self {
        let mut flags = Vec::new();
        let mut words = words.into_iter().peekable();
        while let Some((text, position)) = words.next() {
            if text == "--" {
                break;
            }
            let Some(flag) = text.strip_prefix('-') else {
                continue;
            };
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                // A flag without a value is a truth value.
                None => (flag, None),
            };
            let mut value_line = position.line;
            let value = value.or_else(|| {
                let (value, place) = words.next_if(|(next, _)| !next.starts_with('-'))?;
                value_line = place.line;
                Some(value.to_owned())
            });
            flags.push(Flag {
                name: name.replace('_', "-"),
                value: value.unwrap_or_default(),
                position,
                value_line,
                variable_in: None,
            });
        }
        Self(flags)
    }

    /// Adds a flag that is not among the words.
    pub(crate) fn add(&mut self, flag: Flag) {
        self.0.push(flag);
    }

    /// The names of all flags.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.0.iter().map(|flag| flag.name.clone()).collect()
    }

    /// The flag's value: the last one counts. Nothing if the kubelet puts it
    /// together from the environment.
    pub(crate) fn get(&self, name: &str) -> Option<&Flag> {
        let flag = self.0.iter().rev().find(|flag| flag.name == name)?;
        let is_plain = !flag.value.is_empty() && !flag.value.contains("$(");
        is_plain.then_some(flag)
    }

    /// The names of the flags that two command lines do not give alike.
    pub(crate) fn differing<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let values = |flags: &'a Self| {
            let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for flag in &flags.0 {
                values.entry(&flag.name).or_default().push(&flag.value);
            }
            values
        };
        let (own, others) = (values(self), values(other));
        let names: BTreeSet<_> = own.keys().chain(others.keys()).copied().collect();
        let differs = |name: &&str| own.get(name) != others.get(name);
        names.into_iter().filter(differs).collect()
    }

    /// Whether the flag is there, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|flag| flag.name == name)
    }

    /// Whether a truth value may be true: only one that is plainly false, or
    /// that is not there, is not.
    pub(crate) fn may_be_true(&self, name: &str) -> bool {
        const FALSE: [&str; 6] = ["0", "f", "F", "false", "False", "FALSE"];
        let flag = self.0.iter().rev().find(|flag| flag.name == name);
        flag.is_some_and(|flag| !FALSE.contains(&flag.value.as_str()))
    }

    /// The values of a flag that takes a list: repeated, behind commas, or both.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let flags = self.0.iter().filter(|flag| flag.name == name);
        flags
            .flat_map(|flag| flag.value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty() && !value.contains("$("))
            .collect()
    }
}
