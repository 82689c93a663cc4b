//! keepalived on several hosts: one virtual router, and an order among them.

use super::groups::Groups;
use super::{Finding, Fleet, Rule};
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::keepalived;
use crate::verify::place;
use crate::verify::service_facts::{VirtualRouter, VrrpPassword};

/// What is wrong with one thing that all have.
struct Difference {
    /// `virtual_router_id`.
    what: &'static str,
    fix: &'static str,
    is_shown: bool,
}

pub(super) fn check(fleet: &mut Fleet<'_>) {
    let routers = routers(fleet);
    if routers.len() < 2 {
        return;
    }
    let addresses = |it: &VirtualRouter| {
        let texts: Vec<_> = it.addresses.iter().map(ToString::to_string).collect();
        texts.join(" ")
    };
    differ(
        fleet,
        &routers,
        addresses,
        &Difference {
            what: "the virtual IP",
            fix: "write the same virtual_ipaddress on all hosts",
            is_shown: true,
        },
    );
    differ(
        fleet,
        &routers,
        |it| it.id.clone().unwrap_or_default(),
        &Difference {
            what: "virtual_router_id",
            fix: "write the same virtual_router_id on all hosts",
            is_shown: true,
        },
    );
    let mut told = routers.clone();
    told.retain(|(_, it)| it.password != VrrpPassword::Withheld);
    differ(
        fleet,
        &told,
        |it| it.password.clone(),
        &Difference {
            what: "auth_pass",
            fix: "write the same auth_pass on all hosts",
            is_shown: false,
        },
    );
    check_priorities(fleet, &routers);
    check_weights(fleet, &routers);
}

/// The instance of each host that is the same as the first host's first: by its name,
/// or the only one that there is.
fn routers(fleet: &Fleet<'_>) -> Vec<(usize, VirtualRouter)> {
    let hosts = fleet.hosts.iter().enumerate();
    let all = hosts.map(|(host, report)| (host, &report.report.services.routers));
    let mut name = None;
    let routers = all.filter_map(|(host, routers)| {
        let wanted: &str = name.get_or_insert(routers.first()?.name.as_str());
        let named = routers.iter().find(|router| router.name == wanted);
        let only = routers.first().filter(|_| routers.len() == 1);
        Some((host, named.or(only)?.clone()))
    });
    routers.collect()
}

const RELOAD: &str = "systemctl reload keepalived";

fn finding(
    fleet: &Fleet<'_>,
    rule: Rule,
    routers: &[(usize, VirtualRouter)],
    hosts: &[usize],
    (message, fix): (String, &str),
) -> Finding {
    let first = hosts.first();
    let file = first.and_then(|host| fleet.path(*host, keepalived::PATH));
    let fix = match file {
        Some(file) => Fix::say(fix).and_run(format!("keepalived -t -f {file}")),
        None => Fix::say(fix),
    };
    let line = routers.iter().find(|(host, _)| Some(host) == first);
    Finding::new(rule, keepalived::PATH, message, fix.and_run(RELOAD))
        .at(place::of_line(line.map(|(_, router)| router.line)))
}

fn differ<V: Ord + Clone + Shown>(
    fleet: &mut Fleet<'_>,
    routers: &[(usize, VirtualRouter)],
    value: impl Fn(&VirtualRouter) -> V,
    difference: &Difference,
) {
    let groups = Groups::of(routers.iter().map(|(host, it)| (*host, value(it))));
    fleet.comparison.checked += 1;
    if groups.are_equal() {
        return;
    }
    let odd: Vec<usize> = match groups.majority() {
        Some((_, others)) => others.iter().flat_map(|(_, hosts)| hosts.clone()).collect(),
        None => groups.hosts(),
    };
    let said: Vec<_> = groups
        .all()
        .iter()
        .map(|(value, hosts)| format!("{} on {}", value.shown(), fleet.list(hosts)))
        .collect();
    let message = match difference.is_shown {
        true => format!("{} is {}", difference.what, said.join(", ")),
        false => format!("{} is another one on {}", difference.what, fleet.list(&odd)),
    };
    let found = finding(
        fleet,
        Rule::KeepalivedDiffers,
        routers,
        &odd,
        (message, difference.fix),
    );
    fleet.add(&odd, found, |_, _| false);
}

/// How a value is told; a password never is.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for String {
    fn shown(&self) -> String {
        match self.is_empty() {
            true => "nothing".to_owned(),
            false => crate::name::Quoted(self).to_string(),
        }
    }
}

impl Shown for VrrpPassword {
    fn shown(&self) -> String {
        String::new()
    }
}

fn check_priorities(fleet: &mut Fleet<'_>, routers: &[(usize, VirtualRouter)]) {
    let groups = Groups::of(routers.iter().map(|(host, it)| (*host, it.priority)));
    for (priority, hosts) in groups.all() {
        fleet.comparison.checked += 1;
        if hosts.len() < 2 {
            continue;
        }
        let of_hosts = routers.iter().filter(|(host, _)| hosts.contains(host));
        let masters = of_hosts.filter(|(_, router)| router.is_master).count();
        let (message, severity) = match masters {
            0 | 1 => (
                format!("the priority is {priority} on {}", fleet.list(hosts)),
                Severity::Warning,
            ),
            _ => (
                format!(
                    "the priority is {priority} on {}, and {masters} of them begin as MASTER",
                    fleet.list(hosts)
                ),
                Severity::Error,
            ),
        };
        let fix = "write distinct ones such as 150, 140, 130, state MASTER on the highest and BACKUP on the others, and a weight of the check larger than their spread";
        let found = finding(
            fleet,
            Rule::KeepalivedPriority,
            routers,
            hosts,
            (message, fix),
        );
        fleet.add(hosts, found.with_severity(severity), |_, _| false);
    }
}

fn check_weights(fleet: &mut Fleet<'_>, routers: &[(usize, VirtualRouter)]) {
    let priorities = routers.iter().map(|(_, router)| router.priority);
    let (Some(highest), Some(lowest)) = (priorities.clone().max(), priorities.min()) else {
        return;
    };
    let spread = highest - lowest;
    fleet.comparison.checked += 1;
    let too_light =
        |it: &&(usize, VirtualRouter)| it.1.weight.is_some_and(|weight| weight <= spread);
    // Of equal ones nothing is above.
    let light: Vec<_> = routers
        .iter()
        .filter(too_light)
        .filter(|_| spread > 0)
        .collect();
    let Some(weight) = light.iter().filter_map(|(_, router)| router.weight).min() else {
        return;
    };
    let hosts: Vec<usize> = light.iter().map(|(host, _)| *host).collect();
    let message = format!(
        "the weight of the check on {} is {weight}, and the priorities are {spread} apart ({highest} to {lowest})",
        fleet.list(&hosts)
    );
    let fix = format!("write a weight of -{} or more on all hosts", spread + 10);
    let found = finding(
        fleet,
        Rule::KeepalivedWeight,
        routers,
        &hosts,
        (message, &fix),
    );
    fleet.add(&hosts, found, |_, _| false);
}
