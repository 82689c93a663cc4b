//! What `init` wrote, and what is next.

use std::path::Path;

use pki_core::{Cluster, shell};
use serde::Serialize;

use super::table::escaped;

/// The report of a cluster file that was written.
#[derive(Debug, Serialize)]
pub(crate) struct InitReport {
    schema: &'static str,
    /// The whole path.
    file: String,
    /// As it was given.
    #[serde(skip)]
    shown: String,
    hosts: Vec<String>,
    notes: Vec<String>,
    next: Vec<String>,
}

impl InitReport {
    pub(crate) fn new(file: &Path, cluster: &Cluster, notes: Vec<String>) -> Self {
        Self {
            schema: "kpki.init/v1",
            file: std::path::absolute(file)
                .unwrap_or_else(|_| file.to_owned())
                .display()
                .to_string(),
            shown: escaped(&file.display().to_string()),
            hosts: cluster
                .hosts
                .iter()
                .map(|host| host.name.to_string())
                .collect(),
            notes,
            next: vec![format!(
                "kpki gen -f {} --render --out ./pki",
                shell::path(file.as_os_str().as_encoded_bytes())
            )],
        }
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("{} describes {}\n", self.shown, self.hosts.join(", "));
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        for next in &self.next {
            text.push_str(&format!("next: {next}\n"));
        }
        text
    }
}
