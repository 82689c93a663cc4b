//! `kpki cfssl`: the commands of cfssl 1.6, with its flags, output and exit status.
//!
//! A command gets a [`Run`] and gives back what goes to stdout, or why not. What cfssl would log
//! goes to `Run::log` at once; what cfssl would keep silent about goes to `Run::warnings`, which
//! are printed below, or are the end of it if `KPKI_CFSSL_STRICT` is set.

mod authority;
mod bundle;
pub(crate) mod certinfo;
pub(crate) mod config;
mod document;
mod failure;
pub(crate) mod flags;
mod gencert;
mod gencrl;
mod gencsr;
mod genkey;
mod info;
mod install_links;
mod issuer;
pub(crate) mod log;
pub(crate) mod material;
mod only_certificate;
mod output;
mod print_defaults;
mod refused;
mod remote;
mod request;
mod selfsign;
mod sign;
pub(crate) mod signature_name;
mod signer;
mod version;
pub(crate) mod warnings;

use std::process::ExitCode;

pub(crate) use self::failure::CfsslFailure;
pub(crate) use self::flags::{Flag, Flags};
pub(crate) use self::log::Log;
pub(crate) use self::output::Output;
pub(crate) use self::version::version;

pub(crate) use self::warnings::Warnings;

use self::config::Config;
use self::flags::{FlagError, FlagSet};
use crate::env::Env;
use crate::output as streams;

/// A command of cfssl.
struct Command {
    name: &'static str,
    about: &'static str,
    /// The command lines, and what the arguments are.
    usage: &'static str,
    /// The flags that the usage lists; every command takes all of them.
    flags: &'static [Flag],
    run: fn(&mut Run<'_>) -> Result<Output, CfsslFailure>,
}

const COMMANDS: [&Command; 12] = [
    &gencert::COMMAND,
    &genkey::COMMAND,
    &gencsr::COMMAND,
    &sign::COMMAND,
    &selfsign::COMMAND,
    &certinfo::COMMAND,
    &bundle::COMMAND,
    &gencrl::COMMAND,
    &info::COMMAND,
    &print_defaults::COMMAND,
    &version::COMMAND,
    &install_links::COMMAND,
];

/// What is named where a file would be, for what stands in a flag.
const COMMAND_LINE: &str = "the command line";

/// One call of a command.
pub(crate) struct Run<'a> {
    pub(crate) env: &'a mut Env,
    pub(crate) flags: Flags,
    /// The words after the flags.
    pub(crate) arguments: &'a [String],
    /// What cfssl logs.
    pub(crate) log: Log,
    /// What cfssl keeps silent about.
    pub(crate) warnings: Warnings,
    /// What `-config` names.
    pub(crate) config: Option<Config>,
}

impl Run<'_> {
    /// The argument that the command must have.
    pub(crate) fn first_argument(&self) -> Result<&str, CfsslFailure> {
        let first = self.arguments.first().map(String::as_str);
        first.ok_or_else(|| self.no_argument())
    }

    pub(crate) fn no_argument(&self) -> CfsslFailure {
        CfsslFailure::new("not enough arguments are supplied --- please refer to the usage")
    }

    /// The argument that the command must have, and nothing after it.
    pub(crate) fn only_argument(&self) -> Result<&str, CfsslFailure> {
        let first = self.first_argument()?;
        let refused =
            || CfsslFailure::new("only one argument is accepted, please check with usage");
        match self.arguments.get(1) {
            None => Ok(first),
            Some(flag) if flag.starts_with('-') && flag.len() > 1 => Err(refused().advise(
                format!("flags come before the file: {flag:?} stands behind {first:?}"),
            )),
            Some(_) => Err(refused()),
        }
    }
}

/// Runs `cfssl WORDS`.
pub(crate) fn run(words: &[String], env: &mut Env) -> ExitCode {
    let words = match flags::parse(words, &mut NoFlags) {
        Ok(words) => words,
        Err(error) => return usage_after(&error, &overview()),
    };
    let Some((name, words)) = words.split_first() else {
        streams::bare(&format!("No command is given.\n{}", overview()));
        return ExitCode::from(1);
    };
    let known = COMMANDS.iter().find(|command| command.name == name);
    match known {
        Some(command) => command.call(words, env),
        None => match refused::instead(name) {
            Some(instead) => {
                streams::bare(&format!("kpki has no cfssl {name}: {instead}\n"));
                ExitCode::from(1)
            }
            None => {
                let overview = overview();
                streams::bare(&format!("Command {name} is not defined.\n{overview}"));
                ExitCode::from(1)
            }
        },
    }
}

impl Command {
    fn call(&self, words: &[String], env: &mut Env) -> ExitCode {
        let mut flags = Flags::new();
        let arguments = match flags::parse(words, &mut flags) {
            Ok(arguments) => arguments,
            Err(error) => return usage_after(&error, &self.usage_text()),
        };
        let log = Log::new(env, flags.number(Flag::Loglevel));
        let mut run = Run {
            env,
            flags,
            arguments,
            log,
            warnings: Warnings::default(),
            config: None,
        };
        let result = Config::load(&run.flags, &mut run.warnings).and_then(|config| {
            run.config = config;
            (self.run)(&mut run)
        });
        finish(result, &run.warnings, &run.log, run.env)
    }

    fn usage_text(&self) -> String {
        let Self {
            name, about, usage, ..
        } = self;
        let flags = flags::listed(self.flags);
        format!(
            "\tcfssl {name} -- {about}\n\nUsage of {name}:\n{usage}\nFlags:\n{flags}\n{ENVIRONMENT}"
        )
    }
}

/// Prints the result in the order that scripts rely on, and what kpki has to say after it.
pub(crate) fn finish(
    result: Result<Output, CfsslFailure>,
    warnings: &Warnings,
    log: &Log,
    env: &Env,
) -> ExitCode {
    match result {
        Err(failure) => {
            failure.print(log);
            warnings.print(log);
            ExitCode::from(1)
        }
        Ok(_) if warnings.refuse(env.cfssl_strict) => ExitCode::from(1),
        Ok(output) => match streams::bytes(output.bytes()) {
            Ok(_) => {
                warnings.print(log);
                ExitCode::SUCCESS
            }
            Err(failure) => {
                CfsslFailure::from(failure).print(log);
                ExitCode::from(1)
            }
        },
    }
}

/// What Go prints about flags: the fault, then the usage, and exit status 2; or the usage alone.
pub(crate) fn usage_after(error: &FlagError, usage: &str) -> ExitCode {
    match error {
        FlagError::Help => {
            streams::bare(usage);
            ExitCode::SUCCESS
        }
        FlagError::Wrong(text) => {
            streams::bare(&format!("{text}\n{usage}"));
            ExitCode::from(2)
        }
    }
}

/// What changes the behaviour of every command.
const ENVIRONMENT: &str = "\
Environment:
\tKPKI_CFSSL_STRICT=1   make an error of every warning that cfssl would not give
\tCFSSL_CA_PK_PASSWORD  the pass phrase of an encrypted private key
";

fn overview() -> String {
    let mut text = String::from("Usage:\nAvailable commands:\n");
    for command in COMMANDS {
        text.push_str(&format!("\t{}\n", command.name));
    }
    text.push_str("Help on a command:\n\tcfssl COMMAND -h\n");
    text.push_str(ENVIRONMENT);
    text
}

/// cfssl itself takes no flags before the command.
struct NoFlags;

impl FlagSet for NoFlags {
    fn is_switch(&self, _: &str) -> Option<bool> {
        None
    }

    fn set(&mut self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_named_once_and_shows_its_command_line() {
        let mut names: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
        for command in COMMANDS {
            let line = format!("cfssl {}", command.name);
            assert!(command.usage.contains(&line), "{line}");
            assert!(refused::instead(command.name).is_none());
            assert!(command.usage_text().ends_with('\n'));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
    }
}
