//! An instance of VRRP by itself: whether it says what keepalived makes of it, and
//! whether anything makes the virtual IP leave.

use super::{PATH, at, begins_with, edit, reload};
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
    // That is told by itself.
    let is_meant = |word: &str| instance.slips.iter().any(|it| it.is_meant(word));
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
            !is_whole || is_meant("interface"),
            instance.line,
            Severity::Error,
            format!("{name} has no interface: keepalived does not start, 'Unknown interface!'"),
            "write interface with the name that ip route get shows for another host".to_owned(),
        ),
    }
    expect(
        !instance.addresses.is_empty() || !is_whole || is_meant("virtual_ipaddress"),
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
    let drops = drops(examined, conf, instance);
    let is_strict = drops.is_some_and(|(word, _)| word != "no_accept");
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
            // That strictness is wrong altogether is told by itself.
            (_, _, Some(line)) if !is_strict => Some(("vrrp_strict", line)),
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
    if let Some((word, line)) = drops {
        record.fail(dropping(examined, instance, (word, line)));
    }
}

/// By which word keepalived drops what clients send to the API servers.
fn drops(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    instance: &VrrpInstance,
) -> Option<(&'static str, usize)> {
    let drops = conf.drops(instance)?;
    serves(examined, conf, instance).then_some(drops)
}

fn dropping(
    examined: &Examined<'_>,
    instance: &VrrpInstance,
    (word, line): (&str, usize),
) -> Finding {
    let message = format!(
        "{} has {word}: keepalived drops what clients send to the virtual IP, although the address is there",
        Quoted(&instance.name)
    );
    let fix = Fix::say(format!("take {word} away on every host"));
    let is_global = word == "vrrp_strict" && begins_with(examined, line, &[word]);
    let fix = match is_global {
        true => {
            let script = "/^[[:blank:]]*vrrp_strict[[:blank:]]*$/d";
            fix.and_run(edit(examined, &["sed", script]))
        }
        false => fix,
    };
    let fix = fix.and(reload(examined));
    Finding::new(Rule::KeepalivedValue, PATH, message, fix)
        .with_severity(Severity::Error)
        .at(at(line))
}

/// Whether a check with a weight has any effect: not where the one that has the virtual
/// IP is left it though its priority is lower, nor for the owner of the address.
fn check_weights(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    instance: &VrrpInstance,
    record: &mut Record,
) {
    let name = Quoted(&instance.name);
    let fail = |record: &mut Record, line: Option<usize>, message: String, fix: &str| {
        let fix = Fix::say(fix).and(reload(examined));
        let finding = Finding::new(Rule::KeepalivedNoCheck, PATH, message, fix);
        record.fail(finding.at(at(line.unwrap_or(instance.line))));
    };
    let leaves = instance
        .no_preempt
        .filter(|_| !instance.is_master.value && conf.has_weights_alone(instance));
    if leaves.is_some() {
        let message = format!(
            "{name} has nopreempt, and its check has a weight: this host never takes the virtual IP from one whose check fails, only from one that is gone"
        );
        let fix = "take weight out of vrrp_script and track_script on every host: a failed check then takes the host out; or take nopreempt away";
        fail(record, leaves, message, fix);
    }
    let is_owner = instance.priority.value == 255;
    if is_owner && conf.weights(instance).iter().any(|it| it.value != 0) {
        let message = format!(
            "the priority of {name} is 255, that of the owner of the address, to whom no check with a weight applies"
        );
        let line = instance.priority.line;
        fail(record, line, message, "write 254 or less");
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
    check_weights(examined, conf, instance, record);
    let tracked = instance.tracks.first();
    let tracked = tracked.and_then(|it| Some((it, conf.script(&it.name)?)));
    let slips = tracked.into_iter().flat_map(|(_, script)| &script.slips);
    let mut slips = slips.chain(&instance.slips);
    // That is told by itself.
    if slips.any(|it| it.is_meant("script") || it.is_meant("track_script")) {
        return;
    }
    record.expect(conf.is_watched(instance), || {
        let name = Quoted(&instance.name);
        let known = conf.scripts.first().map(|script| script.name.as_str());
        let (message, line) = match instance.tracks.first() {
            Some(track) if tracked.is_some() => (
                format!(
                    "{name} goes by the check {}, which has no script: keepalived removes it",
                    Quoted(&track.name)
                ),
                track.line,
            ),
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
            Some(known) if tracked.is_some() => Fix::say(format!(
                "write script in vrrp_script {known}, with a program that asks https://localhost:6443/healthz: kpki render -f FILE --out DIR makes both"
            )),
            Some(known) => Fix::say(format!(
                "write track_script {{ {known} }} in the instance, each in a line of its own"
            )),
            None => Fix::say("write a vrrp_script that asks https://localhost:6443/healthz, and its name in track_script of the instance: kpki render -f FILE --out DIR makes both"),
        };
        Finding::new(Rule::KeepalivedNoCheck, PATH, message, fix.and(reload(examined))).at(at(line))
    });
}
