//! Places in a document by their keys, for rules about values.

use std::collections::HashMap;

use crate::cfssl::json::{self, Member, Node, Value};
use crate::document::{DocumentError, Position};

/// A value and where it stands; of one that is not there, where it should be.
#[derive(Debug, Clone)]
pub(super) struct Spot<'a> {
    node: Option<&'a Node>,
    position: Option<Position>,
    path: String,
}

impl<'a> Spot<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self {
            node: Some(node),
            position: Some(node.position),
            path: String::new(),
        }
    }

    /// The member with this key, as cfssl finds it: the last one, in any case
    /// if need be. Without one, the place of the whole object.
    pub(super) fn key(&self, key: &str) -> Self {
        let Some(Value::Object(members)) = self.node.map(|node| &node.value) else {
            return self.without_value();
        };
        let found = |same: &dyn Fn(&str) -> bool| members.iter().rev().find(|m| same(&m.key));
        let member = found(&|known| known == key)
            .or_else(|| found(&|known| known.eq_ignore_ascii_case(key)));
        let Some(member) = member else {
            return self.without_value();
        };
        self.member(member)
    }

    /// The members of an object whose keys are names: the last of each name.
    pub(super) fn members(&self) -> HashMap<&'a str, Self> {
        let Some(Value::Object(members)) = self.node.map(|node| &node.value) else {
            return HashMap::new();
        };
        let named = |member: &'a Member| (member.key.as_str(), self.member(member));
        members.iter().map(named).collect()
    }

    fn member(&self, member: &'a Member) -> Self {
        let is_object = matches!(member.value.value, Value::Object(_));
        Self {
            node: Some(&member.value),
            // An object is found by its name.
            position: Some(if is_object {
                member.position
            } else {
                member.value.position
            }),
            path: json::step(&self.path, &member.key),
        }
    }

    /// The elements of a list.
    pub(super) fn items(&self) -> Vec<Self> {
        let Some(Value::Array(values)) = self.node.map(|node| &node.value) else {
            return Vec::new();
        };
        let item = |(index, node): (usize, &'a Node)| Self {
            node: Some(node),
            position: Some(node.position),
            path: format!("{}[{index}]", self.path),
        };
        values.iter().enumerate().map(item).collect()
    }

    /// Whether there is no value, or null.
    pub(super) fn is_missing(&self) -> bool {
        self.node.is_none_or(|node| node.value == Value::Null)
    }

    pub(super) fn is_at(&self, path: &str) -> bool {
        self.path == path
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        match self.node.map(|node| &node.value) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn refuse(&self, message: impl Into<String>) -> DocumentError {
        DocumentError::at(self.position, self.path.as_str(), message)
    }

    fn without_value(&self) -> Self {
        Self {
            node: None,
            ..self.clone()
        }
    }
}
