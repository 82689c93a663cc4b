//! The same commands where hosts were looked at over ssh: nothing of one is a
//! file of another, or of this one.

use super::copies::and_so_on;
use super::{Fleet, words};
use crate::catalog::FileRole;
use crate::verify::command::{self, argument};
use crate::verify::fix::Fix;

/// Where kubeadm has it, which needs no word.
const USUAL: &str = "/etc/kubernetes";

const SUDO: &str = " --sudo";

impl Fleet<'_> {
    /// Whether all of these lie on this host.
    pub(super) fn are_here(&self, hosts: impl IntoIterator<Item = usize>) -> bool {
        let mut hosts = hosts.into_iter().filter_map(|host| self.hosts.get(host));
        hosts.all(|host| host.location.machine.is_empty())
    }

    /// Copies files of a row from one host to others: with their key, or among masters, all
    /// that hosts share, for that is equal afterwards. No other host may get so much.
    pub(super) fn carried(
        &self,
        base_name: &str,
        roles: &[FileRole],
        source: usize,
        to: &[usize],
    ) -> Fix {
        let is_master = |host: &usize| {
            let keys = self.identity(*host, "sa");
            keys.is_some_and(|keys| keys.path(FileRole::PrivateKey).is_some())
        };
        if roles.contains(&FileRole::PrivateKey) {
            return self.copied_over_there(source, to, " --replace-ca");
        }
        match is_master(&source) && to.iter().all(is_master) {
            // For another certificate of the same CA nobody has to be asked.
            true => self.copied_over_there(source, to, ""),
            false => self.fetched(base_name, roles, source, to),
        }
    }

    fn copied_over_there(&self, source: usize, to: &[usize], allowed: &str) -> Fix {
        let Some(directory) = self.path(source, "pki") else {
            return Fix::default();
        };
        let targets = to.iter().filter_map(|host| {
            let location = &self.hosts.get(*host)?.location;
            let to = command::target(location, &location.path("pki"));
            Some(format!(" --to {to}"))
        });
        let targets: String = targets.collect();
        let command = format!("kpki copy --from {directory}{targets}{allowed}");
        let reached = self.reached(to);
        if self.are_here([source]) {
            return Fix::run(command + &reached);
        }
        // Another host has another configuration of ssh.
        let sudo = if reached.starts_with(SUDO) { SUDO } else { "" };
        Fix::say(format!("on {}", self.list(&[source]))).and_run(command + sudo)
    }

    /// The flags by which hosts were reached from here, for all of them the same.
    pub(super) fn reached(&self, hosts: &[usize]) -> String {
        let mut hosts = hosts.iter().filter_map(|host| self.hosts.get(*host));
        let far = hosts.find(|host| !host.location.reach.is_empty());
        far.map_or_else(String::new, |host| format!(" {}", host.location.reach))
    }

    fn fetched(&self, base_name: &str, roles: &[FileRole], source: usize, to: &[usize]) -> Fix {
        const SHOWN: usize = 3;
        let place = |host: usize, file: &str| {
            let location = &self.hosts.get(host)?.location;
            let path = self.path(host, file)?;
            Some(match location.machine.as_str() {
                "" => path,
                machine if machine.contains(':') => format!("scp://{machine}/{path}"),
                machine => format!("{machine}:{path}"),
            })
        };
        let pairs = to.iter().take(SHOWN).flat_map(|target| {
            let files = roles.iter().filter_map(|role| {
                let theirs = self.identity(source, base_name)?.path(*role)?;
                let row = self.identity(*target, base_name);
                let ours = row.and_then(|row| row.path(*role)).unwrap_or(theirs);
                Some(format!(
                    "scp -3 -p {} {}",
                    place(source, theirs)?,
                    place(*target, ours)?
                ))
            });
            files.collect::<Vec<_>>()
        });
        let commands: Vec<_> = pairs.collect();
        and_so_on(Fix::run(commands.join(" && ")), to)
    }

    /// Takes files away, each on its own host.
    pub(super) fn removed_there(&self, files: &[(usize, String)]) -> Fix {
        files.iter().fold(Fix::default(), |fix, (host, file)| {
            fix.and_say(format!("on {}", words::list(&self.named(&[*host]))))
                .and_run(format!("rm {file}"))
        })
    }

    /// The words by which a host is checked again.
    pub(super) fn asked_again(&self, host: usize) -> Option<String> {
        let location = &self.hosts.get(host)?.location;
        Some(
            match (location.machine.as_str(), location.directory.as_str()) {
                ("", _) => self.path(host, ".")?,
                (machine, USUAL) => format!("--ssh {}", argument(machine)),
                (machine, directory) => {
                    format!("--ssh {}", argument(&format!("{machine}:{directory}")))
                }
            },
        )
    }
}
