//! What a person sees who runs `kpki copy` several times.

use std::collections::BTreeMap;

use crate::common::run;
use crate::setup::{NOW, Place, assert_no_secrets};

pub(super) struct Transcript<'a> {
    place: &'a Place,
    text: String,
}

impl<'a> Transcript<'a> {
    pub(super) fn new(place: &'a Place) -> Self {
        Self {
            place,
            text: String::new(),
        }
    }

    /// Runs it with these words, and expects this exit status.
    #[track_caller]
    pub(super) fn run(&mut self, status: i32, words: &str) {
        self.run_at(NOW, status, words);
    }

    #[track_caller]
    pub(super) fn run_at(&mut self, now: &str, status: i32, words: &str) {
        let mut command = self.place.command(&["copy", "--now", now]);
        let output = run(command.args(words.split(' ')));
        assert_eq!(output.status.code(), Some(status), "{words}: {output:?}");
        assert_no_secrets(&output);
        let printed = format!("$ kpki copy {words}\n{}{}", output.stderr, output.stdout);
        self.text
            .push_str(&format!("{printed}[exit status {status}]\n\n"));
    }

    pub(super) fn text(&self) -> String {
        plain_hashes(&self.place.plain(&self.text))
    }
}

/// Fingerprints as `<1>`, `<2>`, the same wherever they are the same.
pub(super) fn plain_hashes(text: &str) -> String {
    let mut known = BTreeMap::new();
    let is_hash = |word: &str| word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|word| {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if !is_hash(bare) {
                return word.to_owned();
            }
            let next = known.len() + 1;
            let number = *known.entry(bare.to_owned()).or_insert(next);
            word.replace(bare, &format!("<{number}>"))
        })
        .collect()
}
