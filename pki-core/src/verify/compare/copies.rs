//! The commands that mend a host by what others have: what they share is copied,
//! and what a host has of its own is made again on it.

use super::Fleet;
use crate::catalog::{Authority, CATALOG, FileRole};
use crate::verify::fix::Fix;

/// More hosts than these are counted.
const SHOWN: usize = 3;

impl Fleet<'_> {
    /// Copies files of a row from the first of `from` that has all of them to
    /// each of `to`; `then` is what is to be done afterwards.
    pub(super) fn copies(
        &self,
        base_name: &str,
        roles: &[FileRole],
        (from, to): (&[usize], &[usize]),
        then: Fix,
    ) -> Fix {
        let has = |host: &usize, role: &FileRole| {
            let row = self.identity(*host, base_name);
            row.is_some_and(|row| row.path(*role).is_some())
        };
        let complete = |host: &&usize| roles.iter().all(|role| has(host, role));
        let Some(source) = from.iter().find(complete).or_else(|| from.first()) else {
            return Fix::default();
        };
        let commands = to.iter().take(SHOWN).flat_map(|target| {
            let roles = roles.iter().filter(|role| has(source, role));
            roles.filter_map(|role| self.copy(base_name, *role, *source, *target))
        });
        let commands = commands.collect::<Vec<_>>().join(" && ");
        and_so_on(Fix::run(commands), to).and(then)
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
        let Some(host) = self.hosts.get(host).filter(|_| !rows.is_empty()) else {
            return Fix::default();
        };
        let generation = &host.report.generation;
        Fix::say(format!("on {}", host.host)).and(generation.fix(&rows.join(","), " --reissue"))
    }

    /// Makes everything again that a CA signs on these hosts.
    pub(super) fn reissue_signed(&self, authority: Authority, hosts: &[usize]) -> Fix {
        let of_host = |host: &usize| {
            let rows = self.hosts.get(*host).map(|host| host.rows.files());
            let rows: Vec<&str> = rows.into_iter().flatten().map(|(row, _)| row).collect();
            let signed = CATALOG
                .iter()
                .filter(|entry| entry.issuer() == Some(authority))
                .map(|entry| entry.base_name)
                .filter(|row| rows.contains(row));
            self.reissue(*host, &signed.collect::<Vec<_>>())
        };
        let fixes = hosts.iter().take(SHOWN).map(of_host);
        and_so_on(fixes.fold(Fix::default(), Fix::and), hosts)
    }

    /// Checks these hosts again, which tells what is left to do.
    pub(super) fn check_again(&self, hosts: &[usize]) -> Fix {
        let hosts = hosts.iter().take(SHOWN);
        let paths = hosts.filter_map(|host| self.path(*host, "."));
        let paths: Vec<_> = paths.collect();
        Fix::run(format!("kpki verify {}", paths.join(" ")))
    }
}

fn and_so_on(fix: Fix, hosts: &[usize]) -> Fix {
    match hosts.len().saturating_sub(SHOWN) {
        0 => fix,
        more => fix.and_say(format!("and so for {more} more")),
    }
}
