//! The graph for Mermaid, which GitHub and GitLab draw in Markdown.

use std::fmt::Write;

use super::dot::{MOST, authority, certificate, certificate_alarm, color, components, host_lines};
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
    for (index, node) in graph.authorities.iter().enumerate() {
        let label = label(&authority(graph, node));
        line(format_args!("  a{index}([{label}])"));
        line(format_args!(
            "  style a{index} stroke:{},stroke-width:2px",
            color(index)
        ));
    }
    let mut alarms = [String::new(), String::new()];
    for (index, host) in graph.hosts.iter().enumerate() {
        line(format_args!(
            "  subgraph h{index}[{}]",
            label(&host_lines(host))
        ));
        for (number, node) in host.certificates.iter().enumerate() {
            let label = label(&certificate(node));
            line(format_args!("    h{index}c{number}[{label}]"));
            let list = match certificate_alarm(node) {
                Some(Alarm::Error) => &mut alarms[0],
                Some(Alarm::Warning) => &mut alarms[1],
                None => continue,
            };
            let comma = if list.is_empty() { "" } else { "," };
            // Writing to a String does not fail.
            let _ = write!(list, "{comma}h{index}c{number}");
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
        ("error", "stroke:#d1242f,stroke-width:2px"),
        ("warning", "stroke:#9a6700,stroke-width:2px"),
    ];
    for ((name, style), list) in classes.iter().zip(&alarms) {
        if !list.is_empty() {
            line(format_args!("  classDef {name} {style}"));
            line(format_args!("  class {list} {name}"));
        }
    }
    out
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
