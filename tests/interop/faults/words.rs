//! What a finding says that users will see in the logs.

/// What `kpki verify` found.
pub(super) struct Finding {
    pub(super) severity: String,
    pub(super) rule: String,
    pub(super) file: String,
    pub(super) message: String,
    pub(super) why: String,
}

impl Finding {
    /// A quote from its reason, or the beginning of one.
    pub(super) fn quotes<'a>(&self, words: &'a str) -> Words<'a> {
        let quoted = self.why.contains(&format!("'{words}"));
        assert!(
            quoted,
            "{}: '{words}' is not quoted: {}",
            self.rule, self.why
        );
        Words(words)
    }
}

/// Words of a log, where `...` stands for anything that is on the same line.
/// They may begin in the middle of a message: what stands before `x509:`
/// depends on the version of Go, which from 1.20 on begins with `tls: failed to
/// verify certificate:`.
pub(super) struct Words<'a>(pub(super) &'a str);

impl Words<'_> {
    pub(super) fn stand_in(&self, log: &str) -> bool {
        // In a line of JSON quotes are escaped, and newer versions of Go have
        // an alert for each reason to refuse a certificate.
        let log = log.replace('\\', "");
        let log = log.replace("tls: unknown certificate authority", "tls: bad certificate");
        log.lines().any(|line| {
            let mut rest = line;
            self.0
                .split("...")
                .map(str::trim)
                .all(|part| match rest.split_once(part) {
                    Some((_, behind)) => {
                        rest = behind;
                        true
                    }
                    None => false,
                })
        })
    }
}

impl std::fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

#[test]
fn dots_stand_for_anything_on_the_line() {
    let words = Words("valid for ..., not ...");
    assert!(words.stand_in("x\n(x509: certificate is valid for ::1, 127.0.0.1, not 127.0.0.2)"));
    for other in ["", "valid for a\n, not b", "not a, valid for b"] {
        assert!(!words.stand_in(other), "{other}");
    }
    assert!(Words("of \"a\"").stand_in(r#"{"error":"because of \"a\""}"#));
}
