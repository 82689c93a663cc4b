//! The commands that mend a host by what others have: what they share is copied,
//! and what a host has of its own is made again on it.

use super::{Fleet, Identity, command};
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::verify::fix::Fix;

/// More hosts than these are counted.
const SHOWN: usize = 3;

impl Fleet<'_> {
    /// Copies files of a row from the first of `from` that has all of them to
    /// each of `to`; `then` is what is to be done afterwards. Half of a pair is
    /// not copied beside the half of another one, and a pair that is replaced is
    /// kept: it may be the only copy.
    pub(super) fn copies(
        &self,
        base_name: &str,
        roles: &[FileRole],
        (from, to): (&[usize], &[usize]),
        then: Fix,
    ) -> Fix {
        let row = |host: usize| self.identity(host, base_name);
        let has = |host: usize, role: FileRole| row(host).is_some_and(|it| it.path(role).is_some());
        let complete = |host: &&usize| {
            let fits = row(**host).is_some_and(Identity::is_pair);
            fits && roles.iter().all(|role| has(**host, *role))
        };
        let Some(source) = from.iter().find(complete).or_else(|| from.first()) else {
            return Fix::default();
        };
        let has_key = has(*source, FileRole::PrivateKey);
        let breaks_a_pair = |target: &usize| {
            let is_lacking = |role: &&FileRole| has(*target, **role) && !has(*source, **role);
            roles.iter().any(|role| is_lacking(&role))
        };
        let is_unfit = has_key && !row(*source).is_some_and(Identity::is_pair);
        let with_key = roles.contains(&FileRole::PrivateKey);
        if with_key && (is_unfit || to.iter().any(breaks_a_pair)) {
            return Fix::say(
                "copy both files from where they belong together; one of them alone would not fit the other one that is there",
            );
        }
        if !self.are_here(to.iter().copied().chain([*source])) {
            return self.carried(base_name, roles, *source, to).and(then);
        }
        let commands = to.iter().take(SHOWN).flat_map(|target| {
            let copied = roles.iter().filter(|role| has(*source, **role));
            let replaced = roles.iter().filter(|_| with_key);
            let aside = replaced.filter_map(|role| self.set_aside(base_name, *role, *target));
            let copies = copied.filter_map(|role| self.copy(base_name, *role, *source, *target));
            aside.chain(copies).collect::<Vec<_>>()
        });
        let commands = commands.collect::<Vec<_>>().join(" && ");
        and_so_on(Fix::run(commands), to).and(then)
    }

    fn set_aside(&self, base_name: &str, role: FileRole, host: usize) -> Option<String> {
        let file = self.identity(host, base_name)?.path(role)?;
        Some(command::set_aside(&self.hosts.get(host)?.location, file))
    }

    fn copy(
        &self,
        base_name: &str,
        role: FileRole,
        source: usize,
        target: usize,
    ) -> Option<String> {
        let theirs = self.identity(source, base_name)?.path(role)?;
        let row = self.identity(target, base_name);
        let ours = row.and_then(|row| row.path(role)).unwrap_or(theirs);
        Some(format!(
            "cp -p {} {}",
            self.path(source, theirs)?,
            self.path(target, ours)?
        ))
    }

    /// Makes rows of a host again.
    pub(super) fn reissue(&self, host: usize, rows: &[&str]) -> Fix {
        self.reissue_with(host, rows, &[])
    }

    /// The same after the CAs of these hosts were copied to it.
    fn reissue_with(&self, host: usize, rows: &[&str], from: &[usize]) -> Fix {
        let Some(report) = self.hosts.get(host).filter(|_| !rows.is_empty()) else {
            return Fix::default();
        };
        let entries = rows.iter().filter_map(|row| self.entry(host, row));
        let here = |entry: &&CatalogEntry| !self.is_signed_elsewhere(host, entry, from);
        let (here, elsewhere): (Vec<_>, Vec<_>) = entries.partition(here);
        let mut fix = Fix::say(format!("on {}", report.host));
        if !here.is_empty() {
            let generation = &report.report.generation;
            fix = fix.and(generation.make(&report.location, &here, " --reissue"));
        }
        if !elsewhere.is_empty() {
            let names: Vec<_> = elsewhere.iter().map(|entry| entry.base_name).collect();
            fix = fix.and_say(format!(
                "have {} issued where the key of their CA is, which is not there",
                names.join(", ")
            ));
        }
        fix
    }

    /// A row as it is on a host: where the members of etcd have a CA of their own
    /// that one signs their certificates.
    pub(super) fn entry(&self, host: usize, base_name: &str) -> Option<&'static CatalogEntry> {
        let peers_ca = CatalogEntry::of_authority(Authority::EtcdPeers).base_name;
        CatalogEntry::beside(base_name, self.identity(host, peers_ca).is_some())
    }

    /// Whether a host has the CA of a row without its key.
    fn is_signed_elsewhere(&self, host: usize, entry: &CatalogEntry, from: &[usize]) -> bool {
        let ca = entry.issuer().map(CatalogEntry::of_authority);
        let row = |host: usize| self.identity(host, ca?.base_name);
        let has_key = |host: usize| {
            let row = row(host);
            row.is_some_and(|row| row.path(FileRole::PrivateKey).is_some())
        };
        row(host).is_some() && !has_key(host) && !from.iter().any(|host| has_key(*host))
    }

    /// Makes everything again that a CA signs on these hosts, which others gave
    /// it to.
    pub(super) fn reissue_signed(
        &self,
        authority: Authority,
        (from, hosts): (&[usize], &[usize]),
    ) -> Fix {
        let of_host = |host: &usize| {
            let rows = self.hosts.get(*host).map(|host| host.rows.files());
            let rows: Vec<&str> = rows.into_iter().flatten().map(|(row, _)| row).collect();
            let signed = rows.into_iter().filter(|row| {
                let entry = self.entry(*host, row);
                entry.and_then(CatalogEntry::issuer) == Some(authority)
            });
            self.reissue_with(*host, &signed.collect::<Vec<_>>(), from)
        };
        let fixes = hosts.iter().take(SHOWN).map(of_host);
        and_so_on(fixes.fold(Fix::default(), Fix::and), hosts)
    }

    /// Checks these hosts again, which tells what is left to do.
    pub(super) fn check_again(&self, hosts: &[usize]) -> Fix {
        let hosts_again = hosts.get(..SHOWN).unwrap_or(hosts);
        let paths = hosts_again.iter();
        let paths = paths.filter_map(|host| self.asked_again(*host));
        let paths: Vec<_> = paths.collect();
        Fix::run(format!(
            "kpki verify {}{}",
            paths.join(" "),
            self.reached(hosts_again)
        ))
    }
}

pub(super) fn and_so_on(fix: Fix, hosts: &[usize]) -> Fix {
    match hosts.len().saturating_sub(SHOWN) {
        0 => fix,
        more => fix.and_say(format!("and so for {more} more")),
    }
}
