//! What ssh makes of the name of a host, without going there: `ssh -G`.

use std::process::Command;
use std::time::Duration;

use super::pipes::{Bounds, Broken, Cut, Pipes};

/// Where ssh looks for the keys of a host, and by which name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KnownBy {
    /// As `known_hosts` has it: `[10.0.0.11]:2222`.
    pub(super) name: String,
    /// The values of `UserKnownHostsFile` and `GlobalKnownHostsFile`, as ssh prints them.
    files: Vec<String>,
}

impl KnownBy {
    /// Runs `ssh -G`; `None` where that tells nothing.
    pub(super) fn ask(command: &mut Command) -> Option<Self> {
        Self::parse(&output_of(command)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let value = |key: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(' '));
            lines
                .find(|(found, _)| *found == key)
                .map(|(_, value)| value)
        };
        let host = value("hostname")?.to_ascii_lowercase();
        let name = match (value("hostkeyalias"), value("port")?) {
            (Some(alias), _) => alias.to_owned(),
            (None, "22") => host,
            (None, port) => format!("[{host}]:{port}"),
        };
        let files = ["userknownhostsfile", "globalknownhostsfile"];
        let files = files.into_iter().filter_map(value).map(str::to_owned);
        Some(Self {
            name,
            files: files.collect(),
        })
    }

    /// Whether keys of the host are looked for in this file.
    pub(super) fn has_file(&self, path: &str) -> bool {
        // A path with a space is printed like two.
        let path = format!(" {path} ");
        let mut files = self.files.iter();
        files.any(|files| format!(" {files} ").contains(&path))
    }
}

/// What a program of this host prints; `None` if it does not end soon, or prints much.
pub(super) fn output_of(command: &mut Command) -> Option<String> {
    const SOON: Duration = Duration::from_secs(10);
    const BOUNDS: Bounds = Bounds {
        silence: SOON,
        whole: SOON,
        bytes: 64 << 10,
    };
    let mut pipes = Pipes::start(command).ok()?;
    match pipes.exchange(&[], BOUNDS, |_| false) {
        Err(Cut {
            why: Broken::Ended,
            came,
        }) => Some(String::from_utf8_lossy(&came).into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_its_address_port_or_alias() {
        for (text, name) in [
            ("host m1\nhostname M1.example\nport 22\n", "m1.example"),
            ("hostname 10.0.0.11\nport 2222\n", "[10.0.0.11]:2222"),
            ("hostname ::1\nport 2222\nhostkeyalias m1\n", "m1"),
        ] {
            assert_eq!(KnownBy::parse(text).expect(text).name, name);
        }
        assert_eq!(KnownBy::parse("hostname x\n"), None);
        assert_eq!(KnownBy::parse(""), None);
    }

    #[test]
    fn keys_are_in_the_files_of_the_host_and_in_no_others() {
        let text = "hostname x\nport 22\nglobalknownhostsfile /etc/ssh/a\n\
                    userknownhostsfile /home/a b/known /root/known\n";
        let known = KnownBy::parse(text).expect("known");
        for file in ["/etc/ssh/a", "/home/a b/known", "/root/known"] {
            assert!(known.has_file(file), "{file}");
        }
        for file in ["/etc/ssh", "/etc/passwd", "", "/root/known2"] {
            assert!(!known.has_file(file), "{file}");
        }
    }
}
