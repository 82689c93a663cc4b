//! Who gets a copy, and what they are called.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pki_core::{FileRole, HostName, PlacedFile};

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
    pub(super) root: PathBuf,
    /// The certificates directory below it, with a slash, or nothing.
    below: String,
}

/// Those that `--to` names, or else the control plane hosts of the cluster.
pub(super) fn choose(
    args: &Args,
    described: Option<&Described>,
    source: &CopySource,
) -> Result<Vec<Recipient>, Failure> {
    let targets = match args.to.is_empty() {
        false => args.to.clone(),
        true => of_cluster(described)?,
    };
    let mut recipients = Vec::with_capacity(targets.len());
    let (mut places, mut names) = (BTreeSet::new(), BTreeSet::new());
    let mut homes = BTreeSet::new();
    for target in targets {
        let recipient = Recipient::new(target, args, described, source)?;
        let twice = |what: &str| {
            Err(Failure::new(format!("{what} is given twice"))
                .hint("name each destination once; nothing was written"))
        };
        if !places.insert(recipient.identity()) {
            return twice(&recipient.label);
        }
        if let Some(name) = &recipient.name
            && !names.insert(name.clone())
        {
            return twice(&format!("the host {name}"));
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

fn of_cluster(described: Option<&Described>) -> Result<Vec<Target>, Failure> {
    let hosts = described.map(|described| described.cluster.hosts.as_slice());
    let hosts = hosts.unwrap_or_default().iter();
    let targets: Vec<_> = hosts
        .filter(|host| host.roles.control_plane)
        .map(|host| Target {
            name: Some(host.name.clone()),
            place: Place::There(RemoteHost::of_cluster(&host.name, host.advertise_address)),
        })
        .collect();
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
        source: &CopySource,
    ) -> Result<Self, Failure> {
        let label = match (&target.place, &target.name) {
            (Place::There(host), Some(name)) if host.host() == name.as_str() => host.to_string(),
            _ => target.to_string(),
        };
        let directory = match &target.place {
            Place::Here(path) => layout::absolute(path)?,
            Place::There(host) => {
                let described = described.and_then(|it| it.certificates_dir.as_deref());
                PathBuf::from(host.directory().or(described).unwrap_or(CERT_DIR))
            }
        };
        let name = match target.name {
            Some(name) => Some(name),
            None => name_of(&target.place, &directory, described, source),
        };
        if let (Some(name), Some(described)) = (&name, described) {
            check_role(name, described)?;
        }
        let (root, below) = site(&directory, args.with_host_certs)?;
        Ok(Self {
            label,
            name,
            place: target.place,
            directory,
            root,
            below,
        })
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

    /// The host as ssh is told of it; empty for this one.
    fn host(&self) -> String {
        let Place::There(host) = &self.place else {
            return String::new();
        };
        let user = host.user().unwrap_or_default();
        let port = host.port().map(|port| port.to_string());
        format!("{user}@{}:{}", host.host(), port.unwrap_or_default()).to_ascii_lowercase()
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
    described: Option<&Described>,
    source: &CopySource,
) -> Option<HostName> {
    let written = match place {
        Place::Here(_) if source.is_in(directory) => return source.owner().cloned(),
        Place::Here(_) => host_of(directory),
        Place::There(host) => host.host().to_owned(),
    };
    let hosts = described.map_or(&[][..], |it| &it.cluster.hosts);
    let by_address = hosts
        .iter()
        .find(|host| host.advertise_address.to_string() == written);
    let mut names = hosts.iter().map(|host| &host.name).chain(source.hosts());
    let by_name = names.find(|name| name.as_str().eq_ignore_ascii_case(&written));
    by_name
        .or_else(|| by_address.map(|host| &host.name))
        .cloned()
}

/// Refuses what is no host of the control plane.
fn check_role(name: &HostName, described: &Described) -> Result<(), Failure> {
    let mut hosts = described.cluster.hosts.iter();
    match hosts.find(|host| host.name == *name) {
        Some(host) if host.roles.control_plane => Ok(()),
        Some(_) => Err(Failure::new(format!(
            "{name} is no host of the control plane, and no key of a CA may go there"
        ))
        .hint("leave it out of --to")),
        None => Err(Failure::new(format!(
            "{name} is no host of the cluster that is described"
        ))
        .hint("write --to NAME=HOST with its name in the cluster, or add it to the description")),
    }
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
