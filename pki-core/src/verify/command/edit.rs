//! Commands that change a file: through a new one that nobody else may read, with
//! the mode that it should have in the end.

use super::{quoted, word};
use crate::verify::TreeLocation;
use crate::verify::tree::{Tree, TreeFile};

/// Rewrites a file by a program that reads it and writes the new text: its words
/// without the file, which comes last.
pub(in crate::verify) fn edit(tree: &Tree, file: &str, program: &[&str], mode: u32) -> String {
    let words: Vec<_> = program.iter().map(|word| quoted(word)).collect();
    let is_link = is_link(tree, file);
    through_new(&tree.location, file, (mode, is_link), |old, new| {
        format!("{} {old} > {new}", words.join(" "))
    })
}

/// The same with a command that takes `-in` and `-out`: openssl opens its output
/// before it reads its input, and would empty a file that is both.
pub(in crate::verify) fn in_place(tree: &Tree, command: &str, file: &str, mode: u32) -> String {
    let is_link = is_link(tree, file);
    through_new(&tree.location, file, (mode, is_link), |old, new| {
        format!("{command} -in {old} -out {new}")
    })
}

/// Puts a text in the place of another that stands in a line once; `None` where a
/// program cannot tell, or would take them for something else.
pub(in crate::verify) fn replace(
    tree: &Tree,
    file: &str,
    line: usize,
    texts: (&str, &str),
    mode: u32,
) -> Option<String> {
    let script = replacement(line, line_of(tree, file, line)?, texts)?;
    Some(edit(tree, file, &["sed", &script], mode))
}

/// The same for texts of several words, with one blank between two of them: in YAML
/// they might mean something else.
pub(in crate::verify) fn replace_words(
    tree: &Tree,
    file: &str,
    line: usize,
    (from, to): (&str, &str),
    mode: u32,
) -> Option<String> {
    let are_plain = |text: &str| text.split(' ').all(is_plain);
    let script = substitution(line, line_of(tree, file, line)?, (from, to))?;
    let is_clear = are_plain(from) && are_plain(to);
    is_clear.then(|| edit(tree, file, &["sed", &script], mode))
}

/// A line that a comparison of hosts may have something for, when the trees are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::verify) struct FileLine {
    file: String,
    pub(in crate::verify) number: usize,
    text: String,
    mode: u32,
    is_link: bool,
}

impl FileLine {
    /// `None` where nobody knows the text.
    pub(in crate::verify) fn of(tree: &Tree, file: &str, number: usize) -> Option<Self> {
        let found = tree.get(file)?;
        Some(Self {
            file: file.to_owned(),
            number,
            text: line_of(tree, file, number)?.to_owned(),
            mode: found.mode & 0o777,
            is_link: found.link.is_some(),
        })
    }

    /// Whether it is one of this file.
    pub(in crate::verify) fn is_in(&self, file: &str) -> bool {
        self.file == file
    }

    /// The same as [`replace`].
    pub(in crate::verify) fn replace(
        &self,
        location: &TreeLocation,
        (from, to): (&str, &str),
    ) -> Option<String> {
        let script = replacement(self.number, &self.text, (from, to))?;
        let (mode, is_link) = (self.mode, self.is_link);
        Some(through_new(
            location,
            &self.file,
            (mode, is_link),
            |old, new| format!("sed {} {old} > {new}", quoted(&script)),
        ))
    }
}

/// What puts a text in the place of another that stands once in a line.
fn replacement(line: usize, text: &str, (from, to): (&str, &str)) -> Option<String> {
    let is_clear = is_plain(from) && is_plain(to);
    substitution(line, text, (from, to)).filter(|_| is_clear)
}

/// The same, where the texts are known to be plain.
fn substitution(line: usize, text: &str, (from, to): (&str, &str)) -> Option<String> {
    let is_once = text.matches(from).count() == 1;
    // Of what is plain a dot alone means something else in an expression.
    let from = from.replace('.', "\\.");
    is_once.then(|| format!("{line}s|{from}|{to}|"))
}

/// Takes away the line of a field of a kubeconfig or another YAML file; `None` if
/// the line has anything else in it, or its value goes on in the next.
pub(in crate::verify) fn delete_lines(
    tree: &Tree,
    file: &str,
    fields: &[(&str, Option<usize>)],
    mode: u32,
) -> Option<String> {
    let mut script = Vec::new();
    for (field, line) in fields {
        let line = (*line)?;
        let value = line_of(tree, file, line)?.trim().strip_prefix(field)?;
        let value = value.strip_prefix(": ")?.trim();
        let quotes = ['"', '\''].into_iter();
        let mut quotes = quotes.filter_map(|it| value.strip_prefix(it)?.strip_suffix(it));
        let value = quotes.next().unwrap_or(value);
        let goes_on = line_of(tree, file, line + 1).is_some_and(|next| {
            indent(next) > indent(line_of(tree, file, line).unwrap_or_default())
        });
        if value.is_empty() || !is_plain(value) || goes_on {
            return None;
        }
        script.push(format!("{line}d"));
    }
    Some(edit(tree, file, &["sed", &script.join(";")], mode))
}

/// Whether a text means itself to a shell, in an expression but for its dots, and
/// in YAML.
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-=,:".contains(c);
    !text.is_empty() && text.chars().all(is_plain)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A line of a file, counted from one.
pub(in crate::verify) fn line_of<'a>(tree: &'a Tree, file: &str, line: usize) -> Option<&'a str> {
    let bytes = tree.get(file).and_then(TreeFile::bytes)?;
    let text = std::str::from_utf8(bytes).ok()?;
    text.split('\n').nth(line.checked_sub(1)?)
}

fn is_link(tree: &Tree, file: &str) -> bool {
    tree.get(file).is_some_and(|file| file.link.is_some())
}

/// The kubelet runs whatever lies beside a manifest, but for names that begin
/// with a dot.
fn through_new(
    location: &TreeLocation,
    file: &str,
    (mode, is_link): (u32, bool),
    write: impl Fn(&str, &str) -> String,
) -> String {
    let (directory, name) = match file.rsplit_once('/') {
        Some((directory, name)) => (format!("{directory}/"), name),
        None => (String::new(), file),
    };
    let dot = if directory.ends_with("manifests/") {
        "."
    } else {
        ""
    };
    let new = word(location, &format!("{directory}{dot}{name}.new"));
    let file = word(location, file);
    let write = write(&file, &new);
    // A link stays one: who follows it elsewhere has to see the same.
    match is_link {
        true => {
            format!("(umask 077; {write}) && cp {new} {file} && chmod {mode:o} {file} && rm {new}")
        }
        false => format!("(umask 077; {write}) && chmod {mode:o} {new} && mv {new} {file}"),
    }
}
