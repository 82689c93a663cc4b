//! Keys that sign, on hosts that sign nothing.

use super::super::fix::Fix;
use super::super::{Examined, Finding, Record, Rule, TreeRole, command};
use crate::catalog::{EntryKind, FileRole};
use crate::severity::Severity;

/// Why a key matters that is no CA's.
const SIGNS_TOKENS: &str = "whoever breaks into this host can sign the token of any service account, and nothing here needs the key";

/// The keys of CAs, and those that sign tokens, on hosts that sign nothing.
pub(in super::super) fn check_keys_are_needed(examined: &Examined<'_>, record: &mut Record) {
    for material in &examined.materials {
        let etcds = material.row.entry.is_etcds();
        let signs = matches!(
            material.row.entry.kind,
            EntryKind::Authority(_) | EntryKind::ServiceAccount
        );
        let path = material.path(FileRole::PrivateKey);
        if !signs || !examined.tree.has(path) {
            continue;
        }
        // Where certificates are issued one host has it, and a tree does not
        // tell which; only a description does.
        let severity = match examined.role {
            // Pods of everybody run there.
            TreeRole::Worker => Severity::Error,
            TreeRole::EtcdMember if !etcds || examined.is_a_further_host() => Severity::Warning,
            TreeRole::ControlPlane if etcds && examined.is_a_further_host() => Severity::Note,
            _ => {
                record.checked += 1;
                continue;
            }
        };
        let finding = Finding::new(
            Rule::CaKeyHere,
            path,
            format!("is not needed on {}", examined.role),
            Fix::say("once it is kept where certificates are issued")
                .and(command::remove(examined.tree, &[path])),
        );
        let why = match material.row.entry.kind {
            EntryKind::ServiceAccount => SIGNS_TOKENS.to_owned(),
            _ => finding.why.clone(),
        };
        record.fail(Finding {
            severity,
            why,
            ..finding
        });
    }
}
