//! All files or none: what is sent to `publish.sh`, and what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use zeroize::Zeroizing;

use pki_core::shell::quoted;

use super::digest::Digests;
use super::failed::{answered_among, was_overtaken};
use super::records::{Records, strange};
use super::{FORESEE, Places, REMAINS, RemoteDirectory, TARGETS, parents};
use crate::commands::generate::Recovered;
use crate::destination::{Backup, Delivery, Receipt, Remains, STAGE_IS_LEFT, Unpublished};
use crate::failure::Failure;
use crate::output::harmless;
use crate::remote::bare;
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
        for file in &delivery.files {
            input.extend_from_slice(&file.bytes);
            self.expected
                .insert(file.path.clone(), Digests::of(&file.bytes));
            self.sizes.insert(file.path.clone(), file.bytes.len());
        }
        let script = script(&places, delivery, stamp, self.patience(length));
        let is_replaced = |file: &NewFile| file.replaces && !delivery.mended.contains(&file.path);
        let replaces = delivery.files.iter().any(is_replaced);
        // What it has said of the backup, or else what it would have.
        let unknown = |failure, said: &[u8]| Unpublished::Unknown {
            backup: match told(said) {
                Some(backup) => Some(Backup::Named(backup)),
                None => replaces
                    .then(|| Backup::Beginning(format!("{}/kpki-backup-{stamp}", places.real))),
            },
            failure,
        };
        let whole = self.whole(&script);
        // From here on it may have been done, whatever is heard.
        let answer = match self.session.try_run(&whole, &input) {
            Ok(answer) => answer,
            Err(unanswered) => return Err(unknown(unanswered.failure, &unanswered.came)),
        };
        let said = answer.stdout.clone();
        // A shell that was killed says neither that it was done nor that it was undone.
        let is_half = is_applying(&said) && answer.status != UNDONE;
        let is_overtaken = was_overtaken(&answer);
        let answer = answered_among(answer, &places.found().1).map_err(|failure| {
            match (is_half, is_overtaken) {
                (true, _) => unknown(failure, &said),
                (false, true) => Unpublished::Overtaken(failure),
                (false, false) => Unpublished::Undone(failure),
            }
        })?;
        receipt(&answer).map_err(|failure| unknown(failure, &said))
    }

    /// Takes back what an interrupted copy has put in place.
    pub(super) fn take_back_files(&mut self) -> Result<Option<Recovered>, Failure> {
        let places = match self.seen.take() {
            Some((places, _)) => places,
            None => self.look(&BTreeSet::new(), &[])?,
        };
        let begin = begin(&places, "1", self.patience(0));
        let script = format!(
            "{}taking_back=yes\n{begin}commit\n",
            lists(&Delivery::default())
        );
        let answer = self.session.run(&self.whole(&script), b"")?;
        let said = answered_among(answer, &places.found().1)?;
        let mut records = Records::new(&said, "");
        let lines = std::iter::from_fn(|| records.line().ok());
        let files = lines.filter_map(|line| line.strip_prefix("back ")).next();
        Ok(files.map(|files| Recovered::taken_back(&harmless(files))))
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

fn script(places: &Places, delivery: &Delivery, stamp: &str, patience: u64) -> String {
    let mut script = lists(delivery);
    script.push_str(&begin(places, stamp, patience));
    if !delivery.files.is_empty() {
        script.push_str(&bare(TARGETS));
        script.push_str(&reception(delivery));
    }
    script.push_str("commit\n");
    script
}

fn begin(places: &Places, stamp: &str, patience: u64) -> String {
    let remains = match places.remains {
        Remains::None => String::new(),
        _ => bare(REMAINS),
    };
    let (whose, found) = places.found();
    let found: Vec<_> = found.into_iter().map(quoted).collect();
    format!(
        "{remains}begin {} {stamp} {} {patience} {} {}\n",
        quoted(&places.real),
        places.user.uid,
        quoted(&whose),
        found.join(" "),
    )
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
fn reception(delivery: &Delivery) -> String {
    let files = &delivery.files;
    let digests: Vec<_> = files.iter().map(|file| Digests::of(&file.bytes)).collect();
    let sizes: Vec<_> = files
        .iter()
        .map(|file| file.bytes.len().to_string())
        .collect();
    let mut script = format!(
        "prepare\nreceive {} '{}' {}\n",
        quoted(&split_at_lines(files).unwrap_or_default()),
        sizes.join(" "),
        Digests::words(&digests)
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

/// Whether a script has begun to put files in their places, as it said before.
fn is_applying(said: &[u8]) -> bool {
    let mut records = Records::new(said, "");
    std::iter::from_fn(|| records.line().ok()).any(|line| line == "applying")
}

/// The backup that a script has made, as it said before it put anything there.
fn told(said: &[u8]) -> Option<String> {
    let mut records = Records::new(said, "");
    while let Ok(line) = records.line() {
        if let Some(backup) = line.strip_prefix("backup ") {
            return Some(backup.to_owned());
        }
    }
    None
}

/// What is said at the end of a script that has written everything.
fn receipt(answer: &[u8]) -> Result<Receipt, Failure> {
    let mut records = Records::new(answer, "");
    let mut receipt = Receipt {
        backup: None,
        remark: None,
    };
    let mut earlier = String::new();
    loop {
        let line = records.line()?;
        match line.split_once(' ') {
            None if line == "done" => break,
            None if line == "applying" => {}
            Some(("backup", backup)) => receipt.backup = Some(backup.to_owned()),
            Some(("earlier", backup)) => {
                earlier = format!(
                    "; what it replaced is in {backup}: restart what uses those files, if nobody has since"
                );
            }
            _ => return Err(strange()),
        }
    }
    receipt.remark = match records.field("stage")? {
        "yes" => Some(format!(
            "the remains of an interrupted copy were removed{earlier}"
        )),
        "left" => Some(STAGE_IS_LEFT.to_owned()),
        _ => None,
    };
    Ok(receipt)
}
