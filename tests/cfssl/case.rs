//! A recorded case of `fixtures/cfssl`: a script, its input, and what cfssl
//! made of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::common::difference::differences;
use crate::common::fixture;
use crate::outcome::{self, Outcome, each_validity};
use crate::place::{Place, Tools};
use crate::stderr;

pub(crate) struct Case {
    /// `case.json`: see `fixtures/cfssl/README.md`.
    facts: Value,
    script: String,
    input: BTreeMap<String, Vec<u8>>,
    pub(crate) recorded: Outcome,
}

/// How standard error is compared with the recorded one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StandardError {
    Equal,
    /// Everything recorded, and warnings.
    MayWarn,
    /// The last recorded line, and warnings.
    LastLine,
    Free,
}

impl Case {
    pub(crate) fn read(name: &str) -> Self {
        let folder = fixture("cfssl/cases").join(name);
        let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        let json = |file: &str| -> Value {
            let text = text(file);
            if text.is_empty() {
                Value::Null
            } else {
                serde_json::from_str(&text).expect("JSON")
            }
        };
        let facts = json("case.json");
        let exit = facts["exit"]
            .as_i64()
            .and_then(|exit| i32::try_from(exit).ok());
        let recorded = Outcome {
            exit: Some(exit.unwrap_or_else(|| panic!("{name}: no exit status in case.json"))),
            stdout: text("expected/stdout"),
            stderr: text("expected/stderr"),
            describe: json("expected/describe.json"),
            files: match json("expected/files.json") {
                Value::Object(files) => files,
                _ => Map::new(),
            },
            not_before: Vec::new(),
        };
        Self {
            facts,
            script: text("cmd"),
            input: input(&folder),
            recorded,
        }
    }

    pub(crate) fn level(&self) -> &str {
        self.facts["level"].as_str().unwrap_or_default()
    }

    pub(crate) fn title(&self) -> &str {
        self.facts["title"].as_str().unwrap_or_default()
    }

    pub(crate) fn recommends(&self) -> &str {
        self.facts["recommend"].as_str().unwrap_or_default()
    }

    pub(crate) fn standard_error(&self) -> StandardError {
        match self.level() {
            _ if self.is("stderr_free") => StandardError::Free,
            "error" => StandardError::LastLine,
            "exact" | "cert" if self.recommends().is_empty() => StandardError::Equal,
            _ => StandardError::MayWarn,
        }
    }

    /// Runs the case with these environment variables and its own.
    pub(crate) fn run(&self, tools: &Tools, environment: &[(&str, &str)]) -> Outcome {
        let place = Place::new(tools);
        for (name, bytes) in &self.input {
            place.write(name, bytes);
        }
        let mut environment = environment.to_vec();
        for (name, value) in self.facts["env"].as_object().into_iter().flatten() {
            environment.push((name, value.as_str().unwrap_or_default()));
        }
        let issuer = self.facts["issuer"].as_str().unwrap_or("ca.pem");
        let mut outcome = outcome::run(&place, &self.script, &environment, &self.input, issuer);
        self.leave_out(&mut outcome.describe);
        outcome
            .files
            .values_mut()
            .for_each(|file| self.leave_out(file));
        outcome
    }

    /// Where an outcome is not as expected, one line each.
    pub(crate) fn differences(
        &self,
        expected: &Outcome,
        rule: StandardError,
        actual: &Outcome,
    ) -> Vec<String> {
        let mut found = Vec::new();
        if expected.exit != actual.exit {
            found.push(format!(
                "exit: expected {:?}, got {:?}",
                expected.exit, actual.exit
            ));
        }
        if expected.stdout != actual.stdout {
            let (expected, actual) = (&expected.stdout, &actual.stdout);
            found.push(format!("stdout: expected {expected:?}, got {actual:?}"));
        }
        let described = differences(&expected.describe, &actual.describe);
        found.extend(described.into_iter().map(|line| format!("stdout: {line}")));
        let (files, actual_files) = (
            Value::Object(expected.files.clone()),
            Value::Object(actual.files.clone()),
        );
        let written = differences(&files, &actual_files);
        found.extend(written.into_iter().map(|line| format!("files: {line}")));
        let stderr = match rule {
            StandardError::Equal if expected.stderr != actual.stderr => {
                Err("it is not as recorded".to_owned())
            }
            StandardError::Equal | StandardError::Free => Ok(()),
            StandardError::MayWarn => {
                stderr::recorded_and_warnings(&expected.stderr, &actual.stderr)
            }
            StandardError::LastLine => {
                stderr::last_line_and_warnings(&expected.stderr, &actual.stderr)
            }
        };
        if let Err(error) = stderr {
            let (expected, actual) = (&expected.stderr, &actual.stderr);
            found.push(format!(
                "stderr: {error}: expected {expected:?}, got {actual:?}"
            ));
        }
        if let [Some(earliest), Some(latest)] =
            [0, 1].map(|bound| self.facts["nb_offset"][bound].as_i64())
        {
            let outside = |offset: &&i64| !(earliest..=latest).contains(offset);
            for offset in actual.not_before.iter().filter(outside) {
                found.push(format!(
                    "notBefore: {offset} s from now, not {earliest}..{latest}"
                ));
            }
        }
        found
    }

    /// Takes out what is not compared in this case.
    fn leave_out(&self, description: &mut Value) {
        each_validity(description, &mut |validity| {
            if !self.is("absolute") {
                validity.remove("not_before_utc");
                validity.remove("not_after_utc");
            }
            if self.is("nb_seconds_free") {
                validity.remove("not_before_seconds_field");
            }
        });
    }

    fn is(&self, fact: &str) -> bool {
        self.facts[fact] == true
    }
}

/// Every file of a case that is not about the case.
fn input(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut input = BTreeMap::new();
    let entries = fs::read_dir(folder);
    for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a folder of fixtures").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name in UTF-8");
        if path.is_file() && !["case.json", "cmd"].contains(&name) {
            input.insert(name.to_owned(), fs::read(&path).expect("a fixture"));
        }
    }
    input
}
