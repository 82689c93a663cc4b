//! What `kpki explain` tells: as text, as JSON, and as a page of the manual.

use std::fmt::Write;

use serde::Serialize;

use super::table::wrap;
use super::{ERROR, NOTE, WARNING};
use crate::env::Env;

/// A rule of verify or lint.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Explained {
    /// The command that finds it broken.
    pub(crate) command: &'static str,
    pub(crate) id: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) why: &'static str,
    /// Empty if the reason says it all.
    pub(crate) story: &'static str,
}

/// The JSON document, `kpki.explain/v1`.
#[derive(Serialize)]
pub(crate) struct Explanation {
    schema: &'static str,
    rules: Vec<Explained>,
    #[serde(skip)]
    is_list: bool,
}

impl Explanation {
    pub(crate) fn new(rules: Vec<Explained>, is_list: bool) -> Self {
        Self {
            schema: "kpki.explain/v1",
            rules,
            is_list,
        }
    }

    pub(crate) fn to_text(&self, env: &Env) -> String {
        let columns = env.columns.unwrap_or(100).clamp(40, 100);
        let mut out = String::new();
        // Writing to a String does not fail.
        for (heading, rules) in self.by_topic() {
            if self.is_list {
                let _ = writeln!(out, "{heading}");
            }
            for rule in rules {
                let style = match rule.severity {
                    "error" => ERROR,
                    "warning" => WARNING,
                    _ => NOTE,
                };
                let severity = format!("{style}{}{style:#}", rule.severity);
                if self.is_list {
                    let _ = writeln!(out, "  {severity} {}", rule.id);
                    let _ = writeln!(out, "{}", wrap(rule.why, columns, "      "));
                    continue;
                }
                let _ = writeln!(out, "{} ({severity} of kpki {})", rule.id, rule.command);
                let _ = writeln!(out, "{}\n", wrap(rule.why, columns, "  "));
                if !rule.story.is_empty() {
                    let _ = writeln!(out, "{}\n", filled(rule.story, columns));
                }
            }
            if self.is_list {
                out.push('\n');
            }
        }
        let text = out.trim_end();
        format!("{text}\n")
    }

    pub(crate) fn to_markdown(&self) -> String {
        let mut out = String::from(HEAD);
        for (heading, rules) in self.by_topic() {
            // Writing to a String does not fail.
            let _ = writeln!(out, "\n## {heading}");
            let told = rules.iter().all(|rule| !rule.story.is_empty());
            if !told {
                let _ = writeln!(
                    out,
                    "\n| rule | severity | why it matters |\n| --- | --- | --- |"
                );
            }
            for rule in rules {
                let _ = match told {
                    true => writeln!(
                        out,
                        "\n### `{}`\n\n{}: {}.\n\n{}",
                        rule.id,
                        capitalized(rule.severity),
                        rule.why,
                        rule.story
                    ),
                    false => writeln!(out, "| `{}` | {} | {} |", rule.id, rule.severity, rule.why),
                };
            }
        }
        out
    }

    /// The rules under the headings of their tables, in the order of those.
    fn by_topic(&self) -> Vec<(String, Vec<&Explained>)> {
        let mut topics: Vec<(String, Vec<&Explained>)> = Vec::new();
        for rule in &self.rules {
            let heading = format!("{} (kpki {})", rule.topic, rule.command);
            match topics.iter_mut().find(|(topic, _)| *topic == heading) {
                Some((_, rules)) => rules.push(rule),
                None => topics.push((heading, vec![rule])),
            }
        }
        topics
    }
}

/// A paragraph without a hanging indent.
fn filled(text: &str, columns: usize) -> String {
    let mut lines = vec![String::from(" ")];
    for word in text.split_whitespace() {
        let width = lines.last().map_or(0, |line| line.chars().count());
        if width > 2 && width + 1 + word.chars().count() > columns {
            lines.push(String::from(" "));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n")
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

const HEAD: &str = "\
# Rules

What `kpki verify` and `kpki lint` look for. `kpki explain ID` prints the same for one rule, without
a network. This page is written by `kpki explain -o markdown`.

Of the files of services, `kpki verify` finds what the rules below say. It is no replacement for the
programs themselves, which alone know all that they refuse: `keepalived -t -f FILE`,
`haproxy -c -f FILE`, `systemd-analyze verify etcd.service`, and `journalctl -u etcd` once etcd was
started.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_fits_the_columns() {
        let text = filled("one two three four", 12);
        assert_eq!(text, "  one two\n  three four");
        assert_eq!(filled("averyverylongword b", 5), "  averyverylongword\n  b");
    }
}
