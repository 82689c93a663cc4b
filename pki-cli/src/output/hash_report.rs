//! What `kpki hash` found: the same facts as text and as JSON.

use std::fmt::Write;
use std::path::PathBuf;

use pki_core::{CaPin, CaPins, JoinEndpoint};
use serde::Serialize;

use super::harmless;
use crate::failure::{Failure, Outcome};
use crate::store::quote;

/// The JSON document, `kpki.hash/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HashReport {
    schema: &'static str,
    file: String,
    hashes: Vec<Hash>,
    /// Certificates of the file that cannot be read.
    broken: Vec<String>,
    endpoint: Option<Endpoint>,
    join: Join,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hash {
    hash: String,
    subject: String,
    not_after: String,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct Endpoint {
    address: String,
    file: &'static str,
}

/// The lines for the hosts that join, with `<token>` for the token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    worker: String,
    control_plane: String,
}

/// In the place of an address that nobody knows.
const UNKNOWN: &str = "<control-plane-host>:6443";

impl HashReport {
    pub(crate) fn new(file: PathBuf, found: CaPins, endpoint: Option<JoinEndpoint>) -> Self {
        let address = endpoint.as_ref().map(|found| found.address.as_str());
        let mut worker = format!(
            "kubeadm join {} --token <token>",
            address.unwrap_or(UNKNOWN)
        );
        for pin in &found.pins {
            // Writing to a String does not fail.
            let _ = write!(worker, " --discovery-token-ca-cert-hash {}", pin.hash);
        }
        let hash = |pin: CaPin| Hash {
            hash: pin.hash.to_string(),
            subject: pin.subject,
            not_after: pin.not_after.to_string(),
            remarks: pin.remarks,
        };
        Self {
            schema: "kpki.hash/v1",
            file: file.to_string_lossy().into_owned(),
            hashes: found.pins.into_iter().map(hash).collect(),
            broken: found.broken,
            endpoint: endpoint.map(|found| Endpoint {
                address: found.address,
                file: found.file,
            }),
            join: Join {
                control_plane: format!("{worker} --control-plane"),
                worker,
            },
        }
    }

    /// The hashes alone.
    pub(crate) fn to_lines(&self) -> String {
        let lines = self.hashes.iter().map(|hash| format!("{}\n", hash.hash));
        lines.collect()
    }

    /// Refuses several hashes where a script takes what it gets for one.
    pub(crate) fn only_hash(&self) -> Result<(), Failure> {
        match self.hashes.len() {
            0 | 1 => Ok(()),
            several => Err(Failure::new(format!(
                "{} has {several} CAs, and --quiet prints one hash",
                quote(self.file.as_ref())
            ))
            .hint(
                "'kpki hash' without it prints the line of kubeadm join with each, -o json a list",
            )),
        }
    }

    pub(crate) fn to_text(&self) -> String {
        let mut out = self.to_lines();
        let Join {
            worker,
            control_plane,
        } = &self.join;
        let _ = write!(
            out,
            "\na worker joins with\n  {worker}\na host of the control plane, which has the shared files, with\n  {control_plane}\n"
        );
        match &self.endpoint {
            Some(endpoint) => {
                let _ = writeln!(out, "the address is that of {}", endpoint.file);
            }
            None => out.push_str(
                "no kubeconfig here says where the API server is: put its address in the place of\n<control-plane-host>\n",
            ),
        }
        out.push_str("a token is made on a host of the control plane: kubeadm token create\n");
        out
    }

    /// What is wrong with the CAs, though their hashes are right.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let of_hash = |hash: &Hash| {
            let subject = harmless(&hash.subject);
            let remarks = hash.remarks.iter();
            let remarks = remarks.map(move |remark| format!("{subject}: {remark}"));
            remarks.collect::<Vec<_>>()
        };
        self.hashes.iter().flat_map(of_hash).collect()
    }

    /// What has no hash here.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let file = quote(self.file.as_ref());
        let broken = self.broken.iter();
        broken.map(|broken| format!("{file}: {broken}")).collect()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self.broken.is_empty() {
            true => Outcome::Yes,
            false => Outcome::Unknown,
        }
    }
}
