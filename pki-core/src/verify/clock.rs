//! The clock of the host, as far as somebody asked it.

use super::fix::Fix;
use super::{Finding, Report, Rule, finding};
use crate::time::Span;

/// So much the way there may take, and a clock that nobody minds be wrong.
const MOST_SECONDS: i64 = 60;

impl Report {
    /// Judges the clock of the host, which shows so many seconds more than the
    /// one of the check.
    pub fn judge_clock(&mut self, seconds: i64) {
        self.checked += 1;
        if seconds.saturating_abs() <= MOST_SECONDS {
            return;
        }
        let how = if seconds < 0 { "behind" } else { "ahead of" };
        let span = Span::new(seconds.saturating_abs()).in_short();
        self.findings.push(Finding::new(
            Rule::HostClock,
            ".",
            format!("the clock of the host is {span} {how} the one of this check"),
            Fix::say("see on both which of them is wrong, and set it").and_run("timedatectl"),
        ));
        finding::sort(&mut self.findings);
    }
}

#[cfg(test)]
mod tests {
    use crate::verify::{Expectation, Tree, verify};
    use crate::{Severity, Timestamp};

    #[test]
    fn a_minute_is_borne() {
        let judged = |seconds| {
            let mut report = verify(&Tree::default(), &Expectation::default(), Timestamp::LATEST);
            report.judge_clock(seconds);
            let message = |finding: crate::Finding| finding.message;
            assert_eq!(report.count(Severity::Error), 0);
            report.findings.into_iter().map(message).collect::<Vec<_>>()
        };
        for borne in [0, 60, -60] {
            assert_eq!(judged(borne), [""; 0]);
        }
        let behind = "the clock of the host is 2min behind the one of this check";
        assert_eq!(judged(-120), [behind]);
        let ahead = judged(i64::MIN).concat();
        assert!(ahead.contains(" behind the one of this check"), "{ahead}");
        assert!(judged(7200).concat().contains(" 2h ahead of "));
    }
}
