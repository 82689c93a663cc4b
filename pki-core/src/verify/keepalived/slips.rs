//! Words and numbers that keepalived passes over.

use super::{PATH, at, reload};
use crate::keepalived::{KeepalivedConf, Slip, SlipKind};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule, command};

/// Without these there is no check, or no virtual IP that moves. With a block
/// keepalived loses all that is behind it as well.
const NEEDED: [&str; 8] = [
    "script",
    "interface",
    "virtual_router_id",
    "virtual_ipaddress",
    "virtual_ipaddress_excluded",
    "authentication",
    "unicast_peer",
    "track_script",
];

pub(super) fn check(examined: &Examined<'_>, conf: &KeepalivedConf, record: &mut Record) {
    let scripts = conf.scripts.iter().map(|it| (&it.name, &it.slips));
    let instances = conf.instances.iter().map(|it| (&it.name, &it.slips));
    for (name, slips) in scripts.chain(instances) {
        for slip in slips {
            record.add(finding(examined, name, slip));
        }
    }
}

fn finding(examined: &Examined<'_>, name: &str, slip: &Slip) -> Finding {
    let name = Quoted(name);
    let (message, fix, severity) = match &slip.kind {
        SlipKind::Word { told, meant } => {
            let mode = examined.tree.get(PATH).map_or(0o600, |it| it.mode & 0o755);
            let texts = (told.as_str(), *meant);
            let command = command::replace(examined.tree, PATH, slip.line, texts, mode);
            let fix = command
                .into_iter()
                .fold(Fix::say(format!("write {meant}")), Fix::and_run);
            let severity = match NEEDED.contains(meant) {
                true => Severity::Error,
                false => Severity::Warning,
            };
            let told = Quoted(told);
            let message =
                format!("{told} in {name} is no word of keepalived's, which passes over it");
            (message, fix, severity)
        }
        SlipKind::Number { word, told } => {
            let most = match *word {
                "weight" => " from -253 to 253",
                _ => "",
            };
            let message = format!(
                "the {word} of {name} is {}, which is no number{most}: keepalived takes its default",
                Quoted(told)
            );
            let fix = Fix::say(format!("write a number{most} without a unit"));
            (message, fix, Severity::Warning)
        }
    };
    let fix = fix.and(reload(examined));
    Finding::new(Rule::KeepalivedValue, PATH, message, fix)
        .with_severity(severity)
        .at(at(slip.line))
}
