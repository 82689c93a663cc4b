//! What cfssl keeps silent about.

use pki_core::DocumentError;

use super::log::Log;
use crate::failure::Failure;
use crate::output;

/// The most lines that a reader takes in.
const MOST: usize = 100;

/// Warnings of ours, collected while a command runs and printed below cfssl's own lines.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    texts: Vec<String>,
    dropped: usize,
}

impl Warnings {
    /// Adds a line: what is wrong, and what to do about it.
    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.texts.len() == MOST {
            self.dropped += 1;
        } else if !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    /// What a document says that cfssl passes over, with its place.
    pub(crate) fn warn_in(&mut self, file: &str, remarks: &[DocumentError]) {
        for remark in remarks {
            self.warn(Failure::in_file(file, remark).on_one_line());
        }
    }

    pub(crate) fn any(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Whether the command must fail: there are warnings, and `KPKI_CFSSL_STRICT` makes them
    /// errors. Then they are printed here, whatever the log level.
    pub(crate) fn refuse(&self, strict: bool) -> bool {
        let refused = strict && self.any();
        if refused {
            output::bare("refused, because KPKI_CFSSL_STRICT makes an error of:\n");
            for text in &self.texts {
                output::bare(&format!("\t{text}\n"));
            }
            self.count_dropped(|text| output::bare(&format!("\t{text}\n")));
        }
        refused
    }

    pub(crate) fn print(&self, log: &Log) {
        for text in &self.texts {
            log.warning(text);
        }
        self.count_dropped(|text| log.warning(text));
    }

    fn count_dropped(&self, say: impl FnOnce(&str)) {
        if self.dropped > 0 {
            say(&format!("and {} more", self.dropped));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_each_text_once_and_not_too_many() {
        let mut warnings = Warnings::default();
        assert!(!warnings.refuse(true));
        for number in 0..150 {
            warnings.warn(format!("{}", number % 120));
        }
        assert_eq!(warnings.texts.len(), MOST);
        assert!(warnings.dropped > 0);
        assert!(!warnings.refuse(false));
    }
}
