//! The user as whom scripts run: of one that its host does not have keepalived drops
//! every check.

use super::{PATH, at, edit, reload};
use crate::keepalived::KeepalivedConf;
use crate::name::Quoted;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule};

/// Users that mostly are there.
const USERS: [&str; 3] = ["root", "nobody", "keepalived_script"];

pub(super) fn check(examined: &Examined<'_>, conf: &KeepalivedConf, record: &mut Record) {
    let Some((user, line)) = &conf.script_user else {
        return;
    };
    if conf.scripts.is_empty() || USERS[..2].contains(&user.as_str()) || user.starts_with('$') {
        return;
    }
    let is_cut = |known: &&str| known.starts_with(user.as_str()) || user.starts_with(known);
    let near = USERS.iter().find(|known| *known != user && is_cut(known));
    if near.is_none() {
        let what = format!("whether there is the user of line {line} of {PATH}");
        let why = "which users a host has is not read; without it keepalived drops the check";
        return record.not_checked(what, why, None);
    }
    let message = format!(
        "script_user is {}, which no system has: 'Unable to set default user for vrrp script', and no check is left",
        Quoted(user)
    );
    let script = "s/^\\([[:blank:]]*script_user\\)[[:blank:]].*/\\1 root/";
    let fix = Fix::say("write script_user root").and_run(edit(examined, &["sed", script]));
    let finding = Finding::new(
        Rule::KeepalivedNoCheck,
        PATH,
        message,
        fix.and(reload(examined)),
    );
    record.fail(finding.at(at(*line)));
}
