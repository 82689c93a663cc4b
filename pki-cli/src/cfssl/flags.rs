//! The syntax of Go's `flag` package, and the flags of cfssl 1.6: one table, which every command
//! accepts as a whole.

mod go_number;
mod table;

use pki_core::cfssl::GoDuration;

pub(crate) use table::Flag;
use table::{Kind, Row, TABLE};

use super::material::shown;

/// Why a command line was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FlagError {
    /// `-h` or `-help`, which Go treats like a fault: usage, but exit status 0.
    Help,
    /// In Go's words.
    Wrong(String),
}

/// A switch, text or number by its name: what [`parse`] looks flags up in.
pub(crate) trait FlagSet {
    /// Whether there is a flag of this name, and whether it is a switch.
    fn is_switch(&self, name: &str) -> Option<bool>;
    /// Sets the flag; the error is Go's text for a value that is not of the flag's kind.
    fn set(&mut self, name: &str, value: &str) -> Result<(), String>;
}

/// Takes the flags from the front of a command line and returns the words after them.
///
/// As in Go: `-f v`, `-f=v`, `--f v`; a switch takes a value only with `=`; `--` ends the flags,
/// and so does the first word that is no flag.
pub(crate) fn parse<'a>(
    words: &'a [String],
    flags: &mut impl FlagSet,
) -> Result<&'a [String], FlagError> {
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) else {
            break;
        };
        rest = after;
        let name = name.strip_prefix('-').unwrap_or(name);
        if name.is_empty() {
            break;
        }
        if name.starts_with(['-', '=']) {
            let word = shown(word);
            return Err(FlagError::Wrong(format!("bad flag syntax: {word}")));
        }
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (name, None),
        };
        let Some(switch) = flags.is_switch(name) else {
            return Err(match name {
                "h" | "help" => FlagError::Help,
                _ => FlagError::Wrong(format!("flag provided but not defined: -{}", shown(name))),
            });
        };
        let refuse = |value: &str, why: String| {
            let kind = if switch { "boolean value" } else { "value" };
            let flag = if switch { "" } else { "flag " };
            let value = shown(value);
            FlagError::Wrong(format!("invalid {kind} {value:?} for {flag}-{name}: {why}"))
        };
        let value = match (value, switch) {
            (Some(value), _) => value,
            (None, true) => "true",
            (None, false) => {
                let Some((value, after)) = rest.split_first() else {
                    return Err(FlagError::Wrong(format!("flag needs an argument: -{name}")));
                };
                rest = after;
                value
            }
        };
        flags.set(name, value).map_err(|why| refuse(value, why))?;
    }
    Ok(rest)
}

/// Go's words for true and false.
pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("parse error".into()),
    }
}

/// The flags of one call of cfssl, with their defaults.
#[derive(Debug, Clone)]
pub(crate) struct Flags {
    values: Vec<Value>,
}

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Number(i64),
    Switch(bool),
    /// Only commands that kpki has no use for take one: it is checked and forgotten.
    Duration,
}

impl Flags {
    pub(crate) fn new() -> Self {
        let default = |row: &Row| match row.kind {
            Kind::Text(text) => Value::Text(text.into()),
            Kind::Number(number) => Value::Number(number),
            Kind::Switch => Value::Switch(false),
            Kind::Duration(_) => Value::Duration,
        };
        Self {
            values: TABLE.iter().map(default).collect(),
        }
    }

    /// The text of a flag; empty if it was not given, which cfssl does not tell apart either.
    pub(crate) fn text(&self, flag: Flag) -> &str {
        match self.value(flag) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, flag: Flag) -> bool {
        matches!(self.value(flag), Some(Value::Switch(true)))
    }

    pub(crate) fn number(&self, flag: Flag) -> i64 {
        match self.value(flag) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }

    fn value(&self, flag: Flag) -> Option<&Value> {
        let at = TABLE.iter().position(|row| row.flag == flag)?;
        self.values.get(at)
    }
}

impl FlagSet for Flags {
    fn is_switch(&self, name: &str) -> Option<bool> {
        let row = TABLE.iter().find(|row| row.name == name)?;
        Some(matches!(row.kind, Kind::Switch))
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let at = TABLE.iter().position(|row| row.name == name);
        match at.and_then(|at| self.values.get_mut(at)) {
            Some(Value::Text(text)) => *text = value.into(),
            Some(Value::Number(number)) => *number = go_number::parse(value)?,
            Some(Value::Switch(on)) => *on = switch(value)?,
            Some(Value::Duration) => {
                value.parse::<GoDuration>().map_err(|_| "parse error")?;
            }
            None => {}
        }
        Ok(())
    }
}

/// The lines of a usage text that list these flags, as cfssl prints them.
pub(crate) fn listed(flags: &[Flag]) -> String {
    let rows = flags
        .iter()
        .filter_map(|flag| TABLE.iter().find(|row| row.flag == *flag));
    rows.map(|row| format!("  -{}={}: {}\n", row.name, row.kind, row.help))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    fn parsed(line: &str) -> Result<(Flags, Vec<String>), FlagError> {
        let words = words(line);
        let mut flags = Flags::new();
        let rest = parse(&words, &mut flags)?.to_vec();
        Ok((flags, rest))
    }

    fn refusal(line: &str) -> String {
        match parsed(line) {
            Err(FlagError::Wrong(text)) => text,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn takes_every_form_of_a_flag() {
        let (flags, rest) =
            parsed("-ca=a.pem --ca-key k=1.pem -initca --loglevel 0x5 csr.json -config=c")
                .expect("taken");
        assert_eq!(flags.text(Flag::Ca), "a.pem");
        assert_eq!(flags.text(Flag::CaKey), "k=1.pem");
        assert!(flags.is_on(Flag::Initca) && !flags.is_on(Flag::Renewca));
        assert_eq!(flags.number(Flag::Loglevel), 5);
        assert_eq!(rest, ["csr.json", "-config=c"]);
        assert_eq!(flags.text(Flag::Config), "");
        assert_eq!(flags.text(Flag::Flavor), "ubiquitous");
    }

    #[test]
    fn the_last_of_two_wins_and_dashes_end_the_flags() {
        let (flags, rest) = parsed("-cn a -cn b -initca=T -initca=0 -- -cn").expect("taken");
        assert_eq!(flags.text(Flag::Cn), "b");
        assert!(!flags.is_on(Flag::Initca));
        assert_eq!(rest, ["-cn"]);
        let (_, rest) = parsed("-initca - -cn").expect("taken");
        assert_eq!(rest, ["-", "-cn"], "a dash alone is stdin");
        // A value is whatever follows, even what looks like a flag.
        assert_eq!(
            parsed("-cn -initca").expect("taken").0.text(Flag::Cn),
            "-initca"
        );
    }

    #[test]
    fn refuses_in_the_words_of_go() {
        for (line, text) in [
            ("-nope csr.json", "flag provided but not defined: -nope"),
            ("--nope=1", "flag provided but not defined: -nope"),
            ("-config", "flag needs an argument: -config"),
            (
                "-initca=foo",
                "invalid boolean value \"foo\" for -initca: parse error",
            ),
            (
                "-loglevel high",
                "invalid value \"high\" for flag -loglevel: parse error",
            ),
            (
                "-loglevel=99999999999999999999",
                "invalid value \"99999999999999999999\" for flag -loglevel: value out of range",
            ),
            (
                "-timeout 5",
                "invalid value \"5\" for flag -timeout: parse error",
            ),
            ("---x", "bad flag syntax: ---x"),
            ("-=x", "bad flag syntax: -=x"),
        ] {
            assert_eq!(refusal(line), text, "{line}");
        }
        for line in ["-h", "--help", "-initca -help"] {
            assert_eq!(parsed(line).err(), Some(FlagError::Help), "{line}");
        }
    }

    #[test]
    fn lists_flags_as_cfssl_does() {
        assert_eq!(
            listed(&[Flag::Initca, Flag::Remote, Flag::Loglevel])
                .lines()
                .map(|line| line.split(": ").next().unwrap_or_default())
                .collect::<Vec<_>>(),
            ["  -initca=false", "  -remote=\"\"", "  -loglevel=1"]
        );
    }

    #[test]
    fn every_flag_has_a_row_and_every_name_is_used_once() {
        let mut names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
        for row in &TABLE {
            assert_eq!(TABLE.iter().filter(|r| r.flag == row.flag).count(), 1);
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_invents_words(
            words in prop::collection::vec("-{0,3}[a-z=]{0,8}", 0..8)
        ) {
            let mut flags = Flags::new();
            if let Ok(rest) = parse(&words, &mut flags) {
                prop_assert!(words.ends_with(rest));
            }
        }
    }
}
