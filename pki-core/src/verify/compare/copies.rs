//! The command that copies what hosts share to those that have something else.

use super::Fleet;
use crate::catalog::FileRole;
use crate::verify::fix::Fix;

impl Fleet<'_> {
    /// Copies files of a row from the first of `from` that has all of them to
    /// each of `to`; `then` is what is to be done afterwards, if anything.
    pub(super) fn copies(
        &self,
        base_name: &str,
        roles: &[FileRole],
        (from, to): (&[usize], &[usize]),
        then: &str,
    ) -> Fix {
        const SHOWN: usize = 3;
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
        let fix = Fix::run(commands);
        let fix = match to.len().saturating_sub(SHOWN) {
            0 => fix,
            more => fix.and_say(format!("and so for {more} more")),
        };
        match then {
            "" => fix,
            then => fix.and_say(format!("then {then}")),
        }
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
}
