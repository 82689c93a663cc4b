//! Another host: what was asked of its files, and what it said.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use pki_core::{
    ClusterFile, FileText, PasswordSeal, ServiceFileKind, Timestamp, Tree, TreeContent,
};

use super::FarDir;
use super::answer::{Answer, Kind, Names, Node};
use zeroize::Zeroizing;

use crate::env::clock;
use crate::failure::Failure;
use crate::remote::Session;
use crate::store::StoreError;

/// Another host, and what is known of its files.
pub(crate) struct FarHost {
    session: RefCell<Session>,
    pub(super) nodes: RefCell<BTreeMap<String, Rc<Node>>>,
    pub(super) odd: RefCell<Vec<String>>,
    /// Why nothing more is known.
    lost: RefCell<Option<Failure>>,
    skew: Cell<Option<i64>>,
    /// What it calls itself.
    called: RefCell<Option<String>>,
    /// What passwords are sealed with there.
    pub(in super::super) seal: PasswordSeal,
}

/// No directory that is verified has more in it: forty files of the largest size.
const MOST_AT_ONCE: usize = 40 << 20;

pub(super) const PROGRAMS: [(&str, &str); 23] = [
    ("scan_awk", include_str!("scan.awk")),
    ("key_awk", include_str!("key.awk")),
    ("pem_awk", include_str!("pem.awk")),
    ("fields_awk", include_str!("fields.awk")),
    ("field_awk", include_str!("field.awk")),
    ("lay_awk", include_str!("lay.awk")),
    ("join_awk", include_str!("join.awk")),
    ("line_awk", include_str!("line.awk")),
    ("kubeconfig_awk", include_str!("kubeconfig.awk")),
    ("flags_awk", include_str!("flags.awk")),
    ("plain_awk", include_str!("plain.awk")),
    ("kubeadm_awk", include_str!("kubeadm.awk")),
    ("variables_awk", include_str!("variables.awk")),
    ("unit_awk", include_str!("unit.awk")),
    ("used_awk", include_str!("used.awk")),
    ("environment_awk", include_str!("environment.awk")),
    ("words_awk", include_str!("words.awk")),
    ("script_awk", include_str!("script.awk")),
    ("password_awk", include_str!("password.awk")),
    ("passwords_awk", include_str!("passwords.awk")),
    ("seal_awk", include_str!("seal.awk")),
    ("keepalived_awk", include_str!("keepalived.awk")),
    ("haproxy_awk", include_str!("haproxy.awk")),
];

/// What runs there; the programs have no quotation mark in them.
fn script() -> String {
    let program = |(name, text): &(&str, &str)| format!("{name}='{text}'\n");
    let programs: String = PROGRAMS.iter().map(program).collect();
    let names = ClusterFile::read_fields().join(" ");
    let names = program(&("kubeadm_names", &names));
    programs + &names + include_str!("../../remote/alive.sh") + include_str!("look.sh")
}

/// The public views of files by their absolute paths, as far as their host has the
/// tools that make them.
pub(crate) fn public_views(
    session: &mut Session,
    paths: &[String],
) -> Result<BTreeMap<String, FileText>, Failure> {
    let questions = paths.iter().map(|path| Question::of(path).0 + "\n");
    let input: String = questions.collect();
    let said = session.run_for(MOST_AT_ONCE, &script(), input.as_bytes())?;
    let nodes = Answer::parse(&said.stdout).map_or_else(Vec::new, |found| found.nodes);
    let views = nodes
        .into_iter()
        .filter_map(|(path, node)| match node.kind {
            Kind::File(TreeContent::PublicView(text)) => Some((path, text)),
            _ => None,
        });
    Ok(views.collect())
}

impl FarHost {
    /// Trees that are compared have one seal.
    pub(crate) fn new(session: Session, seal: PasswordSeal) -> Rc<Self> {
        Rc::new(Self {
            session: RefCell::new(session),
            nodes: RefCell::default(),
            odd: RefCell::default(),
            lost: RefCell::default(),
            skew: Cell::new(None),
            called: RefCell::default(),
            seal,
        })
    }

    /// A directory that absolute paths are relative to.
    pub(in super::super) fn root(
        self: &Rc<Self>,
        path: &Path,
    ) -> Result<Option<FarDir>, StoreError> {
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
    pub(in super::super) fn look_around(&self, directory: &str) {
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
            let services = Tree::service_files();
            let services = services.iter().map(String::as_str);
            asked.extend(services.map(|path| of_host(&path)));
            let drop_ins = Tree::drop_in_directories().into_iter();
            let root = root.trim_end_matches('/');
            asked.extend(drop_ins.map(|path| Question::tree(&format!("{root}{path}"))));
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

    /// What it calls itself, if that is a plain name.
    pub(crate) fn called(&self) -> Option<String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let called = self.called.borrow().clone();
        called.filter(|name| !name.is_empty() && name.chars().all(is_plain))
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

    pub(super) fn ask(&self, questions: &[Question]) {
        // Nothing of a host that was lost is used.
        if self.lost.borrow().is_some() || questions.is_empty() {
            return;
        }
        let mut input = Zeroizing::new(format!("key {}\n", self.seal.key()));
        for asked in questions {
            input.push_str(&asked.0);
            input.push('\n');
        }
        let asked = clock().ok();
        let answered = self
            .session
            .borrow_mut()
            .run_for(MOST_AT_ONCE, &script(), input.as_bytes());
        let found = answered.and_then(|said| {
            Answer::parse(&said.stdout).ok_or_else(|| not_understood(said.status, &said.stderr))
        });
        match found {
            Ok(found) => {
                self.compare_clocks(found.clock, asked);
                *self.called.borrow_mut() = found.called;
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

    pub(super) fn known(&self, path: &str) -> Option<Rc<Node>> {
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

    pub(super) fn node(&self, path: &str) -> Rc<Node> {
        let known = self.known(path).or_else(|| {
            self.ask(&[Question::of(path)]);
            self.known(path)
        });
        known.unwrap_or_else(|| Rc::new(Node::absent()))
    }
}

/// A line for the other host.
pub(super) struct Question(String);

impl Question {
    /// Of one name.
    pub(super) fn of(path: &str) -> Self {
        let (above, name) = path.rsplit_once('/').unwrap_or_default();
        let kind = match name {
            _ if above.ends_with("/manifests") => "plain",
            "config.yaml" if above.ends_with("/var/lib/kubelet") => "plain",
            "config.yaml" if !above.ends_with("/kubernetes") => "file",
            name if Tree::kubeadm_files().contains(&name) => "kubeadm",
            "etcd.service" => "unit",
            "keepalived.conf" => "keepalived",
            "haproxy.cfg" => "haproxy",
            _ => "file",
        };
        Self(format!("{kind} {path}"))
    }

    /// As it is written.
    #[cfg(test)]
    pub(super) fn verbatim(line: &str) -> Self {
        Self(line.to_owned())
    }

    /// Of a file that one of a service names.
    pub(super) fn of_service(path: &str, kind: &ServiceFileKind) -> Self {
        match kind {
            ServiceFileKind::Environment(names) if names.is_empty() => {
                Self(format!("environment - {path}"))
            }
            ServiceFileKind::Environment(names) => {
                Self(format!("environment {} {path}", names.join(",")))
            }
            ServiceFileKind::Script => Self(format!("script {path}")),
            _ => Self::of(path),
        }
    }

    /// Of a directory and all below it.
    pub(super) fn tree(path: &str) -> Self {
        Self(format!("tree {path}"))
    }
}

/// The status of `look.sh` where a tool that it needs is not there or does not run.
const NO_TOOL: i32 = 4;

fn not_understood(status: i32, said: &str) -> Failure {
    const NEEDS: &str = "it needs sh, awk, sed, ls, dd, od, grep and tr";
    let said = crate::output::harmless(said.trim());
    match (status, said.is_empty()) {
        (NO_TOOL, false) => Failure::new(said).hint(NEEDS),
        (_, true) => Failure::new("the answer of its shell is not understood").hint(NEEDS),
        (_, false) => Failure::new("the answer of its shell is not understood")
            .hint(format!("it said: {said}")),
    }
}
