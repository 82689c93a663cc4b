//! Go's durations, the spelling of kubeadm's validity periods.

/// The whole seconds of a Go duration such as `8760h0m0s`; what is wrong with
/// the text otherwise.
pub(super) fn go_duration_seconds(text: &str) -> Result<i64, &'static str> {
    const SYNTAX: &str = "write a Go duration such as 8760h0m0s";
    const LARGE: &str = "Go's durations end at 292 years";
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(SYNTAX);
    }
    let mut nanoseconds: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = rest.get(..digits).filter(|d| !d.is_empty()).ok_or(SYNTAX)?;
        let after = rest.get(digits..).unwrap_or_default();
        let is_unit = |c: char| c.is_alphabetic();
        let unit_length = after.len() - after.trim_start_matches(is_unit).len();
        let scale = match after.get(..unit_length) {
            Some("h") => 3_600_000_000_000,
            Some("m") => 60_000_000_000,
            Some("s") => 1_000_000_000,
            Some("ms") => 1_000_000,
            Some("us" | "µs" | "μs") => 1_000,
            Some("ns") => 1_i64,
            _ => return Err(SYNTAX),
        };
        let number: i64 = number.parse().map_err(|_| LARGE)?;
        nanoseconds = number
            .checked_mul(scale)
            .and_then(|part| nanoseconds.checked_add(part))
            .ok_or(LARGE)?;
        rest = after.get(unit_length..).unwrap_or_default();
    }
    let seconds = nanoseconds / 1_000_000_000;
    Ok(if negative { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go() {
        assert_eq!(go_duration_seconds("8760h0m0s"), Ok(365 * 86_400));
        assert_eq!(go_duration_seconds("-1m1s500ms"), Ok(-61));
        assert_eq!(go_duration_seconds("0"), Ok(0));
        for text in [
            "",
            "1",
            "1y",
            "10d",
            "h",
            "1h ",
            "99999999h",
            "1.5h.",
            "- 1h",
        ] {
            assert!(go_duration_seconds(text).is_err(), "{text}");
        }
    }
}
