//! What `kpki render` did: the same facts as text and as JSON.

use pki_core::render::RenderPlace;
use serde::Serialize;

use super::next_step::next_step;
use super::table::{fits, table, wrap};
use crate::cluster_args::Described;
use crate::commands::generate::Recovered;
use crate::commands::render::{
    ChangedService, Leftover, RenderAction, RenderedFiles, ToDo, Unfit, UnfitFile, changed_services,
};
use crate::env::Env;
use crate::layout::Layout;
use crate::store::Published;

/// The JSON document, `kpki.render/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RenderReport {
    schema: &'static str,
    changed: bool,
    dry_run: bool,
    kubernetes_version: String,
    /// What is for whoever sets the cluster up.
    operator: PlaceReport,
    hosts: Vec<PlaceReport>,
    /// Certificates that do not fit the description; not with `gen`, which mends
    /// them.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: Option<Vec<UnfitFile>>,
    /// What makes replaced files take effect on hosts that run.
    services: Vec<ChangedService>,
    /// What earlier renderings left.
    leftovers: Vec<Leftover>,
    backup: Option<String>,
    notes: Vec<String>,
    /// What became of an interrupted run before, which the terminal has been told already.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovered: Option<String>,
    next: Vec<String>,
}

/// One directory.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceReport {
    name: String,
    address: Option<String>,
    directory: String,
    files: Vec<FileReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileReport {
    id: &'static str,
    path: &'static str,
    purpose: &'static str,
    mode: String,
    action: &'static str,
}

impl RenderReport {
    pub(crate) fn new(
        described: &Described,
        layout: &Layout,
        files: &RenderedFiles,
        published: Option<&Published>,
        dry_run: bool,
    ) -> Self {
        let of = |place: RenderPlace| -> Vec<FileReport> {
            let items = files.items.iter().filter(|item| item.place == place);
            items
                .map(|item| FileReport {
                    id: item.kind.id(),
                    path: item.kind.path(),
                    purpose: item.kind.purpose(),
                    mode: format!("{:04o}", item.mode),
                    action: word(item.action, dry_run),
                })
                .collect()
        };
        let operator = PlaceReport {
            name: "operator".to_owned(),
            address: None,
            directory: layout.root.display().to_string(),
            files: of(RenderPlace::Operator),
        };
        let hosts = described.cluster.hosts.iter().enumerate();
        let hosts = hosts.map(|(index, host)| PlaceReport {
            name: host.name.to_string(),
            address: Some(host.advertise_address.to_string()),
            directory: layout.root.join(host.name.as_str()).display().to_string(),
            files: of(RenderPlace::Host(index)),
        });
        let mut notes = described.notes.clone();
        notes.extend(Self::notes(files));
        let changed = (dry_run || published.is_some()) && files.change_anything();
        let services = changed_services(&described.cluster, files);
        let backup = published.and_then(|published| published.backup.as_ref());
        Self {
            schema: "kpki.render/v1",
            changed,
            dry_run,
            kubernetes_version: described.cluster.kubernetes_version.to_string(),
            hosts: hosts.collect(),
            next: Vec::new(),
            operator,
            certificates: None,
            leftovers: files.leftovers.clone(),
            services,
            backup: backup.map(|backup| backup.display().to_string()),
            notes,
            recovered: None,
        }
    }

    /// Adds what became of an interrupted run.
    pub(crate) fn add_recovered(&mut self, recovered: Recovered) {
        self.changed |= recovered.is_changed;
        self.backup = self.backup.take().or(recovered.backup);
        self.recovered = Some(recovered.note);
    }

    /// For a report that has its own remarks, backup and next steps.
    pub(crate) fn files_alone(self) -> Self {
        Self {
            backup: None,
            notes: Vec::new(),
            ..self
        }
    }

    /// The remarks about rendered files and what earlier ones left.
    pub(crate) fn notes(files: &RenderedFiles) -> Vec<String> {
        let leftovers = files.leftovers.iter().map(Leftover::remark);
        files.notes.iter().cloned().chain(leftovers).collect()
    }

    /// Adds certificates that do not fit; `None` if there are none at all.
    pub(crate) fn add_certificates(&mut self, unfit: Option<Unfit>) {
        let unfit = unfit.unwrap_or_default();
        for (host, files) in by_host(&unfit.files) {
            self.notes.push(remark(host, &files));
        }
        self.certificates = Some(unfit.files);
    }

    /// Adds what is to be done.
    pub(crate) fn add_steps(&mut self, layout: &Layout, files: &RenderedFiles, to_do: &ToDo) {
        self.next = next(layout, files, to_do, self.dry_run);
    }

    /// The same for people.
    pub(crate) fn to_text(&self, env: &Env) -> String {
        let mut out = String::new();
        for place in self
            .hosts
            .iter()
            .chain([&self.operator])
            .filter(|place| !place.files.is_empty())
        {
            let address = place.address.as_ref();
            let address = address.map(|a| format!(" ({a})")).unwrap_or_default();
            let (name, directory) = (&place.name, &place.directory);
            out.push_str(&format!("{name}{address} in {directory}\n"));
            for line in place.lines(env.columns) {
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
            out.push_str(&next_step(step, columns));
        }
        out
    }

    fn sums(&self) -> String {
        let places = || self.hosts.iter().chain([&self.operator]);
        let count = |word: &str| {
            let files = places().flat_map(|place| &place.files);
            files.filter(|file| file.action == word).count()
        };
        let words = WORDS.iter().flatten();
        let parts: Vec<_> = words
            .map(|word| (count(word), word))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        match self.changed || self.dry_run {
            true => parts.join(", "),
            false => format!("{}: nothing to do", parts.join(", ")),
        }
    }
}

impl PlaceReport {
    fn lines(&self, columns: Option<usize>) -> Vec<String> {
        let cells = |file: &FileReport| {
            let purpose = file.purpose.to_owned();
            vec![
                file.path.to_owned(),
                purpose,
                file.mode.clone(),
                file.action.to_owned(),
            ]
        };
        let whole = self.files.iter().map(cells).collect();
        let whole = table(&["FILE", "WHAT IT DOES", "MODE", "STATUS"], whole);
        if fits(&whole, columns) {
            return whole;
        }
        let short = |file: &FileReport| vec![file.path.to_owned(), file.action.to_owned()];
        table(&["FILE", "STATUS"], self.files.iter().map(short).collect())
    }
}

/// The files of each host together, in their order.
fn by_host(files: &[UnfitFile]) -> Vec<(Option<&str>, Vec<&UnfitFile>)> {
    let mut hosts: Vec<(Option<&str>, Vec<&UnfitFile>)> = Vec::new();
    for file in files {
        let host = file.host.as_deref();
        match hosts.iter_mut().find(|(known, _)| *known == host) {
            Some((_, of_host)) => of_host.push(file),
            None => hosts.push((host, vec![file])),
        }
    }
    hosts
}

fn remark(host: Option<&str>, files: &[&UnfitFile]) -> String {
    let place = host.unwrap_or("shared");
    if let [
        UnfitFile {
            file: None, why, ..
        },
    ] = files
    {
        return format!("{place}: {}", why.join("; "));
    }
    let files: Vec<_> = files
        .iter()
        .filter_map(|of| Some(format!("{} ({})", of.file.as_ref()?, of.why.join("; "))))
        .collect();
    format!("{place} does not fit the description: {}", files.join(", "))
}

/// The words for what was done, and for what would be done.
const WORDS: [[&str; 3]; 2] = [
    ["made", "replaced", "kept"],
    ["would be made", "would be replaced", "would be kept"],
];

fn word(action: RenderAction, dry_run: bool) -> &'static str {
    let [done, conditional] = WORDS;
    let [made, replaced, _] = if dry_run { conditional } else { done };
    match action {
        RenderAction::Make => made,
        RenderAction::Replace => replaced,
        // Nothing happens to it either way.
        RenderAction::Keep => "kept",
    }
}

/// What is to be done, in its order; of a dry run, what would have to be done on hosts
/// that run.
pub(crate) fn next(
    layout: &Layout,
    files: &RenderedFiles,
    to_do: &ToDo,
    dry_run: bool,
) -> Vec<String> {
    let first = to_do.first.iter().cloned();
    let (opening, has_steps) = match dry_run {
        true => (to_do.foreseen(layout), to_do.is_change()),
        false => (to_do.opening(layout, files), true),
    };
    let steps = to_do.steps.iter().map(ToString::to_string);
    let steps = steps.chain(to_do.remarks.iter().cloned());
    first
        .chain(opening)
        .chain(steps.filter(|_| has_steps))
        .collect()
}
