//! keepalived on several hosts: one virtual router, and an order among them.

mod peers;
mod sets;

use super::groups::Groups;
use super::{Finding, Fleet, Rule};
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::keepalived;
use crate::verify::place;
use crate::verify::service_facts::{VirtualRouter, VrrpPassword};
use sets::RouterSet;

/// What is wrong with one thing that all have.
struct Difference {
    rule: Rule,
    /// `virtual_router_id`.
    what: &'static str,
    /// What keepalived calls it.
    word: &'static str,
    line: fn(&VirtualRouter) -> usize,
    is_shown: bool,
}

pub(super) fn check(fleet: &mut Fleet<'_>) {
    for set in sets::of(fleet) {
        check_set(fleet, &set);
    }
}

fn check_set(fleet: &mut Fleet<'_>, set: &RouterSet) {
    let addresses = |it: &VirtualRouter| {
        let texts: Vec<_> = it.addresses.iter().map(ToString::to_string).collect();
        texts.join(" ")
    };
    differ(
        fleet,
        set,
        addresses,
        &Difference {
            rule: Rule::KeepalivedDiffers,
            what: "the virtual IP",
            word: "virtual_ipaddress",
            line: |it| it.lines.addresses,
            is_shown: true,
        },
    );
    differ(
        fleet,
        set,
        |it| it.id.clone().unwrap_or_default(),
        &Difference {
            rule: Rule::KeepalivedDiffers,
            what: "virtual_router_id",
            word: "virtual_router_id",
            line: |it| it.lines.id,
            is_shown: true,
        },
    );
    let told = set.only(|it| it.password != VrrpPassword::Withheld);
    differ(
        fleet,
        &told,
        |it| it.password.clone(),
        &Difference {
            rule: Rule::KeepalivedDiffers,
            what: "auth_pass",
            word: "auth_pass",
            line: |it| it.lines.password,
            is_shown: false,
        },
    );
    // Who has no password differs in that already.
    let told = told.only(|it| it.password != VrrpPassword::None);
    differ(
        fleet,
        &told,
        |it| it.auth_type.clone(),
        &Difference {
            rule: Rule::KeepalivedDiffers,
            what: "auth_type",
            word: "auth_type",
            line: |it| it.lines.auth_type,
            is_shown: true,
        },
    );
    differ(
        fleet,
        set,
        |it| it.version.to_string(),
        &Difference {
            rule: Rule::KeepalivedDiffers,
            what: "the version of VRRP",
            word: "vrrp_version",
            line: |it| it.lines.version,
            is_shown: true,
        },
    );
    differ(
        fleet,
        set,
        |it| it.advert_int.clone(),
        &Difference {
            rule: Rule::KeepalivedDiffers,
            what: "advert_int",
            word: "advert_int",
            line: |it| it.lines.advert_int,
            is_shown: true,
        },
    );
    let way = |it: &VirtualRouter| match it.peers {
        Some(_) => "unicast_peer".to_owned(),
        None => "the multicast group".to_owned(),
    };
    differ(
        fleet,
        set,
        way,
        &Difference {
            rule: Rule::KeepalivedUnicast,
            what: "the way to the other hosts",
            word: "unicast_peer",
            line: |it| it.lines.peers,
            is_shown: true,
        },
    );
    peers::check(fleet, set);
    // That no host begins as MASTER makes no difference: keepalived 2.2.7 waits as long
    // for others with either word.
    // What one out of the range comes to is told on its host.
    let ranked = set.only(|it| (1..=255).contains(&it.priority));
    check_priorities(fleet, &ranked);
    check_weights(fleet, &ranked);
}

const RELOAD: &str = "systemctl reload keepalived";

fn finding(
    fleet: &Fleet<'_>,
    rule: Rule,
    set: &RouterSet,
    hosts: &[usize],
    line: impl Fn(&VirtualRouter) -> usize,
    (message, fix): (String, &str),
) -> Finding {
    let first = hosts.first();
    let file = first.and_then(|host| fleet.path(*host, keepalived::PATH));
    let fix = match file {
        Some(file) => Fix::say(fix).and_run(format!("keepalived -t -f {file}")),
        None => Fix::say(fix),
    };
    let router = set.routers.iter().find(|(host, _)| Some(host) == first);
    Finding::new(rule, keepalived::PATH, message, fix.and_run(RELOAD))
        .at(place::of_line(router.map(|(_, router)| line(router))))
}

fn differ<V: Ord + Clone + Shown>(
    fleet: &mut Fleet<'_>,
    set: &RouterSet,
    value: impl Fn(&VirtualRouter) -> V,
    difference: &Difference,
) {
    let groups = Groups::of(set.routers.iter().map(|(host, it)| (*host, value(it))));
    fleet.comparison.checked += 1;
    if groups.are_equal() {
        return;
    }
    let odd = groups.odd();
    let said: Vec<_> = groups
        .all()
        .iter()
        .map(|(value, hosts)| format!("{} on {}", value.shown(), fleet.list(hosts)))
        .collect();
    let message = match difference.is_shown {
        true => format!("{}{} is {}", difference.what, set.of(), said.join(", ")),
        false => {
            let odd = fleet.list(&odd);
            format!("{}{} is another one on {odd}", difference.what, set.of())
        }
    };
    let word = difference.word;
    let right = groups.majority().map(|((value, _), _)| value.shown());
    let fix = match right.filter(|_| difference.is_shown) {
        Some(right) if difference.rule == Rule::KeepalivedDiffers => {
            format!("write {right} in {word} there as well")
        }
        _ if difference.rule == Rule::KeepalivedUnicast => {
            format!("write {word} on all hosts, each with the addresses of the others, or on none")
        }
        _ => format!("write the same {word} on all hosts"),
    };
    let found = finding(
        fleet,
        difference.rule,
        set,
        &odd,
        difference.line,
        (message, &fix),
    );
    fleet.add(&odd, found, |_, own| follows(own, difference.what));
}

/// What a host's own report says because of a difference: that it is not what the
/// description says, or not in a certificate.
fn follows(own: &Finding, what: &str) -> bool {
    match own.rule {
        Rule::LoadBalancerDiffers => own.file == keepalived::PATH && own.message.starts_with(what),
        Rule::KeepalivedValue => {
            what == "the version of VRRP" && own.message.starts_with("VRRP version 3")
                || what == "auth_type" && own.message.starts_with("the auth_type")
        }
        Rule::VirtualIpEndpoint => what == "the virtual IP" && own.file == keepalived::PATH,
        Rule::SanMissing => what == "the virtual IP" && own.message.contains(keepalived::PATH),
        _ => false,
    }
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

fn check_priorities(fleet: &mut Fleet<'_>, set: &RouterSet) {
    let groups = Groups::of(set.routers.iter().map(|(host, it)| (*host, it.priority)));
    for (priority, hosts) in groups.all() {
        fleet.comparison.checked += 1;
        if hosts.len() < 2 {
            continue;
        }
        let of_hosts = set.routers.iter().filter(|(host, _)| hosts.contains(host));
        let masters = of_hosts.filter(|(_, router)| router.is_master).count();
        let (message, severity) = match masters {
            0 | 1 => (
                format!(
                    "the priority{} is {priority} on {}",
                    set.of(),
                    fleet.list(hosts)
                ),
                Severity::Warning,
            ),
            _ => (
                format!(
                    "the priority{} is {priority} on {}, and {masters} of them begin as MASTER",
                    set.of(),
                    fleet.list(hosts)
                ),
                Severity::Error,
            ),
        };
        let fix = "write distinct ones such as 150, 140, 130, state MASTER on the highest and BACKUP on the others, and a weight of the check larger than their spread";
        let found = finding(
            fleet,
            Rule::KeepalivedPriority,
            set,
            hosts,
            |it| it.lines.priority,
            (message, fix),
        );
        fleet.add(hosts, found.with_severity(severity), |_, _| false);
    }
}

fn check_weights(fleet: &mut Fleet<'_>, set: &RouterSet) {
    let priorities = set.routers.iter().map(|(_, router)| router.priority);
    let (Some(highest), Some(lowest)) = (priorities.clone().max(), priorities.min()) else {
        return;
    };
    let spread = highest - lowest;
    fleet.comparison.checked += 1;
    let too_light =
        |it: &&(usize, VirtualRouter)| it.1.weight.is_some_and(|weight| weight <= spread);
    // Of equal ones nothing is above.
    let light: Vec<_> = set
        .routers
        .iter()
        .filter(too_light)
        .filter(|_| spread > 0)
        .collect();
    let Some(weight) = light.iter().filter_map(|(_, router)| router.weight).min() else {
        return;
    };
    let hosts: Vec<usize> = light.iter().map(|(host, _)| *host).collect();
    let message = format!(
        "the weight of the check{} on {} is {weight}, and the priorities are {spread} apart ({highest} to {lowest})",
        set.of(),
        fleet.list(&hosts)
    );
    let fix = format!("write a weight of -{} or more on all hosts", spread + 10);
    let found = finding(
        fleet,
        Rule::KeepalivedWeight,
        set,
        &hosts,
        |it| it.lines.weight,
        (message, &fix),
    );
    fleet.add(&hosts, found, |_, _| false);
}
