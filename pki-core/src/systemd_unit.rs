//! Units of systemd, as far as they tell which program a service runs, with which
//! words and in which environment (systemd.syntax(7), systemd.service(5),
//! systemd.exec(5)).
//!
//! What systemd would refuse is passed over, as systemd does.

mod command;
mod environment;
mod lines;
mod words;

pub(crate) use command::Command;
pub(crate) use command::CommandWord;
pub(crate) use environment::Environment;

use lines::Line;

/// A unit with its drop-ins.
#[derive(Debug, Clone, Default)]
pub(crate) struct SystemdUnit {
    settings: Vec<Setting>,
    /// Where flags stand that no command has, as the line before them does not go on.
    lost: Vec<LostLine>,
    /// The names of sections, and where each begins.
    sections: Vec<(String, UnitPlace)>,
}

/// `key=value` in a section.
#[derive(Debug, Clone)]
struct Setting {
    section: String,
    key: String,
    /// Empty where what came before is taken back.
    value: Line,
    /// The path of the file that it stands in.
    file: String,
}

/// A place in one of a unit's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitPlace {
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// Flags that no command has, as the line before them does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LostLine {
    pub(crate) place: UnitPlace,
    /// The line that the command ends in.
    pub(crate) end: usize,
}

/// A file of an `EnvironmentFile=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvironmentFile {
    /// Where it is on the host.
    pub(crate) path: String,
    /// Whether the service starts without it: `-` before the path.
    pub(crate) is_optional: bool,
    pub(crate) place: UnitPlace,
}

impl EnvironmentFile {
    /// Whether it stands for all files whose paths it fits.
    pub(crate) fn is_pattern(&self) -> bool {
        self.path.contains(['*', '?', '['])
    }
}

const SERVICE: &str = "Service";

impl SystemdUnit {
    /// Reads the unit's own file, then its drop-ins, in the order in which systemd
    /// takes them; each with its path.
    pub(crate) fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut unit = Self::default();
        for (path, text) in files {
            unit.add(path, &String::from_utf8_lossy(text));
        }
        unit
    }

    fn add(&mut self, path: &str, text: &str) {
        let mut section = String::new();
        for line in lines::of(text) {
            let name = line.text.strip_prefix('[');
            if let Some(name) = name.and_then(|name| name.strip_suffix(']')) {
                name.clone_into(&mut section);
                let place = UnitPlace {
                    file: path.to_owned(),
                    line: line.line_at(0),
                };
                self.sections.push((section.clone(), place));
            } else if line.text.starts_with("--") && self.is_command_last(&section, path) {
                // systemd passes over it; what is meant is plain.
                if let Some(command) = self.settings.last_mut() {
                    let place = UnitPlace {
                        file: path.to_owned(),
                        line: line.line_at(0),
                    };
                    let end = command.value.last_line();
                    self.lost.push(LostLine { place, end });
                    command.value.append(&line);
                }
            } else if let Some(at) = line.text.find('=') {
                let (key, _) = line.text.split_at(at);
                self.settings.push(Setting {
                    section: section.clone(),
                    key: key.trim().to_owned(),
                    value: line.behind(at + 1),
                    file: path.to_owned(),
                });
            }
        }
    }

    fn is_command_last(&self, section: &str, path: &str) -> bool {
        let last = self.settings.last();
        last.is_some_and(|last| {
            let is_here = last.section == section && last.file == path;
            is_here && section == SERVICE && last.key == "ExecStart"
        })
    }

    /// Where flags stand that no command has, as the line before them does not go
    /// on. They are read as part of that command all the same.
    pub(crate) fn lost_lines(&self) -> &[LostLine] {
        &self.lost
    }

    /// The names of sections, and where each begins.
    pub(crate) fn sections(&self) -> &[(String, UnitPlace)] {
        &self.sections
    }

    /// Where the commands of the service stand.
    pub(crate) fn commands(&self) -> Vec<UnitPlace> {
        let commands = self.values(SERVICE, "ExecStart").into_iter();
        commands.map(Setting::place).collect()
    }

    /// The values of a setting that takes several: an empty one takes those before
    /// it back.
    fn values(&self, section: &str, key: &str) -> Vec<&Setting> {
        let of_key = |it: &&Setting| it.section == section && it.key == key;
        let all: Vec<_> = self.settings.iter().filter(of_key).collect();
        let emptied = all.iter().rposition(|it| it.value.text.is_empty());
        all.into_iter()
            .skip(emptied.map_or(0, |at| at + 1))
            .collect()
    }

    /// The value of a setting that takes one, and its place.
    pub(crate) fn value(&self, section: &str, key: &str) -> Option<(&str, UnitPlace)> {
        let setting = self.values(section, key).pop()?;
        Some((&setting.value.text, setting.place()))
    }

    /// The words of a setting that takes several, each with its place.
    pub(crate) fn listed(&self, section: &str, key: &str) -> Vec<(String, UnitPlace)> {
        let settings = self.values(section, key).into_iter();
        let words = settings.flat_map(|it| {
            let words = it.value.text.split_whitespace();
            words.map(|word| (word.to_owned(), it.place()))
        });
        words.collect()
    }

    /// The files of the environment, in the order in which they are read.
    pub(crate) fn environment_files(&self) -> Vec<EnvironmentFile> {
        let files = self.values(SERVICE, "EnvironmentFile").into_iter();
        let files = files.map(|setting| {
            let text = setting.value.text.as_str();
            let path = text.strip_prefix('-');
            EnvironmentFile {
                path: words::specified(path.unwrap_or(text)),
                is_optional: path.is_some(),
                place: setting.place(),
            }
        });
        files.collect()
    }

    /// What `Environment=` says; files may say otherwise.
    pub(crate) fn environment(&self) -> Environment {
        let mut environment = Environment::default();
        for setting in self.values(SERVICE, "Environment") {
            let words = words::of(&setting.value).unwrap_or_default();
            for word in words {
                if let Some((name, value)) = word.text.split_once('=') {
                    let place = UnitPlace {
                        file: setting.file.clone(),
                        line: word.line,
                    };
                    environment.set(name, &words::specified(value), place);
                }
            }
        }
        environment
    }

    /// The program that the service runs, with its words as they are written;
    /// the last one where there are several.
    pub(crate) fn command(&self) -> Option<Command> {
        let setting = self.values(SERVICE, "ExecStart").pop()?;
        Command::read(&setting.value, &setting.file)
    }
}

impl Setting {
    fn place(&self) -> UnitPlace {
        UnitPlace {
            file: self.file.clone(),
            line: self.value.line_at(0),
        }
    }
}

#[cfg(test)]
mod tests;
