//! Manifests of static pods: with which flags a host runs kube-apiserver,
//! kube-controller-manager, kube-scheduler and etcd.
//!
//! Only what decides names, addresses and files of the PKI is kept; everything
//! else in a manifest may be as it likes.

mod flags;
mod image;
mod url;

pub(crate) use flags::{Flag, Flags};
pub(crate) use image::tag as image_tag;
pub(crate) use url::Url;

use crate::document::DocumentError;
use crate::name::Quoted;
use crate::yaml::{self, Node};

/// A component that reads certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Component {
    ApiServer,
    ControllerManager,
    Etcd,
    Scheduler,
}

impl Component {
    const ALL: [Self; 4] = [
        Self::ApiServer,
        Self::ControllerManager,
        Self::Etcd,
        Self::Scheduler,
    ];

    /// The name of its program, and of kubeadm's manifest without `.yaml`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Etcd => "etcd",
            Self::Scheduler => "kube-scheduler",
        }
    }

    /// The component whose manifest kubeadm would call so: `etcd.yaml`.
    pub(crate) fn of_file(name: &str) -> Option<Self> {
        let stem = name.split('.').next().unwrap_or(name);
        Self::ALL.into_iter().find(|this| this.name() == stem)
    }

    /// The component that a manifest seems to run which is not whole: the one that
    /// a line of its own names, as a command or a container.
    pub(crate) fn of_text(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        text.lines().find_map(|line| {
            let line = line.trim().trim_start_matches("- ");
            let word = line.strip_prefix("name:").unwrap_or(line);
            let word = word.trim().trim_matches(['"', '\'']);
            Self::of_command(&[word])
        })
    }

    /// What the words of a command line start, past the launchers of old
    /// images that hold every component: `/hyperkube apiserver`.
    pub(crate) fn of_command(words: &[&str]) -> Option<Self> {
        let program = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
        let first = program(words.first()?);
        let of = |name: &str| Self::ALL.into_iter().find(|this| this.name() == name);
        match first.as_str() {
            "hyperkube" => {
                let second = program(words.get(1)?);
                of(&second).or_else(|| of(&format!("kube-{second}")))
            }
            name => of(name),
        }
    }
}

/// One container that runs such a component.
#[derive(Debug, Clone)]
pub(crate) struct StaticPod {
    pub(crate) component: Component,
    pub(crate) flags: Flags,
    /// Whether its environment may decide what flags do not: etcd takes
    /// `ETCD_NAME` for `--name`.
    pub(crate) has_environment: bool,
    image: Option<String>,
}

impl StaticPod {
    /// Reads a manifest; `None` if it runs none of the components.
    ///
    /// # Errors
    /// [`DocumentError`] for what the kubelet would not read either.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>, DocumentError> {
        let documents = yaml::parse(bytes)?;
        let mut pods = documents.iter().filter(|document| is_nearly_pod(document));
        let found = pods.find_map(|pod| {
            let spec = pod.get("spec").and_then(|spec| spec.get("containers"));
            let mut containers = spec.map(Node::items).unwrap_or_default().iter();
            Some((pod, containers.find_map(Self::of_container)?))
        });
        let Some((document, pod)) = found else {
            return Ok(None);
        };
        header_fault(document).map_or(Ok(Some(pod)), Err)
    }

    fn of_container(container: &Node) -> Option<Self> {
        let words: Vec<&Node> = ["command", "args"]
            .iter()
            .filter_map(|key| container.get(key))
            .flat_map(Node::items)
            .collect();
        let texts: Vec<&str> = words.iter().filter_map(|word| word.text()).collect();
        let by_name = || Component::of_command(&[container.get("name")?.text()?]);
        let component = Component::of_command(&texts).or_else(by_name)?;
        Some(Self {
            component,
            flags: Flags::of_nodes(&words),
            has_environment: has_environment(container),
            image: container
                .get("image")
                .and_then(Node::text)
                .map(str::to_owned),
        })
    }

    /// A component that runs without a container.
    pub(crate) fn of_service(component: Component, flags: Flags, has_environment: bool) -> Self {
        Self {
            component,
            flags,
            has_environment,
            image: None,
        }
    }

    /// The tag of the image, such as `v1.36.0`, where there is a plain one.
    pub(crate) fn image_tag(&self) -> Option<&str> {
        image_tag(self.image.as_deref()?)
    }
}

fn has_environment(container: &Node) -> bool {
    let names = container.get("env").map(Node::items).unwrap_or_default();
    let is_etcds = |entry: &Node| {
        let name = entry.get("name").and_then(Node::text);
        name.is_some_and(|name| name.starts_with("ETCD_"))
    };
    container.get("envFrom").is_some() || names.iter().any(is_etcds)
}

const KIND: &str = "Pod";
/// The one version in which there are pods.
const VERSION: &str = "v1";

/// Whether it is a pod, or is meant as one; a document that does not say what it is is
/// none.
pub(crate) fn is_nearly_pod(document: &Node) -> bool {
    let kind = document.get("kind").and_then(Node::text);
    kind.is_some_and(|it| it.eq_ignore_ascii_case(KIND))
}

/// Why the kubelet does not take it for a pod, though it is meant as one. That it says
/// no version is not judged.
pub(crate) fn header_fault(document: &Node) -> Option<DocumentError> {
    let fields = [("kind", KIND), ("apiVersion", VERSION)].into_iter();
    let mut said = fields.filter_map(|(field, right)| Some((field, document.get(field)?, right)));
    // Of another host some words stay there.
    let is_right = |node: &Node, right| {
        node.text()
            .is_some_and(|it| it == right || it == "withheld")
    };
    let (field, node, right) = said.find(|(_, node, right)| !is_right(node, *right))?;
    let message = format!(
        "the kubelet runs no pod of {}, 'no kind is registered': write {right}",
        Quoted(node.text().unwrap_or_default())
    );
    let fault = DocumentError::at(Some(node.position), field, message);
    Some(fault.suggesting(right))
}

#[cfg(test)]
mod tests;
