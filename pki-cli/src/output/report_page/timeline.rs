//! The bars of the timeline, with places in percent.

use pki_core::Timestamp;
use pki_core::graph::{Bar, Timeline};
use serde::Serialize;

use crate::output::distance::distance;
use crate::output::table::escaped;

#[derive(Serialize)]
pub(super) struct TimelinePage {
    /// Where the present is.
    today: String,
    /// How much of the scale ends soon.
    soon: String,
    marks: Vec<Mark>,
    bars: Vec<BarItem>,
}

#[derive(Serialize)]
struct Mark {
    place: String,
    label: String,
}

/// A bar; the places are where it begins and how long it is.
#[derive(Serialize)]
pub(super) struct BarItem {
    pub(super) name: String,
    hosts: String,
    is_authority: bool,
    /// The class of its colour.
    color: String,
    begin: String,
    length: String,
    pub(super) end: String,
    pub(super) distance: String,
    /// `error`, `warning`, or `fine`.
    pub(super) state: &'static str,
    /// Whether it ends beyond the scale.
    is_cut: bool,
}

impl TimelinePage {
    pub(super) fn new(timeline: &Timeline, now: Timestamp) -> Self {
        let today = timeline.place(now);
        let soon = timeline.place(Timeline::soon(now));
        let marks = timeline.marks().into_iter();
        // A label at the edge would be cut off.
        let marks = marks.filter(|mark| (600..9400).contains(&timeline.place(*mark)));
        Self {
            today: percent(today),
            soon: percent(soon.saturating_sub(today)),
            marks: marks
                .map(|mark| Mark {
                    place: percent(timeline.place(mark)),
                    label: mark.to_string().chars().take(7).collect(),
                })
                .collect(),
            bars: timeline
                .bars
                .iter()
                .map(|bar| item(timeline, bar, now))
                .collect(),
        }
    }

    /// What ends first.
    pub(super) fn next(&self) -> Option<&BarItem> {
        self.bars.first()
    }
}

fn item(timeline: &Timeline, bar: &Bar, now: Timestamp) -> BarItem {
    let (begin, end) = (bar.validity.not_before(), bar.validity.not_after());
    let from = timeline.place(begin);
    // What is over at once can be seen as well.
    let length = timeline.place(end).saturating_sub(from).max(40);
    BarItem {
        name: escaped(&bar.name),
        hosts: escaped(&bar.hosts.join(", ")),
        is_authority: bar.is_authority,
        color: match bar.authority {
            Some(place) => format!("kg-a{place}"),
            None => "kg-none".to_owned(),
        },
        begin: percent(from.min(9960)),
        length: percent(length),
        end: end.to_string().chars().take(10).collect(),
        distance: distance(end, now),
        state: bar.alarm().unwrap_or("fine"),
        is_cut: end > timeline.to,
    }
}

/// `12.34%`
fn percent(hundredths: u32) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}
