//! What `kpki gen` did: the same facts as text and as JSON.

mod text;

use pki_core::plan::{Action, Difference, Kept, MakeCertificate, Plan, PlanItem, Site};
use serde::Serialize;

use crate::cluster_args::Described;
use crate::commands::generate::{Done, Recovered};
use crate::commands::render::RenderedFiles;
use crate::layout::Layout;
use crate::output::render_report::RenderReport;

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
    /// What became of an interrupted run before, which the terminal has been told already.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovered: Option<String>,
    next: Vec<String>,
    /// What `--render` did besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    rendered: Option<RenderReport>,
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
    pub(crate) fn new(
        described: &Described,
        layout: &Layout,
        plan: &Plan,
        next: Vec<String>,
        done: &Done,
    ) -> Self {
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
            next,
            shared,
            hosts,
            backup,
            notes,
            recovered: None,
            rendered: None,
        }
    }

    /// Adds the rendered files, whose remarks become its own.
    pub(crate) fn add_rendered(
        &mut self,
        described: &Described,
        layout: &Layout,
        files: &RenderedFiles,
        done: &Done,
    ) {
        let (published, dry_run) = match done {
            Done::DryRun => (None, true),
            Done::Nothing => (None, false),
            Done::Written(published) => (Some(published), false),
        };
        self.notes.extend(RenderReport::notes(files));
        self.changed |= files.change_anything();
        let report = RenderReport::new(described, layout, files, published, dry_run);
        self.rendered = Some(report.files_alone());
    }

    /// Adds what became of an interrupted run.
    pub(crate) fn add_recovered(&mut self, recovered: Recovered) {
        self.changed |= recovered.is_changed;
        self.backup = self.backup.take().or(recovered.backup);
        self.recovered = Some(recovered.note);
    }

    /// Adds remarks about what was kept.
    pub(crate) fn add_notes(&mut self, notes: Vec<String>) {
        self.notes.extend(notes);
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
}

fn described_difference(difference: &Difference) -> String {
    match difference.path() {
        Some(path) => format!("{path}: {difference}"),
        None => difference.to_string(),
    }
}
