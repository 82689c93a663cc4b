//! The command line of a unit as systemd would run it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The words of `ExecStart=`, with the variables of the environment file.
pub(super) fn command_line(unit: &Path, environment: &Path) -> Vec<String> {
    let text = fs::read_to_string(environment).expect("an environment file");
    let assignments = text.lines().filter_map(|line| line.split_once('='));
    let variables: BTreeMap<_, _> = assignments.collect();
    let text = fs::read_to_string(unit)
        .expect("a unit")
        .replace("\\\n", " ");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    words(line.expect("a command"), &variables)
}

/// systemd.service(5), "Command lines".
fn words(line: &str, variables: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let mut word = String::new();
        let is_quoted = first == '"';
        let mut chars = rest.char_indices().skip(usize::from(is_quoted)).peekable();
        let mut end = rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if is_quoted => {
                    end = at + 1;
                    break;
                }
                ' ' if !is_quoted => {
                    end = at;
                    break;
                }
                '\\' if is_quoted => word.extend(chars.next().map(|(_, c)| c)),
                '%' | '$' if chars.peek().is_some_and(|(_, next)| *next == c) => {
                    chars.next();
                    word.push(c);
                }
                '$' => {
                    let after = rest[at..].strip_prefix("${").expect("a variable in braces");
                    let (name, _) = after.split_once('}').expect("a variable in braces");
                    word.push_str(variables.get(name).expect("a variable of the file"));
                    for _ in 0..name.len() + 2 {
                        chars.next();
                    }
                }
                c => word.push(c),
            }
        }
        words.push(word);
        rest = rest[end..].trim_start();
    }
    words
}
