//! What `kpki bundle apply` did.

use std::fmt::Write;

use pki_core::copy::Source;
use serde::Serialize;

use super::{BundleFacts, Encryption, head};
use crate::commands::copy::{Ending, HostCopy};
use crate::env::Env;
use crate::failure::Outcome;
use crate::output::copy_report::{HostReport, next_steps};
use crate::output::table::wrap;

/// The JSON document, `kpki.bundle-apply/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplyReport {
    schema: &'static str,
    changed: bool,
    dry_run: bool,
    file: String,
    encryption: Encryption,
    bundle: BundleFacts,
    destination: HostReport,
    next: Vec<String>,
}

impl ApplyReport {
    pub(crate) fn new(
        file: String,
        encryption: Encryption,
        bundle: BundleFacts,
        source: &Source,
        copy: &HostCopy<'_>,
        dry_run: bool,
    ) -> Self {
        let destination = HostReport::new(copy);
        Self {
            schema: "kpki.bundle-apply/v1",
            changed: destination.changes(),
            dry_run,
            file,
            encryption,
            bundle,
            next: match copy.ending {
                // What to do is said with the reason.
                Ending::Refused(..) | Ending::Failed(..) => Vec::new(),
                _ => next_steps(source, std::slice::from_ref(copy), dry_run),
            },
            destination,
        }
    }

    /// Whether everything is where it should be, or would be.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.destination.is_good() {
            true => Outcome::Yes,
            false => Outcome::Unknown,
        }
    }

    pub(crate) fn to_text(&self, env: &Env) -> String {
        let mut out = String::new();
        head(&mut out, &self.file, &self.encryption);
        self.bundle.write_head(&mut out);
        out.push('\n');
        out.push_str(&self.destination.section(env.columns));
        out.push('\n');
        let columns = env.columns.unwrap_or(usize::MAX);
        let keeps = self.destination.keeps_any();
        let sum = match (self.destination.is_good(), self.changed, self.dry_run) {
            (false, false, _) => "nothing was done",
            (false, true, _) => "not everything is there and proved",
            (true, true, false) if keeps => "everything but what is kept is there, proved",
            (true, true, false) => "everything is there, proved",
            (true, true, true) if keeps => "it would be changed, but for what is kept",
            (true, true, true) => "it would be changed",
            (true, false, false) if keeps => "everything but what is kept was there, proved",
            (true, false, false) => "everything was there, proved",
            (true, false, true) if keeps => "everything but what is kept is there: nothing to do",
            (true, false, true) => "everything is there: nothing to do",
        };
        // Writing to a String does not fail.
        let _ = writeln!(out, "{}", wrap(sum, columns, ""));
        for step in &self.next {
            let _ = writeln!(out, "{}", wrap(&format!("next: {step}"), columns, ""));
        }
        out
    }
}
