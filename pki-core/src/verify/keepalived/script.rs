//! The script that keepalived goes by: whether it runs at all, and whether it fails
//! when the API server does.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{PATH, at, reload};
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
    // A command may stand in the configuration itself.
    check_text(examined, conf, PATH, &words.join(" "), *line, record);
    if SYSTEMS
        .iter()
        .any(|directory| program.starts_with(directory))
    {
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
    // A script that looks at the status itself does without.
    let looks_at_status = text.contains("http_code") || text.contains("response_code");
    let mut curls = commands.iter().filter(|it| it.is("curl"));
    if let Some(curl) = curls.find(|curl| !curl.fails_on_status() && !looks_at_status) {
        let message = "asks with curl without --fail: an answer with an HTTP error counts as good";
        let fix = Fix::say("add --fail to curl's options, and ask for /healthz rather than for /");
        let finding = Finding::new(Rule::KeepalivedCheckStatus, path, message, fix);
        record.fail(finding.at(at(first_line + curl.line)));
    }
    let addresses = conf
        .instances
        .iter()
        .flat_map(|instance| &instance.addresses);
    let addresses: Vec<IpAddr> = addresses.map(|(address, _)| *address).collect();
    let mut greps = commands.iter().filter(|it| it.is("grep") || it.is("egrep"));
    let variables = variables(text);
    let found = greps.find_map(|grep| Some((grep, grep.looks_for(&addresses, &variables)?)));
    if let Some((grep, address)) = found {
        let message = format!(
            "looks for {address} with grep, which finds every address that begins with it as well"
        );
        let fix = Fix::say(
            "let the check ask this host's own API server alone, https://localhost:6443/healthz, and not look for the address",
        );
        let fix = fix.and(reload(examined));
        let finding = Finding::new(Rule::KeepalivedCheckAddress, path, message, fix);
        record.fail(finding.at(at(first_line + grep.line)));
    }
}

/// A simple command of a script, as far as it can be told without running it.
struct ShellCommand<'a> {
    words: Vec<&'a str>,
    /// Counted from nothing.
    line: usize,
}

/// The commands of a script: lines that go on are one, and quotation marks do not
/// keep signs together, which is enough for programs and their options.
fn commands(text: &str) -> Vec<ShellCommand<'_>> {
    let mut commands: Vec<ShellCommand<'_>> = Vec::new();
    let mut goes_on = false;
    for (line, written) in text.lines().enumerate() {
        let written = written.trim();
        if written.starts_with('#') && !goes_on {
            continue;
        }
        let plain = written.strip_suffix('\\');
        let pieces = plain
            .unwrap_or(written)
            .split([';', '|', '&', '(', ')', '`']);
        for (index, piece) in pieces.enumerate() {
            let words = piece
                .split_whitespace()
                .map(|word| word.trim_matches(['"', '\'']));
            match commands.last_mut().filter(|_| goes_on && index == 0) {
                Some(open) => open.words.extend(words),
                None => commands.push(ShellCommand {
                    words: words.collect(),
                    line,
                }),
            }
        }
        goes_on = plain.is_some();
    }
    commands
}

impl ShellCommand<'_> {
    /// Whether it runs this program, perhaps behind `if`, `!` or `timeout 3`.
    fn is(&self, program: &str) -> bool {
        self.start(program).is_some()
    }

    fn start(&self, program: &str) -> Option<usize> {
        let mut words = self.words.iter();
        words.position(|word| word.rsplit('/').next() == Some(program))
    }

    fn behind(&self, program: &str) -> &[&str] {
        let start = self.start(program).map_or(self.words.len(), |at| at + 1);
        self.words.get(start..).unwrap_or_default()
    }

    /// Whether curl ends with an error where the server answers with one.
    fn fails_on_status(&self) -> bool {
        /// Those that take a value, which may be what follows in the word.
        const WITH_VALUE: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";
        self.behind("curl").iter().any(|word| {
            if word.starts_with("--fail") {
                return true;
            }
            let Some(letters) = word.strip_prefix('-').filter(|it| !it.starts_with('-')) else {
                // Options may be in a variable.
                return word.starts_with('$') && !word.contains('/');
            };
            let mut letters = letters.chars().take_while(|c| !WITH_VALUE.contains(*c));
            letters.any(|c| c == 'f')
        })
    }

    /// The address that grep looks for, as if nothing could begin with it.
    fn looks_for(&self, addresses: &[IpAddr], variables: &Variables<'_>) -> Option<IpAddr> {
        let words = self.behind("grep");
        let words = match words {
            [] => self.behind("egrep"),
            words => words,
        };
        let is_option = |word: &&&str| word.starts_with('-');
        let takes_whole_words = |word: &&str| match word.strip_prefix("--") {
            Some(long) => matches!(long, "word-regexp" | "line-regexp"),
            None => word.contains(['w', 'x']),
        };
        if words.iter().filter(is_option).any(takes_whole_words) {
            return None;
        }
        let pattern = words.iter().find(|word| !is_option(word))?;
        let braced = pattern
            .strip_prefix("${")
            .and_then(|it| it.strip_suffix('}'));
        let name = braced.or_else(|| pattern.strip_prefix('$'));
        let pattern = name.and_then(|name| variables.get(name)).unwrap_or(pattern);
        let plain = pattern.replace("\\.", ".");
        let is_it = |address: &&IpAddr| plain.parse() == Ok(**address);
        addresses.iter().find(is_it).copied()
    }
}

/// What a script sets, by name: the first time counts.
type Variables<'a> = BTreeMap<&'a str, &'a str>;

fn variables(text: &str) -> Variables<'_> {
    let mut variables = Variables::new();
    for line in text.lines() {
        if let Some((name, value)) = line.trim().split_once('=') {
            let value = value.trim_matches(['"', '\'']);
            variables.entry(name).or_insert(value);
        }
    }
    variables
}
