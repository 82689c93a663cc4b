//! The graph for Graphviz.

use std::fmt::Write;

use super::words::{Alarm, plain};
use super::{AuthorityNode, CertificateNode, Graph, HostNode, TrustKind};

/// Colours that can be read on light and on dark paper, one for an authority.
pub(super) const COLORS: [&str; 8] = [
    "#2f7fd6", "#8f5ee0", "#2a9147", "#c9601f", "#c94a97", "#16819c", "#6b7580", "#8f6d00",
];

/// The columns of a line in a label.
pub(super) const MOST: usize = 160;

pub(super) fn color(authority: usize) -> &'static str {
    COLORS.get(authority % COLORS.len()).unwrap_or(&COLORS[0])
}

/// The graph in Graphviz's language: `dot -Tsvg` draws it.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let mut line = |text: std::fmt::Arguments<'_>| {
        let _ = writeln!(out, "{text}");
    };
    line(format_args!("// made by kpki graph"));
    line(format_args!("digraph pki {{"));
    let title = [graph.title(), graph.subtitle()];
    line(format_args!(
        "  graph [rankdir=LR, labelloc=t, fontname=\"monospace\", nodesep=0.12, ranksep=1.2, label={}];",
        label(&title)
    ));
    line(format_args!(
        "  node [shape=box, style=rounded, fontname=\"monospace\", fontsize=10];"
    ));
    line(format_args!("  edge [fontname=\"monospace\", fontsize=9];"));
    for (index, node) in graph.authorities.iter().enumerate() {
        line(format_args!(
            "  a{index} [color=\"{}\", penwidth=2, {}label={}];",
            color(index),
            match node.alarm() {
                Some(alarm) => format!("fontcolor=\"{}\", ", red(alarm)),
                None => String::new(),
            },
            label(&authority(graph, node))
        ));
    }
    for (index, host) in graph.hosts.iter().enumerate() {
        line(format_args!("  subgraph cluster_h{index} {{"));
        line(format_args!(
            "    style=rounded; {}label={};",
            match host.alarm().map(red) {
                Some(red) => format!("color=\"{red}\"; penwidth=2; fontcolor=\"{red}\"; "),
                None => String::new(),
            },
            label(&host_lines(host))
        ));
        if host.certificates.is_empty() {
            // An empty cluster is not drawn.
            line(format_args!("    h{index} [style=invis, label=\"\"];"));
        }
        for (number, node) in host.certificates.iter().enumerate() {
            line(format_args!(
                "    h{index}c{number} [{}label={}];",
                match node.alarm().map(red) {
                    Some(red) => format!("color=\"{red}\", fontcolor=\"{red}\", "),
                    None => String::new(),
                },
                label(&certificate(node))
            ));
        }
        line(format_args!("  }}"));
    }
    for (index, host) in graph.hosts.iter().enumerate() {
        for (number, node) in host.certificates.iter().enumerate() {
            if let Some(authority) = node.authority {
                line(format_args!(
                    "  a{authority} -> h{index}c{number} [color=\"{}\"];",
                    color(authority)
                ));
            }
        }
    }
    for (index, component) in components(graph).iter().enumerate() {
        line(format_args!(
            "  t{index} [shape=ellipse, style=solid, label={}];",
            label(&[(*component).to_owned()])
        ));
        for trust in graph.trusts.iter().filter(|it| it.component == *component) {
            line(format_args!(
                "  t{index} -> a{} [style={}, color=\"{}\", label={}];",
                trust.authority,
                match trust.kind {
                    TrustKind::Trusts => "dashed",
                    TrustKind::SignsWith => "bold",
                },
                color(trust.authority),
                label(std::slice::from_ref(&trust.by))
            ));
        }
    }
    line(format_args!("}}"));
    out
}

/// The components that trust or sign, each once.
pub(super) fn components(graph: &Graph) -> Vec<&'static str> {
    let mut components = Vec::new();
    for trust in &graph.trusts {
        if !components.contains(&trust.component) {
            components.push(trust.component);
        }
    }
    components
}

/// The lines of an authority.
pub(super) fn authority(graph: &Graph, node: &AuthorityNode) -> Vec<String> {
    let mut lines = vec![node.label()];
    lines.extend(node.subject.clone());
    lines.extend(node.term());
    lines.extend(node.fingerprint());
    let holders = graph.key_holders(node);
    let holders: Vec<_> = holders.iter().map(String::as_str).collect();
    if !holders.is_empty() {
        lines.push(format!("key on {}", super::words::listed(&holders, 6)));
    }
    lines.extend(node.findings.iter().take(1).map(|it| it.words()));
    lines
}

/// The lines of a host.
pub(super) fn host_lines(host: &HostNode) -> Vec<String> {
    let address = host.address.map(|it| it.to_string()).unwrap_or_default();
    let title = format!("{} {address}", host.name);
    let mut lines = vec![title.trim().to_owned(), host.role_words().to_owned()];
    lines.extend(host.not_read.clone());
    lines.extend(host.findings.iter().take(1).map(|it| it.words()));
    lines
}

/// The lines of a certificate.
pub(super) fn certificate(node: &CertificateNode) -> Vec<String> {
    let mut lines = vec![node.name.clone(), node.term()];
    lines.extend(node.findings.iter().take(1).map(|it| it.words()));
    lines
}

/// Red, or amber.
pub(super) fn red(alarm: Alarm) -> &'static str {
    match alarm {
        Alarm::Error => "#d1242f",
        Alarm::Warning => "#9a6700",
    }
}

/// Lines as a quoted string. Graphviz reads escapes (`\N` is the node's name)
/// and the entities of HTML in it.
fn label(lines: &[String]) -> String {
    let mut out = String::from("\"");
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            out.push_str("\\n");
        }
        for c in plain(&super::words::shortened(line, MOST)).chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '&' => out.push_str("&amp;"),
                c => out.push(c),
            }
        }
    }
    out.push('"');
    out
}
