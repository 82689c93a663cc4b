//! The signs before certificates, and what they mean.

use super::canvas::{Canvas, Point};
use crate::graph::Graph;
use crate::graph::words::{Share, Side};

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

/// Where a line from an authority ends on a host.
pub(super) fn port(canvas: &mut Canvas, at: Point, share: Share, color: &str) {
    let class = match share {
        Share::Key => "kg-fill",
        Share::Certificate => "kg-ring",
        Share::Signed => "kg-ring kg-gap",
    };
    canvas.circle(at, 5, &format!("{class} {color}"));
}

/// What the signs mean.
pub(super) struct LegendItem {
    sign: LegendSign,
    text: &'static str,
}

enum LegendSign {
    Side(Side),
    Share(Share),
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
    let is_there = |share: Share| {
        let mut authorities = 0..graph.authorities.len();
        authorities.any(|place| {
            let mut hosts = 0..graph.hosts.len();
            hosts.any(|host| graph.share(place, host) == Some(share))
        })
    };
    let shares = [
        (Share::Key, "has the key"),
        (Share::Certificate, "has the certificate only"),
        (Share::Signed, "has only what it signed"),
    ];
    let shares = shares
        .into_iter()
        .filter(|(share, _)| is_there(*share))
        .map(|(share, text)| LegendItem {
            sign: LegendSign::Share(share),
            text,
        });
    sides.chain(shares).collect()
}

impl LegendItem {
    pub(super) fn width(&self) -> usize {
        18 + self.text.len() * 7 + 16
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, (x, y): Point) {
        let at = (x + 5, y - 4);
        match self.sign {
            LegendSign::Side(side) => sign(canvas, at, side, "kg-none"),
            LegendSign::Share(share) => port(canvas, at, share, "kg-none"),
        }
        canvas.text((x + 18, y), "kg-s kg-m", self.text);
    }
}
