//! Durations in Go's notation, in which cfssl writes every lifetime.

use std::fmt;
use std::str::FromStr;

use crate::name::Quoted;

/// A length of time as Go's `time.Duration` holds it: nanoseconds in 64 bits,
/// at most about 292 years either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoDuration(i64);

/// A text that Go's `time.ParseDuration` refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoDurationError {
    /// The text as it was given.
    pub text: String,
    /// Why it is not a duration.
    pub problem: GoDurationProblem,
}

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GoDurationProblem {
    /// No number where one must stand.
    Malformed,
    /// A number other than 0 without a unit.
    MissingUnit,
    /// A unit that Go does not know, such as `d` or `y`.
    UnknownUnit(String),
    /// More than 64 bits of nanoseconds.
    Overflow,
}

impl GoDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many nanoseconds.
    #[must_use]
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// So many hours; more than 64 bits of nanoseconds become the longest duration.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self(hours.saturating_mul(HOUR_NANOSECONDS))
    }

    /// The nanoseconds.
    #[must_use]
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// The whole seconds; a fraction is cut off towards zero.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0 / 1_000_000_000
    }
}

impl FromStr for GoDuration {
    type Err = GoDurationError;

    /// Go's `time.ParseDuration`: a sign, then numbers with units, such as
    /// `8760h` or `1h30m`; `0` alone needs no unit.
    fn from_str(text: &str) -> Result<Self, GoDurationError> {
        parse(text).map(Self).map_err(|problem| GoDurationError {
            text: text.to_owned(),
            problem,
        })
    }
}

const HOUR_NANOSECONDS: i64 = 3_600_000_000_000;
const LIMIT: u64 = 1 << 63;

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

fn parse(text: &str) -> Result<i64, GoDurationProblem> {
    use GoDurationProblem as P;
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(P::Malformed);
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = split_digits(rest);
        let (fraction, after) = after.strip_prefix('.').map_or(("", after), split_digits);
        if whole.is_empty() && fraction.is_empty() {
            return Err(P::Malformed);
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit());
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        let whole = match whole {
            "" => 0,
            digits => digits.parse::<u64>().map_err(|_| P::Overflow)?,
        };
        if whole > LIMIT {
            return Err(P::Overflow);
        }
        if unit.is_empty() {
            return Err(P::MissingUnit);
        }
        let known = UNITS.iter().find(|(name, _)| *name == unit);
        let (_, unit) = known.ok_or_else(|| P::UnknownUnit(unit.to_owned()))?;
        let part = whole.checked_mul(*unit).ok_or(P::Overflow)?;
        let part = part.checked_add(scaled(fraction, *unit));
        total = total
            .checked_add(part.filter(|sum| *sum <= LIMIT).ok_or(P::Overflow)?)
            .filter(|sum| *sum <= LIMIT)
            .ok_or(P::Overflow)?;
        rest = after;
    }
    match negative {
        true => 0_i64.checked_sub_unsigned(total),
        false => i64::try_from(total).ok(),
    }
    .ok_or(P::Overflow)
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// `0.fraction` of a unit, computed in floating point as Go does, so that the
/// last nanosecond agrees.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go rounds here too, and the result is below the unit"
)]
fn scaled(fraction: &str, unit: u64) -> u64 {
    let (mut digits, mut scale) = (0_u64, 1.0_f64);
    for digit in fraction.bytes().map(|b| u64::from(b.saturating_sub(b'0'))) {
        // Go drops the digits that no longer fit.
        let next = digits.checked_mul(10).and_then(|d| d.checked_add(digit));
        match next.filter(|next| *next <= LIMIT) {
            Some(next) if digits <= (LIMIT - 1) / 10 => digits = next,
            _ => break,
        }
        scale *= 10.0;
    }
    (digits as f64 * (unit as f64 / scale)) as u64
}

impl fmt::Display for GoDuration {
    /// As Go prints it: `8760h0m0s`, `1.5s`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let decimal = |f: &mut fmt::Formatter<'_>, value: u64, one: u64, width: usize| {
            write!(f, "{}", value / one)?;
            let fraction = format!("{:0width$}", value % one);
            match fraction.trim_end_matches('0') {
                "" => Ok(()),
                digits => write!(f, ".{digits}"),
            }
        };
        match size {
            0 => return f.write_str("0s"),
            1..1_000 => return write!(f, "{size}ns"),
            1_000..1_000_000 => {
                decimal(f, size, 1_000, 3)?;
                return f.write_str("\u{b5}s");
            }
            1_000_000..1_000_000_000 => {
                decimal(f, size, 1_000_000, 6)?;
                return f.write_str("ms");
            }
            _ => {}
        }
        let minutes = size / 60_000_000_000;
        if minutes >= 60 {
            write!(f, "{}h", minutes / 60)?;
        }
        if minutes > 0 {
            write!(f, "{}m", minutes % 60)?;
        }
        decimal(f, size % 60_000_000_000, 1_000_000_000, 9)?;
        f.write_str("s")
    }
}

impl GoDurationError {
    /// The same length in hours, where it can be told what was meant.
    #[must_use]
    pub fn suggestion(&self) -> Option<String> {
        let (number, unit) = split_digits(&self.text);
        let hours: u64 = match unit.trim().to_lowercase().as_str() {
            "h" | "hour" | "hours" | "" => 1,
            "d" | "day" | "days" => 24,
            "w" | "week" | "weeks" => 7 * 24,
            "mo" | "month" | "months" => 30 * 24,
            "y" | "yr" | "year" | "years" => 365 * 24,
            _ => return None,
        };
        let hours = number.parse::<u64>().ok()?.checked_mul(hours)?;
        let longest = (LIMIT - 1) / HOUR_NANOSECONDS.unsigned_abs();
        Some(format!("{}h", hours.min(longest)))
    }

    /// The words of Go's `time.ParseDuration`.
    pub(super) fn go_text(&self) -> String {
        use GoDurationProblem as P;
        let problem = match &self.problem {
            P::Malformed | P::Overflow => "invalid duration ".to_owned(),
            P::MissingUnit => "missing unit in duration ".to_owned(),
            P::UnknownUnit(unit) => format!("unknown unit {} in duration ", quoted(unit)),
        };
        format!("time: {problem}{}", quoted(&self.text))
    }

    /// What is wrong, without what to write instead.
    pub(super) fn reason(&self) -> String {
        use GoDurationProblem as P;
        let text = Quoted(&self.text);
        match &self.problem {
            P::Malformed => format!("{text} is not a duration like '8760h'"),
            P::MissingUnit => format!("{text} has no unit"),
            P::UnknownUnit(unit) => format!(
                "{text} has the unknown unit {}: the units are ns, us, ms, s, m and h",
                Quoted(unit)
            ),
            P::Overflow => format!("{text} is too long: 2562047h is the limit"),
        }
    }
}

/// As Go's package `time` quotes what it could not read.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='\u{7f}' => quoted.push(character),
            other => {
                for byte in other.encode_utf8(&mut [0; 4]).bytes() {
                    quoted.push_str(&format!("\\x{byte:02x}"));
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

impl fmt::Display for GoDurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason())?;
        match self.suggestion() {
            Some(hours) => write!(f, "; write {}", Quoted(&hours)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for GoDurationError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<i64, GoDurationProblem> {
        text.parse()
            .map(GoDuration::nanoseconds)
            .map_err(|e: GoDurationError| e.problem)
    }

    #[test]
    fn reads_what_go_reads() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("-0", 0),
            ("+5s", 5_000_000_000),
            ("5.s", 5_000_000_000),
            (".5s", 500_000_000),
            ("1h30m", 5_400_000_000_000),
            ("39h9m14.425s", 140_954_425_000_000),
            ("12\u{b5}s", 12_000),
            ("12\u{3bc}s", 12_000),
            ("0.100000000000000000000h", 360_000_000_000),
            ("0.3333333333333333333h", 1_200_000_000_000),
            ("9223372036854775807ns", i64::MAX),
            ("-9223372036854775808ns", i64::MIN),
            ("9223372036s775ms807us", 9_223_372_036_775_807_000),
            ("876000h", 3_153_600_000_000_000_000),
        ] {
            assert_eq!(parse(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        use GoDurationProblem as P;
        for (text, problem) in [
            ("", P::Malformed),
            ("-", P::Malformed),
            ("s", P::Malformed),
            (".s", P::Malformed),
            ("+.s", P::Malformed),
            (" 1h", P::Malformed),
            ("8760", P::MissingUnit),
            ("1h5", P::MissingUnit),
            ("1y", P::UnknownUnit("y".into())),
            ("1h ", P::UnknownUnit("h ".into())),
            ("2562048h", P::Overflow),
            ("9223372036854775808ns", P::Overflow),
            ("-9223372036854775809ns", P::Overflow),
            ("99999999999999999999h", P::Overflow),
        ] {
            assert_eq!(parse(text), Err(problem), "{text}");
        }
        let shown = |text: &str| text.parse::<GoDuration>().map_err(|e| e.to_string());
        assert_eq!(
            shown("1y"),
            Err("'1y' has the unknown unit 'y': the units are ns, us, ms, s, m and h; write '8760h'".into())
        );
        assert!(shown("365d").is_err_and(|e| e.ends_with("write '8760h'")));
        assert!(shown("10w").is_err_and(|e| e.ends_with("write '1680h'")));
        assert_eq!(
            shown("8760"),
            Err("'8760' has no unit; write '8760h'".into())
        );
    }

    #[test]
    fn refuses_in_gos_words() {
        for (text, words) in [
            ("1y", r#"time: unknown unit "y" in duration "1y""#),
            ("8760", r#"time: missing unit in duration "8760""#),
            ("2562048h", r#"time: invalid duration "2562048h""#),
            ("", r#"time: invalid duration """#),
            (
                "1\u{e9}",
                r#"time: unknown unit "\xc3\xa9" in duration "1\xc3\xa9""#,
            ),
            (
                "99999999999999999999y",
                r#"time: invalid duration "99999999999999999999y""#,
            ),
        ] {
            let error = text.parse::<GoDuration>().unwrap_err();
            assert_eq!(error.go_text(), words);
        }
    }

    #[test]
    fn shows_gos_form() {
        let shown = |nanoseconds| GoDuration(nanoseconds).to_string();
        assert_eq!(GoDuration::from_hours(8760).to_string(), "8760h0m0s");
        assert_eq!(shown(1_100), "1.1\u{b5}s");
        assert_eq!(shown(2_200_000), "2.2ms");
        assert_eq!(shown(245_000_000_000 + 1_000_000), "4m5.001s");
        assert_eq!(shown(i64::MIN), "-2562047h47m16.854775808s");
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_reads_back(nanoseconds: i64) {
            let shown = GoDuration(nanoseconds).to_string();
            proptest::prop_assert_eq!(parse(&shown), Ok(nanoseconds));
        }

        #[test]
        fn never_panics(text in "\\PC{0,30}|[-+]?([0-9]{0,20}\\.?[0-9]{0,22}[a-zµ]{0,3}){0,4}") {
            let _ = text.parse::<GoDuration>().map_err(|e| e.to_string());
        }
    }
}
