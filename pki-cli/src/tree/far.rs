//! The directories of another host, looked at over ssh. What comes from there is
//! public: `far/look.sh` answers with the public view of each file.

mod answer;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use pki_core::{Timestamp, TreeContent};
use rustix::io::Errno;

use self::answer::{Answer, DENIED, Kind, Names, Node};
use super::directory::{Listed, Looked};
use crate::env::clock;
use crate::failure::Failure;
use crate::remote::Session;
use crate::store::{About, StoreError, is_ours};

/// Another host, and what is known of its files.
pub(crate) struct FarHost {
    session: RefCell<Session>,
    nodes: RefCell<BTreeMap<String, Rc<Node>>>,
    odd: RefCell<Vec<String>>,
    /// Why nothing more is known.
    lost: RefCell<Option<Failure>>,
    skew: Cell<Option<i64>>,
}

/// A directory of another host.
#[derive(Clone)]
pub(crate) struct FarDir {
    host: Rc<FarHost>,
    /// What absolute paths are relative to: empty for `/`.
    root: String,
    path: PathBuf,
}

const PROGRAMS: [(&str, &str); 7] = [
    ("scan_awk", include_str!("far/scan.awk")),
    ("key_awk", include_str!("far/key.awk")),
    ("pem_awk", include_str!("far/pem.awk")),
    ("fields_awk", include_str!("far/fields.awk")),
    ("field_awk", include_str!("far/field.awk")),
    ("kubeconfig_awk", include_str!("far/kubeconfig.awk")),
    ("plain_awk", include_str!("far/plain.awk")),
];

/// What runs there; the programs have no quotation mark in them.
fn script() -> String {
    let program = |(name, text): &(&str, &str)| format!("{name}='{text}'\n");
    let programs: String = PROGRAMS.iter().map(program).collect();
    programs + include_str!("far/look.sh")
}

/// No directory that is verified has more in it: forty files of the largest size.
const MOST_AT_ONCE: usize = 40 << 20;

/// Longer than any path on a host.
const LONGEST: usize = 4096;

impl FarHost {
    pub(crate) fn new(session: Session) -> Rc<Self> {
        Rc::new(Self {
            session: RefCell::new(session),
            nodes: RefCell::default(),
            odd: RefCell::default(),
            lost: RefCell::default(),
            skew: Cell::new(None),
        })
    }

    /// A directory that absolute paths are relative to.
    pub(super) fn root(self: &Rc<Self>, path: &Path) -> Result<Option<FarDir>, StoreError> {
        let top = FarDir {
            host: Rc::clone(self),
            root: String::new(),
            path: "/".into(),
        };
        let found = top.enter(path)?;
        Ok(found.map(|found| FarDir {
            root: path.to_string_lossy().trim_end_matches('/').to_owned(),
            ..found
        }))
    }

    /// Asks of a tree and all that a check will look at beside it, in one go.
    pub(super) fn look_around(&self, directory: &str) {
        const KUBELETS: [&str; 5] = [
            "/var/lib/kubelet/pki/kubelet-client-current.pem",
            "/var/lib/kubelet/pki/kubelet-server-current.pem",
            "/var/lib/kubelet/pki/kubelet.crt",
            "/var/lib/kubelet/pki/kubelet.key",
            "/var/lib/kubelet/config.yaml",
        ];
        let mut top = Path::new(directory);
        // The kubeconfigs lie beside the certificates.
        while let (Some(name), Some(above)) = (top.file_name(), top.parent()) {
            if name != "pki" && !top.ends_with("pki/etcd") {
                break;
            }
            top = above;
        }
        let root = top.ancestors().find_map(|above| {
            let is_hosts = above.ends_with("etc/kubernetes") || above.ends_with("etc/etcd");
            above.parent()?.parent().filter(|_| is_hosts)
        });
        let mut asked = vec![Question::of("/"), Question::tree(&top.to_string_lossy())];
        if let Some(root) = root {
            let root = root.to_string_lossy();
            asked.push(Question::of(&root));
            let of_host =
                |path: &&str| Question::of(&format!("{}{path}", root.trim_end_matches('/')));
            asked.extend(KUBELETS.iter().map(of_host));
        }
        self.ask(&asked);
    }

    /// Why the answers are not all that there is to know.
    pub(crate) fn lost(&self) -> Option<Failure> {
        self.lost.take()
    }

    /// By how many seconds the clock there is ahead of ours, beyond what the
    /// way may have taken.
    pub(crate) fn skew(&self) -> Option<i64> {
        self.skew.get()
    }

    fn compare_clocks(&self, theirs: Option<i64>, asked: Option<Timestamp>) {
        let theirs = theirs.and_then(|theirs| Timestamp::from_unix(theirs).ok());
        let (Some(theirs), Some(asked), Ok(now)) = (theirs, asked, clock()) else {
            return;
        };
        if self.skew.get().is_none() {
            let skew = theirs.since(asked).min(0) + theirs.since(now).max(0);
            self.skew.set(Some(skew));
        }
    }

    fn ask(&self, questions: &[Question]) {
        // Nothing of a host that was lost is used.
        if self.lost.borrow().is_some() || questions.is_empty() {
            return;
        }
        let input: String = questions
            .iter()
            .map(|asked| format!("{}\n", asked.0))
            .collect();
        let asked = clock().ok();
        let answered = self
            .session
            .borrow_mut()
            .run_for(MOST_AT_ONCE, &script(), input.as_bytes());
        let found = answered.and_then(|said| {
            Answer::parse(&said.stdout).ok_or_else(|| {
                let said = crate::output::harmless(said.stderr.trim());
                Failure::new("the answer of its shell is not understood").hint(
                    match said.is_empty() {
                        true => "it needs sh, awk, sed, ls, dd and od".to_owned(),
                        false => format!("it said: {said}"),
                    },
                )
            })
        });
        match found {
            Ok(found) => {
                self.compare_clocks(found.clock, asked);
                let mut nodes = self.nodes.borrow_mut();
                for (path, mut node) in found.nodes {
                    // What was asked by way of a link is none itself.
                    let known = nodes.get(&path).and_then(|known| known.link.clone());
                    node.link = node.link.or(known);
                    nodes.insert(path, Rc::new(node));
                }
                self.odd.borrow_mut().extend(found.odd);
            }
            Err(failure) => *self.lost.borrow_mut() = Some(failure),
        }
    }

    fn known(&self, path: &str) -> Option<Rc<Node>> {
        if let Some(node) = self.nodes.borrow().get(path) {
            return Some(Rc::clone(node));
        }
        // A directory that was listed has no other names, and what is none has none.
        let (above, _) = path
            .rsplit_once('/')
            .filter(|(above, _)| !above.is_empty())?;
        let is_known_not_to_be = match self.known(above)?.kind {
            Kind::Directory(Names::Listed) | Kind::Absent | Kind::File(_) => true,
            Kind::Directory(_) | Kind::Hidden(_) => false,
        };
        is_known_not_to_be.then(|| Rc::new(Node::absent()))
    }

    fn node(&self, path: &str) -> Rc<Node> {
        let known = self.known(path).or_else(|| {
            self.ask(&[Question::of(path)]);
            self.known(path)
        });
        known.unwrap_or_else(|| Rc::new(Node::absent()))
    }
}

/// A line for the other host.
struct Question(String);

impl Question {
    /// Of one name.
    fn of(path: &str) -> Self {
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        let is_plain =
            above.ends_with("/manifests") || path.ends_with("/var/lib/kubelet/config.yaml");
        let how = if is_plain { "plain" } else { "file" };
        Self(format!("{how} {path}"))
    }

    /// Of a directory and all below it.
    fn tree(path: &str) -> Self {
        Self(format!("tree {path}"))
    }
}

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
