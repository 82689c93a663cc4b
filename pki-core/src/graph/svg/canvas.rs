//! What is drawn, as text. Nothing that it is given can become markup.

use std::fmt::Write;

use crate::graph::words::plain;

pub(super) type Point = (usize, usize);

/// How far corners of lines are rounded.
const RADIUS: usize = 7;

#[derive(Default)]
pub(super) struct Canvas(String);

impl Canvas {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Markup of ours.
    pub(super) fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn add(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = self.0.write_fmt(markup);
    }

    /// `<name>text</name>`, of several lines.
    pub(super) fn element(&mut self, name: &str, text: &str) {
        let lines: Vec<_> = text.lines().map(escaped).collect();
        self.add(format_args!("<{name}>{}</{name}>\n", lines.join("&#10;")));
    }

    /// What follows belongs together, and a pointer shows the title.
    pub(super) fn open(&mut self, title: &str) {
        self.raw("<g>");
        self.element("title", title);
    }

    pub(super) fn close(&mut self) {
        self.raw("</g>\n");
    }

    pub(super) fn text(&mut self, (x, y): Point, class: &str, text: &str) {
        let text = escaped(text);
        self.add(format_args!(
            "<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{text}</text>\n"
        ));
    }

    pub(super) fn rect(
        &mut self,
        (x, y): Point,
        (width, height): Point,
        round: usize,
        class: &str,
    ) {
        self.add(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\" class=\"{class}\"/>\n"
        ));
    }

    pub(super) fn circle(&mut self, (x, y): Point, radius: usize, class: &str) {
        self.add(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" class=\"{class}\"/>\n"
        ));
    }

    /// A square on its corner.
    pub(super) fn diamond(&mut self, (x, y): Point, half: usize, class: &str) {
        let side = 2 * half;
        self.add(format_args!(
            "<path d=\"M{x} {} l{half} {half} l-{half} {half} l-{half} -{half} z\" class=\"{class}\"/>\n",
            (y + half).saturating_sub(side),
        ));
    }

    /// Level and upright parts with round corners between them.
    pub(super) fn line(&mut self, points: &[Point], class: &str) {
        let mut path = String::new();
        for (index, point) in points.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|it| points.get(it));
            // Writing to a String does not fail.
            let _ = match (before, points.get(index + 1)) {
                (None, _) => write!(path, "M{} {}", point.0, point.1),
                (Some(_), None) => write!(path, " L{} {}", point.0, point.1),
                (Some(before), Some(after)) => {
                    let near = |other: &Point| distance(*point, *other) / 2;
                    let radius = RADIUS.min(near(before)).min(near(after));
                    let (from, to) = (
                        towards(*point, *before, radius),
                        towards(*point, *after, radius),
                    );
                    write!(
                        path,
                        " L{} {} Q{} {} {} {}",
                        from.0, from.1, point.0, point.1, to.0, to.1
                    )
                }
            };
        }
        self.add(format_args!("<path d=\"{path}\" class=\"{class}\"/>\n"));
    }
}

fn distance(one: Point, other: Point) -> usize {
    one.0.abs_diff(other.0) + one.1.abs_diff(other.1)
}

/// The point so far from one towards another on the same level or upright.
fn towards(from: Point, to: Point, far: usize) -> Point {
    let step = |from: usize, to: usize| match from.cmp(&to) {
        std::cmp::Ordering::Less => from + far.min(to - from),
        std::cmp::Ordering::Equal => from,
        std::cmp::Ordering::Greater => from - far.min(from - to),
    };
    (step(from.0, to.0), step(from.1, to.1))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
