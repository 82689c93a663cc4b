//! How long clients go on to an API server that is dead.

use std::collections::BTreeSet;

use super::{PATH, at, begins_with, edit, reload};
use crate::keepalived::{CheckScript, KeepalivedConf};
use crate::name::Quoted;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule};

/// How long an API server may be dead before the virtual IP leaves it.
pub(super) fn check(examined: &Examined<'_>, conf: &KeepalivedConf, record: &mut Record) {
    // Several instances may go by one.
    let tracks = conf.instances.iter().flat_map(|it| &it.tracks);
    let names: BTreeSet<&str> = tracks.map(|track| track.name.as_str()).collect();
    for script in names.into_iter().filter_map(|name| conf.script(name)) {
        check_script(examined, script, record);
    }
}

fn check_script(examined: &Examined<'_>, script: &CheckScript, record: &mut Record) {
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
        // Without one keepalived ends a check after as many seconds as interval says.
        let fix = Fix::say("write interval 1, timeout 3 and fall 2")
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
    let head = format!("/^[[:blank:]]*vrrp_script[[:blank:]][[:blank:]]*{name}[[:blank:]]*{{/");
    let block = format!("{head},/^[[:blank:]]*}}/");
    let delete = format!("{block}{{/^[[:blank:]]*\\(interval\\|timeout\\|fall\\)[[:blank:]]/d}}");
    let write = format!("{head}s/$/\\n    interval 1\\n    timeout 3\\n    fall 2/");
    Fix::run(edit(examined, &["sed", "-e", &delete, "-e", &write]))
}
