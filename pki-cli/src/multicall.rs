//! The programs whose place kpki takes: by the name it is called by, or as `kpki NAME`.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use pki_core::Moment;

use crate::env::Env;
use crate::{cfssl, cfssljson, output};

/// A program with a command line of its own, in the syntax of Go's `flag` package, and with Go's
/// exit status: 0 done, 1 failed, 2 a flag was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Cfssl,
    Cfssljson,
    CfsslCertinfo,
}

/// The words of a command line that is not clap's.
#[derive(Debug, clap::Args)]
pub(crate) struct Words {
    #[arg(
        value_name = "WORDS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) words: Vec<OsString>,
}

impl Tool {
    /// The program that a link to kpki stands for.
    pub(crate) fn called_as(name: &OsStr) -> Option<Self> {
        match Path::new(name).file_name()?.to_str()? {
            "cfssl" => Some(Self::Cfssl),
            "cfssljson" | "cfssl-json" => Some(Self::Cfssljson),
            "cfssl-certinfo" => Some(Self::CfsslCertinfo),
            _ => None,
        }
    }

    /// `words` are those after the program's name; `now` replaces the clock.
    pub(crate) fn run(
        self,
        words: impl IntoIterator<Item = OsString>,
        now: Option<Moment>,
    ) -> ExitCode {
        let words: Result<Vec<String>, OsString> =
            words.into_iter().map(OsString::into_string).collect();
        let words = match words {
            Ok(words) => words,
            Err(word) => {
                output::bare(&format!("{word:?} is not UTF-8\n"));
                return ExitCode::from(2);
            }
        };
        let mut env = match Env::read(now) {
            Ok(env) => env,
            Err(failure) => {
                output::bare(&format!("{}\n", failure.message()));
                return ExitCode::from(1);
            }
        };
        match self {
            Self::Cfssl => cfssl::run(&words, &mut env),
            Self::Cfssljson => cfssljson::run(&words, &mut env),
            Self::CfsslCertinfo => cfssl::certinfo::run_alone(&words, &mut env),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_by_the_file_name() {
        for (name, tool) in [
            ("cfssl", Some(Tool::Cfssl)),
            ("/usr/local/bin/cfssljson", Some(Tool::Cfssljson)),
            ("./cfssl-json", Some(Tool::Cfssljson)),
            ("cfssl-certinfo", Some(Tool::CfsslCertinfo)),
            ("kpki", None),
            ("cfssl/kpki", None),
            ("", None),
            ("..", None),
        ] {
            assert_eq!(Tool::called_as(OsStr::new(name)), tool, "{name}");
        }
    }
}
