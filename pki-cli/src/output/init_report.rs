//! What `init` wrote, and what is next.

use std::path::Path;

use pki_core::Cluster;
use serde::Serialize;

use super::table::escaped;

/// The report of a cluster file that was written.
#[derive(Debug, Serialize)]
pub(crate) struct InitReport {
    schema: &'static str,
    file: String,
    hosts: Vec<String>,
    notes: Vec<String>,
}

impl InitReport {
    pub(crate) fn new(file: &Path, cluster: &Cluster, notes: Vec<String>) -> Self {
        Self {
            schema: "kpki.init/v1",
            file: file.display().to_string(),
            hosts: cluster
                .hosts
                .iter()
                .map(|host| host.name.to_string())
                .collect(),
            notes,
        }
    }

    pub(crate) fn to_text(&self) -> String {
        let file = escaped(&self.file);
        let mut text = format!("{file} describes {}\n", self.hosts.join(", "));
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        text.push_str(&format!("next: kpki gen -f {file} --render --out ./pki\n"));
        text
    }
}
