//! What is described to stand in front of the API servers, against what is there.

use std::net::IpAddr;

use crate::keepalived::{KeepalivedConf, VrrpInstance};
use crate::kube_vip::Setting;
use crate::name::Quoted;
use crate::setup::{AuthPass, Keepalived, KeepalivedMember, LoadBalancer};
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::service_facts::VrrpPassword;
use crate::verify::{Examined, Finding, Record, Rule, keepalived, kube_vip, place};

pub(in crate::verify) fn check(examined: &Examined<'_>, record: &mut Record) {
    let Some(balancer) = examined.expectation.load_balancer() else {
        return;
    };
    if !examined.role.is_control_plane() {
        return;
    }
    match balancer {
        LoadBalancer::None | LoadBalancer::External => {}
        LoadBalancer::Keepalived(keepalived)
        | LoadBalancer::KeepalivedHaproxy { keepalived, .. } => {
            check_keepalived(examined, keepalived, record);
        }
        LoadBalancer::KubeVip {
            virtual_ip,
            interfaces,
        } => check_kube_vip(examined, *virtual_ip, interfaces, record),
    }
}

/// What the host says differently; the message begins with what differs.
struct Difference {
    line: usize,
    severity: Severity,
    message: String,
    fix: String,
}

fn report(path: &str, differences: Vec<Difference>, restart: &Fix, record: &mut Record) {
    for it in differences {
        let fix = Fix::say(it.fix).and(restart.clone());
        let finding = Finding::new(Rule::LoadBalancerDiffers, path, it.message, fix);
        let finding = finding.with_severity(it.severity);
        record.fail(finding.at(place::of_line(Some(it.line))));
    }
}

fn virtual_ip_differs(
    told: &[IpAddr],
    wanted: IpAddr,
    line: usize,
    word: &str,
) -> Option<Difference> {
    let texts: Vec<_> = told.iter().map(ToString::to_string).collect();
    (!told.is_empty() && !told.contains(&wanted)).then(|| Difference {
        line,
        severity: Severity::Error,
        message: format!(
            "the virtual IP is {}, and the description says {wanted}",
            texts.join(" and ")
        ),
        fix: format!("write {wanted} in {word}, or mend loadBalancer.virtualIP of the description"),
    })
}

fn check_keepalived(examined: &Examined<'_>, wanted: &Keepalived, record: &mut Record) {
    let Some(conf) = keepalived::read(examined.tree).filter(|conf| conf.braces.is_none()) else {
        return;
    };
    let virtual_ip = wanted.virtual_ip.address();
    let has_it =
        |instance: &&VrrpInstance| instance.addresses.iter().any(|(it, _)| *it == virtual_ip);
    let mut instances = conf.instances.iter();
    let Some(instance) = instances.find(has_it).or_else(|| conf.instances.first()) else {
        return;
    };
    record.checked += 1;
    let member = examined.expectation.cluster.as_ref();
    let member = member.and_then(|(_, index)| wanted.members.iter().find(|it| it.host == *index));
    let mut differences = keepalived_differences(instance, wanted, member);
    differences.extend(speech_differs(&conf, instance, wanted));
    differences.extend(password_differs(examined, instance, wanted));
    report(
        keepalived::PATH,
        differences,
        &keepalived::reload(examined),
        record,
    );
}

fn warning(line: usize, message: String, fix: String) -> Difference {
    Difference {
        line,
        severity: Severity::Warning,
        message,
        fix,
    }
}

fn password_differs(
    examined: &Examined<'_>,
    instance: &VrrpInstance,
    wanted: &Keepalived,
) -> Option<Difference> {
    let told = instance.auth_pass.as_ref();
    let wanted = wanted.auth_pass.as_ref().map(AuthPass::secret);
    let wanted = VrrpPassword::described(examined.tree, wanted);
    let line = told.map_or(instance.line, |(_, line)| *line);
    match VrrpPassword::of(examined.tree, told.map(|(told, _)| told)) {
        // That it could not be compared is said where the file is read.
        VrrpPassword::Withheld => None,
        password if password == wanted => None,
        _ => Some(warning(
            line,
            "auth_pass is not that of the description".to_owned(),
            "write authPass of the description there, the same on all hosts".to_owned(),
        )),
    }
}

/// Whether the routers of other hosts, as they are described, understand this one.
fn speech_differs(
    conf: &KeepalivedConf,
    instance: &VrrpInstance,
    wanted: &Keepalived,
) -> Option<Difference> {
    let wanted_version = match wanted.virtual_ip.address() {
        IpAddr::V4(_) => 2,
        IpAddr::V6(_) => 3,
    };
    let (version, line) = conf.version(instance);
    if version != wanted_version {
        return Some(Difference {
            line: line.unwrap_or(instance.line),
            severity: Severity::Error,
            message: format!(
                "the version of VRRP is {version}, and hosts by the description speak {wanted_version}: they do not hear each other, and each takes the virtual IP"
            ),
            fix: format!(
                "write {wanted_version} in vrrp_version or version, or take the line away"
            ),
        });
    }
    let (told, line) = instance.auth_type.as_ref()?;
    (wanted.auth_pass.is_some() && told != "PASS").then(|| Difference {
        line: *line,
        severity: Severity::Error,
        message: format!(
            "auth_type is {}, and hosts by the description have PASS: they do not hear each other, and each takes the virtual IP",
            Quoted(told)
        ),
        fix: "write auth_type PASS".to_owned(),
    })
}

fn keepalived_differences(
    instance: &VrrpInstance,
    wanted: &Keepalived,
    member: Option<&KeepalivedMember>,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let told: Vec<IpAddr> = instance.addresses.iter().map(|it| it.0).collect();
    let line = instance.addresses.first().map_or(instance.line, |it| it.1);
    let virtual_ip = wanted.virtual_ip.address();
    found.extend(virtual_ip_differs(
        &told,
        virtual_ip,
        line,
        "virtual_ipaddress",
    ));
    let id = wanted.router_id.to_string();
    if let Some((told, line)) = instance.router_id.as_ref().filter(|it| it.0 != id) {
        found.push(warning(
            *line,
            format!(
                "virtual_router_id is {}, and the description says {id}",
                Quoted(told)
            ),
            format!("write virtual_router_id {id} on all hosts, or routerID in the description"),
        ));
    }
    if let Some(member) = member {
        let wanted = member.interface.as_str();
        let told = instance.interface.as_ref();
        let told = told.and_then(|(words, line)| Some((words.first()?, *line)));
        if let Some((told, line)) = told.filter(|(told, _)| *told != wanted) {
            found.push(warning(
                line,
                format!(
                    "the interface is {}, and the description says {wanted}",
                    Quoted(told)
                ),
                format!("write interface {wanted}, or interface of this host in the description"),
            ));
        }
        let wanted = u32::from(member.priority.number());
        let told = instance.priority;
        // Of one that is no priority keepalived makes another, which is told by itself.
        if told.value != wanted && (1..=255).contains(&told.value) {
            found.push(Difference {
                severity: Severity::Note,
                ..warning(
                    told.line.unwrap_or(instance.line),
                    format!(
                        "the priority is {}, and the description gives this host {wanted}",
                        told.value
                    ),
                    format!("write priority {wanted}, or priority of this host in the description"),
                )
            });
        }
    }
    if instance.unicast.is_some() != wanted.unicast {
        let (told, says) = match wanted.unicast {
            true => ("the multicast group", "unicast_peer"),
            false => ("unicast_peer", "the multicast group"),
        };
        let line = instance
            .unicast
            .as_ref()
            .map_or(instance.line, |it| it.line);
        found.push(warning(
            line,
            format!("the way to the other hosts is {told}, and the description has {says}"),
            "let kpki render -f FILE --out DIR write keepalived.conf of all hosts, or mend loadBalancer.unicast".to_owned(),
        ));
    }
    found
}

fn check_kube_vip(
    examined: &Examined<'_>,
    virtual_ip: IpAddr,
    interfaces: &[crate::setup::InterfaceName],
    record: &mut Record,
) {
    let Some((path, pod)) = kube_vip::find(examined.tree) else {
        return;
    };
    record.checked += 1;
    let mut found = Vec::new();
    if let Some(told) = &pod.address {
        let addresses: Vec<IpAddr> = pod.virtual_ip().into_iter().collect();
        found.extend(virtual_ip_differs(
            &addresses, virtual_ip, told.line, "address",
        ));
    }
    let cluster = examined.expectation.cluster.as_ref();
    let wanted = cluster.and_then(|(cluster, index)| {
        let mut hosts = cluster.hosts.iter().enumerate();
        let masters = hosts.by_ref().filter(|(_, host)| host.roles.control_plane);
        let position = masters.map(|(at, _)| at).position(|at| at == *index)?;
        interfaces.get(position)
    });
    let is_arp = pod.arp.as_ref().is_some_and(Setting::is_true);
    if let (Some(told), Some(wanted)) = (&pod.interface, wanted)
        && told.value != wanted.as_str()
        // Routes lead to an address of any interface, mostly that of the host alone.
        && (is_arp || told.value != "lo")
    {
        found.push(Difference {
            line: told.line,
            severity: Severity::Warning,
            message: format!(
                "the interface is {}, and the description says {wanted}",
                Quoted(&told.value)
            ),
            fix: format!(
                "write {wanted} in vip_interface, or interface of this host in the description"
            ),
        });
    }
    report(path, found, &Fix::default(), record);
}
