//! All files or none: what is sent to `publish.sh`, and what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use zeroize::Zeroizing;

use pki_core::shell::quoted;

use super::digest::Digests;
use super::failed::{answered_among, was_overtaken};
use super::records::strange;
use super::said::Said;
use super::{FORESEE, Places, RECEIVE, REMAINS, RemoteDirectory, TARGETS, parents};
use crate::destination::{Backup, Delivery, Receipt, Remains, STAGE_IS_LEFT, Unpublished};
use crate::failure::Failure;
use crate::remote::{Answer, bare};
use crate::store::{NewFile, RelPath};

/// The status of a script that has put back all that it had replaced.
const UNDONE: i32 = 3;

impl RemoteDirectory {
    pub(super) fn publish_files(
        &mut self,
        delivery: &Delivery,
        stamp: &str,
    ) -> Result<Receipt, Unpublished> {
        if !stamp.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(Failure::new("the time stamp of a backup has other characters").into());
        }
        for file in &delivery.files {
            // A path that was found may have a name that no file of ours has.
            RelPath::new(file.path.as_str())?;
        }
        let below = parents(delivery.files.iter().map(|file| &file.path));
        let places = match self.seen.take() {
            // Looked at a moment ago, and again by the script.
            Some((places, seen)) if below.is_subset(&seen) => places,
            _ => self.look(&below, &[])?,
        };
        let length = delivery.files.iter().map(|file| file.bytes.len()).sum();
        let mut input = Zeroizing::new(Vec::with_capacity(length));
        let mut digests = Vec::with_capacity(delivery.files.len());
        for file in &delivery.files {
            input.extend_from_slice(&file.bytes);
            digests.push(Digests::of(&file.bytes));
            self.sizes.insert(file.path.clone(), file.bytes.len());
        }
        let mut script = lists(delivery);
        script.push_str(&self.begin(&places, stamp, length));
        script.push_str(&self.as_found());
        if !delivery.files.is_empty() {
            script.push_str(&(bare(TARGETS) + &bare(RECEIVE)));
            script.push_str(&reception(delivery, &digests));
        }
        script.push_str("commit\n");
        let paths = delivery.files.iter().map(|file| file.path.clone());
        self.expected.extend(paths.zip(digests));
        let is_replaced = |file: &NewFile| file.replaces && !delivery.mended.contains(&file.path);
        let replaces = delivery.files.iter().any(is_replaced);
        // What it has said of the backup, or else what it would have.
        let unknown = |failure, said: &Said| Unpublished::Unknown {
            backup: match &said.backup {
                Some(backup) => Some(Backup::Named(backup.clone())),
                None => replaces
                    .then(|| Backup::Beginning(format!("{}/kpki-backup-{stamp}", places.real))),
            },
            failure,
        };
        let whole = self.whole(&script);
        // From here on it may have been done, whatever is heard.
        let (said, answer) = self.hear(&whole, &input);
        let answer = answer.map_err(|failure| unknown(failure, &said))?;
        // A shell that was killed says neither that it was done nor that it was undone.
        let is_half = said.is_applying && answer.status != UNDONE;
        let is_overtaken = was_overtaken(&answer);
        answered_among(answer, &places.found().1).map_err(|failure| {
            match (is_half, is_overtaken) {
                (true, _) => unknown(failure, &said),
                (false, true) => Unpublished::Overtaken(failure),
                (false, false) => Unpublished::Undone(failure),
            }
        })?;
        receipt(&said).map_err(|failure| unknown(failure, &said))
    }

    /// Runs a script that may take an interrupted copy back, which stays known whatever else
    /// becomes of it.
    fn hear(&mut self, script: &str, input: &[u8]) -> (Said, Result<Answer, Failure>) {
        let answer = self.session.try_run(script, input);
        let said = match &answer {
            Ok(answer) => Said::read(&answer.stdout),
            Err(unanswered) => Said::read(&unanswered.came),
        };
        self.recovered = said.recovered().or_else(|| self.recovered.take());
        (said, answer.map_err(Failure::from))
    }

    /// Takes back what an interrupted copy has put in place.
    pub(super) fn take_back_files(&mut self) -> Result<(), Failure> {
        let places = match self.seen.take() {
            Some((places, _)) => places,
            None => self.look(&BTreeSet::new(), &[])?,
        };
        let begin = self.begin(&places, "1", 0);
        let script = format!(
            "{}taking_back=yes\n{begin}commit\n",
            lists(&Delivery::default())
        );
        let (_, answer) = self.hear(&self.whole(&script), b"");
        answered_among(answer?, &places.found().1).map(|_| ())
    }

    /// What would make the same fail, told without writing.
    pub(super) fn foresee_files(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        let below = parents(delivery.files.iter().map(|file| &file.path));
        if self.seen.is_none() {
            let places = self.look(&below, &[])?;
            self.seen = Some((places, below));
        }
        let Some((places, _)) = &self.seen else {
            return Ok(());
        };
        let script = format!(
            "{}{}{}foresee {} {}\n",
            bare(TARGETS),
            bare(FORESEE),
            lists(delivery),
            quoted(&places.real),
            places.user.uid
        );
        let answer = self.session.run(&self.whole(&script), b"")?;
        answered_among(answer, &places.found().1).map(|_| ())
    }

    /// Takes the stage, for so many bytes.
    fn begin(&self, places: &Places, stamp: &str, bytes: usize) -> String {
        let remains = match places.remains {
            Remains::None => String::new(),
            _ => bare(REMAINS),
        };
        let (whose, found) = places.found();
        let found: Vec<_> = found.into_iter().map(quoted).collect();
        format!(
            "{remains}begin {} {stamp} {} {} {} {} {}\n",
            quoted(&places.real),
            places.user.uid,
            // Nothing is heard meanwhile.
            self.session.silence().as_secs() / 2,
            self.patience(bytes),
            quoted(&whose),
            found.join(" "),
        )
    }

    /// That all files are those that were looked at: what stays was looked at for a reason too.
    fn as_found(&self) -> String {
        if self.identities.is_empty() {
            return String::new();
        }
        let mut said = String::new();
        let mut words = String::new();
        for (path, identity) in &self.identities {
            let _ = write!(said, "{identity},");
            let _ = write!(words, " {}", quoted(&word(path)));
        }
        format!("as_found {}{words}\n", quoted(&said))
    }

    /// For how many seconds the host may be fed so many bytes.
    fn patience(&self, bytes: usize) -> u64 {
        #[cfg(test)]
        if let Some(fed_for) = self.fed_for {
            return fed_for;
        }
        patience(self.session.silence(), bytes)
    }
}

/// For how many seconds a host waits for all of its files: more than anybody waits for
/// the host, and on the slowest of lines.
fn patience(silence: Duration, bytes: usize) -> u64 {
    let on_the_way = u64::try_from(bytes / 512).unwrap_or(u64::MAX);
    silence
        .as_secs()
        .saturating_mul(2)
        .saturating_add(on_the_way)
        .max(1)
}

/// A file as a word of the script, which no shell sees anything in.
fn word(path: &RelPath) -> String {
    format!("./{path}")
}

/// Where it lies, as a word too.
fn directory(path: &RelPath) -> String {
    let word = word(path);
    let above = word.rsplit_once('/').map(|(above, _)| above);
    above.unwrap_or(".").to_owned()
}

/// What goes where, as the scripts read it.
fn lists(delivery: &Delivery) -> String {
    let mut script = String::new();
    let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let (mut directories, mut backups) = (BTreeSet::new(), BTreeSet::new());
    for file in &delivery.files {
        let list = match file.replaces {
            false => "news",
            true if delivery.mended.contains(&file.path) => "mended",
            true => "replaced",
        };
        if list == "replaced" {
            backups.insert(directory(&file.path));
        }
        directories.insert(directory(&file.path));
        for list in ["all", list] {
            lists.entry(list).or_default().push(word(&file.path));
        }
    }
    backups.remove(".");
    lists.insert("directories", directories.into_iter().collect());
    lists.insert("backups", backups.into_iter().collect());
    for list in [
        "all",
        "news",
        "replaced",
        "mended",
        "directories",
        "backups",
    ] {
        let words = lists.get(list).map(|words| words.join(" "));
        let _ = writeln!(script, "{list}='{}'", words.unwrap_or_default());
    }
    script
}

/// How files come into the stage.
fn reception(delivery: &Delivery, digests: &[Digests]) -> String {
    let files = &delivery.files;
    let sizes: Vec<_> = files
        .iter()
        .map(|file| file.bytes.len().to_string())
        .collect();
    let mut script = "prepare\n".to_owned();
    if !delivery.mended.is_empty() {
        let mended = files.iter().zip(digests);
        let mended = mended.filter(|(file, _)| delivery.mended.contains(&file.path));
        let digests = Digests::words(mended.map(|(_, digests)| digests));
        let _ = writeln!(script, "mends {digests}");
    }
    let _ = writeln!(
        script,
        "receive {} '{}' {}",
        quoted(&split_at_lines(files).unwrap_or_default()),
        sizes.join(" "),
        Digests::words(digests)
    );
    let mut modes: BTreeMap<u32, String> = BTreeMap::new();
    for file in files {
        let word = word(&file.path);
        // One that is new has nobody to inherit from.
        let inherits = file.replaces && delivery.heirs.contains(&file.path);
        if inherits {
            let _ = writeln!(script, "inherit {word}");
        }
        let mode = file.mode & 0o777;
        // With that one it is born.
        if inherits || mode != 0o600 {
            let files = modes.entry(mode).or_default();
            let _ = write!(files, " {word}");
        }
    }
    for (mode, files) in modes {
        let _ = writeln!(script, "mode {mode:o}{files}");
    }
    script
}

/// What has sed part the files, which it does for text that ends at the end of a line.
fn split_at_lines(files: &[NewFile]) -> Option<String> {
    let (mut script, mut before) = (String::new(), 0);
    for file in files {
        if !file.bytes.ends_with(b"\n") || file.bytes.contains(&0) {
            return None;
        }
        let lines = file.bytes.iter().filter(|octet| **octet == b'\n').count();
        let _ = writeln!(
            script,
            "{},{}w new/{}",
            before + 1,
            before + lines,
            file.path
        );
        before += lines;
    }
    Some(script)
}

/// What is said at the end of a script that has written everything.
fn receipt(said: &Said) -> Result<Receipt, Failure> {
    let (true, Some(stage)) = (said.is_done, &said.stage) else {
        return Err(strange());
    };
    Ok(Receipt {
        backup: said.backup.clone(),
        remark: match stage.as_str() {
            "yes" => Some(said.removed()),
            "left" => Some(STAGE_IS_LEFT.to_owned()),
            _ => None,
        },
    })
}
