//! A value of a document together with its path, so that whatever is wrong
//! with it can be said with both.

use std::str::FromStr;

use super::note::{ClusterNote, ClusterRemark};
use crate::Error;
use crate::document::{DocumentError, nearest};
use crate::name::{NameError, NameProblem, Noted, SubjectAltName};
use crate::yaml::{Content, Entry, Node, push_key};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Value<'a> {
    node: &'a Node,
    path: String,
}

impl<'a> Value<'a> {
    /// A whole document.
    pub(super) fn document(node: &'a Node) -> Self {
        Self {
            node,
            path: String::new(),
        }
    }

    /// The value under these keys, if there is one: nothing and the empty text
    /// both mean the default, as they do to Go.
    pub(super) fn at(&self, keys: &str) -> Option<Self> {
        let mut here = self.clone();
        for key in keys.split('.').filter(|key| !key.is_empty()) {
            let entry = here.entries().iter().find(|entry| entry.key == key)?;
            here.node = &entry.value;
            push_key(&mut here.path, key);
        }
        match &here.node.content {
            Content::Null => None,
            Content::Scalar { text, .. } if text.is_empty() => None,
            _ => Some(here),
        }
    }

    /// The entries of a map; none of anything else.
    pub(super) fn entries(&self) -> &'a [Entry] {
        match &self.node.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The values of the list under these keys.
    pub(super) fn items(&self, keys: &str) -> Vec<Self> {
        let Some(list) = self.at(keys) else {
            return Vec::new();
        };
        let Content::List(items) = &list.node.content else {
            return Vec::new();
        };
        let item = |(index, node)| Self {
            node,
            path: format!("{}[{index}]", list.path),
        };
        items.iter().enumerate().map(item).collect()
    }

    /// The text of a scalar; empty for anything else.
    pub(super) fn text(&self) -> &'a str {
        match &self.node.content {
            Content::Scalar { text, .. } => text,
            _ => "",
        }
    }

    /// Whether YAML takes the value for a text.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.node.content, Content::Scalar { is_text: true, .. })
    }

    pub(super) fn is_true(&self) -> bool {
        self.text().eq_ignore_ascii_case("true")
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The port, `None` for 0, which is kubeadm's way to ask for the default.
    pub(super) fn port(&self) -> Result<Option<u16>, DocumentError> {
        if self.text() == "0" {
            return Ok(None);
        }
        match port_number(self.text()) {
            Some(port) => Ok(Some(port)),
            None => Err(self.refused(Error::Port {
                text: self.text().to_owned(),
            })),
        }
    }

    /// The value under these keys, read by its type.
    pub(super) fn parsed<T: FromStr<Err: Into<Error>>>(
        &self,
        keys: &str,
    ) -> Result<Option<T>, DocumentError> {
        let parse = |value: Self| value.text().parse().map_err(|error| value.refused(error));
        self.at(keys).map(parse).transpose()
    }

    /// A name or address that kubeadm would put into a certificate.
    pub(super) fn subject_alt_name(
        &self,
        notes: &mut Vec<ClusterNote>,
    ) -> Result<SubjectAltName, DocumentError> {
        let name = self.noted(SubjectAltName::parse_host(self.text()), notes)?;
        match &name {
            // kubeadm refuses what the core allows with a note.
            SubjectAltName::Dns(dns) if dns.as_str().contains('_') => {
                Err(self.refused(NameError {
                    input: self.text().to_owned(),
                    problem: NameProblem::Underscore,
                }))
            }
            _ => Ok(name),
        }
    }

    /// The parsed value, with what there is to remark added to the notes.
    pub(super) fn noted<T>(
        &self,
        parsed: Result<Noted<T>, NameError>,
        notes: &mut Vec<ClusterNote>,
    ) -> Result<T, DocumentError> {
        let Noted { value, notes: new } = parsed.map_err(|error| self.refused(error))?;
        notes.extend(new.into_iter().map(|n| self.note(ClusterRemark::Name(n))));
        Ok(value)
    }

    pub(super) fn note(&self, remark: ClusterRemark) -> ClusterNote {
        ClusterNote {
            position: Some(self.node.position),
            path: self.path.clone(),
            remark,
        }
    }

    /// The error that one of the core's types refused this value with.
    pub(super) fn refused(&self, error: impl Into<Error>) -> DocumentError {
        let error = error.into();
        let suggestion = match &error {
            Error::Name(error) => instead(&error.problem),
            Error::UnknownWord { text, known, .. } => {
                meant(text, known.iter().copied()).map(str::to_owned)
            }
            _ => None,
        };
        self.error(error.to_string(), suggestion)
    }

    pub(super) fn error(&self, message: String, suggestion: Option<String>) -> DocumentError {
        DocumentError {
            position: Some(self.node.position),
            path: self.path.clone(),
            message,
            suggestion,
        }
    }
}

/// The known word that was most likely meant; a long text is none of them, and
/// comparing it would take memory for each of its letters.
pub(super) fn meant<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    match wrong.len() <= 100 {
        true => nearest(wrong, known),
        false => None,
    }
}

/// A TCP port from 1 to 65535.
pub(super) fn port_number(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port != 0)
}

/// What to write in place of a name that was refused.
fn instead(problem: &NameProblem) -> Option<String> {
    match problem {
        NameProblem::Whitespace(name)
        | NameProblem::Url(name)
        | NameProblem::HostAndPort(name)
        | NameProblem::TrailingDot(name)
        | NameProblem::NonAscii(Some(name)) => Some(name.clone()),
        NameProblem::List(names) => Some(names.join("\" and \"")).map(|n| format!("\"{n}\"")),
        _ => None,
    }
}
