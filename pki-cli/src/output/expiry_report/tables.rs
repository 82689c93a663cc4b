//! The two tables, in kubeadm's words.

use std::fmt::Write;

use anstyle::Style;
use pki_core::expiry::{ExpiryRow, ExpiryState, Standing};
use pki_core::{EntryKind, Span, Timestamp};

use super::super::table::{fits, table, wrap};
use super::super::{ERROR, WARNING, harmless};
use super::{ExpiryReport, HostExpiry, not_read_text};

/// A row of a table.
struct Line {
    host: String,
    name: String,
    expires: String,
    residual: String,
    authority: String,
    external: &'static str,
    file: String,
    style: Option<Style>,
}

#[derive(Clone, Copy, PartialEq)]
enum Column {
    Host,
    Name,
    Expires,
    Residual,
    Authority,
    External,
    File,
}

/// What is left out where the terminal is too narrow for all, least needed first.
const DISPENSABLE: [Column; 3] = [Column::File, Column::External, Column::Authority];

pub(super) fn text(report: &ExpiryReport, columns: Option<usize>) -> String {
    let (mut leaves, mut authorities, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
    let mut copies = 0;
    for (host, row) in report.sorted() {
        if let ExpiryState::Unreadable(why) = &row.state {
            unreadable.push(problem(report, host, row, why));
            continue;
        }
        let is_copy = row.found().is_some_and(|found| found.copy_of.is_some());
        if is_copy && row.entry.is_none() {
            copies += 1;
            continue;
        }
        match is_authority(row) {
            true => authorities.push(line(report, host, row)),
            false => leaves.push(line(report, host, row)),
        }
    }
    let mut usual = vec![Column::Host];
    usual.retain(|_| report.has_many());
    usual.extend([Column::Name, Column::Expires, Column::Residual]);
    let of_leaves = [
        &usual[..],
        &[Column::Authority, Column::External, Column::File],
    ]
    .concat();
    let of_authorities = [&usual[..], &[Column::External, Column::File]].concat();
    let mut out = String::new();
    print(&mut out, "CERTIFICATE", of_leaves, &leaves, columns);
    if !leaves.is_empty() && !authorities.is_empty() {
        out.push('\n');
    }
    print(
        &mut out,
        "CERTIFICATE AUTHORITY",
        of_authorities,
        &authorities,
        columns,
    );
    if !out.is_empty() {
        out.push('\n');
    }
    unreadable.extend(report.not_read.iter().map(not_read_text));
    let width = columns.unwrap_or(usize::MAX);
    for problem in unreadable {
        // Writing to a String does not fail.
        let problem = wrap(&format!("error: {problem}"), width, "");
        let problem = problem.strip_prefix("error:").unwrap_or(&problem);
        let _ = writeln!(out, "{ERROR}error:{ERROR:#}{problem}");
    }
    let _ = writeln!(out, "{}", wrap(&sums(report, copies), width, ""));
    out
}

/// A file of a CA stays in the second table, whatever lies in it.
fn is_authority(row: &ExpiryRow) -> bool {
    let kind = row.entry.map(|entry| entry.kind);
    matches!(kind, Some(EntryKind::Authority(_))) || row.found().is_some_and(|found| found.is_ca())
}

fn problem(report: &ExpiryReport, host: &HostExpiry, row: &ExpiryRow, why: &str) -> String {
    let file = host.on_disk.shown_path(&row.file);
    let host = match report.has_many() {
        true => format!("{}: ", harmless(&host.host)),
        false => String::new(),
    };
    let part = match &row.embedded {
        Some(_) => harmless(&row.name),
        None => harmless(file),
    };
    format!("{host}{part} cannot be read: {}", harmless(why))
}

fn line(report: &ExpiryReport, host: &HostExpiry, row: &ExpiryRow) -> Line {
    let name = harmless(host.on_disk.shown_path(&row.name));
    let mut line = Line {
        host: harmless(&host.host),
        name,
        expires: String::new(),
        residual: String::new(),
        authority: String::new(),
        external: "",
        file: harmless(host.on_disk.shown_path(&row.file)),
        style: None,
    };
    if let ExpiryState::Elsewhere = row.state {
        line.residual = "not looked at".to_owned();
        return line;
    }
    let Some(found) = row.found() else {
        // kubeadm's mark.
        line.name = format!("!MISSING! {}", line.name);
        line.style = Some(ERROR);
        return line;
    };
    let end = found.certificate.validity().not_after();
    let standing = report.standing(found);
    let left = end.since(report.now);
    line.expires = date(end);
    line.residual = match standing {
        Standing::Expired => format!("expired {} ago", Span::new(left).as_kubeadm()),
        Standing::NotYetValid => format!("{}, not yet valid", Span::new(left).as_kubeadm()),
        _ => Span::new(left).as_kubeadm(),
    };
    line.style = match standing {
        Standing::Expired => Some(ERROR),
        Standing::Soon | Standing::NotYetValid => Some(WARNING),
        _ => None,
    };
    line.authority = match &found.authority {
        Some(authority) => harmless(authority),
        None if found.certificate.is_self_issued() => "itself".to_owned(),
        None => "unknown".to_owned(),
    };
    line.external = match found.is_externally_managed {
        true => "yes",
        false => "no",
    };
    line
}

/// `Nov 22, 2027 13:50 UTC`, as kubeadm writes it.
fn date(time: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = time.to_string();
    let part = |from, to| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().unwrap_or(1);
    let month = MONTHS.get(month.saturating_sub(1)).unwrap_or(&"");
    format!(
        "{month} {}, {} {} UTC",
        part(8, 10),
        part(0, 4),
        part(11, 16)
    )
}

fn print(
    out: &mut String,
    what: &'static str,
    mut wanted: Vec<Column>,
    lines: &[Line],
    columns: Option<usize>,
) {
    if lines.is_empty() {
        return;
    }
    let mut printed = draw(what, &wanted, lines);
    for column in DISPENSABLE {
        if fits(&printed, columns) {
            break;
        }
        wanted.retain(|wanted| *wanted != column);
        printed = draw(what, &wanted, lines);
    }
    let has_hosts = wanted.contains(&Column::Host);
    if !fits(&printed, columns) {
        printed = std::iter::once(what.to_owned())
            .chain(lines.iter().map(|line| block(line, has_hosts)))
            .collect();
    }
    let styles = std::iter::once(None).chain(lines.iter().map(|line| line.style));
    for (text, style) in printed.iter().zip(styles) {
        let _ = match style {
            Some(style) => writeln!(out, "{style}{text}{style:#}"),
            None => writeln!(out, "{text}"),
        };
    }
}

/// A row for a terminal that has no room for a table: two lines.
fn block(line: &Line, has_hosts: bool) -> String {
    let host = match has_hosts {
        true => format!("{}: ", line.host),
        false => String::new(),
    };
    let end = match (line.expires.is_empty(), line.residual.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("\n  {}", line.residual),
        _ => format!("\n  {}, {}", line.expires, line.residual),
    };
    format!("{host}{}{end}", line.name)
}

fn draw(what: &'static str, columns: &[Column], lines: &[Line]) -> Vec<String> {
    let header: Vec<&str> = columns
        .iter()
        .map(|column| match column {
            Column::Host => "HOST",
            Column::Name => what,
            Column::Expires => "EXPIRES",
            Column::Residual => "RESIDUAL TIME",
            Column::Authority => "CERTIFICATE AUTHORITY",
            Column::External => "EXTERNALLY MANAGED",
            Column::File => "FILE",
        })
        .collect();
    let cell = |line: &Line, column: &Column| match column {
        Column::Host => line.host.clone(),
        Column::Name => line.name.clone(),
        Column::Expires => line.expires.clone(),
        Column::Residual => line.residual.clone(),
        Column::Authority => line.authority.clone(),
        Column::External => line.external.to_owned(),
        Column::File => line.file.clone(),
    };
    let row = |line: &Line| columns.iter().map(|column| cell(line, column)).collect();
    table(&header, lines.iter().map(row).collect())
}

fn sums(report: &ExpiryReport, copies: usize) -> String {
    let found = report.rows().filter_map(|(_, row)| row.found());
    let count = found.filter(|found| found.copy_of.is_none()).count();
    let s = if count == 1 { "" } else { "s" };
    let mut sums = format!(
        "{count} certificate{s}: {} expired, {} expiring within {}",
        report.count(Standing::Expired),
        report.count(Standing::Soon),
        report.soon(),
    );
    let more = [
        (report.count(Standing::NotYetValid), "not yet valid"),
        (report.missing(), "missing"),
        (report.elsewhere(), "not looked at"),
        (report.unreadable(), "unreadable"),
    ];
    for (count, what) in more.iter().filter(|(count, _)| *count > 0) {
        let _ = write!(sums, ", {count} {what}");
    }
    match copies {
        0 => {}
        1 => sums.push_str("; 1 copy of them is not listed"),
        _ => {
            let _ = write!(sums, "; {copies} copies of them are not listed");
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::tree::TreeOnDisk;

    #[test]
    fn fits_every_terminal() {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/kubeadm/sample");
        let host = |name: &str| {
            let on_disk = TreeOnDisk::read(&sample).expect("the fixture");
            HostExpiry {
                host: name.to_owned(),
                expiry: pki_core::expiry::expiry(&on_disk.tree),
                on_disk,
            }
        };
        let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").expect("a time");
        let report = ExpiryReport::new(vec![host("m0"), host("m1")], Vec::new(), None, now);
        let headers = |columns| {
            let text = text(&report, columns);
            let text = anstream::adapter::strip_str(&text).to_string();
            if let Some(columns) = columns {
                let longest = text.lines().map(|line| line.chars().count()).max();
                assert!(longest <= Some(columns), "{columns}: {text}");
            }
            let first = text.lines().next().unwrap_or_default().to_owned();
            assert!(text.contains("apiserver-kubelet-client"), "{text}");
            first
        };
        let all = headers(None);
        assert!(all.contains("EXTERNALLY MANAGED  FILE"), "{all}");
        assert_eq!(headers(Some(500)), all);
        let less = headers(Some(130));
        assert!(
            less.ends_with("EXTERNALLY MANAGED") && less.starts_with("HOST"),
            "{less}"
        );
        assert!(headers(Some(100)).ends_with("CERTIFICATE AUTHORITY"));
        assert!(headers(Some(72)).ends_with("RESIDUAL TIME"));
        assert_eq!(headers(Some(40)), "CERTIFICATE");
    }

    #[test]
    fn dates_are_kubeadms() {
        let time = Timestamp::parse_rfc3339("2027-11-22T13:50:59Z").expect("a time");
        assert_eq!(date(time), "Nov 22, 2027 13:50 UTC");
    }
}
