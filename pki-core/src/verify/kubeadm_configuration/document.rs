//! Fields of kubeadm's documents, and how they are mended.

use crate::verify::fix::Fix;
use crate::verify::{Examined, command, etcd_unit};
use crate::yaml::{Content, Node};

/// The first document of one of these kinds.
pub(super) fn of_kind<'a>(documents: &'a [Node], kinds: &[&str]) -> Option<&'a Node> {
    let is_it = |document: &&Node| {
        let kind = document.get("kind").and_then(Node::text);
        kind.is_some_and(|kind| kinds.contains(&kind))
    };
    documents.iter().find(is_it)
}

/// The value at `nodeRegistration.name`.
pub(super) fn at<'a>(document: &'a Node, path: &str) -> Option<&'a Node> {
    path.split('.')
        .try_fold(document, |node, key| node.get(key))
}

/// The first of several places that has a text, and that place.
pub(super) fn first<'a>(document: &'a Node, paths: &[&'a str]) -> Option<(&'a Node, &'a str)> {
    let mut found = paths.iter().filter_map(|path| {
        let node = at(document, path).filter(|node| node.text().is_some())?;
        Some((node, *path))
    });
    found.next()
}

/// The same in the first document that has one.
pub(super) fn first_of<'a>(
    documents: &'a [Node],
    paths: &[&'a str],
) -> Option<(&'a Node, &'a str)> {
    documents.iter().find_map(|document| first(document, paths))
}

/// The line of the first value or item with this text.
pub(super) fn line_of_text(documents: &[Node], text: &str) -> Option<usize> {
    documents.iter().find_map(|node| {
        let own = (node.text() == Some(text)).then_some(node.position.line);
        let values = match &node.content {
            Content::Map(entries) => entries.iter().map(|entry| &entry.value).collect(),
            Content::List(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        let mut values = values.into_iter();
        own.or_else(|| values.find_map(|it| line_of_text(std::slice::from_ref(it), text)))
    })
}

/// Another text for a value, by a command where a program can put it there.
pub(super) fn write(examined: &Examined<'_>, path: &str, node: &Node, right: &str) -> Fix {
    let told = node.text().unwrap_or_default();
    let edit = etcd_unit::edit(examined, path, node.position.line, (told, right));
    edit.into_iter().fold(
        Fix::say(format!(
            "write {right} there, or have kpki render write the file anew"
        )),
        Fix::and_run,
    )
}

/// Further fields of a document, below the line that says its kind.
pub(super) fn add(examined: &Examined<'_>, path: &str, document: &Node, lines: &[&str]) -> Fix {
    let words = Fix::say(format!(
        "add {}, or have kpki render write the file anew",
        lines.join(" ").replace("  ", "")
    ));
    let kind = document.get("kind").and_then(|kind| {
        let line = kind.position.line;
        let wanted = format!("kind: {}", kind.text()?);
        (command::line_of(examined.tree, path, line)?.trim_end() == wanted).then_some(line)
    });
    let Some(line) = kind else { return words };
    let script = format!("{line}s|$|\\n{}|", lines.join("\\n"));
    let mode = etcd_unit::mode(examined, path);
    words.and_run(command::edit(examined.tree, path, &["sed", &script], mode))
}
