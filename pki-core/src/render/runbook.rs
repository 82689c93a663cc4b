//! RUNBOOK.md: the commands of the whole set-up, with this cluster's values.

mod command;
mod facts;
mod network;

use serde::Serialize;

use self::facts::Facts;
use super::member::Member;
use super::template::Template;
use super::{RenderError, RenderInput, RenderPlace, RenderedKind, Rendering};
use crate::setup::LoadBalancer;

/// A part of the runbook and whether this cluster needs it.
struct Section {
    source: &'static str,
    is_needed: fn(&RenderInput<'_>, &Facts) -> bool,
}

macro_rules! section {
    ($file:literal, $is_needed:expr) => {
        Section {
            source: include_str!(concat!("templates/runbook/", $file, ".md.j2")),
            is_needed: $is_needed,
        }
    };
}

const HEAD: &str = include_str!("templates/runbook/head.md.j2");

/// In the order in which they are carried out.
const SECTIONS: [Section; 11] = [
    section!("files", |_, _| true),
    section!("etcd", |_, facts| facts.etcd.is_some()),
    section!("keepalived", |input, _| input
        .setup
        .load_balancer
        .keepalived()
        .is_some()),
    section!("external", |input, _| matches!(
        input.setup.load_balancer,
        LoadBalancer::External
    )),
    section!("init", |_, facts| facts.first.is_some()),
    section!("inits", |_, facts| !facts.further_inits.is_empty()),
    section!("joins", |_, facts| !facts.further_joins.is_empty()),
    section!("network", |_, facts| facts.first.is_some()),
    section!("taint", |_, facts| facts.first.is_some()),
    section!("workers", |_, facts| !facts.workers.is_empty()),
    section!("check", |_, facts| facts.first.is_some()),
];

#[derive(Serialize)]
struct Numbered<'a> {
    number: usize,
    #[serde(flatten)]
    facts: &'a Facts,
}

/// The operator's file; what it says of each host's files is what was rendered
/// so far.
pub(super) fn render(
    input: &RenderInput<'_>,
    members: &[Member<'_>],
    rendering: &mut Rendering,
) -> Result<(), RenderError> {
    let facts = Facts::new(input, members, &rendering.files)?;
    let fill = |number, source| {
        let template = Template {
            name: RenderedKind::Runbook.path(),
            source,
        };
        template.fill(&Numbered {
            number,
            facts: &facts,
        })
    };
    let mut text = fill(0, HEAD)?;
    let sections = SECTIONS.iter();
    let needed = sections.filter(|section| (section.is_needed)(input, &facts));
    for (number, section) in (1..).zip(needed) {
        text.push('\n');
        text.push_str(&fill(number, section.source)?);
    }
    rendering.add(RenderPlace::Operator, RenderedKind::Runbook, text);
    Ok(())
}

#[cfg(test)]
mod tests;
