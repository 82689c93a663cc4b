//! The members of an object: of one with a fixed set of keys, and of one whose
//! keys are names.

use std::collections::{HashMap, HashSet};

use super::entry::{Entry, Placed};
use super::go_duration::GoDuration;
use super::json::{self, Value};
use super::lint::LintRule;
use super::reader::Reader;
use super::schema::{GoType, Known, Schema};
use super::{Reading, nearest_short};
use crate::document::DocumentError;
use crate::name::Quoted;

/// The known fields of one object.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) whole: Entry<'a>,
    found: HashMap<&'static str, Entry<'a>>,
}

impl Reader {
    /// The members of an object that has a fixed set of keys.
    pub(super) fn fields<'a>(
        &mut self,
        whole: &Entry<'a>,
        schema: &Schema,
    ) -> Result<Fields<'a>, DocumentError> {
        let mut found: HashMap<&'static str, Entry<'a>> = HashMap::new();
        for node in &whole.nodes {
            let Value::Object(members) = &node.value else {
                return Err(whole.wrong_type("an object"));
            };
            let mut seen = HashSet::new();
            for member in members {
                let path = json::step(&whole.path, &member.key);
                let at = |message: String| {
                    DocumentError::at(Some(member.position), path.as_str(), message)
                };
                let field = self.field(schema, &member.key);
                let exact = field.is_some_and(|known| known.key == member.key);
                // A reason of our own beats Go's guess, as for names[].SerialNumber.
                let explained = match exact {
                    true => None,
                    false => (schema.explain)(&member.key),
                };
                let known = match explained {
                    Some(_) if self.is_strict() => None,
                    _ => field,
                };
                let Some(Known {
                    key: known,
                    go_type,
                    accident,
                }) = known
                else {
                    if self.is_full() {
                        continue;
                    }
                    let rule = LintRule::of_key(schema.go_name, &member.key, explained.is_some());
                    let error = unknown_key(at(String::new()), &member.key, explained, schema);
                    self.ignore(rule, error)?;
                    continue;
                };
                if accident {
                    let message = format!(
                        "{} is no key of cfssl's documents, but a field of its program",
                        Quoted(&member.key)
                    );
                    self.ignore(
                        LintRule::ProgramField,
                        at(message).suggesting("leave it out"),
                    )?;
                } else if !exact {
                    // cfssl takes it for the key that it means.
                    let message = format!("unknown key {}", Quoted(&member.key));
                    self.judge(LintRule::KeyCase, at(message).suggesting(known))?;
                }
                if !seen.insert(known) {
                    let mut message = format!("the key {} stands here twice", Quoted(&member.key));
                    if matches!(go_type, GoType::List(GoType::Struct(_))) {
                        message += ", and cfssl mixes the two lists: only the last one counts";
                    }
                    self.ignore(
                        LintRule::DuplicateKey,
                        at(message).suggesting("keep one of the two"),
                    )?;
                }
                if member.value.value == Value::Null {
                    let error = at("the value is null".into()).suggesting("leave the key out");
                    self.ignore(LintRule::NullValue, error)?;
                    if go_type.is_cleared_by_null() {
                        found.remove(known);
                    }
                    continue;
                }
                let entry = Entry {
                    path: json::step(&whole.path, known),
                    nodes: Vec::new(),
                };
                found
                    .entry(known)
                    .or_insert(entry)
                    .nodes
                    .push(&member.value);
            }
        }
        Ok(Fields {
            whole: whole.clone(),
            found,
        })
    }

    /// The field of a key. What is known by accident is unknown to the strict reading.
    fn field(&self, schema: &Schema, key: &str) -> Option<Known> {
        match self.reading() {
            Reading::Lenient => schema.field(key),
            Reading::Strict => {
                let same = |known: &&'static str| known.eq_ignore_ascii_case(key);
                let known = schema.names().find(same)?;
                schema.field(known)
            }
        }
    }

    /// The members of an object whose keys are names, in order; the lenient
    /// reading keeps the last of two that have one name.
    pub(super) fn entries<'a>(
        &mut self,
        whole: &Entry<'a>,
    ) -> Result<Vec<(Placed, Entry<'a>)>, DocumentError> {
        let mut found: Vec<(Placed, Entry<'a>)> = Vec::new();
        let mut index: HashMap<&str, usize> = HashMap::new();
        for node in &whole.nodes {
            let Value::Object(members) = &node.value else {
                return Err(whole.wrong_type("an object"));
            };
            for member in members {
                let name = Placed {
                    text: member.key.clone(),
                    position: Some(member.position),
                    path: json::step(&whole.path, &member.key),
                };
                let entry = Entry {
                    path: name.path.clone(),
                    nodes: vec![&member.value],
                };
                match index
                    .get(member.key.as_str())
                    .and_then(|at| found.get_mut(*at))
                {
                    Some(earlier) => {
                        let message = format!("the key {} stands here twice", Quoted(&member.key));
                        let error = name.refuse(message).suggesting("keep one of the two");
                        self.ignore(LintRule::DuplicateKey, error)?;
                        *earlier = (name, entry);
                    }
                    None => {
                        index.insert(&member.key, found.len());
                        found.push((name, entry));
                    }
                }
            }
        }
        Ok(found)
    }
}

fn unknown_key(
    at: DocumentError,
    key: &str,
    explained: Option<(&'static str, &'static str)>,
    schema: &Schema,
) -> DocumentError {
    let message = format!("unknown key {}", Quoted(key));
    match explained {
        Some((why, instead)) => DocumentError {
            message: format!("{message}: {why}"),
            suggestion: Some(instead.to_owned()),
            ..at
        },
        None => DocumentError {
            message,
            suggestion: nearest_short(key, schema.names()).map(str::to_owned),
            ..at
        },
    }
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&Entry<'a>> {
        self.found.get(key)
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, DocumentError> {
        self.get(key).map(Entry::text).transpose()
    }

    /// The text of a key that may be left out, empty counting as left out.
    pub(super) fn placed(&self, key: &str) -> Result<Option<Placed>, DocumentError> {
        let placed = self.get(key).map(Entry::placed).transpose()?;
        Ok(placed.filter(|placed| !placed.text.is_empty()))
    }

    pub(super) fn boolean(&self, key: &str) -> Result<bool, DocumentError> {
        self.get(key).map_or(Ok(false), Entry::boolean)
    }

    pub(super) fn texts(
        &self,
        reader: &mut Reader,
        key: &str,
    ) -> Result<Vec<String>, DocumentError> {
        let placed = self
            .get(key)
            .map_or(Ok(Vec::new()), |entry| entry.texts(reader))?;
        Ok(placed.into_iter().map(|placed| placed.text).collect())
    }

    /// A duration that may be left out, empty counting as left out.
    pub(super) fn duration(&self, key: &str) -> Result<Option<GoDuration>, DocumentError> {
        match self.placed(key)? {
            Some(_) => self.get(key).map(Entry::duration).transpose(),
            None => Ok(None),
        }
    }
}
