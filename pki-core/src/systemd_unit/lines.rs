//! The lines of a unit as systemd sees them: without comments, and one where a
//! backslash at the end goes on in the next.

/// A line, which may have been several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Without blanks around it.
    pub(super) text: String,
    /// Where each of the lines begins in it, and the number of that, from one.
    starts: Vec<(usize, usize)>,
}

impl Line {
    /// A text that stands in no file.
    pub(super) fn alone(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            starts: Vec::new(),
        }
    }

    /// Adds another line as if this one went on.
    pub(super) fn append(&mut self, other: &Self) {
        self.text.push(' ');
        let length = self.text.len();
        let starts = other.starts.iter();
        let moved = starts.map(|(start, line)| (start + length, *line));
        self.starts.extend(moved);
        self.text.push_str(&other.text);
    }

    /// The number of the line that a place in the text was written in.
    pub(super) fn line_at(&self, offset: usize) -> usize {
        let before = self.starts.partition_point(|(start, _)| *start <= offset);
        let start = self.starts.get(before.saturating_sub(1));
        start.map_or(1, |(_, line)| *line)
    }

    /// The number of the last of the lines that it was written in.
    pub(super) fn last_line(&self) -> usize {
        self.starts.last().map_or(1, |(_, line)| *line)
    }

    /// What is behind a place, without blanks before it.
    pub(super) fn behind(&self, offset: usize) -> Self {
        let rest = self.text.get(offset..).unwrap_or_default();
        let text = rest.trim_start();
        let gone = offset + (rest.len() - text.len());
        let first = (0, self.line_at(gone));
        let later = self.starts.iter().filter(|(start, _)| *start > gone);
        let later = later.map(|(start, line)| (start - gone, *line));
        Self {
            text: text.to_owned(),
            starts: std::iter::once(first).chain(later).collect(),
        }
    }
}

/// Every line that says something.
pub(super) fn of(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open: Option<Line> = None;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, written) in text.lines().enumerate() {
        let part = written.trim_start();
        // Among lines that go on, a comment is none of them.
        if part.starts_with(['#', ';']) {
            continue;
        }
        let mut line = open.take().unwrap_or_default();
        line.starts.push((line.text.len(), index + 1));
        line.text.push_str(part);
        if goes_on(part) {
            line.text.pop();
            line.text.push(' ');
            open = Some(line);
        } else {
            lines.push(line);
        }
    }
    lines.extend(open);
    for line in &mut lines {
        let length = line.text.trim_end().len();
        line.text.truncate(length);
    }
    lines.retain(|line| !line.text.is_empty());
    lines
}

/// Whether the last backslash is not itself behind one.
fn goes_on(line: &str) -> bool {
    let backslashes = line.chars().rev().take_while(|c| *c == '\\').count();
    backslashes % 2 == 1
}
