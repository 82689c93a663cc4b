//! What a script did: printed, written, and how it ended.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::describe::{describe, first_block};
use crate::normal::normal;
use crate::place::Place;

#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) exit: Option<i32>,
    /// Without what differs from run to run, as is standard error.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What is printed, described; null if there is nothing to describe.
    pub(crate) describe: Value,
    /// The mode and the description, or else the text, of each new or changed file.
    pub(crate) files: Map<String, Value>,
    /// How long before the run each certificate begins, in seconds.
    pub(crate) not_before: Vec<i64>,
}

/// Runs a script; files with bytes as in `before` are not its work.
pub(crate) fn run(
    place: &Place,
    script: &str,
    environment: &[(&str, &str)],
    before: &BTreeMap<String, Vec<u8>>,
    issuer: &str,
) -> Outcome {
    let start = SystemTime::now().duration_since(UNIX_EPOCH);
    let start = start.expect("a clock after 1970").as_secs().cast_signed();
    let output = place.run(script, environment);
    let issuer = fs::read(place.path().join(issuer)).ok();
    let issuer = issuer.and_then(|text| first_block(&text));
    let issuer = issuer.as_deref().filter(|der| !der.is_empty());
    let mut outcome = Outcome {
        exit: output.status.code(),
        describe: describe(output.stdout.as_bytes(), issuer).unwrap_or_default(),
        stdout: normal(&output.stdout),
        stderr: normal(&output.stderr),
        files: files(&place.path(), before, issuer),
        not_before: Vec::new(),
    };
    let found = &mut outcome.not_before;
    each_validity(&mut outcome.describe, &mut |validity| {
        take_start(validity, start, found)
    });
    for file in outcome.files.values_mut() {
        each_validity(file, &mut |validity| take_start(validity, start, found));
    }
    outcome
}

/// The files of a folder that are not as before. Folders are left out.
pub(crate) fn files(
    folder: &Path,
    before: &BTreeMap<String, Vec<u8>>,
    issuer: Option<&[u8]>,
) -> Map<String, Value> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("our own directory") {
        let path = entry.expect("our own directory").path();
        if !path.is_file() {
            continue;
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name in UTF-8");
        let bytes = fs::read(&path).expect("a file just listed");
        if before.get(name) == Some(&bytes) {
            continue;
        }
        let mode = fs::metadata(&path)
            .expect("a file just listed")
            .permissions()
            .mode();
        let mut file = json!({"mode": format!("{:04o}", mode & 0o7777)});
        match describe(&bytes, issuer) {
            Some(description) => file["describe"] = description,
            None => file["norm"] = json!(normal(&String::from_utf8_lossy(&bytes))),
        }
        files.insert(name.to_owned(), file);
    }
    files.into_iter().collect()
}

/// Calls `change` with the validity of each certificate in a description.
pub(crate) fn each_validity(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Object(validity)) = members.get_mut("validity") {
                change(validity);
            }
            for member in members.values_mut() {
                each_validity(member, change);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| each_validity(item, change)),
        _ => {}
    }
}

fn take_start(validity: &mut Map<String, Value>, now: i64, found: &mut Vec<i64>) {
    let start = validity
        .remove("not_before_timestamp")
        .and_then(|start| start.as_i64());
    found.push(start.expect("a described validity has its start") - now);
}
