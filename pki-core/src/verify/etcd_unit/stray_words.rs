//! Words of etcd's command that are neither a flag nor what one says: etcd ends at the
//! first of them.

use super::known_flags::{is_switch, name_in};
use super::{EtcdUnit, mode, restart};
use crate::name::Quoted;
use crate::systemd_unit::CommandWord;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule, command, place};

pub(super) fn check(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let Some(words) = unit.command.words(&unit.environment) else {
        return;
    };
    record.checked += 1;
    let Some((word, before)) = first(&words) else {
        return;
    };
    let file = unit.command_file();
    let message = format!(
        "has the word {}, which is no flag and belongs to none",
        Quoted(&word.text)
    );
    let fix = mend(examined, file, (word, before)).and(restart(&unit.path));
    let finding = Finding {
        why: format!(
            "etcd does not start: '{}' is not a valid flag",
            word.text.escape_debug()
        ),
        ..Finding::new(Rule::EtcdUnitCommand, file, message, fix)
    };
    record.add(finding.at(place::of_line(Some(word.line))));
}

/// The first such word, and the one before it.
fn first(words: &[CommandWord]) -> Option<(&CommandWord, Option<&CommandWord>)> {
    let mut before: Option<&CommandWord> = None;
    let mut is_awaited = false;
    for word in words {
        let text = word.text.as_str();
        let is_known = !text.is_empty() && !text.contains('$');
        if is_known && !is_awaited && !text.starts_with('-') {
            return Some((word, before));
        }
        // A flag without a value takes the next word, whatever that is.
        is_awaited = match name_in(text) {
            _ if is_awaited => false,
            Some(name) => !text.contains('=') && !is_switch(name),
            // Nobody knows what a variable says.
            None => text.contains('$'),
        };
        before = Some(word);
    }
    None
}

fn mend(
    examined: &Examined<'_>,
    file: &str,
    (word, before): (&CommandWord, Option<&CommandWord>),
) -> Fix {
    let text = word.text.as_str();
    let same_line = before.filter(|before| before.line == word.line);
    let is_truth = matches!(text, "true" | "false");
    let mended = |say: String, from: String, to: String| {
        let (line, mode) = (word.line, mode(examined, file));
        let edit = command::replace_words(examined.tree, file, line, (&from, &to), mode);
        edit.into_iter().fold(Fix::say(say), Fix::and_run)
    };
    match same_line.map(|before| before.text.as_str()) {
        Some(before) if is_truth && name_in(before).is_some_and(is_switch) => mended(
            format!("write {before}={text}: etcd takes no word of its own for it"),
            format!("{before} {text}"),
            format!("{before}={text}"),
        ),
        Some(before) if before.ends_with(',') => mended(
            "write the list without blanks".to_owned(),
            format!(", {text}"),
            format!(",{text}"),
        ),
        None if is_setting(text)
            && let Some(line) = line_before(examined, file, word.line) =>
        {
            let script = format!("{line}s/[[:blank:]]*\\\\$//");
            let mode = mode(examined, file);
            let edit = command::edit(examined.tree, file, &["sed", &script], mode);
            Fix::say(format!(
                "let line {line} end without a backslash: what follows is a setting of systemd"
            ))
            .and_run(edit)
        }
        _ => Fix::say("take it out, or write it with its flag: --FLAG=VALUE"),
    }
}

/// The line that goes on in this one: comments between them count for nothing.
fn line_before(examined: &Examined<'_>, file: &str, line: usize) -> Option<usize> {
    (1..line).rev().find(|line| {
        let text = command::line_of(examined.tree, file, *line);
        text.is_some_and(|text| !text.trim_start().starts_with(['#', ';']))
    })
}

/// `Restart=always`.
fn is_setting(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric())
    })
}
