//! The way of each line, from an authority to the hosts that have it.

use super::Shape;
use super::canvas::Point;
use super::host_card::HostCard;
use super::place::{Area, Layout, Measures};

pub(super) struct Line {
    /// The place of the authority, which gives the colour.
    pub(super) color: usize,
    pub(super) points: Vec<Point>,
}

pub(super) fn lines(measures: &Measures, layout: &Layout, hosts: &[HostCard]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (color, from) in layout.authorities.iter().enumerate() {
        for (host, to) in hosts.iter().zip(&layout.hosts) {
            if host.knows(color) {
                let points = match measures.shape {
                    Shape::Wide => wide(measures, layout, color, *from, *to),
                    Shape::Narrow => narrow(measures, color, *from, *to),
                };
                lines.push(Line { color, points });
            }
        }
    }
    lines
}

/// Down into the gutter, along its lane, and down to the host; to a lower row by
/// way of the left edge.
fn wide(
    measures: &Measures,
    layout: &Layout,
    authority: usize,
    from: Area,
    to: Area,
) -> Vec<Point> {
    let (port, level) = measures.port(to, authority);
    let out = from.x + from.width / 2;
    let next_row = layout.authorities.iter().map(|area| area.y);
    let next_row = next_row.filter(|y| *y > from.y).min();
    let below = next_row.unwrap_or(layout.first);
    let lane = measures.lane(below, authority);
    let mut points = vec![(out, from.y + from.height), (out, lane)];
    if to.y != below {
        let trunk = measures.trunk(authority);
        let lower = measures.lane(to.y, authority);
        points.extend([(trunk, lane), (trunk, lower), (port, lower)]);
    } else if port != out {
        points.push((port, lane));
    }
    points.push((port, level));
    points
}

/// Left, down the edge, and right again.
fn narrow(measures: &Measures, authority: usize, from: Area, to: Area) -> Vec<Point> {
    let port = measures.port(to, authority);
    let trunk = measures.trunk(authority);
    let level = from.y + 22;
    vec![(from.x, level), (trunk, level), (trunk, port.1), port]
}
