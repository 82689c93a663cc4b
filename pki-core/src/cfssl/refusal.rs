//! What cfssl 1.6 prints instead of reading a document: the texts that scripts
//! and people know, for programs that stand in for it.

use std::fmt;

use super::json::Node;
use super::schema::GoType;
use crate::document::DocumentError;

mod configuration;
mod request;
mod syntax;
mod types;

pub(super) use configuration::configuration;
pub(super) use request::{authority, has_names, key};
pub use syntax::go_json_syntax_error;

/// A refusal in cfssl's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfsslRefusal {
    /// The number of cfssl's error, if it has one.
    pub code: Option<u16>,
    /// The text.
    pub message: String,
}

impl CfsslRefusal {
    /// "Invalid policy", the code of every refused configuration.
    const INVALID_POLICY: u16 = 5200;

    pub(super) fn bare(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
        }
    }

    pub(super) fn coded(code: u16, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            message: message.into(),
        }
    }

    fn policy(message: impl Into<String>) -> Self {
        Self::coded(Self::INVALID_POLICY, message)
    }
}

impl fmt::Display for CfsslRefusal {
    /// The bare text, or `{"code":5200,"message":"…"}` as Go writes JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(code) = self.code else {
            return f.write_str(&self.message);
        };
        write!(f, "{{\"code\":{code},\"message\":")?;
        write_go_json_string(f, &self.message)?;
        f.write_str("}")
    }
}

/// Writes a string as Go's `encoding/json` does, and so cfssl: what HTML or
/// JavaScript would trip over is escaped.
///
/// # Errors
/// Those of `out`.
pub fn write_go_json_string(out: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{c}' => out.write_str("\\f")?,
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..' ' => {
                write!(out, "\\u{:04x}", u32::from(character))?;
            }
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}

impl std::error::Error for CfsslRefusal {}

/// What Go says when it writes a certificate with this path length.
pub(super) fn path_length(length: i64) -> Option<CfsslRefusal> {
    let message = "x509: invalid MaxPathLen, must be greater or equal to -1";
    (length < -1).then(|| CfsslRefusal::coded(1000, message))
}

/// Refuses what cfssl's types do not fit, also where kpki looks at nothing.
pub(super) fn fits(node: &Node, root: GoType, root_name: &str) -> Result<(), DocumentError> {
    match types::first_error(node, root, root_name) {
        None => Ok(()),
        Some(error) => Err(DocumentError::of_whole(format!(
            "cfssl cannot decode the document: {error}"
        ))),
    }
}

/// The error of Go's `json.Unmarshal`: the syntax of the whole text comes
/// first, then the types in the document's order. A text beyond the limits of
/// kpki's own parser gives none.
pub(super) fn json(bytes: &[u8], root: GoType, root_name: &str) -> Option<String> {
    if bytes.len() > super::json::LARGEST {
        return None;
    }
    go_json_syntax_error(bytes).or_else(|| {
        let node = super::json::parse(bytes, super::Reading::Lenient).ok()?;
        types::first_error(&node, root, root_name)
    })
}

#[cfg(test)]
mod tests;
