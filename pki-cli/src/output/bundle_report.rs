//! What is in a bundle, and what was done with one: the same facts as text and as JSON.

mod apply;
mod facts;

use std::fmt::Write;

use pki_core::shell;
use serde::Serialize;

use super::table::{escaped, wrap};
use crate::env::Env;
use crate::envelope::Locks;

pub(crate) use apply::ApplyReport;
pub(crate) use facts::BundleFacts;

/// The JSON document, `kpki.bundle-create/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateReport {
    schema: &'static str,
    file: String,
    bytes: usize,
    encryption: Encryption,
    bundle: BundleFacts,
    notes: Vec<String>,
    next: Vec<String>,
}

/// The JSON document, `kpki.bundle-show/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShowReport {
    schema: &'static str,
    file: String,
    encryption: Encryption,
    /// Whether everything in it was verified; nothing is known of what was not opened.
    opened: bool,
    bundle: Option<BundleFacts>,
}

/// What anybody can see of the file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Encryption {
    /// `passphrase` or `recipients`
    kind: &'static str,
    /// How many.
    recipients: Option<usize>,
    armored: bool,
}

impl Encryption {
    pub(crate) fn new(locks: Locks, armored: bool) -> Self {
        match locks {
            Locks::Passphrase => Self {
                kind: "passphrase",
                recipients: None,
                armored,
            },
            Locks::Recipients { native, other } => Self {
                kind: "recipients",
                recipients: Some(native + other),
                armored,
            },
        }
    }

    fn text(&self) -> String {
        match self.recipients {
            None => "with a passphrase".to_owned(),
            Some(1) => "to 1 recipient".to_owned(),
            Some(count) => format!("to {count} recipients"),
        }
    }
}

impl CreateReport {
    pub(crate) fn new(
        file: String,
        bytes: usize,
        encryption: Encryption,
        bundle: BundleFacts,
        notes: Vec<String>,
    ) -> Self {
        let opened_by = match encryption.recipients {
            Some(_) => "--identity KEY",
            None => "--passphrase-file FILE",
        };
        let unsigned = match bundle.is_signed() {
            true => "",
            false => " --allow-unsigned",
        };
        let apply = format!(
            "kpki bundle apply {} {opened_by} --cluster-id {}{unsigned}",
            shell::path(file.as_bytes()),
            bundle.cluster()
        );
        Self {
            schema: "kpki.bundle-create/v1",
            next: vec![format!("on the host that gets it\n{apply}")],
            file,
            bytes,
            encryption,
            bundle,
            notes,
        }
    }

    pub(crate) fn to_text(&self, env: &Env) -> String {
        let mut out = String::new();
        head(&mut out, &self.file, &self.encryption);
        self.bundle.write(&mut out, env.columns);
        notes(&mut out, &self.notes, env);
        let _ = writeln!(out, "{} bytes written, encrypted", self.bytes);
        for step in &self.next {
            // A command must stay one line, or it cannot be copied.
            let (text, command) = step.split_once('\n').unwrap_or((step, ""));
            let _ = writeln!(out, "next: {text}\n  {command}");
        }
        out
    }
}

impl ShowReport {
    pub(crate) fn new(file: String, encryption: Encryption, bundle: Option<BundleFacts>) -> Self {
        Self {
            schema: "kpki.bundle-show/v1",
            file,
            encryption,
            opened: bundle.is_some(),
            bundle,
        }
    }

    pub(crate) fn to_text(&self, env: &Env) -> String {
        let mut out = String::new();
        head(&mut out, &self.file, &self.encryption);
        match &self.bundle {
            Some(bundle) => bundle.write(&mut out, env.columns),
            None => {
                let secret = match self.encryption.recipients {
                    Some(_) => "--identity FILE",
                    None => "--passphrase-file FILE",
                };
                let text = format!(
                    "This is what the envelope says, which nobody has proved; {secret} shows what is in it."
                );
                let columns = env.columns.unwrap_or(usize::MAX);
                let _ = writeln!(out, "{}", wrap(&text, columns, ""));
            }
        }
        out
    }
}

/// What a file is called: `-` is called `stdin` or `stdout` by the caller.
fn head(out: &mut String, file: &str, encryption: &Encryption) {
    let armored = match encryption.armored {
        true => ", as text",
        false => "",
    };
    // Writing to a String does not fail.
    let _ = writeln!(out, "{}", escaped(file));
    let _ = writeln!(out, "  encrypted  {}{armored}", encryption.text());
}

fn notes(out: &mut String, notes: &[String], env: &Env) {
    let columns = env.columns.unwrap_or(usize::MAX);
    for note in notes {
        let _ = writeln!(out, "{}", wrap(&format!("note: {note}"), columns, ""));
    }
}
