//! kube-vip's pods of several hosts: the same on all of them.

use super::groups::Groups;
use super::{Finding, Fleet, Rule};
use crate::kube_vip::{KubeVip, Setting};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::{kube_vip, place};

/// A setting of the pod.
type Said = fn(&KubeVip) -> Option<&Setting>;

pub(super) fn check(fleet: &mut Fleet<'_>) {
    let hosts = fleet.hosts.iter().enumerate();
    let pods: Vec<(usize, String, KubeVip)> = hosts
        .filter_map(|(host, report)| {
            let (path, pod) = report.report.services.virtual_pod.clone()?;
            Some((host, path, pod))
        })
        .collect();
    if pods.len() < 2 {
        return;
    }
    // Each with what kube-vip takes where nothing is said.
    let settings: [(&str, &str, Said); 4] = [
        ("the virtual IP", "", |pod| pod.address.as_ref()),
        ("the port", "6443", |pod| pod.port.as_ref()),
        ("vip_leasename", "plndr-cp-lock", |pod| pod.lease.as_ref()),
        ("cp_namespace", "kube-system", |pod| pod.namespace.as_ref()),
    ];
    for (what, usual, setting) in settings {
        let value = |pod: &KubeVip| {
            let told = setting(pod).map(|it| it.value.as_str());
            let told = told.filter(|it| !it.is_empty());
            told.unwrap_or(usual).to_owned()
        };
        let groups = Groups::of(pods.iter().map(|(host, _, pod)| (*host, value(pod))));
        fleet.comparison.checked += 1;
        if groups.are_equal() {
            continue;
        }
        let odd = groups.odd();
        let said: Vec<_> = groups
            .all()
            .iter()
            .map(|(value, hosts)| format!("{} on {}", Quoted(value), fleet.list(hosts)))
            .collect();
        let first = pods.iter().find(|(host, ..)| odd.first() == Some(host));
        let path = first.map_or(kube_vip::PATH, |(_, path, _)| path);
        let line = first.map(|(_, _, pod)| setting(pod).map_or(pod.line, |it| it.line));
        let message = format!("{what} of kube-vip is {}", said.join(", "));
        let fix = Fix::say(
            "write the same in kube-vip's manifest on all hosts: the kubelet starts the pod again by itself",
        );
        let finding = Finding::new(Rule::KubeVipDiffers, path, message, fix);
        let is_of_port =
            |own: &Finding| own.rule == Rule::VirtualIpEndpoint && own.message.starts_with(what);
        // Where it is not that of the API server the host itself has told it.
        let own = odd.iter().filter_map(|host| fleet.hosts.get(*host));
        let mut own = own.flat_map(|host| &host.report.findings);
        let finding = match what == "the port" && !own.any(is_of_port) {
            true => finding.with_severity(Severity::Warning),
            false => finding,
        };
        fleet.add(&odd, finding.at(place::of_line(line)), |_, own| {
            let is_about_it = match own.rule {
                Rule::LoadBalancerDiffers | Rule::VirtualIpEndpoint => {
                    own.message.starts_with(what)
                }
                Rule::SanMissing => what == "the virtual IP" && own.message.contains("/kube-vip"),
                _ => false,
            };
            is_about_it && (own.rule == Rule::SanMissing || own.file == *path)
        });
    }
}
