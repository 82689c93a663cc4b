//! What `kpki inspect` found: the same facts as text and as JSON.

mod facts;
mod kubeconfig;
mod page;

#[cfg(test)]
mod tests;

use pki_core::Timestamp;
use pki_core::specimen::{
    Content, ItemPlace, Mistaken, Relations, Specimen, SpecimenForm, SpecimenItem, relate,
};
use serde::Serialize;

use facts::Facts;
use kubeconfig::KubeconfigReport;

/// One file of the command line.
pub(crate) struct Inspected {
    /// As it was given.
    pub(crate) name: String,
    /// Its permission bits; none for stdin.
    pub(crate) mode: Option<u32>,
    pub(crate) content: Result<Specimen, Unread>,
}

/// Why there is nothing to show of a file.
pub(crate) enum Unread {
    /// It is something else.
    Mistaken(Mistaken),
    /// It could not be read.
    Failed(String),
}

/// The JSON document, `kpki.inspect/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InspectReport {
    schema: &'static str,
    now: String,
    complete: bool,
    /// Whether all signatures that could matter were checked.
    compared: bool,
    files: Vec<FileReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileReport {
    file: String,
    form: Option<&'static str>,
    mode: Option<String>,
    /// Who else may read the secrets in it.
    readable_by: Option<&'static str>,
    byte_order_mark: bool,
    error: Option<ErrorReport>,
    kubeconfig: Option<KubeconfigReport>,
    items: Vec<ItemReport>,
    more: usize,
}

#[derive(Serialize)]
struct ErrorReport {
    message: String,
    hint: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemReport {
    place: String,
    #[serde(skip)]
    is_alone: bool,
    block: Option<usize>,
    line: Option<usize>,
    label: Option<String>,
    error: Option<ErrorReport>,
    #[serde(flatten)]
    facts: Option<Facts>,
    same_key: Vec<Reference>,
    signed_by: Vec<Reference>,
    not_signed_by: Vec<Reference>,
    perhaps_signed_by: Vec<Reference>,
    revoked_by: Vec<Reference>,
}

/// Another thing that was looked at.
#[derive(Clone, Serialize)]
struct Reference {
    file: String,
    place: String,
    kind: &'static str,
    #[serde(skip)]
    is_alone: bool,
}

impl InspectReport {
    pub(crate) fn new(files: Vec<Inspected>, now: Timestamp) -> Self {
        let mut contents = Vec::new();
        let mut references = Vec::new();
        for file in &files {
            for item in items(file) {
                if let Ok(content) = &item.content {
                    contents.push(content);
                    references.push(Reference {
                        file: file.name.clone(),
                        place: item.place.to_string(),
                        kind: facts::kind(content),
                        is_alone: is_alone(file),
                    });
                }
            }
        }
        let (relations, compared) = relate(&contents);
        let mut relations = relations.into_iter();
        let mut context = Context {
            now,
            references: &references,
            has_certificates: references.iter().any(|r| r.kind == facts::CERTIFICATE),
            relations: &mut relations,
        };
        let files: Vec<_> = files.iter().map(|file| context.file(file)).collect();
        Self {
            schema: "kpki.inspect/v1",
            now: now.to_string(),
            complete: files.iter().all(FileReport::is_complete),
            compared,
            files,
        }
    }

    /// Whether all of every file could be read and is shown.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }
}

fn items(file: &Inspected) -> &[SpecimenItem] {
    match &file.content {
        Ok(specimen) => &specimen.items,
        Err(_) => &[],
    }
}

/// Whether a file has one PEM block, whose number is of no interest.
fn is_alone(file: &Inspected) -> bool {
    match &file.content {
        Ok(Specimen {
            form: SpecimenForm::Pem,
            items,
            more: 0,
            ..
        }) => items.len() == 1,
        _ => false,
    }
}

impl FileReport {
    fn is_complete(&self) -> bool {
        let kubeconfig = self.kubeconfig.as_ref();
        self.error.is_none()
            && self.more == 0
            && kubeconfig.is_none_or(KubeconfigReport::is_complete)
            && self.items.iter().all(|item| item.error.is_none())
    }
}

/// What is known while the files are gone through in their order.
struct Context<'a> {
    now: Timestamp,
    references: &'a [Reference],
    has_certificates: bool,
    relations: &'a mut dyn Iterator<Item = Relations>,
}

impl Context<'_> {
    fn file(&mut self, file: &Inspected) -> FileReport {
        let mut report = FileReport {
            file: file.name.clone(),
            form: None,
            mode: file.mode.map(|mode| format!("{mode:04o}")),
            readable_by: None,
            byte_order_mark: false,
            error: None,
            kubeconfig: None,
            items: items(file)
                .iter()
                .map(|item| self.item(item, is_alone(file)))
                .collect(),
            more: 0,
        };
        match &file.content {
            Ok(specimen) => {
                report.form = Some(match &specimen.form {
                    SpecimenForm::Der => "der",
                    SpecimenForm::Kubeconfig(contents) => {
                        report.kubeconfig = Some(KubeconfigReport::new(contents));
                        "kubeconfig"
                    }
                    _ => "pem",
                });
                report.byte_order_mark = specimen.has_byte_order_mark;
                report.more = specimen.more;
                report.readable_by = file
                    .mode
                    .filter(|_| has_secret(specimen))
                    .and_then(readable_by);
            }
            Err(Unread::Mistaken(mistaken)) => report.error = Some(mistaken.into()),
            Err(Unread::Failed(message)) => {
                report.error = Some(ErrorReport {
                    message: message.clone(),
                    hint: None,
                });
            }
        }
        report
    }

    fn item(&mut self, item: &SpecimenItem, is_alone: bool) -> ItemReport {
        let (block, line, label) = match &item.place {
            ItemPlace::Block {
                number,
                line,
                label,
            } => (Some(*number), Some(*line), Some(label.clone())),
            _ => (None, None, None),
        };
        let mut report = ItemReport {
            place: item.place.to_string(),
            is_alone,
            block,
            line,
            label,
            error: None,
            facts: None,
            same_key: Vec::new(),
            signed_by: Vec::new(),
            not_signed_by: Vec::new(),
            perhaps_signed_by: Vec::new(),
            revoked_by: Vec::new(),
        };
        match &item.content {
            Ok(content) => {
                let relations = self.relations.next().unwrap_or_default();
                let facts = Facts::new(content, &relations, self.now);
                report.facts = Some(facts);
                report.same_key = self.references(&relations.same_key);
                report.signed_by = self.references(&relations.signed_by);
                report.not_signed_by = self.references(&relations.not_signed_by);
                report.perhaps_signed_by = self.references(&relations.perhaps_signed_by);
                report.revoked_by = self.references(&relations.revoked_by);
                self.look_for_certificate(&mut report);
            }
            Err(mistaken) => report.error = Some(mistaken.into()),
        }
        report
    }

    fn references(&self, indices: &[usize]) -> Vec<Reference> {
        let references = indices
            .iter()
            .filter_map(|index| self.references.get(*index));
        references.cloned().collect()
    }

    /// A key that was given with certificates and belongs to none of them is most
    /// likely what was asked about.
    fn look_for_certificate(&self, report: &mut ItemReport) {
        let has_certificate = report
            .same_key
            .iter()
            .any(|other| other.kind == facts::CERTIFICATE);
        if let Some(Facts::PrivateKey(key)) = &mut report.facts {
            let known = key.public_key.is_some() && self.has_certificates;
            key.belongs_to_certificate = known.then_some(has_certificate);
        }
    }
}

impl From<&Mistaken> for ErrorReport {
    fn from(mistaken: &Mistaken) -> Self {
        Self {
            message: mistaken.what.clone(),
            hint: mistaken.hint,
        }
    }
}

/// Whether whoever reads the file can pass for somebody else.
fn has_secret(specimen: &Specimen) -> bool {
    let is_open_key = |item: &SpecimenItem| match &item.content {
        Ok(Content::PrivateKey(key)) => key.encryption().is_none(),
        _ => false,
    };
    let has_words = match &specimen.form {
        SpecimenForm::Kubeconfig(contents) => contents
            .users
            .iter()
            .any(|user| user.has_token || user.has_password),
        _ => false,
    };
    has_words || specimen.items.iter().any(is_open_key)
}

fn readable_by(mode: u32) -> Option<&'static str> {
    match (mode & 0o004 != 0, mode & 0o040 != 0) {
        (true, _) => Some("everyone"),
        (false, true) => Some("its group"),
        (false, false) => None,
    }
}
