//! `kpki cfssljson`: what cfssl prints, or its API answers, into files.

mod answer;
mod json;

use std::path::Path;
use std::process::ExitCode;

use base64::Engine;
use zeroize::Zeroizing;

use self::answer::{Answer, Part};
use crate::cfssl::flags::{self, FlagSet};
use crate::cfssl::{CfsslFailure, Log, Output, Warnings, finish, material, usage_after, version};
use crate::env::Env;
use crate::store::{Replacement, ReplacementMode, StoreError, TargetDirectory};

/// A key, its certificate and a long chain are a hundredth of this.
const LONGEST: usize = 16 << 20;

const USAGE: &str = "Usage of cfssljson:
        cfssl gencert ... | cfssljson -bare NAME
        cfssljson [-bare] [-f FILE] [-stdout] [NAME]

Writes NAME.pem, NAME-key.pem, NAME.csr; without NAME, cert.pem and so on.

Flags:
  -bare=false: the input is what cfssl prints, not an answer of its API
  -f=-: the input, a file; - is stdin
  -stdout=false: print the parts instead of writing files
  -version=false: print the version
";

struct Flags {
    bare: bool,
    file: String,
    stdout: bool,
    version: bool,
}

impl FlagSet for Flags {
    fn is_switch(&self, name: &str) -> Option<bool> {
        match name {
            "bare" | "stdout" | "version" => Some(true),
            "f" => Some(false),
            _ => None,
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "bare" => self.bare = flags::switch(value)?,
            "stdout" => self.stdout = flags::switch(value)?,
            "version" => self.version = flags::switch(value)?,
            _ => self.file = value.into(),
        }
        Ok(())
    }
}

/// Runs `cfssljson WORDS`.
pub(crate) fn run(words: &[String], env: &mut Env) -> ExitCode {
    let mut flags = Flags {
        bare: false,
        file: "-".into(),
        stdout: false,
        version: false,
    };
    // What follows the name is ignored, as cfssljson does: guides have a stray '-' there.
    let name = match flags::parse(words, &mut flags) {
        Ok(rest) => rest.first().map_or("cert", String::as_str),
        Err(error) => return usage_after(&error, USAGE),
    };
    let log = Log::new(env, 1);
    let mut warnings = Warnings::default();
    let result = match flags.version {
        true => Ok(Output::text(version())),
        false => split(&flags, name, env, &mut warnings),
    };
    finish(result, &warnings, &log, env)
}

fn split(
    flags: &Flags,
    name: &str,
    env: &Env,
    warnings: &mut Warnings,
) -> Result<Output, CfsslFailure> {
    let input = material::bounded(&flags.file, LONGEST)
        .map_err(|error| CfsslFailure::new(format!("Failed to read input: {error}")))?;
    let answer = Answer::read(&input, flags.bare)?;
    if answer.parts.is_empty() {
        return Err(nothing(&answer, flags.bare));
    }
    match flags.stdout {
        true => Ok(printed(&answer)),
        false => write(&answer, name, env, warnings),
    }
}

/// cfssljson ends with status 0 there, and scripts go on without their files.
fn nothing(answer: &Answer, bare: bool) -> CfsslFailure {
    let failure = CfsslFailure::new("nothing to write: the input has no cert, key or csr");
    match answer.is_envelope && bare {
        true => failure.advise("the input is an answer of cfssl's API: leave -bare out"),
        false => failure,
    }
}

fn printed(answer: &Answer) -> Output {
    let length = |part: &Part| part.bytes.len() * 2 + 8;
    let mut text = Vec::with_capacity(answer.parts.iter().map(length).sum());
    for part in &answer.parts {
        match part.is_binary {
            true => {
                let coded = base64::engine::general_purpose::STANDARD.encode(&part.bytes);
                text.extend_from_slice(Zeroizing::new(coded).as_bytes());
            }
            false => text.extend_from_slice(&part.bytes),
        }
        text.push(b'\n');
    }
    Output::text(text)
}

fn write(
    answer: &Answer,
    name: &str,
    env: &Env,
    warnings: &mut Warnings,
) -> Result<Output, CfsslFailure> {
    let (directory, base) = match name.rfind('/') {
        Some(slash) => name.split_at(slash + 1),
        None => ("", name),
    };
    let file_name = |suffix: &str| format!("{base}{suffix}");
    let files: Vec<Replacement> = answer
        .parts
        .iter()
        .map(|part| Replacement {
            name: file_name(part.suffix),
            bytes: part.bytes.clone(),
            mode: part.mode,
        })
        .collect();
    let first = files.first().map_or("", |file| file.name.as_str());
    let failed = |error: StoreError| in_words_of_go(&error, &format!("{directory}{first}"));
    let place = TargetDirectory::open(Path::new(directory)).map_err(failed)?;
    warn(&place, &files, directory, warnings).map_err(failed)?;
    // In strict mode nothing may be written: the end of the run says why.
    if !(env.cfssl_strict && warnings.any()) {
        let others: Vec<String> = answer::SUFFIXES.map(file_name).to_vec();
        place.replace(&files, &others).map_err(failed)?;
    }
    Ok(Output::text(""))
}

/// Who else could come by the keys.
fn warn(
    place: &TargetDirectory,
    files: &[Replacement],
    directory: &str,
    warnings: &mut Warnings,
) -> Result<(), StoreError> {
    let is_key = |file: &Replacement| matches!(file.mode, ReplacementMode::Fixed(_));
    if let Some(why) = place.exposure().filter(|_| files.iter().any(is_key)) {
        warnings.warn(why.to_string());
    }
    for file in files {
        let Some(old) = place.find(file)? else {
            continue;
        };
        let path = format!("{directory}{}", file.name);
        if let Some(user) = old.foreign {
            warnings.warn(format!(
                "{path} belonged to user {user}, and the new one is yours: if a service needs it, \
                 chown it"
            ));
        }
        match file.mode {
            ReplacementMode::Fixed(mode) if old.mode & !mode != 0 => warnings.warn(format!(
                "{path} had mode {:04o}, so others may have read the key in it; \
                 the new one has {mode:04o}: if a service reads it by its group, chmod g+r {path}",
                old.mode
            )),
            _ => {}
        }
    }
    Ok(())
}

/// `open dir/ca.pem: no such file or directory`, where Go has such a text.
fn in_words_of_go(error: &StoreError, path: &str) -> CfsslFailure {
    let failure = match error {
        StoreError::Io {
            source,
            action: "open" | "create",
            ..
        } => {
            let reason = crate::store::errno_text(source);
            return CfsslFailure::new(format!("open {path}: {reason}"));
        }
        other => CfsslFailure::new(other.to_string()),
    };
    match error.hint() {
        Some(hint) => failure.advise(hint),
        None => failure,
    }
}
