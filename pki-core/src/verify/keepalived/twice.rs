//! Whether keepalived is alone with the virtual IP, or kube-vip moves it as well.

use super::{PATH, at};
use crate::keepalived::KeepalivedConf;
use crate::kube_vip::Setting;
use crate::setup::LoadBalancer;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule, command, kube_vip, place};

pub(super) fn check(examined: &Examined<'_>, conf: &KeepalivedConf, record: &mut Record) {
    let Some((path, pod)) = kube_vip::find(examined.tree) else {
        return;
    };
    record.checked += 1;
    let is_on = pod.control_plane.as_ref().is_some_and(Setting::is_true);
    let Some(address) = pod.virtual_ip().filter(|_| is_on) else {
        return;
    };
    let mut addresses = conf.instances.iter().flat_map(|it| &it.addresses);
    let Some((_, line)) = addresses.find(|(it, _)| *it == address) else {
        return;
    };
    let both = format!("keepalived and kube-vip ({path}) both move {address}");
    let is_kube_vips = matches!(
        examined.expectation.load_balancer(),
        Some(LoadBalancer::KubeVip { .. })
    );
    let is_keepaliveds = examined.expectation.load_balancer().is_some() && !is_kube_vips;
    let finding = if is_keepaliveds {
        let message = format!("{both}, and the description has keepalived alone");
        let shown = command::path(examined.tree, path);
        let fix = Fix::say("take the manifest away: the kubelet ends the pod by itself")
            .and_run(format!("rm {shown}"));
        let line = pod.address.as_ref().map_or(pod.line, |it| it.line);
        Finding::new(Rule::VirtualIpTwice, path, message, fix).at(place::of_line(Some(line)))
    } else {
        let (message, fix) = match is_kube_vips {
            true => (
                format!("{both}, and the description has kube-vip alone"),
                Fix::say("end keepalived on every host of the control plane"),
            ),
            false => (
                both,
                Fix::say(
                    "keep one of the two: end keepalived on every host, or take kube-vip's manifest away instead",
                ),
            ),
        };
        let fix = fix.and_run("systemctl disable --now keepalived");
        Finding::new(Rule::VirtualIpTwice, PATH, message, fix).at(at(*line))
    };
    record.fail(finding);
}
