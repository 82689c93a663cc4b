//! The script that keepalived goes by: whether it runs at all, and whether it fails
//! when the API server does.

use std::net::IpAddr;

use super::request::Request;
use super::shell::{ShellCommand, Word, commands};
use super::{PATH, at, reload, request};
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
    // A script that looks at the status itself does without.
    let looks_at_status = text.contains("http_code") || text.contains("response_code");
    let mut careless = requests.iter();
    let careless = careless.find(|it| it.fails_on_status == Some(false) && !looks_at_status);
    if let Some(request) = careless {
        let message = "asks with curl without --fail: an answer with an HTTP error counts as good";
        let fix = Fix::say("add --fail to curl's options, and ask for /healthz rather than for /");
        let finding = Finding::new(Rule::KeepalivedCheckStatus, path, message, fix);
        record.fail(finding.at(place(request.line)));
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

/// The address that grep looks for, as if nothing could begin with it.
fn looks_for(grep: &ShellCommand, addresses: &[IpAddr]) -> Option<IpAddr> {
    let words = match grep.behind("grep") {
        [] => grep.behind("egrep"),
        words => words,
    };
    let words: Vec<&str> = words.iter().filter_map(Word::known).collect();
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
