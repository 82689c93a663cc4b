//! Directories of this machine and of others, checked one by one and against each
//! other, for the commands that show what is there.

use std::path::PathBuf;

use pki_core::graph::{self, FoundHost, Graph};
use pki_core::{Cluster, CommonFacts, Comparison, HostReport, Report, Timestamp, TreeLocation};

use crate::cluster_args::ClusterArgs;
use crate::commands::trees::{self, Checked, Checker, FarArgs, Place, Places};
use crate::commands::verify::described::Described;
use crate::env::Env;
use crate::failure::Failure;
use crate::output;
use crate::output::verify_report::{CommonGaps, NotRead, ReadTree};
use crate::store::quote;

/// Where a host has its files if nobody says so.
pub(super) const USUAL: &str = "/etc/kubernetes";

/// What was found.
pub(super) struct Fleet {
    pub(super) reports: Vec<HostReport>,
    pub(super) trees: Vec<ReadTree>,
    pub(super) between: Comparison,
    pub(super) not_read: Vec<NotRead>,
    /// Directories of hosts that the description does not name.
    pub(super) passed_over: Vec<PathBuf>,
    found: Vec<FoundHost>,
    cluster: Option<Cluster>,
}

/// One tree as it is shown, and its report.
struct Shown {
    location: TreeLocation,
    directory: PathBuf,
    report: Report,
    found: FoundHost,
}

impl Fleet {
    /// Reads and checks the trees; that of one host is the failure of all.
    pub(super) fn check(
        directories: &[PathBuf],
        far: &FarArgs,
        cluster: &ClusterArgs,
        env: &Env,
    ) -> Result<Self, Failure> {
        let described = Described::new(cluster, None)?;
        let usual = [PathBuf::from(USUAL)];
        let directories = match directories {
            [] if !far.are_given() => &usual[..],
            directories => directories,
        };
        let Places {
            places,
            passed_over,
        } = trees::find_all(
            directories,
            far.places(described.cluster())?,
            described.cluster(),
        )?;
        let alone = places.len() == 1;
        let checker = Checker::new(&places, &described, far, env)?;
        let checked = checker.each(&places, |place| check(place, &checker));
        let (mut common, mut gaps) = (CommonFacts::default(), CommonGaps::of(places.len()));
        let mut fleet = Self {
            reports: Vec::new(),
            trees: Vec::new(),
            between: Comparison::default(),
            not_read: Vec::new(),
            passed_over,
            found: Vec::new(),
            cluster: described.cluster().cloned(),
        };
        for (place, checked) in places.into_iter().zip(checked) {
            match checked {
                Ok(mut checked) => {
                    fleet.trees.push(ReadTree {
                        directory: checked.directory,
                        not_checked: gaps.take(&mut checked.report, &checked.location),
                    });
                    let (location, report) = (checked.location, checked.report);
                    let report = HostReport::new(place.host, location, report, &mut common);
                    fleet.reports.push(report);
                    fleet.found.push(checked.found);
                }
                Err(failure) if alone => return Err(failure),
                Err(failure) => fleet.not_read.push(NotRead {
                    host: place.host,
                    directory: place.directory,
                    failure,
                }),
            }
        }
        fleet.between = pki_core::compare(&mut fleet.reports);
        Ok(fleet)
    }

    pub(super) fn graph(&self, now: Timestamp) -> Graph {
        let not_read = self.not_read.iter().map(|it| graph::NotRead {
            host: it.host.clone(),
            why: it.failure.on_one_line(),
        });
        let not_read: Vec<_> = not_read.collect();
        Graph::found(
            &self.found,
            &self.reports,
            &self.between,
            &not_read,
            self.cluster.as_ref(),
            now,
        )
    }

    pub(super) fn say_what_was_passed_over(&self) {
        for directory in &self.passed_over {
            output::remark(&format!(
                "not looked at: {}: the description of the cluster names no host of this name",
                quote(directory)
            ));
        }
    }

    /// Whether everything was looked at.
    pub(super) fn is_complete(&self) -> bool {
        let unreadable = |host: &HostReport| host.report.unreadable > 0;
        self.not_read.is_empty() && !self.reports.iter().any(unreadable)
    }
}

fn check(place: &Place, checker: &Checker<'_>) -> Result<Shown, Failure> {
    let Checked {
        on_disk,
        expectation,
        report,
        directory,
    } = checker.check(place)?;
    Ok(Shown {
        found: FoundHost::new(place.host.clone(), &on_disk.tree, &expectation, &report),
        location: on_disk.tree.location,
        directory,
        report,
    })
}
