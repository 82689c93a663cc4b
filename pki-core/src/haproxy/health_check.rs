//! What a check of a server asks for, and which answers it counts as good.

/// `http-check send` and `http-check expect`, or the words behind `option httpchk`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HealthCheck {
    /// The pages, with their lines.
    asks: Vec<(String, usize)>,
    /// The status that an answer has to have, as it is written; `None` for something
    /// else that is looked at.
    expects: Vec<(Option<String>, usize)>,
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
        if self.expects.len() == MOST {
            return;
        }
        let at = options.iter().position(|it| *it == "status");
        let is_negated = options.contains(&"!");
        let status = at
            .filter(|_| !is_negated)
            .and_then(|at| options.get(at + 1));
        self.expects.push((status.map(|it| (*it).to_owned()), line));
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
            [(Some(status), line)] => Some((Some(status), Some(*line))),
            _ => None,
        }
    }
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
