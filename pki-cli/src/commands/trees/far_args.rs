//! The hosts that are looked at where they are.

use std::path::PathBuf;
use std::str::FromStr;

use pki_core::{Cluster, HostName};

use super::{FarPlace, Place};
use crate::failure::Failure;
use crate::remote::{self, RemoteHost, SshArgs, Target};

/// kubeadm's directory.
const DIRECTORY: &str = "/etc/kubernetes";

/// Hosts that are looked at where they are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Other hosts")]
pub(crate) struct FarArgs {
    /// Check this host where it is, over ssh; DIR is /etc/kubernetes if nothing is given, NAME the
    /// host's name in the description (can be repeated)
    #[arg(long, value_name = "[NAME=][USER@]HOST[:PORT][:DIR]")]
    ssh: Vec<FarTarget>,

    /// Check every host that --config or --host describes where it is, over ssh
    #[arg(long = "hosts")]
    all_hosts: bool,

    #[command(flatten)]
    pub(crate) remote: SshArgs,
}

/// Another host, and what the description calls it.
#[derive(Debug, Clone)]
pub(crate) struct FarTarget {
    name: Option<HostName>,
    host: RemoteHost,
}

impl FromStr for FarTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Target { name, place } = text.parse::<Target>().map_err(|error| {
            // A tree of this host is an argument and no --ssh.
            let end = "; a directory of this host begins with './' or '/'";
            error.strip_suffix(end).map(str::to_owned).unwrap_or(error)
        })?;
        match place {
            remote::Place::There(host) => Ok(Self { name, host }),
            remote::Place::Here(_) => {
                Err("it is a directory of this host: give it without --ssh".to_owned())
            }
        }
    }
}

impl FarArgs {
    /// Whether any host is.
    pub(crate) fn are_given(&self) -> bool {
        self.all_hosts || !self.ssh.is_empty()
    }

    /// Each host once, those of --ssh first.
    pub(crate) fn places(&self, cluster: Option<&Cluster>) -> Result<Vec<Place>, Failure> {
        let hosts = cluster.map_or(&[][..], |cluster| &cluster.hosts);
        let mut places: Vec<Place> = Vec::new();
        for target in &self.ssh {
            let place = target.place(hosts);
            if places.iter().any(|known| known.far == place.far) {
                return Err(Failure::new(format!("--ssh gives {} twice", target.host)));
            }
            places.push(place);
        }
        if !self.all_hosts {
            return Ok(places);
        }
        if hosts.is_empty() {
            let failure = Failure::new("--hosts says not which hosts");
            return Err(
                failure.hint("add -f FILE that describes them, or --host NAME=ADDRESS for each")
            );
        }
        for (index, host) in hosts.iter().enumerate() {
            // Whoever says how to reach a host means that way.
            if places.iter().any(|known| known.index == Some(index)) {
                continue;
            }
            let target = FarTarget {
                name: Some(host.name.clone()),
                host: RemoteHost::of_cluster(&host.name, host.advertise_address),
            };
            places.push(target.place(hosts));
        }
        Ok(places)
    }
}

impl FarTarget {
    fn place(&self, hosts: &[pki_core::Host]) -> Place {
        let named = self
            .name
            .as_ref()
            .map_or_else(|| self.host.host(), HostName::as_str);
        let is_it = |host: &pki_core::Host| {
            host.name.as_str() == named || host.advertise_address.to_string() == named
        };
        let index = hosts.iter().position(is_it);
        let known = index.and_then(|index| hosts.get(index));
        let directory = PathBuf::from(self.host.directory().unwrap_or(DIRECTORY));
        let machine = machine(&self.host);
        Place {
            host: known.map_or(named, |host| host.name.as_str()).to_owned(),
            directory: format!("ssh://{machine}{}", directory.display()).into(),
            index,
            far: Some(FarPlace {
                host: self.host.clone(),
                machine,
                directory,
            }),
        }
    }
}

/// `user@host:port`
fn machine(host: &RemoteHost) -> String {
    let mut whole = host.to_string();
    if let Some(directory) = host.directory() {
        let end = directory.len() + 1;
        whole.truncate(whole.len().saturating_sub(end));
    }
    whole
}
