//! etcd as its unit and its environment start it.

use std::collections::BTreeMap;

use super::EtcdTexts;
use crate::cluster::EtcdPeers;
use crate::render::etcd::VERSION_COMMENT;
use crate::render::etcd_flags::is_of_version;
use crate::setup::EtcdVersion;
use crate::systemd_unit::SystemdUnit;

/// What systemd runs.
#[derive(Debug)]
pub(super) struct Service {
    /// Which etcd the flags are for; an earlier kpki did not say.
    pub(super) version: Option<EtcdVersion>,
    pub(super) program: String,
    pub(super) user: String,
    pub(super) name: String,
    /// The URLs of the members for each other, by name.
    pub(super) members: BTreeMap<String, String>,
    flags: BTreeMap<String, String>,
}

impl Service {
    /// `None` if nothing of the kind stands there.
    pub(super) fn read(texts: EtcdTexts<'_>) -> Option<Self> {
        let unit = SystemdUnit::read([("etcd.service", texts.unit)]);
        let mut environment = unit.environment();
        environment.add_file("etcd.env", texts.environment);
        let command = unit.command()?;
        let words = command.words(&environment)?;
        let flags: BTreeMap<_, _> = words
            .iter()
            .filter_map(|word| {
                let flag = word.text.strip_prefix("--")?;
                let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        let members = flags.get("initial-cluster")?.split(',');
        let members = members.filter_map(|member| member.split_once('='));
        let members = members.map(|(name, url)| (name.to_owned(), url.to_owned()));
        let user = unit.value("Service", "User").map(|(user, _)| user);
        let text = String::from_utf8_lossy(texts.unit);
        let mut version = text
            .lines()
            .filter_map(|it| it.strip_prefix(VERSION_COMMENT));
        Some(Self {
            version: version.next().and_then(|it| it.trim().parse().ok()),
            program: command.program().to_owned(),
            user: user.unwrap_or("root").to_owned(),
            name: flags.get("name")?.clone(),
            members: members.collect(),
            flags,
        })
    }

    pub(super) fn flag(&self, name: &str) -> &str {
        self.flags.get(name).map_or("", String::as_str)
    }

    /// How it knows its peers.
    pub(super) fn peers(&self) -> EtcdPeers {
        let [peers, clients] =
            ["peer-trusted-ca-file", "trusted-ca-file"].map(|flag| self.flags.get(flag));
        match peers.is_some() && peers != clients {
            true => EtcdPeers::OwnCa,
            false if self.flags.contains_key("peer-cert-allowed-cn") => EtcdPeers::CommonName,
            false => EtcdPeers::AnyClient,
        }
    }

    /// Whether they start the same, whichever etcd that is.
    pub(super) fn is_told_like(&self, other: &Self) -> bool {
        self.runs_like(other)
            && (&self.name, &self.members, &self.flags)
                == (&other.name, &other.members, &other.flags)
    }

    /// The version, where the other one is not known to be the same.
    pub(super) fn version_after(&self, before: &Self) -> Option<EtcdVersion> {
        let of_version = |service: &Self| -> Vec<String> {
            let flags = service.flags.iter();
            let flags = flags.filter(|(name, _)| is_of_version(name));
            flags
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        let is_same = match before.version {
            Some(version) => self.version == Some(version),
            None => of_version(self) == of_version(before),
        };
        self.version.filter(|_| !is_same)
    }

    /// Whether they differ at most in what etcd reads where it has no data.
    pub(super) fn runs_like(&self, other: &Self) -> bool {
        let of = |service: &Self| -> BTreeMap<String, String> {
            let flags = service.flags.clone().into_iter();
            let lasting = flags.filter(|(name, _)| !name.starts_with("initial-"));
            lasting.collect()
        };
        (&self.program, &self.user) == (&other.program, &other.user) && of(self) == of(other)
    }

    /// Where clients reach it.
    pub(super) fn client_url(&self) -> Option<&str> {
        let url = self.flags.get("advertise-client-urls")?;
        Some(url)
    }

    /// Its port for clients.
    pub(super) fn client_port(&self) -> &str {
        let port = self.flag("advertise-client-urls").rsplit(':').next();
        port.unwrap_or_default()
    }
}
