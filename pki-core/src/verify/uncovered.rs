//! Names that something gives out and the certificate behind them does not have.

use super::fix::Fix;
use super::material::Material;
use super::{Examined, Finding, Record, Rule, command};
use crate::catalog::FileRole;
use crate::name::Quoted;
use crate::severity::Severity;

/// A name and where it stands.
pub(super) struct Name<'a> {
    /// Without `IP:` or `DNS:` before it.
    pub(super) host: &'a str,
    /// `IP:10.0.0.11`.
    pub(super) name: String,
    /// `--listen-client-urls in manifests/etcd.yaml:17`.
    pub(super) source: String,
    pub(super) severity: Severity,
}

/// Says that the certificate of a row lacks a name, unless that was said before.
pub(super) fn report(
    examined: &Examined<'_>,
    material: &Material,
    missing: Name<'_>,
    record: &mut Record,
) {
    let path = material.path(FileRole::Certificate);
    let Name {
        host,
        name,
        source,
        severity,
    } = missing;
    if record.says_missing(path, &name) {
        return;
    }
    record.misses(path, std::slice::from_ref(&name));
    let message = format!("has no SAN for {name} ({source})");
    let cause = record
        .about_the_whole(path)
        .or_else(|| record.cause(Rule::IpAsDnsName, path));
    match cause {
        // One certificate without its names is one fault.
        Some(cause) => record.follows(cause, path, &message),
        None => {
            let mut fix = Fix::default();
            if !is_generated(examined, host) {
                fix = Fix::say(format!(
                    "have {} among the names of this host",
                    Quoted(host)
                ));
            }
            let fix = fix.and(command::reissue(examined, material.row.entry));
            let finding = Finding::new(Rule::SanMissing, path, message, fix);
            record.add(finding.with_severity(severity));
        }
    }
}

/// Whether the commands that issue certificates have this among the names.
fn is_generated(examined: &Examined<'_>, name: &str) -> bool {
    let flags = examined.expectation.gen_flags.iter().flatten();
    let mut names = flags.flat_map(|word| word.split([',', '=']));
    names.any(|word| word == name)
}
