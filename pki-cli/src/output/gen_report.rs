//! What `kpki gen` did: the same facts as text and as JSON.

use pki_core::{Action, Difference, Kept, MakeCertificate, Plan, PlanItem, Site};
use serde::Serialize;

use super::table::{fits, table, wrap};
use crate::cluster_args::Described;
use crate::commands::generate::Done;
use crate::env::Env;
use crate::layout::Layout;

/// The JSON document, `kpki.gen/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GenReport {
    schema: &'static str,
    changed: bool,
    dry_run: bool,
    kubernetes_version: String,
    shared: Option<SiteReport>,
    hosts: Vec<SiteReport>,
    backup: Option<String>,
    notes: Vec<String>,
    next: Vec<String>,
}

/// One directory: a host's tree, or the home of what they share.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SiteReport {
    name: String,
    address: Option<String>,
    directory: String,
    items: Vec<ItemReport>,
}

/// One row of the catalog.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemReport {
    name: &'static str,
    purpose: &'static str,
    files: Vec<FileReport>,
    action: &'static str,
    reason: String,
    subject: Option<String>,
    subject_alt_names: Vec<String>,
    not_after: Option<String>,
    key_algorithm: Option<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct FileReport {
    path: String,
    mode: String,
}

impl GenReport {
    pub(crate) fn new(described: &Described, layout: &Layout, plan: &Plan, done: &Done) -> Self {
        let cluster = &described.cluster;
        let site = |site: Site| {
            let items = plan.items().iter().filter(|item| item.site == site);
            let items: Vec<_> = items
                .map(|item| ItemReport::new(item, layout, done))
                .collect();
            let host = match site {
                Site::Shared => None,
                Site::Host(index) => cluster.hosts.get(index),
            };
            SiteReport {
                name: host.map_or_else(|| "shared".to_owned(), |host| host.name.to_string()),
                address: host.map(|host| host.advertise_address.to_string()),
                directory: layout.directory(site).display().to_string(),
                items,
            }
        };
        let shared = Some(site(Site::Shared)).filter(|shared| !shared.items.is_empty());
        let hosts: Vec<_> = (0..cluster.hosts.len())
            .map(|index| site(Site::Host(index)))
            .collect();
        let backup = match done {
            Done::Written(published) => published.backup.as_ref().map(|p| p.display().to_string()),
            Done::DryRun | Done::Nothing => None,
        };
        let mut notes = described.notes.clone();
        notes.extend(plan.notes().iter().cloned());
        Self {
            schema: "kpki.gen/v1",
            changed: match done {
                Done::DryRun => plan.changes_anything(),
                Done::Nothing => false,
                Done::Written(_) => true,
            },
            dry_run: matches!(done, Done::DryRun),
            kubernetes_version: cluster.kubernetes_version.to_string(),
            next: next(layout, &hosts, shared.is_some(), done),
            shared,
            hosts,
            backup,
            notes,
        }
    }

    /// Adds remarks about what was kept.
    pub(crate) fn add_notes(&mut self, notes: Vec<String>) {
        self.notes.extend(notes);
    }

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
        for step in &self.next {
            // A command must stay one line, or it cannot be copied.
            let (text, command) = step.split_once('\n').unwrap_or((step, ""));
            out.push_str(&wrap(&format!("next: {text}"), columns, ""));
            out.push('\n');
            if !command.is_empty() {
                out.push_str(&format!("  {command}\n"));
            }
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
    fn new(item: &PlanItem, layout: &Layout, done: &Done) -> Self {
        let dry = matches!(done, Done::DryRun);
        let tense = |past, conditional| if dry { conditional } else { past };
        let file = |file| FileReport {
            path: layout.shown(item.site, file),
            mode: format!("{:04o}", file.role.mode()),
        };
        let base = Self {
            name: item.entry.base_name,
            purpose: item.entry.purpose,
            files: item.files.iter().map(file).collect(),
            action: "kept",
            reason: String::new(),
            subject: None,
            subject_alt_names: Vec::new(),
            not_after: None,
            key_algorithm: item
                .action
                .make()
                .map(|make| make.key_algorithm.to_string()),
            notes: Vec::new(),
        };
        let made = item
            .action
            .make()
            .and_then(|make| make.certificate.as_ref());
        match &item.action {
            Action::Keep(kept) => base.with_kept(kept),
            Action::Copy => Self {
                action: tense("copied", "would be copied"),
                reason: "from the shared directory".to_owned(),
                ..base
            },
            Action::Replace(_, differences) => Self {
                action: tense("replaced", "would be replaced"),
                reason: differences
                    .iter()
                    .map(described_difference)
                    .collect::<Vec<_>>()
                    .join("; "),
                ..base.with_made(made)
            },
            _ => Self {
                action: tense("made", "would be made"),
                reason: "missing".to_owned(),
                ..base.with_made(made)
            },
        }
    }

    fn with_kept(self, kept: &Kept) -> Self {
        Self {
            reason: kept.reason.clone(),
            subject: kept.subject.clone(),
            subject_alt_names: kept.subject_alt_names.clone(),
            not_after: kept.not_after.map(|time| time.to_string()),
            notes: kept.notes.clone(),
            ..self
        }
    }

    fn with_made(self, made: Option<&MakeCertificate>) -> Self {
        let Some(made) = made else { return self };
        Self {
            subject: Some(made.subject.to_string()),
            subject_alt_names: made
                .subject_alt_names
                .iter()
                .map(ToString::to_string)
                .collect(),
            not_after: Some(made.validity.not_after().to_string()),
            ..self
        }
    }

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

fn described_difference(difference: &Difference) -> String {
    match difference.path() {
        Some(path) => format!("{path}: {difference}"),
        None => difference.to_string(),
    }
}

fn next(layout: &Layout, hosts: &[SiteReport], fleet: bool, done: &Done) -> Vec<String> {
    if matches!(done, Done::DryRun) {
        let changes = hosts
            .iter()
            .any(|host| host.items.iter().any(|item| item.action != "kept"));
        let again = "run it again without --dry-run to do this";
        return if changes {
            vec![again.to_owned()]
        } else {
            Vec::new()
        };
    }
    if !matches!(done, Done::Written(_)) {
        return Vec::new();
    }
    let is_changed = |host: &&SiteReport| host.items.iter().any(|item| item.action != "kept");
    let changed: Vec<_> = hosts.iter().filter(is_changed).collect();
    let replaced = changed
        .iter()
        .any(|h| h.items.iter().any(|item| item.action == "replaced"));
    let mut steps = match (changed.first(), fleet) {
        (Some(host), true) => {
            let all: Vec<_> = changed
                .iter()
                .take(4)
                .map(|host| host.name.as_str())
                .collect();
            let more = if changed.len() > all.len() {
                ", ..."
            } else {
                ""
            };
            vec![
                format!(
                    "bring each tree to its host ({}{more}), for {}:\ntar -C {} -cf - . | ssh root@{} 'mkdir -p /etc/kubernetes && tar -C /etc/kubernetes --no-same-owner -xpf -'",
                    all.join(", "),
                    host.name,
                    shell_word(&host.directory),
                    host.address.as_deref().unwrap_or(&host.name),
                ),
                format!(
                    "keep {} safe: it holds the keys of the CAs",
                    layout.directory(Site::Shared).display()
                ),
            ]
        }
        (Some(host), false) if replaced => {
            vec![format!(
                "check them at any time:\nkpki verify {}",
                shell_word(&host.directory)
            )]
        }
        (Some(host), false) => vec![
            "'kubeadm init' takes these files as they are, with the same names and addresses"
                .into(),
            format!(
                "check them at any time:\nkpki verify {}",
                shell_word(&host.directory)
            ),
        ],
        (None, _) => Vec::new(),
    };
    if replaced {
        let restart = "restart what uses the replaced files: kube-apiserver, kube-controller-manager, kube-scheduler and etcd";
        steps.insert(0, restart.into());
    }
    steps
}

/// A path as one word of a POSIX shell.
fn shell_word(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    match path.chars().all(plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}
