//! The report for people: hosts with the same result stand together.

use std::collections::BTreeMap;

use super::{CopyReport, FileReport, HostReport, Status, StrangerReport};
use crate::env::Env;
use crate::output::table::{fits, table, wrap};
use crate::output::{ERROR, HINT, TITLE, WARNING, harmless};

impl CopyReport {
    /// The same for people.
    pub(crate) fn to_text(&self, env: &Env) -> String {
        let columns = env.columns.unwrap_or(usize::MAX);
        let mut out = String::new();
        for (hosts, body) in self.groups(env.columns) {
            let labels: Vec<_> = hosts
                .iter()
                .map(|host| harmless(&host.destination))
                .collect();
            let count = match labels.len() {
                1 => String::new(),
                many => format!(" ({many} hosts)"),
            };
            let title = wrap(&format!("{}{count}", labels.join(", ")), columns, "");
            out.push_str(&format!("{TITLE}{title}{TITLE:#}\n{body}"));
            out.push_str(&backups(&hosts));
            out.push('\n');
        }
        let mut paragraph = |label: &str, text: &str| {
            out.push_str(&wrap(&format!("{label}{text}"), columns, ""));
            out.push('\n');
        };
        for note in &self.notes {
            paragraph("note: ", note);
        }
        paragraph("", &self.sums());
        for step in &self.next {
            paragraph("next: ", step);
        }
        out
    }

    /// Hosts of which the same is to be said, in the order of the first of each.
    fn groups(&self, columns: Option<usize>) -> Vec<(Vec<&HostReport>, String)> {
        let mut groups: Vec<(Vec<&HostReport>, String)> = Vec::new();
        let mut known = BTreeMap::new();
        for host in &self.hosts {
            // What fails alike is told alike, but for the name.
            let index = *known.entry(host.body(columns, ANY)).or_insert_with(|| {
                let own = host.machine.as_deref().unwrap_or(ANY);
                groups.push((Vec::new(), host.body(columns, own)));
                groups.len() - 1
            });
            if let Some((hosts, body)) = groups.get_mut(index) {
                if hosts.len() == 1 {
                    *body = host.body(columns, ANY);
                }
                hosts.push(host);
            }
        }
        groups
    }

    fn sums(&self) -> String {
        let count = |is: &dyn Fn(&HostReport) -> bool| {
            let hosts = self.hosts.iter().filter(|host| is(host)).count();
            match hosts {
                0 => None,
                1 => Some("1 host".to_owned()),
                many => Some(format!("{many} hosts")),
            }
        };
        let changed = |host: &HostReport| host.changed && host.is_good();
        let unproved = |host: &HostReport| host.changed && host.status == Status::Failed;
        let is = |status| move |host: &HostReport| host.status == status;
        let failed = |host: &HostReport| !host.changed && host.status == Status::Failed;
        let equal = |host: &HostReport| !host.changed && host.is_good() && !host.keeps_any();
        let kept = |host: &HostReport| !host.changed && host.is_good() && host.keeps_any();
        let verb = match self.dry_run {
            true => "would be changed",
            false => "changed and proved",
        };
        let refused = match self.dry_run {
            true => "would be refused",
            false => "refused",
        };
        let proved = match self.dry_run {
            true => "has everything",
            false => "had everything, proved",
        };
        let kept_verb = match self.dry_run {
            true => "would keep what differs, and has the rest",
            false => "kept what differs, and had the rest, proved",
        };
        let parts = [
            (count(&changed), verb),
            (count(&equal), proved),
            (count(&kept), kept_verb),
            (count(&is(Status::Refused)), refused),
            (count(&unproved), "changed and not proved"),
            (count(&failed), "failed"),
            (count(&is(Status::Unknown)), "perhaps changed"),
            (count(&is(Status::NotBegun)), "not begun"),
        ];
        let parts = parts.into_iter();
        let parts: Vec<_> = parts
            .filter_map(|(hosts, what)| Some(format!("{} {what}", hosts?)))
            .collect();
        match self.dry_run && self.hosts.iter().all(equal) {
            true => format!("{}: nothing to do", parts.join(", ")),
            false => parts.join(", "),
        }
    }
}

impl HostReport {
    /// One host by itself.
    pub(in crate::output) fn section(&self, columns: Option<usize>) -> String {
        let title = wrap(
            &harmless(&self.destination),
            columns.unwrap_or(usize::MAX),
            "",
        );
        let own = self.machine.as_deref().unwrap_or(ANY);
        let (body, backups) = (self.body(columns, own), backups(&[self]));
        format!("{TITLE}{title}{TITLE:#}\n{body}{backups}")
    }

    /// What is said below the host's name, where messages call it `called`.
    fn body(&self, columns: Option<usize>, called: &str) -> String {
        let wide = columns.unwrap_or(usize::MAX);
        let mut lines: Vec<String> = Vec::new();
        if !self.is_directory_said {
            lines.push(format!("in {}", harmless(&self.directory)));
        }
        lines.extend(self.table(columns));
        for conflict in &self.conflicts {
            let said = conflict.lines(self.status == Status::Planned);
            lines.extend(said.iter().map(|line| harmless(line)));
        }
        for note in self
            .notes
            .iter()
            .map(|note| harmless(note))
            .chain(self.about_strangers())
        {
            let text = wrap(&note, wide, "         ");
            lines.push(format!(
                "{WARNING}warning:{WARNING:#} {}",
                text.trim_start()
            ));
        }
        if let Some(error) = &self.error {
            let word = match self.status {
                Status::NotBegun => "not begun",
                Status::Refused => "refused",
                Status::Unknown => "unknown",
                _ => "failed",
            };
            let renamed = |text: &str| match &self.machine {
                Some(machine) => with_name(text, machine, called),
                None => text.to_owned(),
            };
            let text = wrap(&renamed(&error.message), wide, "        ");
            lines.push(format!("{ERROR}{word}:{ERROR:#} {}", text.trim_start()));
            if let Some(hint) = &error.hint {
                let text = wrap(&renamed(hint), wide, "      ");
                lines.push(format!("{HINT}hint:{HINT:#} {}", text.trim_start()));
            }
        }
        lines.join("\n") + "\n"
    }

    /// A line for the files of a row that fared alike.
    fn table(&self, columns: Option<usize>) -> Vec<String> {
        if self.files.is_empty() {
            return Vec::new();
        }
        let rows = self.files.chunk_by(|one, other| {
            (one.name, one.status, &one.reason) == (other.name, other.status, &other.reason)
        });
        let rows: Vec<_> = rows.map(row).collect();
        let cells = |(files, status, reason): &(String, &str, String)| {
            let status = match reason.is_empty() {
                true => (*status).to_owned(),
                false => format!("{status}: {reason}"),
            };
            vec![files.clone(), status]
        };
        let whole = table(&["FILE", "STATUS"], rows.iter().map(cells).collect());
        if fits(&whole, columns) {
            return whole;
        }
        let short =
            |(files, status, _): &(String, &str, String)| vec![files.clone(), (*status).to_owned()];
        let lines = table(&["FILE", "STATUS"], rows.iter().map(short).collect());
        let wide = columns.unwrap_or(usize::MAX);
        let mut out = Vec::new();
        for (index, line) in lines.into_iter().enumerate() {
            out.push(line);
            let row = index.checked_sub(1).and_then(|index| rows.get(index));
            if let Some((_, _, reason)) = row.filter(|(_, _, reason)| !reason.is_empty()) {
                out.push(wrap(reason, wide, "    "));
            }
        }
        out
    }

    fn about_strangers(&self) -> Vec<String> {
        let mut of_hosts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut said = Vec::new();
        for StrangerReport { path, host } in &self.strangers {
            match host {
                Some(host) => of_hosts.entry(host).or_default().push(path),
                None => said.push(format!(
                    "{path} should not be there: etcd runs elsewhere, and whoever reads this key can make members and clients of it; remove it"
                )),
            }
        }
        for (host, files) in of_hosts {
            let (own, is, it) = match files.len() {
                1 => ("is", "its key", "it"),
                _ => ("are", "their keys", "them"),
            };
            said.push(format!(
                "{} {own} {host}'s and should not be there: remove {it} with {is}, and the host makes its own when it joins",
                files.join(", ")
            ));
        }
        said
    }
}

/// Stands for each of several hosts.
const ANY: &str = "HOST";

/// A text in which a host is called otherwise, wherever its name is a word.
fn with_name(text: &str, name: &str, called: &str) -> String {
    let is_in_name = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(name).filter(|_| !name.is_empty()) {
        let (before, after) = (rest.get(..at), rest.get(at + name.len()..));
        let (Some(before), Some(after)) = (before, after) else {
            break;
        };
        let last = before
            .chars()
            .next_back()
            .or_else(|| out.chars().next_back());
        let is_word = !last.is_some_and(is_in_name) && !after.starts_with(is_in_name);
        out.push_str(before);
        out.push_str(if is_word { called } else { name });
        rest = after;
    }
    out + rest
}

/// Where the replaced files are: said once if that is the same on all hosts.
fn backups(hosts: &[&HostReport]) -> String {
    let mut places: BTreeMap<&str, &HostReport> = BTreeMap::new();
    for host in hosts {
        if let Some(backup) = &host.backup {
            places.entry(backup).or_insert(host);
        }
    }
    let is_one = places.len() == 1;
    let places = places.into_iter().map(|(place, host)| {
        let backup = match host.status {
            Status::Unknown => "backup, if it was done",
            _ => "backup",
        };
        match is_one {
            true => format!("{backup}: {}\n", harmless(place)),
            false => format!(
                "{backup} of {}: {}\n",
                harmless(&host.destination),
                harmless(place)
            ),
        }
    });
    places.collect()
}

/// The files of a row with the same status.
fn row(files: &[FileReport]) -> (String, &'static str, String) {
    let mut names = String::new();
    for file in files {
        match names.is_empty() {
            true => names.push_str(&file.path),
            false => {
                let name = file.path.rsplit('/').next().unwrap_or(&file.path);
                names.push_str(&format!(", {name}"));
            }
        }
    }
    let first = files.first();
    let status = first.map_or("", |file| file.status);
    let reason = first.and_then(|file| file.reason.as_deref());
    (names, status, harmless(reason.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word() {
        for (text, wanted) in [
            ("ssh m1 true", "ssh HOST true"),
            ("m1: port 22 of root@m1:22", "HOST: port 22 of root@HOST:22"),
            ("m10 am1 m1.example m1", "m10 am1 m1.example HOST"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(with_name(text, "m1", ANY), wanted);
        }
        assert_eq!(with_name("m1", "", ANY), "m1");
    }
}
