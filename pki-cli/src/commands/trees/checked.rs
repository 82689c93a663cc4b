//! One tree, read where it is and checked.

use std::path::PathBuf;

use pki_core::{Expectation, PasswordSeal, Report};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{FarArgs, Place};
use crate::commands::verify::described::{Described, nothing_in};
use crate::env::{Env, OsRandom};
use crate::failure::Failure;
use crate::parallel;
use crate::remote::Session;
use crate::tree::{FarHost, TreeOnDisk};

/// A tree with what is wrong with it.
pub(in crate::commands) struct Checked {
    pub(in crate::commands) on_disk: TreeOnDisk,
    pub(in crate::commands) expectation: Expectation,
    pub(in crate::commands) report: Report,
    /// What the paths of findings are relative to, of another host as a URL.
    pub(in crate::commands) directory: PathBuf,
}

/// How trees are read and checked.
pub(in crate::commands) struct Checker<'a> {
    described: &'a Described<'a>,
    far: &'a FarArgs,
    env: &'a Env,
    /// Whether there is one tree only.
    alone: bool,
    /// Whether some are those of other hosts.
    is_far: bool,
    seal: PasswordSeal,
}

impl<'a> Checker<'a> {
    pub(in crate::commands) fn new(
        places: &[Place],
        described: &'a Described<'a>,
        far: &'a FarArgs,
        env: &'a Env,
    ) -> Result<Self, Failure> {
        Ok(Self {
            described,
            far,
            env,
            alone: places.len() == 1,
            is_far: places.iter().any(|place| place.far.is_some()),
            seal: PasswordSeal::generate(&mut OsRandom)?,
        })
    }

    /// Does something with each place, several at a time, in their order: other hosts
    /// are waited for, trees of this one are computed with.
    pub(in crate::commands) fn each<T: Send>(
        &self,
        places: &[Place],
        check: impl Fn(&Place) -> T + Sync + Send,
    ) -> Vec<T> {
        match self.is_far {
            true => parallel::each(places, self.far.remote.parallel(), check),
            false => places.par_iter().map(check).collect(),
        }
    }

    /// Reads and checks one tree.
    pub(in crate::commands) fn check(&self, place: &Place) -> Result<Checked, Failure> {
        let certificates = self.described.certificates_dir();
        let (mut on_disk, far) = match &place.far {
            None => (TreeOnDisk::read_with(&place.directory, certificates)?, None),
            Some(far) => {
                let remote = &self.far.remote;
                let host = FarHost::new(Session::open(&far.host, remote)?, self.seal.clone());
                let mut found =
                    TreeOnDisk::read_far(&host, &far.machine, &far.directory, certificates)?;
                found.tree.location.reach = remote.reach();
                found.tree.location.host_name = host.called().unwrap_or_default();
                (found, Some(host))
            }
        };
        // What is compared is sealed alike, wherever it lies.
        on_disk.tree.password_seal = self.is_far.then(|| self.seal.clone());
        let expectation = self.described.prepare(place, self.alone, &mut on_disk)?;
        if let Some(lost) = far.as_ref().and_then(|host| host.lost()) {
            return Err(lost);
        }
        let mut report = pki_core::verify(&on_disk.tree, &expectation, self.env.now);
        if let Some(skew) = far.as_ref().and_then(|host| host.skew()) {
            report.judge_clock(skew);
        }
        if report.role.is_none() && report.unreadable == 0 && report.findings.is_empty() {
            return Err(nothing_in(&place.directory));
        }
        Ok(Checked {
            directory: match place.far {
                Some(_) => place.directory.clone(),
                None => on_disk.directory.clone(),
            },
            on_disk,
            expectation,
            report,
        })
    }
}
