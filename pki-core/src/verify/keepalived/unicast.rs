//! To whom an instance writes: every other host of the control plane, and not itself.

use std::net::IpAddr;

use super::instance::serves;
use super::{PATH, at, reload};
use crate::keepalived::{KeepalivedConf, Unicast, VrrpInstance};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::load_balancer::{control_plane, own_address};
use crate::verify::{Examined, Finding, Record, Rule};

pub(super) fn check(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    instance: &VrrpInstance,
    record: &mut Record,
) {
    let Some(unicast) = &instance.unicast else {
        return;
    };
    let name = Quoted(&instance.name);
    let own = own_address(examined.tree, examined.expectation);
    let mut expect = |holds: bool, line: usize, severity, message: String, fix: String| {
        record.expect(holds, || {
            let fix = Fix::say(fix).and(reload(examined));
            let rule = match severity {
                Severity::Error => Rule::KeepalivedUnicast,
                _ => Rule::KeepalivedUnicastPeer,
            };
            Finding::new(rule, PATH, message, fix).at(at(line))
        });
    };
    if let (Some(own), Some((source, line))) = (own, unicast.source) {
        expect(
            source == own,
            line,
            Severity::Error,
            format!("{name} writes from {source}, and this host is {own}"),
            format!("write unicast_src_ip {own}"),
        );
    }
    // Whatever this host's address is, it need not write to where it writes from.
    let is_known = own.is_some();
    let own = own.or_else(|| Some(unicast.source?.0));
    if let Some(own) = own {
        let itself = unicast.peers.iter().find(|(peer, _)| *peer == own);
        let line = itself.map_or(unicast.line, |(_, line)| *line);
        expect(
            itself.is_none(),
            line,
            Severity::Warning,
            match is_known {
                true => format!("unicast_peer of {name} has {own}, which is this host itself"),
                false => format!("unicast_peer of {name} has {own}, and so has unicast_src_ip: it writes to itself, or from another's address"),
            },
            match is_known {
                true => "take the line away: the list is of the other hosts".to_owned(),
                false => "write this host's own address in unicast_src_ip, and those of the other hosts in unicast_peer".to_owned(),
            },
        );
    }
    let hosts = control_plane(examined);
    // Of a part of the hosts another file may tell.
    let is_ours = own.is_some() && serves(examined, conf, instance);
    if hosts.is_empty() || !conf.others.is_empty() || !is_ours {
        return;
    }
    let addresses = hosts.iter().map(|host| host.advertise_address);
    let others: Vec<IpAddr> = addresses.filter(|it| Some(*it) != own).collect();
    let (missing, strange) = difference(unicast, &others);
    let missing_names = missing.iter().map(|address| {
        let host = hosts.iter().find(|host| host.advertise_address == *address);
        host.map_or_else(String::new, |host| format!("{} ({address})", host.name))
    });
    let missing_names: Vec<_> = missing_names.collect();
    expect(
        missing.is_empty(),
        unicast.line,
        Severity::Error,
        format!(
            "unicast_peer of {name} lacks {}: a host that hears nothing takes the virtual IP as well",
            missing_names.join(" and ")
        ),
        format!("add {} to unicast_peer, one address a line", list(&missing)),
    );
    if let Some((peer, line)) = strange {
        expect(
            Some(peer) == own,
            line,
            Severity::Warning,
            format!("unicast_peer of {name} has {peer}, which no host of the control plane is"),
            "write the address of the host that is meant, or take the line away".to_owned(),
        );
    }
}

/// The others that the list lacks, and its first address that is none of them.
fn difference(unicast: &Unicast, others: &[IpAddr]) -> (Vec<IpAddr>, Option<(IpAddr, usize)>) {
    let has = |other: &IpAddr| unicast.peers.iter().any(|(peer, _)| peer == other);
    let missing = others.iter().copied().filter(|it| !has(it)).collect();
    let mut strange = unicast.peers.iter().copied();
    (missing, strange.find(|(peer, _)| !others.contains(peer)))
}

fn list(addresses: &[IpAddr]) -> String {
    let texts: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    texts.join(" and ")
}
