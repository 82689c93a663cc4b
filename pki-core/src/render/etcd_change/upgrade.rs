//! Another release of etcd.

use super::Changed;
use super::refusal::EtcdRefusal;
use super::steps::{FILES, IN_TURN, WHICH};
use crate::render::step::Step;
use crate::setup::EtcdVersion;

/// Where RUNBOOK.md installs it.
const USUAL: &str = "/usr/local/bin/etcd";

/// etcd goes on by one minor release at a time, and back within one alone.
pub(super) fn refused(was: Option<EtcdVersion>, is: EtcdVersion) -> Option<EtcdRefusal> {
    let was = was?;
    match (was.minor(), is.minor()) {
        (old, new) if new < old => Some(EtcdRefusal::Older { was, is }),
        (old, new) if new - old > 1 => Some(EtcdRefusal::Skips { was, is }),
        _ => None,
    }
}

impl Changed<'_> {
    /// The new program comes with its unit: another one may not know the flags.
    pub(super) fn version(&self, was: Option<EtcdVersion>, is: EtcdVersion) -> Vec<Step> {
        let (release, newest) = match is.patch() {
            Some(_) => (is.to_string(), String::new()),
            None => (
                format!("{is}.PATCH"),
                format!(" (PATCH: of the newest {is} in https://github.com/etcd-io/etcd/releases)"),
            ),
        };
        let from = format!("https://github.com/etcd-io/etcd/releases/download/v{release}");
        let name = format!("etcd-v{release}-linux-amd64");
        let is_known_minor = was.is_some_and(|was| was.minor() == is.minor());
        let guide = match is_known_minor {
            true => String::new(),
            false => format!(
                ", and read https://etcd.io/docs/v3.{minor}/upgrades/upgrade_3_{minor}/ before, for what it asks of the etcd that runs",
                minor = is.minor()
            ),
        };
        let fetch = Step::run(
            format!(
                "fetch etcd {is}{newest}; a host with a processor of ARM takes linux-arm64{guide}"
            ),
            [
                format!("curl -fLO {from}/{name}.tar.gz"),
                format!("curl -fLO {from}/SHA256SUMS"),
                format!(
                    "grep -F ' {name}.tar.gz' SHA256SUMS | sha256sum --check && tar -xzf {name}.tar.gz"
                ),
            ],
        );
        let snapshot = format!("{} snapshot save etcd-before-{is}.db", self.etcdctl());
        let keep = Step::run(
            format!(
                "all members have to be well; the snapshot stays on {}, for the way back",
                self.asked.name
            ),
            [self.are_well(&[]), self.asked.run(&snapshot)],
        );
        let programs = ["etcd", "etcdctl"].map(|program| format!("{name}/{program}"));
        let package = match self.new.program.as_str() {
            USUAL => String::new(),
            program => format!("; where a package brings {program}, upgrade that instead of scp"),
        };
        let members = self.running.iter().map(|host| {
            let mut commands = vec![host.run("systemctl stop etcd")];
            match (self.new.program.as_str(), &programs) {
                (USUAL, both) => commands.push(host.install(both, "/usr/local/bin/")),
                (program, [etcd, etcdctl]) => commands.extend([
                    host.install(std::slice::from_ref(etcdctl), "/usr/local/bin/"),
                    host.install(std::slice::from_ref(etcd), program),
                ]),
            }
            commands.extend([
                host.bring(
                    &FILES,
                    Some("systemctl daemon-reload && systemctl start etcd"),
                ),
                self.are_well(&[]),
            ]);
            Step::run(
                format!(
                    "{}: stop etcd, install etcd {is}, bring {WHICH}, start it, and go on when all members are well ({IN_TURN}){package}",
                    host.name
                ),
                commands,
            )
        });
        [fetch, keep].into_iter().chain(members).collect()
    }
}
