//! What the boxes have in common.

use super::canvas::Canvas;
use super::place::Area;
use crate::graph::words::Alarm;

pub(super) const PADDING: usize = 12;
pub(super) const LINE: usize = 15;

/// The class of small text in the colour of an alarm.
pub(super) fn small_text(alarm: Option<Alarm>, otherwise: &'static str) -> &'static str {
    match alarm {
        Some(Alarm::Error) => "kg-s kg-e",
        Some(Alarm::Warning) => "kg-s kg-w",
        None => otherwise,
    }
}

/// A box, in the colour of what is wrong with it.
pub(super) fn frame(canvas: &mut Canvas, area: Area, alarm: Option<Alarm>) {
    let class = match alarm {
        Some(Alarm::Error) => "kg-card-e",
        Some(Alarm::Warning) => "kg-card-w",
        None => "kg-card",
    };
    canvas.rect((area.x, area.y), (area.width, area.height), 9, class);
}
