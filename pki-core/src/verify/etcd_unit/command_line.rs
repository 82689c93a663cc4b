//! The command of a unit: whether systemd takes it, whether it runs etcd, and
//! whether etcd knows its flags.

use super::known_flags::{is_unknown, meant, name_in};
use super::{DIRECTORIES, EtcdUnit, edit, mode, own_file, restart, stray_words, unit_of};
use crate::document::nearest;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::systemd_unit::{LostLine, SystemdUnit, UnitPlace};
use crate::verify::fix::Fix;
use crate::verify::{Examined, Finding, Record, Rule, command, etcd_flags, place};

pub(super) fn check(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    check_flags(examined, unit, record);
    check_version(examined, unit, record);
    check_lost_lines(examined, unit, record);
    check_count(unit, record);
    check_program(examined, unit, record);
    stray_words::check(examined, unit, record);
}

/// A path from nowhere.
fn check_program(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let program = unit.command.program();
    let is_relative = program.contains('/') && !program.starts_with(['/', '%', '$']);
    record.expect(!is_relative, || {
        let (file, line) = (unit.command_file(), unit.command_line());
        let message = format!(
            "runs {}, which does not begin with a slash",
            Quoted(program)
        );
        let right = format!("/{program}");
        let fix = Fix::say(format!("write {right}"));
        let edit = edit(examined, file, line, (program, &right));
        let fix = edit.into_iter().fold(fix, Fix::and_run);
        Finding {
            why: "systemd refuses the unit: 'Neither a valid executable name nor an absolute path'"
                .to_owned(),
            ..Finding::new(
                Rule::EtcdUnitCommand,
                file,
                message,
                fix.and(restart(&unit.path)),
            )
        }
        .at(place::of_line(Some(line)))
    });
}

/// Flags that etcd does not know.
fn check_flags(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let Some(words) = unit.command.words(&unit.environment) else {
        return;
    };
    let file = unit.command_file();
    for word in &words {
        let Some(name) = name_in(&word.text) else {
            continue;
        };
        record.expect(!is_unknown(name), || {
            let right = meant(name);
            let message = match right {
                Some(right) => format!("etcd has no --{}: --{right} is meant", name.escape_debug()),
                None => format!("etcd 3.2 to 3.6 has no --{}", name.escape_debug()),
            };
            let texts = right.map(|right| match word.text.contains('=') {
                true => (format!("-{name}="), format!("-{right}=")),
                false => (format!("-{name}"), format!("-{right}")),
            });
            let edit = texts.and_then(|(from, to)| edit(examined, file, word.line, (&from, &to)));
            let say = match right {
                Some(right) => format!("write --{right}"),
                None => "take it out, or see etcd --help for what it is called".to_owned(),
            };
            let fix = edit.into_iter().fold(Fix::say(say), Fix::and_run);
            let finding = Finding {
                why: format!(
                    "etcd does not start: 'flag provided but not defined: -{}'",
                    name.escape_debug()
                ),
                ..Finding::new(
                    Rule::EtcdUnitFlag,
                    file,
                    message,
                    fix.and(restart(&unit.path)),
                )
            };
            let finding = finding.at(place::of_line(Some(word.line)));
            // A newer etcd may know more.
            match right.is_some() || examined.expectation.setup.is_some() {
                true => finding,
                false => finding.with_severity(Severity::Warning),
            }
        });
    }
}

/// Flags that the described version of etcd does not know: not yet, or not any more.
fn check_version(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    let Some(version) = examined.expectation.etcd_version() else {
        return;
    };
    let words = unit.command.words(&unit.environment);
    for word in words.iter().flatten() {
        let Some(name) = name_in(&word.text) else {
            continue;
        };
        record.expect(version.may_know(name), || {
            let when = match version.has_lost(name) {
                true => "any more",
                false => "yet",
            };
            let message = format!("has --{name}, which the etcd of the description, {version}, does not know {when}");
            let fix = Fix::say(format!(
                "take --{name} out; if another version is installed, write that into the description: version below etcd in the document of the kind Setup"
            ));
            let fix = fix.and(restart(&unit.path));
            let finding = Finding {
                why: format!("etcd {version} does not start: 'flag provided but not defined: -{name}'"),
                ..Finding::new(Rule::EtcdUnitFlag, unit.command_file(), message, fix)
            };
            // Nobody looked which one is installed.
            finding
                .with_severity(Severity::Warning)
                .at(place::of_line(Some(word.line)))
        });
    }
}

/// Flags behind a line that has no backslash at its end.
fn check_lost_lines(examined: &Examined<'_>, unit: &EtcdUnit, record: &mut Record) {
    record.checked += 1;
    for lost in unit.unit.lost_lines() {
        let LostLine {
            place: UnitPlace { file, line: first },
            end,
        } = lost;
        let message = format!(
            "the command ends here, without a backslash, and systemd passes over the flags from line {first} on"
        );
        let fix = match end + 1 == *first {
            true => {
                let script = format!("{end}s/[[:blank:]]*$/ \\\\/");
                let mode = mode(examined, file);
                let edit = command::edit(examined.tree, file, &["sed", &script], mode);
                Fix::say("let the line end with a backslash").and_run(edit)
            }
            // The command would go on in an empty line, and end there.
            false => Fix::say(format!(
                "let the line end with a backslash, and take away what is between it and line {first}"
            )),
        };
        let fix = fix.and(restart(&unit.path));
        let finding = Finding::new(Rule::EtcdUnitCommand, file, message, fix);
        record.add(finding.at(place::of_line(Some(*end))));
    }
}

/// Several commands.
fn check_count(unit: &EtcdUnit, record: &mut Record) {
    record.checked += 1;
    let commands = unit.unit.commands();
    let [first, .., last] = &commands[..] else {
        return;
    };
    if !unit.is_refused() {
        return;
    }
    let message = format!(
        "is a second ExecStart=, and {}:{} has one already",
        first.file, first.line
    );
    let fix = Fix::say(
        "write an empty 'ExecStart=' before it, which takes the first one back, or take one of them away",
    )
    .and(restart(&unit.path));
    let finding = Finding {
        why: "systemd refuses the unit: 'Service has more than one ExecStart= setting, which is only allowed for Type=oneshot services. Refusing.'".to_owned(),
        ..Finding::new(Rule::EtcdUnitCommand, &last.file, message, fix)
    };
    record.add(finding.at(place::of_line(Some(last.line))));
}

/// A unit of a member that does not run etcd at all; whether there is one.
pub(super) fn check_that_it_runs(examined: &Examined<'_>, record: &mut Record) -> bool {
    let Some((path, file)) = own_file(examined.tree) else {
        return false;
    };
    if examined.manifests.unit().is_some() || !path.starts_with(DIRECTORIES[0]) {
        return false;
    }
    let is_member = etcd_flags::described_members(examined).is_some_and(|members| {
        let own = examined.expectation.described();
        own.is_some_and(|(_, own)| members.iter().any(|member| member.name == own.name))
    });
    let is_masked = file.link.as_deref() == Some("/dev/null");
    let unit = unit_of(examined.tree, path, file);
    let program = unit.as_ref().and_then(|unit| unit.command());
    let name = program.as_ref().map(|it| it.program());
    let name = name.map(|name| name.rsplit('/').next().unwrap_or(name));
    record.checked += 1;
    let misspelt = unit.as_ref().and_then(misspelt_section);
    let (message, line) = match (is_masked, &program, name) {
        (true, ..) if is_member => (
            "is masked, a link to /dev/null, and this host is a member of etcd".to_owned(),
            None,
        ),
        (false, None, _) if let Some((name, place)) = misspelt => {
            record.add(renamed_section(examined, path, (name, place)));
            return true;
        }
        (false, None, _) if unit.is_some() => {
            ("has no ExecStart= in a section [Service]".to_owned(), None)
        }
        // A program that starts etcd, such as a script, is a choice.
        (false, Some(program), Some(name))
            if name != "etcd" && name.len() < 8 && nearest(name, ["etcd"]).is_some() =>
        {
            let message = format!("runs {}, and etcd is meant", Quoted(program.program()));
            (message, Some(program.line()))
        }
        _ => return false,
    };
    let edit = name.zip(line).and_then(|(name, line)| {
        let texts = [name, "etcd"].map(|it| format!("/{it}"));
        edit(examined, path, line, (&texts[0], &texts[1]))
    });
    let fix = match (is_masked, edit) {
        (true, _) => Fix::say("let it run").and_run("systemctl unmask etcd"),
        (false, Some(edit)) => Fix::say("write etcd there").and_run(edit),
        (false, None) => Fix::say(
            "write the command of etcd there: kpki render -f FILE --out DIR makes the unit",
        ),
    };
    let finding = Finding::new(Rule::EtcdUnitCommand, path, message, fix.and(restart(path)));
    record.add(finding.at(place::of_line(line)));
    true
}

/// A section whose name is nearly that of the service's.
fn misspelt_section(unit: &SystemdUnit) -> Option<(&str, &UnitPlace)> {
    const SERVICE: &str = "Service";
    let sections = || unit.sections().iter();
    if sections().any(|(name, _)| name == SERVICE) {
        return None;
    }
    let mut others = sections().filter(|(name, _)| !["Unit", "Install"].contains(&name.as_str()));
    let (name, place) = others.find(|(name, _)| nearest(name, [SERVICE]).is_some())?;
    Some((name, place))
}

fn renamed_section(
    examined: &Examined<'_>,
    path: &str,
    (name, place): (&str, &UnitPlace),
) -> Finding {
    let message = format!("has a section {}, and [Service] is meant", Quoted(name));
    let script = format!("{}s|.*|[Service]|", place.line);
    let mode = mode(examined, &place.file);
    let edit = command::edit(examined.tree, &place.file, &["sed", &script], mode);
    let fix = Fix::say("call it [Service]").and_run(edit);
    Finding {
        why: "systemd does not start the service: 'Unknown section', and 'Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.'".to_owned(),
        ..Finding::new(Rule::EtcdUnitCommand, &place.file, message, fix.and(restart(path)))
    }
    .at(place::of_line(Some(place.line)))
}
