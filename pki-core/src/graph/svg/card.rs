//! What stands in the boxes.

use super::canvas::{Canvas, Point};
use super::place::{Area, Measures, columns};
use crate::graph::words::{Alarm, Side, alarm, listed, plain, shortened, wrapped};
use crate::graph::{CertificateNode, Graph, HostNode, NodeFinding, TrustKind, worst};

const PADDING: usize = 12;
const LINE: usize = 15;
const ROW: usize = 20;
/// Rows of a host that are drawn.
const MOST_ROWS: usize = 30;

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
        let all = alarm(worst(&node.findings), node.lifetime);
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
            alarm: all,
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

/// The class of small text in the colour of an alarm.
fn small_text(alarm: Option<Alarm>, otherwise: &'static str) -> &'static str {
    match alarm {
        Some(Alarm::Error) => "kg-s kg-e",
        Some(Alarm::Warning) => "kg-s kg-w",
        None => otherwise,
    }
}

fn frame(canvas: &mut Canvas, area: Area, alarm: Option<Alarm>) {
    let class = match alarm {
        Some(Alarm::Error) => "kg-card-e",
        Some(Alarm::Warning) => "kg-card-w",
        None => "kg-card",
    };
    canvas.rect((area.x, area.y), (area.width, area.height), 9, class);
}

/// The box of a host.
pub(super) struct HostCard {
    name: String,
    address: String,
    role: &'static str,
    sums: Option<(&'static str, String)>,
    /// Where lines end: the place of the authority, and whether its key is there.
    ports: Vec<(usize, bool)>,
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
        let mut ports = Vec::new();
        for (place, authority) in graph.authorities.iter().enumerate() {
            let of = |node: &CertificateNode| node.authority == Some(place);
            match authority.holder(index) {
                Some(holder) => ports.push((place, holder.has_key)),
                None if host.certificates.iter().any(of) => ports.push((place, false)),
                None => {}
            }
        }
        let mut nodes: Vec<_> = host.certificates.iter().collect();
        // What one CA signed stands together.
        nodes.sort_by_key(|node| node.authority.unwrap_or(usize::MAX));
        let name = columns(inner - 30, 12).saturating_sub(11);
        let rows = nodes.iter().take(MOST_ROWS).map(|node| Row {
            side: node.side(),
            authority: node.authority,
            name: shortened(&plain(&node.name), name),
            term: node.short_term(),
            alarm: row_alarm(node),
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
        let of_rows = rows.iter().filter_map(|row| row.alarm).min();
        let own = alarm(host.worst(), None);
        let mut story = vec![plain(&host.name), host.role_words().to_owned()];
        story.extend(host.findings.iter().map(|finding| finding.words()));
        Self {
            name: shortened(&plain(&host.name), name_columns),
            address,
            role: host.role_words(),
            sums: sums(host),
            ports,
            rows,
            notes,
            alarm: own.into_iter().chain(of_rows).min(),
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
        for (authority, has_key) in &self.ports {
            let class = match has_key {
                true => "kg-fill",
                false => "kg-ring",
            };
            let class = format!("{class} kg-a{authority}");
            canvas.circle(measures.port(area, *authority), 5, &class);
        }
    }
}

/// What is missing is worth a look though no rule may say so.
fn row_alarm(node: &CertificateNode) -> Option<Alarm> {
    use crate::graph::CertificateState as S;
    let of_state = match node.state {
        S::Missing | S::Unreadable(_) => Some(Alarm::Error),
        S::Planned | S::Found | S::Elsewhere => None,
    };
    let known = alarm(worst(&node.findings), node.lifetime);
    known.into_iter().chain(of_state).min()
}

fn sums(host: &HostNode) -> Option<(&'static str, String)> {
    use crate::severity::Severity;
    // One finding may be about many files that are alike.
    let mut known: Vec<&NodeFinding> = Vec::new();
    for finding in host.all_findings() {
        if !known.contains(&finding) {
            known.push(finding);
        }
    }
    let count = |severity| known.iter().filter(|it| it.severity == severity).count();
    let words = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => None,
        (0, warnings) => Some(("kg-s kg-w kg-r", words(warnings, "warning"))),
        (errors, _) => Some(("kg-s kg-e kg-r", words(errors, "error"))),
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

/// A square serves, a circle asks, a diamond does both.
fn sign(canvas: &mut Canvas, (x, y): Point, side: Side, color: &str) {
    let class = format!("kg-fill {color}");
    match side {
        Side::Server => canvas.rect((x - 4, y - 4), (8, 8), 1, &class),
        Side::Client => canvas.circle((x, y), 4, &class),
        Side::Both => canvas.diamond((x, y), 5, &class),
        Side::Unknown => canvas.circle((x, y), 3, &format!("kg-ring {color}")),
    }
}

/// What the signs mean.
pub(super) struct LegendItem {
    sign: LegendSign,
    text: &'static str,
}

enum LegendSign {
    Side(Side),
    Key(bool),
}

/// Only what is in the picture.
pub(super) fn legend(graph: &Graph) -> Vec<LegendItem> {
    let certificates = || graph.hosts.iter().flat_map(|host| &host.certificates);
    let sides = [
        (Side::Server, "server"),
        (Side::Client, "client"),
        (Side::Both, "server and client"),
        (Side::Unknown, "other"),
    ];
    let sides = sides
        .into_iter()
        .filter(|(side, _)| certificates().any(|it| it.side() == *side))
        .map(|(side, text)| LegendItem {
            sign: LegendSign::Side(side),
            text,
        });
    let holders = || graph.authorities.iter().flat_map(|it| &it.holders);
    let keys = [(true, "has the key"), (false, "has the certificate only")];
    let keys = keys
        .into_iter()
        .filter(|(has_key, _)| holders().any(|it| it.has_key == *has_key))
        .map(|(has_key, text)| LegendItem {
            sign: LegendSign::Key(has_key),
            text,
        });
    sides.chain(keys).collect()
}

impl LegendItem {
    pub(super) fn width(&self) -> usize {
        18 + self.text.len() * 7 + 16
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, (x, y): Point) {
        let at = (x + 5, y - 4);
        match self.sign {
            LegendSign::Side(side) => sign(canvas, at, side, "kg-none"),
            LegendSign::Key(true) => canvas.circle(at, 5, "kg-fill kg-none"),
            LegendSign::Key(false) => canvas.circle(at, 5, "kg-ring kg-none"),
        }
        canvas.text((x + 18, y), "kg-s kg-m", self.text);
    }
}
