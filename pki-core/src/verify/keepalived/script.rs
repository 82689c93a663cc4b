//! The script that keepalived goes by: whether it runs at all, and whether it fails
//! when the API server does.

use std::net::IpAddr;

use super::outcome::Outcome;
use super::request::Request;
use super::shell::{Field, ShellCommand, commands};
use super::{PATH, at, reload, request};
use crate::document::nearest;
use crate::keepalived::{CheckScript, KeepalivedConf};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule, command};

/// Programs of the system: a copy of a host need not have them.
const SYSTEMS: [&str; 6] = [
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/lib/",
    "/usr/libexec/",
];

pub(super) fn check(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    check: &CheckScript,
    record: &mut Record,
) {
    let Some((words, line)) = &check.command else {
        return;
    };
    let program = words.first().map_or("", String::as_str);
    let is_of_system = SYSTEMS
        .iter()
        .any(|directory| program.starts_with(directory));
    // A command may stand in the configuration itself.
    if is_of_system || !program.starts_with('/') {
        check_text(examined, conf, PATH, &words.join(" "), *line, record);
        return;
    }
    let tree = examined.tree;
    let Some(path) = tree
        .location
        .path_of(program)
        .filter(|path| tree.is_in_reach(path))
    else {
        return;
    };
    record.checked += 1;
    let shown = command::path(tree, &path);
    let Some(file) = tree.get(&path) else {
        let message = format!(
            "is missing, and {} runs it ({PATH}:{line})",
            Quoted(&check.name)
        );
        let fix = Fix::say("write it again: kpki render -f FILE --out DIR makes it")
            .and_run(format!("chmod 0755 {shown}"))
            .and(reload(examined));
        record.add(Finding::new(Rule::KeepalivedScript, path, message, fix));
        return;
    };
    if file.mode & 0o111 == 0 {
        let message = format!(
            "cannot be run (mode {:04o}), and {PATH}:{line} has keepalived run it",
            file.mode
        );
        let fix = Fix::run(format!("chmod 0755 {shown}")).and(reload(examined));
        record.add(Finding::new(Rule::KeepalivedScript, &path, message, fix));
    } else if file.mode & 0o022 != 0 {
        let message = format!(
            "can be written by others than root (mode {:04o}), and keepalived runs it as root",
            file.mode
        );
        let fix = Fix::run(format!("chmod go-w {shown}")).and(reload(examined));
        let finding = Finding::new(Rule::KeepalivedScript, &path, message, fix);
        record.add(match conf.has_script_security {
            // keepalived does not run it.
            true => finding,
            false => finding.with_severity(Severity::Warning),
        });
    }
    match file.bytes() {
        Some(text) => {
            let text = String::from_utf8_lossy(text);
            if !check_form(examined, &path, &text, record) {
                return;
            }
            check_text(examined, conf, &path, &text, 1, record);
        }
        None => {
            let why = crate::verify::etcd_unit::why_not(&file.content);
            record.not_checked(Quoted(&path).to_string(), why, None);
        }
    }
}

fn check_text(
    examined: &Examined<'_>,
    conf: &KeepalivedConf,
    path: &str,
    text: &str,
    first_line: usize,
    record: &mut Record,
) {
    let commands = commands(text);
    let requests: Vec<Request> = commands.iter().filter_map(Request::of).collect();
    let place = |line: usize| at(first_line + line);
    // keepalived runs a command of its configuration without a shell.
    let outcome = Some(text)
        .filter(|_| path != PATH && !requests.is_empty() && requests.iter().all(Request::is_told));
    let outcome = outcome.map(Outcome::of);
    // A script that looks at the status or the answer itself does without.
    let looks_at_answer = text.contains("http_code")
        || text.contains("response_code")
        || commands.iter().any(|it| it.has("ok"));
    let mut careless = requests.iter();
    let careless = careless.find(|it| match &outcome {
        Some(Some(outcome)) => {
            it.fails_on_status == Some(false) && !outcome.broken.badly && outcome.dead.badly
        }
        _ => it.fails_on_status == Some(false) && !looks_at_answer,
    });
    if let Some(request) = careless {
        let message = "asks with curl without --fail: an answer with an HTTP error counts as good";
        let fix = Fix::say("add --fail to curl's options, and ask for /healthz rather than for /");
        let finding = Finding::new(Rule::KeepalivedCheckStatus, path, message, fix);
        record.fail(finding.at(place(request.line)));
    }
    if let (Some(outcome), Some(first)) = (&outcome, requests.first()) {
        let what = format!("whether {path} ends badly when the API server is dead");
        match outcome {
            Some(outcome) => check_end(examined, path, place(first.line), outcome, record),
            None => {
                let why = "what it does with the answer is not followed here";
                record.not_checked(what.clone(), why, None);
            }
        }
        let hangs = |it: &Outcome| it.well == it.dead && it.dead.well && it.dead.badly;
        if outcome.as_ref().is_some_and(hangs) {
            let why = "how it ends hangs on other commands than the request";
            record.not_checked(what, why, None);
        }
    }
    let addresses = conf
        .instances
        .iter()
        .flat_map(|instance| &instance.addresses);
    let addresses: Vec<IpAddr> = addresses.map(|(address, _)| *address).collect();
    request::check(examined, (path, first_line), &requests, &addresses, record);
    let mut greps = commands.iter().filter(|it| it.is("grep") || it.is("egrep"));
    let found = greps.find_map(|grep| Some((grep, looks_for(grep, &addresses)?)));
    if let Some((grep, address)) = found {
        let message = format!(
            "looks for {address} with grep, which finds every address that begins with it as well"
        );
        let fix = Fix::say(
            "let the check ask this host's own API server alone, https://localhost:6443/healthz, and not look for the address",
        );
        let fix = fix.and(reload(examined));
        let finding = Finding::new(Rule::KeepalivedCheckAddress, path, message, fix);
        record.fail(finding.at(place(grep.line)));
    }
}

/// Whether a script ends badly when the API server is dead, and then alone.
fn check_end(
    examined: &Examined<'_>,
    path: &str,
    place: Option<crate::verify::Place>,
    outcome: &Outcome,
    record: &mut Record,
) {
    let (never_well, never_badly) = (!outcome.well.well, !outcome.dead.badly);
    let message = match (never_well, never_badly) {
        (false, false) => return record.checked += 1,
        (true, true) => {
            "ends well when the API server is dead, and badly when it is well: the test is turned around"
        }
        (false, true) => {
            "ends well even when the API server is dead: the virtual IP stays with a dead API server"
        }
        (true, false) => "ends badly even when the API server is well: no host passes the check",
    };
    let fix = Fix::say(
        "let it end with exit 1 when the request fails, and with exit 0 else: if ! curl ...; then exit 1; fi",
    );
    let fix = fix.and(reload(examined));
    let finding = Finding::new(Rule::KeepalivedCheckStatus, path, message, fix);
    record.fail(finding.with_severity(Severity::Error).at(place));
}

/// Programs that run a script.
const INTERPRETERS: [&str; 8] = ["sh", "bash", "dash", "ash", "env", "ksh", "zsh", "busybox"];

/// Whether the system runs a script as one of a shell at all.
fn check_form(examined: &Examined<'_>, path: &str, text: &str, record: &mut Record) -> bool {
    let finding = |message: String, fix: &str| {
        let fix = Fix::say(fix).and(reload(examined));
        Finding::new(Rule::KeepalivedScript, path, message, fix)
    };
    let first = text.split('\n').next().unwrap_or_default();
    let is_command = |line: &str| !line.is_empty() && !line.starts_with('#');
    if !text.lines().any(|line| is_command(line.trim())) {
        let message = "has no command in it: it says nothing about the API server".to_owned();
        let fix = "write it again: kpki render -f FILE --out DIR makes it";
        record.fail(finding(message, fix));
        return false;
    }
    if let Some(line) = text.split('\n').position(|line| line.ends_with('\r')) {
        let message = "has lines that end as those of Windows: the system looks for an interpreter of another name, and the shell for other words".to_owned();
        let fix = "take the carriage returns away: sed -i 's/\\r$//'";
        record.fail(finding(message, fix).at(at(line + 1)));
        return false;
    }
    let Some(told) = first.strip_prefix("#!") else {
        return true;
    };
    let interpreter = told.split_whitespace().next().unwrap_or_default();
    let name = interpreter.rsplit('/').next().unwrap_or_default();
    if INTERPRETERS.contains(&name) && interpreter.starts_with('/') {
        return true;
    }
    // Of names so short more than one letter makes another program.
    let is_slip = |known: &&str| strsim::damerau_levenshtein(name, known) < 2;
    match nearest(name, INTERPRETERS).filter(is_slip) {
        Some(known) if !KNOWN.contains(&name) => {
            let message = format!(
                "is run by {}, which no system has: keepalived cannot run it",
                Quoted(interpreter)
            );
            let fix = format!("write #!/bin/{known} in line 1");
            record.fail(finding(message, &fix).at(at(1)));
            false
        }
        _ => true,
    }
}

/// Others, whose names are short as well.
const KNOWN: [&str; 12] = [
    "csh", "tcsh", "mksh", "lksh", "oksh", "pdksh", "yash", "rbash", "rzsh", "osh", "ysh", "esh",
];

/// The address that grep looks for, as if nothing could begin with it.
fn looks_for(grep: &ShellCommand, addresses: &[IpAddr]) -> Option<IpAddr> {
    let words = match grep.behind("grep") {
        [] => grep.behind("egrep"),
        words => words,
    };
    let words: Vec<&str> = words.iter().filter_map(Field::known).collect();
    let is_option = |word: &&&str| word.starts_with('-');
    let takes_whole_words = |word: &&str| match word.strip_prefix("--") {
        Some(long) => matches!(long, "word-regexp" | "line-regexp"),
        None => word.contains(['w', 'x']),
    };
    if words.iter().filter(is_option).any(takes_whole_words) {
        return None;
    }
    let pattern = words.iter().find(|word| !is_option(word))?;
    let plain = pattern.replace("\\.", ".");
    let is_it = |address: &&IpAddr| plain.parse() == Ok(**address);
    addresses.iter().find(is_it).copied()
}
