//! Who gets a copy, and what they are called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pki_core::{FileRole, HostName, PlacedFile};

use super::cluster_hosts::ClusterHosts;
use super::{Args, CopySource};
use crate::cluster_args::Described;
use crate::failure::Failure;
use crate::layout::{self, CERT_DIR, host_of};
use crate::remote::{Place, RemoteHost, Target};
use crate::store::{RelPath, quote, resolve};

/// A host or a directory that gets a copy.
pub(crate) struct Recipient {
    /// What the report calls it.
    pub(crate) label: String,
    /// The host that it is, as far as the command line tells.
    pub(crate) name: Option<HostName>,
    pub(crate) place: Place,
    /// The certificates directory.
    pub(crate) directory: PathBuf,
    /// The directory that one transaction writes to.
    pub(crate) root: PathBuf,
    /// The certificates directory below it, with a slash, or nothing.
    below: String,
    /// Whether the description has the directory; `None` where nobody may give one.
    is_described: Option<bool>,
}

/// Those that `--to` names, or else the control plane hosts of the cluster.
pub(super) fn choose(
    args: &Args,
    described: Option<&Described>,
    hosts: &ClusterHosts<'_>,
    source: &mut CopySource,
) -> Result<Vec<Recipient>, Failure> {
    let targets = match args.to.is_empty() {
        false => args.to.clone(),
        true => of_cluster(described, source)?,
    };
    let source = &*source;
    let mut recipients = Vec::with_capacity(targets.len());
    let (mut places, mut homes) = (BTreeSet::new(), BTreeSet::new());
    let mut names = BTreeMap::new();
    for target in targets {
        let recipient = Recipient::new(target, args, described, hosts, source)?;
        let twice = |what: &str| {
            Err(Failure::new(format!("{what} is given twice"))
                .hint("name each destination once; nothing was written"))
        };
        if !places.insert(recipient.identity()) {
            return twice(&recipient.label);
        }
        if let Some(name) = &recipient.name {
            // One host may get it in several directories.
            let machine = recipient.machine();
            let known = names.entry(name.clone()).or_insert_with(|| machine.clone());
            if *known != machine {
                return Err(Failure::new(format!(
                    "two destinations would both be the host {name}"
                ))
                .hint("write --to NAME=HOST with the name of each; nothing was written"));
            }
        }
        if args.with_host_certs && !homes.insert((recipient.host(), recipient.root.clone())) {
            let (label, root) = (&recipient.label, quote(&recipient.root));
            return Err(Failure::new(format!(
                "{label} and another destination would both get their kubeconfigs in {root}"
            ))
            .hint("give every host a certificates directory in a directory of its own"));
        }
        recipients.push(recipient);
    }
    Ok(recipients)
}

/// The control plane hosts, but for this one if it is the source.
fn of_cluster(
    described: Option<&Described>,
    source: &mut CopySource,
) -> Result<Vec<Target>, Failure> {
    let directory = described.and_then(|it| it.certificates_dir.as_deref());
    let is_ours = source.is_in(Path::new(directory.unwrap_or(CERT_DIR)));
    let this = source.owner().filter(|_| is_ours).cloned();
    let hosts = described.map(|described| described.cluster.hosts.as_slice());
    let hosts = hosts.unwrap_or_default().iter();
    let hosts: Vec<_> = hosts.filter(|host| host.roles.control_plane).collect();
    let others = hosts
        .iter()
        .filter(|host| Some(&host.name) != this.as_ref());
    let targets: Vec<_> = others
        .map(|host| Target {
            name: Some(host.name.clone()),
            place: Place::There(RemoteHost::of_cluster(&host.name, host.advertise_address)),
        })
        .collect();
    if let Some(this) = this.filter(|_| targets.len() < hosts.len()) {
        source.note(format!(
            "{this} is this host, and the source: nothing is copied there"
        ));
    }
    match targets.is_empty() {
        false => Ok(targets),
        true => Err(Failure::new("nothing says where the files go")
            .hint("write --to HOST for each host, or -f FILE with the hosts of the cluster")),
    }
}

impl Recipient {
    fn new(
        target: Target,
        args: &Args,
        described: Option<&Described>,
        hosts: &ClusterHosts<'_>,
        source: &CopySource,
    ) -> Result<Self, Failure> {
        let label = match (&target.place, &target.name) {
            (Place::There(host), Some(name)) if host.host() == name.as_str() => host.to_string(),
            _ => target.to_string(),
        };
        let described = described.and_then(|it| it.certificates_dir.as_deref());
        let directory = match &target.place {
            Place::Here(path) => layout::absolute(path)?,
            Place::There(host) => PathBuf::from(host.directory().or(described).unwrap_or(CERT_DIR)),
        };
        let is_described = Some(directory.as_path()) == described.map(Path::new);
        if !is_described {
            check_name(&directory)?;
        }
        if matches!(target.place, Place::Here(_)) && source.is_below(&directory) {
            return Err(
                Failure::new(format!("{} holds the source", quote(&directory)))
                    .hint("give another directory to --to; nothing was written"),
            );
        }
        let name = match target.name {
            Some(name) => Some(name),
            None => name_of(&target.place, &directory, hosts, source),
        };
        if let Some(name) = &name {
            hosts.check_role(name)?;
        }
        let (root, below) = site(&directory, args.with_host_certs)?;
        Ok(Self {
            label,
            name,
            place: target.place,
            directory,
            root,
            below,
            is_described: Some(is_described),
        })
    }

    /// A directory of this host.
    pub(crate) fn here(directory: &Path, with_kubeconfigs: bool) -> Result<Self, Failure> {
        let directory = layout::absolute(directory)?;
        let (root, below) = site(&directory, with_kubeconfigs)?;
        Ok(Self {
            label: directory.display().to_string(),
            name: None,
            place: Place::Here(directory.clone()),
            directory,
            root,
            below,
            is_described: None,
        })
    }

    /// Whether it is this host, as far as the command line tells: ssh may call it so.
    pub(super) fn may_be(&self, name: &HostName) -> bool {
        let is_reached = match &self.place {
            Place::Here(_) => false,
            Place::There(host) => host.host().eq_ignore_ascii_case(name.as_str()),
        };
        self.name.as_ref().map_or(is_reached, |known| known == name)
    }

    /// What no other may share.
    fn identity(&self) -> (String, PathBuf) {
        let directory = match &self.place {
            // By whatever name it was given.
            Place::Here(_) => resolve(&self.directory).ok(),
            Place::There(_) => None,
        };
        (
            self.host(),
            directory.unwrap_or_else(|| self.directory.clone()),
        )
    }

    /// The same whoever logs in there.
    fn machine(&self) -> String {
        let host = self.host();
        // A user of a domain has one too.
        host.rsplit_once('@')
            .map_or(String::new(), |(_, at)| at.to_owned())
    }

    /// The host as ssh is told of it; empty for this one.
    fn host(&self) -> String {
        let Place::There(host) = &self.place else {
            return String::new();
        };
        let user = host.user().unwrap_or_default();
        let port = host.port().map(|port| port.to_string());
        format!("{user}@{}:{}", host.host(), port.unwrap_or_default()).to_ascii_lowercase()
    }

    /// Why the certificates directory cannot be the one that was meant, where none of kubeadm's
    /// files is in it: something else is, and it is not called after certificates.
    pub(super) fn mistake(&self, full: &BTreeSet<String>) -> Option<Failure> {
        let name = self.directory.file_name().and_then(|name| name.to_str());
        let directory = self.directory.as_path();
        let is_named = name.is_some_and(is_of_certificates) && !is_below(directory, &TRUST_STORES);
        let is_full = full.contains(self.below.trim_end_matches('/'));
        (is_full && !is_named && self.is_described != Some(true)).then(|| {
            let meant = match name == Some("etcd") || is_below(directory, &SYSTEM) {
                true => PathBuf::from(CERT_DIR),
                false => directory.join("pki"),
            };
            let way_out = match self.is_described {
                Some(_) => "; if this one is meant, give -f FILE with it as certificatesDir",
                None => "",
            };
            Failure::new(format!(
                "{} has something else in it than certificates",
                quote(directory)
            ))
            .hint(format!(
                "nothing was written; they go to a directory of their own: {}, or another that is empty or not there yet{way_out}",
                quote(&meant)
            ))
        })
    }

    /// Whether it is known where a file is: kubeconfigs are above the certificates
    /// directory, and that may be outside of what is written to.
    pub(super) fn knows(&self, file: &PlacedFile) -> bool {
        file.role != FileRole::Kubeconfig || !self.below.is_empty()
    }

    /// Where a file is, below the root.
    pub(super) fn path(&self, file: &PlacedFile) -> Result<RelPath, Failure> {
        Ok(RelPath::new(match file.role {
            FileRole::Kubeconfig => file.path.clone(),
            _ => format!("{}{}", self.below, file.path),
        })?)
    }
}

/// The host that a destination is, if its name or its address is one that is known.
fn name_of(
    place: &Place,
    directory: &Path,
    hosts: &ClusterHosts<'_>,
    source: &CopySource,
) -> Option<HostName> {
    let known = match place {
        Place::Here(_) if source.is_in(directory) => return source.owner().cloned(),
        Place::Here(_) => hosts.written(&host_of(directory)),
        Place::There(host) => hosts.written(host.host()),
    };
    known.cloned()
}

/// Directories that are called after certificates, or have such in them, and are the system's.
const TRUST_STORES: [&str; 3] = ["/etc/ssl", "/etc/pki", "/usr"];

/// Where a `pki` of ours would be among other people's.
const SYSTEM: [&str; 3] = ["/etc", "/usr", "/var"];

fn is_below(directory: &Path, any: &[&str]) -> bool {
    any.iter().any(|above| directory.starts_with(above))
}

/// Whether a directory of this name is one for certificates.
fn is_of_certificates(name: &str) -> bool {
    ["pki", "cert"].iter().any(|it| name.contains(it))
}

/// Refuses the directories that people write where they mean the one below.
fn check_name(directory: &Path) -> Result<(), Failure> {
    let below = match directory.file_name().and_then(|name| name.to_str()) {
        Some("kubernetes") => directory.join("pki"),
        // What is around etcd's data is no directory for certificates.
        Some("etcd") => {
            let above = directory.parent().unwrap_or(directory);
            let name = above.file_name().and_then(|name| name.to_str());
            match name.is_some_and(is_of_certificates) {
                true => above.to_owned(),
                false => PathBuf::from(CERT_DIR),
            }
        }
        _ => return Ok(()),
    };
    Err(Failure::new(format!(
        "{} is not where kubeadm has its certificates",
        quote(directory)
    ))
    .hint(format!(
        "write {} or another certificates directory; nothing was written",
        quote(&below)
    )))
}

/// The directory of one transaction, and the certificates directory below it. As
/// for `kpki gen`, that is the one above `pki`: so both wait for each other. With
/// kubeconfigs it has to be, for they are there.
fn site(directory: &Path, with_kubeconfigs: bool) -> Result<(PathBuf, String), Failure> {
    let name = directory.file_name().and_then(|name| name.to_str());
    match (name, directory.parent()) {
        (Some(name), Some(above)) if name == "pki" || with_kubeconfigs => {
            Ok((above.to_owned(), format!("{name}/")))
        }
        (Some(_), Some(_)) => Ok((directory.to_owned(), String::new())),
        _ => Err(Failure::new(format!(
            "{} cannot be a certificates directory",
            quote(directory)
        ))
        .hint("give one like /etc/kubernetes/pki")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_around_the_certificates_is_refused() {
        let refused = |path: &str| {
            let refused = check_name(Path::new(path)).err()?;
            refused.advice().map(str::to_owned)
        };
        for (path, meant) in [
            ("/etc/kubernetes", "'/etc/kubernetes/pki'"),
            ("/etc/kubernetes/pki/etcd", "'/etc/kubernetes/pki'"),
            ("/srv/certs/etcd", "'/srv/certs'"),
            ("/var/lib/etcd", "'/etc/kubernetes/pki'"),
        ] {
            let advice = refused(path).expect(path);
            assert!(advice.contains(meant), "{advice}");
        }
        for path in ["/etc/kubernetes/pki", "/srv/certs", "/"] {
            assert_eq!(refused(path), None, "{path}");
        }
    }

    #[test]
    fn a_name_does_not_make_a_trust_store_ours() {
        let full = BTreeSet::from([String::new(), "pki".to_owned()]);
        for (path, advised) in [
            ("/srv/certs", None),
            ("/etc/kubernetes/pki", None),
            ("/opt/pki", None),
            ("/srv/k8s", Some("'/srv/k8s/pki'")),
            ("/etc", Some("'/etc/kubernetes/pki'")),
            ("/etc/pki", Some("'/etc/kubernetes/pki'")),
            ("/etc/ssl/certs", Some("'/etc/kubernetes/pki'")),
            ("/usr/share/ca-certificates", Some("'/etc/kubernetes/pki'")),
            ("/var/lib", Some("'/etc/kubernetes/pki'")),
            ("/data/etcd", Some("'/etc/kubernetes/pki'")),
        ] {
            let recipient = Recipient::here(Path::new(path), false).expect(path);
            let mistake = recipient.mistake(&full);
            let advice = mistake.as_ref().and_then(Failure::advice);
            assert_eq!(advice.is_some(), advised.is_some(), "{path}: {advice:?}");
            let advised = advised.unwrap_or_default();
            assert!(advice.unwrap_or_default().contains(advised), "{advice:?}");
        }
    }

    #[test]
    fn kubeconfigs_are_above_the_certificates() {
        let is = |path: &str, with, root: &str, below: &str| {
            let (found, beneath) = site(Path::new(path), with).expect(path);
            assert_eq!((found, beneath.as_str()), (root.into(), below), "{path}");
        };
        is("/etc/kubernetes/pki", false, "/etc/kubernetes", "pki/");
        is("/etc/kubernetes/pki", true, "/etc/kubernetes", "pki/");
        is("/srv/certs", false, "/srv/certs", "");
        is("/srv/certs", true, "/srv", "certs/");
        for with in [false, true] {
            assert!(site(Path::new("/"), with).is_err());
        }
    }
}
