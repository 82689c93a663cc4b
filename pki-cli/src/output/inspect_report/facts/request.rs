//! Certificate signing requests.

use pki_core::UnverifiedRequest;
use serde::Serialize;

use super::super::page::Row;
use super::joined;
use super::key::PublicKey;
use super::usage::Usage;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct RequestFacts {
    subject: String,
    /// null where it is not checked
    signature_verified: Option<bool>,
    signature_error: Option<String>,
    /// null where they cannot be read
    subject_alt_names: Option<Vec<String>>,
    /// Names of kinds that are not shown.
    other_names: usize,
    public_key: PublicKey,
    #[serde(flatten)]
    usage: Usage,
    extensions: Vec<String>,
}

impl RequestFacts {
    pub(super) fn new(request: &UnverifiedRequest) -> Self {
        let names = request.subject_alt_names();
        let signature = request.signature();
        Self {
            subject: request.subject().to_owned(),
            signature_verified: match signature {
                Ok(()) => Some(true),
                Err(pki_core::Error::RequestSignature) => Some(false),
                Err(_) => None,
            },
            signature_error: signature.err().map(ToString::to_string),
            other_names: names.as_ref().map_or(0, |(_, others)| *others),
            subject_alt_names: names.map(|(names, _)| names),
            public_key: PublicKey::new(request.public_key()),
            usage: Usage::new(
                request.basic_constraints(),
                request.key_usage(),
                request.extended_key_usage().as_deref(),
            ),
            extensions: request.extensions().iter().map(|e| e.oid()).collect(),
        }
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::new("subject", self.subject.as_str())];
        match &self.subject_alt_names {
            None => rows.push(Row::alarm("names", "they cannot be read")),
            Some(names) if names.is_empty() && self.other_names == 0 => {}
            Some(names) => {
                let mut text = joined(names);
                if self.other_names > 0 {
                    text.push_str(&format!(" and {} of other kinds", self.other_names));
                }
                rows.push(Row::new("names", text));
            }
        }
        rows.extend(self.public_key.rows());
        rows.extend(self.usage.rows("not asked for"));
        rows.push(match (self.signature_verified, &self.signature_error) {
            (Some(true), _) => Row::new("signature", "by its own key"),
            (Some(false), _) => Row::alarm(
                "signature",
                "does not verify: it was changed, or another key signed it",
            ),
            (None, error) => {
                let why = error.as_deref().unwrap_or_default();
                Row::alarm("signature", format!("not checked: {why}"))
            }
        });
        rows
    }
}
