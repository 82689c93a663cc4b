//! What a check of a server asks for, and which answers it counts as good.

/// `http-check send` and `http-check expect`, or the words behind `option httpchk`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HealthCheck {
    /// The pages, with their lines.
    asks: Vec<(String, usize)>,
    /// What an answer has to be.
    expects: Vec<(Expected, usize)>,
}

/// What is looked at in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The status, as it is written.
    Status(String),
    /// A text that is in it, or is not.
    Text { text: String, is_not: bool },
    /// Something else, by its word.
    Other(String),
}

/// More than one belong to a conversation, which is not followed.
const MOST: usize = 2;

impl HealthCheck {
    pub(super) fn ask(&mut self, uri: Option<&&str>, line: usize) {
        if let Some(uri) = uri.filter(|_| self.asks.len() < MOST) {
            self.asks.push(((*uri).to_owned(), line));
        }
    }

    pub(super) fn expect(&mut self, options: &[&str], line: usize) {
        if self.expects.len() < MOST {
            self.expects.push((Expected::of(options), line));
        }
    }

    /// The page that is asked for and its line, if it is one.
    pub(crate) fn page(&self) -> Option<(&str, Option<usize>)> {
        match self.asks.as_slice() {
            [] => Some(("/", None)),
            [(uri, line)] => Some((uri, Some(*line))),
            _ => None,
        }
    }

    /// What the status has to be by the configuration, and its line; nothing for
    /// haproxy's own rule, 200 to 399.
    pub(crate) fn status(&self) -> Option<(Option<&str>, Option<usize>)> {
        match self.expects.as_slice() {
            [] => Some((None, None)),
            [(Expected::Status(status), line)] => Some((Some(status), Some(*line))),
            _ => None,
        }
    }

    /// What has to be in the answer, where that alone is looked at, and its line.
    pub(crate) fn expected(&self) -> Option<(&Expected, usize)> {
        match self.expects.as_slice() {
            [(expected, line)] => Some((expected, *line)),
            _ => None,
        }
    }
}

impl Expected {
    fn of(options: &[&str]) -> Self {
        let mut rest = options;
        // What says how the answer is told of.
        while let [
            "comment" | "min-recv" | "ok-status" | "error-status" | "tout-status" | "on-success"
            | "on-error" | "status-code",
            _,
            others @ ..,
        ] = rest
        {
            rest = others;
        }
        let is_not = rest.first() == Some(&"!");
        match rest.get(usize::from(is_not)..).unwrap_or_default() {
            ["status", status, ..] if !is_not => Self::Status((*status).to_owned()),
            ["string", text] => match unquoted(text) {
                Some(text) => {
                    let text = text.to_owned();
                    Self::Text { text, is_not }
                }
                None => Self::Other("string".to_owned()),
            },
            others => Self::Other(others.first().copied().unwrap_or_default().to_owned()),
        }
    }
}

/// A word without the quotation marks around it; `None` for what is put together, or
/// goes on.
fn unquoted(word: &str) -> Option<&str> {
    let inner = ['"', '\''].into_iter().find_map(|mark| {
        let inner = word.strip_prefix(mark)?;
        inner.strip_suffix(mark)
    });
    let text = inner.unwrap_or(word);
    let is_plain = !text.contains(['"', '\'', '\\', '$', '%']) && text != "withheld";
    (is_plain && !text.is_empty()).then_some(text)
}

/// Whether `200`, `200-399` or `200,204` has a status in it; `None` if it is no such
/// list.
pub(crate) fn admits(list: &str, status: u16) -> Option<bool> {
    let mut admits = false;
    for range in list.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
        admits |= (first..=last).contains(&status);
    }
    Some(admits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_is_told_apart() {
        let of = |text: &str| Expected::of(&text.split_whitespace().collect::<Vec<_>>());
        let text = |text: &str, is_not| Expected::Text {
            text: text.to_owned(),
            is_not,
        };
        assert_eq!(of("string OK"), text("OK", false));
        assert_eq!(of("comment x min-recv 3 ! string \"ok\""), text("ok", true));
        assert_eq!(of("status 200"), Expected::Status("200".to_owned()));
        assert_eq!(of("! status 403"), Expected::Other("status".to_owned()));
        for other in ["string \"a b\"", "string a\\ b", "string withheld"] {
            assert_eq!(of(other), Expected::Other("string".to_owned()), "{other}");
        }
        assert_eq!(of("strng ok"), Expected::Other("strng".to_owned()));
        assert_eq!(of(""), Expected::Other(String::new()));
    }
}
