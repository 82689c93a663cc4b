//! An instance of VRRP by itself: whether it says what keepalived makes of it, and
//! whether anything makes the virtual IP leave.

use super::{PATH, at, reload};
use crate::keepalived::{KeepalivedConf, VrrpInstance};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::load_balancer::is_of_apiservers;
use crate::verify::{Examined, Finding, Record, Rule};

/// Whether it is the way to the API servers: its virtual IP is in their certificate, or
/// no other instance's is.
pub(super) fn serves(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    instance: &VrrpInstance,
) -> bool {
    let is_named = |it: &VrrpInstance| {
        let mut addresses = it.addresses.iter();
        addresses.any(|(address, _)| is_of_apiservers(examined, *address))
    };
    is_named(instance) || !conf.instances.iter().any(is_named)
}

pub(super) fn check_values(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    instance: &VrrpInstance,
    record: &mut Record,
) {
    let name = Quoted(&instance.name);
    // What is brought in may say it.
    let is_whole = conf.others.is_empty();
    let mut expect = |holds: bool, line: usize, severity, message: String, fix: String| {
        record.expect(holds, || {
            let fix = Fix::say(fix).and(reload(examined));
            Finding::new(Rule::KeepalivedValue, PATH, message, fix)
                .with_severity(severity)
                .at(at(line))
        });
    };
    match &instance.interface {
        Some((words, line)) => {
            let first = words.first().map_or("", String::as_str);
            let message = format!(
                "{} has {} interfaces in one line: keepalived takes {} and passes over the rest without a word",
                name,
                words.len(),
                Quoted(first)
            );
            let fix = format!("write interface {first} alone, the one that gets the virtual IP");
            expect(words.len() < 2, *line, Severity::Warning, message, fix);
        }
        None => expect(
            !is_whole,
            instance.line,
            Severity::Error,
            format!("{name} has no interface: keepalived does not start, 'Unknown interface!'"),
            "write interface with the name that ip route get shows for another host".to_owned(),
        ),
    }
    expect(
        !instance.addresses.is_empty() || !is_whole,
        instance.line,
        Severity::Error,
        format!("{name} has no virtual_ipaddress: it moves nothing"),
        "write virtual_ipaddress { ADDRESS } with the one of the control plane's endpoint"
            .to_owned(),
    );
    if let Some((state, line)) = &instance.state {
        let is_known = matches!(state.as_str(), "MASTER" | "BACKUP") || state.starts_with('$');
        expect(
            is_known,
            *line,
            Severity::Warning,
            format!(
                "the state of {name} is {}, which keepalived takes for BACKUP",
                Quoted(state)
            ),
            "write MASTER on the host with the highest priority and BACKUP on the others"
                .to_owned(),
        );
    }
    if let Some(line) = instance.no_preempt.filter(|_| instance.is_master.value) {
        expect(
            false,
            line,
            Severity::Warning,
            format!("{name} has nopreempt and begins as MASTER: keepalived clears nopreempt"),
            "write state BACKUP on all hosts, or take nopreempt away".to_owned(),
        );
    }
    if let Some((told, line)) = &instance.auth_type {
        expect(
            matches!(told.as_str(), "PASS" | "AH") || told.starts_with('$'),
            *line,
            Severity::Warning,
            format!(
                "the auth_type of {name} is {}, which keepalived does not know: the password is not asked for",
                Quoted(told)
            ),
            "write auth_type PASS, the same on every host".to_owned(),
        );
        let (version, said) = conf.version(instance);
        let why = match (version, said, conf.strict_line) {
            (3, Some(line), _) => Some(("VRRP version 3", line)),
            (_, _, Some(line)) => Some(("vrrp_strict", line)),
            _ => None,
        };
        let (what, line) = why.unwrap_or(("", *line));
        expect(
            why.is_none(),
            line,
            Severity::Warning,
            format!(
                "{what} of {name} has no authentication: keepalived ignores it, and hosts that ask for a password do not hear this one"
            ),
            "take the line away on every host, or the block authentication on every host"
                .to_owned(),
        );
    }
    if let Some(line) = instance.priority.line {
        let priority = instance.priority.value;
        expect(
            (1..=255).contains(&priority),
            line,
            Severity::Warning,
            format!("the priority of {name} is {priority}: keepalived takes 100"),
            "write a number from 1 to 254, another one on every host".to_owned(),
        );
    }
}

/// Whether a check that is there makes the virtual IP leave.
pub(super) fn check_watch(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    instance: &VrrpInstance,
    record: &mut Record,
) {
    if !conf.others.is_empty() || !serves(examined, conf, instance) {
        return;
    }
    record.expect(conf.is_watched(instance), || {
        let name = Quoted(&instance.name);
        let known = conf.scripts.first().map(|script| script.name.as_str());
        let (message, line) = match instance.tracks.first() {
            Some(track) => (
                format!(
                    "{name} goes by the check {}, and no vrrp_script has that name: keepalived ignores it",
                    Quoted(&track.name)
                ),
                track.line,
            ),
            None => (
                format!(
                    "{name} has no track_script: the virtual IP stays with a host whose API server is dead"
                ),
                instance.line,
            ),
        };
        let fix = match known {
            Some(known) => Fix::say(format!(
                "write track_script {{ {known} }} in the instance, each in a line of its own"
            )),
            None => Fix::say("write a vrrp_script that asks https://localhost:6443/healthz, and its name in track_script of the instance: kpki render -f FILE --out DIR makes both"),
        };
        Finding::new(Rule::KeepalivedNoCheck, PATH, message, fix.and(reload(examined))).at(at(line))
    });
}
