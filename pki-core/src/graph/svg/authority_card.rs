//! The box of a CA.

use super::canvas::Canvas;
use super::card::{LINE, PADDING, frame, small_text};
use super::place::{Area, Measures, columns};
use crate::graph::words::{Alarm, alarm, listed, plain, shortened, wrapped};
use crate::graph::{Graph, TrustKind};

/// The box of a CA.
pub(super) struct AuthorityCard {
    index: usize,
    title: String,
    lines: Vec<(&'static str, String)>,
    alarm: Option<Alarm>,
    story: String,
}

impl AuthorityCard {
    pub(super) fn new(graph: &Graph, index: usize, measures: &Measures) -> Option<Self> {
        let node = graph.authorities.get(index)?;
        let inner = measures.authority_width - 2 * PADDING;
        let small = columns(inner, 11);
        let mut lines = Vec::new();
        let mut add = |class, text: &str, most| {
            let wrapped = wrapped(text, small, most).into_iter();
            lines.extend(wrapped.map(|line| (class, line)));
        };
        add("kg-s kg-m", node.entry.purpose, 2);
        let subject = node.subject.as_deref().map(plain);
        add("kg-s", subject.as_deref().unwrap_or_default(), 1);
        let of_time = alarm(None, node.lifetime);
        let class = small_text(of_time, "kg-s");
        add(class, &node.term().unwrap_or_default(), 1);
        add("kg-s kg-m", &node.fingerprint().unwrap_or_default(), 1);
        let holders = graph.key_holders(node);
        let holders: Vec<_> = holders.iter().map(String::as_str).collect();
        let key = match holders.is_empty() {
            true => "key on none of the hosts".to_owned(),
            false => format!("key on {}", listed(&holders, 6)),
        };
        add("kg-s", &key, 2);
        for (kind, words) in [
            (TrustKind::Trusts, "trusted by"),
            (TrustKind::SignsWith, "signs for"),
        ] {
            let by = graph.trusted_by(index, kind);
            if !by.is_empty() {
                add("kg-s kg-m", &format!("{words} {}", by.join(", ")), 4);
            }
        }
        for finding in node.findings.iter().take(3) {
            let own = alarm(Some(finding.severity), None);
            add(small_text(own, "kg-s kg-m"), &finding.words(), 3);
        }
        let mut story = vec![node.label(), node.entry.purpose.to_owned()];
        story.extend(subject);
        story.extend(node.term());
        story.extend(node.findings.iter().map(|finding| finding.words()));
        Some(Self {
            index,
            title: shortened(&node.label(), columns(inner - 20, 14)),
            lines,
            alarm: node.alarm(),
            story: story.join("\n"),
        })
    }

    pub(super) fn height(&self) -> usize {
        38 + LINE * self.lines.len() + 4
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, area: Area) {
        canvas.open(&self.story);
        frame(canvas, area, self.alarm);
        let class = format!("kg-fill kg-a{}", self.index);
        canvas.rect((area.x + PADDING, area.y + 13), (10, 10), 3, &class);
        canvas.text((area.x + PADDING + 20, area.y + 23), "kg-t", &self.title);
        let mut y = area.y + 44;
        for (class, text) in &self.lines {
            canvas.text((area.x + PADDING, y), class, text);
            y += LINE;
        }
        canvas.close();
    }
}
