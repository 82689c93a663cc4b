//! What `kpki verify -o json` says, as far as these tests compare it.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::common::{kpki, run};

/// A finding by its rule and file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Named {
    pub(crate) host: String,
    pub(crate) severity: String,
    pub(crate) rule: String,
    pub(crate) file: String,
}

pub(crate) struct Verdict {
    pub(crate) status: Option<i32>,
    /// Errors and warnings.
    pub(crate) findings: Vec<Named>,
    pub(crate) notes: Vec<Named>,
    /// What was printed, for messages.
    pub(crate) document: Value,
}

/// Checks these directories at the time `now`.
pub(crate) fn verify(directories: &[PathBuf], now: &str, more: &[&str]) -> Verdict {
    let mut command: Command = kpki();
    command.env_clear().arg("verify").args(directories);
    command.args(["-o", "json", "--now", now]).args(more);
    let output = run(&mut command);
    let document: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let mut all: Vec<Named> = list(&document["hosts"])
        .flat_map(|host| {
            let name = host["host"].clone();
            list(&host["findings"]).map(move |finding| named(finding, &name))
        })
        .chain(list(&document["between"]).map(|finding| named(finding, &Value::from(""))))
        .collect();
    all.sort();
    let (notes, findings) = all.into_iter().partition(|named| named.severity == "note");
    Verdict {
        status: output.status.code(),
        findings,
        notes,
        document,
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn named(finding: &Value, host: &Value) -> Named {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    Named {
        host: text(host),
        severity: text(&finding["severity"]),
        rule: text(&finding["rule"]),
        file: text(&finding["file"]),
    }
}
