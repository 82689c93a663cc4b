//! The box of a host.

use super::canvas::{Canvas, Point};
use super::card::{LINE, PADDING, frame, small_text};
use super::legend::{port, sign};
use super::place::{Area, Measures, columns};
use crate::graph::words::{Alarm, Share, Side, alarm, counted, plain, shortened, wrapped};
use crate::graph::{Graph, HostNode, NodeFinding};
use crate::severity::Severity;

const ROW: usize = 20;
/// Rows of a host that are drawn.
const MOST_ROWS: usize = 30;

/// The box of a host.
pub(super) struct HostCard {
    name: String,
    address: String,
    role: &'static str,
    sums: Option<(&'static str, String)>,
    /// Where lines end: the place of the authority, and what is there of it.
    ports: Vec<(usize, Share)>,
    rows: Vec<Row>,
    notes: Vec<(&'static str, String)>,
    alarm: Option<Alarm>,
    story: String,
}

struct Row {
    side: Side,
    authority: Option<usize>,
    name: String,
    term: String,
    alarm: Option<Alarm>,
    story: String,
}

impl HostCard {
    pub(super) fn new(graph: &Graph, index: usize, host: &HostNode, measures: &Measures) -> Self {
        let inner = measures.host_width - 2 * PADDING;
        let all = columns(inner, 14);
        let address = host.address.map(|it| it.to_string()).unwrap_or_default();
        let address = shortened(&address, columns(inner / 2, 11));
        let name_columns = all.saturating_sub(address.len() + 1);
        let ports = 0..graph.authorities.len();
        let ports = ports.filter_map(|place| Some((place, graph.share(place, index)?)));
        let mut nodes: Vec<_> = host.certificates.iter().collect();
        // What one CA signed stands together.
        nodes.sort_by_key(|node| node.authority.unwrap_or(usize::MAX));
        let name = columns(inner - 30, 12).saturating_sub(11);
        let rows = nodes.iter().take(MOST_ROWS).map(|node| Row {
            side: node.side(),
            authority: node.authority,
            name: shortened(&plain(&node.name), name),
            term: node.short_term(),
            alarm: node.alarm(),
            story: node.story(),
        });
        let rows: Vec<_> = rows.collect();
        let small = columns(inner, 11);
        let mut notes = Vec::new();
        if let Some(why) = &host.not_read {
            let lines = wrapped(&plain(why), small, 6).into_iter();
            notes.extend(lines.map(|line| ("kg-s kg-e", line)));
        }
        if nodes.len() > rows.len() {
            let more = nodes.len() - rows.len();
            notes.push(("kg-s kg-m", format!("and {more} more")));
        }
        for finding in host.findings.iter().take(4) {
            let class = small_text(alarm(Some(finding.severity), None), "kg-s kg-m");
            let lines = wrapped(&finding.words(), small, 2).into_iter();
            notes.extend(lines.map(|line| (class, line)));
        }
        if host.findings.len() > 4 {
            let more = host.findings.len() - 4;
            notes.push(("kg-s kg-m", format!("and {more} more findings")));
        }
        let mut story = vec![plain(&host.name), host.role_words().to_owned()];
        story.extend(host.findings.iter().map(|finding| finding.words()));
        Self {
            name: shortened(&plain(&host.name), name_columns),
            address,
            role: host.role_words(),
            sums: sums(host),
            ports: ports.collect(),
            rows,
            notes,
            alarm: host.alarm(),
            story: story.join("\n"),
        }
    }

    /// Whether a line of this authority ends here.
    pub(super) fn knows(&self, authority: usize) -> bool {
        self.ports.iter().any(|(place, _)| *place == authority)
    }

    pub(super) fn height(&self) -> usize {
        let rows = ROW * self.rows.len();
        let notes = LINE * self.notes.len();
        let least = 70 + 6 * usize::from(notes > 0);
        (62 + rows + notes + 10).max(least)
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, area: Area, measures: &Measures) {
        canvas.open(&self.story);
        frame(canvas, area, self.alarm);
        let (left, right) = (area.x + PADDING, area.x + area.width - PADDING);
        canvas.text((left, area.y + 28), "kg-t", &self.name);
        canvas.text((right, area.y + 28), "kg-s kg-m kg-r", &self.address);
        canvas.text((left, area.y + 45), "kg-s kg-m", self.role);
        if let Some((class, sums)) = &self.sums {
            canvas.text((right, area.y + 45), class, sums);
        }
        canvas.close();
        let mut y = area.y + 56;
        if !self.rows.is_empty() {
            canvas.line(&[(area.x, y), (area.x + area.width, y)], "kg-rule");
        }
        for row in &self.rows {
            row.draw(canvas, (left, y), area.width - 2 * PADDING);
            y += ROW;
        }
        y += 18;
        for (class, text) in &self.notes {
            canvas.text((left, y), class, text);
            y += LINE;
        }
        for (authority, share) in &self.ports {
            let color = format!("kg-a{authority}");
            port(canvas, measures.port(area, *authority), *share, &color);
        }
    }
}

fn sums(host: &HostNode) -> Option<(&'static str, String)> {
    // One finding may be about many files that are alike.
    let mut known: Vec<&NodeFinding> = Vec::new();
    for finding in host.all_findings() {
        if !known.contains(&finding) {
            known.push(finding);
        }
    }
    let count = |severity| known.iter().filter(|it| it.severity == severity).count();
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => None,
        (0, warnings) => Some(("kg-s kg-w kg-r", counted(warnings, "warning"))),
        (errors, _) => Some(("kg-s kg-e kg-r", counted(errors, "error"))),
    }
}

impl Row {
    fn draw(&self, canvas: &mut Canvas, (x, y): Point, width: usize) {
        canvas.open(&self.story);
        let back = match self.alarm {
            Some(Alarm::Error) => Some("kg-row-e"),
            Some(Alarm::Warning) => Some("kg-row-w"),
            None => None,
        };
        if let Some(back) = back {
            canvas.rect((x - 6, y + 3), (width + 12, ROW - 1), 4, back);
        }
        let color = match self.authority {
            Some(authority) => format!("kg-a{authority}"),
            None => "kg-none".to_owned(),
        };
        sign(canvas, (x + 5, y + 13), self.side, &color);
        let base = y + 17;
        canvas.text((x + 18, base), "kg-n", &self.name);
        let class = match self.alarm {
            Some(Alarm::Error) => "kg-e kg-r",
            Some(Alarm::Warning) => "kg-w kg-r",
            None => "kg-m kg-r",
        };
        canvas.text((x + width, base), class, &self.term);
        canvas.close();
    }
}
