//! Where everything is: sizes in pixels, none of which depends on a font that
//! nobody has. The font has a fixed width of at most 0.61 of its size.

use super::Shape;
use super::authority_card::AuthorityCard;
use super::canvas::Point;
use super::host_card::HostCard;

/// Sizes that do not depend on what is in the cards.
pub(super) struct Measures {
    pub(super) shape: Shape,
    pub(super) width: usize,
    /// Where titles begin.
    pub(super) left: usize,
    /// Where cards begin: right of the lines that go down.
    pub(super) begin: usize,
    pub(super) authority_width: usize,
    pub(super) host_width: usize,
    authorities: usize,
    columns: usize,
}

const MARGIN: usize = 24;
const GAP: usize = 16;
/// Between lines side by side, and where there is little room.
const LANE: usize = 9;
const NARROW_LANE: usize = 6;
/// CAs, and hosts, in a row.
const AUTHORITIES: usize = 4;
const HOSTS: usize = 3;
const AUTHORITY: usize = 250;
const HOST: usize = 338;
const NARROW: usize = 358;
const NARROW_MARGIN: usize = 8;

/// The columns of a font of this size that fit a width.
pub(super) fn columns(width: usize, size: usize) -> usize {
    width * 100 / (61 * size)
}

impl Measures {
    pub(super) fn new(shape: Shape, authorities: usize, hosts: usize) -> Self {
        match shape {
            Shape::Wide => {
                let rows = hosts.div_ceil(HOSTS).max(1);
                let goes_down = rows > 1 || authorities > AUTHORITIES;
                let lanes = LANE * (authorities + 1);
                let begin = MARGIN + if goes_down { lanes } else { 0 };
                let content = AUTHORITIES * AUTHORITY + (AUTHORITIES - 1) * GAP;
                Self {
                    shape,
                    width: begin + content + MARGIN,
                    left: MARGIN,
                    begin,
                    authority_width: AUTHORITY,
                    host_width: HOST,
                    authorities,
                    columns: hosts.div_ceil(rows).max(1),
                }
            }
            Shape::Narrow => {
                let begin = NARROW_LANE * (authorities + 1) + 8;
                let card = NARROW - begin - NARROW_MARGIN;
                Self {
                    shape,
                    width: NARROW,
                    left: 14,
                    begin,
                    authority_width: card,
                    host_width: card,
                    authorities,
                    columns: 1,
                }
            }
        }
    }

    pub(super) fn right(&self) -> usize {
        self.width.saturating_sub(self.left)
    }

    /// The columns that a title of this size has.
    pub(super) fn columns_of(&self, size: usize) -> usize {
        columns(self.right().saturating_sub(self.left), size)
    }

    fn in_a_row(&self) -> usize {
        match self.shape {
            Shape::Wide => AUTHORITIES,
            Shape::Narrow => 1,
        }
    }

    /// The room between rows, which has a lane for each authority.
    fn gutter(&self) -> usize {
        match self.shape {
            Shape::Wide => 26 + LANE * self.authorities,
            Shape::Narrow => 14,
        }
    }

    /// Where the line of an authority goes down the left edge.
    pub(super) fn trunk(&self, authority: usize) -> usize {
        match self.shape {
            Shape::Wide => MARGIN + LANE * authority,
            Shape::Narrow => NARROW_LANE * (authority + 1),
        }
    }

    /// Where it is in the gutter above a level.
    pub(super) fn lane(&self, below: usize, authority: usize) -> usize {
        let top = below.saturating_sub(self.gutter());
        top + 12 + LANE * authority
    }

    /// Where it ends at a host's card.
    pub(super) fn port(&self, host: Area, authority: usize) -> Point {
        match self.shape {
            Shape::Wide => (host.x + 24 + 22 * authority, host.y),
            Shape::Narrow => (host.x, host.y + 18 + 13 * authority),
        }
    }
}

/// Where a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Where every card is.
pub(super) struct Layout {
    pub(super) authorities: Vec<Area>,
    pub(super) hosts: Vec<Area>,
    /// The level below which the first hosts are.
    pub(super) first: usize,
    pub(super) legend: usize,
}

impl Layout {
    pub(super) fn new(
        measures: &Measures,
        authorities: &[AuthorityCard],
        hosts: &[HostCard],
        top: usize,
    ) -> Self {
        let heights: Vec<_> = authorities.iter().map(AuthorityCard::height).collect();
        let size = (measures.authority_width, GAP);
        let (authorities, first) = grid(measures, &heights, measures.in_a_row(), size, top);
        let heights: Vec<_> = hosts.iter().map(HostCard::height).collect();
        let size = (
            measures.host_width,
            match measures.columns {
                HOSTS => GAP + 1,
                _ => 3 * GAP,
            },
        );
        let (hosts, end) = grid(measures, &heights, measures.columns, size, first);
        Self {
            authorities,
            hosts,
            first,
            legend: (end + 28).saturating_sub(measures.gutter()),
        }
    }
}

/// Cards in rows that are as high as their highest one; a gutter below each
/// row. Returns the level where the next row would begin as well.
fn grid(
    measures: &Measures,
    heights: &[usize],
    columns: usize,
    (width, gap): Point,
    top: usize,
) -> (Vec<Area>, usize) {
    let content = measures.width.saturating_sub(measures.begin) - measures.right_margin();
    let mut areas = Vec::with_capacity(heights.len());
    let mut y = top;
    for row in heights.chunks(columns.max(1)) {
        let height = row.iter().copied().max().unwrap_or_default();
        let taken = columns.min(heights.len()) * (width + gap) - gap;
        let begin = measures.begin + content.saturating_sub(taken) / 2;
        for (column, height) in row.iter().enumerate() {
            areas.push(Area {
                x: begin + column * (width + gap),
                y,
                width,
                height: match columns {
                    1 => *height,
                    _ => row.iter().copied().max().unwrap_or(*height),
                },
            });
        }
        y += height + measures.gutter();
    }
    (areas, y)
}

impl Measures {
    fn right_margin(&self) -> usize {
        match self.shape {
            Shape::Wide => MARGIN,
            Shape::Narrow => NARROW_MARGIN,
        }
    }
}
