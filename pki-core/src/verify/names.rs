//! The alternative names of servers, as far as they are wrong by themselves.

use std::net::IpAddr;

use super::certificate::About;
use super::leaf::Leaf;
use super::role::TreeRole;
use super::{Examined, Record, Rule};
use crate::catalog::SanRule;

pub(super) fn check(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    about: &About<'_>,
    record: &mut Record,
) {
    let rule = leaf.entry.san_rule();
    let names = about.certificate.subject_alt_names();
    if rule == SanRule::None {
        return;
    }
    record.checked += 1;
    if names.is_empty() {
        let said = |rule| record.has(rule, leaf.path);
        if !said(Rule::NoSan) {
            record.add(about.finding(Rule::NoSan, "has no subjectAltName"));
        }
        return;
    }
    check_addresses(leaf, about, names, record);
    let is_etcds = matches!(rule, SanRule::EtcdServer | SanRule::EtcdPeer);
    if is_etcds && !record.has(Rule::SanMissing, leaf.path) {
        check_reach(examined, rule, about, names, record);
    }
}

/// An address that is written as a DNS name, and only so.
fn check_addresses(leaf: &Leaf<'_>, about: &About<'_>, names: &[String], record: &mut Record) {
    let as_names = names.iter().filter_map(|name| {
        let text = name.strip_prefix("DNS:")?;
        let address: IpAddr = text.trim().parse().ok()?;
        let right = format!("IP:{address}");
        (!names.contains(&right)).then_some((text, right))
    });
    let wrong: Vec<_> = as_names.take(3).collect();
    record.checked += 1;
    if wrong.is_empty() {
        return;
    }
    let shown: Vec<_> = wrong.iter().map(|(text, _)| format!("'{text}'")).collect();
    let shown = shown.join(", ");
    let is_said = wrong
        .iter()
        .any(|(_, right)| record.says_missing(leaf.path, right));
    let said = record
        .cause(Rule::SanMissing, leaf.path)
        .filter(|_| is_said)
        .and_then(|cause| record.findings.get_mut(cause.0));
    match said {
        // The address is missing because of this: one fault.
        Some(finding) => finding.message.push_str(&format!(
            "; {shown} is there as a DNS name, which nobody looks up"
        )),
        None => {
            let message = format!("has {shown} as a DNS name and not as an address");
            record.add(about.finding(Rule::IpAsDnsName, &message));
        }
    }
}

/// Whether another host can use the certificate at all.
fn check_reach(
    examined: &Examined<'_>,
    rule: SanRule,
    about: &About<'_>,
    names: &[String],
    record: &mut Record,
) {
    let is_loopback = |name: &String| match name.split_once(':') {
        Some(("DNS", name)) => name == "localhost",
        Some(("IP", address)) => address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        _ => true,
    };
    let is_peer = rule == SanRule::EtcdPeer;
    // kubeadm 1.10 gave the server of a stacked etcd nothing else.
    let outside = is_peer || examined.has_external_etcd() || examined.role == TreeRole::EtcdMember;
    let only_loopback = outside && names.iter().all(is_loopback);
    record.expect(!only_loopback, || {
        about.finding(
            Rule::LoopbackOnly,
            &format!(
                "is valid for this host alone: {}",
                super::leaf::shortened(names)
            ),
        )
    });
    let by_name = is_peer && !names.iter().any(|name| name.starts_with("IP:"));
    record.expect(!by_name || only_loopback, || {
        about.finding(
            Rule::EtcdPeerByName,
            &format!("names no address: {}", super::leaf::shortened(names)),
        )
    });
}
