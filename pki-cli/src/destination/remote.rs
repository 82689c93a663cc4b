//! A directory of another host, by a shell over there. What runs is in the
//! `.sh` files beside this: no file of ours is installed.
//!
//! ```text
//! survey        look.sh        what is there, and whether somebody else could change it
//! foresee       foresee.sh     what would make that fail
//!               targets.sh     what lies in the way of files
//!               remains.sh     what becomes of a copy that was interrupted
//! publication   publish.sh     all files or none
//!               receive.sh     how they come
//! said                         what that says
//! read_back     read_back.sh   what lies there then
//! ```

mod digest;
mod failed;
mod listing;
mod places;
mod publication;
mod read_back;
mod records;
mod said;
mod survey;

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use pki_core::shell::quoted;

use self::digest::Digests;
use self::failed::answered;
use self::places::Places;
use super::{Asked, Delivery, Destination, Receipt, Survey, Unpublished, parents};
use crate::commands::generate::Recovered;
use crate::failure::Failure;
use crate::remote::{RemoteHost, Session, SshArgs, bare};
use crate::store::RelPath;

/// No certificate, key or kubeconfig comes near this size.
const LARGEST: u64 = 1 << 20;

/// With what is said of it.
const MOST_OF_A_FILE: usize = (1 << 20) + (64 << 10);

/// Where keys are not the expected ones.
const KEYS: &str = include_str!("remote/keys.sh");

/// Where a copy was interrupted.
const REMAINS: &str = include_str!("remote/remains.sh");

/// Where something was written.
const READ_BACK: &str = include_str!("remote/read_back.sh");

/// Where it is only shown what would be done.
const FORESEE: &str = include_str!("remote/foresee.sh");

/// Where files are to be written.
const RECEIVE: &str = include_str!("remote/receive.sh");

/// Where something is to be written, or shown.
const TARGETS: &str = include_str!("remote/targets.sh");

/// What all else is made of, sent once.
const SCRIPTS: [&str; 4] = [
    include_str!("../remote/alive.sh"),
    include_str!("remote/files.sh"),
    include_str!("remote/look.sh"),
    include_str!("remote/publish.sh"),
];

fn library() -> String {
    SCRIPTS.map(bare).concat()
}

/// A directory of another host, and the conversation with that host.
pub(crate) struct RemoteDirectory {
    session: Session,
    /// An absolute path.
    directory: String,
    /// What was found on the way there, and below it.
    seen: Option<(Places, BTreeSet<String>)>,
    /// What was said of each file that was found, as it is compared before something is written.
    identities: BTreeMap<RelPath, String>,
    /// What became of an interrupted copy.
    recovered: Option<Recovered>,
    /// What is expected in files, as digests: a key that has others is not fetched.
    expected: BTreeMap<RelPath, Digests>,
    /// How many bytes files have, as far as anybody knows.
    sizes: BTreeMap<RelPath, usize>,
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
        let session = Session::open_with(&library(), host, args)?;
        Ok(Self::over(session, directory))
    }

    fn over(session: Session, directory: &str) -> Self {
        Self {
            session,
            directory: directory.to_owned(),
            seen: None,
            identities: BTreeMap::new(),
            recovered: None,
            expected: BTreeMap::new(),
            sizes: BTreeMap::new(),
            #[cfg(test)]
            sabotage: String::new(),
            #[cfg(test)]
            fed_for: None,
        }
    }

    /// Looks at the directory, those below it and files, and refuses where somebody else could
    /// change them.
    fn look(&mut self, below: &BTreeSet<String>, files: &[Asked<'_>]) -> Result<Places, Failure> {
        let places = self.look_around(below, files)?;
        places.check()?;
        Ok(places)
    }

    /// The same without a word about those below it.
    fn look_around(
        &mut self,
        below: &BTreeSet<String>,
        files: &[Asked<'_>],
    ) -> Result<Places, Failure> {
        let mut call = format!("look {} {}", quoted(&self.directory), below.len());
        let files = files.iter().map(|asked| asked.path.as_str());
        for path in below.iter().map(String::as_str).chain(files) {
            call.push(' ');
            call.push_str(&quoted(path));
        }
        let places = Places::read(&self.run(&call)?)?;
        places.check_way()?;
        // Whose the links on the way are nobody asks.
        self.directory.clone_from(&places.real);
        Ok(places)
    }

    /// Runs a script; one that fails is an error.
    fn run(&mut self, script: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let whole = self.whole(script);
        answered(self.session.run(&whole, b"")?)
    }

    /// The same, for an answer with files of so many bytes in it.
    fn run_for(&mut self, bytes: usize, script: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let whole = self.whole(script);
        // A file that has grown meanwhile is larger than LARGEST, and told.
        let most = bytes.saturating_add(MOST_OF_A_FILE);
        answered(self.session.run_for(most, &whole, b"")?)
    }

    fn whole(&self, script: &str) -> String {
        #[cfg(test)]
        return [&self.sabotage, script].concat();
        #[cfg(not(test))]
        script.to_owned()
    }

    fn path(&self, below: &RelPath) -> String {
        format!("{}/{below}", self.directory.trim_end_matches('/'))
    }

    /// A function of the scripts and the files that it is about.
    fn call<'a>(&self, function: &str, paths: impl IntoIterator<Item = &'a RelPath>) -> String {
        let mut call = function.to_owned();
        for path in paths {
            call.push(' ');
            call.push_str(&quoted(&self.path(path)));
        }
        call.push('\n');
        call
    }
}

impl Destination for RemoteDirectory {
    fn survey(&mut self, asked: &[Asked<'_>]) -> Result<Survey, Failure> {
        self.survey_files(asked)
    }

    fn foresee(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        self.foresee_files(delivery)
    }

    fn take_back(&mut self) -> Result<(), Failure> {
        self.take_back_files()
    }

    fn recovered(&mut self) -> Option<Recovered> {
        self.recovered.take()
    }

    fn publish(&mut self, delivery: Delivery, stamp: &str) -> Result<Receipt, Unpublished> {
        self.publish_files(&delivery, stamp)
    }

    fn read_back(&mut self, paths: &[RelPath]) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
        self.read_files_back(paths)
    }
}

/// Parts of these sizes; `None` if there is more or less.
fn parts(mut bytes: &[u8], sizes: impl IntoIterator<Item = usize>) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    for size in sizes {
        let (part, rest) = bytes.split_at_checked(size)?;
        parts.push(part);
        bytes = rest;
    }
    bytes.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests;
