//! The report for people: a table a site, remarks, sums and the next steps.

use super::{GenReport, ItemReport, SiteReport};
use crate::env::Env;
use crate::output::next_step::next_step;
use crate::output::table::{fits, table, wrap};

impl GenReport {
    /// The same for people.
    pub(crate) fn to_text(&self, env: &Env) -> String {
        let mut out = String::new();
        for site in self
            .shared
            .iter()
            .chain(&self.hosts)
            .filter(|site| !site.items.is_empty())
        {
            let address = site
                .address
                .as_ref()
                .map(|a| format!(" ({a})"))
                .unwrap_or_default();
            out.push_str(&format!("{}{address} in {}\n", site.name, site.directory));
            for line in site.lines(env.columns) {
                out.push_str(&line);
                out.push('\n');
            }
            out.push('\n');
        }
        let columns = env.columns.unwrap_or(usize::MAX);
        let mut paragraph = |label: &str, text: &str| {
            out.push_str(&wrap(&format!("{label}{text}"), columns, ""));
            out.push('\n');
        };
        for note in &self.notes {
            paragraph("note: ", note);
        }
        if let Some(backup) = &self.backup {
            paragraph("backup: ", backup);
        }
        paragraph("", &self.sums());
        if let Some(rendered) = &self.rendered {
            out.push('\n');
            out.push_str(&rendered.to_text(env));
        }
        for step in &self.next {
            out.push_str(&next_step(step, columns));
        }
        out
    }

    fn sums(&self) -> String {
        let items = || {
            self.shared
                .iter()
                .chain(&self.hosts)
                .flat_map(|site| &site.items)
        };
        let count = |status: &str| items().filter(|item| item.action == status).count();
        let parts: Vec<_> = [
            "made",
            "replaced",
            "copied",
            "kept",
            "would be made",
            "would be replaced",
            "would be copied",
        ]
        .into_iter()
        .filter(|status| count(status) > 0)
        .map(|status| format!("{} {status}", count(status)))
        .collect();
        match self.changed || self.dry_run {
            true => parts.join(", "),
            false => format!("{}: nothing to do", parts.join(", ")),
        }
    }
}

impl SiteReport {
    /// The table; where it is too wide for the terminal, subjects and names
    /// stand below their file.
    fn lines(&self, columns: Option<usize>) -> Vec<String> {
        let rows: Vec<_> = self.items.iter().map(ItemReport::row).collect();
        let whole = rows.iter().map(Row::cells).collect();
        let whole = table(&["FILE", "SUBJECT", "NAMES", "EXPIRES", "STATUS"], whole);
        if fits(&whole, columns) {
            return whole;
        }
        let short = rows.iter().map(Row::short_cells).collect();
        let mut lines = table(&["FILE", "EXPIRES", "STATUS"], short).into_iter();
        let mut out: Vec<String> = lines.next().into_iter().collect();
        for (line, row) in lines.zip(&rows) {
            out.push(line);
            for below in [&row.subject, &row.names]
                .into_iter()
                .filter(|text| *text != "-")
            {
                let wrapped = wrap(&format!("    {below}"), columns.unwrap_or(usize::MAX), "");
                out.extend(wrapped.lines().map(str::to_owned));
            }
        }
        out
    }
}

/// A row of the table.
struct Row {
    file: String,
    subject: String,
    names: String,
    expires: String,
    status: String,
}

impl Row {
    fn cells(&self) -> Vec<String> {
        [
            &self.file,
            &self.subject,
            &self.names,
            &self.expires,
            &self.status,
        ]
        .map(Clone::clone)
        .into()
    }

    fn short_cells(&self) -> Vec<String> {
        [&self.file, &self.expires, &self.status]
            .map(Clone::clone)
            .into()
    }
}

impl ItemReport {
    /// The row of the table: one line for a pair of files.
    fn row(&self) -> Row {
        let mut file = self
            .files
            .first()
            .map(|file| file.path.clone())
            .unwrap_or_default();
        for other in &self.files[1.min(self.files.len())..] {
            let extension = other
                .path
                .rsplit_once('.')
                .map_or("", |(_, extension)| extension);
            let stem = file
                .rsplit_once('.')
                .map_or(file.as_str(), |(stem, _)| stem);
            match other.path.ends_with(&format!("-key.{extension}"))
                || !other.path.starts_with(stem)
            {
                true => file.push_str(&format!(
                    ", {}",
                    other.path.rsplit('/').next().unwrap_or_default()
                )),
                false => file.push_str(&format!(", .{extension}")),
            }
        }
        let names: Vec<_> = self
            .subject_alt_names
            .iter()
            .map(|name| name.split_once(':').map_or(name.as_str(), |(_, name)| name))
            .collect();
        let dash = |text: &str| {
            if text.is_empty() {
                "-".to_owned()
            } else {
                text.to_owned()
            }
        };
        let day = self
            .not_after
            .as_deref()
            .and_then(|time| time.get(..10))
            .unwrap_or_default();
        let mut status = match self.action {
            "made" | "would be made" | "copied" | "would be copied" => self.action.to_owned(),
            action => format!("{action}: {}", self.reason),
        };
        for note in &self.notes {
            status.push_str(&format!(" ({note})"));
        }
        Row {
            file,
            subject: dash(self.subject.as_deref().unwrap_or_default()),
            names: dash(&names.join(" ")),
            expires: dash(day),
            status,
        }
    }
}
