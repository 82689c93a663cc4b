//! When everything ends, as bars on one scale.

use super::words::{Alarm, alarm};
use super::{Graph, Lifetime};
use crate::expiry::{Standing, Within};
use crate::time::{Timestamp, Validity};

/// The bars, what ends first on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The left end of the scale.
    pub from: Timestamp,
    /// The right end.
    pub to: Timestamp,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// Certificates of one name with the same dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The name.
    pub name: String,
    /// Whether it is a CA's.
    pub is_authority: bool,
    /// The place of its CA among the authorities of the graph, or its own.
    pub authority: Option<usize>,
    /// The hosts that have it.
    pub hosts: Vec<String>,
    /// The period.
    pub validity: Validity,
    /// How it stands.
    pub standing: Standing,
}

const DAY: i64 = 86_400;
/// A CA of ten years would leave no room for what ends within one.
const LONGEST: i64 = 3 * 365 * DAY;
const SHORTEST: i64 = 60 * DAY;

impl Timeline {
    /// The bars of a graph of trees; `None` if it has no dates.
    #[must_use]
    pub fn of(graph: &Graph) -> Option<Self> {
        let now = graph.as_of?;
        let mut bars: Vec<Bar> = Vec::new();
        let mut add = |bar: Bar| {
            let same = bars.iter_mut().find(|it| {
                (&it.name, it.validity, it.authority) == (&bar.name, bar.validity, bar.authority)
            });
            match same {
                Some(same) => same.hosts.extend(bar.hosts),
                None => bars.push(bar),
            }
        };
        for host in &graph.hosts {
            for certificate in &host.certificates {
                if let Some(Lifetime::Found { validity, standing }) = certificate.lifetime {
                    add(Bar {
                        name: certificate.name.clone(),
                        is_authority: false,
                        authority: certificate.authority,
                        hosts: vec![host.name.clone()],
                        validity,
                        standing,
                    });
                }
            }
        }
        for (place, authority) in graph.authorities.iter().enumerate() {
            if let Some(Lifetime::Found { validity, standing }) = authority.lifetime {
                let hosts = authority.holders.iter();
                let hosts = hosts.filter_map(|holder| graph.hosts.get(holder.host));
                add(Bar {
                    name: authority.label(),
                    is_authority: true,
                    authority: Some(place),
                    hosts: hosts.map(|host| host.name.clone()).collect(),
                    validity,
                    standing,
                });
            }
        }
        bars.sort_by_key(|bar| bar.validity.not_after());
        let leaves = || bars.iter().filter(|bar| !bar.is_authority);
        let first = leaves().map(|bar| bar.validity.not_before()).min();
        let last = leaves().map(|bar| bar.validity.not_after()).max();
        let earlier = |seconds: i64| now.plus(-seconds).unwrap_or(now);
        let later = |seconds: i64| now.plus(seconds).unwrap_or(Timestamp::LATEST);
        let from = first
            .unwrap_or(now)
            .clamp(earlier(LONGEST), earlier(15 * DAY));
        let to = last.unwrap_or(now).clamp(later(SHORTEST), later(LONGEST));
        // Room for the end of the last bar.
        let to = to.plus(to.since(from) / 20).unwrap_or(to);
        (!bars.is_empty()).then_some(Self { from, to, bars })
    }

    /// Where a time is on the scale, in hundredths of a percent.
    #[must_use]
    pub fn place(&self, time: Timestamp) -> u32 {
        let all = self.to.since(self.from).max(1);
        let at = time.clamp(self.from, self.to).since(self.from);
        u32::try_from(at * 10_000 / all).unwrap_or_default()
    }

    /// The beginnings of years and quarters that are on the scale.
    #[must_use]
    pub fn marks(&self) -> Vec<Timestamp> {
        const MONTHS: [&str; 4] = ["01", "04", "07", "10"];
        let year = |time: Timestamp| time.to_string().chars().take(4).collect::<String>();
        let years = (year(self.from).parse::<u16>(), year(self.to).parse::<u16>());
        let (Ok(first), Ok(last)) = years else {
            return Vec::new();
        };
        let is_long = self.to.since(self.from) > 2 * 365 * DAY;
        let months = if is_long { &MONTHS[..1] } else { &MONTHS[..] };
        let mut marks = Vec::new();
        for year in first..=last {
            for month in months {
                let text = format!("{year:04}-{month}-01T00:00:00Z");
                let time = Timestamp::parse_rfc3339(&text).ok();
                marks.extend(time.filter(|time| (self.from..=self.to).contains(time)));
            }
        }
        marks
    }

    /// Until when something ends soon.
    #[must_use]
    pub fn soon(now: Timestamp) -> Timestamp {
        Within::days(super::found::SOON).after(now)
    }
}

impl Bar {
    /// `error` for what is not valid, `warning` for what ends soon.
    #[must_use]
    pub fn alarm(&self) -> Option<&'static str> {
        let lifetime = Lifetime::Found {
            validity: self.validity,
            standing: self.standing,
        };
        alarm(None, Some(lifetime)).map(|alarm| match alarm {
            Alarm::Error => "error",
            Alarm::Warning => "warning",
        })
    }
}
