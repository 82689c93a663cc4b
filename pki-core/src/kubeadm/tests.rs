//! Whole files: what they say, and where they are refused.

mod accepted;
mod hostile;
mod hosts;
mod refused;
mod setup;
mod unknown_fields;

use super::ClusterFile;

fn parse(text: &str) -> ClusterFile {
    ClusterFile::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn remarks(file: &ClusterFile) -> Vec<String> {
    file.notes.iter().map(ToString::to_string).collect()
}

/// The error, with what it suggests behind an arrow.
fn refusal(text: &str) -> String {
    let error = ClusterFile::parse(text.as_bytes()).expect_err(text);
    match &error.suggestion {
        Some(suggestion) => format!("{error} -> {suggestion}"),
        None => error.to_string(),
    }
}

/// A cluster document of v1beta2 with these lines, from line 4 on.
fn v1beta2(lines: &str) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v1.20.2\n{lines}\n"
    )
}
