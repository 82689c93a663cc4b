//! The hosts that are known by name: those of the description, and those that the
//! source has trees of.

use pki_core::copy::is_same_host;
use pki_core::{Host, HostName};

use super::CopySource;
use crate::cluster_args::Described;
use crate::failure::Failure;
use crate::output::harmless;

/// What a host calls itself where that is not its name in the cluster: `NAME=SELF`, for
/// kubeadm's `nodeRegistration.name` and the kubelet's `--hostname-override`.
#[derive(Debug, Clone)]
pub(crate) struct CallsItself {
    name: HostName,
    itself: String,
}

/// The hosts that are known.
pub(super) struct ClusterHosts<'a> {
    /// `None` where nobody describes the cluster.
    described: Option<&'a [Host]>,
    of_source: Vec<HostName>,
    /// Those of the source that run etcd and no control plane.
    only_etcd: Vec<HostName>,
    called: &'a [CallsItself],
}

impl std::str::FromStr for CallsItself {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, itself) = text
            .split_once('=')
            .ok_or("it is NAME=SELF: its name in the cluster, and what 'uname -n' says there")?;
        let name = name.parse::<HostName>().map_err(|e| e.to_string())?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        match !itself.is_empty() && itself.chars().all(is_plain) {
            true => Ok(Self {
                name,
                itself: itself.to_owned(),
            }),
            false => Err(format!("'{itself}' is nothing that a host calls itself")),
        }
    }
}

impl<'a> ClusterHosts<'a> {
    pub(super) fn new(
        described: Option<&'a Described>,
        source: &CopySource,
        called: &'a [CallsItself],
    ) -> Self {
        let of_source: Vec<_> = source.hosts().cloned().collect();
        let only_etcd = of_source.iter();
        let only_etcd = only_etcd.filter(|host| source.is_member_of_etcd_only(host));
        Self {
            described: described.map(|described| described.cluster.hosts.as_slice()),
            only_etcd: only_etcd.cloned().collect(),
            of_source,
            called,
        }
    }

    /// The host with this name or address.
    pub(super) fn written(&self, text: &str) -> Option<&HostName> {
        let hosts = self.described.unwrap_or_default();
        let mut by_address = hosts.iter();
        let by_address = by_address.find(|host| host.advertise_address.to_string() == text);
        let mut names = self.names();
        let by_name = names.find(|name| name.as_str().eq_ignore_ascii_case(text));
        by_name.or_else(|| by_address.map(|host| &host.name))
    }

    /// Refuses what is no host of the control plane.
    pub(super) fn check_role(&self, name: &HostName) -> Result<(), Failure> {
        let host = self
            .described
            .map(|hosts| hosts.iter().find(|host| host.name == *name));
        match host {
            Some(None) => Err(Failure::new(format!(
                "{name} is no host of the cluster that is described"
            ))
            .hint(
                "write --to NAME=HOST with its name in the cluster, or add it to the description",
            )),
            Some(Some(host)) if host.roles.control_plane => Ok(()),
            None if !self.only_etcd.contains(name) => Ok(()),
            _ => Err(Failure::new(format!(
                "{name} is no host of the control plane, and no key of a CA may go there"
            ))
            .hint("leave it out of --to")),
        }
    }

    /// Which host it is that should be `name`, if that is known, and calls itself `says`.
    /// An address may have been given to another.
    pub(super) fn identify(
        &self,
        name: Option<&HostName>,
        says: &str,
    ) -> Result<Option<HostName>, Failure> {
        let Some(name) = name else {
            return self.called(says);
        };
        let mut called = self.called.iter().filter(|it| it.name == *name).peekable();
        let is_itself = match called.peek() {
            // One that has another name is not to be taken for its namesake.
            Some(_) => called.any(|it| is_same_host(&it.itself, says)),
            None => is_same_host(name.as_str(), says),
        };
        if is_itself {
            return Ok(Some(name.clone()));
        }
        let shown = harmless(says);
        let refused = Failure::new(format!(
            "the host calls itself {shown}, and should be {name}"
        ));
        let is_other = self.names().any(|it| is_same_host(it.as_str(), says));
        let can_be_written = format!("{name}={says}").parse::<CallsItself>().is_ok();
        Err(match can_be_written && !is_other {
            true => refused.hint(format!(
                "nothing was sent: the address may be another host's now; if it is {name} and only calls itself otherwise, write --host-name {name}={shown}"
            )),
            false => refused.hint("nothing was sent: the address may be another host's now"),
        })
    }

    /// The host that calls itself so. One that is described must be of the control plane,
    /// whatever ssh calls it.
    fn called(&self, says: &str) -> Result<Option<HostName>, Failure> {
        let mut called = self.called.iter();
        let called = called.find(|it| is_same_host(&it.itself, says));
        let exact = || {
            self.names()
                .find(|it| it.as_str().eq_ignore_ascii_case(says))
        };
        let alike = || self.names().find(|it| is_same_host(it.as_str(), says));
        let known = called.map(|it| &it.name).or_else(exact).or_else(alike);
        let Some(known) = known else {
            let shown = harmless(says);
            return match self.described {
                None => Ok(says.parse().ok()),
                Some(_) => Err(Failure::new(format!(
                    "the host calls itself {shown}, which is no host of the cluster that is described"
                ))
                .hint(format!(
                    "nothing was sent; write --to NAME=... with its name in the cluster, and --host-name NAME={shown}"
                ))),
            };
        };
        self.check_role(known)?;
        Ok(Some(known.clone()))
    }

    fn is_known(&self, name: Option<&HostName>) -> bool {
        name.is_some_and(|name| self.names().any(|it| it == name))
    }

    fn names(&self) -> impl Iterator<Item = &HostName> {
        let described = self.described.unwrap_or_default().iter();
        described.map(|host| &host.name).chain(&self.of_source)
    }

    /// Refuses a `--host-name` that is about nobody.
    pub(super) fn check_called(&self, recipients: &[super::Recipient]) -> Result<(), Failure> {
        let is_meant = |it: &CallsItself| {
            let mut recipients = recipients.iter();
            self.is_known(Some(&it.name)) || recipients.any(|recipient| recipient.may_be(&it.name))
        };
        match self.called.iter().find(|it| !is_meant(it)) {
            None => Ok(()),
            Some(it) => Err(Failure::new(format!(
                "--host-name: {} is no host that anything goes to",
                it.name
            ))
            .hint("write --host-name NAME=SELF with the name that --to or the description has")),
        }
    }
}
