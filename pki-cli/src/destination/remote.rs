//! A directory of another host, by a shell over there. What runs is in the
//! `.sh` files beside this: no file of ours is installed.

mod digest;
mod failed;
mod listing;
mod places;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use pki_core::SubjectPublicKeyInfo;
use pki_core::copy::{Present, PresentFile};
use pki_core::shell::quoted;

use self::digest::Tool;
use self::failed::{NOT_UNDONE, answered};
use self::listing::Listed;
use self::places::Places;
use self::records::Records;
use super::{Asked, Destination, Receipt, Survey, Unpublished};
use crate::failure::Failure;
use crate::remote::{RemoteHost, Session, SshArgs};
use crate::store::{NewFile, RelPath};

/// No certificate, key or kubeconfig comes near this size.
const LARGEST: u64 = 1 << 20;

/// With what is said of it.
const MOST_OF_A_FILE: usize = (1 << 20) + (64 << 10);

const FILES: &str = include_str!("remote/files.sh");
const PLACES: &str = include_str!("remote/places.sh");
const SURVEY: &str = include_str!("remote/survey.sh");
const PUBLISH: &str = include_str!("remote/publish.sh");
const READ_BACK: &str = include_str!("remote/read_back.sh");

/// A directory of another host, and the conversation with that host.
pub(crate) struct RemoteDirectory {
    session: Session,
    /// An absolute path.
    directory: String,
    /// What was found on the way there, and below it.
    seen: Option<(Places, BTreeSet<String>)>,
    /// What makes digests there, once that is known.
    tool: Option<Tool>,
    /// The digests that files should have: a key that has another is not fetched.
    expected: BTreeMap<RelPath, String>,
    /// Goes before the scripts: programs that fail.
    #[cfg(test)]
    sabotage: String,
    /// In the place of the time that a host may be fed, in seconds.
    #[cfg(test)]
    fed_for: Option<u64>,
}

impl RemoteDirectory {
    /// Connects; nothing is looked at yet.
    pub(crate) fn open(
        host: &RemoteHost,
        directory: &str,
        args: &SshArgs,
    ) -> Result<Self, Failure> {
        Ok(Self::over(Session::open(host, args)?, directory))
    }

    fn over(session: Session, directory: &str) -> Self {
        Self {
            session,
            directory: directory.to_owned(),
            seen: None,
            tool: None,
            expected: BTreeMap::new(),
            #[cfg(test)]
            sabotage: String::new(),
            #[cfg(test)]
            fed_for: None,
        }
    }

    /// Looks at the directory and those below it that are on the way to these files, and
    /// refuses where somebody else could change them.
    fn look_around(&mut self, below: &BTreeSet<String>) -> Result<Places, Failure> {
        let mut call = format!("places {}", quoted(&self.directory));
        for directory in below {
            call.push(' ');
            call.push_str(&quoted(directory));
        }
        let answer = self.run(&[PLACES, &call], b"")?;
        let places = Places::read(&answer)?;
        places.check()?;
        self.tool = Some(places.tool);
        Ok(places)
    }

    /// What is in files that may have a key: first their digests alone, then for those that are
    /// not the expected ones the public half, or what was found equal as far as that can be told.
    fn ask_about_secrets(
        &mut self,
        asked: &[Asked<'_>],
        tool: Tool,
        files: &mut [PresentFile],
        digests: &[Option<String>],
    ) -> Result<(), Failure> {
        let mut calls = String::new();
        let mut open: Vec<(usize, &[u8])> = Vec::new();
        for (index, (asked, digest)) in asked.iter().zip(digests).enumerate() {
            let Some(digest) = digest else { continue };
            let expected = asked.expected.unwrap_or_default();
            let is_like =
                asked.expected.is_some() && *digest == tool.digest(self.session.nonce(), expected);
            let Some(file) = files.get_mut(index) else {
                continue;
            };
            file.content = match is_like && tool.is_proof() {
                true => Present::Equal,
                false => {
                    let path = self.path(&asked.path);
                    // A checksum is no proof, but rules out that another key is fetched.
                    let call = if is_like { "content" } else { "public_half" };
                    calls.push_str(&format!("{call} {}\n", quoted(&path)));
                    open.push((index, if is_like { expected } else { b"" }));
                    Present::OtherSecret(None)
                }
            };
        }
        if open.is_empty() {
            return Ok(());
        }
        let answer = self.run_for(open.len(), &[SURVEY, &calls])?;
        let mut records = Records::new(&answer, self.session.nonce());
        for (index, expected) in open {
            let found = records.content()?;
            let Some(file) = files.get_mut(index) else {
                continue;
            };
            file.content = match expected {
                b"" => Present::OtherSecret(SubjectPublicKeyInfo::from_der(found).ok()),
                expected if expected == found => Present::Equal,
                _ => Present::OtherSecret(None),
            };
        }
        Ok(())
    }

    /// Runs a script; one that fails is an error.
    fn run(&mut self, script: &[&str], input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let whole = self.whole(script);
        answered(self.session.run(&whole, input)?)
    }

    /// The same, for an answer that has as many files in it.
    fn run_for(&mut self, files: usize, script: &[&str]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let whole = self.whole(script);
        // A file that has grown meanwhile is larger than LARGEST, and told.
        let most = (files + 1) * MOST_OF_A_FILE;
        answered(self.session.run_for(most, &whole, b"")?)
    }

    fn whole(&self, script: &[&str]) -> String {
        let mut whole = self.library();
        whole.extend(script.iter().copied());
        whole
    }

    /// What goes before every script.
    fn library(&self) -> String {
        #[cfg(test)]
        return [FILES, &self.sabotage].concat();
        #[cfg(not(test))]
        FILES.to_owned()
    }

    /// For how many seconds the host may be fed so many bytes.
    fn patience(&self, bytes: usize) -> u64 {
        #[cfg(test)]
        if let Some(fed_for) = self.fed_for {
            return fed_for;
        }
        patience(self.session.silence(), bytes)
    }

    fn path(&self, below: &RelPath) -> String {
        format!("{}/{below}", self.directory.trim_end_matches('/'))
    }
}

impl Destination for RemoteDirectory {
    fn survey(&mut self, asked: &[Asked<'_>]) -> Result<Survey, Failure> {
        let below = parents(asked.iter().map(|asked| &asked.path));
        let places = self.look_around(&below)?;
        self.seen = Some((places.clone(), below));
        for asked in asked.iter().filter(|asked| asked.is_secret) {
            let digest = asked.expected.map(|bytes| places.tool.digest("", bytes));
            self.expected
                .extend(digest.map(|digest| (asked.path.clone(), digest)));
        }
        let mut survey = Survey {
            host_name: places.host_name,
            files: Vec::with_capacity(asked.len()),
            has_remains: places.has_remains,
            user: Some(places.user.uid),
        };
        if places.is_missing {
            survey.files.extend(asked.iter().map(|_| nothing()));
            return Ok(survey);
        }
        let mut script = SURVEY.to_owned();
        for asked in asked {
            let kind = if asked.is_secret { "secret" } else { "public" };
            script.push_str(&format!(
                "look {} {} {kind} '{}'\n",
                quoted(&self.directory),
                quoted(asked.path.as_str()),
                places.tool
            ));
        }
        let answer = self.run_for(asked.len(), &[&script])?;
        let mut records = Records::new(&answer, self.session.nonce());
        let mut digests = Vec::with_capacity(asked.len());
        for asked in asked {
            let (file, digest) = read_entry(&mut records, asked)?;
            survey.files.push(file);
            digests.push(digest);
        }
        self.ask_about_secrets(asked, places.tool, &mut survey.files, &digests)?;
        Ok(survey)
    }

    fn publish(
        &mut self,
        files: Vec<NewFile>,
        heirs: &[RelPath],
        stamp: &str,
    ) -> Result<Receipt, Unpublished> {
        if !stamp.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(Failure::new("the time stamp of a backup has other characters").into());
        }
        let below = parents(files.iter().map(|file| &file.path));
        let places = match self.seen.take() {
            // Looked at a moment ago, and again by the script.
            Some((places, seen)) if below.is_subset(&seen) => places,
            _ => self.look_around(&below)?,
        };
        let mut script = PUBLISH.to_owned();
        let length = files.iter().map(|file| file.bytes.len()).sum();
        let (whose, found) = places.found();
        let found: Vec<_> = found.iter().map(|path| quoted(path)).collect();
        script.push_str(&format!(
            "begin {} {stamp} {} {} {} {}\n",
            quoted(&places.real),
            places.user.uid,
            self.patience(length),
            quoted(&whose),
            found.join(" "),
        ));
        let mut digests = String::new();
        let mut input = Zeroizing::new(Vec::with_capacity(length));
        for (number, file) in files.iter().enumerate() {
            // A path that was found may have a name that no file of ours has.
            let path = RelPath::new(file.path.as_str())?;
            script.push_str(&format!(
                "stage {number} {} {:o} {} {} {}\n",
                quoted(path.as_str()),
                file.mode & 0o777,
                file.bytes.len(),
                if file.replaces { "replaces" } else { "new" },
                if heirs.contains(&file.path) {
                    "inherits"
                } else {
                    ""
                },
            ));
            input.extend_from_slice(&file.bytes);
            let digest = places.tool.digest("", &file.bytes);
            digests.push_str(&format!("{digest},"));
            self.expected.insert(path, digest);
        }
        script.push_str(&format!("check '{}' '{digests}'\ncommit\n", places.tool));
        let replaces = files.iter().any(|file| file.replaces);
        let unknown = |failure| Unpublished::Unknown {
            backup: replaces.then(|| format!("{}/kpki-backup-{stamp}", places.real)),
            failure,
        };
        let mut whole = self.library();
        whole.push_str(&script);
        // From here on it may have been done, whatever is heard.
        let answer = self.session.run(&whole, &input);
        let answer = answer.map_err(unknown)?;
        let is_half = answer.stderr.contains(NOT_UNDONE);
        let answer = answered(answer).map_err(|failure| match is_half {
            true => unknown(failure),
            false => Unpublished::Undone(failure),
        })?;
        receipt(&answer).map_err(unknown)
    }

    fn read_back(&mut self, paths: &[RelPath]) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
        let mut script = String::new();
        let mut proved = (String::new(), String::new());
        for path in paths {
            if let Some(digest) = self.expected.get(path) {
                proved.0.push_str(&format!("{digest},"));
                proved.1.push_str(&format!(" {}", quoted(&self.path(path))));
            }
        }
        if let (Some(tool), (digests, files)) = (self.tool, &proved)
            && !files.is_empty()
        {
            script.push_str(&format!("are_expected '{tool}' '{digests}'{files}\n"));
        }
        for path in paths {
            let path = self.path(path);
            script.push_str(&format!("readable {0} && content {0}\n", quoted(&path)));
        }
        let answer = self.run_for(paths.len(), &[READ_BACK, &script])?;
        let mut records = Records::new(&answer, self.session.nonce());
        let mut read = Vec::with_capacity(paths.len());
        for path in paths {
            let bytes = records.content()?;
            if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
                let path = self.path(path);
                return Err(Failure::new(format!(
                    "{} is larger than 1 MiB",
                    crate::store::quote(Path::new(&path))
                )));
            }
            read.push(Zeroizing::new(bytes.to_vec()));
        }
        Ok(read)
    }
}

/// What is said at the end of a script that has written everything.
fn receipt(answer: &[u8]) -> Result<Receipt, Failure> {
    let mut records = Records::new(answer, "");
    let backup = records.field("done")?;
    let remark = match records.field("stage")? {
        "yes" => Some("the remains of an interrupted copy were removed"),
        "left" => Some("'.kpki-copy' could not be removed; the next copy does"),
        _ => None,
    };
    Ok(Receipt {
        backup: (!backup.is_empty()).then(|| backup.to_owned()),
        remark: remark.map(str::to_owned),
    })
}

/// What was said of one file; of one that may have a key its digest.
fn read_entry(
    records: &mut Records<'_>,
    asked: &Asked<'_>,
) -> Result<(PresentFile, Option<String>), Failure> {
    let mut file = nothing();
    let mut digest = None;
    match Listed::read(records.line()?)? {
        Listed::Nothing => {}
        Listed::Link => file.content = Present::NotAFile("symbolic link"),
        Listed::Unreadable(reason) => file.content = Present::Unreadable(reason),
        Listed::Entry(entry) => {
            file.mode = entry.mode;
            file.uid = Some(entry.uid);
            file.modified = entry.modified;
            file.content = match entry.kind {
                Some(kind) => Present::NotAFile(kind),
                None if entry.size > LARGEST => {
                    Present::Unreadable("it is larger than 1 MiB".to_owned())
                }
                None if asked.is_secret => {
                    let said = records.line()?.to_owned();
                    match asked.expected {
                        // No key is lost with it.
                        expected if entry.size == 0 && expected != Some(b"") => {
                            Present::Content(Zeroizing::default())
                        }
                        _ => {
                            digest = Some(said);
                            Present::OtherSecret(None)
                        }
                    }
                }
                None => {
                    let bytes = records.content()?;
                    match asked.expected {
                        Some(expected) if expected == bytes => Present::Equal,
                        _ => Present::Content(Zeroizing::new(bytes.to_vec())),
                    }
                }
            };
        }
    }
    Ok((file, digest))
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

fn nothing() -> PresentFile {
    PresentFile {
        content: Present::Nothing,
        mode: 0,
        uid: None,
        modified: None,
    }
}

/// The directories on the way to files: `pki`, `pki/etcd`.
fn parents<'a>(paths: impl Iterator<Item = &'a RelPath>) -> BTreeSet<String> {
    let of_path = |path: &'a RelPath| {
        let text = path.as_str();
        text.match_indices('/').filter_map(|(at, _)| text.get(..at))
    };
    paths.flat_map(of_path).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
