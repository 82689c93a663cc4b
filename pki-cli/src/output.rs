//! The only writer to stdout and stderr.

pub(crate) mod bundle_report;
pub(crate) mod copy_report;
pub(crate) mod distance;
pub(crate) mod expiry_report;
pub(crate) mod explanation;
pub(crate) mod gen_report;
pub(crate) mod graph_report;
pub(crate) mod hash_report;
pub(crate) mod init_report;
pub(crate) mod inspect_report;
mod json;
pub(crate) mod kubeadm_expiration;
pub(crate) mod lint_report;
mod next_step;
pub(crate) mod progress;
pub(crate) mod render_report;
pub(crate) mod report_page;
pub(crate) mod table;
pub(crate) mod verify_report;

use std::io::{BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::Serializer;

use crate::cli::Format;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::store::errno_text;
use json::HarmlessFormatter;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Green.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const TITLE: Style = Style::new().bold();

/// A result for people, on stdout.
pub(crate) fn text(text: &str) -> Result<Outcome, Failure> {
    written(write!(anstream::stdout().lock(), "{text}"))
}

/// A result for programs: one JSON document on stdout.
pub(crate) fn json(value: &impl Serialize) -> Result<Outcome, Failure> {
    // Not in memory first: a fleet's may be long.
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut to = Serializer::with_formatter(&mut out, HarmlessFormatter::default());
    let result = value.serialize(&mut to).map_err(std::io::Error::from);
    written(
        result
            .and_then(|()| writeln!(out))
            .and_then(|()| out.flush()),
    )
}

/// Bytes as they are, on stdout.
pub(crate) fn bytes(bytes: &[u8]) -> Result<Outcome, Failure> {
    written(std::io::stdout().lock().write_all(bytes))
}

/// Text as another program would write it, on stderr: not wrapped, not coloured, and with
/// nothing in it that could move the cursor or turn the text around.
pub(crate) fn bare(text: &str) {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '"' | '\'' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    // Whoever closed stderr does not want it.
    let _ = std::io::stderr().lock().write_all(out.as_bytes());
}

/// A text of somebody else within one of ours: on one line, not endless, and with nothing in it that
/// could move the cursor, turn the text around or look like a line of ours.
pub(crate) fn harmless(text: &str) -> String {
    const LONGEST: usize = 2000;
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        match c {
            '"' | '\'' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

/// A remark while the work goes on, on stderr.
pub(crate) fn remark(text: &str) {
    // Whoever closed stderr does not want it.
    let _ = writeln!(anstream::stderr().lock(), "{NOTE}note:{NOTE:#} {text}");
}

/// Something that could not be done, while the rest was; on stderr.
pub(crate) fn complaint(text: &str) {
    // Whoever closed stderr does not want it.
    let _ = writeln!(anstream::stderr().lock(), "{ERROR}error:{ERROR:#} {text}");
}

/// Why it could not be done: in clap's form on stderr, and for programs as JSON
/// on stdout.
pub(crate) fn failure(failure: &Failure, format: Format, env: &Env) -> ExitCode {
    let columns = env.columns.unwrap_or(100).clamp(40, 100);
    let mut stderr = anstream::stderr().lock();
    let message = table::wrap(failure.message(), columns, "       ");
    let _ = writeln!(stderr, "{ERROR}error:{ERROR:#} {}", message.trim_start());
    if let Some(advice) = failure.advice() {
        let advice = table::wrap(advice, columns, "      ");
        let _ = writeln!(stderr, "{HINT}hint:{HINT:#} {}", advice.trim_start());
    }
    if format == Format::Json {
        error_document(failure.message(), failure.advice());
    }
    ExitCode::from(2)
}

/// Help, or what is wrong with the command line: in clap's form, and as JSON
/// where the command line asks for it.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // Whoever closed the stream does not want it.
    let _ = error.print();
    let words: Vec<_> = std::env::args_os().collect();
    let asks = |pair: &[std::ffi::OsString]| {
        (pair[0] == "-o" || pair[0] == "--output") && pair[1].eq_ignore_ascii_case("json")
    };
    let joined = |word: &std::ffi::OsString| word == "-ojson" || word == "--output=json";
    if error.use_stderr() && (words.windows(2).any(asks) || words.iter().any(joined)) {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default();
        error_document(message.trim_start_matches("error: "), None);
    }
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

fn error_document(message: &str, hint: Option<&str>) {
    // Whoever closed stdout does not want it.
    let _ = json(&serde_json::json!({
        "schema": "kpki.error/v1",
        "error": { "message": message, "hint": hint },
    }));
}

/// A reader that has seen enough (`| head`) is no failure.
fn written(result: std::io::Result<()>) -> Result<Outcome, Failure> {
    let result = result.and_then(|()| std::io::stdout().lock().flush());
    match result {
        Ok(()) => Ok(Outcome::Yes),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Outcome::Yes),
        Err(error) => Err(Failure::new(format!(
            "the result cannot be printed: {}",
            errno_text(&error)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_others_stays_on_one_line() {
        let text = "a\n2026/11/22 [INFO] \u{202e}b\u{1b}[2J\t\"c' \\ \u{e9}\r";
        assert_eq!(
            harmless(text),
            "a\\n2026/11/22 [INFO] \\u{202e}b\\u{1b}[2J\\t\"c' \\ \u{e9}\\r"
        );
        assert_eq!(harmless(&"x".repeat(2000)), "x".repeat(2000));
        assert_eq!(
            harmless(&"x".repeat(2001)),
            format!("{}…", "x".repeat(2000))
        );
    }
}
