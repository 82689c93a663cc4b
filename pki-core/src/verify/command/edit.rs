//! Commands that change a file: through a new one that nobody else may read, with
//! the mode that it should have in the end.

use super::{path, quoted};
use crate::verify::tree::{Tree, TreeFile};

/// Rewrites a file by a program that reads it and writes the new text: its words
/// without the file, which comes last.
pub(in crate::verify) fn edit(tree: &Tree, file: &str, program: &[&str], mode: u32) -> String {
    let words: Vec<_> = program.iter().map(|word| quoted(word)).collect();
    through_new(tree, file, mode, |old, new| {
        format!("{} {old} > {new}", words.join(" "))
    })
}

/// The same with a command that takes `-in` and `-out`: openssl opens its output
/// before it reads its input, and would empty a file that is both.
pub(in crate::verify) fn in_place(tree: &Tree, command: &str, file: &str, mode: u32) -> String {
    through_new(tree, file, mode, |old, new| {
        format!("{command} -in {old} -out {new}")
    })
}

/// Puts a text in the place of another that stands in a line once; `None` where a
/// program cannot tell, or would take them for something else.
pub(in crate::verify) fn replace(
    tree: &Tree,
    file: &str,
    line: usize,
    (from, to): (&str, &str),
    mode: u32,
) -> Option<String> {
    let text = line_of(tree, file, line)?;
    let is_clear = is_plain(from) && is_plain(to) && text.matches(from).count() == 1;
    // Of what is plain a dot alone means something else in an expression.
    let from = from.replace('.', "\\.");
    let script = format!("{line}s|{from}|{to}|");
    is_clear.then(|| edit(tree, file, &["sed", &script], mode))
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

/// The kubelet runs whatever lies beside a manifest, but for names that begin
/// with a dot.
fn through_new(tree: &Tree, file: &str, mode: u32, write: impl Fn(&str, &str) -> String) -> String {
    let (directory, name) = match file.rsplit_once('/') {
        Some((directory, name)) => (format!("{directory}/"), name),
        None => (String::new(), file),
    };
    let dot = if directory.ends_with("manifests/") {
        "."
    } else {
        ""
    };
    let new = path(tree, &format!("{directory}{dot}{name}.new"));
    let is_link = tree.get(file).is_some_and(|file| file.link.is_some());
    let file = path(tree, file);
    let write = write(&file, &new);
    // A link stays one: who follows it elsewhere has to see the same.
    match is_link {
        true => {
            format!("(umask 077; {write}) && cp {new} {file} && chmod {mode:o} {file} && rm {new}")
        }
        false => format!("(umask 077; {write}) && chmod {mode:o} {new} && mv {new} {file}"),
    }
}
