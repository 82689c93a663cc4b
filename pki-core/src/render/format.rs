//! How a value stands in a file that another program reads.

mod env_file;
mod haproxy;
mod keepalived;
pub(super) mod markdown;
mod unit;

use std::fmt;

use crate::name::Quoted;
use crate::shell;

/// A format of rendered files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// An environment file of systemd, which a shell reads alike.
    EnvFile,
    /// A unit of systemd: a word of its command line.
    Unit,
    /// A word of keepalived's configuration.
    Keepalived,
    /// A word of haproxy's configuration.
    Haproxy,
    /// A word of a POSIX shell.
    Shell,
    /// Running text of CommonMark.
    Markdown,
}

/// A value that a format has no way to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inexpressible {
    pub(super) value: String,
    pub(super) format: Format,
}

impl Format {
    /// The format of the template of this name.
    pub(super) fn of(template: &str) -> Option<Self> {
        let (_, ending) = template.rsplit_once('.')?;
        match ending {
            "env" => Some(Self::EnvFile),
            "service" => Some(Self::Unit),
            "conf" => Some(Self::Keepalived),
            "cfg" => Some(Self::Haproxy),
            "sh" => Some(Self::Shell),
            "md" => Some(Self::Markdown),
            _ => None,
        }
    }

    /// The value as its reader reads it back. No format holds control
    /// characters: they would end the line or hide what stands there.
    pub(super) fn express(self, value: &str) -> Result<String, Inexpressible> {
        let expressed = match value.is_empty() || value.chars().any(char::is_control) {
            true => None,
            false => match self {
                Self::EnvFile => Some(env_file::value(value)),
                Self::Unit => Some(unit::word(value)),
                Self::Keepalived => keepalived::word(value),
                Self::Haproxy => haproxy::word(value),
                Self::Shell => Some(shell::word(value.as_bytes())),
                Self::Markdown => Some(markdown::text(value)),
            },
        };
        expressed.ok_or_else(|| Inexpressible {
            value: value.to_owned(),
            format: self,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::EnvFile => "an environment file",
            Self::Unit => "a unit of systemd",
            Self::Keepalived => "keepalived's configuration",
            Self::Haproxy => "haproxy's configuration",
            Self::Shell => "a shell script",
            Self::Markdown => "a text",
        }
    }
}

/// A value as inline code of CommonMark.
pub(super) fn markdown_code(value: &str) -> Result<String, Inexpressible> {
    match value.is_empty() || value.chars().any(char::is_control) {
        true => Err(Inexpressible {
            value: value.to_owned(),
            format: Format::Markdown,
        }),
        false => Ok(markdown::code(value)),
    }
}

/// What every reader takes for itself, anywhere in a word.
fn is_plain(value: &str) -> bool {
    value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_./:@,=+-".contains(c))
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, format) = (Quoted(&self.value), self.format.name());
        match self.value.is_empty() {
            true => write!(f, "an empty value has no place in {format}"),
            false => write!(f, "{value} cannot be written in {format}"),
        }
    }
}

impl std::error::Error for Inexpressible {}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Format; 6] = [
        Format::EnvFile,
        Format::Unit,
        Format::Keepalived,
        Format::Haproxy,
        Format::Shell,
        Format::Markdown,
    ];

    proptest::proptest! {
        #[test]
        fn never_ends_a_line(value in "\\PC{0,20}|[\\x00-\\x7f]{0,20}") {
            for format in ALL {
                if let Ok(expressed) = format.express(&value) {
                    proptest::prop_assert!(!expressed.is_empty());
                    proptest::prop_assert!(!expressed.chars().any(char::is_control));
                }
            }
        }

        #[test]
        fn plain_words_stay(value in "[A-Za-z0-9./:-]{1,20}") {
            for format in ALL {
                proptest::prop_assert_eq!(format.express(&value).unwrap(), value.clone());
            }
        }
    }

    #[test]
    fn says_what_has_no_place() {
        let said = |format: Format, value: &str| format.express(value).unwrap_err().to_string();
        assert_eq!(
            said(Format::Keepalived, "a b"),
            "'a b' cannot be written in keepalived's configuration"
        );
        assert_eq!(
            said(Format::Unit, "a\nb"),
            "'a\\nb' cannot be written in a unit of systemd"
        );
        assert_eq!(
            said(Format::EnvFile, ""),
            "an empty value has no place in an environment file"
        );
    }
}
