//! What is wrong with a unit and its environment.

use std::collections::BTreeSet;

use super::{EtcdUnit, NAME, command_line, drop_ins, flag_of, mode, own_file, reading, restart};
use crate::catalog::FileRole;
use crate::name::Quoted;
use crate::systemd_unit::{EnvironmentFile, UnitPlace};
use crate::verify::fix::Fix;
use crate::verify::tree::Owner;
use crate::verify::{Examined, Finding, Record, Rule, command, place};

pub(in super::super) fn check(examined: &Examined<'_>, record: &mut Record) {
    if !command_line::check_that_it_runs(examined, record) {
        list_not_checked(examined, record);
    }
    let Some(unit) = examined.manifests.unit() else {
        return;
    };
    for (path, why) in &unit.unread {
        record.not_checked(Quoted(path).to_string(), why, None);
    }
    if unit.pod.flags.has("config-file") {
        let why = "with --config-file etcd passes over its flags, and the file is not read";
        record.not_checked("how etcd is configured", why, None);
    }
    command_line::check(examined, unit, record);
    check_environment_files(examined, unit, record);
    check_variables(examined, unit, record);
    check_flags_and_variables(examined, unit, record);
    check_conflicts(examined, unit, record);
    check_user(examined, unit, record);
}

/// A unit that is there and could not be read.
fn list_not_checked(examined: &Examined<'_>, record: &mut Record) {
    let own = own_file(examined.tree);
    let drop_ins = drop_ins(examined.tree);
    for (path, file) in own.iter().chain(drop_ins.iter().filter(|_| own.is_some())) {
        // A link to /dev/null: it never runs.
        let is_masked = file.link.as_deref() == Some("/dev/null");
        if !is_masked && file.text().is_none() {
            record.not_checked(*path, reading::why_not(&file.content), None);
        }
    }
    let is_read =
        own.is_some_and(|(path, file)| super::unit_of(examined.tree, path, file).is_some());
    if let (Some((path, file)), None) = (own, examined.manifests.unit())
        && is_read
        && path.starts_with(super::DIRECTORIES[0])
    {
        let why = match file.link.as_deref() {
            Some("/dev/null") => "it is masked, so that nothing runs by it",
            _ => "it does not run etcd itself",
        };
        record.not_checked(path, why, None);
    }
}

fn at(place: &UnitPlace) -> Option<crate::verify::Place> {
    place::of_line(Some(place.line))
}

fn check_environment_files(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    for EnvironmentFile { path, place, .. } in &unit.missing {
        let message = format!(
            "is missing, and EnvironmentFile= names it ({}:{})",
            place.file, place.line
        );
        let file = unit.in_tree(path);
        let fix = Fix::say(format!(
            "write it again, with the variables of {}: kpki render -f FILE --out DIR makes it",
            command::path(examined.tree, unit.command_file())
        ))
        .and(restart(&unit.path));
        record.fail(Finding {
            why: "systemd does not start the service: 'Failed to load environment files: No such file or directory', and 'Failed at step EXEC' or 'resources' in its status".to_owned(),
            ..Finding::new(Rule::EtcdUnitVariable, file, message, fix)
        });
    }
}

/// Variables that are nothing: systemd leaves a gap and starts etcd all the same.
fn check_variables(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let mut known = BTreeSet::new();
    // One that is not there takes all its variables with it.
    let is_told = !unit.missing.is_empty();
    for variable in unit.command.variables() {
        let value = unit.environment.get(&variable.name);
        let is_empty = value.is_none_or(|value| value.text.trim().is_empty());
        let is_wrong = is_empty && !variable.is_whole_word;
        let may_be_elsewhere = value.is_none() && (unit.environment.is_partial || is_told);
        if may_be_elsewhere || !known.insert(variable.name.clone()) {
            continue;
        }
        record.checked += 1;
        if !is_wrong {
            continue;
        }
        let name = Quoted(&variable.name);
        let file = unit.command_file();
        let (path, line, message) = match value {
            Some(value) => (
                unit.in_tree(&value.place.file),
                value.place.line,
                format!(
                    "has nothing for {name}, which {file}:{} puts into etcd's flags",
                    variable.line
                ),
            ),
            None => (
                file.to_owned(),
                variable.line,
                format!("asks for the variable {name}, which nothing of its environment has"),
            ),
        };
        let files = unit.unit.environment_files();
        let mut files = files.iter().rev().filter(|file| !file.is_pattern());
        let written = files.next().map_or(file, |file| &file.path);
        let fix = Fix::say(format!(
            "write {}=VALUE into {}, with this host's value",
            variable.name,
            command::path(examined.tree, &unit.in_tree(written))
        ))
        .and(restart(&unit.path));
        let finding = Finding::new(Rule::EtcdUnitVariable, path, message, fix);
        record.add(finding.at(place::of_line(Some(line))));
    }
}

/// A flag and its variable: since 3.4 etcd does not start with both.
fn check_flags_and_variables(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let Some(words) = unit.command.words(&unit.environment) else {
        return;
    };
    let given: BTreeSet<String> = words
        .iter()
        .filter_map(|word| {
            let flag = word.text.strip_prefix('-')?;
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            Some(flag.split('=').next().unwrap_or(flag).to_owned())
        })
        .collect();
    for (name, value) in unit.environment.all() {
        let Some(flag) = flag_of(name) else { continue };
        record.expect(!given.contains(&flag), || {
            let file = unit.in_tree(&value.place.file);
            let message = format!(
                "has {name}, and {} has --{flag}: etcd takes one of them alone",
                unit.command_file()
            );
            let line = format!("/^[[:blank:]]*{name}[[:blank:]]*=/d");
            let mode = mode(examined, &file);
            let is_own = examined.tree.get(&file).is_some()
                && unit
                    .unit
                    .environment_files()
                    .iter()
                    .any(|it| it.path == value.place.file)
                && !value.text.contains('\n');
            let fix = match is_own {
                true => Fix::say("take the variable away").and_run(command::edit(
                    examined.tree,
                    &file,
                    &["sed", &line],
                    mode,
                )),
                false => Fix::say("take one of them away"),
            };
            Finding::new(
                Rule::EtcdFlagAndVariable,
                file,
                message,
                fix.and(restart(&unit.path)),
            )
            .at(at(&value.place))
        });
    }
}

/// A unit cannot run where it stops itself.
fn check_conflicts(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let conflicts = unit.unit.listed("Unit", "Conflicts");
    let own = conflicts.iter().find(|(name, _)| name == NAME);
    record.checked += 1;
    let Some((_, place)) = own else { return };
    let message = format!("has Conflicts={NAME}, which is itself");
    let edit = without_own_name(examined, place);
    let fix = edit
        .into_iter()
        .fold(Fix::say("take it out"), Fix::and_run)
        .and_run("systemctl daemon-reload");
    let finding = Finding::new(Rule::EtcdUnitConflict, &place.file, message, fix);
    record.add(finding.at(at(place)));
}

/// Takes the unit's own name out of the line of a setting that lists units. The line
/// stays, so that others keep their numbers.
fn without_own_name(examined: &Examined<'_>, place: &UnitPlace) -> Option<String> {
    let UnitPlace { file, line } = place;
    // The setting may go on in further lines.
    command::line_of(examined.tree, file, *line).filter(|text| text.contains(NAME))?;
    let name = NAME.replace('.', "\\.");
    // Another unit's name may end as this one is called.
    let script = [
        "s/$/ /".to_owned(),
        format!("s/\\([=[:blank:]]\\){name}[[:blank:]]\\{{1,\\}}/\\1/"),
        "s/[[:blank:]]*$//".to_owned(),
        "s/^[[:blank:]]*Conflicts[[:blank:]]*=$//".to_owned(),
    ];
    let script = script.map(|step| format!("{line}{step}")).join(";");
    let mode = mode(examined, file);
    Some(command::edit(examined.tree, file, &["sed", &script], mode))
}

/// Keys that the user of the service cannot read. Which number that has is not
/// known, but what is root's alone is not another's.
fn check_user(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let Some((user, place)) = unit.user() else {
        return;
    };
    let closed = |path: &str| {
        let file = examined.tree.get(path)?;
        let Owner { uid, .. } = file.owner?;
        (uid == 0 && file.mode & 0o044 == 0).then_some(())
    };
    let mut keys: Vec<&str> = Vec::new();
    for row in ["etcd/server", "etcd/peer"] {
        let material = examined
            .materials
            .iter()
            .find(|it| it.row.entry.base_name == row);
        let Some(material) = material else { continue };
        let path = material.path(FileRole::PrivateKey);
        record.checked += 1;
        let is_handed = unit.is_handed(&examined.tree.location.on_host(path));
        if closed(path).is_some() && !is_handed && !keys.contains(&path) {
            keys.push(path);
        }
    }
    let Some((first, others)) = keys.split_first() else {
        return;
    };
    let message = format!(
        "is root's alone (mode {:04o}), and etcd runs as {} ({}:{})",
        examined
            .tree
            .get(first)
            .map_or(0o600, |file| file.mode & 0o7777),
        Quoted(user),
        place.file,
        place.line
    );
    let files: Vec<_> = keys
        .iter()
        .map(|path| command::path(examined.tree, path))
        .collect();
    let owner = command::quoted(&format!("{user}:"));
    let fix = Fix::say("give it to the user").and_run(format!("chown {owner} {}", files.join(" ")));
    let cause = record.add(Finding::new(
        Rule::EtcdKeyUnreadable,
        *first,
        message,
        fix.and(restart(&unit.path)),
    ));
    for path in others {
        record.follows(cause, path, "is root's alone as well");
    }
}
