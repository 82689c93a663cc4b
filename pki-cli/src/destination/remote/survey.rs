//! What lies at another host: first what `ls` and the like say of it, then the bytes of what is
//! public, and of what may have a key whether it is the expected one.

use zeroize::Zeroizing;

use pki_core::SubjectPublicKeyInfo;
use pki_core::copy::{KubeconfigCertificates, Present, PresentFile};
use pki_core::shell::quoted;

use super::digest::{Digests, Tool, sha};
use super::listing::{Entry, Listed};
use super::records::{Records, strange};
use super::{KEYS, LARGEST, MOST_OF_A_FILE, REMAINS, RemoteDirectory, parents, parts};
use crate::destination::{Asked, Remains, Survey};
use crate::failure::Failure;
use crate::remote::bare;
use crate::tree::public_views;

/// A file that is there, and what has to be asked of it.
struct Open<'a> {
    index: usize,
    asked: &'a Asked<'a>,
    size: usize,
}

/// The files of which more has to be asked.
#[derive(Default)]
struct Questions<'a> {
    public: Vec<Open<'a>>,
    /// They may have a key, and have the size of what is expected.
    alike: Vec<Open<'a>>,
    /// Of these it is known that they are others.
    others: Vec<Open<'a>>,
}

impl RemoteDirectory {
    pub(super) fn survey_files(&mut self, asked: &[Asked<'_>]) -> Result<Survey, Failure> {
        let below = parents(asked.iter().map(|asked| &asked.path));
        let mut places = self.look_around(&below, asked)?;
        let distrusted = places.check().err();
        if places.remains != Remains::None && distrusted.is_none() {
            let call = format!("{}will_go_back {}\n", bare(REMAINS), quoted(&places.real));
            match Records::new(&self.run(&call)?, "").line()? {
                "back" => places.remains = Remains::TakenBack,
                "busy" => places.remains = Remains::Busy,
                _ => {}
            }
        }
        for asked in asked.iter().filter(|asked| asked.is_secret) {
            let digests = asked.expected.map(Digests::of);
            self.expected
                .extend(digests.map(|digests| (asked.path.clone(), digests)));
        }
        let mut survey = Survey {
            host_name: places.host_name.clone(),
            files: asked.iter().map(|_| nothing()).collect(),
            full: std::mem::take(&mut places.full),
            remains: places.remains,
            user: Some(places.user.uid),
            distrusted,
        };
        let listed = places.files.take();
        self.identities.clear();
        if survey.distrusted.is_none() {
            self.seen = Some((places, below));
        }
        let Some(listed) = listed else {
            return Ok(survey);
        };
        if listed.len() != asked.len() {
            return Err(strange());
        }
        for (listed, asked) in listed.iter().zip(asked) {
            if let Listed::Entry(entry) = listed {
                let identity = entry.identity.clone();
                self.identities.insert(asked.path.clone(), identity);
            }
        }
        let mut questions = Questions::default();
        let is_distrusted = survey.distrusted.is_some();
        let found = survey.files.iter_mut().zip(listed);
        for (index, ((file, listed), asked)) in found.zip(asked).enumerate() {
            match listed {
                Listed::Nothing => {}
                Listed::Link => file.content = Present::NotAFile("symbolic link"),
                Listed::Unreadable(reason) => file.content = Present::Unreadable(reason),
                Listed::Entry(_) if is_distrusted => {
                    file.content = Present::Unreadable("others could change it".to_owned());
                }
                Listed::Entry(entry) => questions.consider(index, asked, &entry, file),
            }
        }
        self.ask(questions, &mut survey.files)?;
        Ok(survey)
    }

    fn ask(&mut self, questions: Questions<'_>, files: &mut [PresentFile]) -> Result<(), Failure> {
        let Questions {
            public,
            alike,
            mut others,
        } = questions;
        let mut script = String::new();
        let path_of = |open: &Open<'_>| open.asked.path.clone();
        if !public.is_empty() {
            let paths: Vec<_> = public.iter().map(path_of).collect();
            script.push_str(&self.call("contents", &paths));
        }
        if !alike.is_empty() {
            let paths: Vec<_> = alike.iter().map(path_of).collect();
            script.push_str(&self.call("together", &paths));
        }
        if !script.is_empty() {
            let answer = self.run_for(public.iter().map(|open| open.size).sum(), &script)?;
            let mut records = Records::new(&answer, self.session.nonce());
            if !public.is_empty() {
                let came = records.content()?;
                match parts(came, public.iter().map(|open| open.size)) {
                    Some(parts) => {
                        for (open, bytes) in public.iter().zip(parts) {
                            self.found(open, bytes, files);
                        }
                    }
                    // Somebody is writing there.
                    None => self.ask_one_by_one(&public, files)?,
                }
            }
            if !alike.is_empty() {
                let said = records.line()?;
                let mut all = vec![self.session.nonce().as_bytes()];
                all.extend(alike.iter().filter_map(|open| open.asked.expected));
                match said == sha(&all) {
                    true => alike.iter().for_each(|open| self.equal(open, files)),
                    // A file is another, or the tool is none.
                    false => others.extend(self.tell_apart(alike, files)?),
                }
            }
        }
        self.ask_for_public_parts(others, files)
    }

    fn ask_one_by_one(
        &mut self,
        public: &[Open<'_>],
        files: &mut [PresentFile],
    ) -> Result<(), Failure> {
        let calls = public.iter().map(|open| [&open.asked.path]);
        let script: String = calls.map(|paths| self.call("content", paths)).collect();
        let answer = self.run_for(public.len() * MOST_OF_A_FILE, &script)?;
        let mut records = Records::new(&answer, self.session.nonce());
        for open in public {
            let bytes = records.content()?;
            self.found(open, bytes, files);
        }
        Ok(())
    }

    /// Asks for the digest of each file, and returns those that are others.
    fn tell_apart<'a>(
        &mut self,
        alike: Vec<Open<'a>>,
        files: &mut [PresentFile],
    ) -> Result<Vec<Open<'a>>, Failure> {
        let call = self.call("each", alike.iter().map(|open| &open.asked.path));
        let answer = self.run(&(bare(KEYS) + &call))?;
        let mut records = Records::new(&answer, self.session.nonce());
        let tool = Tool::named(records.field("tool")?).ok_or_else(strange)?;
        let (mut others, mut to_compare) = (Vec::new(), Vec::new());
        for open in alike {
            let said = records.line()?;
            let expected = open.asked.expected.unwrap_or_default();
            match said == tool.digest(self.session.nonce(), expected) {
                true if tool.is_proof() => self.equal(&open, files),
                // A checksum is no proof, but rules out that another key is fetched.
                true => to_compare.push(open),
                false => others.push(open),
            }
        }
        self.compare(&to_compare, files)?;
        Ok(others)
    }

    /// Fetches what is equal as far as that can be told.
    fn compare(&mut self, alike: &[Open<'_>], files: &mut [PresentFile]) -> Result<(), Failure> {
        if alike.is_empty() {
            return Ok(());
        }
        let calls = alike.iter().map(|open| [&open.asked.path]);
        let script: String = calls.map(|paths| self.call("content", paths)).collect();
        let answer = self.run_for(alike.len() * MOST_OF_A_FILE, &script)?;
        let mut records = Records::new(&answer, self.session.nonce());
        for open in alike {
            if records.content()? == open.asked.expected.unwrap_or_default() {
                self.equal(open, files);
            }
        }
        Ok(())
    }

    /// Of files that may have another key than the expected one: of kubeconfigs the
    /// certificates, of others the public half of the key.
    fn ask_for_public_parts(
        &mut self,
        others: Vec<Open<'_>>,
        files: &mut [PresentFile],
    ) -> Result<(), Failure> {
        let is_kubeconfig = |open: &Open<'_>| open.asked.path.as_str().ends_with(".conf");
        let (kubeconfigs, keys): (Vec<_>, Vec<_>) = others.into_iter().partition(is_kubeconfig);
        self.ask_for_public_views(&kubeconfigs, files)?;
        self.ask_for_public_halves(&keys, files)
    }

    fn ask_for_public_views(
        &mut self,
        kubeconfigs: &[Open<'_>],
        files: &mut [PresentFile],
    ) -> Result<(), Failure> {
        if kubeconfigs.is_empty() {
            return Ok(());
        }
        let at = |open: &Open<'_>| self.path(&open.asked.path);
        let paths: Vec<_> = kubeconfigs.iter().map(at).collect();
        let views = public_views(&mut self.session, &paths)?;
        for (open, path) in kubeconfigs.iter().zip(paths) {
            let view = views.get(&path);
            let certificates = view.and_then(|view| KubeconfigCertificates::of_public_view(view));
            if let (Some(certificates), Some(file)) = (certificates, files.get_mut(open.index)) {
                file.content = Present::OtherKubeconfig(certificates);
            }
        }
        Ok(())
    }

    fn ask_for_public_halves(
        &mut self,
        others: &[Open<'_>],
        files: &mut [PresentFile],
    ) -> Result<(), Failure> {
        if others.is_empty() {
            return Ok(());
        }
        let calls = others.iter().map(|open| [&open.asked.path]);
        let calls: String = calls.map(|path| self.call("public_half", path)).collect();
        let answer = self.run(&(bare(KEYS) + &calls))?;
        let mut records = Records::new(&answer, self.session.nonce());
        for open in others {
            let key = SubjectPublicKeyInfo::from_der(records.content()?).ok();
            if let Some(file) = files.get_mut(open.index) {
                file.content = Present::OtherSecret(key);
            }
        }
        Ok(())
    }

    fn found(&mut self, open: &Open<'_>, bytes: &[u8], files: &mut [PresentFile]) {
        if open.asked.expected == Some(bytes) {
            self.equal(open, files);
        } else if let Some(file) = files.get_mut(open.index) {
            self.sizes.insert(open.asked.path.clone(), bytes.len());
            file.content = Present::Content(Zeroizing::new(bytes.to_vec()));
        }
    }

    fn equal(&mut self, open: &Open<'_>, files: &mut [PresentFile]) {
        if let Some(file) = files.get_mut(open.index) {
            self.sizes.insert(open.asked.path.clone(), open.size);
            file.content = Present::Equal;
        }
    }
}

impl<'a> Questions<'a> {
    /// What is known of a file from what `ls` says, and what is left to be asked.
    fn consider(
        &mut self,
        index: usize,
        asked: &'a Asked<'a>,
        entry: &Entry,
        file: &mut PresentFile,
    ) {
        file.mode = entry.mode;
        file.uid = Some(entry.uid);
        file.modified = entry.modified;
        if let Some(kind) = entry.kind {
            file.content = Present::NotAFile(kind);
            return;
        }
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
        if entry.size > LARGEST {
            file.content = Present::Unreadable("it is larger than 1 MiB".to_owned());
            return;
        }
        let open = Open { index, asked, size };
        match asked.expected {
            _ if !asked.is_secret => self.public.push(open),
            Some(b"") if size == 0 => file.content = Present::Equal,
            // No key is lost with it.
            _ if size == 0 => file.content = Present::Content(Zeroizing::default()),
            expected => {
                file.content = Present::OtherSecret(None);
                match expected.is_some_and(|expected| expected.len() == size) {
                    true => self.alike.push(open),
                    false => self.others.push(open),
                }
            }
        }
    }
}

fn nothing() -> PresentFile {
    PresentFile {
        content: Present::Nothing,
        mode: 0,
        uid: None,
        modified: None,
    }
}
