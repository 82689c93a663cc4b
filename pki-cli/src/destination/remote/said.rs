//! What `publish.sh` says, as it came: whole, or cut off anywhere.

use super::records::Records;
use crate::commands::generate::Recovered;
use crate::output::harmless;

/// Nothing is taken from a line of which only a part came.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Of how many files the interrupted copy is that is taken back.
    back: Option<String>,
    is_back: bool,
    /// The backup of an interrupted copy that has something in it.
    earlier: Option<String>,
    /// The one of this copy, told before anything is replaced.
    pub(super) backup: Option<String>,
    /// Whether it has begun to put files in their places.
    pub(super) is_applying: bool,
    pub(super) is_done: bool,
    /// `yes`, `left` or nothing.
    pub(super) stage: Option<String>,
}

impl Said {
    pub(super) fn read(answer: &[u8]) -> Self {
        let mut said = Self::default();
        let mut records = Records::new(answer, "");
        while let Ok(line) = records.line() {
            match line.split_once(' ').unwrap_or((line, "")) {
                ("back", files) => said.back = Some(harmless(files)),
                ("is", "back") => said.is_back = true,
                ("earlier", path) => said.earlier = Some(path.to_owned()),
                ("backup", path) => said.backup = Some(path.to_owned()),
                ("applying", "") => said.is_applying = true,
                ("done", "") => said.is_done = true,
                ("stage", of) => said.stage = Some(of.to_owned()),
                _ => {}
            }
        }
        said
    }

    /// That the remains of an interrupted copy are gone, where nothing was to be taken back.
    pub(super) fn removed(&self) -> String {
        let earlier = self.earlier.as_ref().map(|backup| {
            format!(
                "; what it replaced is in {backup}: restart what uses those files, if nobody has since"
            )
        });
        let earlier = earlier.unwrap_or_default();
        format!("the remains of an interrupted copy were removed{earlier}")
    }

    /// What became of an interrupted copy, where no receipt tells.
    pub(super) fn recovered(&self) -> Option<Recovered> {
        let earlier = self.earlier.clone();
        Some(match &self.back {
            Some(files) if self.is_back => Recovered {
                backup: earlier,
                ..Recovered::taken_back(files)
            },
            Some(files) => Recovered {
                note: format!(
                    "an earlier run was interrupted while it put {files} files in place, some for others: not all of that is taken back yet, which the next run goes on with; restart what was started since"
                ),
                is_changed: true,
                backup: None,
            },
            None if earlier.is_some() && !self.is_done => Recovered {
                note: self.removed(),
                is_changed: false,
                backup: earlier,
            },
            None => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_back_is_known_however_far_it_came() {
        let recovered = |said: &str| Said::read(said.as_bytes()).recovered();
        assert!(recovered("").is_none());
        // Cut before the number was whole.
        assert!(recovered("back 1").is_none());
        let begun = recovered("back 12\nis ba").expect("begun");
        assert!(begun.is_changed && begun.note.contains("12 files in place"));
        assert!(begun.note.contains("not all of that"), "{}", begun.note);
        let back = recovered("back 12\nis back\nearlier /x/kpki-backup-1\n").expect("back");
        assert!(back.note.contains("taken back now"), "{}", back.note);
        assert_eq!(back.backup.as_deref(), Some("/x/kpki-backup-1"));
        let removed = recovered("earlier /x/kpki-backup-1\n").expect("told");
        assert!(!removed.is_changed, "{}", removed.note);
        assert!(removed.note.contains("is in /x/kpki-backup-1"));
        // The receipt has it.
        assert!(recovered("earlier /x\napplying\ndone\nstage yes\n").is_none());
    }
}
