//! The page of `kpki report`: one file of HTML without script, font or picture
//! from elsewhere.

mod timeline;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use pki_core::Timestamp;
use pki_core::graph::{Graph, Shape, Timeline, svg};
use serde::Serialize;

use super::table::escaped;
use super::verify_report::FindingsPage;
use crate::failure::Failure;
use timeline::TimelinePage;

const TEMPLATE: &str = include_str!("report_page/page.html.j2");
const STYLE: &str = include_str!("report_page/page.css");

/// What the template is filled with.
#[derive(Serialize)]
struct Page<'a> {
    title: String,
    version: &'static str,
    now: String,
    verdict: Verdict,
    tiles: Vec<Tile>,
    findings: &'a FindingsPage,
    timeline: Option<TimelinePage>,
}

#[derive(Serialize)]
struct Verdict {
    /// `error`, `warning`, or `fine`.
    state: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Tile {
    label: &'static str,
    value: String,
    note: String,
    state: &'static str,
}

/// The page of these trees.
pub(crate) fn page(
    graph: &Graph,
    findings: &FindingsPage,
    now: Timestamp,
) -> Result<String, Failure> {
    let timeline = Timeline::of(graph);
    let timeline = timeline.as_ref().map(|it| TimelinePage::new(it, now));
    let page = Page {
        title: match &graph.name {
            Some(name) => format!("PKI of {}", escaped(name)),
            None => "PKI of kubernetes".to_owned(),
        },
        version: env!("CARGO_PKG_VERSION"),
        now: now.to_string(),
        verdict: verdict(findings),
        tiles: tiles(graph, findings, timeline.as_ref()),
        findings,
        timeline,
    };
    let markup = |text: String| Value::from_safe_string(text);
    let values = context! {
        page => Serde(&page),
        style => markup(STYLE.to_owned()),
        wide => markup(svg(graph, Shape::Wide)),
        narrow => markup(svg(graph, Shape::Narrow)),
    };
    fill(values).map_err(|error| Failure::new(format!("the page cannot be made: {error}")))
}

/// Every value is escaped for HTML, and one that is not there is an error.
fn fill(values: Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.add_template("page.html", TEMPLATE)?;
    environment.get_template("page.html")?.render(values)
}

fn count(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

fn verdict(findings: &FindingsPage) -> Verdict {
    let (errors, warnings) = (findings.errors, findings.warnings);
    let (state, text) = match (errors, warnings) {
        (0, 0) if !findings.complete => ("error", "Not everything could be looked at".to_owned()),
        (0, 0) => ("fine", "Nothing is wrong".to_owned()),
        (0, _) => (
            "warning",
            format!("It works, with {}", count(warnings, "warning")),
        ),
        (_, 0) => ("error", count(errors, "error")),
        (_, _) => {
            let (errors, warnings) = (count(errors, "error"), count(warnings, "warning"));
            ("error", format!("{errors} and {warnings}"))
        }
    };
    Verdict { state, text }
}

fn tiles(graph: &Graph, findings: &FindingsPage, timeline: Option<&TimelinePage>) -> Vec<Tile> {
    let state = |count: usize, state| if count > 0 { state } else { "fine" };
    let certificates: usize = graph.hosts.iter().map(|host| host.certificates.len()).sum();
    let authorities = graph.authorities.iter().filter(|it| it.is_ca()).count();
    let mut tiles = vec![
        Tile {
            label: "Hosts",
            value: graph.hosts.len().to_string(),
            note: format!(
                "{}, {}",
                count(certificates, "certificate"),
                count(authorities, "CA")
            ),
            state: "fine",
        },
        Tile {
            label: "Errors",
            value: findings.errors.to_string(),
            note: format!("of {}", count(findings.checked, "check")),
            state: state(findings.errors, "error"),
        },
        Tile {
            label: "Warnings",
            value: findings.warnings.to_string(),
            note: count(findings.notes, "note"),
            state: state(findings.warnings, "warning"),
        },
    ];
    if let Some(next) = timeline.and_then(TimelinePage::next) {
        tiles.push(Tile {
            label: "Ends first",
            value: next.end.clone(),
            note: format!("{}, {}", next.name, next.distance),
            state: next.state,
        });
    }
    tiles
}

#[cfg(test)]
mod tests;
