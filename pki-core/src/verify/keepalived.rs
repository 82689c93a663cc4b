//! keepalived on a host: whether the virtual IP goes where an API server answers,
//! and whether clients find its name in the certificate there.

mod curl;
mod instance;
mod outcome;
mod pace;
mod request;
mod script;
mod shell;
mod slips;
mod trust;
mod twice;
mod unicast;
mod user;

use super::fix::Fix;
use super::load_balancer::VirtualIps;
use super::tree::{Tree, TreeContent};
use super::{Examined, Finding, Place, Record, Rule, command, etcd_unit, load_balancer, place};
use crate::keepalived::{AuthPass, BraceFault, KeepalivedConf, VrrpInstance};
use crate::name::Quoted;

/// Its configuration on a host.
pub(super) const PATH: &str = "/etc/keepalived/keepalived.conf";

/// What it says, if it could be read.
pub(super) fn read(tree: &Tree) -> Option<KeepalivedConf> {
    Some(KeepalivedConf::parse(tree.get(PATH)?.bytes()?))
}

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let Some(conf) = read(examined.tree) else {
        if let Some(file) = examined.tree.get(PATH) {
            record.not_checked(PATH, etcd_unit::why_not(&file.content), None);
        }
        return;
    };
    list_others(&conf.others, record);
    record.checked += 1;
    if let Some(fault) = &conf.braces {
        return report_braces(examined, &conf, fault, record);
    }
    check_security(examined, &conf, record);
    user::check(examined, &conf, record);
    for instance in &conf.instances {
        check_instance(examined, &conf, instance, record);
        instance::check_values(examined, &conf, instance, record);
        instance::check_watch(examined, &conf, instance, record);
        unicast::check(examined, &conf, instance, record);
    }
    slips::check(examined, &conf, record);
    pace::check(examined, &conf, record);
    for check in &conf.scripts {
        script::check(examined, &conf, check, record);
    }
    let addresses = conf.instances.iter().flat_map(|it| &it.addresses);
    let found = VirtualIps {
        path: PATH,
        line: addresses.clone().next().map_or(1, |(_, line)| *line),
        addresses: addresses.map(|(address, _)| *address).collect(),
        reload: reload(examined),
    };
    load_balancer::check_addresses(examined, found, record);
    twice::check(examined, &conf, record);
}

/// Lines that bring in something that is not here.
fn list_others(lines: &[usize], record: &mut Record) {
    const SHOWN: usize = 3;
    let why = "what it includes or puts in is not read";
    for line in lines.iter().take(SHOWN) {
        record.not_checked(format!("line {line} of {PATH}"), why, None);
    }
    if let Some(more @ [_, ..]) = lines.get(SHOWN..) {
        record.not_checked(format!("{} more lines of {PATH}", more.len()), why, None);
    }
}

/// Of a configuration that keepalived reads in another way than it is written nothing
/// else can be told.
fn report_braces(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    fault: &BraceFault,
    record: &mut Record,
) {
    const WHY: &str = "its blocks are not those that are meant";
    record.not_checked(format!("the rest of {PATH}"), WHY, None);
    // What is put in or brought in may have the other half.
    if !conf.others.is_empty() {
        return;
    }
    let (message, fix) = match fault {
        BraceFault::NotClosed {
            block,
            line,
            before,
        } => {
            let until = match before {
                Some(before) => format!("line {before}"),
                None => "the end".to_owned(),
            };
            (
                format!(
                    "the block {} of line {line} is not closed: keepalived takes what follows for a part of it",
                    Quoted(block)
                ),
                format!("write }} in a line of its own before {until}"),
            )
        }
        BraceFault::NotOpened { block, line } => (
            format!(
                "{} in line {line} has no {{ behind it, so that a }} further down closes another block",
                Quoted(block)
            ),
            format!("write {block} {{ there"),
        ),
        BraceFault::Extra { line } => (
            format!("the }} in line {line} closes nothing"),
            "take it away, or put it where a block is not closed".to_owned(),
        ),
    };
    let fix = Fix::say(fix).and(reload(examined));
    let finding = Finding::new(Rule::KeepalivedBraces, PATH, message, fix);
    record.add(finding.at(at(fault.line())));
}

fn at(line: usize) -> Option<Place> {
    place::of_line(Some(line))
}

const RELOAD: &str = "systemctl reload keepalived";

/// Whether its file is right now, and keepalived goes by it.
pub(super) fn reload(examined: &Examined<'_>) -> Fix {
    let file = command::path(examined.tree, PATH);
    Fix::run(format!("keepalived -t -f {file}")).and_run(RELOAD)
}

fn edit(examined: &Examined<'_>, program: &[&str]) -> String {
    let mode = examined
        .tree
        .get(PATH)
        .map_or(0o600, |file| file.mode & 0o755);
    command::edit(examined.tree, PATH, program, mode)
}

fn check_security(examined: &Examined<'_>, conf: &KeepalivedConf, record: &mut Record) {
    let Some(first) = conf.scripts.first() else {
        return;
    };
    let is_partial = !conf.others.is_empty() && conf.global_line.is_none();
    record.expect(conf.has_script_security || is_partial, || {
        let fix = Fix::say("have enable_script_security and script_user root in global_defs");
        let begins = |line: &usize| begins_with(examined, *line, &["global_defs", "{"]);
        let fix = match conf.global_line.filter(begins) {
            Some(_) => {
                let script = "/^[[:blank:]]*global_defs[[:blank:]]*{[[:blank:]]*$/s/$/\\n    enable_script_security\\n    script_user root/";
                fix.and_run(edit(examined, &["sed", script]))
            }
            None => fix,
        };
        let message = "runs scripts without enable_script_security";
        let line = conf.global_line.unwrap_or(first.line);
        Finding::new(
            Rule::KeepalivedScriptSecurity,
            PATH,
            message,
            fix.and(reload(examined)),
        )
        .at(at(line))
    });
}

fn check_instance(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    instance: &VrrpInstance,
    record: &mut Record,
) {
    let name = Quoted(&instance.name);
    if let Some((password, line)) = &instance.auth_pass {
        let file = examined.tree.get(PATH);
        if password.is_withheld()
            && file.is_some_and(|it| matches!(it.content, TreeContent::PublicView(_)))
        {
            let why = "its host has no sha256sum, shasum or openssl, so that it is not compared";
            record.not_checked(format!("the auth_pass in {PATH}:{line}"), why, None);
        }
        record.expect(!password.is_too_long(), || {
            let most = AuthPass::COUNTS;
            let message = format!("the auth_pass of {name} has more than {most} characters");
            let fix = Fix::say(format!(
                "write one of at most {most} letters and digits, the same on every host"
            ));
            Finding::new(
                Rule::KeepalivedAuthPass,
                PATH,
                message,
                fix.and(reload(examined)),
            )
            .at(at(*line))
        });
    }
    let (told, line) = match &instance.router_id {
        Some((told, line)) => (Some(told.as_str()), *line),
        None => (None, instance.line),
    };
    let is_put_in = told.is_some_and(|told| told.starts_with('$'));
    let is_misspelt = instance
        .slips
        .iter()
        .any(|it| it.is_meant("virtual_router_id"));
    let is_elsewhere = told.is_none() && (is_misspelt || !conf.others.is_empty());
    let is_right = told.is_some_and(|told| matches!(told.parse(), Ok(1_u8..)));
    record.expect(is_right || is_put_in || is_elsewhere, || {
        let message = match told {
            Some(told) => format!("the virtual_router_id of {name} is {}", Quoted(told)),
            None => format!("{name} has no virtual_router_id"),
        };
        let fix = Fix::say("write a number from 1 to 255, the same on every host, and another one than any other cluster of the network");
        Finding::new(
            Rule::KeepalivedRouterId,
            PATH,
            message,
            fix.and(reload(examined)),
        )
        .at(at(line))
    });
}

/// Whether a line of the configuration has just these words.
fn begins_with(examined: &Examined<'_>, line: usize, words: &[&str]) -> bool {
    let text = examined.tree.get(PATH).and_then(|file| file.bytes());
    let text = String::from_utf8_lossy(text.unwrap_or_default());
    let told = line
        .checked_sub(1)
        .and_then(|index| text.lines().nth(index));
    told.is_some_and(|told| told.split_whitespace().eq(words.iter().copied()))
}
