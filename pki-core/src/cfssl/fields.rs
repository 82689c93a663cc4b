//! The two readings of one tree: what the strict one refuses, the lenient one
//! notes and then does as cfssl does.

use std::collections::{HashMap, HashSet};

use super::go_duration::GoDuration;
use super::json::{self, Node, Suggesting, Value};
use super::lint::LintRule;
use super::schema::{GoType, Known, Schema};
use super::{Reading, nearest_short};
use crate::document::{DocumentError, Position};
use crate::name::Quoted;
use crate::severity::Severity;

/// A reading under way: how to read, and what was noted so far.
#[derive(Debug)]
pub(super) struct Reader {
    reading: Reading,
    linting: bool,
    noted: Vec<(LintRule, DocumentError)>,
}

/// A value with its path. In the lenient reading an object that was written
/// twice is both objects, merged as Go merges them; for all else the last counts.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) path: String,
    nodes: Vec<&'a Node>,
}

/// The known fields of one object.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) whole: Entry<'a>,
    found: HashMap<&'static str, Entry<'a>>,
}

/// A text and where it stands, for what can only be judged later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) text: String,
    pub(super) position: Option<Position>,
    pub(super) path: String,
}

impl Placed {
    pub(super) fn refuse(&self, message: impl Into<String>) -> DocumentError {
        DocumentError {
            position: self.position,
            path: self.path.clone(),
            message: message.into(),
            suggestion: None,
        }
    }
}

pub(super) const MOST_WARNINGS: usize = 100;

impl Reader {
    pub(super) fn new(reading: Reading) -> Self {
        Self {
            reading,
            linting: false,
            noted: Vec::new(),
        }
    }

    /// Reads as cfssl does, notes all that the other two would say, and goes on
    /// behind what stops them.
    pub(super) fn linting() -> Self {
        Self {
            linting: true,
            ..Self::new(Reading::Lenient)
        }
    }

    /// What was noted, in its order.
    pub(super) fn into_noted(self) -> Vec<(LintRule, DocumentError)> {
        self.noted
    }

    /// The same without the rules.
    pub(super) fn into_warnings(self) -> Vec<DocumentError> {
        self.noted.into_iter().map(|(_, error)| error).collect()
    }

    pub(super) fn is_linting(&self) -> bool {
        self.linting
    }

    pub(super) fn is_strict(&self) -> bool {
        self.reading == Reading::Strict
    }

    /// Ends the strict reading; the lenient one goes on with a warning.
    pub(super) fn ignore(
        &mut self,
        rule: LintRule,
        error: DocumentError,
    ) -> Result<(), DocumentError> {
        match self.reading {
            Reading::Strict => Err(error),
            Reading::Lenient => {
                self.warn(rule, error);
                Ok(())
            }
        }
    }

    /// Ends the strict reading; the lenient one has nothing to say.
    pub(super) fn judge(
        &mut self,
        rule: LintRule,
        error: DocumentError,
    ) -> Result<(), DocumentError> {
        match (self.reading, self.linting) {
            (Reading::Strict, _) => Err(error),
            (Reading::Lenient, false) => Ok(()),
            (Reading::Lenient, true) => {
                self.warn(rule, error);
                Ok(())
            }
        }
    }

    /// Ends every reading but that of lint, which notes the error and goes on
    /// without the value.
    pub(super) fn settle<T>(
        &mut self,
        rule: LintRule,
        read: Result<T, DocumentError>,
    ) -> Result<Option<T>, DocumentError> {
        match read {
            Err(error) if self.linting => {
                self.warn(rule, error);
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Whether lint noted something that ends the other readings.
    pub(super) fn has_errors(&self) -> bool {
        let is_error = |(rule, _): &(LintRule, _)| rule.severity() == Severity::Error;
        self.noted.iter().any(is_error)
    }

    /// Whether a further warning would be dropped, so that none need be written.
    pub(super) fn is_full(&self) -> bool {
        !self.is_strict() && self.noted.len() >= MOST_WARNINGS
    }

    /// Notes something that is no reason to stop.
    pub(super) fn warn(&mut self, rule: LintRule, warning: DocumentError) {
        if self.noted.len() < MOST_WARNINGS {
            self.noted.push((rule, warning));
        }
    }

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
                let at = |message: String| DocumentError {
                    position: Some(member.position),
                    path: path.clone(),
                    message,
                    suggestion: None,
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
        match self.reading {
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

impl<'a> Entry<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self {
            path: String::new(),
            nodes: vec![node],
        }
    }

    pub(super) fn refuse(&self, message: impl Into<String>) -> DocumentError {
        DocumentError {
            position: self.nodes.last().map(|node| node.position),
            path: self.path.clone(),
            message: message.into(),
            suggestion: None,
        }
    }

    pub(super) fn value(&self) -> &'a Value {
        self.nodes.last().map_or(&Value::Null, |node| &node.value)
    }

    pub(super) fn is_null(&self) -> bool {
        *self.value() == Value::Null
    }

    /// Never repeats the value: it may be a key.
    fn wrong_type(&self, wanted: &str) -> DocumentError {
        let found = match self.value() {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        let error = self.refuse(format!("expected {wanted}, found {found}"));
        match (wanted, self.value()) {
            ("a string", Value::Number(_)) => error.suggesting("put it in double quotes"),
            ("a list", Value::String(_)) => error.suggesting("put it in square brackets"),
            _ => error,
        }
    }

    pub(super) fn text(&self) -> Result<String, DocumentError> {
        match self.value() {
            Value::String(text) => Ok(text.clone()),
            _ => Err(self.wrong_type("a string")),
        }
    }

    pub(super) fn placed(&self) -> Result<Placed, DocumentError> {
        Ok(Placed {
            text: self.text()?,
            position: self.nodes.last().map(|node| node.position),
            path: self.path.clone(),
        })
    }

    pub(super) fn boolean(&self) -> Result<bool, DocumentError> {
        match self.value() {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    pub(super) fn integer(&self) -> Result<i64, DocumentError> {
        match self.value() {
            Value::Number(text) => {
                let whole = || self.refuse("expected a whole number of at most 18 digits");
                text.parse().map_err(|_| whole())
            }
            _ => Err(self.wrong_type("a number")),
        }
    }

    pub(super) fn duration(&self) -> Result<GoDuration, DocumentError> {
        self.text()?
            .parse::<GoDuration>()
            .map_err(|error| DocumentError {
                suggestion: error.suggestion(),
                ..self.refuse(error.reason())
            })
    }

    /// The elements of the last list. Go would merge a list of objects that was
    /// written twice one by one, which nobody means.
    pub(super) fn elements(&self) -> Result<Vec<Self>, DocumentError> {
        let Value::Array(values) = self.value() else {
            return Err(self.wrong_type("a list"));
        };
        let element = |(index, node)| Self {
            path: format!("{}[{index}]", self.path),
            nodes: vec![node],
        };
        Ok(values.iter().enumerate().map(element).collect())
    }

    /// A list of texts, in which null is an empty one.
    pub(super) fn texts(&self, reader: &mut Reader) -> Result<Vec<Placed>, DocumentError> {
        let elements = self.elements()?;
        elements
            .iter()
            .map(|element| element.text_or_null(reader))
            .collect()
    }

    /// A text, or an empty one for null, which Go leaves as it was.
    pub(super) fn text_or_null(&self, reader: &mut Reader) -> Result<Placed, DocumentError> {
        if self.is_null() {
            reader.ignore(LintRule::NullValue, self.wrong_type("a string"))?;
            let DocumentError { position, path, .. } = self.refuse("");
            let text = String::new();
            return Ok(Placed {
                text,
                position,
                path,
            });
        }
        self.placed()
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
