//! keepalived on a host: whether the virtual IP goes where an API server answers,
//! and whether clients find its name in the certificate there.

mod script;

use super::fix::Fix;
use super::tree::{Tree, TreeContent};
use super::{
    Examined, Finding, Place, Record, Rule, command, derived, etcd_unit, place, uncovered,
};
use crate::keepalived::{AuthPass, CheckScript, KeepalivedConf, VrrpInstance};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::Url;

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
    check_security(examined, &conf, record);
    for instance in &conf.instances {
        check_instance(examined, &conf, instance, record);
        for (name, _) in &instance.tracks {
            if let Some(script) = conf.script(name) {
                check_pace(examined, script, record);
            }
        }
    }
    for check in &conf.scripts {
        script::check(examined, &conf, check, record);
    }
    check_names(examined, &conf, record);
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

fn at(line: usize) -> Option<Place> {
    place::of_line(Some(line))
}

const RELOAD: &str = "systemctl reload keepalived";

/// Whether its file is right now, and keepalived goes by it.
fn reload(examined: &Examined<'_>) -> Fix {
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
    let is_elsewhere = told.is_none() && !conf.others.is_empty();
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

/// How long an API server may be dead before the virtual IP leaves it.
fn check_pace(examined: &Examined<'_>, script: &CheckScript, record: &mut Record) {
    /// Seconds.
    const LONGEST: f64 = 10.0;
    let seconds = script.interval.value * f64::from(script.fall.value);
    record.expect(seconds <= LONGEST, || {
        let message = format!(
            "{} fails after {} checks {} seconds apart: for {seconds} seconds clients go on to an API server that is dead",
            Quoted(&script.name),
            script.fall.value,
            script.interval.value
        );
        let fix = Fix::say("write interval 1 and fall 2")
            .and(quicken(examined, script))
            .and(reload(examined));
        let line = script.fall.line.or(script.interval.line).unwrap_or(script.line);
        Finding::new(Rule::KeepalivedSlow, PATH, message, fix).at(at(line))
    });
}

/// The command for it, where a program can find the lines: by what they say, for other
/// commands may have moved them.
fn quicken(examined: &Examined<'_>, script: &CheckScript) -> Fix {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = script.name.as_str();
    let begins = begins_with(examined, script.line, &["vrrp_script", name, "{"]);
    if !begins || !name.chars().all(is_plain) {
        return Fix::default();
    }
    let block = format!(
        "/^[[:blank:]]*vrrp_script[[:blank:]][[:blank:]]*{name}[[:blank:]]*{{/,/^[[:blank:]]*}}/"
    );
    let rewrite =
        |word: &str, new: u8| format!("{block}s/^\\([[:blank:]]*{word}\\)[[:blank:]].*/\\1 {new}/");
    let (interval, fall) = (rewrite("interval", 1), rewrite("fall", 2));
    Fix::run(edit(examined, &["sed", "-e", &interval, "-e", &fall]))
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

/// Whether the API server's certificate names a virtual IP. Another one beside it
/// may be of something else.
fn check_names(examined: &Examined<'_>, conf: &KeepalivedConf, record: &mut Record) {
    let mut materials = examined.materials.iter();
    let Some(material) = materials.find(|it| it.row.entry.base_name == "apiserver") else {
        return;
    };
    let Some(certificate) = material.certificates().first() else {
        return;
    };
    let addresses = conf
        .instances
        .iter()
        .flat_map(|instance| &instance.addresses);
    let addresses: Vec<_> = addresses.collect();
    let names = certificate.subject_alt_names();
    let is_named = addresses
        .iter()
        .any(|(address, _)| names.contains(&format!("IP:{address}")));
    let Some((address, line)) = addresses.first() else {
        return;
    };
    record.checked += 1;
    if is_named {
        return;
    }
    let missing = uncovered::Name {
        host: &address.to_string(),
        name: format!("IP:{address}"),
        source: format!("the virtual IP in {PATH}:{line}"),
        // By a name clients do without the address.
        severity: match has_named_endpoint(examined) {
            true => Severity::Note,
            false => Severity::Error,
        },
    };
    uncovered::report(examined, material, missing, record);
}

/// Whether kubeconfigs connect to a name rather than to an address.
fn has_named_endpoint(examined: &Examined<'_>) -> bool {
    let server = |path: &str| derived::kubeconfig(examined.tree, path)?.server.as_deref();
    let servers = ["kubelet.conf", "admin.conf"]
        .into_iter()
        .filter_map(server);
    let mut urls = servers.filter_map(Url::parse);
    urls.any(|url| url.address().is_none() && !url.is_loopback())
}
