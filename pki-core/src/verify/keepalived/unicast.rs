//! To whom an instance writes: every other host of the control plane, and not itself.

use std::net::IpAddr;

use super::instance::serves;
use super::{PATH, at, reload};
use crate::cluster::Host;
use crate::keepalived::{KeepalivedConf, Unicast, VrrpInstance};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::load_balancer::{addresses, control_plane, is_near, own_address};
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
    let hosts = control_plane(examined);
    let network = Network::of(examined, unicast, own, &hosts);
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
    if let (Some(own), Some((source, line)), false) = (own, unicast.source, network.is_unknown) {
        expect(
            network.own.contains(&source),
            line,
            Severity::Error,
            format!("{name} writes from {source}, and this host is {own}"),
            match network.is_main {
                true => format!("write unicast_src_ip {own}"),
                false => {
                    "write this host's address of the peers' network in unicast_src_ip".to_owned()
                }
            },
        );
    }
    // Whatever this host's address is, it need not write to where it writes from.
    let is_known = own.is_some() && !network.is_unknown;
    let itself = unicast.peers.iter().find(|(peer, _)| match is_known {
        true => network.own.contains(peer),
        false => unicast.source.is_some_and(|(source, _)| source == *peer),
    });
    if let Some((peer, line)) = itself {
        expect(
            false,
            *line,
            Severity::Warning,
            match is_known {
                true => format!("unicast_peer of {name} has {peer}, which is this host itself"),
                false => format!("unicast_peer of {name} has {peer}, and so has unicast_src_ip: it writes to itself, or from another's address"),
            },
            match is_known {
                true => "take the line away: the list is of the other hosts".to_owned(),
                false => "write this host's own address in unicast_src_ip, and those of the other hosts in unicast_peer".to_owned(),
            },
        );
    }
    // Of a part of the hosts another file may tell.
    let is_ours = own.is_some() && serves(examined, conf, instance);
    let is_told = !hosts.is_empty() && conf.others.is_empty() && is_ours;
    let others = hosts.iter().filter(|it| Some(it.advertise_address) != own);
    let others: Vec<&Host> = others.copied().collect();
    if network.is_unknown {
        let (peers, wanted) = (unicast.peers.len(), others.len());
        expect(
            !is_told || peers == wanted || itself.is_some(),
            unicast.line,
            Severity::Warning,
            format!(
                "unicast_peer of {name} has {peers} addresses, and the control plane has {wanted} other hosts"
            ),
            "write the address of every other host in unicast_peer, one a line".to_owned(),
        );
        let what = format!(
            "whether the addresses in unicast_src_ip and unicast_peer of {name} are the hosts'"
        );
        let why = "no host is known to have one of them: VRRP goes over another network";
        return record.not_checked(what, why, None);
    }
    if !is_told {
        return;
    }
    let missing = others.iter().filter(|host| {
        let mut peers = unicast.peers.iter();
        !peers.any(|(peer, _)| addresses(host).any(|it| it == *peer))
    });
    let missing: Vec<&&Host> = missing.collect();
    let names = missing
        .iter()
        .map(|it| format!("{} ({})", it.name, it.advertise_address));
    let names: Vec<_> = names.collect();
    let lacking = missing.iter().map(|it| it.advertise_address.to_string());
    let lacking: Vec<_> = lacking.collect();
    expect(
        missing.is_empty(),
        unicast.line,
        Severity::Error,
        format!(
            "unicast_peer of {name} lacks {}: a host that hears nothing takes the virtual IP as well",
            names.join(" and ")
        ),
        match network.is_main {
            true => format!(
                "add {} to unicast_peer, one address a line",
                lacking.join(" and ")
            ),
            false => "add its address of the other peers' network to unicast_peer".to_owned(),
        },
    );
    let mut peers = unicast.peers.iter();
    let strange = peers.find(|(peer, _)| {
        let is_others = others
            .iter()
            .any(|host| addresses(host).any(|it| it == *peer));
        !is_others && !network.own.contains(peer)
    });
    if let Some((peer, line)) = strange {
        expect(
            false,
            *line,
            Severity::Warning,
            format!("unicast_peer of {name} has {peer}, which no host of the control plane is"),
            "write the address of the host that is meant, or take the line away".to_owned(),
        );
    }
}

/// What is known of the network that VRRP goes over: it may have one of its own.
struct Network {
    /// The addresses of this host.
    own: Vec<IpAddr>,
    /// Whether it is the one over which hosts reach each other otherwise.
    is_main: bool,
    /// Whether this host is known, and no address there is any known host's.
    is_unknown: bool,
}

impl Network {
    fn of(
        examined: &Examined<'_>,
        unicast: &Unicast,
        main: Option<IpAddr>,
        hosts: &[&Host],
    ) -> Self {
        let described = examined.expectation.addressed();
        let own = described.into_iter().flat_map(|(_, host)| addresses(host));
        let own: Vec<IpAddr> = main.into_iter().chain(own).collect();
        let is_known = |address: IpAddr| {
            let is_hosts = |host: &&Host| addresses(host).any(|it| it == address);
            // Others that nobody described are likely beside this one.
            let is_beside = hosts.is_empty() && main.is_some_and(|it| is_near(it, address));
            own.contains(&address) || hosts.iter().any(is_hosts) || is_beside
        };
        let peers = unicast.peers.iter().map(|(peer, _)| *peer);
        let source = unicast.source.map(|(source, _)| source);
        let is_unknown = main.is_some() && !peers.clone().chain(source).any(is_known);
        let advertised = |peer| hosts.iter().any(|host| host.advertise_address == peer);
        let is_main =
            hosts.is_empty() || peers.clone().next().is_none() || peers.clone().any(advertised);
        Self {
            own,
            is_main,
            is_unknown,
        }
    }
}
