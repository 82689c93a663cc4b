//! The graph for Mermaid, which GitHub and GitLab draw in Markdown.

use std::fmt::Write;

use super::dot::{MOST, authority, certificate, color, components, host_lines, red};
use super::words::{Alarm, plain, shortened};
use super::{Graph, TrustKind};

/// The graph as a flowchart of Mermaid.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let mut line = |text: std::fmt::Arguments<'_>| {
        let _ = writeln!(out, "{text}");
    };
    line(format_args!("%% made by kpki graph"));
    line(format_args!("flowchart LR"));
    let mut alarms = Alarms::default();
    for (index, node) in graph.authorities.iter().enumerate() {
        alarms.add(node.alarm(), format!("a{index}"));
        let label = label(&authority(graph, node));
        line(format_args!("  a{index}([{label}])"));
        line(format_args!(
            "  style a{index} stroke:{},stroke-width:2px",
            color(index)
        ));
    }
    for (index, host) in graph.hosts.iter().enumerate() {
        line(format_args!(
            "  subgraph h{index}[{}]",
            label(&host_lines(host))
        ));
        alarms.add(host.alarm(), format!("h{index}"));
        for (number, node) in host.certificates.iter().enumerate() {
            let label = label(&certificate(node));
            line(format_args!("    h{index}c{number}[{label}]"));
            alarms.add(node.alarm(), format!("h{index}c{number}"));
        }
        line(format_args!("  end"));
    }
    for (index, host) in graph.hosts.iter().enumerate() {
        for (number, node) in host.certificates.iter().enumerate() {
            if let Some(authority) = node.authority {
                line(format_args!("  a{authority} --> h{index}c{number}"));
            }
        }
    }
    for (index, component) in components(graph).iter().enumerate() {
        let name = label(&[(*component).to_owned()]);
        line(format_args!("  t{index}{{{{{name}}}}}"));
        for trust in graph.trusts.iter().filter(|it| it.component == *component) {
            let by = label(std::slice::from_ref(&trust.by));
            let arrow = match trust.kind {
                TrustKind::Trusts => "-.->",
                TrustKind::SignsWith => "==>",
            };
            line(format_args!(
                "  t{index} {arrow}|{by}| a{}",
                trust.authority
            ));
        }
    }
    let classes = [
        ("error", Alarm::Error, alarms.errors),
        ("warning", Alarm::Warning, alarms.warnings),
    ];
    for (name, alarm, nodes) in classes {
        if !nodes.is_empty() {
            let red = red(alarm);
            // The stroke of a CA stays its own.
            line(format_args!(
                "  classDef {name} stroke:{red},stroke-width:2px,color:{red}"
            ));
            line(format_args!("  class {} {name}", nodes.join(",")));
        }
    }
    out
}

/// What is drawn in red, and what in amber.
#[derive(Default)]
struct Alarms {
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Alarms {
    fn add(&mut self, alarm: Option<Alarm>, node: String) {
        match alarm {
            Some(Alarm::Error) => self.errors.push(node),
            Some(Alarm::Warning) => self.warnings.push(node),
            None => {}
        }
    }
}

/// Lines as a quoted label. Mermaid has entities by number for whatever could
/// be markup, Markdown or the end of the label.
fn label(lines: &[String]) -> String {
    let mut out = String::from("\"");
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            out.push_str("<br/>");
        }
        for c in plain(&shortened(line, MOST)).chars() {
            match c {
                c if c.is_alphanumeric() || " .,:/()-=".contains(c) => out.push(c),
                c => {
                    // Writing to a String does not fail.
                    let _ = write!(out, "#{};", u32::from(c));
                }
            }
        }
    }
    out.push('"');
    out
}
