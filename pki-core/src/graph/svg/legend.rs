//! The signs before certificates, and what they mean.

use super::canvas::{Canvas, Point};
use crate::graph::Graph;
use crate::graph::words::Side;

/// A square serves, a circle asks, a diamond does both.
pub(super) fn sign(canvas: &mut Canvas, (x, y): Point, side: Side, color: &str) {
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
