//! The directories of another host, looked at over ssh. What comes from there is
//! public: `far/look.sh` answers with the public view of each file.

mod answer;
mod host;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use pki_core::{ServiceFileKind, TreeContent};
use rustix::io::Errno;

use self::answer::{DENIED, Kind, Names, Node};
use self::host::Question;
pub(crate) use self::host::{FarHost, public_views};
use super::directory::{Listed, Looked};
use crate::store::{About, Activity, StoreError, is_ours};

/// A directory of another host.
#[derive(Clone)]
pub(crate) struct FarDir {
    host: Rc<FarHost>,
    /// What absolute paths are relative to: empty for `/`.
    root: String,
    path: PathBuf,
}

/// Longer than any path on a host.
const LONGEST: usize = 4096;

impl FarDir {
    /// The path on its host; `None` for one that no host has.
    fn at(&self, path: &Path) -> Option<String> {
        let path = path.to_str().filter(|path| !path.contains(['\n', '\0']))?;
        let from = match path.starts_with('/') {
            true => format!("{}{path}", self.root),
            false => format!("{}/{path}", self.path.to_string_lossy()),
        };
        let names = from
            .split('/')
            .filter(|name| !name.is_empty() && *name != ".");
        let whole = names.fold(String::new(), |whole, name| whole + "/" + name);
        let whole = if whole.is_empty() {
            "/".to_owned()
        } else {
            whole
        };
        (whole.len() <= LONGEST).then_some(whole)
    }

    fn node(&self, path: impl AsRef<Path>) -> (Option<String>, Rc<Node>) {
        match self.at(path.as_ref()) {
            Some(path) => {
                let node = self.host.node(&path);
                (Some(path), node)
            }
            None => (None, Rc::new(Node::absent())),
        }
    }

    pub(super) fn enter(&self, path: impl AsRef<Path>) -> Result<Option<Self>, StoreError> {
        let (whole, node) = self.node(path);
        match (&node.kind, whole) {
            (Kind::Directory(_), Some(whole)) => Ok(Some(Self {
                path: whole.into(),
                ..self.clone()
            })),
            (Kind::Hidden(directory), _) => {
                Err(StoreError::io("enter", directory.into(), Errno::ACCESS))
            }
            (Kind::File(TreeContent::NotAFile("link that leads in a circle")), Some(whole)) => {
                Err(StoreError::io("enter", whole.into(), Errno::LOOP))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn has(&self, path: impl AsRef<Path>) -> bool {
        let (_, node) = self.node(path);
        node.about.is_some()
    }

    pub(super) fn is_link(&self, path: impl AsRef<Path>) -> bool {
        self.node(path).1.link.is_some()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        if self.path == other.path {
            return true;
        }
        let place = |this: &Self| {
            let node = this.node(".").1;
            node.about
                .filter(|_| node.has_device)
                .map(|about| about.inode)
        };
        place(self).is_some_and(|here| place(other) == Some(here))
    }

    /// Asks of names together that will be read one by one.
    pub(super) fn foresee(&self, names: &[&str]) {
        let paths = names.iter().filter_map(|name| self.at(Path::new(name)));
        let unknown = paths.filter(|path| self.host.known(path).is_none());
        let asked: Vec<_> = unknown.map(|path| Question::of(&path)).collect();
        self.host.ask(&asked);
    }

    /// Asks of files that those of services name, whatever they were taken for before.
    pub(super) fn foresee_services(&self, files: &[(&str, &ServiceFileKind)]) {
        let asked = files.iter().filter_map(|(name, kind)| {
            let path = self.at(Path::new(name))?;
            Some(Question::of_service(&path, kind))
        });
        let asked: Vec<_> = asked.collect();
        self.host.ask(&asked);
    }

    /// Asks for all below it, if nobody did.
    pub(super) fn foresee_all(&self) {
        self.survey();
    }

    fn survey(&self) -> Names {
        let names = |node: &Node| match node.kind {
            Kind::Directory(names) => names,
            _ => Names::Closed,
        };
        let (path, node) = self.node(".");
        match (names(&node), path) {
            (Names::Unknown, Some(path)) => {
                self.host.ask(&[Question::tree(&path)]);
                names(&self.node(".").1)
            }
            (known, _) => known,
        }
    }

    pub(super) fn look(&self, name: &str) -> Looked {
        let (_, node) = self.node(name);
        let (content, link) = (&node.kind, node.link.clone());
        let content = match content {
            Kind::Absent => return Looked::Nothing,
            Kind::Hidden(directory) => {
                return Looked::Hidden {
                    directory: directory.into(),
                    reason: DENIED.to_owned(),
                };
            }
            Kind::Directory(_) => TreeContent::NotAFile("directory"),
            Kind::File(content) => copied(content),
        };
        Looked::Something {
            content,
            about: node.about,
            has_inode: node.has_device,
            link,
        }
    }

    /// The names in the directory, in order.
    pub(super) fn names(&self, most: usize) -> Result<Vec<OsString>, StoreError> {
        let names = self.listed()?;
        match names.len() > most {
            true => Err(StoreError::TooMany {
                path: self.path.clone(),
                limit: most,
            }),
            false => Ok(names.into_iter().map(OsString::from).collect()),
        }
    }

    fn listed(&self) -> Result<Vec<String>, StoreError> {
        match self.survey() {
            Names::Listed => {}
            Names::TooMany => {
                return Err(StoreError::TooMany {
                    path: self.path.clone(),
                    limit: MOST,
                });
            }
            Names::Closed | Names::Unknown => {
                return Err(StoreError::io("open", self.path.clone(), Errno::ACCESS));
            }
        }
        let below = format!("{}/", self.path.to_string_lossy().trim_end_matches('/'));
        let nodes = self.host.nodes.borrow();
        let from = nodes.range(below.clone()..);
        let names = from.map_while(|(path, node)| Some((path.strip_prefix(&below)?, node)));
        let names = names.filter(|(name, node)| !name.contains('/') && node.is_there());
        Ok(names.map(|(name, _)| name.to_owned()).collect())
    }

    /// Every file below it; links are listed, not followed.
    pub(super) fn list(&self) -> Result<Listed, StoreError> {
        self.listed()?;
        let mut found = Listed::default();
        let below = format!("{}/", self.path.to_string_lossy().trim_end_matches('/'));
        let nodes = self.host.nodes.borrow();
        for (path, node) in nodes.range(below.clone()..) {
            let Some(name) = path.strip_prefix(&below) else {
                break;
            };
            let top = name.split('/').next().unwrap_or(name);
            match &node.kind {
                _ if is_ours(top) => {}
                Kind::Directory(Names::Closed | Names::TooMany) if node.link.is_none() => {
                    found.closed.push(path.into());
                }
                Kind::Directory(_) if node.link.is_none() => {}
                Kind::Absent | Kind::Hidden(_) => {}
                Kind::Directory(_) | Kind::File(_) => found.files.push(name.to_owned()),
            }
        }
        let odd = self.host.odd.borrow();
        let odd = odd.iter().filter(|path| path.starts_with(&below));
        found.odd.extend(odd.map(PathBuf::from));
        Ok(found)
    }

    pub(super) fn activity(&self, stage: &str) -> Activity {
        self.node(stage).1.activity
    }

    pub(super) fn about(&self) -> Option<About> {
        self.node(".").1.about
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// As many names as `look.sh` looks at.
const MOST: usize = 5000;

fn copied(content: &TreeContent) -> TreeContent {
    match content {
        TreeContent::PublicView(text) => TreeContent::PublicView(text.clone()),
        TreeContent::Withheld(why) => TreeContent::Withheld(why.clone()),
        TreeContent::Unreadable(why) => TreeContent::Unreadable(why.clone()),
        TreeContent::TooLarge(size) => TreeContent::TooLarge(*size),
        TreeContent::NotAFile(kind) => TreeContent::NotAFile(kind),
        // Nothing else comes from another host.
        _ => TreeContent::Hidden,
    }
}

#[cfg(test)]
mod tests;
