//! etcd as a service of systemd: the unit gives the same flags as the manifest of a
//! pod, and what judges those judges both. Here is what only a unit can have wrong.

mod check;
mod command_line;
mod known_flags;
mod reading;
mod stray_words;

pub(super) use check::check;
pub(super) use reading::why_not;
pub use reading::{ServiceFile, ServiceFileKind};

use super::fix::Fix;
use super::manifests;
use super::tree::{Tree, TreeFile};
use super::{Examined, TreeLocation, command};
use crate::document::Position;
use crate::static_pod::{Component, Flag, Flags, StaticPod};
use crate::systemd_unit::{Command, Environment, EnvironmentFile, SystemdUnit, UnitPlace};

/// Where systemd looks for units, the first of which counts.
pub(super) const DIRECTORIES: [&str; 5] = [
    "/etc/systemd/system/",
    "/run/systemd/system/",
    "/usr/local/lib/systemd/system/",
    "/usr/lib/systemd/system/",
    "/lib/systemd/system/",
];
pub(super) const NAME: &str = "etcd.service";

/// etcd's unit, with what its files say.
#[derive(Debug, Clone)]
pub(super) struct EtcdUnit {
    /// The unit's own file.
    pub(super) path: String,
    unit: SystemdUnit,
    command: Command,
    environment: Environment,
    /// Those that are not there though they have to be.
    missing: Vec<EnvironmentFile>,
    /// Paths that could not be read, and why.
    unread: Vec<(String, String)>,
    pub(super) pod: StaticPod,
    location: TreeLocation,
}

impl EtcdUnit {
    /// `None` if there is none, if it cannot be read, or runs something else.
    pub(super) fn read(tree: &Tree) -> Option<Self> {
        let (path, file) = own_file(tree)?;
        let unit = unit_of(tree, path, file)?;
        let command = unit.command()?;
        if Component::of_command(&[command.program()]) != Some(Component::Etcd) {
            return None;
        }
        let mut read = Self {
            path: path.to_owned(),
            environment: unit.environment(),
            unit,
            command,
            missing: Vec::new(),
            unread: Vec::new(),
            pod: StaticPod::of_service(Component::Etcd, Flags::default(), false),
            location: tree.location.clone(),
        };
        read.read_environment(tree);
        read.add_credentials();
        let flags = read.flags();
        // That of a package which nobody told of certificates is not the cluster's.
        let is_told = FILES.iter().any(|flag| flags.has(flag));
        if !is_told && !path.starts_with(DIRECTORIES[0]) {
            return None;
        }
        read.pod = StaticPod::of_service(Component::Etcd, flags, read.environment.is_partial);
        Some(read)
    }

    fn read_environment(&mut self, tree: &Tree) {
        for (count, file) in self.unit.environment_files().into_iter().enumerate() {
            if count == MOST_FILES {
                self.environment.is_partial = true;
                let why = "there are too many before it".to_owned();
                self.unread.push((file.path, why));
                break;
            }
            if file.is_pattern() {
                self.environment.is_partial = true;
                let why = "it is a pattern, which may fit any files".to_owned();
                self.unread.push((file.path, why));
                continue;
            }
            let path = tree.location.path_of(&file.path);
            let found = path.as_ref().and_then(|path| tree.get(path));
            if let Some(text) = found.and_then(TreeFile::bytes) {
                self.environment.add_file(&file.path, text);
                continue;
            }
            let why = match (found.map(|found| &found.content), path) {
                (None, Some(path)) if tree.is_in_reach(&path) => {
                    if !file.is_optional {
                        self.missing.push(file);
                    }
                    continue;
                }
                (Some(content), _) => why_not(content),
                (None, None) => "its path is put together by systemd",
                (None, Some(_)) => "the root of the host is not known",
            };
            self.environment.is_partial = true;
            self.unread.push((file.path, why.to_owned()));
        }
    }

    /// The variable that systemd sets where it hands files to the service.
    fn add_credentials(&mut self) {
        let mut kinds = CREDENTIAL_KINDS.iter();
        let place = kinds.find_map(|kind| Some(self.unit.value("Service", kind)?.1));
        if let Some(place) = place {
            self.environment
                .set("CREDENTIALS_DIRECTORY", CREDENTIALS, place);
        }
    }

    /// What a word says, with the files that systemd hands over (LoadCredential=) in the
    /// place of what it calls them.
    fn handed(&self, text: &str) -> String {
        let handed = self.unit.listed("Service", "LoadCredential");
        let names = handed.iter().filter_map(|(pair, _)| pair.split_once(':'));
        let mut found = names.filter_map(|(name, file)| {
            let directories = [CREDENTIALS, "$(%d)"].into_iter();
            let mut paths = directories.map(|directory| format!("{directory}/{name}"));
            let path = paths.find(|path| text.ends_with(path.as_str()))?;
            Some(text.replacen(&path, file, 1))
        });
        found.next().unwrap_or_else(|| text.to_owned())
    }

    /// The user that etcd runs as, if that is not root, and where it stands.
    pub(super) fn user(&self) -> Option<(&str, UnitPlace)> {
        let user = self.unit.value("Service", "User")?;
        (!matches!(user.0, "root" | "0" | "")).then_some(user)
    }

    /// Whether systemd reads a file for the service, which need not be able to.
    fn is_handed(&self, on_host: &str) -> bool {
        let handed = self.unit.listed("Service", "LoadCredential");
        let mut files = handed.iter().filter_map(|(pair, _)| pair.split_once(':'));
        files.any(|(_, file)| file == on_host)
    }

    /// The flags of the command, and those that the environment has instead: etcd
    /// takes `ETCD_NAME` for `--name`.
    fn flags(&mut self) -> Flags {
        let Some(words) = self.command.words(&self.environment) else {
            self.environment.is_partial = true;
            let why = "its command is too long".to_owned();
            self.unread.push((self.path.clone(), why));
            return Flags::default();
        };
        let at = |line| Position { line, column: 1 };
        let given: Vec<_> = words
            .iter()
            .filter_map(|word| known_flags::name_in(&word.text))
            .collect();
        // A slip has a finding of its own, and all else is judged as it was meant.
        let meant = |text: &str| {
            let name = known_flags::name_in(text)?;
            let right = known_flags::meant(name).filter(|right| !given.contains(right))?;
            Some(text.replacen(name, right, 1))
        };
        let words = words.iter().map(|word| {
            let text = meant(&word.text).unwrap_or_else(|| word.text.clone());
            (self.handed(&text), at(word.line))
        });
        let words: Vec<_> = words.collect();
        let mut flags = Flags::read(words.iter().map(|(text, place)| (text.as_str(), *place)));
        let given = flags.names();
        for (name, value) in self.environment.all() {
            let flag = flag_of(name).filter(|flag| !given.contains(flag));
            if let Some(name) = flag.filter(|_| !value.text.is_empty()) {
                flags.add(Flag {
                    name,
                    value: value.text.clone(),
                    position: at(value.place.line),
                    value_line: value.place.line,
                    variable_in: Some(self.in_tree(&value.place.file)),
                });
            }
        }
        flags
    }

    /// The one variable of etcd's flags whose value is so, with the path in the tree
    /// and the line that it has it from.
    pub(super) fn variable(&self, is_it: impl Fn(&str) -> bool) -> Option<(&str, String, usize)> {
        let asked = self.command.variables();
        let is_asked = |name: &str| {
            flag_of(name).is_some() || asked.iter().any(|variable| variable.name == name)
        };
        let mut found = self
            .environment
            .all()
            .filter(|(name, value)| is_asked(name) && is_it(&value.text));
        let (name, value) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        Some((name, self.in_tree(&value.place.file), value.place.line))
    }

    /// A path on the host as the tree has it.
    fn in_tree(&self, on_host: &str) -> String {
        let path = self.location.path_of(on_host);
        path.unwrap_or_else(|| on_host.to_owned())
    }

    /// Whether systemd refuses it for its several commands, of which only a service of
    /// the type oneshot may have more than one.
    pub(super) fn is_refused(&self) -> bool {
        let kind = self.unit.value("Service", "Type");
        self.unit.commands().len() > 1 && kind.is_none_or(|(kind, _)| kind != "oneshot")
    }

    /// The line that the command begins in.
    pub(super) fn command_line(&self) -> usize {
        self.command.line()
    }

    /// The file that the command stands in: the unit's own or a drop-in.
    pub(super) fn command_file(&self) -> &str {
        &self.command.file
    }
}

/// Where systemd puts what it hands to the service.
const CREDENTIALS: &str = "/run/credentials/etcd.service";

/// The settings by which it hands files over.
const CREDENTIAL_KINDS: [&str; 5] = [
    "LoadCredential",
    "LoadCredentialEncrypted",
    "SetCredential",
    "SetCredentialEncrypted",
    "ImportCredential",
];

/// Files of one environment.
const MOST_FILES: usize = 20;

/// Flags that only somebody who wants TLS gives.
const FILES: [&str; 4] = [
    "cert-file",
    "trusted-ca-file",
    "peer-cert-file",
    "peer-trusted-ca-file",
];

/// The flag that a variable of etcd stands for.
fn flag_of(variable: &str) -> Option<String> {
    let name = variable.strip_prefix("ETCD_")?;
    Some(name.to_ascii_lowercase().replace('_', "-"))
}

/// The variable that stands for a flag.
pub(super) fn variable_of(flag: &str) -> String {
    format!("ETCD_{}", flag.to_ascii_uppercase().replace('-', "_"))
}

/// The unit's own file: the first one that systemd finds.
fn own_file(tree: &Tree) -> Option<(&str, &TreeFile)> {
    let paths = DIRECTORIES.map(|directory| format!("{directory}{NAME}"));
    let mut found = paths.iter().filter_map(|path| {
        let (path, file) = tree.files.get_key_value(path)?;
        tree.has(path).then_some((path.as_str(), file))
    });
    found.next()
}

/// Whether there is one, wherever systemd looks.
pub(super) fn is_there(tree: &Tree) -> bool {
    own_file(tree).is_some()
}

fn unit_of(tree: &Tree, path: &str, file: &TreeFile) -> Option<SystemdUnit> {
    let own = std::iter::once((path, file));
    let files = own.chain(drop_ins(tree));
    // One that nobody could read may say anything.
    let texts: Option<Vec<_>> = files
        .filter(|(_, file)| file.link.as_deref() != Some("/dev/null"))
        .map(|(path, file)| Some((path, file.bytes()?)))
        .collect();
    Some(SystemdUnit::read(texts?))
}

/// Its drop-ins in the order of their names. Of one name that of the first
/// directory counts.
fn drop_ins(tree: &Tree) -> Vec<(&str, &TreeFile)> {
    let mut found: Vec<(&str, &str, &TreeFile)> = Vec::new();
    for directory in DIRECTORIES {
        let below = format!("{directory}{NAME}.d/");
        let files = tree.files.range(below.clone()..);
        let files = files.map_while(|(path, file)| Some((path.strip_prefix(&below)?, path, file)));
        for (name, path, file) in files {
            let is_known = found.iter().any(|(known, ..)| *known == name);
            if name.ends_with(".conf") && !name.contains('/') && !is_known {
                found.push((name, path, file));
            }
        }
    }
    found.sort_unstable_by_key(|(name, ..)| *name);
    found
        .into_iter()
        .map(|(_, path, file)| (path, file))
        .collect()
}

/// How etcd starts anew with what was changed in a file: by the kubelet without
/// more if it is a manifest.
pub(super) fn restart(path: &str) -> Fix {
    match manifests::name_of(path) {
        Some(_) => Fix::default(),
        None => Fix::say("then restart etcd, one member after the other")
            .and_run("systemctl daemon-reload && systemctl restart etcd"),
    }
}

/// Puts one text in the place of another in a line of a file, if a program can.
pub(super) fn edit(
    examined: &Examined<'_>,
    file: &str,
    line: usize,
    texts: (&str, &str),
) -> Option<String> {
    command::replace(examined.tree, file, line, texts, mode(examined, file))
}

/// Puts further flags behind the first line of the command, if a program can.
pub(super) fn add_flags(
    examined: &Examined<'_>,
    unit: &EtcdUnit,
    flags: &[String],
) -> Option<String> {
    let (file, line) = (unit.command_file(), unit.command_line());
    let text = command::line_of(examined.tree, file, line)?.trim_end();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-=,:[]".contains(c);
    if !flags.iter().all(|flag| flag.chars().all(is_plain)) {
        return None;
    }
    let script = match text.strip_suffix('\\') {
        Some(_) => {
            let lines = flags.iter().map(|flag| format!("\\n  {flag} \\\\"));
            format!("{line}s|$|{}|", lines.collect::<String>())
        }
        None => format!("{line}s|$| {}|", flags.join(" ")),
    };
    let mode = mode(examined, file);
    Some(command::edit(examined.tree, file, &["sed", &script], mode))
}

/// The mode that a file keeps; a manifest gets the one that kubeadm gives it.
pub(super) fn mode(examined: &Examined<'_>, file: &str) -> u32 {
    if manifests::is_manifest(file) {
        return 0o600;
    }
    let file = examined.tree.get(file);
    file.map_or(0o644, |file| file.mode & 0o777)
}
